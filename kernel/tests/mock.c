// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "../compat.h"
#include "mock.h"

/* A clock that starts at 0 hides what happens when one wraps. */
#define CLOCK_START	(U64_MAX - NSEC_PER_MSEC)

struct mock_work *mock_work(struct mock *mock, unsigned int engine, unsigned int fn)
{
	return &mock->work[engine * mock->info.fns + fn];
}

/* ---- operations ---- */

static int mock_grant(void *priv, unsigned int engine, unsigned int fn, u64 slice_ns, u32 cookie)
{
	struct mock *mock = priv;
	struct mock_engine *e = &mock->engine[engine];
	unsigned long flags;
	int err = 0;

	if (mock->info.grant_in_irq && !irqs_disabled())
		mock->irqs_on++;
	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	if (e->refuse) {
		e->refuse--;
		err = -EBUSY;
	} else {
		mock->busy_grants += e->state != MOCK_FREE;
		e->state = MOCK_GRANTED;
		e->fn = fn;
		e->cookie = cookie;
		e->slice_ns = slice_ns;
		e->run_ns = 0;
		e->switch_ns = 0;
		e->grants++;
		e->granted_ns = ktime_get_ns();
	}
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	if (!err)
		complete(&e->granted);
	return err;
}

static int mock_preempt(void *priv, unsigned int engine)
{
	struct mock *mock = priv;
	unsigned long flags;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	mock->engine[engine].preempts++;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	return 0;
}

static u64 mock_engine_time(void *priv, unsigned int engine)
{
	struct mock *mock = priv;
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	now = mock->engine[engine].now;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	return now;
}

static u64 mock_run_time(void *priv, unsigned int engine, unsigned int fn)
{
	struct mock *mock = priv;
	unsigned long flags;
	u64 ran;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	ran = mock_work(mock, engine, fn)->ran_ns;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	return ran;
}

static bool mock_has_work(void *priv, unsigned int engine, unsigned int fn)
{
	struct mock *mock = priv;
	unsigned long flags;
	bool pending;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	pending = mock_work(mock, engine, fn)->queued;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	return pending;
}

const struct vfarb_accel_ops mock_ops = {
	.grant = mock_grant,
	.preempt = mock_preempt,
	.engine_time = mock_engine_time,
	.run_time = mock_run_time,
	.pending = mock_has_work,
};

/* Progress is submissions done. */
static u64 mock_progress(void *priv, unsigned int engine, unsigned int fn)
{
	struct mock *mock = priv;
	unsigned long flags;
	u64 done;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	done = mock_work(mock, engine, fn)->done;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	return done;
}

static int mock_vf_reset(void *priv, unsigned int fn)
{
	struct mock *mock = priv;
	unsigned long flags;
	int err;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	mock->reset_vfs++;
	mock->reset_vf = fn;
	err = mock->reset_err;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	return err;
}

static int mock_engine_reset(void *priv, unsigned int engine)
{
	struct mock *mock = priv;
	unsigned long flags;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->late += mock->gone;
	mock->reset_engines++;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	return 0;
}

const struct vfarb_accel_ops mock_hang_ops = {
	.grant = mock_grant,
	.preempt = mock_preempt,
	.vf_reset = mock_vf_reset,
	.engine_reset = mock_engine_reset,
	.engine_time = mock_engine_time,
	.run_time = mock_run_time,
	.progress = mock_progress,
	.pending = mock_has_work,
};

/* ---- lifetime ---- */

struct mock *mock_create(struct kunit *test, unsigned int engines, unsigned int fns,
			 bool grant_in_irq)
{
	struct mock *mock = kunit_kzalloc(test, sizeof(*mock), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, mock);
	mock->dev = root_device_register("vfarb-mock");
	KUNIT_ASSERT_FALSE(test, IS_ERR(mock->dev));
	mock->test = test;
	mock->ops = &mock_ops;
	test->priv = mock;
	mock->work = kvcalloc(engines * fns, sizeof(*mock->work), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mock->work);
	raw_spin_lock_init(&mock->lock);
	mock->info = (struct vfarb_accel_info) {
		.abi = VFARB_PROVIDER_ABI,
		.class = VFARB_CLASS_SLICE,
		.name = "mock",
		.engines = engines,
		.fns = fns,
		.grant_in_irq = grant_in_irq,
		.memory_bytes = 1ull << 30,
		.counter_hz = NSEC_PER_SEC,
		.counter_bits = 64,
	};
	for (i = 0; i < engines; i++) {
		mock->engine[i].now = CLOCK_START;
		mock->info.engine[i].preempt = VFARB_PREEMPT_MID;
		init_completion(&mock->engine[i].granted);
	}
	return mock;
}

void mock_register(struct mock *mock)
{
	mock->accel = vfarb_accel_register(mock->dev, THIS_MODULE, &mock->info, mock->ops, mock);
	KUNIT_ASSERT_FALSE(mock->test, IS_ERR(mock->accel));
}

void mock_unregister(struct mock *mock)
{
	unsigned long flags;

	vfarb_accel_unregister(mock->accel);
	mock->accel = NULL;
	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->gone = true;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
}

/* After a test: ends what is left, and says what the device saw that it should not have. */
void mock_exit(struct kunit *test)
{
	struct mock *mock = test->priv;

	if (!mock)
		return;
	if (mock->accel)
		mock_unregister(mock);
	KUNIT_EXPECT_EQ(mock->test, mock->busy_grants, 0);
	KUNIT_EXPECT_EQ(mock->test, mock->irqs_on, 0);
	KUNIT_EXPECT_EQ(mock->test, mock->late, 0);
	root_device_unregister(mock->dev);
	kvfree(mock->work);
}

/* With every function registered, volumes equal. */
struct mock *mock_start_all(struct kunit *test, unsigned int engines, unsigned int fns,
			    bool grant_in_irq)
{
	struct mock *mock = mock_create(test, engines, fns, grant_in_irq);
	unsigned int fn;

	mock_register(mock);
	for (fn = 0; fn < fns; fn++)
		KUNIT_ASSERT_EQ(test, vfarb_vf_register(mock->accel, fn), 0);
	return mock;
}

/* ---- what happens on the device ---- */

/* Queues submissions, and tells the core. */
void mock_submit(struct mock *mock, unsigned int engine, unsigned int fn, u64 size_ns, u64 number)
{
	struct mock_work *w = mock_work(mock, engine, fn);
	unsigned long flags;

	raw_spin_lock_irqsave(&mock->lock, flags);
	if (!w->queued)
		w->head_ns = size_ns;
	w->size_ns = size_ns;
	w->queued += number;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	mock_pending(mock, engine, fn);
}

void mock_pending(struct mock *mock, unsigned int engine, unsigned int fn)
{
	unsigned long flags;

	local_irq_save(flags);
	vfarb_pending(mock->accel, engine, fn, mock->engine[engine].now,
		      mock_work(mock, engine, fn)->head_ns);
	local_irq_restore(flags);
}

/* Time passes, and nobody runs. */
void mock_pass(struct mock *mock, unsigned int engine, u64 ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&mock->lock, flags);
	mock->engine[engine].now += ns;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
}

/* Whether the engine was granted; waits for the arbiter where it is the one who grants. */
bool mock_granted(struct mock *mock, unsigned int engine)
{
	struct mock_engine *e = &mock->engine[engine];

	while (!mock->info.grant_in_irq && READ_ONCE(e->state) == MOCK_FREE)
		if (!wait_for_completion_timeout(&e->granted, MOCK_PATIENCE))
			return false;
	return READ_ONCE(e->state) != MOCK_FREE;
}

/* The granted VF is switched to, and starts. */
void mock_switch(struct mock *mock, unsigned int engine, u64 ns)
{
	struct mock_engine *e = &mock->engine[engine];
	unsigned long flags;

	KUNIT_ASSERT_TRUE(mock->test, mock_granted(mock, engine));
	raw_spin_lock_irqsave(&mock->lock, flags);
	e->now += ns;
	e->switch_ns += ns;
	e->state = MOCK_RUNNING;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
	local_irq_save(flags);
	vfarb_started(mock->accel, engine, e->fn, e->cookie, e->now, ns);
	local_irq_restore(flags);
}

/* The VF runs on, submission by submission. */
void mock_run(struct mock *mock, unsigned int engine, u64 ns)
{
	struct mock_engine *e = &mock->engine[engine];
	struct mock_work *w = mock_work(mock, engine, e->fn);
	unsigned long flags;

	raw_spin_lock_irqsave(&mock->lock, flags);
	e->now += ns;
	e->run_ns += ns;
	w->ran_ns += ns;
	while (w->queued && ns >= w->head_ns) {
		ns -= w->head_ns;
		w->head_ns = w->size_ns;
		w->queued--;
		w->done++;
	}
	if (w->queued)
		w->head_ns -= ns;
	raw_spin_unlock_irqrestore(&mock->lock, flags);
}

/* The truth about the slice that ends now. */
struct vfarb_slice_end mock_end_of(struct mock *mock, unsigned int engine,
				   enum vfarb_reason reason)
{
	struct mock_engine *e = &mock->engine[engine];
	struct mock_work *w = mock_work(mock, engine, e->fn);

	return (struct vfarb_slice_end) {
		.fn = e->fn,
		.cookie = e->cookie,
		.reason = reason,
		.provenance = VFARB_FROM_COUNTER,
		.time_ns = e->now,
		.run_ns = e->run_ns,
		.switch_ns = e->switch_ns,
		.head_size_ns = w->queued ? w->head_ns : 0,
		.pending = w->queued,
	};
}

void mock_end(struct mock *mock, unsigned int engine, enum vfarb_reason reason)
{
	struct vfarb_slice_end end = mock_end_of(mock, engine, reason);
	unsigned long flags;

	WRITE_ONCE(mock->engine[engine].state, MOCK_FREE);
	local_irq_save(flags);
	vfarb_slice_end(mock->accel, engine, &end);
	local_irq_restore(flags);
}

/* A whole slice: switch, run until it is over or the VF has no more. Returns how long it ran. */
u64 mock_slice(struct mock *mock, unsigned int engine, u64 switch_ns)
{
	struct mock_engine *e = &mock->engine[engine];
	struct mock_work *w;
	u64 all;

	mock_switch(mock, engine, switch_ns);
	w = mock_work(mock, engine, e->fn);
	all = w->queued ? w->head_ns + (w->queued - 1) * w->size_ns : 0;
	mock_run(mock, engine, min(e->slice_ns, all));
	all = e->run_ns;
	mock_end(mock, engine, w->queued ? VFARB_END_EXPIRED : VFARB_END_EMPTY);
	return all;
}

/* ---- what the core made of it ---- */

/* Promise P1: running, switching and idle time sum up to what the clock says. */
void mock_check_sums(struct mock *mock, unsigned int engine)
{
	struct vfarb_engine *e = &mock->accel->engine[engine];
	struct vfarb_ledger *l = &e->ledger;
	u64 running, switching;
	unsigned long flags;
	bool closed;
	u32 fn;

	raw_spin_lock_irqsave(&e->lock, flags);
	running = l->departed.running;
	switching = l->departed.switching;
	for (fn = 0; fn < e->fns; fn++) {
		if (!e->seat[fn])
			continue;
		running += e->seat[fn]->line.executed.running;
		switching += e->seat[fn]->line.executed.switching;
	}
	closed = l->total.running + l->total.switching + l->idle_ns == l->clock_ns - l->opened_ns;
	running -= l->total.running;
	switching -= l->total.switching;
	raw_spin_unlock_irqrestore(&e->lock, flags);

	KUNIT_EXPECT_TRUE_MSG(mock->test, closed, "the ledger does not sum up to its clock");
	KUNIT_EXPECT_EQ(mock->test, running, 0);
	KUNIT_EXPECT_EQ(mock->test, switching, 0);
}

/* The same, and every line agrees with the device's own log, for a device that never lied. */
void mock_check(struct mock *mock, unsigned int engine)
{
	struct vfarb_engine *e = &mock->accel->engine[engine];
	unsigned long flags;
	u64 off = 0;
	u32 fn;

	mock_check_sums(mock, engine);
	vfarb_engine_refresh(e);
	raw_spin_lock_irqsave(&e->lock, flags);
	for (fn = 0; fn < e->fns; fn++)
		if (e->seat[fn])
			off += abs((s64)(mock_work(mock, engine, fn)->ran_ns -
					 e->seat[fn]->run_base_ns -
					 e->seat[fn]->line.executed.running));
	raw_spin_unlock_irqrestore(&e->lock, flags);
	KUNIT_EXPECT_EQ_MSG(mock->test, off, 0, "lines differ from the device's log");
}

struct vfarb_line mock_line(struct mock *mock, unsigned int engine, unsigned int fn)
{
	struct vfarb_seat seat;

	KUNIT_ASSERT_TRUE(mock->test, vfarb_engine_read(&mock->accel->engine[engine], fn, &seat));
	return seat.line;
}

u64 mock_anomalies(struct mock *mock, unsigned int engine)
{
	struct vfarb_ledger *l = &mock->accel->engine[engine].ledger;
	u64 sum = 0;
	int i;

	for (i = 0; i < VFARB_ANOMALIES; i++)
		sum += READ_ONCE(l->anomalies[i]);
	return sum;
}

void mock_set(struct mock *mock, unsigned int fn, u32 volume, u64 slice_ns)
{
	struct vfarb_vf_settings want = { .volume = volume, .slice_ns = slice_ns };
	struct vfarb_refusal refusal;

	KUNIT_ASSERT_EQ(mock->test, vfarb_vf_set(mock->accel, fn, &want, VFARB_VF_SET_VOLUME |
						 VFARB_VF_SET_SLICE, &refusal), 0);
}
