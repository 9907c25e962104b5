/* SPDX-License-Identifier: GPL-2.0 */
/* The physical function: the accelerator, its engines, and who its tenants are. */
#ifndef _VFARB_PCI_PF_H
#define _VFARB_PCI_PF_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "clock.h"
#include "queue.h"
#include "regs.h"
#include "vector.h"

struct dentry;
struct vfarb_accel;
struct vfarb_pf;
struct vfarb_tenant;

/**
 * struct vfarb_pf_engine_fn - time of one function on one engine
 * @run: the register
 * @charged: ticks that slice ends have told of, in the register's count
 */
struct vfarb_pf_engine_fn {
	struct vfarb_counter run;
	u64 charged;
};

/**
 * struct vfarb_pf_engine - one engine
 * @pf: whose it is
 * @index: its number
 * @regs: offset of its registers
 * @kind: VFARB_ENGINE_COMPUTE or _COPY
 * @name: of its kind and number
 * @clock: its clock
 * @switching: its counter of time spent switching
 * @lock: protects all below, and that a grant is written whole. Taken in hard interrupts, under
 *	the core's locks or under a queue's; under it only what the device takes.
 * @granted: a grant has been given whose end has not been told
 * @fn: whose it is
 * @cookie: of it
 * @switched: ticks of switching that slice ends have told of
 * @fns: one per function
 */
struct vfarb_pf_engine {
	struct vfarb_pf *pf;
	unsigned int index;
	u32 regs;
	u32 kind;
	char name[12];
	struct vfarb_counter clock;
	struct vfarb_counter switching;
	raw_spinlock_t lock;
	bool granted;
	unsigned int fn;
	u32 cookie;
	u64 switched;
	struct vfarb_pf_engine_fn *fns;
};

/**
 * struct vfarb_pf - one accelerator
 * @pdev: its function
 * @regs: its registers
 * @accel: what the core knows it by
 * @hz: rate of its clock
 * @tick_ns: length of a tick, rounded up
 * @counter_bits: width of its counters
 * @caps: VFARB_CAPS_*
 * @engines: number of engines
 * @fns: number of functions that it can have, itself included
 * @registered: functions that the core knows; guarded by the lock of the PCI device
 * @engine: its engines
 * @queue: its event queues
 * @vector: its interrupts
 * @lock: protects comings and goings of tenants against a reset of the PF, and @resetting. Sleeping
 *	work on tenants is done under it.
 * @resetting: the PF is being reset, its registers must be let alone
 * @tenant_lock: protects @tenant in contexts that cannot sleep
 * @tenant: who has a driver, by function
 * @own: the PF itself as a tenant
 * @closed: the core's commands are refused
 * @audit: looks for what interrupts failed to tell
 * @audit_jiffies: how often
 * @control: shadows of VFARB_FN_CONTROL, by function
 * @stray: events that fit no grant
 * @debugfs: its counters
 */
struct vfarb_pf {
	struct pci_dev *pdev;
	struct vfarb_regs regs;
	struct vfarb_accel *accel;
	u64 hz;
	u64 tick_ns;
	unsigned int counter_bits;
	u32 caps;
	unsigned int engines;
	unsigned int fns;
	unsigned int registered;
	struct vfarb_pf_engine engine[VFARB_MAX_ENGINES];
	struct vfarb_queue queue[VFARB_EVQS(VFARB_MAX_ENGINES)];
	struct vfarb_vector vector[VFARB_EVQS(VFARB_MAX_ENGINES)];
	struct mutex lock;	/* tenants against a reset of the PF */
	bool resetting;
	bool closed;
	raw_spinlock_t tenant_lock;
	struct vfarb_tenant *tenant[VFARB_MAX_FUNCTIONS];
	struct vfarb_tenant *own;
	struct delayed_work audit;
	unsigned long audit_jiffies;
	u32 control[VFARB_MAX_FUNCTIONS];
	atomic_t stray;
	struct dentry *debugfs;
};

static inline u64 vfarb_pf_ns(const struct vfarb_pf *pf, u64 ticks)
{
	return vfarb_ticks_to_ns(ticks, pf->hz);
}

extern struct pci_driver vfarb_pf_driver;
extern struct pci_driver vfarb_vf_driver;
extern const struct vfarb_accel_ops vfarb_pf_engine_ops;

void vfarb_pf_init(void);
void vfarb_pf_exit(void);

int vfarb_pf_engine_init(struct vfarb_pf *pf, unsigned int index);
void vfarb_pf_engine_free(struct vfarb_pf_engine *engine);
u64 vfarb_pf_engine_clock_ns(struct vfarb_pf_engine *engine, u64 raw);
bool vfarb_pf_engine_event(void *data, const struct vfarb_event *event);
void vfarb_pf_engine_resync(struct vfarb_pf_engine *engine);
void vfarb_pf_engine_refresh(struct vfarb_pf_engine *engine);
void vfarb_pf_engine_drain(struct vfarb_pf_engine *engine);

void vfarb_pf_function_reset_done(struct vfarb_pf *pf, unsigned int fn);
void vfarb_pf_function_stop(struct vfarb_pf *pf, unsigned int fn);

#endif /* _VFARB_PCI_PF_H */
