/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The provider API: what a driver gives vfarb to run, stop and measure the
 * virtual functions (VFs) of its accelerator, and what it tells vfarb.
 */
#ifndef _VFARB_H
#define _VFARB_H

#include <linux/types.h>

struct device;
struct module;
struct vfarb_accel;

/**
 * DOC: provider API
 *
 * A provider registers an accelerator with its engines, then each VF as it is
 * enabled. From then on the device's interrupt handler tells the core what
 * happened, and the core answers with operations::
 *
 *	probe     vfarb_accel_register()      PF and engines known, idle
 *	          vfarb_vf_register()         a function may be granted time
 *	irq       vfarb_pending()        -->  grant()
 *	irq       vfarb_started()
 *	irq       vfarb_slice_end()      -->  grant() of the next, in the same
 *	                                      interrupt if the provider can
 *	          vfarb_vf_unregister()       the function runs no more
 *	remove    vfarb_accel_unregister()    after it no operation is called
 *
 * Functions are numbered as PCI does: 0 is the physical function, n is VF n,
 * which people call vf(n-1).
 *
 * Every time is in ns. Times of an engine are readings of that engine's own
 * clock, which never stops and never goes back; a provider whose counters are
 * in other units converts absolute readings, not differences, so that rounding
 * cannot add up.
 *
 * Callbacks may be called in any context, hard interrupt included, but not
 * from within an operation. They are safe against vfarb_accel_unregister()
 * until that returns. What a callback says is checked, never trusted: what
 * cannot be is counted as an anomaly and ignored.
 */

/** VFARB_PROVIDER_ABI - changes whenever a provider would have to. */
#define VFARB_PROVIDER_ABI	1

/** VFARB_FN_PF - the physical function's number */
#define VFARB_FN_PF		0

/** VFARB_FN_NONE - no function: the engine itself, or nobody */
#define VFARB_FN_NONE		0xffff

/** VFARB_ACCEL_ENGINES_MAX - engines that an accelerator may have */
#define VFARB_ACCEL_ENGINES_MAX	16

/** VFARB_ACCEL_FNS_MAX - functions that an accelerator may have, PF included */
#define VFARB_ACCEL_FNS_MAX	4097

/**
 * enum vfarb_class - who decides when an engine changes from VF to VF
 * @VFARB_CLASS_SLICE: the core grants each slice
 * @VFARB_CLASS_QUANTUM: firmware does; the core sets each VF's quantum
 */
enum vfarb_class {
	VFARB_CLASS_SLICE,
	VFARB_CLASS_QUANTUM,
};

/**
 * enum vfarb_engine_kind - what an engine is for
 * @VFARB_ENGINE_KIND_COMPUTE: execution of kernels
 * @VFARB_ENGINE_KIND_COPY: moving data
 */
enum vfarb_engine_kind {
	VFARB_ENGINE_KIND_COMPUTE,
	VFARB_ENGINE_KIND_COPY,
};

/**
 * enum vfarb_preempt - how a running VF can be stopped
 * @VFARB_PREEMPT_NONE: not before its slice's submission ends
 * @VFARB_PREEMPT_SUBMISSION: between submissions
 * @VFARB_PREEMPT_MID: within a submission
 */
enum vfarb_preempt {
	VFARB_PREEMPT_NONE,
	VFARB_PREEMPT_SUBMISSION,
	VFARB_PREEMPT_MID,
};

/**
 * enum vfarb_reason - why a slice ended
 * @VFARB_END_EXPIRED: its time was over
 * @VFARB_END_EMPTY: the VF ran dry
 * @VFARB_END_PREEMPTED: the core asked
 * @VFARB_END_FAULT: the VF faulted
 * @VFARB_END_RESET: the VF or the engine was reset
 * @VFARB_END_DISABLED: it never began, the VF may not run
 * @VFARB_END_LOST: nobody told; found by the core's watchdog
 */
enum vfarb_reason {
	VFARB_END_EXPIRED = 1,
	VFARB_END_EMPTY,
	VFARB_END_PREEMPTED,
	VFARB_END_FAULT,
	VFARB_END_RESET,
	VFARB_END_DISABLED,
	VFARB_END_LOST,
};

/**
 * enum vfarb_provenance - where a measured time came from
 * @VFARB_FROM_COUNTER: the device's own run-time counter
 * @VFARB_FROM_IRQ: time stamps taken in the interrupt handler
 * @VFARB_FROM_TIMEOUT: a bound, as the end was never told
 */
enum vfarb_provenance {
	VFARB_FROM_COUNTER,
	VFARB_FROM_IRQ,
	VFARB_FROM_TIMEOUT,
};

/**
 * struct vfarb_engine_info - what a provider says of one engine
 * @kind: what it is for
 * @preempt: how it can be stopped
 * @switch_ns: typical time from grant to running
 * @preempt_ns: worst time from preempt to slice end
 */
struct vfarb_engine_info {
	enum vfarb_engine_kind kind;
	enum vfarb_preempt preempt;
	u64 switch_ns;
	u64 preempt_ns;
};

/**
 * struct vfarb_accel_info - what a provider says of its accelerator
 * @abi: VFARB_PROVIDER_ABI
 * @class: who decides when an engine changes VFs
 * @name: of the provider, at most 31 characters
 * @engines: how many, 1..VFARB_ACCEL_ENGINES_MAX
 * @fns: functions it can have, PF included, 1..VFARB_ACCEL_FNS_MAX
 * @grant_in_irq: vfarb_accel_ops.grant may be called with interrupts off
 * @memory_bytes: device memory to allot, 0 if it has none of its own
 * @counter_hz: rate of the counters that times are read from; the error bound
 *	of a charge is one of its ticks
 * @counter_bits: their width
 * @engine: one per engine
 */
struct vfarb_accel_info {
	u32 abi;
	enum vfarb_class class;
	const char *name;
	unsigned int engines;
	unsigned int fns;
	bool grant_in_irq;
	u64 memory_bytes;
	u64 counter_hz;
	unsigned int counter_bits;
	struct vfarb_engine_info engine[VFARB_ACCEL_ENGINES_MAX];
};

/**
 * struct vfarb_accel_ops - what the core asks of a provider
 *
 * @priv is what the provider gave vfarb_accel_register(). "Atomic" means with
 * interrupts off, under the engine's raw spinlock: bounded, and no sleeping
 * lock. None may call back into the core before it returned.
 *
 * @grant: let @fn run on the idle @engine for @slice_ns. Asynchronous: the
 *	switch takes its time, vfarb_slice_end() tells the end. @cookie names the
 *	grant in what follows. Atomic if vfarb_accel_info.grant_in_irq, else from
 *	the arbiter's kthread, where it may sleep. An error means that nothing
 *	began. Required for VFARB_CLASS_SLICE.
 * @extend: lengthen the running slice by @by_ns. Atomic. Optional.
 * @preempt: stop whoever runs; vfarb_slice_end() follows. Atomic. Optional.
 * @set_quantum: firmware's quantum for @fn. May sleep. Required for
 *	VFARB_CLASS_QUANTUM.
 * @quiesce: let every engine finish and stay idle. May sleep. Optional.
 * @vf_enable: allow or forbid @fn to run at all. May sleep. Optional.
 * @vf_reset: begin to reset @fn alone; vfarb_reset_done() follows. May sleep.
 *	Optional.
 * @engine_reset: begin to reset @engine; vfarb_reset_done() with
 *	VFARB_FN_NONE follows. May sleep. Optional.
 * @engine_time: the engine's clock. Atomic. Required.
 * @run_time: accumulated time that @fn ran on @engine, the running slice so far
 *	included. Atomic. Required.
 * @progress: a number that moves while @fn gets work done. Atomic. Optional.
 * @pending: whether @fn has work for @engine. Atomic. Required.
 * @head_size: what remains of the size of @fn's next submission, 0 if unknown.
 *	Atomic. Optional.
 */
struct vfarb_accel_ops {
	int (*grant)(void *priv, unsigned int engine, unsigned int fn, u64 slice_ns, u32 cookie);
	int (*extend)(void *priv, unsigned int engine, u64 by_ns);
	int (*preempt)(void *priv, unsigned int engine);
	int (*set_quantum)(void *priv, unsigned int engine, unsigned int fn, u64 quantum_ns);
	int (*quiesce)(void *priv);
	int (*vf_enable)(void *priv, unsigned int fn, bool enable);
	int (*vf_reset)(void *priv, unsigned int fn);
	int (*engine_reset)(void *priv, unsigned int engine);
	u64 (*engine_time)(void *priv, unsigned int engine);
	u64 (*run_time)(void *priv, unsigned int engine, unsigned int fn);
	u64 (*progress)(void *priv, unsigned int engine, unsigned int fn);
	bool (*pending)(void *priv, unsigned int engine, unsigned int fn);
	u64 (*head_size)(void *priv, unsigned int engine, unsigned int fn);
};

/**
 * struct vfarb_slice_end - what a provider knows at the end of a slice
 * @fn: who ran
 * @cookie: of the grant
 * @reason: why it ended
 * @provenance: where @run_ns is from
 * @time_ns: engine clock at the end
 * @run_ns: the actual slice
 * @switch_ns: time spent switching for this grant, before and after
 * @error_ns: @run_ns is off by at most this
 * @head_size_ns: what remains of the next submission's size, 0 if unknown
 * @head_time_ns: engine clock when the next submission was handed in, or 0
 * @pending: @fn still has work
 */
struct vfarb_slice_end {
	unsigned int fn;
	u32 cookie;
	enum vfarb_reason reason;
	enum vfarb_provenance provenance;
	u64 time_ns;
	u64 run_ns;
	u64 switch_ns;
	u64 error_ns;
	u64 head_size_ns;
	u64 head_time_ns;
	bool pending;
};

/**
 * struct vfarb_completion_info - one submission that ended, for the statistics
 * @op: provider's number of the operation, sizes are learned per VF and @op
 * @failed: it ended with an error
 * @size_ns: the estimate it came with, 0 unknown
 * @run_ns: its measured execution time
 * @wait_ns: from submit to first grant
 */
struct vfarb_completion_info {
	unsigned int op;
	bool failed;
	u64 size_ns;
	u64 run_ns;
	u64 wait_ns;
};

struct vfarb_accel *vfarb_accel_register(struct device *parent, struct module *owner,
					 const struct vfarb_accel_info *info,
					 const struct vfarb_accel_ops *ops, void *priv);
void vfarb_accel_unregister(struct vfarb_accel *accel);
unsigned int vfarb_accel_id(const struct vfarb_accel *accel);

int vfarb_vf_register(struct vfarb_accel *accel, unsigned int fn);
void vfarb_vf_unregister(struct vfarb_accel *accel, unsigned int fn);
u64 vfarb_vf_memory_bytes(struct vfarb_accel *accel, unsigned int fn);
u64 vfarb_vf_executed_ns(struct vfarb_accel *accel, unsigned int engine, unsigned int fn);

void vfarb_pending(struct vfarb_accel *accel, unsigned int engine, unsigned int fn,
		   u64 time_ns, u64 head_size_ns);
void vfarb_started(struct vfarb_accel *accel, unsigned int engine, unsigned int fn,
		   u32 cookie, u64 time_ns, u64 switch_ns);
void vfarb_preempted(struct vfarb_accel *accel, unsigned int engine, unsigned int fn,
		     u32 cookie, u64 time_ns, u64 run_ns);
void vfarb_slice_end(struct vfarb_accel *accel, unsigned int engine,
		     const struct vfarb_slice_end *end);
void vfarb_fault(struct vfarb_accel *accel, unsigned int engine, unsigned int fn, u32 code);
void vfarb_reset_done(struct vfarb_accel *accel, unsigned int engine, unsigned int fn);
void vfarb_submitted(struct vfarb_accel *accel, unsigned int engine, unsigned int fn,
		     unsigned int op, u64 size_ns);
void vfarb_completed(struct vfarb_accel *accel, unsigned int engine, unsigned int fn,
		     const struct vfarb_completion_info *info);

#endif /* _VFARB_H */
