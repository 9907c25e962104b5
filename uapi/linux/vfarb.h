/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfarb.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_VFARB_H
#define _UAPI_LINUX_VFARB_H

#define VFARB_FAMILY_NAME	"vfarb"
#define VFARB_FAMILY_VERSION	1

#define VFARB_LABEL_MAX	31

/**
 * enum vfarb_nl_class - Who decides when an engine changes from VF to VF.
 * @VFARB_NL_CLASS_SLICE: The arbiter grants each slice.
 * @VFARB_NL_CLASS_QUANTUM: Firmware does, with a quantum that the arbiter sets
 *   for each VF.
 */
enum vfarb_nl_class {
	VFARB_NL_CLASS_SLICE,
	VFARB_NL_CLASS_QUANTUM,
};

/**
 * enum vfarb_nl_kind - What an engine is for.
 * @VFARB_NL_KIND_COMPUTE: Executing kernels.
 * @VFARB_NL_KIND_COPY: Moving data.
 */
enum vfarb_nl_kind {
	VFARB_NL_KIND_COMPUTE,
	VFARB_NL_KIND_COPY,
};

/**
 * enum vfarb_nl_preempt - How a running VF can be stopped.
 * @VFARB_NL_PREEMPT_NONE: Not before its submission ends.
 * @VFARB_NL_PREEMPT_SUBMISSION: Between submissions.
 * @VFARB_NL_PREEMPT_MID: Within a submission.
 */
enum vfarb_nl_preempt {
	VFARB_NL_PREEMPT_NONE,
	VFARB_NL_PREEMPT_SUBMISSION,
	VFARB_NL_PREEMPT_MID,
};

/**
 * enum vfarb_nl_policy - How an engine's VFs take turns.
 * @VFARB_NL_POLICY_LEAST_TIME: Who had least time goes first.
 * @VFARB_NL_POLICY_DEADLINE: Of those who had no more than their entitlement,
 *   who should be served soonest.
 * @VFARB_NL_POLICY_ROUND_ROBIN: One after the other.
 * @VFARB_NL_POLICY_FIXED_SHARE: As least-time, but nobody gets more than its
 *   volume; the rest stays idle.
 * @VFARB_NL_POLICY_FIFO: Whose submission was handed in first.
 * @VFARB_NL_POLICY_SHORTEST: Whose submission is smallest.
 * @VFARB_NL_POLICY_RELATIVE_LATENCY: Whose submission waited longest in
 *   proportion to its size.
 */
enum vfarb_nl_policy {
	VFARB_NL_POLICY_LEAST_TIME,
	VFARB_NL_POLICY_DEADLINE,
	VFARB_NL_POLICY_ROUND_ROBIN,
	VFARB_NL_POLICY_FIXED_SHARE,
	VFARB_NL_POLICY_FIFO,
	VFARB_NL_POLICY_SHORTEST,
	VFARB_NL_POLICY_RELATIVE_LATENCY,
};

/**
 * enum vfarb_nl_order - What policy least-time compares.
 * @VFARB_NL_ORDER_FAIR: Execution time divided by volume, with a clock that
 *   time not used does not beat.
 * @VFARB_NL_ORDER_RAW: Execution time as it is.
 */
enum vfarb_nl_order {
	VFARB_NL_ORDER_FAIR,
	VFARB_NL_ORDER_RAW,
};

/**
 * enum vfarb_nl_priority - Who goes first whatever the policy says.
 * @VFARB_NL_PRIORITY_LOW: After normal.
 * @VFARB_NL_PRIORITY_NORMAL: Unless set otherwise.
 * @VFARB_NL_PRIORITY_HIGH: Before normal.
 */
enum vfarb_nl_priority {
	VFARB_NL_PRIORITY_LOW,
	VFARB_NL_PRIORITY_NORMAL,
	VFARB_NL_PRIORITY_HIGH,
};

/**
 * enum vfarb_nl_engine_state - What an engine is at.
 * @VFARB_NL_ENGINE_STATE_IDLE: No VF holds the engine.
 * @VFARB_NL_ENGINE_STATE_CHOSEN: A VF is chosen, its grant not yet made.
 * @VFARB_NL_ENGINE_STATE_GRANTED: A VF is granted the engine, the switch to it
 *   is under way.
 * @VFARB_NL_ENGINE_STATE_RUNNING: A VF runs.
 */
enum vfarb_nl_engine_state {
	VFARB_NL_ENGINE_STATE_IDLE,
	VFARB_NL_ENGINE_STATE_CHOSEN,
	VFARB_NL_ENGINE_STATE_GRANTED,
	VFARB_NL_ENGINE_STATE_RUNNING,
};

/**
 * enum vfarb_nl_cycle_end - Why a scheduling cycle ended.
 * @VFARB_NL_CYCLE_END_SERVED: Every VF with work has what it is entitled to.
 * @VFARB_NL_CYCLE_END_EMPTY: No work is left.
 * @VFARB_NL_CYCLE_END_TIME: Its time was over.
 */
enum vfarb_nl_cycle_end {
	VFARB_NL_CYCLE_END_SERVED,
	VFARB_NL_CYCLE_END_EMPTY,
	VFARB_NL_CYCLE_END_TIME,
};

/**
 * enum vfarb_nl_blocked - Why a VF may not run.
 * @VFARB_NL_BLOCKED_OPERATOR: Setting run is off.
 * @VFARB_NL_BLOCKED_CAP: It has used up its cap.
 * @VFARB_NL_BLOCKED_THROTTLE: It is slowed down for what it did.
 * @VFARB_NL_BLOCKED_QUARANTINE: It is shut out for what it did.
 */
enum vfarb_nl_blocked {
	VFARB_NL_BLOCKED_OPERATOR = 1,
	VFARB_NL_BLOCKED_CAP = 2,
	VFARB_NL_BLOCKED_THROTTLE = 4,
	VFARB_NL_BLOCKED_QUARANTINE = 8,
};

/**
 * enum vfarb_nl_event_type - What happened to a VF or an engine.
 * @VFARB_NL_EVENT_TYPE_OVER_BUDGET: A VF ran for x ns of its own time without
 *   progress, more than y; it is told to stop.
 * @VFARB_NL_EVENT_TYPE_OVERSTAY: A VF holds the engine for x ns, more than its
 *   slice and y, while others wait.
 * @VFARB_NL_EVENT_TYPE_PREEMPT_FAILED: It did not stop within y ns.
 * @VFARB_NL_EVENT_TYPE_THROTTLED: A VF may not run until x; its strike number
 *   y.
 * @VFARB_NL_EVENT_TYPE_QUARANTINED: A VF may not run until x, the largest
 *   number there is: until it is released; its strike number y.
 * @VFARB_NL_EVENT_TYPE_VF_RESET: The reset of a VF begins.
 * @VFARB_NL_EVENT_TYPE_VF_RESET_DONE: It is over.
 * @VFARB_NL_EVENT_TYPE_VF_RESET_FAILED: It cannot be done (x: errno), or is
 *   not over after y ns.
 * @VFARB_NL_EVENT_TYPE_RELEASED: A VF may run again; x: an operator said so.
 * @VFARB_NL_EVENT_TYPE_FORGIVEN: A VF behaved; x strikes are left.
 * @VFARB_NL_EVENT_TYPE_ENGINE_DEAD: Preempt and VF reset failed; nobody runs
 *   on the engine.
 * @VFARB_NL_EVENT_TYPE_ENGINE_RESET: The reset of an engine begins.
 * @VFARB_NL_EVENT_TYPE_ENGINE_RESET_FAILED: It cannot be done (x: errno), or
 *   is not over after y ns.
 * @VFARB_NL_EVENT_TYPE_ENGINE_BACK: The engine works again.
 * @VFARB_NL_EVENT_TYPE_LOST_END: The end of a slice was not told.
 * @VFARB_NL_EVENT_TYPE_LIMIT: More than x times within a period of y ns; code
 *   is what, by enum limit.
 */
enum vfarb_nl_event_type {
	VFARB_NL_EVENT_TYPE_OVER_BUDGET = 1,
	VFARB_NL_EVENT_TYPE_OVERSTAY,
	VFARB_NL_EVENT_TYPE_PREEMPT_FAILED,
	VFARB_NL_EVENT_TYPE_THROTTLED,
	VFARB_NL_EVENT_TYPE_QUARANTINED,
	VFARB_NL_EVENT_TYPE_VF_RESET,
	VFARB_NL_EVENT_TYPE_VF_RESET_DONE,
	VFARB_NL_EVENT_TYPE_VF_RESET_FAILED,
	VFARB_NL_EVENT_TYPE_RELEASED,
	VFARB_NL_EVENT_TYPE_FORGIVEN,
	VFARB_NL_EVENT_TYPE_ENGINE_DEAD,
	VFARB_NL_EVENT_TYPE_ENGINE_RESET,
	VFARB_NL_EVENT_TYPE_ENGINE_RESET_FAILED,
	VFARB_NL_EVENT_TYPE_ENGINE_BACK,
	VFARB_NL_EVENT_TYPE_LOST_END,
	VFARB_NL_EVENT_TYPE_LIMIT,
};

/**
 * enum vfarb_nl_limit - What is counted per VF and period.
 * @VFARB_NL_LIMIT_FAULTS: Faults told by the provider.
 * @VFARB_NL_LIMIT_RESETS: Resets.
 * @VFARB_NL_LIMIT_DOORBELLS: Doorbells rung.
 * @VFARB_NL_LIMIT_IRQS: Interrupts raised.
 */
enum vfarb_nl_limit {
	VFARB_NL_LIMIT_FAULTS,
	VFARB_NL_LIMIT_RESETS,
	VFARB_NL_LIMIT_DOORBELLS,
	VFARB_NL_LIMIT_IRQS,
};

enum {
	VFARB_A_ACCEL_INDEX = 1,
	VFARB_A_ACCEL_PROVIDER,
	VFARB_A_ACCEL_DEVICE,
	VFARB_A_ACCEL_CLASS,
	VFARB_A_ACCEL_ENGINES,
	VFARB_A_ACCEL_FNS,
	VFARB_A_ACCEL_VFS,
	VFARB_A_ACCEL_GRANT_IN_IRQ,
	VFARB_A_ACCEL_COUNTER_HZ,
	VFARB_A_ACCEL_COUNTER_BITS,
	VFARB_A_ACCEL_MEMORY_MIB,
	VFARB_A_ACCEL_VOLUME_SUM,
	VFARB_A_ACCEL_MEMORY_SUM_MIB,
	VFARB_A_ACCEL_OVERCOMMIT,
	VFARB_A_ACCEL_PAD,

	__VFARB_A_ACCEL_MAX
};
#define VFARB_A_ACCEL_MAX (__VFARB_A_ACCEL_MAX - 1)

enum {
	VFARB_A_ENGINE_ACCEL = 1,
	VFARB_A_ENGINE_INDEX,
	VFARB_A_ENGINE_KIND,
	VFARB_A_ENGINE_PREEMPT,
	VFARB_A_ENGINE_SWITCH_NS,
	VFARB_A_ENGINE_PREEMPT_NS,
	VFARB_A_ENGINE_POLICY,
	VFARB_A_ENGINE_ORDER,
	VFARB_A_ENGINE_CYCLE_NS,
	VFARB_A_ENGINE_AFFINITY,
	VFARB_A_ENGINE_STATE,
	VFARB_A_ENGINE_RUNNING_FN,
	VFARB_A_ENGINE_WANT_STATS,
	VFARB_A_ENGINE_STATS,
	VFARB_A_ENGINE_CYCLE,
	VFARB_A_ENGINE_PAD,

	__VFARB_A_ENGINE_MAX
};
#define VFARB_A_ENGINE_MAX (__VFARB_A_ENGINE_MAX - 1)

enum {
	VFARB_A_ENGINE_STATS_PAD = 1,
	VFARB_A_ENGINE_STATS_ELAPSED_NS,
	VFARB_A_ENGINE_STATS_RUNNING_NS,
	VFARB_A_ENGINE_STATS_SWITCHING_NS,
	VFARB_A_ENGINE_STATS_IDLE_NS,
	VFARB_A_ENGINE_STATS_IDLE_BACKLOG_NS,
	VFARB_A_ENGINE_STATS_DEPARTED_RUNNING_NS,
	VFARB_A_ENGINE_STATS_DEPARTED_SWITCHING_NS,
	VFARB_A_ENGINE_STATS_GRANTS,
	VFARB_A_ENGINE_STATS_REFUSED,
	VFARB_A_ENGINE_STATS_LOST,
	VFARB_A_ENGINE_STATS_FAULTS,
	VFARB_A_ENGINE_STATS_LAST_FAULT,
	VFARB_A_ENGINE_STATS_ANOMALY_UNKNOWN,
	VFARB_A_ENGINE_STATS_ANOMALY_STALE,
	VFARB_A_ENGINE_STATS_ANOMALY_BACKWARDS,
	VFARB_A_ENGINE_STATS_ANOMALY_TOO_MUCH,

	__VFARB_A_ENGINE_STATS_MAX
};
#define VFARB_A_ENGINE_STATS_MAX (__VFARB_A_ENGINE_STATS_MAX - 1)

enum {
	VFARB_A_VF_ACCEL = 1,
	VFARB_A_VF_FN,
	VFARB_A_VF_LABEL,
	VFARB_A_VF_VOLUME,
	VFARB_A_VF_MEMORY_MIB,
	VFARB_A_VF_PRIORITY,
	VFARB_A_VF_SLICE_NS,
	VFARB_A_VF_RUN,
	VFARB_A_VF_CAP,
	VFARB_A_VF_BLOCKED,
	VFARB_A_VF_WANT_STATS,
	VFARB_A_VF_SEAT,
	VFARB_A_VF_PAD,

	__VFARB_A_VF_MAX
};
#define VFARB_A_VF_MAX (__VFARB_A_VF_MAX - 1)

enum {
	VFARB_A_SEAT_ENGINE = 1,
	VFARB_A_SEAT_BACKLOGGED,
	VFARB_A_SEAT_RUNNING,
	VFARB_A_SEAT_BLOCKED,
	VFARB_A_SEAT_SHARE_PPM,
	VFARB_A_SEAT_SHARE_ERROR_PPM,
	VFARB_A_SEAT_EXECUTED_NS,
	VFARB_A_SEAT_SWITCHING_NS,
	VFARB_A_SEAT_ENTITLED_NS,
	VFARB_A_SEAT_VTIME_NS,
	VFARB_A_SEAT_IDLE_CHOICE_NS,
	VFARB_A_SEAT_IDLE_CAUSED_NS,
	VFARB_A_SEAT_CAPPED_NS,
	VFARB_A_SEAT_LAST_DESIGNATED_NS,
	VFARB_A_SEAT_LAST_ACTUAL_NS,
	VFARB_A_SEAT_ERROR_NS,
	VFARB_A_SEAT_GRANTS,
	VFARB_A_SEAT_OVERRUNS,
	VFARB_A_SEAT_OVERRUN_NS,
	VFARB_A_SEAT_EARLY,
	VFARB_A_SEAT_CHARGES_COUNTER,
	VFARB_A_SEAT_CHARGES_IRQ,
	VFARB_A_SEAT_CHARGES_TIMEOUT,
	VFARB_A_SEAT_SUBMITTED,
	VFARB_A_SEAT_COMPLETED,
	VFARB_A_SEAT_FAILED,
	VFARB_A_SEAT_FAULTS,
	VFARB_A_SEAT_RUN_NS,
	VFARB_A_SEAT_WAIT_NS,
	VFARB_A_SEAT_WAIT_MAX_NS,
	VFARB_A_SEAT_PAD,

	__VFARB_A_SEAT_MAX
};
#define VFARB_A_SEAT_MAX (__VFARB_A_SEAT_MAX - 1)

enum {
	VFARB_A_CYCLE_SEQ = 1,
	VFARB_A_CYCLE_START_NS,
	VFARB_A_CYCLE_LENGTH_NS,
	VFARB_A_CYCLE_END,
	VFARB_A_CYCLE_VFS,
	VFARB_A_CYCLE_JAIN_PPM,
	VFARB_A_CYCLE_SHARE_ERROR_PPM,
	VFARB_A_CYCLE_PAD,

	__VFARB_A_CYCLE_MAX
};
#define VFARB_A_CYCLE_MAX (__VFARB_A_CYCLE_MAX - 1)

enum {
	VFARB_A_EVENT_SEQ = 1,
	VFARB_A_EVENT_LOST,
	VFARB_A_EVENT_ACCEL,
	VFARB_A_EVENT_ENGINE,
	VFARB_A_EVENT_FN,
	VFARB_A_EVENT_TYPE,
	VFARB_A_EVENT_CODE,
	VFARB_A_EVENT_TIME_NS,
	VFARB_A_EVENT_X,
	VFARB_A_EVENT_Y,
	VFARB_A_EVENT_PAD,

	__VFARB_A_EVENT_MAX
};
#define VFARB_A_EVENT_MAX (__VFARB_A_EVENT_MAX - 1)

enum {
	VFARB_A_CONFIG_GENERATION = 1,
	VFARB_A_CONFIG_VALIDATE_ONLY,
	VFARB_A_CONFIG_ACCEL,
	VFARB_A_CONFIG_ENGINE,
	VFARB_A_CONFIG_VF,
	VFARB_A_CONFIG_PAD,

	__VFARB_A_CONFIG_MAX
};
#define VFARB_A_CONFIG_MAX (__VFARB_A_CONFIG_MAX - 1)

enum {
	VFARB_CMD_ACCEL_GET = 1,
	VFARB_CMD_ACCEL_NTF,
	VFARB_CMD_ACCEL_DEL_NTF,
	VFARB_CMD_ACCEL_SET,
	VFARB_CMD_ENGINE_GET,
	VFARB_CMD_ENGINE_NTF,
	VFARB_CMD_ENGINE_SET,
	VFARB_CMD_VF_GET,
	VFARB_CMD_VF_NTF,
	VFARB_CMD_VF_DEL_NTF,
	VFARB_CMD_VF_SET,
	VFARB_CMD_CONFIG_GET,
	VFARB_CMD_CONFIG_SET,
	VFARB_CMD_CYCLE_NTF,
	VFARB_CMD_EVENT_NTF,

	__VFARB_CMD_MAX
};
#define VFARB_CMD_MAX (__VFARB_CMD_MAX - 1)

#define VFARB_MCGRP_CONFIG	"config"
#define VFARB_MCGRP_EVENTS	"events"
#define VFARB_MCGRP_CYCLES	"cycles"

#endif /* _UAPI_LINUX_VFARB_H */
