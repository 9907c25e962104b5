// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>

#include "queue.h"
#include "regs.h"

/* How far an interrupt looks beyond a missing entry; the audit looks everywhere. */
#define VFARB_QUEUE_LOOKAHEAD	3

int vfarb_queue_alloc(struct vfarb_queue *queue, struct vfarb_regs *regs, unsigned int index,
		      bool (*handle)(void *data, const struct vfarb_event *event), void *data)
{
	raw_spin_lock_init(&queue->lock);
	queue->regs = regs;
	queue->offset = VFARB_REG_EVQ(index);
	queue->handle = handle;
	queue->data = data;
	queue->entries = dma_alloc_coherent(&regs->pdev->dev,
					    VFARB_QUEUE_ENTRIES * sizeof(*queue->entries),
					    &queue->dma, GFP_KERNEL);
	return queue->entries ? 0 : -ENOMEM;
}

void vfarb_queue_free(struct vfarb_queue *queue)
{
	if (!queue->entries)
		return;
	dma_free_coherent(&queue->regs->pdev->dev, VFARB_QUEUE_ENTRIES * sizeof(*queue->entries),
			  queue->entries, queue->dma);
	queue->entries = NULL;
}

/* Begin anew, at probe and after a reset of the PF. */
void vfarb_queue_enable(struct vfarb_queue *queue)
{
	struct vfarb_regs *regs = queue->regs;
	unsigned long flags;

	raw_spin_lock_irqsave(&queue->lock, flags);
	memset(queue->entries, 0, VFARB_QUEUE_ENTRIES * sizeof(*queue->entries));
	queue->seq = 1;
	queue->tail = 0;
	queue->unacked = 0;
	queue->lost_seen = vfarb_read32_live(regs, queue->offset + VFARB_EVQ_LOST);
	dma_wmb();
	vfarb_write64(regs, queue->offset + VFARB_EVQ_BASE, queue->dma);
	vfarb_write32(regs, queue->offset + VFARB_EVQ_TAIL, 0);
	vfarb_write32_notify(regs, queue->offset + VFARB_EVQ_SIZE, VFARB_QUEUE_ENTRIES);
	raw_spin_unlock_irqrestore(&queue->lock, flags);
}

void vfarb_queue_disable(struct vfarb_queue *queue)
{
	vfarb_write32_notify(queue->regs, queue->offset + VFARB_EVQ_SIZE, 0);
}

static struct vfarb_event *vfarb_queue_entry(struct vfarb_queue *queue, u32 seq)
{
	return &queue->entries[(seq - 1) & (VFARB_QUEUE_ENTRIES - 1)];
}

static bool vfarb_queue_ready(struct vfarb_queue *queue, u32 seq)
{
	return le32_to_cpu(READ_ONCE(vfarb_queue_entry(queue, seq)->seq)) == seq;
}

/*
 * The device writes entries in order. One that is not there although a later
 * one is was lost, and so was one whose number belongs to the future; without
 * this the queue would wait for it for ever.
 */
static bool vfarb_queue_skip_hole(struct vfarb_queue *queue, unsigned int reach)
{
	u32 found = le32_to_cpu(READ_ONCE(vfarb_queue_entry(queue, queue->seq)->seq));
	unsigned int ahead = 1;

	/* What an entry holds before it is written is older, or the 0 of fresh memory. */
	if (!found || (s32)(found - queue->seq) <= 0)
		while (!vfarb_queue_ready(queue, vfarb_seq_add(queue->seq, ahead)))
			if (++ahead >= reach)
				return false;
	dma_rmb();
	/* It may have been written since it was looked at. */
	while (ahead-- && !vfarb_queue_ready(queue, queue->seq)) {
		/* What is in it must not be taken for the future again, a round later. */
		vfarb_queue_entry(queue, queue->seq)->seq = 0;
		queue->holes++;
		queue->unacked++;
		queue->seq = vfarb_seq_add(queue->seq, 1);
	}
	return true;
}

static void vfarb_queue_ack(struct vfarb_queue *queue)
{
	queue->tail += queue->unacked;
	queue->unacked = 0;
	vfarb_write32_notify(queue->regs, queue->offset + VFARB_EVQ_TAIL, queue->tail);
}

/* Events are dropped only while a queue is full, so only then is it worth a look. */
static bool vfarb_queue_check_lost(struct vfarb_queue *queue)
{
	u32 lost = vfarb_read32_live(queue->regs, queue->offset + VFARB_EVQ_LOST);
	u32 new = lost - queue->lost_seen;

	if (!new || vfarb_regs_gone(queue->regs))
		return false;
	queue->lost_seen = lost;
	queue->lost += new;
	return true;
}

/*
 * Take what is there, at most one round, so that a storm cannot hold the CPU.
 * @thorough looks for losses everywhere. May be called in any context.
 */
struct vfarb_queue_result vfarb_queue_consume(struct vfarb_queue *queue, bool thorough)
{
	unsigned int reach = thorough ? VFARB_QUEUE_ENTRIES : VFARB_QUEUE_LOOKAHEAD;
	struct vfarb_queue_result result = {};
	unsigned long flags;
	unsigned int n;
	u64 holes;

	raw_spin_lock_irqsave(&queue->lock, flags);
	holes = queue->holes;
	for (n = 0; n < VFARB_QUEUE_ENTRIES; n++) {
		struct vfarb_event event;

		if (!vfarb_queue_ready(queue, queue->seq)) {
			if (!vfarb_queue_skip_hole(queue, reach))
				break;
			continue;
		}
		dma_rmb();
		event = *vfarb_queue_entry(queue, queue->seq);
		queue->seq = vfarb_seq_add(queue->seq, 1);
		queue->unacked++;
		queue->events++;
		result.events++;
		if (!queue->handle(queue->data, &event))
			queue->malformed++;
	}
	if (queue->unacked) {
		bool full = queue->unacked >= VFARB_QUEUE_ENTRIES;

		vfarb_queue_ack(queue);
		if (full)
			result.missed = vfarb_queue_check_lost(queue);
	}
	if (thorough && vfarb_queue_check_lost(queue))
		result.missed = true;
	if (queue->holes != holes)
		result.missed = true;
	raw_spin_unlock_irqrestore(&queue->lock, flags);
	return result;
}
