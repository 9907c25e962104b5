// SPDX-License-Identifier: GPL-2.0
/* What the arbiter makes of what a provider says: who runs, when, and at whose expense. */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/sort.h>

#include "mock.h"
#include "suites.h"

#define SLICE_NS	VFARB_SLICE_DEFAULT_NS
#define MS		((u64)NSEC_PER_MSEC)
#define US		((u64)NSEC_PER_USEC)

/* Long enough for the kthread to look twice. */
#define LOOK_MS		50

static u64 random(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 24;
}

/* Runs slices until the engine's clock has moved by @ns. */
static void run_slices(struct mock *mock, unsigned int engine, u64 ns)
{
	u64 begin = mock->engine[engine].now;

	while (mock->engine[engine].now - begin < ns)
		mock_slice(mock, engine, 0);
}

/* ---- granting ---- */

struct path_case {
	const char *name;
	bool grant_in_irq;
};

static const struct path_case path_cases[] = {
	{ "grants in irq", true },
	{ "grants by the kthread", false },
};

static void path_desc(const struct path_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(path, path_cases, path_desc);

/* The PF is a tenant like the others; who never ran goes first, in order of registration. */
static void arbiter_grant_test(struct kunit *test)
{
	const struct path_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 3, c->grant_in_irq);
	struct mock_engine *e = &mock->engine[0];
	unsigned int fn;
	int round;

	for (fn = 0; fn < 3; fn++)
		mock_submit(mock, 0, fn, MS, 100);
	for (round = 0; round < 10; round++) {
		for (fn = 0; fn < 3; fn++) {
			KUNIT_ASSERT_TRUE(test, mock_granted(mock, 0));
			KUNIT_EXPECT_EQ(test, e->fn, fn);
			KUNIT_EXPECT_EQ(test, e->slice_ns, SLICE_NS);
			KUNIT_EXPECT_EQ(test, mock_slice(mock, 0, 100), SLICE_NS);
			/* No need to wait for anybody. */
			if (c->grant_in_irq)
				KUNIT_EXPECT_EQ(test, e->state, MOCK_GRANTED);
		}
	}
	mock_check(mock, 0);
	for (fn = 0; fn < 3; fn++) {
		KUNIT_EXPECT_EQ(test, mock_line(mock, 0, fn).grants, fn ? 10 : 11);
		KUNIT_EXPECT_EQ(test, mock_line(mock, 0, fn).executed.running, 10 * SLICE_NS);
		KUNIT_EXPECT_EQ(test, mock_line(mock, 0, fn).executed.switching, 10 * 100);
	}
	KUNIT_EXPECT_EQ(test, mock_anomalies(mock, 0), 0);
}

/* Each submission ends once, and the engine never idles meanwhile (promises P3 and P4). */
static void arbiter_drain_test(struct kunit *test)
{
	const struct path_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 2, c->grant_in_irq);
	u64 begin = mock->engine[0].now;

	mock_submit(mock, 0, 1, MS, 1000);
	while (mock_work(mock, 0, 1)->queued)
		mock_slice(mock, 0, 0);
	KUNIT_EXPECT_EQ(test, mock_work(mock, 0, 1)->done, 1000);
	KUNIT_EXPECT_EQ(test, mock->engine[0].now - begin, 1000 * MS);
	KUNIT_EXPECT_EQ(test, mock->accel->engine[0].ledger.idle_ns, 0);
	KUNIT_EXPECT_EQ(test, mock->engine[0].state, MOCK_FREE);
	mock_check(mock, 0);
}

struct from_irq {
	struct irq_work work;
	struct mock *mock;
	bool hard;
	u64 grants;
};

static void end_from_irq(struct irq_work *work)
{
	struct from_irq *from = container_of(work, struct from_irq, work);

	from->hard = in_hardirq();
	mock_end(from->mock, 0, VFARB_END_EXPIRED);
	from->grants = from->mock->engine[0].grants;
}

/* In hard irq: the next is granted before the handler returns. */
static void arbiter_hardirq_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 3, true);
	struct from_irq *from = kunit_kzalloc(test, sizeof(*from), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, from);
	from->mock = mock;
	init_irq_work(&from->work, end_from_irq);
	mock_submit(mock, 0, 1, MS, 1000);
	mock_submit(mock, 0, 2, MS, 1000);
	for (i = 0; i < 100; i++) {
		mock_switch(mock, 0, 0);
		mock_run(mock, 0, SLICE_NS);
		irq_work_queue(&from->work);
		irq_work_sync(&from->work);
		KUNIT_ASSERT_TRUE(test, from->hard);
		KUNIT_ASSERT_EQ(test, from->grants, i + 2);
	}
	mock_check(mock, 0);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, 1).executed.running, 50 * SLICE_NS);
}

/* What a provider refuses did not happen; the kthread tries again. */
static void arbiter_refused_test(struct kunit *test)
{
	const struct path_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 3, c->grant_in_irq);
	struct mock_engine *e = &mock->engine[0];
	u64 sum;

	e->refuse = 3;
	mock_submit(mock, 0, 1, MS, 10);
	mock_submit(mock, 0, 2, MS, 10);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&e->granted, MOCK_PATIENCE), 0);
	KUNIT_EXPECT_EQ(test, e->refuse, 0);
	KUNIT_EXPECT_EQ(test, mock->accel->engine[0].refused, 3);
	while (mock_work(mock, 0, 1)->queued || mock_work(mock, 0, 2)->queued)
		mock_slice(mock, 0, 0);
	sum = mock_line(mock, 0, 1).grants + mock_line(mock, 0, 2).grants;
	KUNIT_EXPECT_EQ(test, sum, e->grants);
	KUNIT_EXPECT_EQ(test, mock->accel->engine[0].grants, e->grants);
	mock_check(mock, 0);
}

/* Engines do not wait for each other, and a VF may run on both at once. */
static void arbiter_engines_test(struct kunit *test)
{
	const struct path_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 2, 2, c->grant_in_irq);
	int i;

	mock_submit(mock, 0, 1, MS, 100);
	mock_submit(mock, 1, 1, MS, 50);
	mock_switch(mock, 0, 0);
	mock_switch(mock, 1, 0);
	KUNIT_EXPECT_EQ(test, mock->engine[0].fn, 1);
	KUNIT_EXPECT_EQ(test, mock->engine[1].fn, 1);
	for (i = 0; i < 10; i++) {
		mock_run(mock, 1, SLICE_NS);
		mock_end(mock, 1, VFARB_END_EXPIRED);
		mock_switch(mock, 1, 0);
	}
	mock_run(mock, 0, SLICE_NS);
	KUNIT_EXPECT_EQ(test, vfarb_vf_executed_ns(mock->accel, 0, 1), SLICE_NS);
	KUNIT_EXPECT_EQ(test, vfarb_vf_executed_ns(mock->accel, 1, 1), 10 * SLICE_NS);
	KUNIT_EXPECT_EQ(test, vfarb_vf_executed_ns(mock->accel, 2, 1), 0);
	KUNIT_EXPECT_EQ(test, vfarb_vf_executed_ns(mock->accel, 0, 2), 0);
	mock_check(mock, 0);
	mock_check(mock, 1);
	KUNIT_EXPECT_PTR_NE(test, mock->accel->engine[0].kthread, mock->accel->engine[1].kthread);
	KUNIT_EXPECT_EQ(test, vfarb_engine_set_affinity(&mock->accel->engine[0], cpumask_of(0)), 0);
	KUNIT_EXPECT_EQ(test, vfarb_engine_set_affinity(&mock->accel->engine[0], cpu_none_mask),
			-EINVAL);
}

/* ---- charging ---- */

/* Whoever reads in the middle of a slice reads the truth, and the slice is charged once. */
static void arbiter_charge_running_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 2, true);
	int i;

	mock_submit(mock, 0, 1, MS, 100);
	mock_switch(mock, 0, 7 * US);
	for (i = 1; i <= 10; i++) {
		mock_run(mock, 0, SLICE_NS / 10);
		KUNIT_EXPECT_EQ(test, vfarb_vf_executed_ns(mock->accel, 0, 1),
				i * (SLICE_NS / 10));
		mock_check(mock, 0);
	}
	mock_end(mock, 0, VFARB_END_EXPIRED);
	KUNIT_EXPECT_EQ(test, vfarb_vf_executed_ns(mock->accel, 0, 1), SLICE_NS);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, 1).last_actual_ns, SLICE_NS);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, 1).overruns, 0);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, 1).charges[VFARB_FROM_COUNTER], 1);
	mock_check(mock, 0);
}

/* A slice end that nobody tells is found; what is charged is off by no more than it says. */
static void arbiter_lost_test(struct kunit *test)
{
	const struct path_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 3, c->grant_in_irq);
	struct mock_engine *e = &mock->engine[0];
	struct vfarb_slice_end end;
	struct vfarb_line line;
	s64 off;

	mock_submit(mock, 0, 1, MS, 100);
	mock_submit(mock, 0, 2, MS, 100);
	mock_switch(mock, 0, 0);
	mock_run(mock, 0, 300 * US);
	end = mock_end_of(mock, 0, VFARB_END_EXPIRED);
	msleep(LOOK_MS);
	KUNIT_EXPECT_EQ(test, mock->accel->engine[0].lost, 0);
	e->state = MOCK_FREE;
	mock_pass(mock, 0, 200 * MS);
	msleep(LOOK_MS);

	KUNIT_EXPECT_EQ(test, mock->accel->engine[0].lost, 1);
	KUNIT_ASSERT_TRUE(test, mock_granted(mock, 0));
	KUNIT_EXPECT_EQ(test, e->fn, 2);
	line = mock_line(mock, 0, 1);
	KUNIT_EXPECT_EQ(test, line.charges[VFARB_FROM_TIMEOUT], 1);
	off = line.executed.running - mock_work(mock, 0, 1)->ran_ns;
	KUNIT_EXPECT_LE(test, abs(off), (s64)line.error_ns);

	/* It comes after all: too late. */
	vfarb_slice_end(mock->accel, 0, &end);
	KUNIT_EXPECT_EQ(test, mock->accel->engine[0].ledger.anomalies[VFARB_ANOMALY_STALE], 1);
	mock_slice(mock, 0, 0);
	mock_slice(mock, 0, 0);
	mock_check(mock, 0);
}

/* A reset takes the slice of the one that was reset, of nobody else. */
static void arbiter_reset_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 3, true);
	struct mock_engine *e = &mock->engine[0];
	struct mock_work *w = mock_work(mock, 0, 1);

	mock_submit(mock, 0, 1, MS, 100);
	mock_submit(mock, 0, 2, MS, 100);
	mock_switch(mock, 0, 0);
	mock_run(mock, 0, 300 * US);
	KUNIT_ASSERT_EQ(test, e->fn, 1);
	vfarb_reset_done(mock->accel, 0, 2);
	KUNIT_EXPECT_EQ(test, e->state, MOCK_RUNNING);
	KUNIT_EXPECT_EQ(test, e->grants, 1);

	w->queued = 0;
	e->state = MOCK_FREE;
	vfarb_reset_done(mock->accel, 0, 1);
	KUNIT_EXPECT_EQ(test, e->grants, 2);
	KUNIT_EXPECT_EQ(test, e->fn, 2);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, 1).executed.running, 300 * US);
	KUNIT_EXPECT_FALSE(test, mock_line(mock, 0, 1).backlogged);

	e->state = MOCK_FREE;
	vfarb_reset_done(mock->accel, 0, VFARB_FN_NONE);
	KUNIT_EXPECT_EQ(test, e->grants, 3);
	KUNIT_EXPECT_EQ(test, e->fn, 2);
	mock_slice(mock, 0, 0);
	mock_check(mock, 0);
	KUNIT_EXPECT_EQ(test, mock_anomalies(mock, 0), 0);
}

/* ---- the virtual clock ---- */

struct absence_case {
	const char *name;
	void (*leave)(struct mock *mock);
	void (*come)(struct mock *mock);
};

static void set_run(struct mock *mock, bool run)
{
	struct vfarb_vf_settings want = { .run = run };
	struct vfarb_refusal refusal;

	KUNIT_ASSERT_EQ(mock->test, vfarb_vf_set(mock->accel, 1, &want, VFARB_VF_SET_RUN,
						 &refusal), 0);
}

static void set_priority(struct mock *mock, u8 priority)
{
	struct vfarb_vf_settings want = { .priority = priority };
	struct vfarb_refusal refusal;

	KUNIT_ASSERT_EQ(mock->test, vfarb_vf_set(mock->accel, 1, &want, VFARB_VF_SET_PRIORITY,
						 &refusal), 0);
}

static void fall_asleep(struct mock *mock)
{
	mock_work(mock, 0, 1)->queued = 0;
	while (mock_line(mock, 0, 1).backlogged)
		mock_slice(mock, 0, 0);
}

static void awake(struct mock *mock)
{
	mock_submit(mock, 0, 1, MS, 1000000);
}

static void stop(struct mock *mock)
{
	set_run(mock, false);
}

static void go(struct mock *mock)
{
	set_run(mock, true);
}

static void set_cap(struct mock *mock, u32 cap)
{
	struct vfarb_vf_settings want = { .cap = cap };
	struct vfarb_refusal refusal;

	KUNIT_ASSERT_EQ(mock->test, vfarb_vf_set(mock->accel, 1, &want, VFARB_VF_SET_CAP,
						 &refusal), 0);
}

/* To a thousandth: a slice is enough for seconds. */
static void cap(struct mock *mock)
{
	set_cap(mock, 1);
}

static void uncap(struct mock *mock)
{
	set_cap(mock, 0);
}

static void lower(struct mock *mock)
{
	set_priority(mock, 0);
}

static void normal(struct mock *mock)
{
	set_priority(mock, 1);
}

static const struct absence_case absence_cases[] = {
	{ "slept", fall_asleep, awake },
	{ "was stopped by the operator", stop, go },
	{ "was capped", cap, uncap },
	{ "was of lower priority", lower, normal },
};

static void absence_desc(const struct absence_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(absence, absence_cases, absence_desc);

/*
 * Whoever was away for long competes at once, on equal terms with those who stayed: it neither
 * waits for its old time nor takes what it missed.
 */
static void arbiter_absence_test(struct kunit *test)
{
	const struct absence_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 3, true);
	/* Those of lower priority keep a little. */
	const u64 most = c->leave == lower ? 100 * MS : 2 * SLICE_NS;
	u64 ran[3], clock;
	unsigned int fn;
	int i;

	mock_set(mock, 1, 100, SLICE_NS);
	mock_set(mock, 2, 100, SLICE_NS);
	mock_submit(mock, 0, 1, MS, 1000000);
	mock_submit(mock, 0, 2, MS, 1000000);
	run_slices(mock, 0, 1000 * MS);
	ran[0] = vfarb_vf_executed_ns(mock->accel, 0, 1);
	c->leave(mock);
	run_slices(mock, 0, 1000 * MS);
	clock = mock->accel->engine[0].pick.clock[1];
	/* It was away: but for a slice that was under way, it ran no more. */
	KUNIT_EXPECT_LE(test, vfarb_vf_executed_ns(mock->accel, 0, 1) - ran[0], most);
	c->come(mock);
	KUNIT_EXPECT_GE(test, (s64)(mock_line(mock, 0, 1).vtime - clock), 0);

	for (fn = 1; fn <= 2; fn++)
		ran[fn] = vfarb_vf_executed_ns(mock->accel, 0, fn);
	for (i = 1; i <= 40; i++) {
		s64 ahead;

		mock_slice(mock, 0, 0);
		ahead = (vfarb_vf_executed_ns(mock->accel, 0, 1) - ran[1]) -
			(vfarb_vf_executed_ns(mock->accel, 0, 2) - ran[2]);
		/* What of vf 2's slice ran before is not counted: hence one slice more. */
		KUNIT_EXPECT_LE(test, abs(ahead), (s64)(2 * SLICE_NS));
	}
	mock_check(mock, 0);
}

/* A cap holds over any second, also for who got less for long because others ran. */
static void arbiter_cap_credit_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 5, true);
	const u64 span_ns = 4000 * MS;
	unsigned int fn;
	u64 ran, begin;

	set_cap(mock, 500);
	for (fn = 1; fn < 5; fn++) {
		mock_set(mock, fn, 100, SLICE_NS);
		mock_submit(mock, 0, fn, MS, 1000000);
	}
	run_slices(mock, 0, 10000 * MS);
	for (fn = 2; fn < 5; fn++)
		mock_work(mock, 0, fn)->queued = 0;
	ran = vfarb_vf_executed_ns(mock->accel, 0, 1);
	begin = mock->engine[0].now;
	while (mock->engine[0].now - begin < span_ns) {
		if (mock->engine[0].state != MOCK_FREE) {
			mock_slice(mock, 0, 0);
		} else {
			mock_pass(mock, 0, 10 * MS);
			msleep(20);
		}
	}
	ran = vfarb_vf_executed_ns(mock->accel, 0, 1) - ran;
	KUNIT_EXPECT_LE(test, ran, span_ns / 2 + VFARB_CAP_CREDIT_NS / 2 + 2 * SLICE_NS);
	KUNIT_EXPECT_GE(test, ran, span_ns / 3);
	mock_check(mock, 0);
}

/* Stopping and going on in the middle of each slice is no way to more than one's share. */
static void arbiter_shed_test(struct kunit *test)
{
	const struct absence_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 3, true);
	s64 ahead;
	int i;

	if (c->leave == fall_asleep)
		kunit_skip(test, "who runs is not asleep");
	mock_set(mock, 1, 100, SLICE_NS);
	mock_set(mock, 2, 100, SLICE_NS);
	mock_submit(mock, 0, 1, MS, 1000000);
	mock_submit(mock, 0, 2, MS, 1000000);
	for (i = 0; i < 200; i++) {
		mock_switch(mock, 0, 0);
		mock_run(mock, 0, SLICE_NS / 2);
		if (mock->engine[0].fn == 1)
			c->leave(mock);
		mock_run(mock, 0, SLICE_NS / 2);
		mock_end(mock, 0, VFARB_END_EXPIRED);
		c->come(mock);
	}
	ahead = vfarb_vf_executed_ns(mock->accel, 0, 1) - vfarb_vf_executed_ns(mock->accel, 0, 2);
	KUNIT_EXPECT_LE(test, abs(ahead), (s64)SLICE_NS);
	mock_check(mock, 0);
}

/* ---- idle time ---- */

struct idle_case {
	const char *name;
	u64 run_ns;
	bool more;		/* the one that ran has work left */
	bool other;		/* somebody else waits */
	u64 idle_ns;
	u64 caused_ns;
	u64 backlog_ns;
};

static const struct idle_case idle_cases[] = {
	{ "on time, the next late", SLICE_NS, true, true, 30 * US, 0, 30 * US },
	{ "on time, the next at once", SLICE_NS, true, true, 0, 0, 0 },
	{ "ran dry, the next late", SLICE_NS / 2, false, true, 30 * US, 30 * US, 30 * US },
	{ "ran dry, the next at once", SLICE_NS / 2, false, true, 0, 0, 0 },
	{ "overran, the next late", SLICE_NS * 2, true, true, 30 * US, 30 * US, 30 * US },
	{ "overran, the next is itself", SLICE_NS * 2, true, false, 30 * US, 30 * US, 30 * US },
	{ "ran dry, nobody waits", SLICE_NS / 2, false, false, 30 * US, 0, 0 },
};

static void idle_desc(const struct idle_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(idle, idle_cases, idle_desc);

/* Idle time is booked to whose slice was not as designated, if anybody waited. */
static void arbiter_idle_test(struct kunit *test)
{
	const struct idle_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 3, true);
	struct vfarb_ledger *l = &mock->accel->engine[0].ledger;

	/* Nobody has work yet: nobody's. */
	mock_pass(mock, 0, 5 * MS);
	mock_submit(mock, 0, 1, c->run_ns, c->more ? 100 : 1);
	if (c->other)
		mock_submit(mock, 0, 2, MS, 100);
	mock_switch(mock, 0, 0);
	KUNIT_ASSERT_EQ(test, mock->engine[0].fn, 1);
	KUNIT_EXPECT_EQ(test, l->idle_ns, 5 * MS);
	mock_run(mock, 0, c->run_ns);
	mock_end(mock, 0, c->more ? VFARB_END_EXPIRED : VFARB_END_EMPTY);

	/* What is left of the slice goes to the next at once. */
	KUNIT_EXPECT_EQ(test, mock->engine[0].grants, c->more || c->other ? 2 : 1);
	mock_pass(mock, 0, c->idle_ns);
	if (!c->more && !c->other)
		mock_submit(mock, 0, 1, MS, 1);
	mock_slice(mock, 0, 10 * US);
	KUNIT_EXPECT_EQ(test, l->idle_ns, 5 * MS + c->idle_ns);
	KUNIT_EXPECT_EQ(test, l->idle_backlog_ns, c->backlog_ns);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, 1).idle_caused_ns, c->caused_ns);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, 2).idle_caused_ns, 0);
	mock_check(mock, 0);
}

/* Idle while all that have work are blocked is no fault of the software's. */
static void arbiter_idle_blocked_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 2, true);
	struct vfarb_ledger *l = &mock->accel->engine[0].ledger;

	mock_submit(mock, 0, 1, MS, 100);
	mock_slice(mock, 0, 0);
	mock_switch(mock, 0, 0);
	stop(mock);
	mock_run(mock, 0, SLICE_NS);
	mock_end(mock, 0, VFARB_END_EXPIRED);
	KUNIT_EXPECT_EQ(test, mock->engine[0].state, MOCK_FREE);
	mock_pass(mock, 0, 10 * MS);
	go(mock);
	mock_slice(mock, 0, 0);
	KUNIT_EXPECT_EQ(test, l->idle_ns, 10 * MS);
	KUNIT_EXPECT_EQ(test, l->idle_backlog_ns, 0);
	KUNIT_EXPECT_GE(test, mock_line(mock, 0, 1).capped_ns, 10 * MS);
	mock_check(mock, 0);
}

/* Work that comes between the device's look at the queue and its slice end is not forgotten. */
static void arbiter_late_pending_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 2, true);
	struct vfarb_slice_end end;

	mock_submit(mock, 0, 1, MS, 1);
	mock_switch(mock, 0, 0);
	mock_run(mock, 0, MS);
	end = mock_end_of(mock, 0, VFARB_END_EMPTY);
	KUNIT_ASSERT_FALSE(test, end.pending);
	mock_submit(mock, 0, 1, MS, 1);
	mock->engine[0].state = MOCK_FREE;
	vfarb_slice_end(mock->accel, 0, &end);
	KUNIT_EXPECT_EQ(test, mock_slice(mock, 0, 0), MS);
	KUNIT_EXPECT_EQ(test, mock_work(mock, 0, 1)->done, 2);
}

/* ---- shares ---- */

/* Jain index of executed / volume over functions 1.., in 10^-6. */
static u64 jain_ppm(struct mock *mock, const u32 *volume, unsigned int vfs, u64 *fewest)
{
	u64 sum = 0, squares = 0;
	unsigned int i;

	*fewest = U64_MAX;
	for (i = 0; i < vfs; i++) {
		struct vfarb_line line = mock_line(mock, 0, 1 + i);
		u64 x = div_u64(line.executed.running >> 10, volume[i]);

		sum += x;
		squares += x * x;
		*fewest = min(*fewest, line.grants);
	}
	return mul_u64_u64_div_u64(sum * sum, 1000000, vfs * squares);
}

struct share_case {
	const char *name;
	unsigned int vfs;
	u32 volume[63];
	u64 slices;
};

static const struct share_case share_cases[] = {
	{ "1:99", 2, { 10, 980 }, 25000 },
	{ "1:2:3:4", 4, { 100, 200, 300, 390 }, 3000 },
	{ "62 of 8 and one of 500", 63, { [0 ... 61] = 8, 500 }, 40000 },
};

static void share_desc(const struct share_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(share, share_cases, share_desc);

/* Sizes are spread over a factor of 100, and each VF runs its last submission to the end. */
static void arbiter_share_test(struct kunit *test)
{
	const struct share_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, c->vfs + 1, true);
	u64 state = 7, jain, fewest, i;
	unsigned int fn;

	for (fn = 0; fn <= c->vfs; fn++)
		mock_set(mock, fn, 1, SLICE_NS);
	for (fn = 1; fn <= c->vfs; fn++) {
		mock_set(mock, fn, c->volume[fn - 1], SLICE_NS);
		mock_submit(mock, 0, fn, 40 * US * (1 + (fn - 1) * 99 / max(c->vfs - 1, 1u)),
			    1ull << 40);
	}
	for (i = 0; i < c->slices; i++) {
		struct mock_work *w;
		u64 left;

		mock_switch(mock, 0, random(&state) & 0x7ff);
		w = mock_work(mock, 0, mock->engine[0].fn);
		/* As many whole submissions as fit, at least one. */
		left = w->head_ns + (max(SLICE_NS / w->size_ns, 1ull) - 1) * w->size_ns;
		mock_run(mock, 0, left);
		mock_end(mock, 0, VFARB_END_EXPIRED);
	}
	mock_check(mock, 0);
	jain = jain_ppm(mock, c->volume, c->vfs, &fewest);
	kunit_info(test, "%s: Jain index %llu.%06llu, %llu grants or more each\n", c->name,
		   jain / 1000000, jain % 1000000, fewest);
	KUNIT_EXPECT_GE(test, fewest, 200);
	KUNIT_EXPECT_GE(test, jain, 999000);
	KUNIT_EXPECT_EQ(test, mock->accel->engine[0].ledger.idle_ns, 0);
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* A VF with 10 % load beside one that always has four submissions of 50 ms, preemptible. */
static void arbiter_wait_test(struct kunit *test)
{
	enum { TRIES = 1000 };
	const u64 preempt_ns = 20 * US;
	struct mock *mock = mock_start_all(test, 1, 3, true);
	struct mock_engine *e = &mock->engine[0];
	struct mock_work *light = mock_work(mock, 0, 1);
	u64 *wait = kunit_kcalloc(test, TRIES, sizeof(*wait), GFP_KERNEL);
	u64 next = e->now + 10 * MS, came = 0, state = 3;
	int tries = 0;

	KUNIT_ASSERT_NOT_NULL(test, wait);
	mock_submit(mock, 0, 2, 50 * MS, 4);
	while (tries < TRIES) {
		struct mock_work *w;
		u64 left;

		mock_switch(mock, 0, 10 * US);
		w = mock_work(mock, 0, e->fn);
		if (e->fn == 1)
			wait[tries++] = e->now - came;
		left = min(e->slice_ns, w->head_ns);
		if (e->fn == 2) {
			left += preempt_ns;
			w->queued = 4;
		}
		/* Somewhere in this slice the other gets work. */
		if (!light->queued && (s64)(next - e->now) < (s64)left) {
			u64 before = (s64)(next - e->now) > 0 ? next - e->now : 0;

			mock_run(mock, 0, before);
			left -= before;
			came = e->now;
			mock_submit(mock, 0, 1, MS, 1);
			next += 10 * MS + random(&state) % MS - MS / 2;
		}
		mock_run(mock, 0, left);
		mock_end(mock, 0, w->queued ? VFARB_END_EXPIRED : VFARB_END_EMPTY);
	}
	sort(wait, TRIES, sizeof(*wait), compare_u64, NULL);
	kunit_info(test, "wait: p50 %llu us, p99 %llu us, longest %llu us\n",
		   wait[TRIES / 2] / US, wait[TRIES * 99 / 100] / US, wait[TRIES - 1] / US);
	KUNIT_EXPECT_LE(test, wait[TRIES * 99 / 100], SLICE_NS + preempt_ns + 10 * US);
	mock_check(mock, 0);
}

/* ---- the cycle ---- */

static bool published(struct mock *mock, u64 seq)
{
	int i;

	for (i = 0; i < 1000; i++) {
		if (READ_ONCE(mock->accel->engine[0].published.seq) > seq)
			return true;
		usleep_range(10000, 11000);
	}
	return false;
}

static void arbiter_cycle_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 3, true);
	struct vfarb_engine *e = &mock->accel->engine[0];
	struct vfarb_seat one, two;
	u64 length, seq;

	mock_set(mock, 1, 100, SLICE_NS);
	mock_set(mock, 2, 300, SLICE_NS);
	vfarb_engine_set_cycle(e, 100 * MS);
	mock_submit(mock, 0, 1, MS, 1000);
	mock_submit(mock, 0, 2, MS, 1000);
	/* The kthread sees work, and a cycle begins. */
	msleep(LOOK_MS);
	run_slices(mock, 0, 80 * MS);
	KUNIT_ASSERT_TRUE(test, published(mock, 0));
	length = e->published.length_ns;
	KUNIT_EXPECT_EQ(test, e->published.end, VFARB_CYCLE_SERVED);
	KUNIT_EXPECT_EQ(test, e->published.vfs, 2);
	KUNIT_EXPECT_LE(test, length, 80 * MS);
	KUNIT_EXPECT_GE(test, e->published.jain_ppm, 950000);
	KUNIT_ASSERT_TRUE(test, vfarb_engine_read(e, 1, &one));
	KUNIT_ASSERT_TRUE(test, vfarb_engine_read(e, 2, &two));
	/* All of its time was somebody's, and each off its share by a slice at most. */
	KUNIT_EXPECT_GE(test, one.share_ppm + two.share_ppm, 999998);
	KUNIT_EXPECT_LE(test, abs((s64)one.share_ppm - 250000),
			(s64)div64_u64(SLICE_NS * 1000000, length));
	KUNIT_EXPECT_LE(test, abs(one.share_error_ppm + two.share_error_ppm), 2);
	KUNIT_EXPECT_LE(test, abs(one.share_error_ppm), (s32)e->published.share_error_ppm);

	/* A VF that hogs the engine: the cycle's time is over before the other had its due. */
	mock_switch(mock, 0, 0);
	msleep(LOOK_MS);
	mock_run(mock, 0, 150 * MS);
	KUNIT_ASSERT_TRUE(test, published(mock, 1));
	KUNIT_EXPECT_EQ(test, e->published.end, VFARB_CYCLE_TIME);
	mock_end(mock, 0, VFARB_END_EXPIRED);

	seq = e->published.seq;
	mock_slice(mock, 0, 0);
	mock_work(mock, 0, 1)->queued = 0;
	mock_work(mock, 0, 2)->queued = 0;
	while (mock->engine[0].state != MOCK_FREE)
		mock_slice(mock, 0, 0);
	mock_pass(mock, 0, MS);
	mock_check(mock, 0);
	KUNIT_ASSERT_TRUE(test, published(mock, seq));
	KUNIT_EXPECT_EQ(test, e->published.end, VFARB_CYCLE_EMPTY);
}

/* ---- changes under load ---- */

/* Volume, slice, priority, permission, policy and order, 1000 times each (promises P4 and P7). */
static void arbiter_retune_test(struct kunit *test)
{
	const struct path_case *c = test->param_value;
	struct mock *mock = mock_start_all(test, 1, 8, c->grant_in_irq);
	struct vfarb_engine *e = &mock->accel->engine[0];
	u64 given[8] = {}, state = 11, grants = 0;
	struct vfarb_refusal refusal;
	unsigned int fn;
	int i;

	for (fn = 0; fn < 8; fn++)
		mock_set(mock, fn, 1, SLICE_NS);
	for (i = 0; i < 1000; i++) {
		u64 x = random(&state);
		struct vfarb_vf_settings want = {
			.volume = 1 + (x >> 4) % 120,
			.slice_ns = VFARB_SLICE_MIN_NS + (x >> 8) % (5 * MS),
			.priority = x & 16 ? 1 : (x >> 5) % VFARB_PRIORITIES,
			.run = x & 0x300,
		};

		fn = x & 7;
		given[fn] += x >> 12 & 3;
		if (x >> 12 & 3)
			mock_submit(mock, 0, fn, 10 * US + (x >> 14) % MS, x >> 12 & 3);
		/* Between two slices, between grant and start, or while somebody runs. */
		if (i % 3 && mock->engine[0].state == MOCK_GRANTED)
			mock_switch(mock, 0, x & 0xff);
		if (i % 3 > 1 && mock->engine[0].state == MOCK_RUNNING)
			mock_run(mock, 0, x & 0xffff);
		KUNIT_ASSERT_EQ(test, vfarb_vf_set(mock->accel, fn, &want, VFARB_VF_SET_VOLUME |
						   VFARB_VF_SET_SLICE | VFARB_VF_SET_PRIORITY |
						   VFARB_VF_SET_RUN, &refusal), 0);
		vfarb_engine_set_policy(e, (x >> 20) % VFARB_POLICIES, (x >> 23) % VFARB_ORDERS);
		if (mock->engine[0].state == MOCK_RUNNING)
			mock_end(mock, 0, VFARB_END_PREEMPTED);
		else if (mock->engine[0].state == MOCK_GRANTED)
			mock_slice(mock, 0, 100);
		mock_check(mock, 0);
	}
	for (fn = 0; fn < 8; fn++) {
		struct vfarb_vf_settings want = { .run = true };

		KUNIT_ASSERT_EQ(test, vfarb_vf_set(mock->accel, fn, &want, VFARB_VF_SET_RUN,
						   &refusal), 0);
	}
	for (fn = 0; fn < 8; fn++)
		while (mock_work(mock, 0, fn)->queued)
			mock_slice(mock, 0, 0);
	for (fn = 0; fn < 8; fn++) {
		KUNIT_EXPECT_EQ(test, mock_work(mock, 0, fn)->done, given[fn]);
		grants += mock_line(mock, 0, fn).grants;
	}
	/* Nobody was granted twice, and nothing was charged to the wrong one. */
	KUNIT_EXPECT_EQ(test, grants, mock->engine[0].grants);
	KUNIT_EXPECT_EQ(test, mock_anomalies(mock, 0), 0);
	mock_check(mock, 0);
}

/* ---- anything at all ---- */

/* The machine that checks every access is too slow for all of it. */
#define STORM		(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ? 50000 : 1000000)

/* Promise P1 over 10^6 random events: lies, lost and repeated ends, VFs that come and go. */
static void arbiter_storm_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 8, true);
	struct mock_engine *m = &mock->engine[0];
	struct vfarb_engine *e = &mock->accel->engine[0];
	struct vfarb_ledger *l = &e->ledger;
	struct vfarb_slice_end end = {}, old = {};
	u64 state = 5, grants, closed = 0;
	bool here[8];
	int i;

	memset(here, true, sizeof(here));
	for (i = 0; i < STORM; i++) {
		u64 x = random(&state);
		unsigned int fn = x & 7;

		x >>= 3;
		switch (x & 15) {
		case 0 ... 1:
			mock_submit(mock, 0, fn, 10 * US + (x >> 4) % (4 * MS), 1);
			break;
		case 2:
			mock_pass(mock, 0, (x >> 4) % MS);
			break;
		case 3:
			if (x & 0x7f0)
				break;
			if (here[fn])
				vfarb_vf_unregister(mock->accel, fn);
			else
				KUNIT_ASSERT_EQ(test, vfarb_vf_register(mock->accel, fn), 0);
			here[fn] = !here[fn];
			break;
		case 4:
			if (here[fn])
				vfarb_engine_block(e, fn, VFARB_BLOCKED_OPERATOR, !(x & 0x30));
			break;
		case 5:
			/* What was said once is said again, or a little changed. */
			old.time_ns += (x >> 4) % 64 - 32;
			old.cookie += x >> 10 & 1;
			if (!(x & 0x800)) {
				if (old.fn == m->fn && old.cookie == m->cookie)
					m->state = MOCK_FREE;
				vfarb_slice_end(mock->accel, 0, &old);
			}
			break;
		case 6:
			/* A lie. */
			if (m->state == MOCK_FREE)
				break;
			end = mock_end_of(mock, 0, VFARB_END_EXPIRED);
			end.run_ns += (x >> 4) % US;
			end.time_ns -= (x >> 14) % MS;
			m->state = MOCK_FREE;
			vfarb_slice_end(mock->accel, 0, &end);
			break;
		case 7:
			vfarb_engine_refresh(e);
			break;
		default:
			if (m->state == MOCK_GRANTED) {
				mock_switch(mock, 0, x >> 4 & 0xfff);
			} else if (m->state == MOCK_RUNNING) {
				mock_run(mock, 0, (x >> 4) % m->slice_ns);
				if (x & 0x8000000) {
					old = mock_end_of(mock, 0, VFARB_END_EXPIRED);
					mock_end(mock, 0, VFARB_END_EXPIRED);
				}
			}
		}
		closed += l->total.running + l->total.switching + l->idle_ns ==
			  l->clock_ns - l->opened_ns;
		if (i % 1000)
			continue;
		/* The counters may be off by lies, the sums may not. */
		mock_check_sums(mock, 0);
		KUNIT_ASSERT_GE(test, (s64)(m->now - l->clock_ns), 0);
	}
	KUNIT_EXPECT_EQ(test, closed, STORM);

	/* It serves on as if nothing had been. */
	for (i = 0; i < 8; i++) {
		if (!here[i])
			KUNIT_ASSERT_EQ(test, vfarb_vf_register(mock->accel, i), 0);
		vfarb_engine_block(e, i, VFARB_BLOCKED_OPERATOR, false);
		mock_submit(mock, 0, i, MS, 1);
	}
	if (m->state == MOCK_RUNNING)
		mock_end(mock, 0, VFARB_END_EXPIRED);
	for (i = 0; i < 8; i++) {
		grants = mock_line(mock, 0, i).grants;
		while (mock_work(mock, 0, i)->queued)
			mock_slice(mock, 0, 0);
		KUNIT_EXPECT_GE(test, mock_line(mock, 0, i).grants, grants);
	}
	mock_check_sums(mock, 0);
	kunit_info(test, "%d events, %llu grants, %llu anomalies\n", STORM, m->grants,
		   mock_anomalies(mock, 0));
}

static struct kunit_case arbiter_cases[] = {
	KUNIT_CASE_PARAM(arbiter_grant_test, path_gen_params),
	KUNIT_CASE_PARAM(arbiter_drain_test, path_gen_params),
	KUNIT_CASE(arbiter_hardirq_test),
	KUNIT_CASE_PARAM(arbiter_refused_test, path_gen_params),
	KUNIT_CASE_PARAM(arbiter_engines_test, path_gen_params),
	KUNIT_CASE(arbiter_charge_running_test),
	KUNIT_CASE_PARAM(arbiter_lost_test, path_gen_params),
	KUNIT_CASE(arbiter_reset_test),
	KUNIT_CASE_PARAM(arbiter_absence_test, absence_gen_params),
	KUNIT_CASE_PARAM(arbiter_shed_test, absence_gen_params),
	KUNIT_CASE(arbiter_cap_credit_test),
	KUNIT_CASE_PARAM(arbiter_idle_test, idle_gen_params),
	KUNIT_CASE(arbiter_idle_blocked_test),
	KUNIT_CASE(arbiter_late_pending_test),
	KUNIT_CASE_PARAM(arbiter_share_test, share_gen_params),
	KUNIT_CASE(arbiter_wait_test),
	KUNIT_CASE(arbiter_cycle_test),
	KUNIT_CASE_PARAM(arbiter_retune_test, path_gen_params),
	KUNIT_CASE(arbiter_storm_test),
	{}
};

struct kunit_suite vfarb_arbiter_suite = {
	.name = "vfarb_arbiter",
	.exit = mock_exit,
	.test_cases = arbiter_cases,
};
