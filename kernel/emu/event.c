// SPDX-License-Identifier: GPL-2.0
/* Event queues: what the device tells the PF. */
#include <linux/log2.h>

#include "emu.h"

static struct emu_evq *evq_of(struct emu_accel *accel, unsigned int q)
{
	return q ? &accel->engine[q - 1].evq : &accel->admin;
}

static u64 evq_base(struct emu_accel *accel, unsigned int q)
{
	return READ_ONCE(*(u64 *)(accel->regs + VFARB_REG_EVQ(q) + VFARB_EVQ_BASE));
}

static u32 evq_register(struct emu_accel *accel, unsigned int q, unsigned int offset)
{
	return READ_ONCE(*(u32 *)(accel->regs + VFARB_REG_EVQ(q) + offset));
}

static unsigned long evq_lock(struct emu_accel *accel, unsigned int q)
	__acquires(evq)
{
	unsigned long flags;

	if (q)
		return emu_engine_lock(&accel->engine[q - 1]);
	raw_spin_lock_irqsave(&accel->admin_lock, flags);
	return flags;
}

static void evq_unlock(struct emu_accel *accel, unsigned int q, unsigned long flags)
	__releases(evq)
{
	if (q)
		emu_engine_unlock(&accel->engine[q - 1], flags);
	else
		raw_spin_unlock_irqrestore(&accel->admin_lock, flags);
}

/* A size that makes no sense leaves the queue disabled, and the register says so. */
void emu_evq_notify_size(struct emu_accel *accel, unsigned int q)
{
	u32 size = evq_register(accel, q, VFARB_EVQ_SIZE);
	u64 base = evq_base(accel, q);
	struct emu_evq *evq = evq_of(accel, q);
	unsigned long flags;

	if (size && (!is_power_of_2(size) || size > VFARB_EVQ_SIZE_MAX || !IS_ALIGNED(base, 64))) {
		size = 0;
		WRITE_ONCE(*(u32 *)(accel->regs + VFARB_REG_EVQ(q) + VFARB_EVQ_SIZE), 0);
	}
	flags = evq_lock(accel, q);
	evq->base = base;
	evq->size = size;
	evq->seq = 0;
	evq->tail = 0;
	WRITE_ONCE(*(u32 *)(accel->regs + VFARB_REG_EVQ(q) + VFARB_EVQ_TAIL), 0);
	evq_unlock(accel, q, flags);
}

void emu_evq_notify_tail(struct emu_accel *accel, unsigned int q)
{
	u32 tail = evq_register(accel, q, VFARB_EVQ_TAIL);
	struct emu_evq *evq = evq_of(accel, q);
	unsigned long flags;

	flags = evq_lock(accel, q);
	if (q)
		emu_log_answer(&accel->engine[q - 1]);
	if (evq->seq - tail <= evq->size)
		evq->tail = tail;
	evq_unlock(accel, q, flags);
}

void emu_evq_refresh(struct emu_accel *accel, unsigned int q)
{
	unsigned long flags = evq_lock(accel, q);

	WRITE_ONCE(*(u32 *)(accel->regs + VFARB_REG_EVQ(q) + VFARB_EVQ_LOST),
		   evq_of(accel, q)->lost);
	evq_unlock(accel, q, flags);
}

/*
 * Damage an event as the faults ask. Return: what is to be added to its seq.
 * Fields are checked by whoever reads them, so any value serves that no sane
 * device would send.
 */
static u32 damage(struct emu_accel *accel, int engine, struct vfarb_event *event)
{
	int fn = le16_to_cpu(event->fn);
	u32 jump = 0;
	u64 value;

	if (emu_fault_hits(accel, EMU_FAULT_EVENT_TYPE, engine, fn, &value))
		event->type = value ?: 0xee;
	if (emu_fault_hits(accel, EMU_FAULT_EVENT_FN, engine, fn, &value))
		event->fn = cpu_to_le16(value ?: 0x7fff);
	if (emu_fault_hits(accel, EMU_FAULT_EVENT_ENGINE, engine, fn, &value))
		event->engine = value ?: 77;
	if (emu_fault_hits(accel, EMU_FAULT_TIME_BACKWARDS, engine, fn, &value))
		event->time = cpu_to_le64(emu_counter(accel, le64_to_cpu(event->time) -
						      (value ?: 1000000)));
	if (emu_fault_hits(accel, EMU_FAULT_EVENT_SEQ, engine, fn, &value))
		jump = value ?: 7;
	return jump;
}

static void evq_write(struct emu_accel *accel, struct emu_evq *evq, int engine,
		      struct vfarb_event *event)
{
	struct vfarb_event *slot;
	u32 seq = evq->seq + 1;
	u32 jump;
	u64 value;

	if (!evq->size || accel->gone)
		return;
	if (emu_fault_hits(accel, EMU_FAULT_REMOVAL, engine, le16_to_cpu(event->fn), &value)) {
		emu_accel_vanish(accel);
		return;
	}
	jump = damage(accel, engine, event);
	if (emu_fault_hits(accel, EMU_FAULT_EVENT_LOST, engine, le16_to_cpu(event->fn), &value))
		return;
	/* 0 is skipped, as what was never written must not look valid. */
	if (!seq)
		seq = 1;
	slot = emu_dma_pointer(evq->base + ((seq - 1) & (evq->size - 1)) * sizeof(*slot),
			       sizeof(*slot));
	if (!slot || !READ_ONCE(accel->fn[0]->master) || seq - evq->tail > evq->size) {
		evq->lost++;
		return;
	}
	evq->seq = seq;
	memcpy((void *)slot + sizeof(slot->seq), (void *)event + sizeof(event->seq),
	       sizeof(*slot) - sizeof(slot->seq));
	/* Whoever sees the seq must see the rest. */
	smp_store_release(&slot->seq, cpu_to_le32(seq + jump));
}

/* Tell the PF what happened on @engine at @time_ns. */
void emu_event_post(struct emu_engine *engine, struct vfarb_event *event, u64 time_ns)
{
	struct emu_accel *accel = engine->accel;

	lockdep_assert_held(&engine->lock);
	event->engine = engine->nr;
	event->time = cpu_to_le64(emu_counter(accel, emu_ticks(accel, time_ns)));
	evq_write(accel, &engine->evq, engine->nr, event);
	engine->raise.events = true;
}

/* Tell the PF what belongs to no engine. The caller raises VFARB_PF_VECTOR_ADMIN. */
void emu_event_post_admin(struct emu_accel *accel, struct vfarb_event *event)
{
	unsigned long flags;

	event->engine = VFARB_EVENT_ENGINE_NONE;
	event->time = cpu_to_le64(emu_counter(accel, emu_ticks(accel, emu_now(accel))));
	raw_spin_lock_irqsave(&accel->admin_lock, flags);
	evq_write(accel, &accel->admin, -1, event);
	raw_spin_unlock_irqrestore(&accel->admin_lock, flags);
}

void emu_event_fault(struct emu_engine *engine, unsigned int fn, u32 cookie, u32 code,
		     u64 time_ns)
{
	struct vfarb_event event = {
		.type = VFARB_EVENT_FAULT,
		.fn = cpu_to_le16(fn),
		.cookie = cpu_to_le32(cookie),
		.arg = cpu_to_le32(code),
	};

	emu_event_post(engine, &event, time_ns);
}
