/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A provider without a device. Its clocks stand still but when a test moves them, so a test says
 * what happened when, and knows to the ns what the core must make of it.
 */
#ifndef _VFARB_TEST_MOCK_H
#define _VFARB_TEST_MOCK_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <vfarb.h>

#include "../core/accel.h"
#include "../core/vf.h"

#define MOCK_ENGINES	2

/* No test ever has to wait this long for a kthread. */
#define MOCK_PATIENCE	(30 * HZ)

/**
 * struct mock_work - what a VF has queued for an engine
 * @size_ns: of each of its submissions
 * @head_ns: what remains of the first
 * @queued: how many there are, the first included
 * @done: how many ended
 * @ran_ns: how long the VF ran in all, by the device's own log
 */
struct mock_work {
	u64 size_ns;
	u64 head_ns;
	u64 queued;
	u64 done;
	u64 ran_ns;
};

enum mock_state {
	MOCK_FREE,
	MOCK_GRANTED,
	MOCK_RUNNING,
};

/**
 * struct mock_engine - an engine of the device
 * @now: its clock
 * @state: what it does
 * @fn: who was granted it
 * @cookie: as what
 * @slice_ns: for how long
 * @run_ns: how long that ran so far
 * @switch_ns: how long it took to switch
 * @grants: accepted in all
 * @granted_ns: when the last was, by the kernel's clock
 * @refuse: grants to refuse from now on
 * @preempts: how often it was to stop
 * @granted: somebody was granted it
 */
struct mock_engine {
	u64 now;
	enum mock_state state;
	unsigned int fn;
	u32 cookie;
	u64 slice_ns;
	u64 run_ns;
	u64 switch_ns;
	u64 grants;
	u64 granted_ns;
	unsigned int refuse;
	unsigned int preempts;
	struct completion granted;
};

/**
 * struct mock - an accelerator
 * @test: the test it serves
 * @dev: its device
 * @accel: its registration, NULL before and after
 * @info: what it says of itself
 * @lock: protects all below against the arbiters
 * @engine: its engines
 * @work: by engine and function
 * @ops: what it can do; mock_ops unless a test says otherwise
 * @reset_vfs: VFs that were to be reset
 * @reset_vf: the last of them
 * @reset_engines: engines that were to be reset
 * @reset_err: what the next resets return
 * @irqs_on: operations called with interrupts on
 * @busy_grants: grants of an engine that was not free
 * @late: operations called after the end of the registration
 * @gone: the registration ended
 */
struct mock {
	struct kunit *test;
	struct device *dev;
	struct vfarb_accel *accel;
	struct vfarb_accel_info info;

	raw_spinlock_t lock;
	struct mock_engine engine[MOCK_ENGINES];
	struct mock_work *work;
	const struct vfarb_accel_ops *ops;
	unsigned int reset_vfs;
	unsigned int reset_vf;
	unsigned int reset_engines;
	int reset_err;
	unsigned int irqs_on;
	unsigned int busy_grants;
	unsigned int late;
	bool gone;
};

extern const struct vfarb_accel_ops mock_ops;
extern const struct vfarb_accel_ops mock_hang_ops;

struct mock *mock_create(struct kunit *test, unsigned int engines, unsigned int fns,
			 bool grant_in_irq);
void mock_register(struct mock *mock);
void mock_unregister(struct mock *mock);
void mock_exit(struct kunit *test);
struct mock *mock_start_all(struct kunit *test, unsigned int engines, unsigned int fns,
			    bool grant_in_irq);

struct mock_work *mock_work(struct mock *mock, unsigned int engine, unsigned int fn);
void mock_submit(struct mock *mock, unsigned int engine, unsigned int fn, u64 size_ns, u64 number);
void mock_pending(struct mock *mock, unsigned int engine, unsigned int fn);
void mock_pass(struct mock *mock, unsigned int engine, u64 ns);
bool mock_granted(struct mock *mock, unsigned int engine);
void mock_switch(struct mock *mock, unsigned int engine, u64 ns);
void mock_run(struct mock *mock, unsigned int engine, u64 ns);
struct vfarb_slice_end mock_end_of(struct mock *mock, unsigned int engine,
				   enum vfarb_reason reason);
void mock_end(struct mock *mock, unsigned int engine, enum vfarb_reason reason);
u64 mock_slice(struct mock *mock, unsigned int engine, u64 switch_ns);
void mock_check_sums(struct mock *mock, unsigned int engine);
void mock_check(struct mock *mock, unsigned int engine);
struct vfarb_line mock_line(struct mock *mock, unsigned int engine, unsigned int fn);
u64 mock_anomalies(struct mock *mock, unsigned int engine);
void mock_set(struct mock *mock, unsigned int fn, u32 volume, u64 slice_ns);

#endif /* _VFARB_TEST_MOCK_H */
