// SPDX-License-Identifier: GPL-2.0
#include "pick.h"

/* Four children a node: half the depth of a binary heap for the same compares on the way up. */
#define HEAP_WAYS	4u

/**
 * vfarb_pick_init - begin a competition nobody takes part in
 * @pick: zeroed here
 * @ledger: the engine's
 * @room: VFARB_PICK_ROOM(@capacity) pointers, kept until the end of @pick
 * @capacity: lines that can take part
 */
void vfarb_pick_init(struct vfarb_pick *pick, const struct vfarb_ledger *ledger,
		     struct vfarb_line **room, u32 capacity)
{
	unsigned int i;

	memset(pick, 0, sizeof(*pick));
	pick->ledger = ledger;
	pick->capacity = capacity;
	for (i = 0; i < VFARB_PRIORITIES; i++) {
		pick->heap[i].line = room + (size_t)(2 * i) * capacity;
		pick->late[i].line = room + (size_t)(2 * i + 1) * capacity;
	}
}

/**
 * vfarb_pick_line_init - begin a line that competes for nothing yet
 * @line: zeroed here
 * @fn: whose it is
 * @order: number of its registration, unique on the engine
 * @volume: 1..VFARB_VOLUME_MAX
 * @designated_ns: slice it will be granted
 */
void vfarb_pick_line_init(struct vfarb_line *line, u32 fn, u32 order, u32 volume,
			  u64 designated_ns)
{
	memset(line, 0, sizeof(*line));
	line->fn = fn;
	line->order = order;
	line->volume = volume;
	line->designated_ns = designated_ns;
	line->priority = VFARB_PRIORITIES / 2;
	line->slot = VFARB_NO_SLOT;
}

static int sign(s64 difference)
{
	return difference < 0 ? -1 : difference > 0;
}

/* Keys: negative if a goes first. What wraps is compared by difference. */

static int virtual_time(const struct vfarb_pick *pick, const struct vfarb_line *a,
			const struct vfarb_line *b)
{
	u64 x, y;

	(void)pick;
	if (a->vtime != b->vtime)
		return sign(a->vtime - b->vtime);
	x = (u64)a->vrem * b->volume;
	y = (u64)b->vrem * a->volume;
	return x < y ? -1 : x > y;
}

static int least_time(const struct vfarb_pick *pick, const struct vfarb_line *a,
		      const struct vfarb_line *b)
{
	if (pick->order == VFARB_ORDER_RAW)
		return sign(a->executed.running - b->executed.running);
	return virtual_time(pick, a, b);
}

static int deadline(const struct vfarb_pick *pick, const struct vfarb_line *a,
		    const struct vfarb_line *b)
{
	(void)pick;
	return sign(a->vdeadline - b->vdeadline);
}

static int round_robin(const struct vfarb_pick *pick, const struct vfarb_line *a,
		       const struct vfarb_line *b)
{
	(void)pick;
	return sign(a->turn - b->turn);
}

static int fifo(const struct vfarb_pick *pick, const struct vfarb_line *a,
		const struct vfarb_line *b)
{
	(void)pick;
	return sign(a->head_time_ns - b->head_time_ns);
}

static int shortest(const struct vfarb_pick *pick, const struct vfarb_line *a,
		    const struct vfarb_line *b)
{
	/* Unknown sizes come last: 0 - 1 is the largest. */
	u64 x = a->head_size_ns - 1, y = b->head_size_ns - 1;

	(void)pick;
	return x < y ? -1 : x > y;
}

static int relative_latency(const struct vfarb_pick *pick, const struct vfarb_line *a,
			    const struct vfarb_line *b)
{
	/* In 2^10 ns and at most 18 minutes, so that the products fit. */
	u64 most = 1ull << 30;
	u64 wait_a = min((pick->now_ns - a->head_time_ns) >> 10, most);
	u64 wait_b = min((pick->now_ns - b->head_time_ns) >> 10, most);
	u64 size_a = max(min(a->head_size_ns >> 10, most), 1ull);
	u64 size_b = max(min(b->head_size_ns >> 10, most), 1ull);
	u64 x = wait_a * size_b, y = wait_b * size_a;

	return x > y ? -1 : x < y;
}

/*
 * scan: the order of two lines changes while they wait, so no heap can keep it
 * and the best is looked for at each decision.
 */
static const struct policy {
	const char *name;
	int (*compare)(const struct vfarb_pick *pick, const struct vfarb_line *a,
		       const struct vfarb_line *b);
	bool scan;
} policies[VFARB_POLICIES] = {
	[VFARB_POLICY_LEAST_TIME] = { .name = "least-time", .compare = least_time },
	[VFARB_POLICY_DEADLINE] = { .name = "deadline", .compare = deadline },
	[VFARB_POLICY_ROUND_ROBIN] = { .name = "round-robin", .compare = round_robin },
	[VFARB_POLICY_FIXED_SHARE] = { .name = "fixed-share", .compare = virtual_time },
	[VFARB_POLICY_FIFO] = { .name = "fifo", .compare = fifo },
	[VFARB_POLICY_SHORTEST] = { .name = "shortest", .compare = shortest },
	[VFARB_POLICY_RELATIVE_LATENCY] = {
		.name = "relative-latency", .compare = relative_latency, .scan = true,
	},
};

/**
 * vfarb_policy_name - what a policy is called
 * @policy: enum vfarb_policy
 *
 * Return: the name, or NULL if there is no such policy.
 */
const char *vfarb_policy_name(enum vfarb_policy policy)
{
	return (unsigned int)policy < VFARB_POLICIES ? policies[policy].name : NULL;
}

/* Whether the virtual clock follows the least virtual time. */
static bool follows(const struct vfarb_pick *pick)
{
	return (pick->policy == VFARB_POLICY_LEAST_TIME && pick->order == VFARB_ORDER_FAIR) ||
	       pick->policy == VFARB_POLICY_FIXED_SHARE;
}

/* Whether there is a clock that moves and so pays debts. */
static bool has_clock(const struct vfarb_pick *pick)
{
	return follows(pick) || pick->policy == VFARB_POLICY_DEADLINE;
}

static u64 clock_of(const struct vfarb_pick *pick, unsigned int priority)
{
	if (pick->policy == VFARB_POLICY_DEADLINE)
		return pick->ledger->fluid[priority].level;
	return pick->clock[priority];
}

/* Virtual time of one ns for a volume of one. */
static u64 unit(const struct vfarb_pick *pick)
{
	return pick->policy == VFARB_POLICY_DEADLINE ? VFARB_FLUID_UNIT : VFARB_VOLUME_MAX;
}

/**
 * vfarb_pick_compare - which of two lines goes first, and why (promise P6)
 * @pick: the competition
 * @a: one
 * @b: the other
 * @a_first: out: @a goes first
 *
 * Return: the rule that decided.
 */
enum vfarb_rule vfarb_pick_compare(const struct vfarb_pick *pick, const struct vfarb_line *a,
				   const struct vfarb_line *b, bool *a_first)
{
	int c;

	if (a->priority != b->priority) {
		*a_first = a->priority > b->priority;
		return VFARB_RULE_PRIORITY;
	}
	c = policies[pick->policy].compare(pick, a, b);
	if (c) {
		*a_first = c < 0;
		return VFARB_RULE_KEY;
	}
	if (a->last_actual_ns != b->last_actual_ns) {
		*a_first = a->last_actual_ns < b->last_actual_ns;
		return VFARB_RULE_SLICE;
	}
	if (a->first_grant != b->first_grant)
		*a_first = a->first_grant < b->first_grant;
	else
		*a_first = a->order < b->order;
	return VFARB_RULE_FIRST;
}

/* Among lines of one priority. */
static bool before(const struct vfarb_pick *pick, const struct vfarb_line *a,
		   const struct vfarb_line *b)
{
	bool a_first;

	/* The same, without the way through a table: this is most of what a decision costs. */
	if (follows(pick) && a->vtime != b->vtime)
		return (s64)(a->vtime - b->vtime) < 0;
	vfarb_pick_compare(pick, a, b, &a_first);
	return a_first;
}

/* Who is late waits for the clock, whoever comes first by that. */
static bool above(const struct vfarb_pick *pick, const struct vfarb_line *a,
		  const struct vfarb_line *b)
{
	if (a->late && a->vtime != b->vtime)
		return (s64)(a->vtime - b->vtime) < 0;
	return before(pick, a, b);
}

static void heap_put(struct vfarb_heap *heap, u32 slot, struct vfarb_line *line)
{
	heap->line[slot] = line;
	line->slot = slot;
}

static void heap_up(const struct vfarb_pick *pick, struct vfarb_heap *heap, u32 slot,
		    struct vfarb_line *line)
{
	while (slot && !policies[pick->policy].scan) {
		u32 parent = (slot - 1) / HEAP_WAYS;

		if (!above(pick, line, heap->line[parent]))
			break;
		heap_put(heap, slot, heap->line[parent]);
		slot = parent;
	}
	heap_put(heap, slot, line);
}

static void heap_down(const struct vfarb_pick *pick, struct vfarb_heap *heap, u32 slot,
		      struct vfarb_line *line)
{
	while (!policies[pick->policy].scan) {
		u32 child = slot * HEAP_WAYS + 1;
		u32 end = min(child + HEAP_WAYS, heap->count);
		u32 least = child;

		if (child >= heap->count)
			break;
		while (++child < end)
			if (above(pick, heap->line[child], heap->line[least]))
				least = child;
		if (!above(pick, heap->line[least], line))
			break;
		heap_put(heap, slot, heap->line[least]);
		slot = least;
	}
	heap_put(heap, slot, line);
}

static struct vfarb_heap *heap_of(struct vfarb_pick *pick, const struct vfarb_line *line)
{
	return line->late ? &pick->late[line->priority] : &pick->heap[line->priority];
}

static bool is_late(const struct vfarb_pick *pick, const struct vfarb_line *line)
{
	return pick->policy == VFARB_POLICY_DEADLINE &&
	       (s64)(line->vtime - clock_of(pick, line->priority)) > 0;
}

static void heap_add(struct vfarb_pick *pick, struct vfarb_line *line)
{
	struct vfarb_heap *heap;

	line->late = is_late(pick, line);
	heap = heap_of(pick, line);
	heap_up(pick, heap, heap->count++, line);
}

static void heap_del(struct vfarb_pick *pick, struct vfarb_line *line)
{
	struct vfarb_heap *heap = heap_of(pick, line);
	struct vfarb_line *last = heap->line[--heap->count];
	u32 slot = line->slot;

	line->slot = VFARB_NO_SLOT;
	if (last == line)
		return;
	if (slot && above(pick, last, heap->line[(slot - 1) / HEAP_WAYS]))
		heap_up(pick, heap, slot, last);
	else
		heap_down(pick, heap, slot, last);
}

static void heap_move(struct vfarb_pick *pick, struct vfarb_line *line)
{
	heap_del(pick, line);
	heap_add(pick, line);
}

static bool waits(const struct vfarb_pick *pick, int priority)
{
	return pick->heap[priority].count || pick->late[priority].count;
}

static bool runs(const struct vfarb_pick *pick, int priority)
{
	return pick->running && pick->running->joined && pick->running->priority == priority;
}

/* The clock follows the least virtual time among those who compete. */
static void clock_follow(struct vfarb_pick *pick, unsigned int priority)
{
	struct vfarb_heap *heap = &pick->heap[priority];
	bool any = false;
	u64 least = 0;

	if (!follows(pick))
		return;
	if (heap->count) {
		least = heap->line[0]->vtime;
		any = true;
	}
	if (runs(pick, priority) && (!any || (s64)(pick->running->vtime - least) < 0)) {
		least = pick->running->vtime;
		any = true;
	}
	if (any && (s64)(least - pick->clock[priority]) > 0)
		pick->clock[priority] = least;
}

/* How far a line is ahead of the clock, in ns of its own execution; rounds up. */
static u64 lead_ns(const struct vfarb_pick *pick, const struct vfarb_line *line)
{
	s64 lead = line->vtime - clock_of(pick, line->priority);

	if (lead <= 0)
		return 0;
	/* A lead is some slices long; beyond 2^53 it is no lead but a wreck. */
	lead = min(lead, (s64)1 << 53);
	return div64_u64((u64)lead * line->volume + unit(pick) - 1, unit(pick));
}

static void vtime_add(const struct vfarb_pick *pick, struct vfarb_line *line, u64 run_ns)
{
	u64 rem;

	line->vtime += div64_u64_rem(run_ns, line->volume, &rem) * unit(pick);
	rem = rem * unit(pick) + line->vrem;
	line->vtime += div64_u64_rem(rem, line->volume, &rem);
	line->vrem = rem;
}

/* A new request: the line will have used it up when its virtual time gets there. */
static void set_deadline(const struct vfarb_pick *pick, struct vfarb_line *line)
{
	if (pick->policy == VFARB_POLICY_DEADLINE)
		line->vdeadline = line->vtime +
				  div64_u64(line->designated_ns * unit(pick), line->volume);
}

static void place(const struct vfarb_pick *pick, struct vfarb_line *line, u64 debt_ns)
{
	line->vtime = clock_of(pick, line->priority);
	line->vrem = 0;
	vtime_add(pick, line, debt_ns);
	set_deadline(pick, line);
}

/**
 * vfarb_pick_debt_ns - what is left of a line's debt
 * @pick: the competition
 * @line: one that does not compete
 *
 * The clock's moving paid the rest. Nobody owes more than a slice and its
 * overruns, and that is known only after the slice it left in has ended.
 *
 * Return: ns of its execution that it will start behind the clock.
 */
u64 vfarb_pick_debt_ns(const struct vfarb_pick *pick, const struct vfarb_line *line)
{
	s64 moved = clock_of(pick, line->priority) - line->debt_since;
	u64 debt = min(line->debt_ns, line->designated_ns + line->overrun_debt_ns);
	u64 paid;

	/* Told by the clock of another policy. */
	if (line->debt_epoch != pick->epoch)
		return 0;
	if (!debt || moved <= 0)
		return debt;
	moved = min(moved, (s64)1 << 53);
	paid = div64_u64((u64)moved * line->volume, unit(pick));
	return debt > paid ? debt - paid : 0;
}

/* Overruns under another policy are not made good under this one. */
static void forget_overruns(const struct vfarb_pick *pick, struct vfarb_line *line)
{
	if (line->debt_epoch != pick->epoch)
		line->overrun_debt_ns = 0;
}

/**
 * vfarb_pick_reprice - change what a line's place is reckoned from
 * @pick: the competition
 * @line: one that does not compete now
 * @volume: 1..VFARB_VOLUME_MAX
 * @priority: below VFARB_PRIORITIES
 *
 * A debt is time, so it stays the same time at another volume or clock.
 */
void vfarb_pick_reprice(struct vfarb_pick *pick, struct vfarb_line *line, u32 volume, u8 priority)
{
	line->debt_ns = vfarb_pick_debt_ns(pick, line);
	forget_overruns(pick, line);
	line->volume = volume;
	line->priority = priority;
	line->debt_since = clock_of(pick, priority);
	line->debt_epoch = pick->epoch;
}

/**
 * vfarb_pick_join - a line begins to compete
 * @pick: the competition
 * @line: entered in the ledger; its volume and priority may have changed since
 *	it left
 *
 * It starts at the virtual clock, or behind it by what remains of its debt.
 */
void vfarb_pick_join(struct vfarb_pick *pick, struct vfarb_line *line)
{
	u64 debt_ns = vfarb_pick_debt_ns(pick, line);

	forget_overruns(pick, line);
	/* The ledger's clock, so the ledger's word. */
	if (pick->policy == VFARB_POLICY_DEADLINE)
		debt_ns = max(-vfarb_ledger_lag_ns(line), (s64)0);
	place(pick, line, debt_ns);
	line->turn = ++pick->turns;
	line->joined = true;
	if (line != pick->running)
		heap_add(pick, line);
	clock_follow(pick, line->priority);
}

/**
 * vfarb_pick_restore - a line takes the place it had when its state was noted
 * @pick: the competition
 * @line: with all that vfarb_state_load_line() gave it
 */
void vfarb_pick_restore(struct vfarb_pick *pick, struct vfarb_line *line)
{
	struct vfarb_heap *heap = heap_of(pick, line);

	if (line->running)
		pick->running = line;
	/* Where the key moves with time, the order within a heap is part of its state. */
	if (line->slot >= pick->capacity)
		return;
	heap->line[line->slot] = line;
	heap->count++;
}

/**
 * vfarb_pick_leave - a line ceases to compete
 * @pick: the competition
 * @line: one that joined; if it runs it goes on until vfarb_pick_next() or
 *	vfarb_pick_drop()
 */
void vfarb_pick_leave(struct vfarb_pick *pick, struct vfarb_line *line)
{
	u64 lead;

	clock_follow(pick, line->priority);
	lead = lead_ns(pick, line);
	/* Where the clock stands still overruns are never made good: they would pile up. */
	if (lead <= line->designated_ns || !has_clock(pick))
		line->overrun_debt_ns = 0;
	line->debt_ns = lead;
	line->debt_since = clock_of(pick, line->priority);
	line->debt_epoch = pick->epoch;
	line->joined = false;
	if (line->slot != VFARB_NO_SLOT)
		heap_del(pick, line);
	clock_follow(pick, line->priority);
}

/* The highest priority below @priority that anybody waits in, or -1. */
static int waits_below(const struct vfarb_pick *pick, int priority)
{
	while (--priority >= 0 && !waits(pick, priority))
		;
	return priority;
}

/* What lower priorities are owed, or pay back, for @run_ns of a line of @priority. */
static void floor_charge(struct vfarb_pick *pick, int priority, u64 slice_ns, u64 run_ns)
{
	const u64 window_ns = VFARB_FLOOR_WINDOW_NS;
	int i, below = waits_below(pick, priority);
	struct vfarb_heap *heap;
	u64 keep_ns;

	run_ns = min(run_ns, window_ns);
	for (i = priority + 1; i < VFARB_PRIORITIES; i++)
		if (waits(pick, i))
			pick->owed_ns[i] = max(pick->owed_ns[i] - (s64)run_ns, -(s64)window_ns);
	if (priority < VFARB_PRIORITIES - 1)
		pick->longest_below_ns = max(pick->longest_below_ns - pick->longest_below_ns / 64,
					     slice_ns);
	if (below < 0) {
		pick->owed_ns[priority] = 0;
		return;
	}
	heap = pick->heap[below].count ? &pick->heap[below] : &pick->late[below];
	/* A window may begin just after one of their slices, and end in one that goes before. */
	keep_ns = (window_ns + min(slice_ns, window_ns)) * VFARB_FLOOR_PERCENT / 100 +
		  max(pick->longest_below_ns, heap->line[0]->designated_ns);
	keep_ns = min(keep_ns, window_ns / 2);
	/* Of a window those below run keep_ns, and this priority the rest. */
	pick->owed_ns[priority] += div64_u64(run_ns * keep_ns, window_ns - keep_ns);
	pick->owed_ns[priority] = min_t(s64, pick->owed_ns[priority], window_ns);
}

/**
 * vfarb_pick_charge - a line ran
 * @pick: the competition
 * @line: the one that runs
 * @run_ns: for how long, since the last charge
 */
void vfarb_pick_charge(struct vfarb_pick *pick, struct vfarb_line *line, u64 run_ns)
{
	/* Nothing changes: so the record need not tell when a grant began to run. */
	if (!run_ns)
		return;
	/* It left and the engine has not stopped it yet: it does not come back as if it had. */
	if (!line->joined)
		line->debt_ns += run_ns;
	vtime_add(pick, line, run_ns);
	clock_follow(pick, line->priority);
	floor_charge(pick, line->priority, line->designated_ns, run_ns);
}

/**
 * vfarb_pick_overrun - a slice was longer than designated
 * @line: who ran
 * @over_ns: by how much
 *
 * What it is ahead because of that it cannot shed by leaving.
 */
void vfarb_pick_overrun(struct vfarb_line *line, u64 over_ns)
{
	line->overrun_debt_ns += over_ns;
}

/**
 * vfarb_pick_waiting - whether anybody competes who does not run
 * @pick: the competition
 *
 * Return: whether it is so.
 */
bool vfarb_pick_waiting(const struct vfarb_pick *pick)
{
	int i;

	for (i = 0; i < VFARB_PRIORITIES; i++)
		if (waits(pick, i))
			return true;
	return false;
}

/* The best of one priority other than the one that runs, or NULL. */
static struct vfarb_line *best_of(struct vfarb_pick *pick, int priority)
{
	struct vfarb_heap *heap = &pick->heap[priority];
	struct vfarb_heap *late = &pick->late[priority];
	struct vfarb_line *best;
	u32 i;

	/* Who has become eligible: each line once a slice. */
	while (late->count && !is_late(pick, late->line[0]))
		heap_move(pick, late->line[0]);
	/* Who is not any more: a VF left with time of theirs. */
	while (heap->count && is_late(pick, heap->line[0]))
		heap_move(pick, heap->line[0]);
	/* Nobody eligible can only be rounding: the engine does not idle for that. */
	if (!heap->count)
		return late->count ? late->line[0] : NULL;
	best = heap->line[0];
	if (policies[pick->policy].scan)
		for (i = 1; i < heap->count; i++)
			if (before(pick, heap->line[i], best))
				best = heap->line[i];
	return best;
}

/**
 * vfarb_pick_deck - the best of those who wait
 * @pick: the competition
 *
 * It is of the highest priority, unless that owes time to those below.
 *
 * Return: the line, or NULL if nobody waits.
 */
struct vfarb_line *vfarb_pick_deck(struct vfarb_pick *pick)
{
	int i;

	for (i = VFARB_PRIORITIES - 1; i >= 0; i--)
		if (waits(pick, i) && (pick->owed_ns[i] <= 0 || waits_below(pick, i) < 0))
			return best_of(pick, i);
	return NULL;
}

/**
 * vfarb_pick_drop - nobody runs any more
 * @pick: the competition
 *
 * Who ran waits with the others if it still competes.
 */
void vfarb_pick_drop(struct vfarb_pick *pick)
{
	struct vfarb_line *run = pick->running;

	if (!run)
		return;
	pick->running = NULL;
	run->running = false;
	if (run->joined) {
		set_deadline(pick, run);
		heap_add(pick, run);
	}
}

/**
 * vfarb_pick_next - decide who runs next
 * @pick: the competition
 * @now_ns: engine clock
 *
 * Who ran, charged by now, is compared with the best of those who wait. The
 * winner runs.
 *
 * Return: the decision.
 */
struct vfarb_choice vfarb_pick_next(struct vfarb_pick *pick, u64 now_ns)
{
	struct vfarb_choice choice = { .rule = VFARB_RULE_ALONE };
	struct vfarb_line *run = pick->running;
	struct vfarb_line *winner;
	bool first;

	pick->now_ns = now_ns;
	if (run && run->joined) {
		/* Its turn is over; and what it shed by waiting it need not pay again. */
		run->turn = ++pick->turns;
		if (run->overrun_debt_ns && lead_ns(pick, run) <= run->designated_ns)
			run->overrun_debt_ns = 0;
	}
	vfarb_pick_drop(pick);
	winner = vfarb_pick_deck(pick);
	if (!winner)
		return choice;
	heap_del(pick, winner);
	winner->late = false;
	winner->running = true;
	pick->running = winner;

	choice.winner = winner;
	choice.runner_up = vfarb_pick_deck(pick);
	if (choice.runner_up) {
		choice.rule = vfarb_pick_compare(pick, winner, choice.runner_up, &first);
		if (choice.rule == VFARB_RULE_PRIORITY && !first)
			choice.rule = VFARB_RULE_FLOOR;
	}
	if (!winner->first_grant)
		winner->first_grant = ++pick->first_grants;
	return choice;
}

static void begin_again(const struct vfarb_pick *pick, struct vfarb_line *line, u64 lead)
{
	line->overrun_debt_ns = 0;
	place(pick, line, min(lead, line->designated_ns));
}

/**
 * vfarb_pick_set_policy - change how VFs take turns, while they do
 * @pick: the competition
 * @policy: enum vfarb_policy
 * @order: enum vfarb_order
 *
 * A new key begins a new comparison: everybody who competes starts at the
 * virtual clock, at most one slice ahead of it. Takes time in proportion to
 * how many compete.
 */
void vfarb_pick_set_policy(struct vfarb_pick *pick, enum vfarb_policy policy,
			   enum vfarb_order order)
{
	struct vfarb_pick old = *pick;
	unsigned int i;
	u32 n;

	if (pick->policy == policy && pick->order == order)
		return;
	for (i = 0; i < VFARB_PRIORITIES; i++) {
		struct vfarb_heap *heap = &pick->heap[i];

		for (n = 0; n < pick->late[i].count; n++)
			heap->line[heap->count++] = pick->late[i].line[n];
		pick->late[i].count = 0;
	}
	pick->policy = policy;
	pick->order = order;
	pick->epoch++;
	for (i = 0; i < VFARB_PRIORITIES; i++) {
		struct vfarb_heap *heap = &pick->heap[i];
		u32 count = heap->count;

		for (n = 0; n < count; n++)
			begin_again(pick, heap->line[n], lead_ns(&old, heap->line[n]));
		/* Built anew one by one: who is late goes to the other heap. */
		heap->count = 0;
		for (n = 0; n < count; n++)
			heap_add(pick, heap->line[n]);
	}
	if (pick->running && pick->running->joined)
		begin_again(pick, pick->running, lead_ns(&old, pick->running));
	for (i = 0; i < VFARB_PRIORITIES; i++)
		clock_follow(pick, i);
}
