// SPDX-License-Identifier: GPL-2.0
#include "model.h"

void model_init(struct model *m, const u64 clock[VFARB_PRIORITIES])
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->running = -1;
	for (i = 0; i < VFARB_PRIORITIES; i++)
		m->clock[i] = clock[i];
}

bool model_fair(const struct model *m)
{
	return m->policy == VFARB_POLICY_LEAST_TIME && m->order == VFARB_ORDER_FAIR;
}

/* Virtual time times volume, seen from the clock: positive is ahead of it. Thousandths of an ns. */
static s128 ahead(const struct model *m, const struct model_vf *v)
{
	return (v->base - m->clock[v->priority]) * v->volume + v->ran * 1000 + v->part;
}

s128 model_lead(const struct model *m, int id)
{
	s128 lead = ahead(m, &m->vf[id]);

	return lead > 0 ? lead : 0;
}

static s128 floor_div(s128 a, s128 b)
{
	return a / b - (a % b < 0);
}

static s128 whole_vtime(const struct model_vf *v)
{
	return v->base + floor_div(v->ran * 1000 + v->part, v->volume);
}

static s128 least(s128 a, s128 b)
{
	return a < b ? a : b;
}

static s128 one_slice(const struct model_vf *v)
{
	return (s128)v->designated * 1000;
}

/* The clock is the least virtual time among those who compete, in whole ns, and never goes back. */
void model_follow(struct model *m)
{
	unsigned int p;
	int i;

	if (!model_fair(m))
		return;
	for (p = 0; p < VFARB_PRIORITIES; p++) {
		bool any = false;
		s128 min = 0;

		for (i = 0; i < MODEL_VFS; i++) {
			const struct model_vf *v = &m->vf[i];
			s128 vtime;

			if (!v->here || !v->joined || v->priority != p)
				continue;
			vtime = whole_vtime(v);
			if (!any || vtime < min)
				min = vtime;
			any = true;
		}
		if (any && min > m->clock[p])
			m->clock[p] = min;
	}
}

int model_compare_vtime(const struct model *m, int a, int b)
{
	s128 x = ahead(m, &m->vf[a]) * m->vf[b].volume;
	s128 y = ahead(m, &m->vf[b]) * m->vf[a].volume;

	return x < y ? -1 : x > y;
}

/* As the pick writes it down: modulo 2^64, and a remainder. */
void model_vtime(const struct model *m, int id, u64 *vtime, u32 *vrem)
{
	const struct model_vf *v = &m->vf[id];
	s128 whole = whole_vtime(v);

	*vtime = (u64)whole;
	*vrem = (u32)(v->ran * 1000 + v->part - (whole - v->base) * v->volume);
}

/*
 * Where a VF starts depends on rounding: to an own ns when it left and at every change since, and
 * to a virtual ns. Take the pick's word for it if it is that near, so that all that follows can be
 * compared exactly.
 */
bool model_adopt(struct model *m, int id, u64 vtime, u32 vrem)
{
	struct model_vf *v = &m->vf[id];
	s128 clock = m->clock[v->priority];
	s128 start = clock + (s64)(vtime - (u64)clock);
	s128 off = start * v->volume + vrem - (v->base * v->volume + v->ran * 1000 + v->part);

	if (off < 0)
		off = -off;
	if (start < clock || vrem >= v->volume || off > 2 * 1000 + 2 * (s128)v->volume)
		return false;
	v->base = start;
	v->ran = 0;
	v->part = vrem;
	return true;
}

/* The same for what a change of price left owing. */
bool model_adopt_debt(struct model *m, int id, u64 debt_ns)
{
	s128 off = (s128)debt_ns * 1000 - m->vf[id].owes;

	if (off < -2 * 1000 || off > 2 * 1000)
		return false;
	m->vf[id].owes = (s128)debt_ns * 1000;
	return true;
}

static s128 owed(const struct model *m, const struct model_vf *v)
{
	s128 left = least(v->owes, one_slice(v) + v->overrun * 1000);

	if (model_fair(m))
		left -= (m->clock[v->priority] - v->owes_since) * v->volume;
	return left > 0 ? left : 0;
}

/* Whoever begins, begins at the clock, later by what it owes. Time not used earns nothing. */
void model_join(struct model *m, int id)
{
	struct model_vf *v = &m->vf[id];
	s128 owes = owed(m, v);

	v->base = m->clock[v->priority] + floor_div(owes, v->volume);
	v->ran = 0;
	v->part = 0;
	v->turn = ++m->turns;
	v->joined = true;
}

/*
 * Who leaves ahead of the clock is that much ahead when it comes back, by one slice at most and
 * the overruns it has not made good. What it still runs after it left counts. Where the clock
 * stands still virtual times mean nothing, and a slice is all.
 */
void model_leave(struct model *m, int id)
{
	struct model_vf *v = &m->vf[id];
	s128 lead = model_lead(m, id);

	if (lead <= one_slice(v) || !model_fair(m))
		v->overrun = 0;
	v->owes = lead;
	v->owes_since = m->clock[v->priority];
	v->joined = false;
	model_follow(m);
}

void model_reprice(struct model *m, int id, u32 volume, unsigned int priority)
{
	struct model_vf *v = &m->vf[id];

	v->owes = owed(m, v);
	v->volume = volume;
	v->priority = priority;
	v->owes_since = m->clock[priority];
}

void model_charge(struct model *m, int id, u64 run_ns)
{
	struct model_vf *v = &m->vf[id];

	v->executed += run_ns;
	if (v->joined)
		v->ran += run_ns;
	else
		v->owes += (s128)run_ns * 1000;
	model_follow(m);
}

void model_slice(struct model *m, int id, u64 actual_ns, u64 over_ns)
{
	m->vf[id].last_actual = actual_ns;
	m->vf[id].overrun += over_ns;
}

/* Promise P6, word by word; which of its words decided. */
static enum vfarb_rule decide(const struct model *m, int a, int b, int *first)
{
	const struct model_vf *x = &m->vf[a], *y = &m->vf[b];
	int c;

	*first = a;
	if (x->priority != y->priority) {
		if (y->priority > x->priority)
			*first = b;
		return VFARB_RULE_PRIORITY;
	}
	if (m->policy == VFARB_POLICY_ROUND_ROBIN)
		c = x->turn < y->turn ? -1 : 1;
	else if (m->order == VFARB_ORDER_RAW)
		c = x->executed < y->executed ? -1 : x->executed > y->executed;
	else
		c = model_compare_vtime(m, a, b);
	if (c) {
		if (c > 0)
			*first = b;
		return VFARB_RULE_KEY;
	}
	if (x->last_actual != y->last_actual) {
		if (y->last_actual < x->last_actual)
			*first = b;
		return VFARB_RULE_SLICE;
	}
	/* 0 is never granted, which counts as earliest; two of those differ by registration. */
	if (y->first_grant < x->first_grant ||
	    (y->first_grant == x->first_grant && y->order < x->order))
		*first = b;
	return VFARB_RULE_FIRST;
}

static int best(const struct model *m, int without)
{
	int i, found = -1;

	for (i = 0; i < MODEL_VFS; i++) {
		if (!m->vf[i].here || !m->vf[i].joined || i == without)
			continue;
		if (found < 0)
			found = i;
		else
			decide(m, found, i, &found);
	}
	return found;
}

void model_drop(struct model *m)
{
	m->running = -1;
}

struct model_choice model_next(struct model *m)
{
	struct model_choice choice = { .rule = VFARB_RULE_ALONE };
	int run = m->running;
	int first;

	if (run >= 0 && m->vf[run].joined) {
		m->vf[run].turn = ++m->turns;
		if (model_lead(m, run) <= one_slice(&m->vf[run]))
			m->vf[run].overrun = 0;
	}
	choice.winner = best(m, -1);
	choice.runner_up = choice.winner < 0 ? -1 : best(m, choice.winner);
	if (choice.runner_up >= 0)
		choice.rule = decide(m, choice.winner, choice.runner_up, &first);
	m->running = choice.winner;
	if (choice.winner >= 0 && !m->vf[choice.winner].first_grant)
		m->vf[choice.winner].first_grant = ++m->grants;
	return choice;
}

/* A new key begins a new comparison: at the clock, at most one slice ahead. */
void model_set_policy(struct model *m, enum vfarb_policy policy, enum vfarb_order order)
{
	int i;

	if (m->policy == policy && m->order == order)
		return;
	for (i = 0; i < MODEL_VFS; i++) {
		struct model_vf *v = &m->vf[i];
		s128 lead;

		if (!v->here || !v->joined)
			continue;
		lead = least(model_lead(m, i), one_slice(v));
		v->overrun = 0;
		v->base = m->clock[v->priority] + floor_div(lead, v->volume);
		v->ran = 0;
		v->part = 0;
	}
	m->policy = policy;
	m->order = order;
}
