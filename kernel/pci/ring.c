// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "client.h"
#include "pf.h"
#include "queue.h"
#include "tenant.h"
#include "vfarb.h"

int vfarb_ring_alloc(struct vfarb_ring *ring, struct vfarb_tenant *tenant, unsigned int engine)
{
	struct device *dev = &tenant->pdev->dev;
	unsigned int depth = tenant->depth;

	ring->tenant = tenant;
	ring->engine = engine;
	ring->regs = VFARB_TEN_RING(engine);
	spin_lock_init(&ring->lock);
	ring->sq = dma_alloc_coherent(dev, depth * sizeof(*ring->sq), &ring->sq_dma, GFP_KERNEL);
	ring->cq = dma_alloc_coherent(dev, depth * sizeof(*ring->cq), &ring->cq_dma, GFP_KERNEL);
	ring->slots = kcalloc(depth, sizeof(*ring->slots), GFP_KERNEL);
	return ring->sq && ring->cq && ring->slots ? 0 : -ENOMEM;
}

void vfarb_ring_free(struct vfarb_ring *ring)
{
	struct device *dev = &ring->tenant->pdev->dev;
	unsigned int depth = ring->tenant->depth;

	if (ring->sq)
		dma_free_coherent(dev, depth * sizeof(*ring->sq), ring->sq, ring->sq_dma);
	if (ring->cq)
		dma_free_coherent(dev, depth * sizeof(*ring->cq), ring->cq, ring->cq_dma);
	kfree(ring->slots);
	ring->sq = NULL;
	ring->cq = NULL;
	ring->slots = NULL;
}

/* Begin anew. The device does not know the ring, and no submission is under way. */
void vfarb_ring_start(struct vfarb_ring *ring)
{
	struct vfarb_regs *regs = &ring->tenant->regs;
	unsigned int depth = ring->tenant->depth;
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	memset(ring->cq, 0, depth * sizeof(*ring->cq));
	ring->tail = 0;
	ring->cq_seq = 1;
	ring->cq_tail = 0;
	dma_wmb();
	vfarb_write64(regs, ring->regs + VFARB_RING_BASE, ring->sq_dma);
	vfarb_write64(regs, ring->regs + VFARB_RING_CQ_BASE, ring->cq_dma);
	vfarb_write32(regs, ring->regs + VFARB_RING_CQ_SIZE, depth);
	vfarb_write32(regs, ring->regs + VFARB_RING_TAIL, 0);
	vfarb_write32(regs, ring->regs + VFARB_RING_CQ_TAIL, 0);
	vfarb_write32_notify(regs, ring->regs + VFARB_RING_SIZE, depth);
	ring->open = true;
	spin_unlock_irqrestore(&ring->lock, flags);
}

/* Take no more submissions and let the registers alone. */
void vfarb_ring_stop(struct vfarb_ring *ring)
{
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	ring->open = false;
	spin_unlock_irqrestore(&ring->lock, flags);
}

static struct vfarb_slot *vfarb_ring_slot(struct vfarb_ring *ring, u32 position)
{
	return &ring->slots[position & (ring->tenant->depth - 1)];
}

/* Empty a slot into @ended. Its buffers are let go of before anybody hears of its end. */
static void vfarb_slot_take(struct vfarb_slot *slot, struct vfarb_slot *ended)
{
	unsigned int i;

	*ended = *slot;
	slot->client = NULL;
	for (i = 0; i < VFARB_OPERANDS; i++) {
		if (slot->buffer[i])
			vfarb_buffer_put_atomic(slot->buffer[i]);
		slot->buffer[i] = NULL;
	}
}

/* Tell the core and the client. Takes over the slot's reference to the client. */
static void vfarb_ring_complete(struct vfarb_ring *ring, struct vfarb_slot *ended,
				struct vfarb_completion *completion)
{
	struct vfarb_completion_info info = {
		.op = ended->op,
		.failed = completion->status != VFARB_SUB_OK,
		.size_ns = ended->size_ns,
		.run_ns = completion->run_ns,
		.wait_ns = completion->wait_ns,
	};
	struct vfarb_tenant *tenant = ring->tenant;

	completion->cookie = ended->cookie;
	completion->engine = ring->engine;
	completion->op = ended->op;
	vfarb_completed(tenant->accel, ring->engine, tenant->fn, &info);
	vfarb_client_complete(ended->client, completion);
}

/* End what the device will not end any more. It does not know the ring now. */
void vfarb_ring_fail(struct vfarb_ring *ring, u16 status)
{
	u32 position = ring->tail - ring->tenant->depth;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < ring->tenant->depth; i++, position++) {
		struct vfarb_completion completion = { .status = status };
		struct vfarb_slot *slot = vfarb_ring_slot(ring, position);
		struct vfarb_slot ended = {};

		spin_lock_irqsave(&ring->lock, flags);
		if (slot->client)
			vfarb_slot_take(slot, &ended);
		spin_unlock_irqrestore(&ring->lock, flags);
		if (ended.client)
			vfarb_ring_complete(ring, &ended, &completion);
	}
}

/* Whether the device has left a completion. */
bool vfarb_ring_ready(struct vfarb_ring *ring)
{
	u32 seq = READ_ONCE(ring->cq_seq);
	struct vfarb_cqe *cqe = &ring->cq[(seq - 1) & (ring->tenant->depth - 1)];

	return le32_to_cpu(READ_ONCE(cqe->seq)) == seq;
}

/*
 * Take the next completion. The device's word is only taken for which slot it
 * is: a cookie that fits no submission under way ends nothing.
 */
static bool vfarb_ring_take(struct vfarb_ring *ring, struct vfarb_slot *ended,
			    struct vfarb_cqe *cqe)
{
	unsigned int depth = ring->tenant->depth;
	struct vfarb_slot *slot;
	unsigned long flags;
	u64 cookie;
	bool ready;

	ended->client = NULL;
	spin_lock_irqsave(&ring->lock, flags);
	ready = vfarb_ring_ready(ring);
	if (ready) {
		dma_rmb();
		*cqe = ring->cq[(ring->cq_seq - 1) & (depth - 1)];
		ring->cq_seq = vfarb_seq_add(ring->cq_seq, 1);
		ring->cq_tail++;
		cookie = le64_to_cpu(cqe->cookie);
		slot = vfarb_ring_slot(ring, cookie);
		if ((u32)cookie < depth && slot->client && slot->generation == cookie >> 32)
			vfarb_slot_take(slot, ended);
		else
			ring->strays++;
	}
	spin_unlock_irqrestore(&ring->lock, flags);
	return ready;
}

static void vfarb_ring_ack(struct vfarb_ring *ring)
{
	struct vfarb_regs *regs = &ring->tenant->regs;
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	if (ring->open)
		vfarb_write32_notify(regs, ring->regs + VFARB_RING_CQ_TAIL, ring->cq_tail);
	spin_unlock_irqrestore(&ring->lock, flags);
}

/* Hand out completions, at most one round of the queue. @data is the ring. */
irqreturn_t vfarb_ring_consume(void *data)
{
	struct vfarb_ring *ring = data;
	struct vfarb_tenant *tenant = ring->tenant;
	struct vfarb_pf *pf = tenant->pf;
	struct vfarb_slot ended;
	struct vfarb_cqe cqe;
	unsigned int n;

	for (n = 0; n < tenant->depth && vfarb_ring_take(ring, &ended, &cqe); n++) {
		struct vfarb_completion completion = {
			.status = le16_to_cpu(cqe.status),
			.operand = cqe.operand,
			.run_ns = vfarb_pf_ns(pf, le64_to_cpu(cqe.run)),
			.wait_ns = vfarb_pf_ns(pf, le64_to_cpu(cqe.wait)),
			.result = le64_to_cpu(cqe.result),
			.end_ns = vfarb_pf_engine_clock_ns(&pf->engine[ring->engine],
							le64_to_cpu(cqe.time)),
			.grants = le32_to_cpu(cqe.grants),
		};

		/* A reset takes the bus away first: what fails of that, the reset ended. */
		if (completion.status == VFARB_SUB_DMA && READ_ONCE(tenant->held))
			completion.status = VFARB_SUB_RESET;
		if (ended.client)
			vfarb_ring_complete(ring, &ended, &completion);
	}
	if (!n)
		return IRQ_NONE;
	vfarb_ring_ack(ring);
	wake_up_interruptible_all(&tenant->room);
	return IRQ_HANDLED;
}

bool vfarb_ring_has_room(struct vfarb_ring *ring)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&ring->lock, flags);
	room = ring->open && !vfarb_ring_slot(ring, ring->tail)->client;
	spin_unlock_irqrestore(&ring->lock, flags);
	return room;
}

/* The client's buffer of that name, referenced; NULL if there is none. */
static struct vfarb_buffer *vfarb_client_buffer(struct vfarb_client *client, u32 handle)
{
	struct vfarb_buffer *buffer;

	if (!handle)
		return NULL;
	xa_lock(&client->buffers);
	buffer = xa_load(&client->buffers, handle);
	if (buffer)
		refcount_inc(&buffer->ref);
	xa_unlock(&client->buffers);
	return buffer;
}

/*
 * Every field goes to the device as it is, which judges it. Only names are
 * translated, so that no number can reach another client's buffer.
 */
static void vfarb_ring_describe(struct vfarb_descriptor *to, const struct vfarb_slot *slot,
				const struct vfarb_submission *from, u64 cookie)
{
	unsigned int i;

	to->cookie = cpu_to_le64(cookie);
	to->op = from->op;
	to->flags = from->flags;
	to->reserved0 = cpu_to_le16(from->reserved0);
	to->value = cpu_to_le32(from->value);
	to->size_ns = cpu_to_le64(from->size_ns);
	to->time_ns = cpu_to_le64(from->time_ns);
	for (i = 0; i < VFARB_OPERANDS; i++) {
		const struct vfarb_buffer *buffer = slot->buffer[i];

		to->operand[i].buffer = cpu_to_le32(buffer ? buffer->index : VFARB_BUFFER_UNKNOWN);
		to->operand[i].reserved = cpu_to_le32(from->operand[i].reserved);
		to->operand[i].offset = cpu_to_le64(from->operand[i].offset);
		to->operand[i].length = cpu_to_le64(from->operand[i].length);
		to->dim[i] = cpu_to_le32(from->dim[i]);
	}
	to->reserved1 = cpu_to_le32(from->reserved1);
	to->reserved2 = cpu_to_le64(from->reserved2);
}

/* Out of the ring's lock: what the device does then may take its time. */
static void vfarb_ring_notify(struct vfarb_ring *ring)
{
	vfarb_regs_notify(&ring->tenant->regs, ring->regs + VFARB_RING_TAIL, 0);
}

static void vfarb_ring_write_tail(struct vfarb_ring *ring)
{
	lockdep_assert_held(&ring->lock);
	dma_wmb();
	vfarb_write32(&ring->tenant->regs, ring->regs + VFARB_RING_TAIL, ring->tail);
}

/*
 * Write a submission into the ring. With @last the device is told of it and of
 * all before it, else vfarb_ring_doorbell() has to follow. -EAGAIN if there is
 * no room for it or for its completion. Called with the tenant's gate held for
 * reading.
 */
int vfarb_ring_submit(struct vfarb_ring *ring, struct vfarb_client *client,
		      const struct vfarb_submission *submission, bool last)
{
	struct vfarb_buffer *buffer[VFARB_OPERANDS];
	struct vfarb_tenant *tenant = ring->tenant;
	struct vfarb_slot *slot;
	unsigned long flags;
	unsigned int i;
	bool room;
	u32 place;

	if (!vfarb_client_reserve(client))
		return -EAGAIN;
	for (i = 0; i < VFARB_OPERANDS; i++)
		buffer[i] = vfarb_client_buffer(client, submission->operand[i].handle);

	spin_lock_irqsave(&ring->lock, flags);
	place = ring->tail & (tenant->depth - 1);
	slot = &ring->slots[place];
	room = ring->open && !slot->client;
	if (room) {
		slot->client = client;
		memcpy(slot->buffer, buffer, sizeof(buffer));
		slot->cookie = submission->cookie;
		slot->size_ns = submission->size_ns;
		slot->generation++;
		slot->op = submission->op;
		vfarb_ring_describe(&ring->sq[place], slot, submission,
				    (u64)slot->generation << 32 | place);
		/* Before anybody's doorbell can make it end. */
		vfarb_submitted(tenant->accel, ring->engine, tenant->fn, slot->op, slot->size_ns);
		ring->tail++;
		if (last)
			vfarb_ring_write_tail(ring);
	}
	spin_unlock_irqrestore(&ring->lock, flags);
	if (room) {
		if (last)
			vfarb_ring_notify(ring);
		return 0;
	}
	for (i = 0; i < VFARB_OPERANDS; i++)
		if (buffer[i])
			vfarb_buffer_put(buffer[i]);
	vfarb_client_unreserve(client);
	return -EAGAIN;
}

/* Tell the device of what was submitted. */
void vfarb_ring_doorbell(struct vfarb_ring *ring)
{
	unsigned long flags;
	bool open;

	spin_lock_irqsave(&ring->lock, flags);
	open = ring->open;
	if (open)
		vfarb_ring_write_tail(ring);
	spin_unlock_irqrestore(&ring->lock, flags);
	if (open)
		vfarb_ring_notify(ring);
}
