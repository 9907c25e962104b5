// SPDX-License-Identifier: GPL-2.0
/*
 * The pick under any sequence of calls that the arbiter may make: the heap stays one, virtual time
 * is exact, the clock never goes back, the winner is the best by the rule that is named (promise
 * P6), and those who keep competing stay together (promise P2).
 */
#include "fuzz.h"
#include "../../kernel/core/pick.h"

/* Enough for three levels of the heap. */
#define LINES	12

/* Keeps leads below what the pick takes for a wreck. */
#define LONGEST_NS	((1ull << 36) - 1)

struct model {
	struct vfarb_pick pick;
	struct vfarb_line *room[VFARB_PRIORITIES * LINES];
	struct vfarb_line line[LINES];
	u64 joined_vtime[LINES];
	u32 joined_vrem[LINES];
	u64 ran[LINES];			/* since it joined */
	u64 slice[LINES];		/* of the slice that runs, or that ended last */
	struct {
		bool watched;		/* both compete since, with the same settings */
		__int128 least, most;	/* where the difference may be, in virtual ns * volumes */
	} pair[LINES][LINES];
};

static bool fair(const struct model *m)
{
	return m->pick.policy == VFARB_POLICY_LEAST_TIME && m->pick.order == VFARB_ORDER_FAIR;
}

/* A begins anew to be compared with the others. */
static void unwatch(struct model *m, int a)
{
	int i;

	for (i = 0; i < LINES; i++)
		m->pair[a][i].watched = m->pair[i][a].watched = false;
}

/* Exact difference of the virtual times of two lines, times both volumes. */
static __int128 difference(const struct vfarb_line *a, const struct vfarb_line *b)
{
	__int128 d = (s64)(a->vtime - b->vtime);

	return d * a->volume * b->volume + (__int128)a->vrem * b->volume -
	       (__int128)b->vrem * a->volume;
}

/* Promise P6, said anew. */
static bool goes_first(const struct model *m, const struct vfarb_line *a,
		       const struct vfarb_line *b, enum vfarb_rule *rule)
{
	__int128 d;

	*rule = VFARB_RULE_PRIORITY;
	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (m->pick.policy == VFARB_POLICY_ROUND_ROBIN)
		d = (__int128)a->turn - b->turn;
	else if (m->pick.order == VFARB_ORDER_RAW)
		d = (__int128)a->executed.running - b->executed.running;
	else
		d = difference(a, b);
	*rule = VFARB_RULE_KEY;
	if (d)
		return d < 0;
	*rule = VFARB_RULE_SLICE;
	if (a->last_actual_ns != b->last_actual_ns)
		return a->last_actual_ns < b->last_actual_ns;
	*rule = VFARB_RULE_FIRST;
	if (a->first_grant != b->first_grant)
		return a->first_grant < b->first_grant;
	return a->order < b->order;
}

static void check_pairs(struct model *m, bool begin)
{
	int i, j;

	for (i = 0; i < LINES; i++) {
		for (j = 0; j < LINES; j++) {
			struct vfarb_line *a = &m->line[i], *b = &m->line[j];
			__int128 d, lead_a, lead_b;

			if (i == j || !fair(m) || !a->joined || !b->joined ||
			    a->priority != b->priority) {
				m->pair[i][j].watched = false;
				continue;
			}
			d = difference(a, b);
			if (begin && !m->pair[i][j].watched) {
				m->pair[i][j].watched = true;
				m->pair[i][j].least = d;
				m->pair[i][j].most = d;
				continue;
			}
			if (!m->pair[i][j].watched)
				continue;
			/* Nobody gets further ahead than by the slice that put it there. */
			lead_a = (__int128)m->slice[i] * VFARB_VOLUME_MAX * b->volume;
			lead_b = (__int128)m->slice[j] * VFARB_VOLUME_MAX * a->volume;
			m->pair[i][j].most = max(m->pair[i][j].most, lead_a);
			m->pair[i][j].least = min(m->pair[i][j].least, -lead_b);
			must(d <= m->pair[i][j].most && d >= m->pair[i][j].least);
		}
	}
}

static void check_heaps(const struct model *m)
{
	const struct vfarb_pick *pick = &m->pick;
	u32 waiting = 0, slot;
	enum vfarb_rule rule;
	int i;

	for (i = 0; i < VFARB_PRIORITIES; i++) {
		const struct vfarb_heap *heap = &pick->heap[i];

		must(heap->count <= LINES);
		waiting += heap->count;
		for (slot = 0; slot < heap->count; slot++) {
			must(heap->line[slot]->slot == slot && heap->line[slot]->priority == i);
			if (!slot)
				continue;
			must(goes_first(m, heap->line[(slot - 1) / 4], heap->line[slot], &rule));
		}
	}
	for (i = 0; i < LINES; i++) {
		const struct vfarb_line *line = &m->line[i];
		bool waits = line->joined && line != pick->running;

		must((line->slot != VFARB_NO_SLOT) == waits);
		must(line->running == (line == pick->running));
		waiting -= waits;
		if (fair(m) && line->joined)
			must((s64)(line->vtime - pick->clock[line->priority]) >= 0);
	}
	must(!waiting);
}

/* (virtual time gained) * volume == (time run) * 1000, to the last unit. */
static void check_vtime(const struct model *m, int i)
{
	const struct vfarb_line *line = &m->line[i];
	__int128 gained = (u64)(line->vtime - m->joined_vtime[i]);

	must(line->vrem < line->volume);
	gained = gained * line->volume + line->vrem - m->joined_vrem[i];
	must(gained == (__int128)m->ran[i] * VFARB_VOLUME_MAX);
}

static void begin_count(struct model *m, int i)
{
	m->joined_vtime[i] = m->line[i].vtime;
	m->joined_vrem[i] = m->line[i].vrem;
	m->ran[i] = 0;
}

static void join(struct model *m, int i)
{
	struct vfarb_line *line = &m->line[i];

	vfarb_pick_join(&m->pick, line);
	/* At the clock or ahead of it, by no more than a slice and what it overran. */
	must((s64)(line->vtime - m->pick.clock[line->priority]) >= 0 || !fair(m));
	begin_count(m, i);
	unwatch(m, i);
}

static void charge(struct model *m, u64 run_ns)
{
	struct vfarb_line *run = m->pick.running;
	int i = run - m->line;

	run->executed.running += run_ns;
	vfarb_pick_charge(&m->pick, run, run_ns);
	m->ran[i] += run_ns;
	m->slice[i] += run_ns;
	/* One that left only goes on to the end of its slice; joining again it starts anew. */
	if (run->joined)
		check_vtime(m, i);
}

static void check_rule(const struct model *m, const struct vfarb_choice *choice, u64 first_grant)
{
	struct vfarb_line winner = *choice->winner;
	const struct vfarb_line *other;
	enum vfarb_rule rule;
	int i;

	/* As it was when it was compared. */
	winner.first_grant = first_grant;
	for (i = 0; i < LINES; i++) {
		other = &m->line[i];
		if (!other->joined || other == choice->winner)
			continue;
		must(choice->runner_up);
		must(goes_first(m, &winner, other, &rule));
		must(other == choice->runner_up || goes_first(m, choice->runner_up, other, &rule));
	}
	if (!choice->runner_up) {
		must(choice->rule == VFARB_RULE_ALONE);
		return;
	}
	must(choice->runner_up->joined);
	goes_first(m, &winner, choice->runner_up, &rule);
	must(choice->rule == rule);
}

static void next(struct model *m)
{
	struct vfarb_line *run = m->pick.running;
	u64 first_grant[LINES];
	struct vfarb_choice choice;
	int i;

	for (i = 0; i < LINES; i++)
		first_grant[i] = m->line[i].first_grant;
	if (run) {
		u64 actual = m->slice[run - m->line];

		run->last_actual_ns = actual;
		if (actual > run->designated_ns)
			vfarb_pick_overrun(run, actual - run->designated_ns);
	}
	check_pairs(m, false);
	choice = vfarb_pick_next(&m->pick);
	must(choice.winner == m->pick.running);
	if (!choice.winner) {
		for (i = 0; i < LINES; i++)
			must(!m->line[i].joined);
		return;
	}
	must(choice.winner->joined);
	check_rule(m, &choice, first_grant[choice.winner - m->line]);
	check_pairs(m, true);
	m->slice[choice.winner - m->line] = 0;
}

static void step(struct model *m, struct input *in)
{
	u8 op = take(in, 1);
	int i = (op >> 4) % LINES;
	struct vfarb_line *line = &m->line[i];
	u64 clock[VFARB_PRIORITIES];
	bool joined = line->joined;
	u32 volume;
	u8 priority;

	memcpy(clock, m->pick.clock, sizeof(clock));
	switch (op & 7) {
	case 0:
	case 1:
		if (joined)
			vfarb_pick_leave(&m->pick, line);
		else
			join(m, i);
		unwatch(m, i);
		break;
	case 2:
	case 3:
		if (m->pick.running)
			charge(m, take(in, op & 0x80 ? 5 : 2) & LONGEST_NS);
		break;
	case 4:
		next(m);
		break;
	case 5:
		volume = 1 + take(in, 2) % VFARB_VOLUME_MAX;
		priority = take(in, 1) % VFARB_PRIORITIES;
		if (joined)
			vfarb_pick_leave(&m->pick, line);
		vfarb_pick_reprice(&m->pick, line, volume, priority);
		if (joined)
			join(m, i);
		unwatch(m, i);
		break;
	case 6:
		if (m->pick.running) {
			unwatch(m, m->pick.running - m->line);
			vfarb_pick_drop(&m->pick);
			must(!m->pick.running);
		}
		break;
	case 7:
		vfarb_pick_set_policy(&m->pick, op >> 4 & 1 ? VFARB_POLICY_ROUND_ROBIN :
				      VFARB_POLICY_LEAST_TIME,
				      op >> 5 & 1 ? VFARB_ORDER_RAW : VFARB_ORDER_FAIR);
		for (i = 0; i < LINES; i++) {
			begin_count(m, i);
			unwatch(m, i);
		}
		break;
	}
	for (i = 0; i < VFARB_PRIORITIES; i++)
		must((s64)(m->pick.clock[i] - clock[i]) >= 0);
	check_heaps(m);
	check_pairs(m, false);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { data, size }, *in = &input;
	struct model model = {}, *m = &model;
	unsigned int steps = 0;
	u8 how = take(in, 1);
	u64 clock = how & 1 ? 0 : -(u64)take(in, 4);
	int i;

	vfarb_pick_init(&m->pick, m->room, LINES);
	/* Near its wrap, every other time. */
	for (i = 0; i < VFARB_PRIORITIES; i++)
		m->pick.clock[i] = clock;
	for (i = 0; i < LINES; i++) {
		u32 volume = 1 + take(in, 2) % VFARB_VOLUME_MAX;

		vfarb_pick_line_init(&m->line[i], i, i, volume, 1 + take(in, 3));
	}
	for (i = 0; i < LINES && how & 2; i++)
		join(m, i);
	while (in->left && steps++ < 500)
		step(m, in);
	return 0;
}
