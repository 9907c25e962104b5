// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on demand, in debugfs: how real devices break, at will and the same
 * way each time. All are off until written to. See
 * Documentation/software-accelerator.rst.
 */
#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/uaccess.h>

#include "emu.h"

#define RATE_ALWAYS		1000000
#define LATE_NS			100000
#define REPEAT_NS		2000
#define STORM_IRQS		1000
#define SEED			1

static const char * const names[EMU_FAULTS] = {
	[EMU_FAULT_IRQ_LOST]		= "irq_lost",
	[EMU_FAULT_IRQ_LATE]		= "irq_late",
	[EMU_FAULT_IRQ_DUPLICATE]	= "irq_duplicate",
	[EMU_FAULT_IRQ_STORM]		= "irq_storm",
	[EMU_FAULT_DEAF]		= "deaf",
	[EMU_FAULT_HANG]		= "hang",
	[EMU_FAULT_RUN_TIME]		= "run_time",
	[EMU_FAULT_TIME_BACKWARDS]	= "time_backwards",
	[EMU_FAULT_EVENT_TYPE]		= "event_type",
	[EMU_FAULT_EVENT_FN]		= "event_fn",
	[EMU_FAULT_EVENT_ENGINE]	= "event_engine",
	[EMU_FAULT_EVENT_SEQ]		= "event_seq",
	[EMU_FAULT_EVENT_LOST]		= "event_lost",
	[EMU_FAULT_RESET_LOST]		= "reset_lost",
	[EMU_FAULT_REMOVAL]		= "removal",
};

/* A linear congruential generator: what it gives depends on the seed alone. */
static u32 next_random(struct emu_faults *faults)
{
	faults->random = faults->random * 6364136223846793005ull + 1442695040888963407ull;
	return faults->random >> 33;
}

static bool concerns(const struct emu_fault *fault, int engine, int fn)
{
	return fault->on && (fault->engine < 0 || fault->engine == engine) &&
	       (fault->fn < 0 || fault->fn == fn);
}

/* The rest of emu_fault_hits(). */
bool emu_fault_draw(struct emu_accel *accel, enum emu_fault_id id, int engine, int fn, u64 *value)
{
	struct emu_faults *faults = &accel->faults;
	struct emu_fault *fault = &faults->fault[id];
	unsigned long flags;
	bool hits = false;

	raw_spin_lock_irqsave(&faults->lock, flags);
	if (concerns(fault, engine, fn) && fault->chances++ >= fault->after &&
	    (fault->rate >= RATE_ALWAYS || next_random(faults) % RATE_ALWAYS < fault->rate)) {
		hits = true;
		fault->hits++;
		*value = fault->value;
		if (fault->count && !--fault->count)
			WRITE_ONCE(fault->on, false);
	}
	raw_spin_unlock_irqrestore(&faults->lock, flags);
	return hits;
}

/* Raise an interrupt later, and again. If there are too many of those, it is lost. */
static void raise_at(struct emu_accel *accel, u64 delay_ns, u64 repeat, unsigned int fn,
		     unsigned int vector)
{
	u64 due = emu_now(accel) + delay_ns;
	struct emu_late_irq *late;
	unsigned long flags;

	raw_spin_lock_irqsave(&accel->late_lock, flags);
	if (accel->late_irqs < EMU_LATE_IRQS) {
		late = &accel->late_irq[accel->late_irqs++];
		late->due_ns = due;
		late->repeat = repeat;
		late->fn = fn;
		late->vector = vector;
		if (!hrtimer_is_queued(&accel->late_timer) ||
		    due < ktime_to_ns(hrtimer_get_expires(&accel->late_timer)) - accel->epoch_ns)
			hrtimer_start(&accel->late_timer, ns_to_ktime(accel->epoch_ns + due),
				      HRTIMER_MODE_ABS_PINNED_HARD);
	}
	raw_spin_unlock_irqrestore(&accel->late_lock, flags);
}

/* Take one interrupt that is due, and say when the next is. */
static bool take_late(struct emu_accel *accel, struct emu_late_irq *taken, u64 *next)
{
	u64 now = emu_now(accel);
	struct emu_late_irq *late;
	bool found = false;
	unsigned long flags;
	unsigned int i;

	*next = EMU_NEVER;
	raw_spin_lock_irqsave(&accel->late_lock, flags);
	for (i = 0; i < accel->late_irqs; i++) {
		late = &accel->late_irq[i];
		if (!found && late->due_ns <= now) {
			found = true;
			*taken = *late;
			if (late->repeat) {
				late->repeat--;
				late->due_ns = now + REPEAT_NS;
			} else {
				*late = accel->late_irq[--accel->late_irqs];
				i--;
				continue;
			}
		}
		*next = min(*next, late->due_ns);
	}
	if (!found && *next != EMU_NEVER)
		hrtimer_start(&accel->late_timer, ns_to_ktime(accel->epoch_ns + *next),
			      HRTIMER_MODE_ABS_PINNED_HARD);
	raw_spin_unlock_irqrestore(&accel->late_lock, flags);
	return found;
}

static enum hrtimer_restart late_timer(struct hrtimer *timer)
{
	struct emu_accel *accel = container_of(timer, struct emu_accel, late_timer);
	struct emu_late_irq late;
	u64 next;

	/* What is due when it is taken; a storm's next never is, so this ends. */
	while (take_late(accel, &late, &next))
		emu_msix_deliver(accel->fn[late.fn], late.vector);
	return HRTIMER_NORESTART;
}

/* Return: true if the interrupt is not to be delivered now. */
bool emu_fault_takes_irq(struct emu_fn *fn, unsigned int vector)
{
	int engine = (int)vector - (fn->nr ? 0 : 1);
	struct emu_accel *accel = fn->accel;
	u64 value;

	if (emu_fault_hits(accel, EMU_FAULT_IRQ_LOST, engine, fn->nr, &value))
		return true;
	if (emu_fault_hits(accel, EMU_FAULT_IRQ_LATE, engine, fn->nr, &value)) {
		raise_at(accel, value ?: LATE_NS, 0, fn->nr, vector);
		return true;
	}
	if (emu_fault_hits(accel, EMU_FAULT_IRQ_DUPLICATE, engine, fn->nr, &value))
		raise_at(accel, value ?: REPEAT_NS, 0, fn->nr, vector);
	if (emu_fault_hits(accel, EMU_FAULT_IRQ_STORM, engine, fn->nr, &value))
		raise_at(accel, REPEAT_NS, (value ?: STORM_IRQS) - 1, fn->nr, vector);
	return false;
}

static int parse_word(struct emu_fault *fault, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (!strcmp(word, "rate"))
		return kstrtou32(value, 0, &fault->rate);
	if (!strcmp(word, "after"))
		return kstrtou64(value, 0, &fault->after);
	if (!strcmp(word, "count"))
		return kstrtou64(value, 0, &fault->count);
	if (!strcmp(word, "fn"))
		return kstrtoint(value, 0, &fault->fn);
	if (!strcmp(word, "engine"))
		return kstrtoint(value, 0, &fault->engine);
	if (!strcmp(word, "value"))
		return kstrtou64(value, 0, &fault->value);
	return -EINVAL;
}

/* "off", or "on" and any of rate=, after=, count=, fn=, engine=, value=. */
static int parse(struct emu_fault *fault, char *text)
{
	char *word;
	int ret;

	*fault = (struct emu_fault){ .rate = RATE_ALWAYS, .fn = -1, .engine = -1 };
	word = strsep(&text, " ");
	if (!strcmp(word, "off"))
		return text ? -EINVAL : 0;
	if (strcmp(word, "on"))
		return -EINVAL;
	fault->on = true;
	while ((word = strsep(&text, " "))) {
		if (!*word)
			continue;
		ret = parse_word(fault, word);
		if (ret)
			return ret;
	}
	return fault->rate > RATE_ALWAYS ? -ERANGE : 0;
}

static int fault_show(struct seq_file *file, void *unused)
{
	struct emu_fault *shown = file->private;
	struct emu_fault fault;

	raw_spin_lock_irq(&shown->faults->lock);
	fault = *shown;
	raw_spin_unlock_irq(&shown->faults->lock);
	seq_printf(file,
		   "%s rate=%u after=%llu count=%llu fn=%d engine=%d value=%llu chances=%llu hits=%llu\n",
		   str_on_off(fault.on), fault.rate, fault.after, fault.count, fault.fn,
		   fault.engine, fault.value, fault.chances, fault.hits);
	return 0;
}

static ssize_t fault_write(struct file *file, const char __user *data, size_t count,
			   loff_t *position)
{
	struct emu_fault *fault = ((struct seq_file *)file->private_data)->private;
	struct emu_faults *faults = fault->faults;
	struct emu_fault parsed;
	char *text;
	int ret;

	if (count > PAGE_SIZE)
		return -EINVAL;
	text = memdup_user_nul(data, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (fault == &faults->fault[EMU_FAULT_REMOVAL] && sysfs_streq(text, "now")) {
		emu_accel_vanish(container_of(faults, struct emu_accel, faults));
		ret = 0;
	} else {
		ret = parse(&parsed, strim(text));
		parsed.faults = faults;
	}
	if (!ret && !sysfs_streq(text, "now")) {
		raw_spin_lock_irq(&faults->lock);
		*fault = parsed;
		raw_spin_unlock_irq(&faults->lock);
	}
	kfree(text);
	return ret ?: count;
}

static int fault_open(struct inode *inode, struct file *file)
{
	return single_open(file, fault_show, inode->i_private);
}

static const struct file_operations fault_fops = {
	.owner		= THIS_MODULE,
	.open		= fault_open,
	.read		= seq_read,
	.write		= fault_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static int seed_get(void *data, u64 *value)
{
	struct emu_faults *faults = data;

	raw_spin_lock_irq(&faults->lock);
	*value = faults->random;
	raw_spin_unlock_irq(&faults->lock);
	return 0;
}

static int seed_set(void *data, u64 value)
{
	struct emu_faults *faults = data;

	raw_spin_lock_irq(&faults->lock);
	faults->random = value;
	raw_spin_unlock_irq(&faults->lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(seed_fops, seed_get, seed_set, "%llu\n");

void emu_fault_init(struct emu_accel *accel)
{
	struct emu_faults *faults = &accel->faults;
	unsigned int id;

	raw_spin_lock_init(&faults->lock);
	raw_spin_lock_init(&accel->late_lock);
	vfarb_hrtimer_setup(&accel->late_timer, late_timer, CLOCK_MONOTONIC,
			    HRTIMER_MODE_ABS_PINNED_HARD);
	faults->random = SEED;
	for (id = 0; id < EMU_FAULTS; id++)
		faults->fault[id] = (struct emu_fault){
			.faults = faults, .rate = RATE_ALWAYS, .fn = -1, .engine = -1,
		};
}

void emu_fault_debugfs(struct emu_accel *accel)
{
	struct dentry *dir = debugfs_create_dir("fault", accel->debugfs);
	unsigned int id;

	for (id = 0; id < EMU_FAULTS; id++)
		debugfs_create_file(names[id], 0600, dir, &accel->faults.fault[id], &fault_fops);
	debugfs_create_file_unsafe("seed", 0600, dir, &accel->faults, &seed_fops);
}

/* No fault happens any more, and none is under way. The files are gone. */
void emu_fault_stop(struct emu_accel *accel)
{
	unsigned long flags;
	unsigned int id;

	for (id = 0; id < EMU_FAULTS; id++)
		WRITE_ONCE(accel->faults.fault[id].on, false);
	raw_spin_lock_irqsave(&accel->late_lock, flags);
	accel->late_irqs = 0;
	raw_spin_unlock_irqrestore(&accel->late_lock, flags);
	hrtimer_cancel(&accel->late_timer);
}
