// SPDX-License-Identifier: GPL-2.0
/*
 * The decision record: a ring per engine, written under the engine's lock by
 * those who hold it anyway, read by anyone without a lock.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "../compat.h"
#include "accel.h"
#include "arbiter.h"
#include "record.h"
#include "state.h"

static unsigned int record_entries = 16384;
module_param(record_entries, uint, 0444);
MODULE_PARM_DESC(record_entries,
		 "entries of 32 bytes that every engine's record keeps; 0 records nothing");

#define ENTRIES_MAX	(1u << 22)

/* Entries that state of so many bytes takes. */
#define STATE_ENTRIES(bytes)	DIV_ROUND_UP(bytes, VFARB_RECORD_STATE_BYTES)
#define ENGINE_ENTRIES		STATE_ENTRIES(sizeof(struct vfarb_state_engine))
#define LINE_ENTRIES		STATE_ENTRIES(sizeof(struct vfarb_state_line))

/* Entries copied in one go for a reader. */
#define READ_BATCH	128u

static void put(struct vfarb_record *record, u8 type, u8 arg, u16 fn, u32 val, u64 time, u64 x,
		u64 y)
{
	u64 head = record->head;
	u64 *word;

	if (unlikely(!record->ring))
		return;
	BUILD_BUG_ON(sizeof(struct vfarb_record_entry) != 4 * sizeof(*word));
	word = (u64 *)&record->ring[head & (record->size - 1)];
	/* A reader that sees any of this sees the head that says it is being overwritten. */
	smp_wmb();
#ifdef __LITTLE_ENDIAN
	WRITE_ONCE(word[0], type | (u64)arg << 8 | (u64)fn << 16 | (u64)val << 32);
#else
	WRITE_ONCE(word[0], (u64)type << 56 | (u64)arg << 48 | (u64)fn << 32 | val);
#endif
	WRITE_ONCE(word[1], time);
	WRITE_ONCE(word[2], x);
	WRITE_ONCE(word[3], y);
	/* Pairs with the acquire of a reader: what head counts is written. */
	smp_store_release(&record->head, head + 1);
}

static u16 holder(const struct vfarb_engine *engine)
{
	return engine->current_seat ? engine->current_seat->line.fn : VFARB_RECORD_FN_NONE;
}

/**
 * vfarb_record_charged - the ledger took a charge that an entry is yet to tell
 * @engine: the engine
 * @run_ns: running time
 * @switch_ns: switching time
 *
 * A grant's switching is charged when it starts, but costs no entry of its own.
 */
void vfarb_record_charged(struct vfarb_engine *engine, u64 run_ns, u64 switch_ns)
{
	engine->record.run_ns += run_ns;
	engine->record.switch_ns += switch_ns;
	engine->record.untold = true;
}

static void told(struct vfarb_record *record)
{
	record->run_ns = 0;
	record->switch_ns = 0;
	record->untold = false;
}

/**
 * vfarb_record_charge - tell what was charged since it was last told
 * @engine: the engine
 */
void vfarb_record_charge(struct vfarb_engine *engine)
{
	struct vfarb_record *record = &engine->record;

	if (!record->untold)
		return;
	put(record, VFARB_RECORD_CHARGE, 0, holder(engine), 0, engine->ledger.clock_ns,
	    record->run_ns, record->switch_ns);
	told(record);
}

/**
 * vfarb_record_slice - a slice ended and was charged
 * @engine: the engine
 * @end: what the provider said
 * @time_ns: what was believed of that
 * @error_ns: what was believed of that
 * @flags: VFARB_RECORD_BACKLOGGED, _LEFT, _JOINED as it will be
 */
void vfarb_record_slice(struct vfarb_engine *engine, const struct vfarb_slice_end *end,
			u64 time_ns, u64 error_ns, u8 flags)
{
	struct vfarb_record *record = &engine->record;
	u64 run_ns = record->run_ns, switch_ns = record->switch_ns, size_ns = end->head_size_ns;
	u64 age_ns = end->head_time_ns ? time_ns - end->head_time_ns : 0;

	if (unlikely((run_ns | switch_ns | error_ns | size_ns | age_ns) >> 32)) {
		put(record, VFARB_RECORD_WIDE, 0, holder(engine), 0, error_ns, run_ns, switch_ns);
		put(record, VFARB_RECORD_WIDE, 1, holder(engine), 0, time_ns, size_ns, age_ns);
	}
	/* Who comes back at the end of its own slice has an entry of its own for that. */
	if (unlikely(flags & VFARB_RECORD_JOINED))
		flags = engine->current_seat->line.backlogged ? VFARB_RECORD_BACKLOGGED : 0;
	put(record, VFARB_RECORD_SLICE,
	    flags | (end->provenance & 3) << 4 | (end->reason & 0xf), holder(engine), error_ns,
	    time_ns, (u32)run_ns | switch_ns << 32, (u32)size_ns | age_ns << 32);
	told(record);
}

/**
 * vfarb_record_grant - the pick decided
 * @engine: the engine
 * @choice: what; the winner may be nobody
 * @now_ns: engine clock
 */
void vfarb_record_grant(struct vfarb_engine *engine, const struct vfarb_choice *choice, u64 now_ns)
{
	const struct vfarb_line *winner = choice->winner, *second = choice->runner_up;
	u32 waiting = 0;
	int i;

	for (i = 0; i < VFARB_PRIORITIES; i++)
		waiting += engine->pick.heap[i].count + engine->pick.late[i].count;
	put(&engine->record, VFARB_RECORD_GRANT, choice->rule,
	    winner ? winner->fn : VFARB_RECORD_FN_NONE,
	    (second ? second->fn : VFARB_RECORD_FN_NONE) | waiting << 16, now_ns,
	    winner ? winner->designated_ns : 0,
	    winner && second ? second->vtime - winner->vtime : 0);
}

/**
 * vfarb_record_drop - nobody holds the engine, and no choice was made
 * @engine: the engine
 * @refused: because the provider refused the grant
 */
void vfarb_record_drop(struct vfarb_engine *engine, bool refused)
{
	put(&engine->record, VFARB_RECORD_DROP, refused, VFARB_RECORD_FN_NONE, 0,
	    engine->ledger.clock_ns, 0, 0);
}

/**
 * vfarb_record_add - a line was added
 * @engine: the engine
 * @line: the line
 * @now_ns: engine clock
 */
void vfarb_record_add(struct vfarb_engine *engine, const struct vfarb_line *line, u64 now_ns)
{
	put(&engine->record, VFARB_RECORD_ADD, line->priority, line->fn, line->volume, now_ns,
	    line->designated_ns, line->order);
}

/**
 * vfarb_record_remove - a line is about to be removed
 * @engine: the engine
 * @fn: whose
 */
void vfarb_record_remove(struct vfarb_engine *engine, u32 fn)
{
	vfarb_record_charge(engine);
	put(&engine->record, VFARB_RECORD_REMOVE, 0, fn, 0, engine->ledger.clock_ns, 0, 0);
}

/**
 * vfarb_record_set - backlog or permission of a line is about to change
 * @engine: the engine
 * @line: the line as it was
 * @flags: VFARB_RECORD_BACKLOGGED, _LEFT, _JOINED as it will be
 * @blocked: as it will be
 * @ahead_ns: running time that is entitled before
 * @now_ns: engine clock
 */
void vfarb_record_set(struct vfarb_engine *engine, const struct vfarb_line *line, u8 flags,
		      u32 blocked, u64 ahead_ns, u64 now_ns)
{
	put(&engine->record, VFARB_RECORD_SET, flags, line->fn, blocked, now_ns, ahead_ns,
	    line->head_size_ns);
}

/**
 * vfarb_record_reprice - volume or priority of a line is about to change
 * @engine: the engine
 * @line: the line
 * @volume: as it will be
 * @priority: as it will be
 * @joined: it leaves before and joins after that
 */
void vfarb_record_reprice(struct vfarb_engine *engine, const struct vfarb_line *line, u32 volume,
			  u8 priority, bool joined)
{
	put(&engine->record, VFARB_RECORD_REPRICE,
	    priority | (joined ? VFARB_RECORD_LEFT | VFARB_RECORD_JOINED : 0), line->fn, volume,
	    engine->ledger.clock_ns, 0, 0);
}

/**
 * vfarb_record_slice_set - the designated slice of a line changed
 * @engine: the engine
 * @line: the line
 */
void vfarb_record_slice_set(struct vfarb_engine *engine, const struct vfarb_line *line)
{
	put(&engine->record, VFARB_RECORD_DESIGNATED, 0, line->fn, 0, engine->ledger.clock_ns,
	    line->designated_ns, 0);
}

/**
 * vfarb_record_policy - the policy is about to change
 * @engine: the engine
 * @policy: enum vfarb_policy
 * @order: enum vfarb_order
 */
void vfarb_record_policy(struct vfarb_engine *engine, u32 policy, u32 order)
{
	put(&engine->record, VFARB_RECORD_POLICY, policy, VFARB_RECORD_FN_NONE, order,
	    engine->ledger.clock_ns, 0, 0);
}

/**
 * vfarb_record_settle - entitlements of some lines were settled
 * @engine: the engine
 * @from: function number
 * @to: the one after the last
 */
void vfarb_record_settle(struct vfarb_engine *engine, u32 from, u32 to)
{
	put(&engine->record, VFARB_RECORD_SETTLE, 0, from, to, engine->ledger.clock_ns, 0, 0);
}

/**
 * vfarb_record_idle - idle time was closed before work came
 * @engine: the engine
 */
void vfarb_record_idle(struct vfarb_engine *engine)
{
	put(&engine->record, VFARB_RECORD_CHARGE, VFARB_RECORD_NO_WORK, VFARB_RECORD_FN_NONE, 0,
	    engine->ledger.clock_ns, 0, 0);
}

/**
 * vfarb_record_event - something happened that explains what follows
 * @engine: the engine
 * @fn: whom it is about
 * @type: enum vfarb_ev_type
 * @code: more of that
 * @now_ns: engine clock
 * @x: value
 * @y: value
 */
void vfarb_record_event(struct vfarb_engine *engine, u32 fn, u32 type, u32 code, u64 now_ns, u64 x,
			u64 y)
{
	put(&engine->record, VFARB_RECORD_EVENT, code, fn, type, now_ns, x, y);
}

static void put_state(struct vfarb_record *record, const void *state, size_t bytes, u32 *number)
{
	const u8 *from = state;
	u64 word[3];

	while (bytes) {
		size_t part = min_t(size_t, bytes, sizeof(word));

		word[2] = 0;
		word[1] = 0;
		memcpy(word, from, part);
		put(record, VFARB_RECORD_STATE, 0, VFARB_RECORD_FN_NONE, (*number)++, word[0],
		    word[1], word[2]);
		from += part;
		bytes -= part;
	}
}

/* Everything that choices depend on, at one moment. */
static void snapshot(struct vfarb_engine *engine)
{
	struct vfarb_record *record = &engine->record;
	struct vfarb_state_grant grant = {
		.fn = holder(engine),
		.slice_ns = engine->designated_ns,
		.charged = engine->charged,
	};
	struct vfarb_state_engine state;
	struct vfarb_state_line line;
	u32 fn, lines = 0, number = 0;

	lockdep_assert_held(&engine->lock);
	if (!record->ring)
		return;
	vfarb_record_charge(engine);
	for (fn = 0; fn < engine->fns; fn++)
		lines += !!engine->seat[fn];
	record->snapshot[record->snapshots++ % VFARB_RECORD_SNAPSHOTS] = record->head;
	put(record, VFARB_RECORD_SNAPSHOT, VFARB_RECORD_VERSION, grant.fn, lines,
	    engine->ledger.clock_ns, sizeof(state), sizeof(line));
	vfarb_state_save_engine(&state, &grant, &engine->pick, &engine->ledger);
	put_state(record, &state, sizeof(state), &number);
	for (fn = 0; fn < engine->fns; fn++) {
		if (!engine->seat[fn])
			continue;
		vfarb_state_save_line(&line, &engine->seat[fn]->line);
		put_state(record, &line, sizeof(line), &number);
	}
	record->snapshot_end = record->head;
}

/* Most entries that a snapshot takes. */
static u32 snapshot_entries(const struct vfarb_engine *engine)
{
	return 2 + ENGINE_ENTRIES + engine->fns * LINE_ENTRIES;
}

/**
 * vfarb_record_start - the engine's ledger was opened
 * @engine: the engine, not granted yet
 */
void vfarb_record_start(struct vfarb_engine *engine)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	snapshot(engine);
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

/**
 * vfarb_record_tick - what the kthread does for the record from time to time
 * @engine: the engine
 *
 * Context: process.
 */
void vfarb_record_tick(struct vfarb_engine *engine)
{
	struct vfarb_record *record = &engine->record;
	unsigned long flags;

	if (!record->ring)
		return;
	raw_spin_lock_irqsave(&engine->lock, flags);
	/* So that one whole snapshot, and what came after it, is always there. */
	if (record->head - record->snapshot_end >=
	    (record->size - 2 * snapshot_entries(engine)) / 4)
		snapshot(engine);
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	if (wq_has_sleeper(&record->wait))
		wake_up_interruptible_all(&record->wait);
}

/**
 * vfarb_record_init - make room for a record
 * @engine: the engine
 *
 * Return: 0 or -ENOMEM.
 */
int vfarb_record_init(struct vfarb_engine *engine)
{
	struct vfarb_record *record = &engine->record;

	init_waitqueue_head(&record->wait);
	if (!record_entries)
		return 0;
	record->size = roundup_pow_of_two(clamp(record_entries, 2 * snapshot_entries(engine) + 64,
						ENTRIES_MAX));
	record->ring = vzalloc(array_size(record->size, sizeof(*record->ring)));
	return record->ring ? 0 : -ENOMEM;
}

/**
 * vfarb_record_free - undo vfarb_record_init()
 * @engine: the engine, without readers
 */
void vfarb_record_free(struct vfarb_engine *engine)
{
	vfree(engine->record.ring);
}

/**
 * vfarb_record_end - no more comes
 * @engine: the engine, stopped
 *
 * Context: process.
 */
void vfarb_record_end(struct vfarb_engine *engine)
{
	WRITE_ONCE(engine->record.over, true);
	wake_up_interruptible_all(&engine->record.wait);
}

/* Where a reader that lost its place goes on: the newest snapshot, if it will not be gone soon. */
static u64 place_again(struct vfarb_engine *engine)
{
	struct vfarb_record *record = &engine->record;
	unsigned long flags;
	u64 place;

	raw_spin_lock_irqsave(&engine->lock, flags);
	place = record->snapshot[(record->snapshots - 1) % VFARB_RECORD_SNAPSHOTS];
	if (!record->snapshots || record->head - place > record->size / 2) {
		snapshot(engine);
		place = record->snapshot[(record->snapshots - 1) % VFARB_RECORD_SNAPSHOTS];
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	return place;
}

/**
 * vfarb_record_begin - find the place to read from
 * @reader: out
 * @engine: whose record; with a reference to its accelerator
 * @from_now: a new snapshot instead of the oldest kept
 *
 * Context: process.
 */
void vfarb_record_begin(struct vfarb_record_reader *reader, struct vfarb_engine *engine,
			bool from_now)
{
	struct vfarb_record *record = &engine->record;
	unsigned long flags;
	u64 i, kept;

	reader->engine = engine;
	raw_spin_lock_irqsave(&engine->lock, flags);
	kept = min_t(u64, record->snapshots, VFARB_RECORD_SNAPSHOTS);
	for (i = record->snapshots - kept; !from_now && i < record->snapshots; i++) {
		reader->next = record->snapshot[i % VFARB_RECORD_SNAPSHOTS];
		/* One that is about to be overwritten is as good as lost. */
		if (record->head - reader->next < record->size - record->size / 8)
			goto out;
	}
	if (record->ring) {
		vfarb_record_charge(engine);
		reader->next = record->head;
		snapshot(engine);
	}
out:
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}
VFARB_EXPORT_FOR_TESTS(vfarb_record_begin);

static bool lost_place(const struct vfarb_record *record, u64 next)
{
	/* The oldest may be in the course of being overwritten. */
	return READ_ONCE(record->head) - next > record->size - 1;
}

/**
 * vfarb_record_read - copy entries
 * @reader: where it was
 * @entry: out
 * @most: room there, at least 1
 *
 * Never waits, and never makes those who write wait, but for a snapshot after
 * it lost its place.
 *
 * Return: how many entries.
 */
unsigned int vfarb_record_read(struct vfarb_record_reader *reader,
			       struct vfarb_record_entry *entry, unsigned int most)
{
	struct vfarb_record *record = &reader->engine->record;
	unsigned int i, n;
	const u64 *from;
	u64 head, *to = (u64 *)entry;

	if (!record->ring)
		return 0;
	/* Pairs with the release of the writer. */
	head = smp_load_acquire(&record->head);
	if (!lost_place(record, reader->next)) {
		n = min_t(u64, head - reader->next, most);
		for (i = 0; i < n; i++, to += 4) {
			from = (u64 *)&record->ring[(reader->next + i) & (record->size - 1)];
			to[0] = READ_ONCE(from[0]);
			to[1] = READ_ONCE(from[1]);
			to[2] = READ_ONCE(from[2]);
			to[3] = READ_ONCE(from[3]);
		}
		/* Pairs with the smp_wmb() of the writer. */
		smp_rmb();
		if (!lost_place(record, reader->next)) {
			reader->next += n;
			return n;
		}
	}
	head = place_again(reader->engine);
	*entry = (struct vfarb_record_entry) {
		.type = VFARB_RECORD_LOST,
		.fn = VFARB_RECORD_FN_NONE,
		.x = head - reader->next,
	};
	reader->next = head;
	return 1;
}
VFARB_EXPORT_FOR_TESTS(vfarb_record_read);

/**
 * struct record_file - an open /dev/vfarb/record
 * @lock: serialises reads; protects all below
 * @accel: whose engine it reads, NULL before it attached
 * @reader: its place
 * @head: what it reads first
 * @head_done: bytes of that it has
 * @entry: entries on their way to user space
 */
struct record_file {
	struct mutex lock;
	struct vfarb_accel *accel;
	struct vfarb_record_reader reader;
	struct vfarb_record_head head;
	bool head_done;
	struct vfarb_record_entry entry[READ_BATCH];
};

static int record_open(struct inode *inode, struct file *file)
{
	struct record_file *rf;

	rf = kzalloc(sizeof(*rf), GFP_KERNEL_ACCOUNT);
	if (!rf)
		return -ENOMEM;
	mutex_init(&rf->lock);
	file->private_data = rf;
	return stream_open(inode, file);
}

static int record_release(struct inode *inode, struct file *file)
{
	struct record_file *rf = file->private_data;

	if (rf->accel)
		vfarb_accel_put(rf->accel);
	mutex_destroy(&rf->lock);
	kfree(rf);
	return 0;
}

static long attach(struct record_file *rf, const struct vfarb_record_attach *want)
{
	struct vfarb_engine *engine;
	struct vfarb_accel *accel;
	unsigned long flags;

	if (want->flags & ~VFARB_RECORD_FROM_NOW || want->reserved)
		return -EINVAL;
	if (rf->accel)
		return -EBUSY;
	accel = vfarb_accel_get(want->accel);
	engine = accel ? vfarb_accel_engine(accel, want->engine) : NULL;
	if (!engine || !engine->record.ring) {
		if (accel)
			vfarb_accel_put(accel);
		return engine ? -EOPNOTSUPP : -ENODEV;
	}
	vfarb_record_begin(&rf->reader, engine, want->flags & VFARB_RECORD_FROM_NOW);
	rf->head = (struct vfarb_record_head) {
		.magic = VFARB_RECORD_MAGIC,
		.version = VFARB_RECORD_VERSION,
		.head_size = sizeof(rf->head),
		.entry_size = sizeof(*rf->entry),
		.accel = accel->id,
		.engine = engine->index,
		.fns = engine->fns,
		.entries = engine->record.size,
		.first = rf->reader.next,
		.realtime_ns = ktime_get_real_ns(),
	};
	raw_spin_lock_irqsave(&engine->lock, flags);
	rf->head.engine_ns = engine->ledger.clock_ns;
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	rf->accel = accel;
	return 0;
}

static long record_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct record_file *rf = file->private_data;
	struct vfarb_record_attach want;
	long ret;

	if (command != VFARB_RECORD_ATTACH)
		return -ENOTTY;
	if (copy_from_user(&want, (void __user *)arg, sizeof(want)))
		return -EFAULT;
	mutex_lock(&rf->lock);
	ret = attach(rf, &want);
	mutex_unlock(&rf->lock);
	return ret;
}

static bool anything_new(const struct record_file *rf)
{
	const struct vfarb_record *record = &rf->reader.engine->record;

	return READ_ONCE(record->head) != rf->reader.next || READ_ONCE(record->over);
}

static ssize_t read_some(struct record_file *rf, char __user *to, size_t bytes)
{
	size_t most = min_t(size_t, bytes / sizeof(*rf->entry), READ_BATCH);
	unsigned int n;

	if (!rf->head_done) {
		if (bytes < sizeof(rf->head))
			return -EINVAL;
		if (copy_to_user(to, &rf->head, sizeof(rf->head)))
			return -EFAULT;
		rf->head_done = true;
		return sizeof(rf->head);
	}
	if (!most)
		return -EINVAL;
	n = vfarb_record_read(&rf->reader, rf->entry, most);
	if (copy_to_user(to, rf->entry, n * sizeof(*rf->entry)))
		return -EFAULT;
	return n * sizeof(*rf->entry);
}

static ssize_t record_read(struct file *file, char __user *to, size_t bytes, loff_t *offset)
{
	struct record_file *rf = file->private_data;
	ssize_t done = 0, n;

	if (mutex_lock_interruptible(&rf->lock))
		return -ERESTARTSYS;
	if (!rf->accel)
		done = -ENOTCONN;
	while (!done) {
		/* As much as there is, and at least something. */
		while ((n = read_some(rf, to + done, bytes - done)) > 0) {
			done += n;
			if (bytes - done < sizeof(*rf->entry))
				break;
		}
		if (!done)
			done = n;
		if (done || READ_ONCE(rf->reader.engine->record.over))
			break;
		if (file->f_flags & O_NONBLOCK) {
			done = -EAGAIN;
			break;
		}
		n = wait_event_interruptible(rf->reader.engine->record.wait, anything_new(rf));
		if (n)
			done = n;
	}
	mutex_unlock(&rf->lock);
	return done;
}

static __poll_t record_poll(struct file *file, poll_table *table)
{
	struct record_file *rf = file->private_data;
	__poll_t mask = 0;

	mutex_lock(&rf->lock);
	if (!rf->accel) {
		mask = EPOLLERR;
	} else {
		poll_wait(file, &rf->reader.engine->record.wait, table);
		if (!rf->head_done || anything_new(rf))
			mask = EPOLLIN | EPOLLRDNORM;
	}
	mutex_unlock(&rf->lock);
	return mask;
}

static const struct file_operations record_fops = {
	.owner = THIS_MODULE,
	.open = record_open,
	.release = record_release,
	.unlocked_ioctl = record_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.read = record_read,
	.poll = record_poll,
};

/* For root alone: what a record tells of one tenant is not for another. */
static struct miscdevice record_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfarb-record",
	.nodename = "vfarb/record",
	.mode = 0400,
	.fops = &record_fops,
};

/**
 * vfarb_record_register - offer the records to user space
 *
 * Return: 0 or a negative errno.
 */
int vfarb_record_register(void)
{
	return misc_register(&record_device);
}

/** vfarb_record_unregister - undo vfarb_record_register() */
void vfarb_record_unregister(void)
{
	misc_deregister(&record_device);
}
