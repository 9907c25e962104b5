/* SPDX-License-Identifier: GPL-2.0 */
/* Hang control of an engine: who does not stop, and what is done about that. */
#ifndef _VFARB_HANG_H
#define _VFARB_HANG_H

#include <linux/time64.h>
#include <linux/vfarb_event.h>
#include <vfarb.h>
#include "offence.h"

struct vfarb_engine;
struct vfarb_seat;

#define VFARB_BUDGET_MIN_NS	NSEC_PER_MSEC
#define VFARB_BUDGET_MAX_NS	(60ull * NSEC_PER_SEC)

/**
 * enum vfarb_hang_stage - what is being done about who holds the engine
 * @VFARB_HANG_WATCH: nothing
 * @VFARB_HANG_PREEMPT: it was told to stop
 * @VFARB_HANG_RESET: it is being reset
 * @VFARB_HANG_DEAD: nobody runs; the engine is being reset
 * @VFARB_HANG_LOST: nobody runs, and the engine's reset failed
 */
enum vfarb_hang_stage {
	VFARB_HANG_WATCH,
	VFARB_HANG_PREEMPT,
	VFARB_HANG_RESET,
	VFARB_HANG_DEAD,
	VFARB_HANG_LOST,
};

/**
 * struct vfarb_limit_settings - how much is too much
 * @most: times per period
 * @action: enum vfarb_limit_action
 */
struct vfarb_limit_settings {
	u32 most;
	u8 action;
};

/**
 * struct vfarb_hang - of an engine; under its lock
 * @offence: what is an offence
 * @limit: what is too much
 * @period_ns: in which time
 * @stage: what is being done
 * @fn: about whom
 * @cookie: its grant
 * @asked_ns: engine clock when the device was asked
 * @resets_wanted: VFs that the kthread is to reset
 * @resetting: VFs that are to be or are being reset
 * @reset_engine: the kthread is to reset the engine
 * @held: VFs under sentence
 * @next_ns: when the first of these is over
 * @lost_ends: slice ends lost since one was told
 * @lost_fn: whose was the first of these
 * @refused: grants refused since
 */
struct vfarb_hang {
	struct vfarb_offence_settings offence;
	struct vfarb_limit_settings limit[VFARB_LIMITS];
	u64 period_ns;
	enum vfarb_hang_stage stage;
	u32 fn;
	u32 cookie;
	u64 asked_ns;
	u32 resets_wanted;
	u32 resetting;
	bool reset_engine;
	u32 held;
	u64 next_ns;
	u32 lost_ends;
	u32 lost_fn;
	u32 refused;
};

/**
 * struct vfarb_count - how often something happened in this period
 * @since: jiffies when it began
 * @number: times
 */
struct vfarb_count {
	u64 since;
	u32 number;
};

/**
 * struct vfarb_conduct - of a VF on an engine; under the engine's lock
 * @offence: its record
 * @reset_wanted: the kthread is to reset it
 * @resetting_ns: engine clock when that was asked for, 0 it is not being reset
 * @count: by enum vfarb_limit
 */
struct vfarb_conduct {
	struct vfarb_offence offence;
	bool reset_wanted;
	u64 resetting_ns;
	struct vfarb_count count[VFARB_LIMITS];
};

void vfarb_hang_init(struct vfarb_engine *engine);
bool vfarb_hang_forbids(const struct vfarb_engine *engine);
void vfarb_hang_slice_end(struct vfarb_engine *engine, enum vfarb_reason reason, u64 now_ns);
void vfarb_hang_refused(struct vfarb_engine *engine);
void vfarb_hang_leave(struct vfarb_engine *engine, struct vfarb_seat *seat);
void vfarb_hang_reset_done(struct vfarb_engine *engine, u32 fn, u64 now_ns);
void vfarb_hang_count(struct vfarb_engine *engine, struct vfarb_seat *seat,
		      enum vfarb_limit limit, u32 times);
void vfarb_hang_watch(struct vfarb_engine *engine);
u64 vfarb_hang_sleep_ns(struct vfarb_engine *engine, u64 most_ns);
void vfarb_hang_set(struct vfarb_engine *engine, const struct vfarb_offence_settings *settings);
void vfarb_hang_set_limit(struct vfarb_engine *engine, enum vfarb_limit limit, u32 most,
			  enum vfarb_limit_action action);
void vfarb_hang_release(struct vfarb_engine *engine, u32 fn);

#endif /* _VFARB_HANG_H */
