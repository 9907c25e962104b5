/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state that choices depend on, as a snapshot in the decision record has
 * it. Pure, like what it is taken from.
 */
#ifndef _VFARB_STATE_H
#define _VFARB_STATE_H

#include "pick.h"

/*
 * The members, in the order of a snapshot. A member that a choice may depend
 * on belongs here; a suite compares what is missing with what is left out on
 * purpose. Any change is a new VFARB_RECORD_VERSION once there was a release.
 */
#define VFARB_STATE_PICK(member)				\
	member(policy) member(order) member(owed_ns) member(longest_below_ns) member(clock)	\
	member(now_ns) member(epoch) member(turns) member(first_grants)

#define VFARB_STATE_LEDGER(member)				\
	member(opened_ns) member(clock_ns) member(total) member(departed) member(idle_ns)	\
	member(idle_backlog_ns) member(fluid) member(ahead_ns)

#define VFARB_STATE_LINE(member)				\
	member(fn) member(volume) member(priority) member(backlogged) member(joined)		\
	member(running) member(late) member(blocked) member(order) member(slot)		\
	member(first_grant) member(designated_ns) member(vtime) member(vrem)			\
	member(vdeadline) member(turn) member(head_size_ns) member(head_time_ns)		\
	member(debt_ns) member(debt_since) member(debt_epoch) member(overrun_debt_ns)		\
	member(executed)									\
	member(entitled_ns) member(entitled_rem) member(fluid_seen) member(since_ns)		\
	member(last_designated_ns) member(last_actual_ns) member(grants)

#define VFARB_STATE_DECLARE(of, name)	__typeof__(((struct of *)0)->name) name;
#define VFARB_STATE_DECLARE_PICK(name)	VFARB_STATE_DECLARE(vfarb_pick, name)
#define VFARB_STATE_DECLARE_LEDGER(name) VFARB_STATE_DECLARE(vfarb_ledger, name)
#define VFARB_STATE_DECLARE_LINE(name)	VFARB_STATE_DECLARE(vfarb_line, name)

/**
 * struct vfarb_state_grant - what is known of the grant under way
 * @fn: who holds the engine, 0xffff nobody or nobody known
 * @slice_ns: designated slice
 * @charged: charged for it so far
 */
struct vfarb_state_grant {
	u32 fn;
	u64 slice_ns;
	struct vfarb_times charged;
} __attribute__((packed));

struct vfarb_state_pick {
	VFARB_STATE_PICK(VFARB_STATE_DECLARE_PICK)
} __attribute__((packed));

struct vfarb_state_ledger {
	VFARB_STATE_LEDGER(VFARB_STATE_DECLARE_LEDGER)
} __attribute__((packed));

/** struct vfarb_state_line - the state of one line */
struct vfarb_state_line {
	VFARB_STATE_LINE(VFARB_STATE_DECLARE_LINE)
} __attribute__((packed));

/** struct vfarb_state_engine - the state of all that is not a line's */
struct vfarb_state_engine {
	struct vfarb_state_grant grant;
	struct vfarb_state_pick pick;
	struct vfarb_state_ledger ledger;
} __attribute__((packed));

void vfarb_state_save_engine(struct vfarb_state_engine *to, const struct vfarb_state_grant *grant,
			     const struct vfarb_pick *pick, const struct vfarb_ledger *ledger);
void vfarb_state_load_engine(const struct vfarb_state_engine *from,
			     struct vfarb_state_grant *grant, struct vfarb_pick *pick,
			     struct vfarb_ledger *ledger);
void vfarb_state_save_line(struct vfarb_state_line *to, const struct vfarb_line *from);
void vfarb_state_load_line(const struct vfarb_state_line *from, struct vfarb_line *to);
const char *vfarb_state_compare_engine(const struct vfarb_state_engine *a,
				       const struct vfarb_state_engine *b);
const char *vfarb_state_compare_line(const struct vfarb_state_line *a,
				     const struct vfarb_state_line *b);

#endif /* _VFARB_STATE_H */
