/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pick: who runs next on an engine, and why.
 *
 * Pure arithmetic: no locks, no kernel calls; the caller serialises. The same
 * source decides in the kernel and when a record is replayed.
 */
#ifndef _VFARB_PICK_H
#define _VFARB_PICK_H

#include "ledger.h"

/**
 * DOC: pick
 *
 * Lines that compete and do not run stand in a heap, one per priority, ordered
 * by the policy's key and, where keys are equal, by the smallest last actual
 * slice and then by the earliest first grant (promise P6). The line that runs
 * is outside: so the top of the heap is always the best candidate other than
 * the one running (the deck), and a slice end costs one comparison and, if the
 * engine changes VFs, one replacement at the top.
 *
 * Under ``least-time``, order ``fair``, the key is the virtual time: execution
 * time * 1000 / volume, with the remainder kept, so that it is exact. The
 * virtual clock of a priority follows the least virtual time among those who
 * compete and never goes back. Who begins to compete starts at the clock: time
 * not used earns nothing. Who was ahead of the clock when it left starts that
 * much later, less what the clock has moved since, and by no more than one
 * slice plus the overruns it has not made good.
 */

/** VFARB_NO_SLOT - not in a heap */
#define VFARB_NO_SLOT	(~0u)

/** enum vfarb_policy - how an engine's VFs take turns */
enum vfarb_policy {
	VFARB_POLICY_LEAST_TIME,
	VFARB_POLICY_ROUND_ROBIN,
	VFARB_POLICIES,
};

/** enum vfarb_order - what ``least-time`` compares */
enum vfarb_order {
	VFARB_ORDER_FAIR,	/* virtual time */
	VFARB_ORDER_RAW,	/* executed ns */
	VFARB_ORDERS,
};

/** enum vfarb_rule - what decided between the winner and the runner-up */
enum vfarb_rule {
	VFARB_RULE_ALONE,	/* nobody else could run */
	VFARB_RULE_PRIORITY,
	VFARB_RULE_KEY,		/* the policy's */
	VFARB_RULE_SLICE,	/* smallest last actual slice */
	VFARB_RULE_FIRST,	/* earliest first grant, or registration */
	VFARB_RULES,
};

/**
 * struct vfarb_heap - the lines of one priority that wait
 * @line: a 4-ary heap in an array
 * @count: how many
 */
struct vfarb_heap {
	struct vfarb_line **line;
	u32 count;
};

/**
 * struct vfarb_pick - the competition for one engine
 * @policy: enum vfarb_policy
 * @order: enum vfarb_order
 * @heap: who waits, per priority
 * @capacity: lines each heap has room for
 * @running: who holds the engine, or NULL
 * @clock: virtual clock per priority; wraps
 * @turns: turns handed out
 * @first_grants: lines that were granted once
 */
struct vfarb_pick {
	enum vfarb_policy policy;
	enum vfarb_order order;
	struct vfarb_heap heap[VFARB_PRIORITIES];
	u32 capacity;
	struct vfarb_line *running;
	u64 clock[VFARB_PRIORITIES];
	u64 turns;
	u64 first_grants;
};

/**
 * struct vfarb_choice - a decision
 * @winner: who runs next, NULL if nobody can
 * @runner_up: who would have run otherwise, NULL if nobody could
 * @rule: what decided between them
 */
struct vfarb_choice {
	struct vfarb_line *winner;
	struct vfarb_line *runner_up;
	enum vfarb_rule rule;
};

void vfarb_pick_init(struct vfarb_pick *pick, struct vfarb_line **room, u32 capacity);
void vfarb_pick_line_init(struct vfarb_line *line, u32 fn, u32 order, u32 volume,
			  u64 designated_ns);
void vfarb_pick_join(struct vfarb_pick *pick, struct vfarb_line *line);
void vfarb_pick_leave(struct vfarb_pick *pick, struct vfarb_line *line);
void vfarb_pick_reprice(struct vfarb_pick *pick, struct vfarb_line *line, u32 volume,
			u8 priority);
void vfarb_pick_charge(struct vfarb_pick *pick, struct vfarb_line *line, u64 run_ns);
void vfarb_pick_overrun(struct vfarb_line *line, u64 over_ns);
struct vfarb_choice vfarb_pick_next(struct vfarb_pick *pick);
void vfarb_pick_drop(struct vfarb_pick *pick);
struct vfarb_line *vfarb_pick_deck(const struct vfarb_pick *pick);
void vfarb_pick_set_policy(struct vfarb_pick *pick, enum vfarb_policy policy,
			   enum vfarb_order order);
enum vfarb_rule vfarb_pick_compare(const struct vfarb_pick *pick, const struct vfarb_line *a,
				   const struct vfarb_line *b, bool *a_first);

#endif /* _VFARB_PICK_H */
