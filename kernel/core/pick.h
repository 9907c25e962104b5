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
 *
 * Under ``deadline`` the clock is the level of the ledger's fluid scheduler, and
 * a line whose virtual time is past it has had its due: it waits in a second
 * heap until the clock reaches it. Among the others the earliest deadline wins:
 * earliest eligible virtual deadline first.
 *
 * Lower priorities keep VFARB_FLOOR_PERCENT of any VFARB_FLOOR_WINDOW_NS. What
 * they are owed rises while a higher priority runs; once it is positive they
 * are served a slice. One slice more is owed per window than the floor says, as
 * a window may begin just after a slice. It is the same from level to level.
 */

/** VFARB_NO_SLOT - not in a heap */
#define VFARB_NO_SLOT	(~0u)

/** VFARB_FLOOR_PERCENT - what lower priorities keep while a higher one has work */
#define VFARB_FLOOR_PERCENT	5u

/** VFARB_FLOOR_WINDOW_NS - in any window of this length */
#define VFARB_FLOOR_WINDOW_NS	100000000ull

/**
 * enum vfarb_policy - how an engine's VFs take turns
 * @VFARB_POLICY_LEAST_TIME: least virtual time first
 * @VFARB_POLICY_DEADLINE: among those not ahead of their entitlement, earliest
 *	virtual deadline first
 * @VFARB_POLICY_ROUND_ROBIN: in turn, equal slices
 * @VFARB_POLICY_FIXED_SHARE: as least-time, but no VF gets more than its volume;
 *	the rest stays idle
 * @VFARB_POLICY_FIFO: the submission handed in first
 * @VFARB_POLICY_SHORTEST: the smallest submission
 * @VFARB_POLICY_RELATIVE_LATENCY: the submission that waited longest in
 *	proportion to its size
 * @VFARB_POLICIES: how many there are
 */
enum vfarb_policy {
	VFARB_POLICY_LEAST_TIME,
	VFARB_POLICY_DEADLINE,
	VFARB_POLICY_ROUND_ROBIN,
	VFARB_POLICY_FIXED_SHARE,
	VFARB_POLICY_FIFO,
	VFARB_POLICY_SHORTEST,
	VFARB_POLICY_RELATIVE_LATENCY,
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
	VFARB_RULE_FLOOR,	/* a higher priority owed time to this one */
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
 * @ledger: of the same engine; its fluid level is a clock
 * @policy: enum vfarb_policy
 * @order: enum vfarb_order
 * @heap: who waits, per priority
 * @late: who waits to become eligible, per priority
 * @owed_ns: what the priorities below this one are owed by it
 * @longest_below_ns: longest slice of late that was granted for that
 * @capacity: lines each heap has room for
 * @running: who holds the engine, or NULL
 * @clock: virtual clock per priority; wraps
 * @now_ns: engine clock at the decision
 * @epoch: changes of policy
 * @turns: turns handed out
 * @first_grants: lines that were granted once
 */
struct vfarb_pick {
	const struct vfarb_ledger *ledger;
	enum vfarb_policy policy;
	enum vfarb_order order;
	struct vfarb_heap heap[VFARB_PRIORITIES];
	struct vfarb_heap late[VFARB_PRIORITIES];
	s64 owed_ns[VFARB_PRIORITIES];
	u64 longest_below_ns;
	u32 capacity;
	struct vfarb_line *running;
	u64 clock[VFARB_PRIORITIES];
	u64 now_ns;
	u32 epoch;
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

/** VFARB_PICK_ROOM - pointers that a competition of @capacity lines needs */
#define VFARB_PICK_ROOM(capacity)	(2 * VFARB_PRIORITIES * (size_t)(capacity))

void vfarb_pick_init(struct vfarb_pick *pick, const struct vfarb_ledger *ledger,
		     struct vfarb_line **room, u32 capacity);
void vfarb_pick_line_init(struct vfarb_line *line, u32 fn, u32 order, u32 volume,
			  u64 designated_ns);
void vfarb_pick_join(struct vfarb_pick *pick, struct vfarb_line *line);
void vfarb_pick_restore(struct vfarb_pick *pick, struct vfarb_line *line);
void vfarb_pick_leave(struct vfarb_pick *pick, struct vfarb_line *line);
void vfarb_pick_reprice(struct vfarb_pick *pick, struct vfarb_line *line, u32 volume,
			u8 priority);
void vfarb_pick_charge(struct vfarb_pick *pick, struct vfarb_line *line, u64 run_ns);
void vfarb_pick_overrun(struct vfarb_line *line, u64 over_ns);
struct vfarb_choice vfarb_pick_next(struct vfarb_pick *pick, u64 now_ns);
u64 vfarb_pick_debt_ns(const struct vfarb_pick *pick, const struct vfarb_line *line);
struct vfarb_line *vfarb_pick_deck(struct vfarb_pick *pick);
bool vfarb_pick_waiting(const struct vfarb_pick *pick);
const char *vfarb_policy_name(enum vfarb_policy policy);
void vfarb_pick_drop(struct vfarb_pick *pick);
void vfarb_pick_set_policy(struct vfarb_pick *pick, enum vfarb_policy policy,
			   enum vfarb_order order);
enum vfarb_rule vfarb_pick_compare(const struct vfarb_pick *pick, const struct vfarb_line *a,
				   const struct vfarb_line *b, bool *a_first);

#endif /* _VFARB_PICK_H */
