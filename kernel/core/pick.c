// SPDX-License-Identifier: GPL-2.0
#include "pick.h"

/* Four children a node: half the depth of a binary heap for the same compares on the way up. */
#define HEAP_WAYS	4u

/**
 * vfarb_pick_init - begin a competition nobody takes part in
 * @pick: zeroed here
 * @room: VFARB_PRIORITIES * @capacity pointers, kept until the end of @pick
 * @capacity: lines that can take part
 */
void vfarb_pick_init(struct vfarb_pick *pick, struct vfarb_line **room, u32 capacity)
{
	unsigned int i;

	memset(pick, 0, sizeof(*pick));
	pick->capacity = capacity;
	for (i = 0; i < VFARB_PRIORITIES; i++)
		pick->heap[i].line = room + (size_t)i * capacity;
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

static bool fair(const struct vfarb_pick *pick)
{
	return pick->policy == VFARB_POLICY_LEAST_TIME && pick->order == VFARB_ORDER_FAIR;
}

/* The policy's key: negative if a goes first. Keys wrap, so differences are compared. */
static int compare_key(const struct vfarb_pick *pick, const struct vfarb_line *a,
		       const struct vfarb_line *b)
{
	u64 x, y;
	s64 d;

	if (pick->policy == VFARB_POLICY_ROUND_ROBIN) {
		d = a->turn - b->turn;
	} else if (pick->order == VFARB_ORDER_RAW) {
		d = a->executed.running - b->executed.running;
	} else {
		d = a->vtime - b->vtime;
		if (!d) {
			x = (u64)a->vrem * b->volume;
			y = (u64)b->vrem * a->volume;
			return x < y ? -1 : x > y;
		}
	}
	return d < 0 ? -1 : d > 0;
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
	c = compare_key(pick, a, b);
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

static bool before(const struct vfarb_pick *pick, const struct vfarb_line *a,
		   const struct vfarb_line *b)
{
	bool a_first;

	vfarb_pick_compare(pick, a, b, &a_first);
	return a_first;
}

static void heap_put(struct vfarb_heap *heap, u32 slot, struct vfarb_line *line)
{
	heap->line[slot] = line;
	line->slot = slot;
}

static void heap_up(const struct vfarb_pick *pick, struct vfarb_heap *heap, u32 slot,
		    struct vfarb_line *line)
{
	while (slot) {
		u32 parent = (slot - 1) / HEAP_WAYS;

		if (!before(pick, line, heap->line[parent]))
			break;
		heap_put(heap, slot, heap->line[parent]);
		slot = parent;
	}
	heap_put(heap, slot, line);
}

static void heap_down(const struct vfarb_pick *pick, struct vfarb_heap *heap, u32 slot,
		      struct vfarb_line *line)
{
	for (;;) {
		u32 child = slot * HEAP_WAYS + 1;
		u32 end = min(child + HEAP_WAYS, heap->count);
		u32 least = child;

		if (child >= heap->count)
			break;
		while (++child < end)
			if (before(pick, heap->line[child], heap->line[least]))
				least = child;
		if (!before(pick, heap->line[least], line))
			break;
		heap_put(heap, slot, heap->line[least]);
		slot = least;
	}
	heap_put(heap, slot, line);
}

static void heap_add(struct vfarb_pick *pick, struct vfarb_line *line)
{
	struct vfarb_heap *heap = &pick->heap[line->priority];

	heap_up(pick, heap, heap->count++, line);
}

static void heap_del(const struct vfarb_pick *pick, struct vfarb_heap *heap,
		     struct vfarb_line *line)
{
	struct vfarb_line *last = heap->line[--heap->count];
	u32 slot = line->slot;

	line->slot = VFARB_NO_SLOT;
	if (last == line)
		return;
	if (slot && before(pick, last, heap->line[(slot - 1) / HEAP_WAYS]))
		heap_up(pick, heap, slot, last);
	else
		heap_down(pick, heap, slot, last);
}

/* The clock follows the least virtual time among those who compete. */
static void clock_follow(struct vfarb_pick *pick, unsigned int priority)
{
	struct vfarb_heap *heap = &pick->heap[priority];
	struct vfarb_line *run = pick->running;
	bool any = false;
	u64 least = 0;

	if (!fair(pick))
		return;
	if (heap->count) {
		least = heap->line[0]->vtime;
		any = true;
	}
	if (run && run->joined && run->priority == priority &&
	    (!any || (s64)(run->vtime - least) < 0)) {
		least = run->vtime;
		any = true;
	}
	if (any && (s64)(least - pick->clock[priority]) > 0)
		pick->clock[priority] = least;
}

/* How far a line is ahead of the clock, in ns of its own execution; rounds up. */
static u64 lead_ns(const struct vfarb_pick *pick, const struct vfarb_line *line)
{
	s64 lead = line->vtime - pick->clock[line->priority];

	if (lead <= 0)
		return 0;
	/* A lead is some slices long; beyond 2^53 it is no lead but a wreck. */
	lead = min(lead, (s64)1 << 53);
	return div64_u64((u64)lead * line->volume + VFARB_VOLUME_MAX - 1, VFARB_VOLUME_MAX);
}

static void vtime_add(struct vfarb_line *line, u64 run_ns)
{
	u64 rem;

	line->vtime += div64_u64_rem(run_ns, line->volume, &rem) * VFARB_VOLUME_MAX;
	rem = rem * VFARB_VOLUME_MAX + line->vrem;
	line->vtime += div64_u64_rem(rem, line->volume, &rem);
	line->vrem = rem;
}

/*
 * What is left of a debt after the clock moved; the clock's moving paid the rest. Nobody owes more
 * than a slice and its overruns, and that is known only after the slice it left in has ended.
 */
static u64 debt_left(const struct vfarb_pick *pick, const struct vfarb_line *line)
{
	s64 moved = pick->clock[line->priority] - line->debt_since;
	u64 debt = min(line->debt_ns, line->designated_ns + line->overrun_debt_ns);
	u64 paid;

	if (!debt || moved <= 0 || !fair(pick))
		return debt;
	moved = min(moved, (s64)1 << 53);
	paid = div64_u64((u64)moved * line->volume, VFARB_VOLUME_MAX);
	return debt > paid ? debt - paid : 0;
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
	line->debt_ns = debt_left(pick, line);
	line->volume = volume;
	line->priority = priority;
	line->debt_since = pick->clock[priority];
}

/**
 * vfarb_pick_join - a line begins to compete
 * @pick: the competition
 * @line: backlogged and free to run; its volume and priority may have changed
 *	since it left
 *
 * It starts at the virtual clock, or behind it by what remains of its debt.
 */
void vfarb_pick_join(struct vfarb_pick *pick, struct vfarb_line *line)
{
	line->vtime = pick->clock[line->priority];
	line->vrem = 0;
	vtime_add(line, debt_left(pick, line));
	line->turn = ++pick->turns;
	line->joined = true;
	if (line != pick->running)
		heap_add(pick, line);
	clock_follow(pick, line->priority);
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
	if (lead <= line->designated_ns || !fair(pick))
		line->overrun_debt_ns = 0;
	line->debt_ns = lead;
	line->debt_since = pick->clock[line->priority];
	line->joined = false;
	if (line->slot != VFARB_NO_SLOT)
		heap_del(pick, &pick->heap[line->priority], line);
	clock_follow(pick, line->priority);
}

/**
 * vfarb_pick_charge - a line ran
 * @pick: the competition
 * @line: the one that runs
 * @run_ns: for how long, since the last charge
 */
void vfarb_pick_charge(struct vfarb_pick *pick, struct vfarb_line *line, u64 run_ns)
{
	/* It left and the engine has not stopped it yet: it does not come back as if it had. */
	if (!line->joined)
		line->debt_ns += run_ns;
	vtime_add(line, run_ns);
	clock_follow(pick, line->priority);
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
 * vfarb_pick_deck - the best candidate other than the one running
 * @pick: the competition
 *
 * Return: the line, or NULL.
 */
struct vfarb_line *vfarb_pick_deck(const struct vfarb_pick *pick)
{
	int i;

	for (i = VFARB_PRIORITIES - 1; i >= 0; i--)
		if (pick->heap[i].count)
			return pick->heap[i].line[0];
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
	if (run->joined)
		heap_add(pick, run);
}

/**
 * vfarb_pick_next - decide who runs next
 * @pick: the competition
 *
 * Who ran, charged by now, is compared with the deck. The winner runs.
 *
 * Return: the decision.
 */
struct vfarb_choice vfarb_pick_next(struct vfarb_pick *pick)
{
	struct vfarb_choice choice = { .rule = VFARB_RULE_ALONE };
	struct vfarb_line *deck = vfarb_pick_deck(pick);
	struct vfarb_line *run = pick->running;
	bool first;

	if (run && !run->joined) {
		run->running = false;
		run = NULL;
	}
	if (run) {
		/* Its turn is over; and what it shed by waiting it need not pay again. */
		run->turn = ++pick->turns;
		if (run->overrun_debt_ns && lead_ns(pick, run) <= run->designated_ns)
			run->overrun_debt_ns = 0;
	}
	if (run && (!deck || before(pick, run, deck))) {
		choice.winner = run;
	} else if (deck) {
		struct vfarb_heap *heap = &pick->heap[deck->priority];

		choice.winner = deck;
		if (run && run->priority == deck->priority) {
			deck->slot = VFARB_NO_SLOT;
			heap_down(pick, heap, 0, run);
		} else {
			heap_del(pick, heap, deck);
			if (run)
				heap_add(pick, run);
		}
		if (run)
			run->running = false;
	}

	pick->running = choice.winner;
	if (!choice.winner)
		return choice;
	choice.winner->running = true;
	choice.runner_up = vfarb_pick_deck(pick);
	if (choice.runner_up)
		choice.rule = vfarb_pick_compare(pick, choice.winner, choice.runner_up, &first);
	if (!choice.winner->first_grant)
		choice.winner->first_grant = ++pick->first_grants;
	return choice;
}

static void heap_order(const struct vfarb_pick *pick, struct vfarb_heap *heap)
{
	u32 i;

	for (i = heap->count / HEAP_WAYS + 1; i-- > 0;)
		if (i < heap->count)
			heap_down(pick, heap, i, heap->line[i]);
}

static void begin_again(const struct vfarb_pick *pick, struct vfarb_line *line)
{
	u64 lead = min(lead_ns(pick, line), line->designated_ns);

	line->overrun_debt_ns = 0;
	line->vtime = pick->clock[line->priority];
	line->vrem = 0;
	vtime_add(line, lead);
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
	struct vfarb_line *run = pick->running;
	unsigned int i;
	u32 n;

	if (pick->policy == policy && pick->order == order)
		return;
	for (i = 0; i < VFARB_PRIORITIES; i++)
		for (n = 0; n < pick->heap[i].count; n++)
			begin_again(pick, pick->heap[i].line[n]);
	if (run && run->joined)
		begin_again(pick, run);
	pick->policy = policy;
	pick->order = order;
	for (i = 0; i < VFARB_PRIORITIES; i++) {
		heap_order(pick, &pick->heap[i]);
		clock_follow(pick, i);
	}
}
