/* SPDX-License-Identifier: GPL-2.0 */
/* The arbiter of one engine: who may run, who runs, and what it is charged. */
#ifndef _VFARB_ARBITER_H
#define _VFARB_ARBITER_H

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <vfarb.h>
#include "ledger.h"
#include "hang.h"
#include "pick.h"
#include "record.h"

struct vfarb_refusal;

#define VFARB_SLICE_MIN_NS	(10 * NSEC_PER_USEC)
/* Instead of a designated slice: as long as the VF's submissions are. */
#define VFARB_SLICE_AUTO	0
#define VFARB_SLICE_AUTO_MIN_NS	(50 * NSEC_PER_USEC)
#define VFARB_SLICE_AUTO_MAX_NS	(50 * NSEC_PER_MSEC)

#define VFARB_SLICE_MAX_NS	(10ull * NSEC_PER_SEC)
#define VFARB_SLICE_DEFAULT_NS	(2 * NSEC_PER_MSEC)

#define VFARB_CYCLE_MIN_NS	(10 * NSEC_PER_MSEC)
#define VFARB_CYCLE_MAX_NS	(60ull * NSEC_PER_SEC)
#define VFARB_CYCLE_DEFAULT_NS	(100 * NSEC_PER_MSEC)

/* Reasons why a line may not run; bits of vfarb_line.blocked. */
#define VFARB_BLOCKED_OPERATOR	BIT(0)
#define VFARB_BLOCKED_CAP	BIT(1)
#define VFARB_BLOCKED_THROTTLE	BIT(2)
#define VFARB_BLOCKED_QUARANTINE BIT(3)

/**
 * enum vfarb_state - what the core knows of an engine
 * @VFARB_ENGINE_IDLE: nobody holds it
 * @VFARB_ENGINE_CHOSEN: somebody is to be granted it by the kthread
 * @VFARB_ENGINE_GRANTED: the provider was asked
 * @VFARB_ENGINE_RUNNING: the VF runs
 */
enum vfarb_state {
	VFARB_ENGINE_IDLE,
	VFARB_ENGINE_CHOSEN,
	VFARB_ENGINE_GRANTED,
	VFARB_ENGINE_RUNNING,
};

/** enum vfarb_cycle_end - why a scheduling cycle ended */
enum vfarb_cycle_end {
	VFARB_CYCLE_SERVED,	/* every backlogged VF has its entitlement */
	VFARB_CYCLE_EMPTY,	/* no work is left */
	VFARB_CYCLE_TIME,	/* its time is over */
};

/**
 * struct vfarb_cycle - a scheduling cycle as published
 * @seq: its number, from 1
 * @start_ns: engine clock at its start
 * @length_ns: how long it was
 * @end: why it ended
 * @vfs: VFs that had work or ran in it
 * @jain_ppm: Jain index of executed / entitled over these, in 10^-6
 * @share_error_ppm: largest share error of a VF, in 10^-6 of @length_ns
 */
struct vfarb_cycle {
	u64 seq;
	u64 start_ns;
	u64 length_ns;
	enum vfarb_cycle_end end;
	u32 vfs;
	u32 jain_ppm;
	u32 share_error_ppm;
};

/**
 * struct vfarb_stats - submissions of one VF on one engine
 * @submitted: taken by the driver
 * @completed: ended well
 * @failed: ended with an error
 * @faults: told by the provider
 * @run_ns: sum of their execution times
 * @wait_ns: sum of their waits
 * @wait_max_ns: the longest wait
 */
struct vfarb_stats {
	u64 submitted;
	u64 completed;
	u64 failed;
	u64 faults;
	u64 run_ns;
	u64 wait_ns;
	u64 wait_max_ns;
};

/**
 * struct vfarb_seat - a VF at one engine
 * @line: its account
 * @stats: its submissions
 * @conduct: what it has to answer for
 * @cap: its cap as set; under ``fixed-share`` its volume is one as well
 * @automatic: its slice is as long as its submissions are
 * @mean_ns: execution time of its submissions, the last ones counting most
 * @claim_ratio: the same in proportion to what they claimed, in 1 / 1024
 * @extensions: slices made longer so that a submission could end
 * @extended_ns: by how much, in all
 * @run_base_ns: the device's run-time counter less what was charged; moves only
 *	when a charge was not believed
 * @cycle_executed_ns: executed when the current cycle began
 * @cycle_entitled_ns: entitled then
 * @cycle_grants: grants then
 * @share_ppm: part of the engine time of the last cycle that it executed
 * @share_error_ppm: executed minus entitled, as part of that
 */
struct vfarb_seat {
	struct vfarb_line line;
	struct vfarb_stats stats;
	struct vfarb_conduct conduct;
	u32 cap;
	bool automatic;
	u64 mean_ns;
	u32 claim_ratio;
	u64 extensions;
	u64 extended_ns;
	u64 run_base_ns;
	u64 cycle_executed_ns;
	u64 cycle_entitled_ns;
	u64 cycle_grants;
	u32 share_ppm;
	s32 share_error_ppm;
};

/**
 * struct vfarb_engine - one engine and its arbiter
 * @accel: whose it is
 * @index: which
 * @lock: protects all below. Taken in hard irq. Held while calling the
 *	provider's atomic operations, so below it only raw locks of providers.
 * @seat: by function number, NULL where there is no VF
 * @fns: length of @seat
 * @ledger: the account
 * @pick: the competition
 * @state: what the provider was last asked or said
 * @running: it was let go; no more grants
 * @current_seat: who holds it; NULL if nobody, or if that VF is gone
 * @current_fn: the same as a number, kept when the VF is gone
 * @cookie: of the last grant
 * @designated_ns: slice designated at the last grant
 * @slice_ns: what was granted: that, or a little more
 * @grant_ns: engine clock at the last grant
 * @charged: already charged for the last grant
 * @deviated: whose slice ended last, if it was not the designated one
 * @registrations: lines added so far
 * @grants: grants made
 * @refused: grants that the provider refused
 * @lost: slice ends nobody told
 * @faults: told by the provider
 * @fault: code of the last
 * @watch_run_ns: running time of the current grant at the last look
 * @watch_ns: engine clock when that last moved
 * @uncap_ns: engine clock at which the next capped VF may run, if @capped
 * @capped: somebody waits because of its cap
 * @asleep: the kthread sleeps until woken
 * @retry: a grant was refused; the kthread tries again
 * @cycle_ns: time after which a cycle ends
 * @cycle: the running cycle
 * @published: the last one that ended
 * @cycle_start: engine totals when the running cycle began
 * @hang: what is done about who does not stop
 * @record: what it decided, and why
 * @kthread: the arbiter
 * @room: what @pick keeps its heaps in
 */
struct vfarb_engine {
	struct vfarb_accel *accel;
	unsigned int index;

	raw_spinlock_t lock;
	struct vfarb_seat **seat;
	u32 fns;
	struct vfarb_ledger ledger;
	struct vfarb_pick pick;
	enum vfarb_state state;
	bool running;
	struct vfarb_seat *current_seat;
	u32 current_fn;
	u32 cookie;
	u64 designated_ns;
	u64 slice_ns;
	u64 grant_ns;
	struct vfarb_times charged;
	struct vfarb_line *deviated;
	u32 registrations;
	u64 grants;
	u64 refused;
	u64 lost;
	u64 faults;
	u32 fault;
	u64 watch_run_ns;
	u64 watch_ns;
	u64 uncap_ns;
	bool capped;
	bool asleep;
	bool retry;
	u64 cycle_ns;
	struct vfarb_cycle cycle;
	struct vfarb_cycle published;
	struct vfarb_times cycle_start;
	struct vfarb_hang hang;
	struct vfarb_record record;

	struct task_struct *kthread;
	struct vfarb_line **room;
};

/**
 * struct vfarb_engine_settings - what an operator decides about an engine
 * @policy: enum vfarb_policy
 * @order: enum vfarb_order
 * @cycle_ns: a cycle's longest time, VFARB_CYCLE_MIN_NS..VFARB_CYCLE_MAX_NS
 * @cpus: where its arbiter may run
 * @budget_ns: running time without progress, VFARB_BUDGET_MIN_NS..VFARB_BUDGET_MAX_NS or 0: any
 * @limit: how much of what is too much
 */
struct vfarb_engine_settings {
	enum vfarb_policy policy;
	enum vfarb_order order;
	u64 cycle_ns;
	const struct cpumask *cpus;
	u64 budget_ns;
	struct vfarb_limit_settings limit[VFARB_LIMITS];
};

/* Which of the settings are meant. */
#define VFARB_ENGINE_SET_POLICY		BIT(0)
#define VFARB_ENGINE_SET_ORDER		BIT(1)
#define VFARB_ENGINE_SET_CYCLE		BIT(2)
#define VFARB_ENGINE_SET_CPUS		BIT(3)
#define VFARB_ENGINE_SET_BUDGET		BIT(4)
#define VFARB_ENGINE_SET_MOST(limit)	(BIT(8) << (limit))
#define VFARB_ENGINE_SET_ACTION(limit)	(BIT(16) << (limit))

/**
 * struct vfarb_engine_view - an engine as it is seen at one moment
 * @policy: how its VFs take turns
 * @order: what least-time compares
 * @cycle_ns: a cycle's longest time
 * @budget_ns: running time without progress that a VF may have, 0 any
 * @limit: how much of what is too much
 * @state: what it is at
 * @fn: who holds it, or VFARB_FN_NONE
 * @ledger: its account
 * @published: the last cycle that ended; its number is 0 before the first
 * @grants: grants made
 * @refused: grants that the provider refused
 * @lost: slice ends nobody told
 * @faults: told by the provider
 * @fault: code of the last
 */
struct vfarb_engine_view {
	enum vfarb_policy policy;
	enum vfarb_order order;
	u64 cycle_ns;
	u64 budget_ns;
	struct vfarb_limit_settings limit[VFARB_LIMITS];
	enum vfarb_state state;
	u32 fn;
	struct vfarb_ledger ledger;
	struct vfarb_cycle published;
	u64 grants;
	u64 refused;
	u64 lost;
	u64 faults;
	u32 fault;
};

int vfarb_engine_init(struct vfarb_engine *engine, struct vfarb_accel *accel, unsigned int index);
int vfarb_engine_start(struct vfarb_engine *engine);
void vfarb_engine_stop(struct vfarb_engine *engine);
void vfarb_engine_free(struct vfarb_engine *engine);

void vfarb_engine_add(struct vfarb_engine *engine, struct vfarb_seat *seat, u32 fn, u32 volume,
		      u8 priority, u64 slice_ns);
void vfarb_engine_remove(struct vfarb_engine *engine, u32 fn);
void vfarb_engine_reprice(struct vfarb_engine *engine, u32 fn, u32 volume, u8 priority,
			  u64 slice_ns, u32 cap);
void vfarb_engine_block(struct vfarb_engine *engine, u32 fn, u32 reason, bool block);
void vfarb_engine_set_policy(struct vfarb_engine *engine, enum vfarb_policy policy,
			     enum vfarb_order order);
void vfarb_engine_set_cycle(struct vfarb_engine *engine, u64 cycle_ns);
int vfarb_engine_set_affinity(struct vfarb_engine *engine, const struct cpumask *cpus);
void vfarb_engine_refresh(struct vfarb_engine *engine);
int vfarb_engine_judge(struct vfarb_engine *engine, const struct vfarb_engine_settings *want,
		       u32 mask, struct vfarb_refusal *refusal);
void vfarb_engine_apply(struct vfarb_engine *engine, const struct vfarb_engine_settings *want,
			u32 mask);
void vfarb_engine_look(struct vfarb_engine *engine, struct vfarb_engine_view *view);
bool vfarb_engine_read(struct vfarb_engine *engine, u32 fn, struct vfarb_seat *copy);

/* For hang.c, with the engine locked. */
void vfarb_engine_wake(struct vfarb_engine *engine);
void vfarb_engine_charge_running(struct vfarb_engine *engine);
void vfarb_engine_end_untold(struct vfarb_engine *engine, enum vfarb_reason reason);
void vfarb_engine_run_next(struct vfarb_engine *engine, u64 now_ns);
void vfarb_engine_set_blocked(struct vfarb_engine *engine, struct vfarb_line *line, u32 reasons,
			      bool block, u64 now_ns);

#endif /* _VFARB_ARBITER_H */
