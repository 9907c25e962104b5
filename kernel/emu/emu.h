/* SPDX-License-Identifier: GPL-2.0 */
/* The software accelerator's own declarations. */
#ifndef _VFARB_EMU_H
#define _VFARB_EMU_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/vfarb_regs.h>

#include "../compat.h"
#include "op.h"

struct dentry;
struct emu_accel;
struct emu_engine;
struct emu_fn;
struct irq_data;
struct irq_domain;
struct task_struct;

#define EMU_NEVER		U64_MAX
#define EMU_FN_NONE		0xffff
#define EMU_CONFIG_SIZE		512
#define EMU_PBA_OFFSET		0x800
/* Doorbells whose time is kept apart; later ones share the last one's. */
#define EMU_DOORBELLS		256
#define EMU_LOG_ENTRIES		1024
#define EMU_LATENCY_BUCKETS	24

#define EMU_OFFSET_NONE		(~0u)

/* How a running submission can be stopped; a number of ns is EMU_PREEMPT_MID. */
enum emu_preempt {
	EMU_PREEMPT_NONE,
	EMU_PREEMPT_SUBMISSION,
	EMU_PREEMPT_MID,
};

/*
 * struct emu_params - an accelerator's shape, fixed while it has power
 */
struct emu_params {
	unsigned int vfs;
	unsigned int engines;
	u64 clock_hz;
	unsigned int counter_bits;
	u64 switch_cost_ns;
	u64 preempt_cost_ns;
	u64 granularity_ns;
	enum emu_preempt preempt;
	u8 extend;	/* 0 or 1 */
	u8 vf_reset;	/* 0 or 1 */
	u8 kind[VFARB_MAX_ENGINES];
	struct emu_cost cost;
};

/* Faults on demand, see fault.c. */
enum emu_fault_id {
	EMU_FAULT_IRQ_LOST,
	EMU_FAULT_IRQ_LATE,
	EMU_FAULT_IRQ_DUPLICATE,
	EMU_FAULT_IRQ_STORM,
	EMU_FAULT_DEAF,
	EMU_FAULT_HANG,
	EMU_FAULT_RUN_TIME,
	EMU_FAULT_TIME_BACKWARDS,
	EMU_FAULT_EVENT_TYPE,
	EMU_FAULT_EVENT_FN,
	EMU_FAULT_EVENT_ENGINE,
	EMU_FAULT_EVENT_SEQ,
	EMU_FAULT_EVENT_LOST,
	EMU_FAULT_RESET_LOST,
	EMU_FAULT_REMOVAL,
	EMU_FAULTS,
};

struct emu_faults;

struct emu_fault {
	struct emu_faults *faults;
	bool on;
	u32 rate;	/* hits per million chances */
	u64 after;	/* chances to let pass first */
	u64 count;	/* hits left, 0 without limit */
	int fn;		/* -1 any */
	int engine;	/* -1 any */
	u64 value;
	u64 chances;
	u64 hits;
};

struct emu_faults {
	/* Protects what follows. Taken with an engine's lock or none held. */
	raw_spinlock_t lock;
	u64 random;
	struct emu_fault fault[EMU_FAULTS];
};

/*
 * struct emu_evq - one event queue, written by the device
 * @base: DMA address
 * @size: entries, 0 disabled
 * @seq: of the last event written
 * @tail: seq of the last event consumed
 * @lost: events dropped
 */
struct emu_evq {
	u64 base;
	u32 size;
	u32 seq;
	u32 tail;
	u32 lost;
};

struct emu_doorbell {
	u32 tail;
	u64 time_ns;
};

/*
 * struct emu_ring - one function's ring on one engine, as the device knows it
 * @head: submissions ended
 * @tail: submissions written
 * @seq: of the last completion written
 * @cq_tail: seq of the last completion consumed
 * @doorbell: when the submissions came, oldest at @doorbell_first
 */
struct emu_ring {
	u64 base;
	u64 cq_base;
	u32 size;
	u32 cq_size;
	u32 head;
	u32 tail;
	u32 seq;
	u32 cq_tail;
	unsigned int doorbell_first;
	unsigned int doorbells;
	struct emu_doorbell doorbell[EMU_DOORBELLS];
};

/* Where real work goes on. */
struct emu_cursor {
	u64 position;
	u32 row;
	u32 depth;
	u32 crc;
};

/*
 * struct emu_submission - the submission at the head of a ring once it began
 */
struct emu_submission {
	bool begun;
	bool real_work;		/* touches memory */
	bool work_done;
	u8 opcode;
	u8 status;
	u8 operand;
	u64 cookie;
	u64 size_ns;
	u64 total_ns;	/* modelled */
	u64 run_ns;
	u64 run_ticks;
	u64 wait_ticks;
	u64 result;
	u32 grants;
	struct emu_op op;
	struct emu_cursor cursor;
};

/*
 * struct emu_context - one function on one engine; protected by the engine's lock
 */
struct emu_context {
	struct emu_fn *fn;
	struct emu_engine *engine;
	bool enabled;		/* FN_CONTROL.ENABLE */
	bool dma;		/* the function may access memory */
	bool resetting;
	bool fault_told;	/* in this grant */
	u32 generation;		/* changes with the submission in @sub */
	u32 buffers;
	u64 table;
	struct emu_ring ring;
	struct emu_submission sub;
	u64 run_ns;
	u64 run_ticks;
	u64 run_error;		/* ticks by which the counter lies, see fault.c */
	u64 progress;
	u64 grants;
	u64 ended;
};

/*
 * struct emu_fn - a function: the PF or a VF
 * @accel: whose
 * @nr: 0 the PF, n VF n
 * @tenant: its tenant page
 * @msix: its MSI-X table and pending bits
 * @config: its config space; protected by emu_accel.config_lock
 * @present: answers on the bus
 * @flr: does not answer for the time of a function level reset
 * @enabled: FN_CONTROL.ENABLE; protected by emu_accel.config_lock
 * @resets_left: engines that have not let go of it yet
 * @resetting: a reset is under way; this and the next two are protected by
 *	emu_accel.config_lock
 * @reset_told: the PF hears of its end
 * @reset_lost: it has none, see fault.c
 * @decodes: its BARs do: Memory Space Enable, of VFs in the PF's SR-IOV capability
 * @msix_enabled: MSI-X Enable
 * @msix_masked: Function Mask
 * @master: Bus Master Enable and power state D0
 * @msix_lock: protects @msix from raising and unmasking at once; no other lock
 *	is taken with it
 * @pending: vectors to be raised from emu_accel.irq_work
 */
struct emu_fn {
	struct emu_accel *accel;
	unsigned int nr;
	void *tenant;
	void *msix;
	u8 config[EMU_CONFIG_SIZE];
	bool present;
	bool flr;
	bool enabled;
	atomic_t resets_left;
	bool resetting;
	bool reset_told;
	bool reset_lost;
	bool decodes;
	bool msix_enabled;
	bool msix_masked;
	bool master;
	raw_spinlock_t msix_lock;
	atomic_t pending;
	struct emu_context context[];
};

/* What the worker is at; its own. */
struct emu_job {
	struct emu_fn *fn;
	struct emu_op op;
	struct emu_cursor cursor;
	bool done;
	s8 row[VFARB_MAX_DIM];
	s32 sum[VFARB_MAX_DIM];
};

enum emu_state {
	EMU_IDLE,
	EMU_SWITCHING,
	EMU_RUNNING,
	EMU_STOPPING,	/* still running, until it can be stopped */
	EMU_SAVING,	/* stopped, its state is being saved */
	EMU_RESETTING,
};

/* Interrupts to raise once the engine's lock is dropped. */
struct emu_raise {
	u64 fns;
	bool events;
	bool admin;
};

enum emu_log_type {
	EMU_LOG_GRANT,
	EMU_LOG_STARTED,
	EMU_LOG_PREEMPT,
	EMU_LOG_PREEMPTED,
	EMU_LOG_END,
	EMU_LOG_EXTEND,
	EMU_LOG_RESET,
	EMU_LOG_RAISE,
};

struct emu_log_entry {
	u64 time_ns;
	u64 run_ns;
	u64 switching_ns;
	u32 cookie;
	u16 fn;
	u8 type;
	u8 reason;
};

struct emu_latency {
	u64 count;
	u64 sum_ns;
	u64 min_ns;
	u64 max_ns;
	u64 bucket[EMU_LATENCY_BUCKETS];	/* by powers of two, in ns */
};

/*
 * struct emu_engine - an engine
 * @lock: protects everything below, the engine's event queue and every
 *	function's context on it. Taken from hard interrupts and from config
 *	writes, whose caller may hold raw locks of its own; emu_faults.lock and
 *	emu_accel.admin_lock nest inside. Interrupts are never delivered with
 *	it held.
 * @timer: fires at the next transition
 * @state: what it does now
 * @mark_ns: until when time is accounted
 * @mark_ticks: the same on the engine clock
 * @current: who was granted the engine
 * @last_fn: whose state it holds
 * @until_ns: end of switching or saving
 * @slice_end_ns: when the slice expires
 * @sub_end_ns: when the running submission's modelled time is over
 * @stop_ns: when it can be stopped
 * @reason: why the slice is going to end
 * @deaf: ignores preempt and expiry, see fault.c
 * @hung: the running submission never ends, see fault.c
 * @worker: does the work on memory, and resets
 * @reset_fns: functions to let go of
 * @raised_ns: when the timer last interrupted the PF, until it answers; also
 *	written without the lock, by the timer alone
 */
struct emu_engine {
	struct emu_accel *accel;
	unsigned int nr;
	raw_spinlock_t lock;
	struct hrtimer timer;
	u64 armed_ns;
	enum emu_state state;
	u64 mark_ns;
	u64 mark_ticks;
	struct emu_context *current_context;
	unsigned int last_fn;
	u32 cookie;
	u64 slice_ns;
	u64 until_ns;
	u64 slice_end_ns;
	u64 sub_end_ns;
	u64 stop_ns;
	u64 grant_run_ns;
	u64 grant_run_ticks;
	u64 grant_switching_ns;
	u64 grant_switching_ticks;
	u32 reason;
	bool deaf;
	bool hung;
	u64 running_ns, running_ticks;
	u64 switching_ns, switching_ticks;
	u64 idle_ns, idle_ticks;
	struct emu_evq evq;
	struct emu_raise raise;
	struct task_struct *worker;
	struct emu_job *job;
	u64 reset_fns;
	bool reset_engine;
	u64 raised_ns;
	struct emu_latency latency;
	u64 log_count;
	struct emu_log_entry *log;
};

/* A page-backed BAR. */
struct emu_bar {
	struct page *pages;
	unsigned int order;
	struct resource window;
};

enum emu_bar_id {
	EMU_BAR_REGS,
	EMU_BAR_PF_TENANT,
	EMU_BAR_PF_MSIX,
	EMU_BAR_VF_TENANT,
	EMU_BAR_VF_MSIX,
	EMU_BARS,
};

/* An interrupt that a fault delays, repeats or multiplies. */
struct emu_late_irq {
	u64 due_ns;
	u64 repeat;
	u16 fn;
	u16 vector;
};

#define EMU_LATE_IRQS		64

/*
 * struct emu_accel - a software accelerator with power
 * @params: its shape
 * @epoch_ns: CLOCK_MONOTONIC when its clocks were 0
 * @sysdata: x86's data of a root bus
 * @regs: the PF's register page
 * @config_lock: protects the config space of every function and what follows
 *	from it; an engine's lock nests inside
 * @admin_lock: protects @admin; nests inside an engine's lock
 * @running: CONTROL.ENABLE
 * @gone: removed by surprise
 * @irq_work: raises interrupts that come from a context that cannot
 * @late_lock: protects @late_irq; no lock is taken with it
 */
struct emu_accel {
	struct emu_params params;
	char name[32];
	u64 epoch_ns;
	struct pci_sysdata sysdata;
	struct pci_bus *bus;
	struct irq_domain *irq_domain;
	void (*irq_unmask)(struct irq_data *data);
	unsigned int (*irq_startup)(struct irq_data *data);
	struct resource bus_range;
	struct emu_bar bar[EMU_BARS];
	void *regs;
	raw_spinlock_t config_lock;
	raw_spinlock_t admin_lock;
	struct emu_evq admin;
	bool running;
	bool gone;
	atomic_t flrs_left;
	struct irq_work irq_work;
	atomic64_t irq_fns;
	struct emu_faults faults;
	raw_spinlock_t late_lock;
	struct hrtimer late_timer;
	unsigned int late_irqs;
	struct emu_late_irq late_irq[EMU_LATE_IRQS];
	struct work_struct removal;
	struct irq_work removal_irq;
	struct dentry *debugfs;
	struct emu_fn *fn[VFARB_MAX_FUNCTIONS];
	struct emu_engine engine[VFARB_MAX_ENGINES];
};

static inline u64 emu_now(const struct emu_accel *accel)
{
	return ktime_get_ns() - accel->epoch_ns;
}

static inline u64 emu_ticks(const struct emu_accel *accel, u64 ns)
{
	if (accel->params.clock_hz == NSEC_PER_SEC)
		return ns;
	return mul_u64_u64_div_u64(ns, accel->params.clock_hz, NSEC_PER_SEC);
}

/* Rounded up, so that no slice is shorter than asked; no slice lasts longer than 2^62 ns. */
static inline u64 emu_ns(const struct emu_accel *accel, u64 ticks)
{
	u64 hz = accel->params.clock_hz;

	if (ticks > div_u64(1ull << 62, NSEC_PER_SEC) * hz)
		return 1ull << 62;
	if (hz == NSEC_PER_SEC)
		return ticks;
	return mul_u64_u64_div_u64(ticks, NSEC_PER_SEC, hz) + 1;
}

static inline u64 emu_counter(const struct emu_accel *accel, u64 ticks)
{
	return ticks & GENMASK_ULL(accel->params.counter_bits - 1, 0);
}

static inline unsigned int emu_functions(const struct emu_accel *accel)
{
	return accel->params.vfs + 1;
}

/* accel.c */
extern const struct emu_params emu_default_params;
int emu_params_check(const struct emu_params *params);
struct emu_accel *emu_accel_create(const char *name, const struct emu_params *params);
void emu_accel_destroy(struct emu_accel *accel);
void emu_accel_vanish(struct emu_accel *accel);
void emu_registers_init(struct emu_accel *accel);

/* bus.c */
int emu_bus_init(void);
void emu_bus_exit(void);
int emu_bus_add(struct emu_accel *accel);
void emu_bus_remove(struct emu_accel *accel);
void emu_bus_unplug(struct emu_accel *accel);
struct emu_accel *emu_accel_of(const struct pci_bus *bus);

/* config.c */
void emu_config_reset(struct emu_fn *fn);
u32 emu_config_read(struct emu_accel *accel, unsigned int nr, unsigned int where, int size);
void emu_config_write(struct emu_accel *accel, unsigned int nr, unsigned int where, int size,
		      u32 value);

/* configfs.c */
int emu_configfs_init(void);
void emu_configfs_exit(void);

/* dma.c */
void *emu_dma_pointer(u64 address, size_t length);
bool emu_dma_read(u64 address, void *to, size_t length);

/* engine.c */
void emu_engine_init(struct emu_accel *accel, struct emu_engine *engine);
int emu_engine_start(struct emu_engine *engine);
void emu_engine_stop(struct emu_engine *engine);
unsigned long emu_engine_lock(struct emu_engine *engine) __acquires(&engine->lock);
void emu_engine_unlock(struct emu_engine *engine, unsigned long flags)
	__releases(&engine->lock);
void emu_engine_advance(struct emu_engine *engine);
void emu_engine_command(struct emu_engine *engine, u32 command);
void emu_engine_drop(struct emu_engine *engine, struct emu_context *context);
void emu_engine_work_ended(struct emu_engine *engine, struct emu_context *context, u8 status);
void emu_engine_reset_ended(struct emu_engine *engine);
void emu_engine_refresh(struct emu_engine *engine, unsigned int offset);
bool emu_engine_is_working(const struct emu_engine *engine);

/* event.c */
void emu_evq_notify_size(struct emu_accel *accel, unsigned int q);
void emu_evq_notify_tail(struct emu_accel *accel, unsigned int q);
void emu_evq_refresh(struct emu_accel *accel, unsigned int q);
void emu_event_post(struct emu_engine *engine, struct vfarb_event *event, u64 time_ns);
void emu_event_post_admin(struct emu_accel *accel, struct vfarb_event *event);
void emu_event_fault(struct emu_engine *engine, unsigned int fn, u32 cookie, u32 code,
		     u64 time_ns);

/* fault.c */
void emu_fault_init(struct emu_accel *accel);
bool emu_fault_draw(struct emu_accel *accel, enum emu_fault_id id, int engine, int fn, u64 *value);
void emu_fault_debugfs(struct emu_accel *accel);
void emu_fault_stop(struct emu_accel *accel);
bool emu_fault_takes_irq(struct emu_fn *fn, unsigned int vector);

/* log.c */
void emu_log(struct emu_engine *engine, enum emu_log_type type, unsigned int fn, u64 time_ns);
void emu_log_answer(struct emu_engine *engine);
void emu_log_debugfs(struct emu_accel *accel);
void emu_log_debugfs_remove(struct emu_accel *accel);
void emu_log_init(void);
void emu_log_exit(void);

/* msix.c */
int emu_msix_init(struct emu_accel *accel);
void emu_msix_exit(struct emu_accel *accel);
unsigned int emu_msix_vectors(const struct emu_fn *fn);
void emu_msix_reset(struct emu_fn *fn);
void emu_msix_raise(struct emu_fn *fn, unsigned int vector);
void emu_msix_raise_later(struct emu_fn *fn, unsigned int vector);
void emu_msix_deliver(struct emu_fn *fn, unsigned int vector);
void emu_msix_raise_pending(struct emu_fn *fn);

/* notify.c */
void emu_notify(struct emu_fn *fn, u32 value);
void emu_fn_update(struct emu_fn *fn);

/* reset.c */
void emu_reset_fn(struct emu_fn *fn, bool flr, bool tell);
void emu_reset_pf(struct emu_accel *accel);
unsigned long emu_reset_step(struct emu_engine *engine, unsigned long flags);

/* ring.c */
bool emu_ring_is_runnable(const struct emu_context *context);
u32 emu_ring_queued(const struct emu_context *context);
u64 emu_ring_head_size_ns(const struct emu_context *context);
void emu_ring_describe(struct emu_context *context, struct vfarb_event *event);
int emu_ring_fetch(struct emu_context *context, u64 time_ns);
bool emu_ring_complete(struct emu_context *context, u64 time_ns);
bool emu_ring_cancel(struct emu_context *context, u64 time_ns);
void emu_ring_clear(struct emu_context *context);
void emu_ring_notify(struct emu_fn *fn, u32 offset);
void emu_ring_read(struct emu_fn *fn, u32 offset);
void emu_tenant_init(struct emu_fn *fn);
void emu_tenant_status(struct emu_fn *fn);
void emu_pending_post(struct emu_context *context);

/* work.c */
int emu_worker(void *data);

/**
 * emu_fault_hits - whether a fault happens here and now
 * @accel: the accelerator
 * @id: the fault
 * @engine: where, -1 if no engine
 * @fn: to whom
 * @value: where to put the fault's parameter, 0 if none was given
 *
 * Every call is a chance and counts as such. Nearly always the fault is off.
 *
 * Return: whether it does.
 */
static inline bool emu_fault_hits(struct emu_accel *accel, enum emu_fault_id id, int engine,
				  int fn, u64 *value)
{
	if (likely(!READ_ONCE(accel->faults.fault[id].on)))
		return false;
	return emu_fault_draw(accel, id, engine, fn, value);
}

#endif /* _VFARB_EMU_H */
