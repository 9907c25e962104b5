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
	return (m->policy == VFARB_POLICY_LEAST_TIME && m->order == VFARB_ORDER_FAIR) ||
	       m->policy == VFARB_POLICY_FIXED_SHARE;
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
bool model_adopt(struct model *m, int id, u64 vtime, u32 vrem, bool by_level)
{
	struct model_vf *v = &m->vf[id];
	s128 clock = m->clock[v->priority];
	s128 start = clock + (s64)(vtime - (u64)clock);
	s128 off = start * v->volume + vrem - (v->base * v->volume + v->ran * 1000 + v->part);

	if (off < 0)
		off = -off;
	/* What it was ahead of a level is checked with the ledger; here only that it is a slice. */
	if (by_level)
		off = (start - clock) * v->volume - one_slice(v);
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

	/* What the ledger's level says is checked with the ledger. */
	if (m->policy == VFARB_POLICY_DEADLINE)
		off = 0;
	if (off < -2 * 1000 || off > 2 * 1000)
		return false;
	m->vf[id].owes = (s128)debt_ns * 1000;
	return true;
}

/* Whether it is no more than a slice ahead, in whole virtual ns. */
static bool made_good(const struct model *m, const struct model_vf *v)
{
	return (whole_vtime(v) - m->clock[v->priority]) * v->volume <= one_slice(v);
}

static s128 owed(const struct model *m, const struct model_vf *v)
{
	s128 left = least(v->owes, one_slice(v) + v->overrun * 1000);

	/* What another policy's clock told means nothing to this one's. */
	if (v->owes_epoch != m->epoch)
		return 0;
	if (model_fair(m))
		left -= (m->clock[v->priority] - v->owes_since) * v->volume;
	return left > 0 ? left : 0;
}

static void forget(const struct model *m, struct model_vf *v)
{
	if (v->owes_epoch != m->epoch)
		v->overrun = 0;
}

/* Whoever begins, begins at the clock, later by what it owes. Time not used earns nothing. */
void model_join(struct model *m, int id)
{
	struct model_vf *v = &m->vf[id];
	s128 owes = owed(m, v);

	forget(m, v);
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

	if (made_good(m, v) || !model_fair(m))
		v->overrun = 0;
	v->owes = lead;
	v->owes_since = m->clock[v->priority];
	v->owes_epoch = m->epoch;
	v->joined = false;
	model_follow(m);
}

void model_reprice(struct model *m, int id, u32 volume, unsigned int priority)
{
	struct model_vf *v = &m->vf[id];

	v->owes = owed(m, v);
	forget(m, v);
	v->volume = volume;
	v->priority = priority;
	v->owes_since = m->clock[priority];
	v->owes_epoch = m->epoch;
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

static int compare(s128 x, s128 y)
{
	return x < y ? -1 : x > y;
}

/* What each policy compares, in the words of its description. */
static int compare_key(const struct model *m, int a, int b)
{
	const struct model_vf *x = &m->vf[a], *y = &m->vf[b];
	s128 most = 1 << 30, waited_x, waited_y, size_x, size_y;

	switch (m->policy) {
	case VFARB_POLICY_DEADLINE:
		/* Deadlines are the pick's own word; what they keep is checked by P2. */
		return compare((s64)(m->line(a)->vdeadline - m->line(b)->vdeadline), 0);
	case VFARB_POLICY_ROUND_ROBIN:
		return compare(x->turn, y->turn);
	case VFARB_POLICY_FIXED_SHARE:
		return model_compare_vtime(m, a, b);
	case VFARB_POLICY_FIFO:
		return compare((s64)(x->head_time - y->head_time), 0);
	case VFARB_POLICY_SHORTEST:
		return compare(x->head_size ? x->head_size : (s128)1 << 64,
			       y->head_size ? y->head_size : (s128)1 << 64);
	case VFARB_POLICY_RELATIVE_LATENCY:
		waited_x = least((u64)(m->now - x->head_time) / 1024, most);
		waited_y = least((u64)(m->now - y->head_time) / 1024, most);
		size_x = least(x->head_size / 1024, most);
		size_y = least(y->head_size / 1024, most);
		return compare(waited_y * (size_x ? size_x : 1), waited_x * (size_y ? size_y : 1));
	default:
		if (m->order == VFARB_ORDER_RAW)
			return compare(x->executed, y->executed);
		return model_compare_vtime(m, a, b);
	}
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
	c = compare_key(m, a, b);
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

/* Who has had its due waits, as long as anybody has not. */
static bool eligible(const struct model *m, int id)
{
	const struct vfarb_line *line = m->line(id);

	return m->policy != VFARB_POLICY_DEADLINE ||
	       (s64)(line->vtime - m->level[line->priority]) <= 0;
}

static int first_eligible(const struct model *m, int priority, int without)
{
	int i, found = -1;

	for (i = 0; i < MODEL_VFS; i++) {
		s64 later;

		if (!m->vf[i].here || !m->vf[i].joined || i == without ||
		    (int)m->vf[i].priority != priority)
			continue;
		later = found < 0 ? -1 : (s64)(m->line(i)->vtime - m->line(found)->vtime);
		if (later < 0)
			found = i;
		else if (!later)
			decide(m, found, i, &found);
	}
	return found;
}

static int best(const struct model *m, int priority, int without)
{
	int i, found = -1;

	for (i = 0; i < MODEL_VFS; i++) {
		if (!m->vf[i].here || !m->vf[i].joined || i == without ||
		    (int)m->vf[i].priority != priority || !eligible(m, i))
			continue;
		if (found < 0)
			found = i;
		else
			decide(m, found, i, &found);
	}
	if (found < 0 && m->policy == VFARB_POLICY_DEADLINE)
		return first_eligible(m, priority, without);
	return found;
}

void model_drop(struct model *m)
{
	m->running = -1;
}

/* Which priority's turn it is follows from the floor, which is checked over windows of time. */
struct model_choice model_next(struct model *m, int priority, int second_priority)
{
	struct model_choice choice = { .rule = VFARB_RULE_ALONE };
	int run = m->running;
	int first;

	if (run >= 0 && m->vf[run].joined) {
		m->vf[run].turn = ++m->turns;
		if (made_good(m, &m->vf[run]))
			m->vf[run].overrun = 0;
	}
	choice.winner = best(m, priority, -1);
	choice.runner_up = choice.winner < 0 ? -1 : best(m, second_priority, choice.winner);
	if (choice.runner_up >= 0)
		choice.rule = decide(m, choice.winner, choice.runner_up, &first);
	if (priority < second_priority)
		choice.rule = VFARB_RULE_FLOOR;
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
	m->epoch++;
}
