// SPDX-License-Identifier: GPL-2.0
/*
 * Rings: the tenant page, descriptors in, completions out.
 *
 * What lies in a ring or in the tenant page was written by a tenant, who may
 * be hostile and may write again at any time: everything is read once, and
 * judged in the copy.
 */
#include <linux/log2.h>

#include "emu.h"

static u32 tenant_u32(const struct emu_fn *fn, unsigned int offset)
{
	return READ_ONCE(*(u32 *)(fn->tenant + offset));
}

static u64 tenant_u64(const struct emu_fn *fn, unsigned int offset)
{
	return READ_ONCE(*(u64 *)(fn->tenant + offset));
}

static void tenant_set_u32(struct emu_fn *fn, unsigned int offset, u32 value)
{
	WRITE_ONCE(*(u32 *)(fn->tenant + offset), value);
}

void emu_tenant_status(struct emu_fn *fn)
{
	tenant_set_u32(fn, VFARB_TEN_STATUS,
		       (READ_ONCE(fn->enabled) ? VFARB_FN_STATUS_ENABLED : 0) |
		       (READ_ONCE(fn->resetting) ? VFARB_FN_STATUS_RESETTING : 0));
}

void emu_tenant_init(struct emu_fn *fn)
{
	const struct emu_params *params = &fn->accel->params;

	memset(fn->tenant, 0, VFARB_TENANT_PAGE_SIZE);
	tenant_set_u32(fn, VFARB_TEN_MAGIC, VFARB_MAGIC);
	tenant_set_u32(fn, VFARB_TEN_VERSION, VFARB_VERSION);
	tenant_set_u32(fn, VFARB_TEN_FN, fn->nr);
	tenant_set_u32(fn, VFARB_TEN_ENGINES, params->engines);
	WRITE_ONCE(*(u64 *)(fn->tenant + VFARB_TEN_CLOCK_HZ), params->clock_hz);
	emu_tenant_status(fn);
}

/* Whether a grant would find something to run. */
bool emu_ring_is_runnable(const struct emu_context *context)
{
	const struct emu_ring *ring = &context->ring;

	return context->enabled && context->dma && !context->resetting && ring->size &&
	       ring->head != ring->tail && ring->seq - ring->cq_tail < ring->cq_size;
}

u32 emu_ring_queued(const struct emu_context *context)
{
	return emu_ring_is_runnable(context) ? context->ring.tail - context->ring.head : 0;
}

static u64 ring_slot(const struct emu_ring *ring, u32 index)
{
	return ring->base + (u64)(index & (ring->size - 1)) * sizeof(struct vfarb_descriptor);
}

/* What remains of the head's size, at least 1 if it has one: 0 means unknown. */
u64 emu_ring_head_size_ns(const struct emu_context *context)
{
	const struct emu_ring *ring = &context->ring;
	struct vfarb_descriptor desc;
	u64 size_ns;

	if (context->sub.begun) {
		size_ns = context->sub.size_ns;
		if (!size_ns)
			return 0;
		return size_ns > context->sub.run_ns ? size_ns - context->sub.run_ns : 1;
	}
	if (!emu_ring_is_runnable(context) ||
	    !emu_dma_read(ring_slot(ring, ring->head), &desc, sizeof(desc)))
		return 0;
	return le64_to_cpu(desc.size_ns);
}

/* When the submission at the head was handed in. */
static u64 head_time_ns(struct emu_context *context)
{
	struct emu_ring *ring = &context->ring;
	const struct emu_doorbell *doorbell;

	while (ring->doorbells) {
		doorbell = &ring->doorbell[ring->doorbell_first];
		if ((s32)(doorbell->tail - ring->head) > 0)
			return doorbell->time_ns;
		ring->doorbell_first = (ring->doorbell_first + 1) % EMU_DOORBELLS;
		ring->doorbells--;
	}
	return 0;
}

/* Say in an event what a grant would find. */
void emu_ring_describe(struct emu_context *context, struct vfarb_event *event)
{
	const struct emu_accel *accel = context->engine->accel;
	u32 queued = emu_ring_queued(context);

	if (!queued)
		return;
	event->queued = cpu_to_le32(queued);
	event->head_size = cpu_to_le64(emu_ticks(accel, emu_ring_head_size_ns(context)));
	event->head_time = cpu_to_le64(emu_counter(accel, emu_ticks(accel,
								    head_time_ns(context))));
}

void emu_pending_post(struct emu_context *context)
{
	struct emu_engine *engine = context->engine;
	struct vfarb_event event = {
		.type = VFARB_EVENT_PENDING,
		.fn = cpu_to_le16(context->fn->nr),
	};

	emu_ring_describe(context, &event);
	emu_event_post(engine, &event, engine->mark_ns);
}

static int read_buffer(void *data, u32 index, struct vfarb_buffer_entry *entry)
{
	const struct emu_context *context = data;

	if (index >= context->buffers)
		return VFARB_SUB_BAD_BUFFER;
	if (!emu_dma_read(context->table + (u64)index * sizeof(*entry), entry, sizeof(*entry)))
		return VFARB_SUB_DMA;
	return 0;
}

/* Ticks from the doorbell of the submission at the head until now. */
static u64 ring_wait(struct emu_context *context, u64 time_ns)
{
	const struct emu_accel *accel = context->engine->accel;

	return emu_ticks(accel, time_ns) - emu_ticks(accel, head_time_ns(context));
}

/*
 * Begin the submission at the head. A refused one runs for the overhead of
 * any, so that who sends nonsense pays for it.
 *
 * Return: 0, or -EFAULT if the ring cannot be reached.
 */
int emu_ring_fetch(struct emu_context *context, u64 time_ns)
{
	const struct emu_cost *cost = &context->engine->accel->params.cost;
	struct emu_submission *sub = &context->sub;
	struct emu_ring *ring = &context->ring;
	struct vfarb_descriptor desc;

	if (!emu_dma_read(ring_slot(ring, ring->head), &desc, sizeof(desc)))
		return -EFAULT;
	memset(sub, 0, sizeof(*sub));
	context->generation++;
	sub->begun = true;
	sub->cookie = le64_to_cpu(desc.cookie);
	sub->opcode = desc.op;
	sub->size_ns = le64_to_cpu(desc.size_ns);
	sub->wait_ticks = ring_wait(context, time_ns);
	sub->status = emu_op_check(&desc, read_buffer, context, &sub->op, &sub->operand);
	if (sub->status) {
		sub->total_ns = cost->overhead_ns;
	} else {
		sub->total_ns = emu_op_cost(&sub->op, cost);
		sub->real_work = emu_op_touches_memory(&sub->op);
		sub->cursor.crc = ~0u;
	}
	return 0;
}

static bool write_completion(struct emu_context *context, const struct vfarb_cqe *cqe)
{
	struct emu_engine *engine = context->engine;
	struct emu_ring *ring = &context->ring;
	struct vfarb_cqe *slot;
	u32 seq = ring->seq + 1;

	if (!seq)
		seq = 1;
	slot = emu_dma_pointer(ring->cq_base + ((seq - 1) & (ring->cq_size - 1)) * sizeof(*slot),
			       sizeof(*slot));
	if (!slot || !context->dma || seq - ring->cq_tail > ring->cq_size)
		return false;
	ring->seq = seq;
	memcpy((void *)slot + sizeof(slot->seq), (void *)cqe + sizeof(cqe->seq),
	       sizeof(*slot) - sizeof(slot->seq));
	/* Whoever sees the seq must see the rest. */
	smp_store_release(&slot->seq, cpu_to_le32(seq));
	engine->raise.fns |= BIT_ULL(context->fn->nr);
	return true;
}

static bool finish(struct emu_context *context, u64 time_ns)
{
	const struct emu_accel *accel = context->engine->accel;
	struct emu_submission *sub = &context->sub;
	struct vfarb_cqe cqe = {
		.status = cpu_to_le16(sub->status),
		.op = sub->opcode,
		.operand = sub->operand,
		.cookie = cpu_to_le64(sub->cookie),
		.run = cpu_to_le64(sub->run_ticks),
		.wait = cpu_to_le64(sub->wait_ticks),
		.result = cpu_to_le64(sub->result),
		.time = cpu_to_le64(emu_counter(accel, emu_ticks(accel, time_ns))),
		.grants = cpu_to_le32(sub->grants),
	};
	bool written = write_completion(context, &cqe);

	context->ring.head++;
	context->progress++;
	context->ended++;
	context->generation++;
	sub->begun = false;
	return written;
}

/*
 * End the running submission.
 *
 * Return: false if its completion could not be written.
 */
bool emu_ring_complete(struct emu_context *context, u64 time_ns)
{
	struct emu_engine *engine = context->engine;
	u8 status = context->sub.status;
	bool written = finish(context, time_ns);

	/* Once a grant: a tenant must not flood the PF's queue with its own mistakes. */
	if (status && !context->fault_told) {
		context->fault_told = true;
		emu_event_fault(engine, context->fn->nr, engine->cookie, VFARB_FAULT_SUBMISSION,
				time_ns);
	}
	return written;
}

/*
 * End the submission at the head by a reset, begun or not.
 *
 * Return: false if that cannot be told, so there is no use in going on.
 */
bool emu_ring_cancel(struct emu_context *context, u64 time_ns)
{
	struct emu_submission *sub = &context->sub;
	struct emu_ring *ring = &context->ring;
	struct vfarb_descriptor desc;

	if (!ring->size || ring->head == ring->tail)
		return false;
	if (!sub->begun) {
		if (!emu_dma_read(ring_slot(ring, ring->head), &desc, sizeof(desc)))
			return false;
		memset(sub, 0, sizeof(*sub));
		sub->cookie = le64_to_cpu(desc.cookie);
		sub->opcode = desc.op;
		sub->wait_ticks = ring_wait(context, time_ns);
	}
	sub->status = VFARB_SUB_RESET;
	sub->operand = 0;
	sub->result = 0;
	return finish(context, time_ns);
}

void emu_ring_clear(struct emu_context *context)
{
	memset(&context->ring, 0, sizeof(context->ring));
	memset(&context->sub, 0, sizeof(context->sub));
	context->generation++;
	context->buffers = 0;
	context->table = 0;
}

static bool ring_is_sane(const struct emu_ring *ring)
{
	return is_power_of_2(ring->size) && ring->size <= VFARB_RING_SIZE_MAX &&
	       is_power_of_2(ring->cq_size) && ring->cq_size <= VFARB_RING_SIZE_MAX &&
	       ring->cq_size >= ring->size &&
	       IS_ALIGNED(ring->base, sizeof(struct vfarb_descriptor)) &&
	       IS_ALIGNED(ring->cq_base, sizeof(struct vfarb_cqe));
}

static void notify_size(struct emu_context *context)
{
	unsigned int at = VFARB_TEN_RING(context->engine->nr);
	struct emu_ring *ring = &context->ring;
	struct emu_fn *fn = context->fn;

	/* What ran from the old ring has nowhere to go. */
	emu_engine_drop(context->engine, context);
	memset(ring, 0, sizeof(*ring));
	memset(&context->sub, 0, sizeof(context->sub));
	context->generation++;
	tenant_set_u32(fn, at + VFARB_RING_TAIL, 0);
	tenant_set_u32(fn, at + VFARB_RING_HEAD, 0);
	tenant_set_u32(fn, at + VFARB_RING_CQ_TAIL, 0);
	ring->size = tenant_u32(fn, at + VFARB_RING_SIZE);
	if (!ring->size)
		return;
	ring->base = tenant_u64(fn, at + VFARB_RING_BASE);
	ring->cq_size = tenant_u32(fn, at + VFARB_RING_CQ_SIZE);
	ring->cq_base = tenant_u64(fn, at + VFARB_RING_CQ_BASE);
	if (ring_is_sane(ring))
		return;
	ring->size = 0;
	tenant_set_u32(fn, at + VFARB_RING_SIZE, 0);
	emu_event_fault(context->engine, fn->nr, 0, VFARB_FAULT_RING, context->engine->mark_ns);
}

static void notify_tail(struct emu_context *context)
{
	unsigned int at = VFARB_TEN_RING(context->engine->nr);
	u32 tail = tenant_u32(context->fn, at + VFARB_RING_TAIL);
	struct emu_ring *ring = &context->ring;
	unsigned int last;

	if (!ring->size || tail == ring->tail)
		return;
	/* Only forward, and never past the head. */
	if (tail - ring->head > ring->size || tail - ring->head < ring->tail - ring->head) {
		emu_event_fault(context->engine, context->fn->nr, 0, VFARB_FAULT_RING,
				context->engine->mark_ns);
		return;
	}
	if (ring->head == ring->tail)
		ring->doorbells = 0;
	ring->tail = tail;
	if (ring->doorbells == EMU_DOORBELLS) {
		last = (ring->doorbell_first + EMU_DOORBELLS - 1) % EMU_DOORBELLS;
	} else {
		last = (ring->doorbell_first + ring->doorbells++) % EMU_DOORBELLS;
		ring->doorbell[last].time_ns = context->engine->mark_ns;
	}
	ring->doorbell[last].tail = tail;
}

static void notify_cq_tail(struct emu_context *context)
{
	unsigned int at = VFARB_TEN_RING(context->engine->nr);
	u32 tail = tenant_u32(context->fn, at + VFARB_RING_CQ_TAIL);
	struct emu_ring *ring = &context->ring;

	if (ring->seq - tail <= ring->seq - ring->cq_tail)
		ring->cq_tail = tail;
}

static void latch_buffers(struct emu_fn *fn)
{
	u32 buffers = tenant_u32(fn, VFARB_TEN_BUFFERS);
	u64 table = tenant_u64(fn, VFARB_TEN_BUFFER_TABLE);
	struct emu_engine *engine;
	unsigned long flags;
	unsigned int e;

	if (!IS_ALIGNED(table, 64))
		buffers = 0;
	for (e = 0; e < fn->accel->params.engines; e++) {
		engine = &fn->accel->engine[e];
		flags = emu_engine_lock(engine);
		if (!fn->context[e].resetting) {
			fn->context[e].buffers = buffers;
			fn->context[e].table = table;
		}
		emu_engine_unlock(engine, flags);
	}
}

/* The register at @offset of the tenant page was written. */
void emu_ring_notify(struct emu_fn *fn, u32 offset)
{
	struct emu_context *context;
	struct emu_engine *engine;
	unsigned long flags;
	unsigned int e;
	bool was;

	if (offset == VFARB_TEN_BUFFERS) {
		latch_buffers(fn);
		return;
	}
	if (offset < VFARB_TEN_RING(0) || offset >= VFARB_TEN_RING(fn->accel->params.engines))
		return;
	e = (offset - VFARB_TEN_RING(0)) / (VFARB_TEN_RING(1) - VFARB_TEN_RING(0));
	context = &fn->context[e];
	engine = context->engine;

	flags = emu_engine_lock(engine);
	was = emu_ring_is_runnable(context);
	if (!context->resetting) {
		switch (offset - VFARB_TEN_RING(e)) {
		case VFARB_RING_SIZE:
			notify_size(context);
			break;
		case VFARB_RING_TAIL:
			notify_tail(context);
			break;
		case VFARB_RING_CQ_TAIL:
			notify_cq_tail(context);
			break;
		}
	}
	if (!was && emu_ring_is_runnable(context))
		emu_pending_post(context);
	emu_engine_unlock(engine, flags);
}

/* The live register at @offset of the tenant page is about to be read. */
void emu_ring_read(struct emu_fn *fn, u32 offset)
{
	unsigned long flags;
	unsigned int e;

	if (offset == VFARB_TEN_STATUS)
		emu_tenant_status(fn);
	for (e = 0; e < fn->accel->params.engines; e++) {
		if (offset != VFARB_TEN_RING(e) + VFARB_RING_HEAD)
			continue;
		flags = emu_engine_lock(&fn->accel->engine[e]);
		tenant_set_u32(fn, offset, fn->context[e].ring.head);
		emu_engine_unlock(&fn->accel->engine[e], flags);
	}
}
