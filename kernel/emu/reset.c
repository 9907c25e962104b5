// SPDX-License-Identifier: GPL-2.0
/*
 * Resets: by the PF driver, by a function level reset, and as VFs come and go.
 *
 * A function loses its engines at once. The rest is left to the engines'
 * workers, as one of them may be at work in the function's buffers: each ends
 * what the function's ring held, and the last to let go ends the reset.
 */
#include <linux/sched.h>

#include "emu.h"

/* Submissions that one holding of the lock may end. */
#define CANCELS_MAX	16

static bool any_resetting(const struct emu_accel *accel)
{
	unsigned int nr;

	for (nr = 0; nr < emu_functions(accel); nr++)
		if (accel->fn[nr]->resetting)
			return true;
	return false;
}

static void reset_ended(struct emu_fn *fn)
{
	struct emu_accel *accel = fn->accel;
	struct vfarb_event event = {
		.type = VFARB_EVENT_RESET_DONE,
		.fn = cpu_to_le16(fn->nr),
	};
	unsigned long flags, engine_flags;
	unsigned int e;
	bool tell;

	raw_spin_lock_irqsave(&accel->config_lock, flags);
	fn->resetting = false;
	tell = fn->reset_told;
	fn->reset_told = false;
	emu_tenant_init(fn);
	for (e = 0; e < accel->params.engines; e++) {
		engine_flags = emu_engine_lock(&accel->engine[e]);
		fn->context[e].resetting = false;
		emu_engine_unlock(&accel->engine[e], engine_flags);
	}
	if (fn->nr)
		WRITE_ONCE(fn->flr, false);
	/* The PF's reset is everybody's. */
	if (accel->fn[0]->flr && !any_resetting(accel))
		WRITE_ONCE(accel->fn[0]->flr, false);
	raw_spin_unlock_irqrestore(&accel->config_lock, flags);
	if (!tell)
		return;
	emu_event_post_admin(accel, &event);
	emu_msix_raise_later(accel->fn[0], VFARB_PF_VECTOR_ADMIN);
}

/*
 * Begin to reset a function.
 * @flr: it does not answer on the bus until the end
 * @tell: the PF is to hear of the end
 */
void emu_reset_fn(struct emu_fn *fn, bool flr, bool tell)
{
	struct emu_accel *accel = fn->accel;
	struct emu_engine *engine;
	unsigned long flags;
	unsigned int e;
	u64 value;

	lockdep_assert_held(&accel->config_lock);
	if (flr)
		WRITE_ONCE(fn->flr, true);
	if (tell)
		fn->reset_told = true;
	if (fn->resetting && !fn->reset_lost)
		return;
	fn->resetting = true;
	fn->reset_lost = emu_fault_hits(accel, EMU_FAULT_RESET_LOST, -1, fn->nr, &value);
	emu_tenant_status(fn);
	atomic_set(&fn->resets_left, accel->params.engines);
	for (e = 0; e < accel->params.engines; e++) {
		engine = &accel->engine[e];
		flags = emu_engine_lock(engine);
		fn->context[e].resetting = true;
		emu_engine_drop(engine, &fn->context[e]);
		if (!fn->reset_lost) {
			engine->reset_fns |= BIT_ULL(fn->nr);
			wake_up_process(engine->worker);
		}
		emu_engine_unlock(engine, flags);
	}
}

/* Everything but the clocks and counters, the VFs included. */
void emu_reset_pf(struct emu_accel *accel)
{
	struct emu_engine *engine;
	unsigned long flags;
	unsigned int i;

	lockdep_assert_held(&accel->config_lock);
	WRITE_ONCE(accel->running, false);
	raw_spin_lock_irqsave(&accel->admin_lock, flags);
	accel->admin.size = 0;
	raw_spin_unlock_irqrestore(&accel->admin_lock, flags);
	for (i = 0; i < accel->params.engines; i++) {
		engine = &accel->engine[i];
		flags = emu_engine_lock(engine);
		engine->evq.size = 0;
		emu_engine_unlock(engine, flags);
	}
	for (i = 0; i < emu_functions(accel); i++) {
		accel->fn[i]->enabled = false;
		emu_reset_fn(accel->fn[i], true, false);
		emu_fn_update(accel->fn[i]);
	}
	emu_registers_init(accel);
}

static void reset_engine(struct emu_engine *engine)
{
	struct emu_accel *accel = engine->accel;
	struct emu_context *context;
	unsigned int nr;

	for (nr = 0; nr < emu_functions(accel); nr++) {
		context = &accel->fn[nr]->context[engine->nr];
		if (context->sub.begun && !context->resetting)
			emu_ring_cancel(context, engine->mark_ns);
	}
	emu_engine_reset_ended(engine);
}

/* A part of what the engine has to reset. Drops the lock for a while. */
unsigned long emu_reset_step(struct emu_engine *engine, unsigned long flags)
{
	unsigned int cancels = 0;
	struct emu_context *context;
	struct emu_fn *fn;

	if (engine->reset_engine) {
		reset_engine(engine);
		return flags;
	}
	fn = engine->accel->fn[__ffs64(engine->reset_fns)];
	context = &fn->context[engine->nr];
	while (emu_ring_cancel(context, engine->mark_ns))
		if (++cancels == CANCELS_MAX)
			return flags;
	emu_ring_clear(context);
	engine->reset_fns &= ~BIT_ULL(fn->nr);
	emu_engine_unlock(engine, flags);
	if (atomic_dec_and_test(&fn->resets_left))
		reset_ended(fn);
	return emu_engine_lock(engine);
}
