// SPDX-License-Identifier: GPL-2.0
/* Who does not get work done is stopped, and nobody else pays for it more than was promised. */
#include <linux/delay.h>

#include "mock.h"
#include "suites.h"
#include "../core/event.h"
#include "../core/hang.h"

#define BUDGET_NS	(5 * NSEC_PER_MSEC)
#define SLICE_NS	(1 * NSEC_PER_MSEC)
#define FNS		4
#define CULPRIT		2

/* ---- the ladder ---- */

static const struct vfarb_offence_settings settings = {
	.budget_ns = BUDGET_NS,
	.throttle_ns = 20 * NSEC_PER_MSEC,
	.quarantine_ns = 40 * NSEC_PER_MSEC,
};

struct ladder_case {
	const char *name;
	unsigned int strikes;
	bool stubborn;
	enum vfarb_sentence sentence;
	u64 length_ns;
};

static const struct ladder_case ladder_table[] = {
	{ "the first strike throttles", 1, false, VFARB_SENTENCE_THROTTLE, 20000000 },
	{ "the second for twice as long", 2, false, VFARB_SENTENCE_THROTTLE, 40000000 },
	{ "the third quarantines", 3, false, VFARB_SENTENCE_QUARANTINE, 40000000 },
	{ "the fifth for four times as long", 5, false, VFARB_SENTENCE_QUARANTINE, 160000000 },
	{ "the sixth until an operator releases it", 6, false, VFARB_SENTENCE_QUARANTINE, 0 },
	{ "who does not stop is quarantined at once", 1, true, VFARB_SENTENCE_QUARANTINE,
	  40000000 },
	{ "and the next time for twice as long", 2, true, VFARB_SENTENCE_QUARANTINE, 80000000 },
};

static void ladder_name(const struct ladder_case *c, char *to)
{
	strscpy(to, c->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(ladder, ladder_table, ladder_name);

static void ladder_test(struct kunit *test)
{
	const struct ladder_case *c = test->param_value;
	struct vfarb_offence offence = {};
	enum vfarb_sentence got = VFARB_SENTENCE_NONE;
	u64 now = U64_MAX - 5000;
	unsigned int i;

	for (i = 0; i < c->strikes; i++)
		got = vfarb_offence_strike(&offence, &settings, c->stubborn, 0, now);
	KUNIT_EXPECT_EQ(test, got, c->sentence);
	if (!c->length_ns) {
		KUNIT_EXPECT_EQ(test, offence.until_ns, VFARB_UNTIL_RELEASED);
		KUNIT_EXPECT_FALSE(test, vfarb_offence_served(&offence, now + (1ull << 60)));
	} else {
		KUNIT_EXPECT_FALSE(test, vfarb_offence_served(&offence, now + c->length_ns - 1));
		KUNIT_EXPECT_TRUE(test, vfarb_offence_served(&offence, now + c->length_ns));
	}
	vfarb_offence_release(&offence, true, 0);
	KUNIT_EXPECT_EQ(test, offence.strikes, 0);
	KUNIT_EXPECT_FALSE(test, vfarb_offence_served(&offence, now + (1ull << 60)));
}

static void budget_test(struct kunit *test)
{
	struct vfarb_offence o = {};
	const struct vfarb_offence_settings off = {};

	KUNIT_EXPECT_FALSE(test, vfarb_offence_look(&o, &settings, 7, 1000000));
	/* Only running time counts, and only what came after the last progress. */
	KUNIT_EXPECT_FALSE(test, vfarb_offence_look(&o, &settings, 7, 1000000 + BUDGET_NS));
	KUNIT_EXPECT_TRUE(test, vfarb_offence_look(&o, &settings, 7, 1000001 + BUDGET_NS));
	KUNIT_EXPECT_FALSE(test, vfarb_offence_look(&o, &off, 7, 1000001 + BUDGET_NS));
	KUNIT_EXPECT_FALSE(test, vfarb_offence_look(&o, &settings, 8, 1000001 + BUDGET_NS));
	KUNIT_EXPECT_FALSE(test, vfarb_offence_look(&o, &settings, 8, 1000001 + 2 * BUDGET_NS));

	vfarb_offence_strike(&o, &settings, false, 0, 0);
	vfarb_offence_strike(&o, &settings, false, 0, 0);
	KUNIT_EXPECT_FALSE(test, vfarb_offence_forgive(&o, &settings, 100 * BUDGET_NS));
	vfarb_offence_release(&o, false, 0);
	KUNIT_EXPECT_FALSE(test, vfarb_offence_forgive(&o, &settings, 10 * BUDGET_NS - 1));
	KUNIT_EXPECT_TRUE(test, vfarb_offence_forgive(&o, &settings, 10 * BUDGET_NS));
	KUNIT_EXPECT_FALSE(test, vfarb_offence_forgive(&o, &settings, 11 * BUDGET_NS));
	KUNIT_EXPECT_EQ(test, o.strikes, 1);
}

/* ---- an engine ---- */

static struct mock *start(struct kunit *test)
{
	struct mock *mock = mock_create(test, 1, FNS, true);
	unsigned int fn;

	mock->ops = &mock_hang_ops;
	mock_register(mock);
	for (fn = 0; fn < FNS; fn++)
		KUNIT_ASSERT_EQ(test, vfarb_vf_register(mock->accel, fn), 0);
	vfarb_hang_set(&mock->accel->engine[0], &settings);
	for (fn = 0; fn < FNS; fn++) {
		mock_set(mock, fn, 200, SLICE_NS);
		/* The culprit's submission never ends; the others' are short. */
		mock_submit(mock, 0, fn, fn == CULPRIT ? U64_MAX / 2 : 100000, 1000000);
	}
	return mock;
}

static struct vfarb_conduct *conduct(struct mock *mock, unsigned int fn)
{
	return &mock->accel->engine[0].seat[fn]->conduct;
}

/* Waits until the kthread did something. Says whether it did. */
#define WAIT_FOR(condition)						\
({									\
	int patience_ = 3000;						\
	bool came_;							\
	while (!(came_ = (condition)) && patience_--)			\
		usleep_range(1000, 2000);				\
	came_;								\
})

/* Whole slices until somebody holds the engine. */
static void slices_until(struct mock *mock, unsigned int fn)
{
	int i;

	for (i = 0; i < 100 && mock->engine[0].fn != fn; i++)
		mock_slice(mock, 0, 100);
	KUNIT_ASSERT_EQ(mock->test, mock->engine[0].fn, fn);
}

static void expect_innocent(struct mock *mock)
{
	unsigned int fn;

	for (fn = 0; fn < FNS; fn++) {
		if (fn == CULPRIT)
			continue;
		KUNIT_EXPECT_EQ(mock->test, conduct(mock, fn)->offence.strikes, 0);
		KUNIT_EXPECT_EQ(mock->test, mock_line(mock, 0, fn).blocked, 0);
	}
}

/* Runs the culprit for its slices until it is told to stop; then it does. */
static void offend(struct mock *mock)
{
	unsigned int preempts = mock->engine[0].preempts;
	int i;

	for (i = 0; i < 50 && mock->engine[0].preempts == preempts; i++) {
		slices_until(mock, CULPRIT);
		mock_switch(mock, 0, 100);
		mock_run(mock, 0, SLICE_NS);
		/* Not told before its budget is over, however often it is looked at. */
		if (i * SLICE_NS >= BUDGET_NS)
			WAIT_FOR(READ_ONCE(mock->engine[0].preempts) != preempts);
		else
			usleep_range(11000, 12000);
		if (mock->engine[0].preempts == preempts)
			mock_end(mock, 0, VFARB_END_EXPIRED);
	}
	KUNIT_ASSERT_EQ(mock->test, mock->engine[0].preempts, preempts + 1);
	/* With its first ms beyond the budget, and so within a slice. */
	KUNIT_EXPECT_EQ(mock->test, i, BUDGET_NS / SLICE_NS + 1);
}

static void hang_throttle_test(struct kunit *test)
{
	struct mock *mock = start(test);
	u64 waited;

	offend(mock);
	mock_end(mock, 0, VFARB_END_PREEMPTED);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, CULPRIT).blocked, VFARB_BLOCKED_THROTTLE);
	expect_innocent(mock);
	/* The others go on at once, and it comes back when its time is over. */
	waited = mock->engine[0].now;
	while (mock->engine[0].now - waited < settings.throttle_ns - SLICE_NS) {
		KUNIT_ASSERT_NE(test, mock->engine[0].fn, CULPRIT);
		mock_slice(mock, 0, 100);
	}
	mock_slice(mock, 0, 100);
	mock_slice(mock, 0, 100);
	KUNIT_EXPECT_TRUE(test, WAIT_FOR(!mock_line(mock, 0, CULPRIT).blocked));
	slices_until(mock, CULPRIT);
	KUNIT_EXPECT_EQ(test, mock->reset_vfs, 0);
	KUNIT_EXPECT_EQ(test, mock->reset_engines, 0);
}

static void hang_ladder_test(struct kunit *test)
{
	struct mock *mock = start(test);
	struct vfarb_engine *e = &mock->accel->engine[0];
	unsigned int i;

	for (i = 1; i <= VFARB_STRIKES_HELD; i++) {
		offend(mock);
		mock_end(mock, 0, VFARB_END_PREEMPTED);
		KUNIT_EXPECT_EQ(test, conduct(mock, CULPRIT)->offence.strikes, i);
		if (i > VFARB_STRIKES_THROTTLE) {
			KUNIT_ASSERT_TRUE(test, WAIT_FOR(READ_ONCE(mock->reset_vfs) ==
							 i - VFARB_STRIKES_THROTTLE));
			KUNIT_EXPECT_EQ(test, mock->reset_vf, CULPRIT);
			vfarb_reset_done(mock->accel, 0, CULPRIT);
		}
		expect_innocent(mock);
		if (i == VFARB_STRIKES_HELD)
			break;
		mock_slice(mock, 0, settings.quarantine_ns << i);
		KUNIT_ASSERT_TRUE(test, WAIT_FOR(!mock_line(mock, 0, CULPRIT).blocked));
	}
	/* Held; for as long as nobody says otherwise. */
	mock_slice(mock, 0, 1000 * NSEC_PER_SEC);
	msleep(30);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, CULPRIT).blocked, VFARB_BLOCKED_QUARANTINE);
	vfarb_hang_release(e, CULPRIT);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, CULPRIT).blocked, 0);
	KUNIT_EXPECT_EQ(test, conduct(mock, CULPRIT)->offence.strikes, 0);
	slices_until(mock, CULPRIT);
	KUNIT_EXPECT_EQ(test, mock->reset_engines, 0);
}

/* Does not stop when told to: reset, and nobody else. */
static void hang_stubborn_test(struct kunit *test)
{
	struct mock *mock = start(test);

	offend(mock);
	mock_run(mock, 0, 2 * NSEC_PER_MSEC);
	KUNIT_ASSERT_TRUE(test, WAIT_FOR(READ_ONCE(mock->reset_vfs)));
	KUNIT_EXPECT_EQ(test, mock->reset_vf, CULPRIT);
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, CULPRIT).blocked, VFARB_BLOCKED_QUARANTINE);
	WRITE_ONCE(mock->engine[0].state, MOCK_FREE);
	vfarb_reset_done(mock->accel, 0, CULPRIT);
	KUNIT_EXPECT_NE(test, mock->engine[0].fn, CULPRIT);
	KUNIT_EXPECT_EQ(test, mock->engine[0].state, MOCK_GRANTED);
	mock_slice(mock, 0, 100);
	expect_innocent(mock);
	KUNIT_EXPECT_EQ(test, mock->reset_engines, 0);
}

struct dead_case {
	const char *name;
	int reset_err;
	bool comes_back;
};

static const struct dead_case dead_table[] = {
	{ "VF reset refused, engine reset done", -EIO, true },
	{ "VF reset never over, engine reset done", 0, true },
	{ "VF reset refused, engine reset never over", -EIO, false },
};

static void dead_name(const struct dead_case *c, char *to)
{
	strscpy(to, c->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(dead, dead_table, dead_name);

static bool find_event(u64 *seq, u32 type)
{
	struct vfarb_ev event;
	u64 lost;

	while (vfarb_event_read(seq, &event, &lost))
		if (event.type == type)
			return true;
	return false;
}

/* Preempt and VF reset fail: only then is the engine declared dead, and that is said. */
static void hang_dead_test(struct kunit *test)
{
	const struct dead_case *c = test->param_value;
	u64 seq = vfarb_event_seq();
	struct mock *mock = start(test);
	unsigned int fn;
	u64 grants;

	mock->reset_err = c->reset_err;
	offend(mock);
	mock_run(mock, 0, 2 * NSEC_PER_MSEC);
	KUNIT_ASSERT_TRUE(test, WAIT_FOR(READ_ONCE(mock->reset_vfs)));
	if (!c->reset_err) {
		msleep(30);
		KUNIT_EXPECT_EQ(test, mock->reset_engines, 0);
		mock_run(mock, 0, 200 * NSEC_PER_MSEC);
	}
	KUNIT_ASSERT_TRUE(test, WAIT_FOR(READ_ONCE(mock->reset_engines)));
	KUNIT_EXPECT_TRUE(test, find_event(&seq, VFARB_EV_OVER_BUDGET));
	KUNIT_EXPECT_TRUE(test, find_event(&seq, VFARB_EV_PREEMPT_FAILED));
	KUNIT_EXPECT_TRUE(test, find_event(&seq, VFARB_EV_QUARANTINED));
	KUNIT_EXPECT_TRUE(test, find_event(&seq, VFARB_EV_VF_RESET_FAILED));
	KUNIT_EXPECT_TRUE(test, find_event(&seq, VFARB_EV_ENGINE_DEAD));
	KUNIT_EXPECT_TRUE(test, find_event(&seq, VFARB_EV_ENGINE_RESET));
	grants = mock->engine[0].grants;
	if (!c->comes_back) {
		mock_run(mock, 0, 2 * NSEC_PER_SEC);
		KUNIT_ASSERT_TRUE(test, WAIT_FOR(find_event(&seq, VFARB_EV_ENGINE_RESET_FAILED)));
		KUNIT_EXPECT_EQ(test, mock->engine[0].grants, grants);
		vfarb_hang_release(&mock->accel->engine[0], VFARB_FN_NONE);
		KUNIT_ASSERT_TRUE(test, WAIT_FOR(READ_ONCE(mock->reset_engines) == 2));
	}
	WRITE_ONCE(mock->engine[0].state, MOCK_FREE);
	vfarb_reset_done(mock->accel, 0, VFARB_FN_NONE);
	KUNIT_EXPECT_TRUE(test, find_event(&seq, VFARB_EV_ENGINE_BACK));
	KUNIT_EXPECT_GT(test, mock->engine[0].grants, grants);
	/* Whoever else has work gets on with it. */
	for (fn = 0; fn < FNS; fn++)
		if (fn != CULPRIT)
			slices_until(mock, fn);
	expect_innocent(mock);
}

/* Gets work done, but does not give the engine back. */
static void hang_overstay_test(struct kunit *test)
{
	struct mock *mock = start(test);
	unsigned int fn;

	slices_until(mock, 1);
	fn = 1;
	mock_switch(mock, 0, 100);
	mock_run(mock, 0, SLICE_NS + BUDGET_NS - 1000);
	msleep(25);
	KUNIT_EXPECT_EQ(test, mock->engine[0].preempts, 0);
	mock_run(mock, 0, 2000);
	KUNIT_EXPECT_TRUE(test, WAIT_FOR(READ_ONCE(mock->engine[0].preempts)));
	mock_end(mock, 0, VFARB_END_PREEMPTED);
	KUNIT_EXPECT_EQ(test, conduct(mock, fn)->offence.strikes, 1);
}

/* Waiting, and being preempted, is no offence: however long. */
static void hang_waiting_test(struct kunit *test)
{
	struct mock *mock = start(test);
	int i;

	/* The culprit-to-be waits and is preempted, a minute each time, below its budget. */
	slices_until(mock, CULPRIT);
	mock_switch(mock, 0, 100);
	mock_run(mock, 0, BUDGET_NS - 1000);
	mock_end(mock, 0, VFARB_END_PREEMPTED);
	for (i = 0; i < 5; i++) {
		slices_until(mock, 0);
		mock_slice(mock, 0, 60 * NSEC_PER_SEC);
		msleep(25);
	}
	KUNIT_EXPECT_EQ(test, conduct(mock, CULPRIT)->offence.strikes, 0);
	expect_innocent(mock);
}

/* ---- limits ---- */

struct limit_case {
	const char *name;
	enum vfarb_limit_action action;
	unsigned int times;
	bool event;
	u32 blocked;
};

static const struct limit_case limit_table[] = {
	{ "off", VFARB_LIMIT_OFF, 1000, false, 0 },
	{ "as many as may be", VFARB_LIMIT_ACT, 10, false, 0 },
	{ "one more is reported", VFARB_LIMIT_REPORT, 11, true, 0 },
	{ "one more is acted on", VFARB_LIMIT_ACT, 11, true, VFARB_BLOCKED_THROTTLE },
	{ "many more are told once", VFARB_LIMIT_ACT, 1000, true, VFARB_BLOCKED_THROTTLE },
};

static void limit_name(const struct limit_case *c, char *to)
{
	strscpy(to, c->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(limit, limit_table, limit_name);

static void limit_test(struct kunit *test)
{
	const struct limit_case *c = test->param_value;
	struct mock *mock = start(test);
	u64 seq = vfarb_event_seq();
	unsigned int i, j, strikes = !!c->blocked;

	for (i = 0; i < VFARB_LIMITS; i++)
		vfarb_hang_set_limit(&mock->accel->engine[0], i, 10, c->action);
	slices_until(mock, 0);
	for (i = 0; i < c->times; i++)
		vfarb_fault(mock->accel, 0, CULPRIT, 5);
	KUNIT_EXPECT_EQ(test, find_event(&seq, VFARB_EV_LIMIT), c->event);
	KUNIT_EXPECT_FALSE(test, find_event(&seq, VFARB_EV_LIMIT));
	KUNIT_EXPECT_EQ(test, mock_line(mock, 0, CULPRIT).blocked, c->blocked);
	KUNIT_EXPECT_EQ(test, conduct(mock, CULPRIT)->offence.strikes, strikes);
	expect_innocent(mock);
	/* The same for the other things that are counted. */
	vfarb_hang_release(&mock->accel->engine[0], CULPRIT);
	seq = vfarb_event_seq();
	for (j = 0; j < c->times; j++)
		vfarb_submitted(mock->accel, 0, CULPRIT, 1, 1);
	KUNIT_EXPECT_EQ(test, find_event(&seq, VFARB_EV_LIMIT), c->event);
	vfarb_hang_release(&mock->accel->engine[0], CULPRIT);
	seq = vfarb_event_seq();
	for (j = 0; j < c->times; j++)
		vfarb_reset_done(mock->accel, 0, CULPRIT);
	KUNIT_EXPECT_EQ(test, find_event(&seq, VFARB_EV_LIMIT), c->event);
	expect_innocent(mock);
}

/* Events that were not read in time are counted. */
static void events_lost_test(struct kunit *test)
{
	struct mock *mock = start(test);
	struct vfarb_engine *e = &mock->accel->engine[0];
	u64 seq = vfarb_event_seq(), first = seq, lost, sum = 0;
	struct vfarb_ev event;
	unsigned long flags;
	u32 i, got = 0;

	for (i = 0; i < 3000; i++) {
		raw_spin_lock_irqsave(&e->lock, flags);
		vfarb_event(e, CULPRIT, VFARB_EV_LIMIT, 0, 0, i, 0);
		raw_spin_unlock_irqrestore(&e->lock, flags);
	}
	while (vfarb_event_read(&seq, &event, &lost)) {
		sum += lost;
		KUNIT_ASSERT_EQ(test, event.seq, seq);
		KUNIT_ASSERT_EQ(test, event.x, seq - first - 1);
		got++;
	}
	KUNIT_EXPECT_EQ(test, got + sum, 3000);
	KUNIT_EXPECT_GT(test, sum, 0);
}

static struct kunit_case hang_cases[] = {
	KUNIT_CASE_PARAM(ladder_test, ladder_gen_params),
	KUNIT_CASE(budget_test),
	KUNIT_CASE(hang_throttle_test),
	KUNIT_CASE(hang_ladder_test),
	KUNIT_CASE(hang_stubborn_test),
	KUNIT_CASE_PARAM(hang_dead_test, dead_gen_params),
	KUNIT_CASE(hang_overstay_test),
	KUNIT_CASE(hang_waiting_test),
	KUNIT_CASE_PARAM(limit_test, limit_gen_params),
	KUNIT_CASE(events_lost_test),
	{}
};

struct kunit_suite vfarb_hang_suite = {
	.name = "vfarb_hang",
	.exit = mock_exit,
	.test_cases = hang_cases,
};
