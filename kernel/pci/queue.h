/* SPDX-License-Identifier: GPL-2.0 */
/* Event queues: what the device tells the PF. */
#ifndef _VFARB_PCI_QUEUE_H
#define _VFARB_PCI_QUEUE_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vfarb_regs.h>

struct vfarb_regs;

/* A power of two. One engine's worst burst is a PENDING of each function. */
#define VFARB_QUEUE_ENTRIES	256

/**
 * struct vfarb_queue - one event queue
 * @lock: protects all below; taken in hard interrupts, the core's and the device's locks may be
 *	taken under it
 * @regs: the PF's
 * @offset: of its registers
 * @entries: what the device writes
 * @dma: their address for the device
 * @handle: called for each event, with @lock held and the event copied
 * @data: handed to @handle
 * @seq: number that the next event will bear
 * @tail: events consumed, as the device knows
 * @unacked: events consumed that the device does not know of
 * @lost_seen: reading of VFARB_EVQ_LOST up to which losses are known
 * @events: how many came
 * @malformed: how many made no sense
 * @holes: how many never became visible
 * @lost: how many the device dropped as the queue was full
 */
struct vfarb_queue {
	raw_spinlock_t lock;
	struct vfarb_regs *regs;
	u32 offset;
	struct vfarb_event *entries;
	dma_addr_t dma;
	bool (*handle)(void *data, const struct vfarb_event *event);
	void *data;
	u32 seq;
	u32 tail;
	u32 unacked;
	u32 lost_seen;
	u64 events;
	u64 malformed;
	u64 holes;
	u64 lost;
};

/**
 * struct vfarb_queue_result - what a call of vfarb_queue_consume() found
 * @events: how many
 * @missed: events are missing: what they told must be read from the registers
 */
struct vfarb_queue_result {
	unsigned int events;
	bool missed;
};

int vfarb_queue_alloc(struct vfarb_queue *queue, struct vfarb_regs *regs, unsigned int index,
		      bool (*handle)(void *data, const struct vfarb_event *event), void *data);
void vfarb_queue_free(struct vfarb_queue *queue);
void vfarb_queue_enable(struct vfarb_queue *queue);
void vfarb_queue_disable(struct vfarb_queue *queue);
struct vfarb_queue_result vfarb_queue_consume(struct vfarb_queue *queue, bool thorough);

/* Sequence numbers begin at 1 and skip 0, which is what fresh memory holds. */
static inline u32 vfarb_seq_add(u32 seq, u32 by)
{
	u32 sum = seq + by;

	return sum < seq ? sum + 1 : sum;
}

#endif /* _VFARB_PCI_QUEUE_H */
