// SPDX-License-Identifier: GPL-2.0
/*
 * The device's own log, in debugfs: totals that are exact to the nanosecond,
 * and the last transitions of each engine. It is what the ledger is compared
 * with, so it takes nothing from there.
 */
#include <linux/debugfs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "emu.h"

static struct dentry *root;

static const char * const type_names[] = {
	[EMU_LOG_GRANT] = "grant",
	[EMU_LOG_STARTED] = "started",
	[EMU_LOG_PREEMPT] = "preempt",
	[EMU_LOG_PREEMPTED] = "preempted",
	[EMU_LOG_END] = "end",
	[EMU_LOG_EXTEND] = "extend",
	[EMU_LOG_RESET] = "reset",
	[EMU_LOG_RAISE] = "raise",
};

/* Note a transition; times of the grant so far go with it. */
void emu_log(struct emu_engine *engine, enum emu_log_type type, unsigned int fn, u64 time_ns)
{
	struct emu_log_entry *entry = &engine->log[engine->log_count++ % EMU_LOG_ENTRIES];

	lockdep_assert_held(&engine->lock);
	entry->time_ns = time_ns;
	entry->run_ns = engine->grant_run_ns;
	entry->switching_ns = engine->grant_switching_ns;
	entry->cookie = engine->cookie;
	entry->fn = fn;
	entry->type = type;
	entry->reason = engine->reason;
}

/* The PF touched the engine: its handler runs, if it was raised. */
void emu_log_answer(struct emu_engine *engine)
{
	struct emu_latency *latency = &engine->latency;
	u64 raised = READ_ONCE(engine->raised_ns);
	u64 ns;

	if (!raised)
		return;
	ns = emu_now(engine->accel) - raised;
	WRITE_ONCE(engine->raised_ns, 0);
	latency->count++;
	latency->sum_ns += ns;
	latency->min_ns = min(latency->min_ns, ns);
	latency->max_ns = max(latency->max_ns, ns);
	latency->bucket[min_t(unsigned int, ns ? ilog2(ns) : 0, EMU_LATENCY_BUCKETS - 1)]++;
}

static void show_entry(struct seq_file *file, unsigned int e, const struct emu_log_entry *entry)
{
	seq_printf(file, "event engine %u time_ns %llu %s fn ", e, entry->time_ns,
		   type_names[entry->type]);
	if (entry->fn == EMU_FN_NONE)
		seq_puts(file, "-");
	else
		seq_printf(file, "%u", entry->fn);
	seq_printf(file, " cookie %u run_ns %llu switching_ns %llu reason %u\n", entry->cookie,
		   entry->run_ns, entry->switching_ns, entry->reason);
}

struct emu_totals {
	u64 run_ns[VFARB_MAX_FUNCTIONS];
	u64 run_ticks[VFARB_MAX_FUNCTIONS];
	u64 grants[VFARB_MAX_FUNCTIONS];
	u64 ended[VFARB_MAX_FUNCTIONS];
	struct emu_log_entry log[EMU_LOG_ENTRIES];
};

static void show_engine(struct seq_file *file, struct emu_engine *engine,
			struct emu_totals *totals)
{
	u64 clock, ticks, running, switching, idle, count, i;
	struct emu_accel *accel = engine->accel;
	const struct emu_context *context;
	unsigned long flags;
	unsigned int nr;

	flags = emu_engine_lock(engine);
	clock = engine->mark_ns;
	ticks = engine->mark_ticks;
	running = engine->running_ns;
	switching = engine->switching_ns;
	idle = engine->idle_ns;
	count = engine->log_count;
	for (nr = 0; nr < emu_functions(accel); nr++) {
		context = &accel->fn[nr]->context[engine->nr];
		totals->run_ns[nr] = context->run_ns;
		totals->run_ticks[nr] = context->run_ticks;
		totals->grants[nr] = context->grants;
		totals->ended[nr] = context->ended;
	}
	memcpy(totals->log, engine->log, sizeof(totals->log));
	emu_engine_unlock(engine, flags);

	seq_printf(file,
		   "engine %u clock_ns %llu running_ns %llu switching_ns %llu idle_ns %llu clock_ticks %llu\n",
		   engine->nr, clock, running, switching, idle, ticks);
	for (nr = 0; nr < emu_functions(accel); nr++)
		if (totals->grants[nr] || totals->ended[nr])
			seq_printf(file,
				   "fn %u engine %u run_ns %llu run_ticks %llu grants %llu ended %llu\n",
				   nr, engine->nr, totals->run_ns[nr], totals->run_ticks[nr],
				   totals->grants[nr], totals->ended[nr]);
	for (i = count > EMU_LOG_ENTRIES ? count - EMU_LOG_ENTRIES : 0; i < count; i++)
		show_entry(file, engine->nr, &totals->log[i % EMU_LOG_ENTRIES]);
}

static int log_show(struct seq_file *file, void *unused)
{
	struct emu_accel *accel = file->private;
	struct emu_totals *totals;
	unsigned int e;

	totals = kvmalloc(sizeof(*totals), GFP_KERNEL);
	if (!totals)
		return -ENOMEM;
	for (e = 0; e < accel->params.engines; e++)
		show_engine(file, &accel->engine[e], totals);
	kvfree(totals);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(log);

/*
 * From raising an interrupt to the first access of the PF's handler: an upper
 * bound of the way to the handler.
 */
static int latency_show(struct seq_file *file, void *unused)
{
	struct emu_accel *accel = file->private;
	struct emu_latency latency;
	unsigned long flags;
	unsigned int e, i;

	for (e = 0; e < accel->params.engines; e++) {
		flags = emu_engine_lock(&accel->engine[e]);
		latency = accel->engine[e].latency;
		emu_engine_unlock(&accel->engine[e], flags);
		seq_printf(file, "engine %u count %llu min_ns %llu mean_ns %llu max_ns %llu\n", e,
			   latency.count, latency.count ? latency.min_ns : 0,
			   latency.count ? div64_u64(latency.sum_ns, latency.count) : 0,
			   latency.max_ns);
		for (i = 0; i < EMU_LATENCY_BUCKETS; i++)
			if (latency.bucket[i])
				seq_printf(file, "engine %u from_ns %u count %llu\n", e,
					   i ? 1u << i : 0, latency.bucket[i]);
	}
	return 0;
}

static ssize_t latency_write(struct file *file, const char __user *data, size_t count,
			     loff_t *position)
{
	struct emu_accel *accel = ((struct seq_file *)file->private_data)->private;
	struct emu_latency *latency;
	unsigned long flags;
	unsigned int e;

	for (e = 0; e < accel->params.engines; e++) {
		flags = emu_engine_lock(&accel->engine[e]);
		latency = &accel->engine[e].latency;
		memset(latency, 0, sizeof(*latency));
		latency->min_ns = U64_MAX;
		emu_engine_unlock(&accel->engine[e], flags);
	}
	return count;
}

static int latency_open(struct inode *inode, struct file *file)
{
	return single_open(file, latency_show, inode->i_private);
}

static const struct file_operations latency_fops = {
	.owner		= THIS_MODULE,
	.open		= latency_open,
	.read		= seq_read,
	.write		= latency_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

void emu_log_debugfs(struct emu_accel *accel)
{
	accel->debugfs = debugfs_create_dir(accel->name, root);
	debugfs_create_file("log", 0400, accel->debugfs, accel, &log_fops);
	debugfs_create_file("latency", 0600, accel->debugfs, accel, &latency_fops);
}

void emu_log_debugfs_remove(struct emu_accel *accel)
{
	debugfs_remove_recursive(accel->debugfs);
}

void emu_log_init(void)
{
	root = debugfs_create_dir("vfarb_emu", NULL);
}

void emu_log_exit(void)
{
	debugfs_remove_recursive(root);
}
