/* SPDX-License-Identifier: GPL-2.0 */
/* The tenant side of a function, physical or virtual: rings, buffers, node. */
#ifndef _VFARB_PCI_TENANT_H
#define _VFARB_PCI_TENANT_H

#include <linux/bitmap.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/rwsem.h>
#include <linux/vfarb_dev.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "buffer.h"
#include "regs.h"
#include "vector.h"

struct vfarb_accel;
struct vfarb_client;
struct vfarb_pf;

/* Entries of all rings of a function together: they are what a VF costs. */
#define VFARB_TENANT_DEPTH	128

/**
 * struct vfarb_slot - a submission under way
 * @client: whose it is, referenced; NULL if the slot is free
 * @buffer: what its operands name, referenced
 * @cookie: the client's
 * @size_ns: its size
 * @generation: of the slot, tells a completion from a late one
 * @op: its operation
 */
struct vfarb_slot {
	struct vfarb_client *client;
	struct vfarb_buffer *buffer[VFARB_OPERANDS];
	u64 cookie;
	u64 size_ns;
	u32 generation;
	u8 op;
};

/**
 * struct vfarb_ring - submissions to one engine and their completions
 * @tenant: whose it is
 * @engine: index of the engine
 * @regs: offset of its registers
 * @vector: its interrupt; unused in the PF, whose engine vectors serve it
 * @lock: protects all below; taken in interrupts
 * @open: submissions may be written
 * @sq: descriptors, read by the device
 * @sq_dma: address of @sq
 * @cq: completions, written by the device
 * @cq_dma: address of @cq
 * @slots: one per descriptor
 * @tail: submissions written
 * @cq_seq: number that the next completion bears
 * @cq_tail: completions consumed
 * @strays: completions of nothing
 */
struct vfarb_ring {
	struct vfarb_tenant *tenant;
	unsigned int engine;
	u32 regs;
	struct vfarb_vector vector;
	spinlock_t lock;	/* all below */
	bool open;
	struct vfarb_descriptor *sq;
	dma_addr_t sq_dma;
	struct vfarb_cqe *cq;
	dma_addr_t cq_dma;
	struct vfarb_slot *slots;
	u32 tail;
	u32 cq_seq;
	u32 cq_tail;
	u32 strays;
};

/**
 * struct vfarb_tenant - one function as its clients see it
 * @dev: the node's device; its references are the tenant's
 * @cdev: the node
 * @pf: the accelerator
 * @accel: the accelerator as the core knows it
 * @accel_id: its number
 * @fn: number of the function
 * @engines: number of engines
 * @depth: entries of each ring
 * @engine_name: names of the engines
 * @pci_name: name of the function, which must outlive it
 * @has_node: there is a device node
 * @pdev: the function
 * @regs: its tenant page
 * @gate: held for reading while a call uses the device, for writing to take it away. What may wait
 *	for user space is not done under it.
 * @dead: the device was taken away; written under @gate
 * @held: a reset is under way, the device must be let alone; written with pf->lock held
 * @ring: one per engine
 * @room: woken when a ring or a client got room
 * @recover: gets the rings going after a reset
 * @client_lock: protects @clients
 * @clients: who has the node open
 * @buffer_lock: protects all below
 * @table: the device's buffer table
 * @table_dma: address of @table
 * @buffer_map: places taken in @table
 * @buffers: all that live
 * @memory_used: bytes of them
 */
struct vfarb_tenant {
	struct device dev;
	struct cdev cdev;
	struct vfarb_pf *pf;
	struct vfarb_accel *accel;
	unsigned int accel_id;
	unsigned int fn;
	unsigned int engines;
	unsigned int depth;
	char engine_name[VFARB_MAX_ENGINES][12];
	char pci_name[32];
	bool has_node;
	struct pci_dev *pdev;
	struct vfarb_regs regs;
	struct rw_semaphore gate;
	bool dead;
	bool held;
	struct vfarb_ring ring[VFARB_MAX_ENGINES];
	wait_queue_head_t room;
	struct delayed_work recover;
	struct mutex client_lock;	/* @clients */
	struct list_head clients;
	struct mutex buffer_lock;	/* all below */
	struct vfarb_buffer_entry *table;
	dma_addr_t table_dma;
	DECLARE_BITMAP(buffer_map, VFARB_BUFFERS_MAX);
	struct list_head buffers;
	u64 memory_used;
};

struct vfarb_tenant *vfarb_tenant_create(struct vfarb_pf *pf, struct pci_dev *pdev,
					 unsigned int fn, int bar);
int vfarb_tenant_open(struct vfarb_tenant *tenant);
void vfarb_tenant_close(struct vfarb_tenant *tenant);
void vfarb_tenant_destroy(struct vfarb_tenant *tenant);

void vfarb_tenant_hold(struct vfarb_tenant *tenant);
void vfarb_tenant_release(struct vfarb_tenant *tenant);

int vfarb_ring_alloc(struct vfarb_ring *ring, struct vfarb_tenant *tenant, unsigned int engine);
void vfarb_ring_free(struct vfarb_ring *ring);
void vfarb_ring_start(struct vfarb_ring *ring);
void vfarb_ring_stop(struct vfarb_ring *ring);
void vfarb_ring_fail(struct vfarb_ring *ring, u16 status);
bool vfarb_ring_ready(struct vfarb_ring *ring);
irqreturn_t vfarb_ring_consume(void *data);
int vfarb_ring_submit(struct vfarb_ring *ring, struct vfarb_client *client,
		      const struct vfarb_submission *submission, bool last);
void vfarb_ring_doorbell(struct vfarb_ring *ring);
bool vfarb_ring_has_room(struct vfarb_ring *ring);

/* False if the device is gone. Pairs with vfarb_tenant_leave(). */
static inline bool vfarb_tenant_enter(struct vfarb_tenant *tenant)
{
	down_read(&tenant->gate);
	if (likely(!tenant->dead))
		return true;
	up_read(&tenant->gate);
	return false;
}

static inline void vfarb_tenant_leave(struct vfarb_tenant *tenant)
{
	up_read(&tenant->gate);
}

static inline void vfarb_tenant_get(struct vfarb_tenant *tenant)
{
	get_device(&tenant->dev);
}

static inline void vfarb_tenant_put(struct vfarb_tenant *tenant)
{
	put_device(&tenant->dev);
}

#endif /* _VFARB_PCI_TENANT_H */
