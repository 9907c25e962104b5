// SPDX-License-Identifier: GPL-2.0
/*
 * The pick under any sequence of calls that the arbiter may make: heaps stay heaps, virtual time
 * is exact, the clock never goes back, the winner is the best by the rule that is named (promise
 * P6), and under least-time those who keep competing stay together (promise P2).
 */
#include "fuzz.h"
#include "../../kernel/core/pick.h"

/* Enough for three levels of the heap. */
#define LINES	12

/* Keeps leads below what the pick takes for a wreck. */
#define LONGEST_NS	((1ull << 32) - 1)

struct model {
	struct vfarb_ledger ledger;
	struct vfarb_pick pick;
	struct vfarb_line *room[VFARB_PICK_ROOM(LINES)];
	struct vfarb_line line[LINES];
	u64 now_ns;
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

/* Whether a clock follows the least virtual time. */
static bool follows(const struct model *m)
{
	return fair(m) || m->pick.policy == VFARB_POLICY_FIXED_SHARE;
}

static u64 unit(const struct model *m)
{
	return m->pick.policy == VFARB_POLICY_DEADLINE ? VFARB_FLUID_UNIT : VFARB_VOLUME_MAX;
}

/* A begins anew to be compared with the others. */
static void unwatch(struct model *m, int a)
{
	int i;

	for (i = 0; i < LINES; i++) {
		m->pair[a][i].watched = false;
		m->pair[i][a].watched = false;
	}
}

/* Exact difference of the virtual times of two lines, times both volumes. */
static __int128 difference(const struct vfarb_line *a, const struct vfarb_line *b)
{
	__int128 d = (s64)(a->vtime - b->vtime);

	return d * a->volume * b->volume + (__int128)a->vrem * b->volume -
	       (__int128)b->vrem * a->volume;
}

/* The wait of a in proportion to its size, less that of b; positive if a waits longer. */
static __int128 relative_wait(const struct model *m, const struct vfarb_line *a,
			      const struct vfarb_line *b)
{
	const u64 most = 1ull << 30;
	u64 wait_a = min((m->pick.now_ns - a->head_time_ns) / 1024, most);
	u64 wait_b = min((m->pick.now_ns - b->head_time_ns) / 1024, most);
	u64 size_a = min(a->head_size_ns / 1024, most), size_b = min(b->head_size_ns / 1024, most);

	return (__int128)wait_a * (size_b ? size_b : 1) - (__int128)wait_b * (size_a ? size_a : 1);
}

/* The key of promise P6: negative if a goes first. */
static __int128 key_difference(const struct model *m, const struct vfarb_line *a,
			       const struct vfarb_line *b)
{
	switch (m->pick.policy) {
	case VFARB_POLICY_LEAST_TIME:
		if (m->pick.order == VFARB_ORDER_RAW)
			return (__int128)a->executed.running - b->executed.running;
		return difference(a, b);
	case VFARB_POLICY_FIXED_SHARE:
		return difference(a, b);
	case VFARB_POLICY_DEADLINE:
		return (s64)(a->vdeadline - b->vdeadline);
	case VFARB_POLICY_ROUND_ROBIN:
		return (__int128)a->turn - b->turn;
	case VFARB_POLICY_FIFO:
		return (__int128)a->head_time_ns - b->head_time_ns;
	case VFARB_POLICY_SHORTEST:
		if (!a->head_size_ns != !b->head_size_ns)
			return a->head_size_ns ? -1 : 1;
		return (__int128)a->head_size_ns - b->head_size_ns;
	default:
		return -relative_wait(m, a, b);
	}
}

/* Promise P6 for two lines of one priority, said anew. */
static bool goes_first(const struct model *m, const struct vfarb_line *a,
		       const struct vfarb_line *b, enum vfarb_rule *rule)
{
	__int128 d = key_difference(m, a, b);

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

/* Under deadline, only who has not had its due competes, unless all have. */
static bool eligible(const struct model *m, const struct vfarb_line *line)
{
	return m->pick.policy != VFARB_POLICY_DEADLINE ||
	       (s64)(line->vtime - m->ledger.fluid[line->priority].level) <= 0;
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

static u32 check_heap(const struct model *m, const struct vfarb_heap *heap, int priority, bool late)
{
	enum vfarb_rule rule;
	u32 slot;

	must(heap->count <= LINES);
	for (slot = 0; slot < heap->count; slot++) {
		const struct vfarb_line *line = heap->line[slot];
		const struct vfarb_line *parent = heap->line[slot ? (slot - 1) / 4 : 0];

		must(line->slot == slot && line->priority == priority && line->late == late);
		must(line->joined && line != m->pick.running);
		if (!slot || m->pick.policy == VFARB_POLICY_RELATIVE_LATENCY)
			continue;
		must(late ? (s64)(parent->vtime - line->vtime) <= 0 :
		     goes_first(m, parent, line, &rule));
	}
	return heap->count;
}

static void check_heaps(const struct model *m)
{
	u32 waiting = 0;
	int i;

	for (i = 0; i < VFARB_PRIORITIES; i++)
		waiting += check_heap(m, &m->pick.heap[i], i, false) +
			   check_heap(m, &m->pick.late[i], i, true);
	for (i = 0; i < LINES; i++) {
		const struct vfarb_line *line = &m->line[i];
		bool waits = line->joined && line != m->pick.running;

		must((line->slot != VFARB_NO_SLOT) == waits);
		must(line->running == (line == m->pick.running));
		waiting -= waits;
		if (follows(m) && line->joined)
			must((s64)(line->vtime - m->pick.clock[line->priority]) >= 0);
	}
	must(!waiting);
}

/* (virtual time gained) * volume == (time run) * unit, to the last unit. */
static void check_vtime(const struct model *m, int i)
{
	const struct vfarb_line *line = &m->line[i];
	__int128 gained = (u64)(line->vtime - m->joined_vtime[i]);

	must(line->vrem < line->volume);
	gained = gained * line->volume + line->vrem - m->joined_vrem[i];
	must(gained == (__int128)m->ran[i] * unit(m));
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

	vfarb_ledger_enter(&m->ledger, line, vfarb_pick_debt_ns(&m->pick, line));
	vfarb_pick_join(&m->pick, line);
	begin_count(m, i);
	unwatch(m, i);
}

static void leave(struct model *m, int i)
{
	vfarb_pick_leave(&m->pick, &m->line[i]);
	vfarb_ledger_exit(&m->ledger, &m->line[i]);
	unwatch(m, i);
}

static void charge(struct model *m, u64 run_ns)
{
	struct vfarb_line *run = m->pick.running;
	int i = run - m->line;

	run->executed.running += run_ns;
	m->now_ns += run_ns;
	vfarb_ledger_entitle(&m->ledger, run->priority, run_ns);
	vfarb_pick_charge(&m->pick, run, run_ns);
	m->ran[i] += run_ns;
	m->slice[i] += run_ns;
	/* One that left only goes on to the end of its slice; joining again it starts anew. */
	if (run->joined)
		check_vtime(m, i);
	check_pairs(m, false);
}

static bool anybody(const struct model *m, int from, int to)
{
	int i;

	for (i = 0; i < LINES; i++)
		if (m->line[i].joined && m->line[i].priority >= from && m->line[i].priority < to)
			return true;
	return false;
}

/* The highest priority, unless it owes time to those below. */
static int priority_due(const struct model *m)
{
	int i;

	for (i = VFARB_PRIORITIES - 1; i >= 0; i--)
		if (anybody(m, i, i + 1) && (m->pick.owed_ns[i] <= 0 || !anybody(m, 0, i)))
			return i;
	return -1;
}

static void check_choice(const struct model *m, const struct vfarb_choice *choice, u64 first_grant)
{
	struct vfarb_line winner = *choice->winner;
	const struct vfarb_line *other;
	enum vfarb_rule rule;
	bool any = false;
	int i;

	/* As it was when it was compared. */
	winner.first_grant = first_grant;
	must(winner.priority == priority_due(m));
	for (i = 0; i < LINES; i++)
		any |= m->line[i].joined && m->line[i].priority == winner.priority &&
		       eligible(m, &m->line[i]);
	must(eligible(m, &winner) == any);
	for (i = 0; i < LINES; i++) {
		other = &m->line[i];
		if (!other->joined || other == choice->winner)
			continue;
		must(choice->runner_up);
		if (other->priority != winner.priority || !eligible(m, other))
			continue;
		must(goes_first(m, &winner, other, &rule));
	}
	if (!choice->runner_up) {
		must(choice->rule == VFARB_RULE_ALONE);
		return;
	}
	must(choice->runner_up->joined && choice->runner_up != choice->winner);
	if (choice->runner_up->priority != winner.priority)
		rule = winner.priority > choice->runner_up->priority ? VFARB_RULE_PRIORITY :
		       VFARB_RULE_FLOOR;
	else
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
	choice = vfarb_pick_next(&m->pick, m->now_ns);
	must(choice.winner == m->pick.running);
	if (!choice.winner) {
		for (i = 0; i < LINES; i++)
			must(!m->line[i].joined);
		return;
	}
	must(choice.winner->joined);
	check_choice(m, &choice, first_grant[choice.winner - m->line]);
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
			leave(m, i);
		else
			join(m, i);
		break;
	case 2:
		m->now_ns += take(in, 2);
		/* Who waits in a heap has its place by what it said. */
		if (line->slot == VFARB_NO_SLOT) {
			line->head_size_ns = take(in, op & 0x80 ? 4 : 2);
			line->head_time_ns = m->now_ns - take(in, 2) % (m->now_ns + 1);
		}
		break;
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
			leave(m, i);
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
		vfarb_pick_set_policy(&m->pick, (op >> 3) % VFARB_POLICIES,
				      take(in, 1) & 1 ? VFARB_ORDER_RAW : VFARB_ORDER_FAIR);
		for (i = 0; i < LINES; i++) {
			begin_count(m, i);
			unwatch(m, i);
		}
		break;
	}
	for (i = 0; i < VFARB_PRIORITIES; i++)
		must((s64)(m->pick.clock[i] - clock[i]) >= 0);
	check_heaps(m);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { data, size }, *in = &input;
	struct model model = {}, *m = &model;
	unsigned int steps = 0;
	u8 how = take(in, 1);
	u64 clock = how & 1 ? 0 : -(u64)take(in, 4);
	int i;

	vfarb_ledger_open(&m->ledger, 0);
	vfarb_pick_init(&m->pick, &m->ledger, m->room, LINES);
	/* Near its wrap, every other time. */
	for (i = 0; i < VFARB_PRIORITIES; i++) {
		m->pick.clock[i] = clock;
		m->ledger.fluid[i].level = clock;
	}
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
