// SPDX-License-Identifier: GPL-2.0
/* What an arbiter costs. In deterministic mode a ns is an instruction. */
#include <linux/ktime.h>
#include <linux/sort.h>

#include "mock.h"
#include "suites.h"

#define SLICES		4000

/* A VF's seat, and its places in the table of seats and in the heaps. */
static void cost_size_test(struct kunit *test)
{
	struct mock *mock = mock_create(test, 1, VFARB_ACCEL_FNS_MAX, true);
	size_t bytes = sizeof(struct vfarb_seat) + sizeof(struct vfarb_seat *) +
		       VFARB_PICK_ROOM(1) * sizeof(struct vfarb_line *);

	kunit_info(test, "%zu bytes per VF and engine\n", bytes);
	KUNIT_EXPECT_LE(test, bytes, 1024);
	mock_register(mock);
}

static int compare_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

struct cost {
	u64 mean;
	u32 p99;
	u32 most;
};

/*
 * Slice end to grant with @vfs VFs that all have work: the charge, the comparison with the deck
 * and what keeps the order. Every VF's volume and every slice differ, so no order is easy.
 */
static struct cost cost_of(struct kunit *test, unsigned int vfs, bool in_irq, u32 *took)
{
	struct mock *mock = mock_start_all(test, 1, vfs + 1, in_irq);
	struct cost cost = {};
	u64 state = 9, sum = 0;
	unsigned int fn;
	int i;

	mock->accel->set.overcommit = true;
	for (fn = 1; fn <= vfs; fn++) {
		mock_set(mock, fn, 1 + fn * 37 % 1000, VFARB_SLICE_DEFAULT_NS);
		mock_submit(mock, 0, fn, NSEC_PER_MSEC, 1u << 30);
	}
	/* Everybody has run once. */
	for (i = -(int)vfs; i < SLICES; i++) {
		struct vfarb_slice_end end;
		unsigned long flags;
		u64 begin, ns;

		state = state * 6364136223846793005ull + 1442695040888963407ull;
		mock_switch(mock, 0, 0);
		mock_run(mock, 0, VFARB_SLICE_DEFAULT_NS - (state >> 44));
		end = mock_end_of(mock, 0, VFARB_END_PREEMPTED);
		mock->engine[0].state = MOCK_FREE;
		local_irq_save(flags);
		begin = ktime_get_ns();
		vfarb_slice_end(mock->accel, 0, &end);
		local_irq_restore(flags);
		KUNIT_ASSERT_TRUE(test, mock_granted(mock, 0));
		ns = mock->engine[0].granted_ns - begin;
		if (i >= 0) {
			took[i] = ns;
			sum += ns;
		}
	}
	sort(took, SLICES, sizeof(*took), compare_u32, NULL);
	cost.mean = sum / SLICES;
	cost.p99 = took[SLICES * 99 / 100];
	cost.most = took[SLICES - 1];
	mock_check(mock, 0);
	mock_exit(test);
	test->priv = NULL;
	return cost;
}

static void cost_growth_test(struct kunit *test)
{
	static const unsigned int vfs[] = { 8, 64, 512, 4096 };
	struct cost cost[ARRAY_SIZE(vfs)];
	u32 *took = kunit_kcalloc(test, SLICES, sizeof(*took), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, took);
	for (i = 0; i < ARRAY_SIZE(vfs); i++) {
		cost[i] = cost_of(test, vfs[i], true, took);
		kunit_info(test, "%u VFs: slice end to grant %llu ns, p99 %u ns, longest %u ns\n",
			   vfs[i], cost[i].mean, cost[i].p99, cost[i].most);
	}
	KUNIT_EXPECT_LE(test, cost[i - 1].mean * 10, cost[0].mean * 25);
	KUNIT_EXPECT_LE(test, cost[i - 1].p99 * 10ull, cost[0].p99 * 25ull);
}

/* The engine stands still from one slice's end to the next's grant. */
static void cost_grant_test(struct kunit *test)
{
	u32 *took = kunit_kcalloc(test, SLICES, sizeof(*took), GFP_KERNEL);
	struct cost irq, thread;

	KUNIT_ASSERT_NOT_NULL(test, took);
	irq = cost_of(test, 64, true, took);
	thread = cost_of(test, 64, false, took);
	kunit_info(test, "64 VFs: slice end to grant in irq p99 %u ns, by the kthread p99 %u ns\n",
		   irq.p99, thread.p99);
	/* Debug kernels check every access. */
	if (!IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_KCSAN))
		KUNIT_EXPECT_LE(test, irq.p99, 2000);
}

static struct kunit_case cost_cases[] = {
	KUNIT_CASE(cost_size_test),
	KUNIT_CASE(cost_growth_test),
	KUNIT_CASE(cost_grant_test),
	{}
};

struct kunit_suite vfarb_cost_suite = {
	.name = "vfarb_cost",
	.exit = mock_exit,
	.test_cases = cost_cases,
};
