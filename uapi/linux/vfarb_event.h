/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* Events: what happened to a VF or an engine that somebody may have to know. */
#ifndef _UAPI_LINUX_VFARB_EVENT_H
#define _UAPI_LINUX_VFARB_EVENT_H

#include <linux/types.h>

/**
 * enum vfarb_ev_type - what happened
 * @VFARB_EV_OVER_BUDGET: a VF ran for @x ns of its own time without progress,
 *	more than @y; it is told to stop
 * @VFARB_EV_OVERSTAY: a VF holds the engine for @x ns, more than its slice and
 *	@y, while others wait; it is told to stop
 * @VFARB_EV_PREEMPT_FAILED: it did not stop within @y ns
 * @VFARB_EV_THROTTLED: a VF may not run until @x; its @y. strike
 * @VFARB_EV_QUARANTINED: a VF may not run until @x, or, if that is the largest
 *	number there is, until an operator releases it; its @y. strike
 * @VFARB_EV_VF_RESET: the reset of a VF begins
 * @VFARB_EV_VF_RESET_DONE: it is over
 * @VFARB_EV_VF_RESET_FAILED: it cannot be done (@x: errno), or is not over
 *	after @y ns
 * @VFARB_EV_RELEASED: a VF may run again; @x: an operator said so
 * @VFARB_EV_FORGIVEN: a VF behaved; @x strikes are left
 * @VFARB_EV_ENGINE_DEAD: preempt and VF reset failed: nobody runs on the engine
 * @VFARB_EV_ENGINE_RESET: the reset of an engine begins
 * @VFARB_EV_ENGINE_RESET_FAILED: it cannot be done (@x: errno), or is not over
 *	after @y ns
 * @VFARB_EV_ENGINE_BACK: the engine works again, and who waits is granted it
 * @VFARB_EV_LOST_END: the end of a slice was not told
 * @VFARB_EV_LIMIT: more than @x times within a period of @y ns; the event's code
 *	is an enum vfarb_limit
 * @VFARB_EV_TYPES: one more than the last
 */
enum vfarb_ev_type {
	VFARB_EV_OVER_BUDGET = 1,
	VFARB_EV_OVERSTAY,
	VFARB_EV_PREEMPT_FAILED,
	VFARB_EV_THROTTLED,
	VFARB_EV_QUARANTINED,
	VFARB_EV_VF_RESET,
	VFARB_EV_VF_RESET_DONE,
	VFARB_EV_VF_RESET_FAILED,
	VFARB_EV_RELEASED,
	VFARB_EV_FORGIVEN,
	VFARB_EV_ENGINE_DEAD,
	VFARB_EV_ENGINE_RESET,
	VFARB_EV_ENGINE_RESET_FAILED,
	VFARB_EV_ENGINE_BACK,
	VFARB_EV_LOST_END,
	VFARB_EV_LIMIT,
	VFARB_EV_TYPES,
};

/**
 * enum vfarb_limit - what is counted per VF and period
 * @VFARB_LIMIT_FAULTS: faults
 * @VFARB_LIMIT_RESETS: resets of the VF
 * @VFARB_LIMIT_DOORBELLS: doorbells
 * @VFARB_LIMIT_IRQS: interrupts
 * @VFARB_LIMITS: how many there are
 */
enum vfarb_limit {
	VFARB_LIMIT_FAULTS,
	VFARB_LIMIT_RESETS,
	VFARB_LIMIT_DOORBELLS,
	VFARB_LIMIT_IRQS,
	VFARB_LIMITS,
};

/**
 * enum vfarb_limit_action - what happens when there were too many
 * @VFARB_LIMIT_OFF: nothing, they are not counted
 * @VFARB_LIMIT_REPORT: an event
 * @VFARB_LIMIT_ACT: an event, and a strike against the VF
 * @VFARB_LIMIT_ACTIONS: how many there are
 */
enum vfarb_limit_action {
	VFARB_LIMIT_OFF,
	VFARB_LIMIT_REPORT,
	VFARB_LIMIT_ACT,
	VFARB_LIMIT_ACTIONS,
};

#endif /* _UAPI_LINUX_VFARB_EVENT_H */
