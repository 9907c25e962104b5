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
	u64 began;
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
	f->began = f->reader.next;
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

/* All work without end. */
static struct mock *busy(struct kunit *test, unsigned int fns)
{
	struct mock *mock = mock_start_all(test, 1, fns, true);
	unsigned int fn;

	for (fn = 0; fn < fns; fn++) {
		mock_set(mock, fn, 1 + fn, 100000);
		mock_submit(mock, 0, fn, 1000000, 1000000);
	}
	return mock;
}

/* A reader that was too slow is told how much it missed, and can go on. */
static void record_overrun_test(struct kunit *test)
{
	struct mock *mock = busy(test, 5);
	struct vfarb_record *record = &mock->accel->engine[0].record;
	struct follow *f = follow(mock, true);
	u64 missed, i;

	keep_up(f);
	for (i = 0; i < 2 * record->size; i++)
		mock_slice(mock, 0, 100);
	missed = record->head - f->reader.next;
	keep_up(f);
	KUNIT_EXPECT_GT(test, f->replay->lost, 0);
	KUNIT_EXPECT_LE(test, f->replay->lost, missed);
	KUNIT_EXPECT_GE(test, f->replay->snapshots, 2);
	/* Every entry was either read or counted as lost; LOST itself is no entry of the record. */
	KUNIT_EXPECT_EQ(test, f->replay->entries - 1 + f->replay->lost + f->began,
			record->head);
}

/* A record that was tampered with is not believed. */
static void record_difference_test(struct kunit *test)
{
	struct mock *mock = busy(test, 5);
	struct follow *f = follow(mock, true);
	unsigned int i, n, other;
	int slices = 20;

	while (slices--)
		mock_slice(mock, 0, 100);
	n = vfarb_record_read(&f->reader, f->entry, BATCH);
	for (i = n; i--;)
		if (f->entry[i].type == VFARB_RECORD_GRANT)
			break;
	KUNIT_ASSERT_GT(test, i, 0);
	other = (f->entry[i].fn + 1) % 5;
	swap(f->entry[i].fn, other);
	for (i = 0; i < n; i++)
		if (vfarb_replay_entry(f->replay, &f->entry[i]) != VFARB_REPLAY_OK)
			break;
	KUNIT_ASSERT_LT(test, i, n);
	KUNIT_EXPECT_STREQ(test, f->replay->difference.what, "winner");
	KUNIT_EXPECT_EQ(test, f->replay->difference.replayed, other);
}

/* What random bytes do to a replay: nothing but a verdict. */
static void record_nonsense_test(struct kunit *test)
{
	struct mock *mock = busy(test, 5);
	struct follow *f = follow(mock, true);
	u64 seed = 7, i, n;

	for (i = 0; i < 100; i++)
		mock_slice(mock, 0, 100);
	n = vfarb_record_read(&f->reader, f->entry, BATCH);
	for (i = 0; i < 50000; i++) {
		struct vfarb_record_entry entry = f->entry[i % n];
		u8 *byte = (u8 *)&entry;

		if (draw(&seed, 4) == 0)
			byte[draw(&seed, 4)] = draw(&seed, 256);
		if (draw(&seed, 8) == 0)
			byte[draw(&seed, sizeof(entry))] ^= 1 << draw(&seed, 8);
		vfarb_replay_entry(f->replay, &entry);
	}
	KUNIT_EXPECT_GT(test, f->replay->differences, 0);
}

static u64 slices_ns(struct mock *mock, unsigned int slices)
{
	unsigned long flags;
	u64 begin, sum = 0;

	while (slices--) {
		mock_switch(mock, 0, 100);
		mock_run(mock, 0, 100000);
		local_irq_save(flags);
		begin = ktime_get_ns();
		mock_end(mock, 0, VFARB_END_EXPIRED);
		sum += ktime_get_ns() - begin;
		local_irq_restore(flags);
	}
	return sum;
}

/* At most 150 ns and 64 bytes of a grant are the record's. */
static void record_cost_test(struct kunit *test)
{
	struct mock *mock = busy(test, 9);
	struct vfarb_record *record = &mock->accel->engine[0].record;
	struct vfarb_record_entry *ring = record->ring;
	u64 with, without, head;
	const int slices = 1000;

	slices_ns(mock, 100);
	head = record->head;
	with = slices_ns(mock, slices);
	/* Debug kernels are slow: the arbiter looks at slices that run, an entry each. */
	if (!IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_KCSAN))
		KUNIT_EXPECT_LE(test, (record->head - head) * sizeof(*ring), slices * 64);
	KUNIT_EXPECT_GT(test, record->head - head, slices);
	record->ring = NULL;
	without = slices_ns(mock, slices);
	record->ring = ring;
	kunit_info(test, "a grant: %llu ns, of these for the record %lld ns", with / slices,
		   (s64)(with - without) / slices);
	if (IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) || IS_ENABLED(CONFIG_LOCKDEP))
		return;
	KUNIT_EXPECT_LE(test, (s64)(with - without), 150 * slices);
}

/*
 * A member of a line is in snapshots unless it is here: that is a decision, not an oversight. What
 * a cap comes to is recorded as a reason why the line may not run.
 */
#define STATISTICS(member)							\
	member(idle_choice_ns) member(idle_caused_ns) member(capped_ns) member(error_ns)	\
	member(overruns) member(overrun_ns) member(early) member(charges)	\
	member(cap) member(cap_until_ns) member(cap_rem)

static void record_members_test(struct kunit *test)
{
	struct vfarb_line *line = kunit_kzalloc(test, 2 * sizeof(*line), GFP_KERNEL);
	struct vfarb_line *copy = line + 1;
	struct vfarb_state_line state;

	KUNIT_ASSERT_NOT_NULL(test, line);
	/* A byte that is valid for a bool; padding is left 0. */
#define SET_ONE(name)	memset(&line->name, 1, sizeof(line->name));
	VFARB_STATE_LINE(SET_ONE)
	vfarb_state_save_line(&state, line);
	vfarb_state_load_line(&state, copy);
	KUNIT_EXPECT_EQ(test, memcmp(line, copy, sizeof(*line)), 0);
#define SIZE(name)	+ sizeof(line->name)
	/*
	 * Whatever is neither one nor the other makes the structure larger than this; two members
	 * of four bytes have a hole beside them.
	 */
	KUNIT_EXPECT_LE(test, sizeof(*line),
			ALIGN(8 VFARB_STATE_LINE(SIZE) STATISTICS(SIZE), 8));
}

static struct kunit_case record_cases[] = {
	KUNIT_CASE(record_replay_test),
	KUNIT_CASE(record_overrun_test),
	KUNIT_CASE(record_difference_test),
	KUNIT_CASE(record_nonsense_test),
	KUNIT_CASE(record_cost_test),
	KUNIT_CASE(record_members_test),
	{}
};

struct kunit_suite vfarb_record_suite = {
	.name = "vfarb_record",
	.exit = mock_exit,
	.test_cases = record_cases,
};
