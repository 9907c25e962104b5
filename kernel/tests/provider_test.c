// SPDX-License-Identifier: GPL-2.0
/* What a provider may do and say, and what becomes of what it may not. */
#include "mock.h"
#include "suites.h"

#define SLICE_NS	VFARB_SLICE_DEFAULT_NS

/* ---- registration ---- */

struct register_case {
	const char *name;
	void (*spoil)(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops);
	int err;
};

static void leave(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
}

static void other_abi(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->abi++;
}

static void no_name(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->name = NULL;
}

static void no_engine(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->engines = 0;
}

static void many_engines(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->engines = VFARB_ACCEL_ENGINES_MAX + 1;
}

static void no_function(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->fns = 0;
}

static void many_functions(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->fns = VFARB_ACCEL_FNS_MAX + 1;
}

static void other_class(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->class = VFARB_CLASS_QUANTUM + 1;
}

static void no_rate(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->counter_hz = 0;
}

static void narrow_counter(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->counter_bits = 31;
}

static void wide_counter(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	info->counter_bits = 65;
}

static void no_grant(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	ops->grant = NULL;
}

static void no_engine_time(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	ops->engine_time = NULL;
}

static void no_run_time(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	ops->run_time = NULL;
}

static void no_pending(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	ops->pending = NULL;
}

static void no_preempt(struct vfarb_accel_info *info, struct vfarb_accel_ops *ops)
{
	ops->preempt = NULL;
}

static const struct register_case register_cases[] = {
	{ "all in order", leave, 0 },
	{ "an optional operation missing", no_preempt, 0 },
	{ "another ABI", other_abi, -EPROTONOSUPPORT },
	{ "no name", no_name, -EINVAL },
	{ "no engine", no_engine, -EINVAL },
	{ "too many engines", many_engines, -EINVAL },
	{ "no function", no_function, -EINVAL },
	{ "too many functions", many_functions, -EINVAL },
	{ "a class that is none", other_class, -EINVAL },
	{ "a counter without a rate", no_rate, -EINVAL },
	{ "a counter of 31 bits", narrow_counter, -EINVAL },
	{ "a counter of 65 bits", wide_counter, -EINVAL },
	{ "no operation grant", no_grant, -EINVAL },
	{ "no operation engine_time", no_engine_time, -EINVAL },
	{ "no operation run_time", no_run_time, -EINVAL },
	{ "no operation pending", no_pending, -EINVAL },
};

static void register_desc(const struct register_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(register, register_cases, register_desc);

static void provider_register_test(struct kunit *test)
{
	const struct register_case *c = test->param_value;
	struct mock *mock = mock_create(test, 1, 2, true);
	struct vfarb_accel_ops *ops = kunit_kzalloc(test, sizeof(*ops), GFP_KERNEL);
	struct vfarb_accel *accel;

	KUNIT_ASSERT_NOT_NULL(test, ops);
	*ops = mock_ops;
	c->spoil(&mock->info, ops);
	accel = vfarb_accel_register(mock->dev, THIS_MODULE, &mock->info, ops, mock);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(accel), c->err);
	if (!IS_ERR(accel))
		vfarb_accel_unregister(accel);
}

static void provider_vf_register_test(struct kunit *test)
{
	struct mock *mock = mock_create(test, 2, 4, true);

	mock_register(mock);
	KUNIT_EXPECT_EQ(test, vfarb_vf_register(mock->accel, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, vfarb_vf_register(mock->accel, VFARB_FN_NONE), -EINVAL);
	KUNIT_EXPECT_EQ(test, vfarb_vf_register(mock->accel, 3), 0);
	KUNIT_EXPECT_EQ(test, vfarb_vf_register(mock->accel, 3), -EEXIST);
	KUNIT_EXPECT_EQ(test, vfarb_vf_register(mock->accel, VFARB_FN_PF), 0);
	/* Neither harms. */
	vfarb_vf_unregister(mock->accel, 2);
	vfarb_vf_unregister(mock->accel, 4);
	vfarb_vf_unregister(mock->accel, 3);
	KUNIT_EXPECT_EQ(test, vfarb_vf_register(mock->accel, 3), 0);
}

/* ---- the end of an accelerator, in every state ---- */

struct end_case {
	const char *name;
	bool grant_in_irq;
	bool work;
	bool started;
};

static const struct end_case end_cases[] = {
	{ "idle", true, false, false },
	{ "granted in irq, switching", true, true, false },
	{ "granted in irq, running", true, true, true },
	{ "granted by the kthread, switching", false, true, false },
	{ "granted by the kthread, running", false, true, true },
};

static void end_desc(const struct end_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(end, end_cases, end_desc);

/* No operation is called after the end: mock_exit() looks. */
static void provider_unregister_test(struct kunit *test)
{
	const struct end_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 2, 3, c->grant_in_irq);
	struct vfarb_accel *accel = vfarb_accel_get(vfarb_accel_id(mock->accel));
	struct vfarb_vf_settings want = { .volume = 1 };
	struct vfarb_refusal refusal;
	struct vfarb_seat seat;

	KUNIT_ASSERT_PTR_EQ(test, accel, mock->accel);
	if (c->work) {
		mock_submit(mock, 0, 1, NSEC_PER_MSEC, 10);
		mock_submit(mock, 0, 2, NSEC_PER_MSEC, 10);
		KUNIT_EXPECT_TRUE(test, mock_granted(mock, 0));
	}
	if (c->started) {
		mock_switch(mock, 0, 1000);
		mock_run(mock, 0, 100000);
	}
	mock_unregister(mock);

	/* A face that found it before still holds it, and finds it empty. */
	KUNIT_EXPECT_FALSE(test, vfarb_engine_read(&accel->engine[0], 1, &seat));
	KUNIT_EXPECT_EQ(test, vfarb_vf_set(accel, 1, &want, VFARB_VF_SET_VOLUME, &refusal),
			-ENODEV);
	vfarb_engine_refresh(&accel->engine[0]);
	KUNIT_EXPECT_NULL(test, vfarb_accel_get(accel->id));
	vfarb_accel_put(accel);
}

/* The time a VF still runs after it was unregistered is nobody's but the departed's. */
static void provider_vf_leaves_mid_slice_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 3, true);
	struct vfarb_engine *e;
	struct vfarb_slice_end end;
	struct vfarb_line line;

	e = &mock->accel->engine[0];
	mock_submit(mock, 0, 1, 10 * NSEC_PER_MSEC, 1);
	mock_submit(mock, 0, 2, 10 * NSEC_PER_MSEC, 1);
	mock_switch(mock, 0, 5000);
	KUNIT_ASSERT_EQ(test, mock->engine[0].fn, 1);
	mock_run(mock, 0, 300000);
	vfarb_vf_unregister(mock->accel, 1);
	/* The device has not stopped it: the engine is not free. */
	KUNIT_EXPECT_EQ(test, mock->engine[0].grants, 1);

	/* Another takes the number, before the device said a word of the old one. */
	KUNIT_ASSERT_EQ(test, vfarb_vf_register(mock->accel, 1), 0);
	mock_run(mock, 0, 200000);
	end = mock_end_of(mock, 0, VFARB_END_PREEMPTED);
	mock_end(mock, 0, VFARB_END_PREEMPTED);
	KUNIT_EXPECT_EQ(test, mock->engine[0].grants, 2);
	KUNIT_EXPECT_EQ(test, e->ledger.departed.running, 500000);
	KUNIT_EXPECT_EQ(test, e->ledger.departed.switching, 5000);
	line = mock_line(mock, 0, 1);
	KUNIT_EXPECT_EQ(test, line.executed.running, 0);
	KUNIT_EXPECT_EQ(test, line.grants, 0);
	KUNIT_EXPECT_EQ(test, mock_anomalies(mock, 0), 0);

	/* Once is enough. */
	vfarb_slice_end(mock->accel, 0, &end);
	KUNIT_EXPECT_EQ(test, e->ledger.anomalies[VFARB_ANOMALY_STALE], 1);
	KUNIT_EXPECT_EQ(test, mock_slice(mock, 0, 1000), SLICE_NS);
	mock_slice(mock, 0, 1000);
	mock_check(mock, 0);
}

/* VFs come and go under load 1000 times, most of them in the middle of a slice. */
static void provider_churn_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 8, true);
	u64 x = 1;
	int i;

	mock_submit(mock, 0, 0, NSEC_PER_MSEC, 1000000);
	for (i = 0; i < 1000; i++) {
		unsigned int fn;

		x = x * 6364136223846793005ull + 1442695040888963407ull;
		fn = 1 + (x >> 40) % 7;
		mock_switch(mock, 0, x >> 54);
		mock_run(mock, 0, (x >> 32) % SLICE_NS);
		vfarb_vf_unregister(mock->accel, fn);
		if (i & 1)
			KUNIT_ASSERT_EQ(test, vfarb_vf_register(mock->accel, fn), 0);
		mock_run(mock, 0, 1000);
		mock_end(mock, 0, VFARB_END_PREEMPTED);
		if (!(i & 1))
			KUNIT_ASSERT_EQ(test, vfarb_vf_register(mock->accel, fn), 0);
		mock_submit(mock, 0, fn, NSEC_PER_MSEC, 2);
		mock_check(mock, 0);
		KUNIT_ASSERT_EQ(test, mock_anomalies(mock, 0), 0);
		KUNIT_ASSERT_TRUE(test, mock_granted(mock, 0));
	}
}

/* ---- bad input ---- */

struct lie {
	const char *name;
	void (*tell)(struct mock *mock);
	enum vfarb_anomaly anomaly;
	unsigned int engine;
};

static void say_end(struct mock *mock, const struct vfarb_slice_end *end)
{
	unsigned long flags;

	local_irq_save(flags);
	vfarb_slice_end(mock->accel, 0, end);
	local_irq_restore(flags);
}

/* The engine is free indeed, but not all that is said of it is true. */
static void say_free(struct mock *mock, const struct vfarb_slice_end *end)
{
	mock->engine[0].state = MOCK_FREE;
	say_end(mock, end);
}

static void pending_beyond(struct mock *mock)
{
	vfarb_pending(mock->accel, 0, mock->info.fns, mock->engine[0].now, 0);
}

static void pending_nobody(struct mock *mock)
{
	vfarb_pending(mock->accel, 0, VFARB_FN_NONE, mock->engine[0].now, 0);
}

static void pending_departed(struct mock *mock)
{
	vfarb_vf_unregister(mock->accel, 3);
	vfarb_pending(mock->accel, 0, 3, mock->engine[0].now, 0);
}

static void pending_ahead(struct mock *mock)
{
	vfarb_pending(mock->accel, 1, 1, mock->engine[1].now + NSEC_PER_SEC, 0);
}

static void end_beyond(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.fn = mock->info.fns + 5;
	say_end(mock, &end);
}

static void end_other(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.fn ^= 3;
	say_end(mock, &end);
}

static void end_old_cookie(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.cookie--;
	say_end(mock, &end);
}

static void end_twice(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	say_free(mock, &end);
	say_end(mock, &end);
}

static void end_idle(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	vfarb_slice_end(mock->accel, 1, &end);
}

static void end_backwards(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.time_ns = mock->accel->engine[0].ledger.clock_ns - 1;
	say_free(mock, &end);
}

static void end_at_zero(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.time_ns -= 1ull << 62;
	end.run_ns = U64_MAX / 4;
	say_free(mock, &end);
}

static void end_ahead(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.time_ns += NSEC_PER_SEC;
	say_free(mock, &end);
}

static void end_less_than_charged(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	vfarb_engine_refresh(&mock->accel->engine[0]);
	end.run_ns--;
	say_free(mock, &end);
}

static void end_too_much(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.run_ns++;
	say_free(mock, &end);
}

static void end_far_too_much(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.run_ns = 1ull << 62;
	end.switch_ns = 1ull << 62;
	say_free(mock, &end);
}

static void end_too_much_switching(struct mock *mock)
{
	struct vfarb_slice_end end = mock_end_of(mock, 0, VFARB_END_EXPIRED);

	end.switch_ns++;
	say_free(mock, &end);
}

static void started_twice(struct mock *mock)
{
	struct mock_engine *e = &mock->engine[0];

	vfarb_started(mock->accel, 0, e->fn, e->cookie, e->now, 0);
}

static void started_other_cookie(struct mock *mock)
{
	struct mock_engine *e = &mock->engine[0];

	vfarb_started(mock->accel, 0, e->fn, e->cookie + 1, e->now, 0);
}

static void started_ahead(struct mock *mock)
{
	struct mock_engine *e = &mock->engine[0];

	mock_end(mock, 0, VFARB_END_PREEMPTED);
	vfarb_started(mock->accel, 0, e->fn, e->cookie, e->now + NSEC_PER_SEC, 0);
	e->state = MOCK_RUNNING;
}

static void preempted_backwards(struct mock *mock)
{
	struct mock_engine *e = &mock->engine[0];

	vfarb_engine_refresh(&mock->accel->engine[0]);
	vfarb_preempted(mock->accel, 0, e->fn, e->cookie, e->now, e->run_ns - 1);
}

static void preempted_too_much(struct mock *mock)
{
	struct mock_engine *e = &mock->engine[0];

	vfarb_preempted(mock->accel, 0, e->fn, e->cookie, e->now, e->run_ns + 1);
}

static void preempted_ahead(struct mock *mock)
{
	struct mock_engine *e = &mock->engine[0];

	vfarb_preempted(mock->accel, 0, e->fn, e->cookie, e->now + NSEC_PER_SEC, e->run_ns);
}

static void preempted_other(struct mock *mock)
{
	struct mock_engine *e = &mock->engine[0];

	vfarb_preempted(mock->accel, 0, e->fn ^ 3, e->cookie, e->now, e->run_ns);
}

static void submitted_beyond(struct mock *mock)
{
	vfarb_submitted(mock->accel, 0, mock->info.fns, 0, 0);
}

static void completed_beyond(struct mock *mock)
{
	struct vfarb_completion_info info = {};

	vfarb_completed(mock->accel, 0, mock->info.fns, &info);
}

static void counter_jumps(struct mock *mock)
{
	struct mock_work *w = mock_work(mock, 0, mock->engine[0].fn);

	w->ran_ns += 1ull << 40;
	vfarb_engine_refresh(&mock->accel->engine[0]);
}

static const struct lie lies[] = {
	{ "work of a VF beyond the last", pending_beyond, VFARB_ANOMALY_UNKNOWN },
	{ "work of nobody", pending_nobody, VFARB_ANOMALY_UNKNOWN },
	{ "work of a VF that departed", pending_departed, VFARB_ANOMALY_UNKNOWN },
	{ "work from the future", pending_ahead, VFARB_ANOMALY_TOO_MUCH, 1 },
	{ "submission of a VF beyond the last", submitted_beyond, VFARB_ANOMALY_UNKNOWN },
	{ "completion of a VF beyond the last", completed_beyond, VFARB_ANOMALY_UNKNOWN },
	{ "slice end of a VF beyond the last", end_beyond, VFARB_ANOMALY_UNKNOWN },
	{ "slice end of a VF that waits", end_other, VFARB_ANOMALY_STALE },
	{ "slice end of an old grant", end_old_cookie, VFARB_ANOMALY_STALE },
	{ "slice end twice", end_twice, VFARB_ANOMALY_STALE },
	{ "slice end on an idle engine", end_idle, VFARB_ANOMALY_STALE, 1 },
	{ "slice end, time goes back", end_backwards, VFARB_ANOMALY_BACKWARDS },
	{ "slice end, time goes back 146 years", end_at_zero, VFARB_ANOMALY_BACKWARDS },
	{ "slice end, time ahead of the clock", end_ahead, VFARB_ANOMALY_TOO_MUCH },
	{ "slice end, less than was charged", end_less_than_charged, VFARB_ANOMALY_BACKWARDS },
	{ "slice end, 1 ns more than passed", end_too_much, VFARB_ANOMALY_TOO_MUCH },
	{ "slice end, 146 years more than passed", end_far_too_much, VFARB_ANOMALY_TOO_MUCH },
	{ "slice end, 1 ns too much switching", end_too_much_switching, VFARB_ANOMALY_TOO_MUCH },
	{ "started twice", started_twice, VFARB_ANOMALY_STALE },
	{ "started by another grant", started_other_cookie, VFARB_ANOMALY_STALE },
	{ "started ahead of the clock", started_ahead, VFARB_ANOMALY_TOO_MUCH },
	{ "preempted, less than was charged", preempted_backwards, VFARB_ANOMALY_BACKWARDS },
	{ "preempted, 1 ns more than passed", preempted_too_much, VFARB_ANOMALY_TOO_MUCH },
	{ "preempted ahead of the clock", preempted_ahead, VFARB_ANOMALY_TOO_MUCH },
	{ "preempted, another VF", preempted_other, VFARB_ANOMALY_STALE },
	{ "the run-time counter jumps", counter_jumps, VFARB_ANOMALY_TOO_MUCH },
};

static void lie_desc(const struct lie *lie, char *desc)
{
	strscpy(desc, lie->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lie, lies, lie_desc);

/* Booked once as what it is, and no harm done: the engine serves on, and its sums hold. */
static void provider_lie_test(struct kunit *test)
{
	const struct lie *lie = test->param_value;
	struct mock *mock = mock_start_all(test, 2, 4, true);
	struct vfarb_ledger *l;
	unsigned int fn;
	u64 grants;
	int i;

	mock_submit(mock, 0, 1, NSEC_PER_MSEC, 1000);
	mock_submit(mock, 0, 2, NSEC_PER_MSEC, 1000);
	mock_slice(mock, 0, 1000);
	mock_slice(mock, 0, 1000);
	mock_switch(mock, 0, 1000);
	mock_run(mock, 0, 50000);
	mock_check(mock, 0);
	mock_run(mock, 0, 50000);
	lie->tell(mock);

	l = &mock->accel->engine[lie->engine].ledger;
	KUNIT_EXPECT_EQ(test, mock_anomalies(mock, lie->engine), 1);
	KUNIT_EXPECT_EQ(test, l->anomalies[lie->anomaly], 1);
	KUNIT_EXPECT_EQ(test, mock_anomalies(mock, !lie->engine), 0);
	KUNIT_EXPECT_GE(test, (s64)(mock->engine[lie->engine].now - l->clock_ns), 0);

	if (mock->engine[0].state == MOCK_RUNNING)
		mock_end(mock, 0, VFARB_END_PREEMPTED);
	for (fn = 1; fn <= 2; fn++) {
		grants = mock_line(mock, 0, fn).grants;
		for (i = 0; i < 3; i++)
			mock_slice(mock, 0, 1000);
		KUNIT_EXPECT_GT(test, mock_line(mock, 0, fn).grants, grants);
	}
	mock_check(mock, 0);
	KUNIT_EXPECT_LE(test, mock_anomalies(mock, lie->engine), 1);
}

/* Engines, codes and bounds that nobody has; there is no ledger to book the first in. */
static void provider_nonsense_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 2, true);
	struct vfarb_completion_info info = {};
	struct vfarb_slice_end end = {};
	struct vfarb_line line;

	mock_submit(mock, 0, 1, NSEC_PER_MSEC, 1000);
	mock_switch(mock, 0, 0);
	mock_run(mock, 0, SLICE_NS / 2);
	vfarb_pending(mock->accel, 1, 1, 0, 0);
	vfarb_started(mock->accel, U32_MAX, 1, 1, 0, 0);
	vfarb_preempted(mock->accel, 1, 1, 1, 0, 0);
	vfarb_slice_end(mock->accel, 1, &end);
	vfarb_submitted(mock->accel, 1, 1, 0, 0);
	vfarb_completed(mock->accel, 1, 1, &info);
	vfarb_fault(mock->accel, 1, 1, 7);
	vfarb_reset_done(mock->accel, 1, 1);
	KUNIT_EXPECT_EQ(test, mock_anomalies(mock, 0), 0);

	/* An error bound can be no longer than what it is of. */
	end = mock_end_of(mock, 0, 99);
	end.provenance = 99;
	end.error_ns = U64_MAX;
	say_free(mock, &end);
	line = mock_line(mock, 0, 1);
	KUNIT_EXPECT_EQ(test, line.overruns, 0);
	KUNIT_EXPECT_LE(test, line.error_ns, SLICE_NS);
	mock_check(mock, 0);
	KUNIT_EXPECT_EQ(test, mock_slice(mock, 0, 0), SLICE_NS);
}

static struct kunit_case provider_cases[] = {
	KUNIT_CASE_PARAM(provider_register_test, register_gen_params),
	KUNIT_CASE(provider_vf_register_test),
	KUNIT_CASE_PARAM(provider_unregister_test, end_gen_params),
	KUNIT_CASE(provider_vf_leaves_mid_slice_test),
	KUNIT_CASE(provider_churn_test),
	KUNIT_CASE_PARAM(provider_lie_test, lie_gen_params),
	KUNIT_CASE(provider_nonsense_test),
	{}
};

struct kunit_suite vfarb_provider_suite = {
	.name = "vfarb_provider",
	.exit = mock_exit,
	.test_cases = provider_cases,
};
