// SPDX-License-Identifier: GPL-2.0
/* The decision record says all that is needed to come to the same decisions again. */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "mock.h"
#include "suites.h"
#include "../core/replay.h"
#include "../core/state.h"

#define BATCH	128

/* Reproducible, and the same on every kernel. */
static u64 draw(u64 *seed, u64 below)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (*seed >> 33) % below;
}

struct follow {
	struct mock *mock;
	struct vfarb_record_reader reader;
	struct vfarb_replay *replay;
	struct vfarb_record_entry entry[BATCH];
};

static struct follow *follow(struct mock *mock, bool from_now)
{
	struct kunit *test = mock->test;
	struct follow *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->mock = mock;
	f->replay = kunit_kzalloc(test, vfarb_replay_size(mock->info.fns), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->replay);
	vfarb_replay_init(f->replay, mock->info.fns);
	vfarb_record_begin(&f->reader, &mock->accel->engine[0], from_now);
	return f;
}

/* Replays all that is there; every entry must be understood and every choice the same. */
static void keep_up(struct follow *f)
{
	struct kunit *test = f->mock->test;
	struct vfarb_replay *replay = f->replay;
	unsigned int i, n;

	while ((n = vfarb_record_read(&f->reader, f->entry, BATCH))) {
		for (i = 0; i < n; i++) {
			enum vfarb_replay_verdict verdict;

			verdict = vfarb_replay_entry(replay, &f->entry[i]);
			if (verdict == VFARB_REPLAY_OK)
				continue;
			KUNIT_FAIL(test, "entry %llu of type %u: verdict %u, %s of fn %u: %llu, %llu",
				   replay->entries, f->entry[i].type, verdict,
				   replay->difference.what, replay->difference.fn,
				   replay->difference.recorded, replay->difference.replayed);
			KUNIT_ASSERT_EQ(test, verdict, VFARB_REPLAY_OK);
		}
	}
}

/* One random thing that can happen to an engine whose VFs work. */
static void happen(struct mock *mock, u64 *seed)
{
	struct vfarb_engine *e = &mock->accel->engine[0];
	u32 fns = mock->info.fns, fn = draw(seed, fns);
	struct mock_engine *m = &mock->engine[0];
	u64 what = draw(seed, 100);

	if (!mock->accel->vf[fn] && what < 50) {
		vfarb_vf_register(mock->accel, fn);
	} else if (what < 30) {
		mock_submit(mock, 0, fn, 1000 + draw(seed, 100000), 1 + draw(seed, 20));
	} else if (what < 31) {
		vfarb_vf_unregister(mock->accel, fn);
	} else if (what < 33 && mock->accel->vf[fn]) {
		struct vfarb_vf_settings want = {
			.volume = 1 + draw(seed, 30),
			.slice_ns = 10000 + draw(seed, 100000),
			.priority = draw(seed, VFARB_PRIORITIES),
		};
		struct vfarb_refusal refusal;

		vfarb_vf_set(mock->accel, fn, &want, VFARB_VF_SET_VOLUME | VFARB_VF_SET_SLICE |
			     VFARB_VF_SET_PRIORITY, &refusal);
	} else if (what < 35 && mock->accel->vf[fn]) {
		vfarb_engine_block(e, fn, VFARB_BLOCKED_CAP, draw(seed, 2));
	} else if (what < 36) {
		vfarb_engine_set_policy(e, draw(seed, VFARB_POLICIES), draw(seed, VFARB_ORDERS));
	} else if (what < 37) {
		m->refuse++;
	} else if (what < 39) {
		mock_pass(mock, 0, draw(seed, 5000));
	} else if (what < 40) {
		vfarb_engine_refresh(e);
	} else if (m->state == MOCK_GRANTED) {
		mock_switch(mock, 0, draw(seed, 2000));
	} else if (m->state == MOCK_RUNNING) {
		mock_run(mock, 0, draw(seed, 2 * m->slice_ns));
		if (what < 50) {
			vfarb_engine_refresh(e);
			mock_run(mock, 0, draw(seed, m->slice_ns));
		}
		mock_end(mock, 0, VFARB_END_EXPIRED);
	}
}

/* Everything that may happen to an engine is replayed to the same state, compared by snapshots. */
static void record_replay_test(struct kunit *test)
{
	struct mock *mock = mock_start_all(test, 1, 9, true);
	struct follow *f = follow(mock, false);
	u64 seed = 1;
	int i;

	for (i = 0; i < 50000; i++) {
		happen(mock, &seed);
		/* Only the kthread tries again what was refused. */
		if (READ_ONCE(mock->accel->engine[0].retry))
			msleep(20);
		if (i % 1000 == 999) {
			struct vfarb_record_reader unused;

			/* Asks for a snapshot. */
			vfarb_record_begin(&unused, &mock->accel->engine[0], true);
			keep_up(f);
		}
	}
	KUNIT_EXPECT_GT(test, f->replay->grants, 10000);
	KUNIT_EXPECT_GE(test, f->replay->snapshots, 50);
	KUNIT_EXPECT_EQ(test, f->replay->differences, 0);
	KUNIT_EXPECT_EQ(test, f->replay->lost, 0);
}

static struct kunit_case record_cases[] = {
	KUNIT_CASE(record_replay_test),
	{}
};

struct kunit_suite vfarb_record_suite = {
	.name = "vfarb_record",
	.exit = mock_exit,
	.test_cases = record_cases,
};
