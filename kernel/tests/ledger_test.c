// SPDX-License-Identifier: GPL-2.0
/* The ledger closes to the nanosecond, whatever it is told (promise P1). */
#include "../core/ledger.h"
#include "suites.h"

#define OPENED_NS	1000

struct close_case {
	const char *name;
	u64 passed_ns;		/* since the ledger was opened; may be negative */
	u64 claimed_run_ns;
	u64 claimed_switch_ns;
	bool backlog;
	bool gone;		/* the line that ran is no longer there */
	u64 run_ns;
	u64 switch_ns;
	u64 idle_ns;
	int anomaly;		/* or -1 */
};

static const struct close_case close_cases[] = {
	{ .name = "all of it idle, nobody waiting", .passed_ns = 500, .idle_ns = 500,
	  .anomaly = -1 },
	{ .name = "all of it idle, somebody waiting", .passed_ns = 500, .backlog = true,
	  .idle_ns = 500, .anomaly = -1 },
	{ .name = "no time passed", .anomaly = -1 },
	{ .name = "running, switching and idle", .passed_ns = 1000, .claimed_run_ns = 700,
	  .claimed_switch_ns = 200, .run_ns = 700, .switch_ns = 200, .idle_ns = 100,
	  .anomaly = -1 },
	{ .name = "claims that fill the time exactly", .passed_ns = 1000, .claimed_run_ns = 700,
	  .claimed_switch_ns = 300, .run_ns = 700, .switch_ns = 300, .anomaly = -1 },
	{ .name = "who ran is gone", .passed_ns = 1000, .claimed_run_ns = 700,
	  .claimed_switch_ns = 200, .gone = true, .run_ns = 700, .switch_ns = 200, .idle_ns = 100,
	  .anomaly = -1 },
	{ .name = "one ns too much running", .passed_ns = 1000, .claimed_run_ns = 1001,
	  .run_ns = 1000, .anomaly = VFARB_ANOMALY_TOO_MUCH },
	{ .name = "one ns too much switching", .passed_ns = 1000, .claimed_run_ns = 600,
	  .claimed_switch_ns = 401, .run_ns = 600, .switch_ns = 400,
	  .anomaly = VFARB_ANOMALY_TOO_MUCH },
	{ .name = "claims whose sum overflows", .passed_ns = 1000, .claimed_run_ns = 1,
	  .claimed_switch_ns = U64_MAX, .run_ns = 1, .switch_ns = 999,
	  .anomaly = VFARB_ANOMALY_TOO_MUCH },
	{ .name = "a clock that goes back", .passed_ns = -1, .claimed_run_ns = 10,
	  .anomaly = VFARB_ANOMALY_BACKWARDS },
};

static void close_case_desc(const struct close_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(close, close_cases, close_case_desc);

static void ledger_close_test(struct kunit *test)
{
	const struct close_case *c = test->param_value;
	u64 run_ns = c->claimed_run_ns, switch_ns = c->claimed_switch_ns, idle_ns;
	struct vfarb_ledger ledger;
	struct vfarb_line line = {};
	u64 anomalies = 0;
	bool believed;
	int i;

	vfarb_ledger_open(&ledger, OPENED_NS);
	believed = vfarb_ledger_close(&ledger, c->gone ? NULL : &line, OPENED_NS + c->passed_ns,
				      &run_ns, &switch_ns, c->backlog, &idle_ns);

	KUNIT_EXPECT_EQ(test, run_ns, c->run_ns);
	KUNIT_EXPECT_EQ(test, switch_ns, c->switch_ns);
	KUNIT_EXPECT_EQ(test, idle_ns, c->idle_ns);
	KUNIT_EXPECT_EQ(test, ledger.idle_backlog_ns, c->backlog ? c->idle_ns : 0);

	KUNIT_EXPECT_EQ(test, believed, c->anomaly < 0);
	for (i = 0; i < VFARB_ANOMALIES; i++)
		anomalies += ledger.anomalies[i];
	KUNIT_EXPECT_EQ(test, anomalies, believed ? 0 : 1);
	if (c->anomaly >= 0)
		KUNIT_EXPECT_EQ(test, ledger.anomalies[c->anomaly], 1);

	KUNIT_EXPECT_EQ(test, ledger.clock_ns - ledger.opened_ns,
			ledger.total.running + ledger.total.switching + ledger.idle_ns);
	KUNIT_EXPECT_EQ(test, ledger.total.running,
			line.executed.running + ledger.departed.running);
	KUNIT_EXPECT_EQ(test, ledger.total.switching,
			line.executed.switching + ledger.departed.switching);
}

/* Two lines come and go under a clock about to wrap; nothing is lost in between. */
static void ledger_conservation_test(struct kunit *test)
{
	struct vfarb_ledger ledger;
	struct vfarb_line line[2] = {};
	u64 now = U64_MAX - 5000;
	int i;

	vfarb_ledger_open(&ledger, now);
	for (i = 0; i < 1000; i++) {
		u64 run_ns = i * 7 % 13, switch_ns = i * 5 % 11, idle_ns;

		now += run_ns + switch_ns + i % 3;
		KUNIT_ASSERT_TRUE(test, vfarb_ledger_close(&ledger, &line[i & 1], now, &run_ns,
							   &switch_ns, i & 4, &idle_ns));
		KUNIT_ASSERT_EQ(test, idle_ns, i % 3);
		if (i % 100 == 99) {
			vfarb_ledger_depart(&ledger, &line[1]);
			memset(&line[1], 0, sizeof(line[1]));
		}
	}
	KUNIT_EXPECT_LT(test, now, 100000);
	KUNIT_EXPECT_EQ(test, ledger.clock_ns, now);
	KUNIT_EXPECT_EQ(test, now - ledger.opened_ns,
			ledger.total.running + ledger.total.switching + ledger.idle_ns);
	KUNIT_EXPECT_EQ(test, ledger.total.running, line[0].executed.running +
			line[1].executed.running + ledger.departed.running);
	KUNIT_EXPECT_EQ(test, ledger.total.switching, line[0].executed.switching +
			line[1].executed.switching + ledger.departed.switching);
}

/* What the fluid scheduler gives to lines that stay is what passed, split by volume. */
static void ledger_entitlement_test(struct kunit *test)
{
	struct vfarb_line line[3] = {
		{ .volume = 500, .priority = 1 },
		{ .volume = 300, .priority = 1 },
		{ .volume = 1, .priority = 1 },
	};
	const u64 volumes = 500 + 300 + 1, passed_ns = 801000000;
	struct vfarb_ledger ledger;
	u64 i;

	vfarb_ledger_open(&ledger, 0);
	for (i = 0; i < ARRAY_SIZE(line); i++)
		vfarb_ledger_enter(&ledger, &line[i], 0);
	for (i = 0; i < 1000; i++)
		vfarb_ledger_entitle(&ledger, 1, passed_ns / 1000);
	for (i = 0; i < ARRAY_SIZE(line); i++) {
		s64 due = passed_ns / volumes * line[i].volume;

		vfarb_ledger_settle(&ledger, &line[i]);
		/* Less than 1 ns is held back as a remainder. */
		KUNIT_EXPECT_LE(test, line[i].entitled_ns, due);
		KUNIT_EXPECT_GE(test, line[i].entitled_ns + 1, due);
	}
}

static struct kunit_case ledger_cases[] = {
	KUNIT_CASE_PARAM(ledger_close_test, close_gen_params),
	KUNIT_CASE(ledger_conservation_test),
	KUNIT_CASE(ledger_entitlement_test),
	{}
};

struct kunit_suite vfarb_ledger_suite = {
	.name = "vfarb_ledger",
	.test_cases = ledger_cases,
};
