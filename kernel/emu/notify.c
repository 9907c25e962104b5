// SPDX-License-Identifier: GPL-2.0
/* What a write to VFARB_CAP_NOTIFY means: a register was written, or is about to be read. */
#include "emu.h"

static u32 register_u32(const struct emu_accel *accel, u32 offset)
{
	return READ_ONCE(*(u32 *)(accel->regs + offset));
}

static void set_u32(struct emu_accel *accel, u32 offset, u32 value)
{
	WRITE_ONCE(*(u32 *)(accel->regs + offset), value);
}

static void set_u64(struct emu_accel *accel, u32 offset, u64 value)
{
	WRITE_ONCE(*(u64 *)(accel->regs + offset), value);
}

/* Whether a function may run and reach memory has changed. */
void emu_fn_update(struct emu_fn *fn)
{
	struct emu_accel *accel = fn->accel;
	struct emu_context *context;
	struct emu_engine *engine;
	unsigned long flags;
	unsigned int e;
	bool was;

	lockdep_assert_held(&accel->config_lock);
	for (e = 0; e < accel->params.engines; e++) {
		engine = &accel->engine[e];
		context = &fn->context[e];
		flags = emu_engine_lock(engine);
		was = emu_ring_is_runnable(context);
		context->enabled = fn->enabled;
		context->dma = fn->master && fn->present;
		if (!was && emu_ring_is_runnable(context))
			emu_pending_post(context);
		emu_engine_unlock(engine, flags);
	}
	emu_tenant_status(fn);
}

static void fn_control(struct emu_fn *fn, u32 offset)
{
	struct emu_accel *accel = fn->accel;
	u32 control = register_u32(accel, offset);
	unsigned long flags;

	raw_spin_lock_irqsave(&accel->config_lock, flags);
	set_u32(accel, offset, control & VFARB_FN_ENABLE);
	fn->enabled = control & VFARB_FN_ENABLE;
	emu_fn_update(fn);
	if (control & VFARB_FN_RESET)
		emu_reset_fn(fn, false, true);
	raw_spin_unlock_irqrestore(&accel->config_lock, flags);
}

static void fn_read(struct emu_fn *fn, u32 base, u32 offset)
{
	struct emu_accel *accel = fn->accel;
	unsigned int e = offset / VFARB_FN_ENGINE(1);
	struct emu_context *context;
	struct emu_engine *engine;
	unsigned long flags;

	if (offset == VFARB_FN_STATUS) {
		set_u32(accel, base + offset,
			(READ_ONCE(fn->enabled) ? VFARB_FN_STATUS_ENABLED : 0) |
			(READ_ONCE(fn->resetting) ? VFARB_FN_STATUS_RESETTING : 0));
		return;
	}
	if (e >= accel->params.engines)
		return;
	context = &fn->context[e];
	engine = context->engine;
	flags = emu_engine_lock(engine);
	emu_log_answer(engine);
	switch (offset - VFARB_FN_ENGINE(e)) {
	case VFARB_FN_RUN_TIME:
		set_u64(accel, base + offset,
			emu_counter(accel, context->run_ticks + context->run_error));
		break;
	case VFARB_FN_PROGRESS:
		set_u64(accel, base + offset, context->progress);
		break;
	case VFARB_FN_HEAD_SIZE:
		set_u64(accel, base + offset,
			emu_ticks(accel, emu_ring_head_size_ns(context)));
		break;
	case VFARB_FN_QUEUED:
		set_u32(accel, base + offset, context->ring.tail - context->ring.head);
		break;
	}
	emu_engine_unlock(engine, flags);
}

static void notify_evq(struct emu_accel *accel, u32 offset, bool read)
{
	unsigned int q = (offset - VFARB_REG_EVQ(0)) / (VFARB_REG_EVQ(1) - VFARB_REG_EVQ(0));

	switch (offset - VFARB_REG_EVQ(q)) {
	case VFARB_EVQ_SIZE:
		if (!read)
			emu_evq_notify_size(accel, q);
		break;
	case VFARB_EVQ_TAIL:
		if (!read)
			emu_evq_notify_tail(accel, q);
		break;
	case VFARB_EVQ_LOST:
		if (read)
			emu_evq_refresh(accel, q);
		break;
	}
}

static void notify_engine(struct emu_accel *accel, u32 offset, bool read)
{
	unsigned int e = (offset - VFARB_REG_ENGINE(0)) /
			 (VFARB_REG_ENGINE(1) - VFARB_REG_ENGINE(0));
	struct emu_engine *engine = &accel->engine[e];
	unsigned long flags;

	flags = emu_engine_lock(engine);
	emu_log_answer(engine);
	if (read)
		emu_engine_refresh(engine, offset - VFARB_REG_ENGINE(e));
	else if (offset - VFARB_REG_ENGINE(e) == VFARB_ENGINE_COMMAND)
		emu_engine_command(engine, register_u32(accel, offset));
	emu_engine_unlock(engine, flags);
}

static void notify_fn(struct emu_accel *accel, u32 offset, bool read)
{
	unsigned int nr = (offset - VFARB_REG_FN(0)) / (VFARB_REG_FN(1) - VFARB_REG_FN(0));
	u32 base = VFARB_REG_FN(nr);

	if (read)
		fn_read(accel->fn[nr], base, offset - base);
	else if (offset - base == VFARB_FN_CONTROL)
		fn_control(accel->fn[nr], offset);
}

static void notify_pf(struct emu_accel *accel, u32 offset, bool read)
{
	unsigned int engines = accel->params.engines;

	if (!IS_ALIGNED(offset, sizeof(u32)))
		return;
	if (offset == VFARB_REG_CONTROL) {
		if (!read)
			WRITE_ONCE(accel->running,
				   register_u32(accel, offset) & VFARB_CONTROL_ENABLE);
	} else if (offset >= VFARB_REG_EVQ(0) && offset < VFARB_REG_EVQ(VFARB_EVQS(engines))) {
		notify_evq(accel, offset, read);
	} else if (offset >= VFARB_REG_ENGINE(0) && offset < VFARB_REG_ENGINE(engines)) {
		notify_engine(accel, offset, read);
	} else if (offset >= VFARB_REG_FN(0) && offset < VFARB_REG_FN(emu_functions(accel))) {
		notify_fn(accel, offset, read);
	}
}

/*
 * Called in any context, with interrupts off and raw spinlocks held by the
 * caller. Registers that do not exist are ignored, as writes to them are.
 */
void emu_notify(struct emu_fn *fn, u32 value)
{
	u32 offset = value & VFARB_NOTIFY_OFFSET;
	bool read = value & VFARB_NOTIFY_READ;

	if (!READ_ONCE(fn->decodes))
		return;
	if (!fn->nr && !(value & VFARB_NOTIFY_TENANT))
		notify_pf(fn->accel, offset, read);
	else if (read)
		emu_ring_read(fn, offset);
	else
		emu_ring_notify(fn, offset);
}
