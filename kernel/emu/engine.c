// SPDX-License-Identifier: GPL-2.0
/*
 * Engines: a machine of states and the times at which it changes.
 *
 * The engine lives in modelled time. A transition that is due happens at the
 * time it was due, whenever the timer or somebody's access lets us notice; so
 * a late timer makes interrupts late, as a busy host would, and no slice long.
 */
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "emu.h"

/*
 * Transitions that one call may catch up with. Beyond them a submission runs
 * until now, at its function's cost, so that a ring of short ones cannot hold
 * a CPU for ever.
 */
#define STEPS_MAX	32

static struct vfarb_event event_of(struct emu_engine *engine, u8 type)
{
	struct vfarb_event event = {
		.type = type,
		.fn = cpu_to_le16(engine->current_context->fn->nr),
		.cookie = cpu_to_le32(engine->cookie),
	};

	return event;
}

/* Book the time until @time_ns to what the engine did. */
static void account(struct emu_engine *engine, u64 time_ns)
{
	struct emu_context *context = engine->current_context;
	u64 ticks = emu_ticks(engine->accel, time_ns);
	u64 dticks = ticks - engine->mark_ticks;
	u64 ns = time_ns - engine->mark_ns;

	engine->mark_ns = time_ns;
	engine->mark_ticks = ticks;
	switch (engine->state) {
	case EMU_IDLE:
	case EMU_RESETTING:
		engine->idle_ns += ns;
		engine->idle_ticks += dticks;
		break;
	case EMU_SWITCHING:
	case EMU_SAVING:
		engine->switching_ns += ns;
		engine->switching_ticks += dticks;
		engine->grant_switching_ns += ns;
		engine->grant_switching_ticks += dticks;
		break;
	case EMU_RUNNING:
	case EMU_STOPPING:
		engine->running_ns += ns;
		engine->running_ticks += dticks;
		engine->grant_run_ns += ns;
		engine->grant_run_ticks += dticks;
		context->run_ns += ns;
		context->run_ticks += dticks;
		context->sub.run_ns += ns;
		context->sub.run_ticks += dticks;
		/* Work on memory moves the counter itself, see work.c. */
		if (!engine->hung && !context->sub.real_work)
			context->progress += ns;
		break;
	}
}

/* When the running submission can end, as far as is known. */
static u64 submission_end(const struct emu_engine *engine)
{
	const struct emu_submission *sub = &engine->current_context->sub;

	if (engine->hung || (sub->real_work && !sub->work_done))
		return EMU_NEVER;
	return engine->sub_end_ns;
}

static u64 next_transition(const struct emu_engine *engine)
{
	switch (engine->state) {
	case EMU_SWITCHING:
	case EMU_SAVING:
		return engine->until_ns;
	case EMU_RUNNING:
		return min(submission_end(engine), engine->slice_end_ns);
	case EMU_STOPPING:
		return min(submission_end(engine), engine->stop_ns);
	default:
		return EMU_NEVER;
	}
}

static void end_slice(struct emu_engine *engine, u64 time_ns, u32 reason)
{
	struct emu_context *context = engine->current_context;
	struct vfarb_event event = event_of(engine, VFARB_EVENT_SLICE_END);
	struct emu_accel *accel = engine->accel;
	u64 run = engine->grant_run_ticks;
	u64 value;

	if (emu_fault_hits(accel, EMU_FAULT_RUN_TIME, engine->nr, context->fn->nr, &value)) {
		context->run_error += value ?: 1000000;
		run += value ?: 1000000;
	}
	event.arg = cpu_to_le32(reason);
	event.run = cpu_to_le64(run);
	event.switching = cpu_to_le64(engine->grant_switching_ticks);
	emu_ring_describe(context, &event);
	engine->reason = reason;
	emu_log(engine, EMU_LOG_END, context->fn->nr, time_ns);
	engine->state = EMU_IDLE;
	engine->current_context = NULL;
	engine->hung = false;
	engine->deaf = false;
	emu_event_post(engine, &event, time_ns);
}

static void fault_dma(struct emu_engine *engine, u64 time_ns)
{
	struct emu_context *context = engine->current_context;

	/* The ring stays off until somebody sets it up anew. */
	context->ring.size = 0;
	emu_event_fault(engine, context->fn->nr, engine->cookie, VFARB_FAULT_DMA, time_ns);
	end_slice(engine, time_ns, VFARB_REASON_FAULT);
}

/* Run what the function has next, or give the engine back. */
static void run_next(struct emu_engine *engine, u64 time_ns)
{
	struct emu_context *context = engine->current_context;
	struct emu_submission *sub = &context->sub;
	u64 value;

	if (!emu_ring_is_runnable(context)) {
		end_slice(engine, time_ns, VFARB_REASON_EMPTY);
		return;
	}
	if (!sub->begun && emu_ring_fetch(context, time_ns)) {
		fault_dma(engine, time_ns);
		return;
	}
	sub->grants++;
	engine->state = EMU_RUNNING;
	engine->sub_end_ns = time_ns;
	if (sub->total_ns > sub->run_ns)
		engine->sub_end_ns += sub->total_ns - sub->run_ns;
	if (emu_fault_hits(engine->accel, EMU_FAULT_HANG, engine->nr, context->fn->nr, &value)) {
		engine->hung = true;
		engine->slice_end_ns = EMU_NEVER;
	}
	if (sub->real_work && !sub->work_done)
		wake_up_process(engine->worker);
}

/* The slice is to end: at once, or when what runs can be stopped. */
static void stop(struct emu_engine *engine, u64 time_ns, u32 reason)
{
	const struct emu_params *params = &engine->accel->params;
	struct emu_context *context = engine->current_context;
	u64 rest = 0;
	u64 value;

	if (engine->hung || engine->deaf ||
	    emu_fault_hits(engine->accel, EMU_FAULT_DEAF, engine->nr, context->fn->nr, &value)) {
		engine->deaf = true;
		engine->slice_end_ns = EMU_NEVER;
		return;
	}
	engine->state = EMU_STOPPING;
	engine->reason = reason;
	engine->stop_ns = EMU_NEVER;
	if (params->preempt != EMU_PREEMPT_MID)
		return;
	if (params->granularity_ns)
		div64_u64_rem(context->sub.run_ns, params->granularity_ns, &rest);
	engine->stop_ns = time_ns + (rest ? params->granularity_ns - rest : 0);
}

/* The current function stopped within a submission. */
static void save(struct emu_engine *engine, u64 time_ns)
{
	struct vfarb_event event = event_of(engine, VFARB_EVENT_PREEMPTED);

	event.run = cpu_to_le64(engine->grant_run_ticks);
	engine->state = EMU_SAVING;
	engine->until_ns = time_ns + engine->accel->params.preempt_cost_ns;
	emu_log(engine, EMU_LOG_PREEMPTED, engine->current_context->fn->nr, time_ns);
	emu_event_post(engine, &event, time_ns);
}

static void begin_slice(struct emu_engine *engine, u64 time_ns)
{
	struct vfarb_event event = event_of(engine, VFARB_EVENT_STARTED);

	engine->last_fn = engine->current_context->fn->nr;
	if (engine->reason) {
		/* Preempted while switching: it is over before it began. */
		end_slice(engine, time_ns, engine->reason);
		return;
	}
	event.switching = cpu_to_le64(engine->grant_switching_ticks);
	engine->slice_end_ns = time_ns + engine->slice_ns;
	emu_log(engine, EMU_LOG_STARTED, engine->last_fn, time_ns);
	emu_event_post(engine, &event, time_ns);
	run_next(engine, time_ns);
}

static void end_submission(struct emu_engine *engine, u64 time_ns)
{
	bool stopping = engine->state == EMU_STOPPING;

	if (!emu_ring_complete(engine->current_context, time_ns))
		fault_dma(engine, time_ns);
	else if (stopping)
		end_slice(engine, time_ns, engine->reason);
	else if (engine->slice_end_ns <= time_ns)
		end_slice(engine, time_ns, VFARB_REASON_EXPIRED);
	else
		run_next(engine, time_ns);
}

static void step(struct emu_engine *engine, u64 time_ns)
{
	account(engine, time_ns);
	switch (engine->state) {
	case EMU_SWITCHING:
		begin_slice(engine, time_ns);
		break;
	case EMU_SAVING:
		end_slice(engine, time_ns, engine->reason);
		break;
	case EMU_RUNNING:
		if (submission_end(engine) <= time_ns)
			end_submission(engine, time_ns);
		else
			stop(engine, time_ns, VFARB_REASON_EXPIRED);
		break;
	case EMU_STOPPING:
		if (submission_end(engine) <= time_ns)
			end_submission(engine, time_ns);
		else
			save(engine, time_ns);
		break;
	default:
		break;
	}
}

/* Do whatever is due. Afterwards time is accounted until now. */
void emu_engine_advance(struct emu_engine *engine)
{
	u64 now = emu_now(engine->accel);
	unsigned int steps = 0;
	u64 due;

	lockdep_assert_held(&engine->lock);
	for (;;) {
		due = next_transition(engine);
		if (due > now)
			break;
		if (++steps > STEPS_MAX) {
			now = emu_now(engine->accel);
			due = now;
		}
		/* A slice may have ended before a stop was asked for. */
		step(engine, max(due, engine->mark_ns));
	}
	account(engine, now);
}

/*
 * Drop the lock after arming the timer and taking what interrupts are to be
 * raised; the caller raises them.
 */
static struct emu_raise unlock(struct emu_engine *engine, unsigned long flags)
	__releases(&engine->lock)
{
	struct emu_raise raise = engine->raise;
	u64 due = next_transition(engine);

	memset(&engine->raise, 0, sizeof(engine->raise));
	/* A timer left armed for nothing finds nothing to do. */
	if (due != EMU_NEVER && due != engine->armed_ns) {
		engine->armed_ns = due;
		hrtimer_start(&engine->timer, ns_to_ktime(engine->accel->epoch_ns + due),
			      HRTIMER_MODE_ABS_PINNED_HARD);
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	return raise;
}

/* Take the lock, with everything done that is due. */
unsigned long emu_engine_lock(struct emu_engine *engine)
	__acquires(&engine->lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	emu_engine_advance(engine);
	return flags;
}

/* For everybody but the timer: the caller may hold locks that a handler wants. */
void emu_engine_unlock(struct emu_engine *engine, unsigned long flags)
	__releases(&engine->lock)
{
	struct emu_accel *accel = engine->accel;
	struct emu_raise raise;
	unsigned int nr;

	if (engine->state != EMU_IDLE)
		emu_engine_advance(engine);
	raise = unlock(engine, flags);
	if (raise.events)
		emu_msix_raise_later(accel->fn[0], VFARB_PF_VECTOR_ENGINE(engine->nr));
	for (; raise.fns; raise.fns &= raise.fns - 1) {
		nr = __ffs64(raise.fns);
		emu_msix_raise_later(accel->fn[nr], nr ? VFARB_VF_VECTOR_ENGINE(engine->nr) :
							 VFARB_PF_VECTOR_ENGINE(engine->nr));
	}
}

static enum hrtimer_restart engine_timer(struct hrtimer *timer)
{
	struct emu_engine *engine = container_of(timer, struct emu_engine, timer);
	struct emu_accel *accel = engine->accel;
	struct emu_raise raise;
	unsigned long flags;
	unsigned int nr;

	raw_spin_lock_irqsave(&engine->lock, flags);
	engine->armed_ns = EMU_NEVER;
	emu_engine_advance(engine);
	if (engine->raise.events || (engine->raise.fns & 1))
		emu_log(engine, EMU_LOG_RAISE, EMU_FN_NONE, engine->mark_ns);
	raise = unlock(engine, flags);
	/*
	 * The PF's handler may grant at once, which starts this very timer;
	 * HRTIMER_NORESTART leaves that alone.
	 */
	if (raise.events || (raise.fns & 1)) {
		WRITE_ONCE(engine->raised_ns, emu_now(accel));
		emu_msix_raise(accel->fn[0], VFARB_PF_VECTOR_ENGINE(engine->nr));
	}
	for (raise.fns &= ~1ull; raise.fns; raise.fns &= raise.fns - 1) {
		nr = __ffs64(raise.fns);
		emu_msix_raise(accel->fn[nr], VFARB_VF_VECTOR_ENGINE(engine->nr));
	}
	return HRTIMER_NORESTART;
}

static u32 engine_u32(const struct emu_engine *engine, unsigned int offset)
{
	return READ_ONCE(*(u32 *)(engine->accel->regs + VFARB_REG_ENGINE(engine->nr) + offset));
}

static u64 engine_u64(const struct emu_engine *engine, unsigned int offset)
{
	return READ_ONCE(*(u64 *)(engine->accel->regs + VFARB_REG_ENGINE(engine->nr) + offset));
}

static void grant(struct emu_engine *engine)
{
	u32 cookie = engine_u32(engine, VFARB_ENGINE_GRANT_COOKIE);
	u32 nr = engine_u32(engine, VFARB_ENGINE_GRANT_FN);
	struct emu_accel *accel = engine->accel;
	struct emu_context *context;
	u64 now = engine->mark_ns;

	if (engine->state != EMU_IDLE) {
		emu_event_fault(engine, nr, cookie, VFARB_FAULT_BUSY, now);
		return;
	}
	if (nr >= emu_functions(accel)) {
		emu_event_fault(engine, nr, cookie, VFARB_FAULT_BAD_COMMAND, now);
		return;
	}
	context = &accel->fn[nr]->context[engine->nr];
	engine->current_context = context;
	engine->cookie = cookie;
	engine->slice_ns = emu_ns(accel, engine_u64(engine, VFARB_ENGINE_GRANT_SLICE));
	engine->reason = 0;
	engine->grant_run_ns = 0;
	engine->grant_run_ticks = 0;
	engine->grant_switching_ns = 0;
	engine->grant_switching_ticks = 0;
	context->fault_told = false;
	emu_log(engine, EMU_LOG_GRANT, nr, now);
	if (!READ_ONCE(accel->running) || !READ_ONCE(context->fn->present) || !context->enabled ||
	    context->resetting) {
		end_slice(engine, now, VFARB_REASON_DISABLED);
		return;
	}
	context->grants++;
	engine->state = EMU_SWITCHING;
	engine->until_ns = now;
	if (engine->last_fn != nr)
		engine->until_ns += accel->params.switch_cost_ns;
}

static void preempt(struct emu_engine *engine)
{
	if (engine->accel->params.preempt == EMU_PREEMPT_NONE)
		return;
	if (engine->state == EMU_SWITCHING)
		engine->reason = VFARB_REASON_PREEMPTED;
	else if (engine->state == EMU_RUNNING)
		stop(engine, engine->mark_ns, VFARB_REASON_PREEMPTED);
	else
		return;
	emu_log(engine, EMU_LOG_PREEMPT, engine->current_context->fn->nr, engine->mark_ns);
}

static void extend(struct emu_engine *engine)
{
	u64 by_ns = emu_ns(engine->accel, engine_u64(engine, VFARB_ENGINE_EXTEND_BY));

	if (!engine->accel->params.extend)
		return;
	if (engine->state == EMU_SWITCHING)
		engine->slice_ns = min(engine->slice_ns + by_ns, 1ull << 62);
	else if (engine->state == EMU_RUNNING && engine->slice_end_ns != EMU_NEVER)
		engine->slice_end_ns = min(engine->slice_end_ns + by_ns, EMU_NEVER - 1);
	else
		return;
	emu_log(engine, EMU_LOG_EXTEND, engine->current_context->fn->nr, engine->mark_ns);
}

static void reset(struct emu_engine *engine)
{
	if (engine->state == EMU_RESETTING)
		return;
	if (engine->current_context)
		end_slice(engine, engine->mark_ns, VFARB_REASON_RESET);
	emu_log(engine, EMU_LOG_RESET, EMU_FN_NONE, engine->mark_ns);
	engine->state = EMU_RESETTING;
	engine->reset_engine = true;
	wake_up_process(engine->worker);
}

void emu_engine_command(struct emu_engine *engine, u32 command)
{
	lockdep_assert_held(&engine->lock);
	switch (command) {
	case VFARB_COMMAND_GRANT:
		grant(engine);
		break;
	case VFARB_COMMAND_PREEMPT:
		preempt(engine);
		break;
	case VFARB_COMMAND_EXTEND:
		extend(engine);
		break;
	case VFARB_COMMAND_RESET:
		reset(engine);
		break;
	default:
		emu_event_fault(engine, EMU_FN_NONE, 0, VFARB_FAULT_BAD_COMMAND, engine->mark_ns);
	}
}

/* @context loses the engine at once, if it has it: it is being reset. */
void emu_engine_drop(struct emu_engine *engine, struct emu_context *context)
{
	lockdep_assert_held(&engine->lock);
	if (engine->current_context != context)
		return;
	end_slice(engine, engine->mark_ns, VFARB_REASON_RESET);
	engine->last_fn = EMU_FN_NONE;
}

/* All of an engine's contexts were dropped. */
void emu_engine_reset_ended(struct emu_engine *engine)
{
	struct vfarb_event event = {
		.type = VFARB_EVENT_RESET_DONE,
		.fn = cpu_to_le16(EMU_FN_NONE),
	};

	lockdep_assert_held(&engine->lock);
	engine->reset_engine = false;
	engine->state = EMU_IDLE;
	engine->last_fn = EMU_FN_NONE;
	emu_event_post(engine, &event, engine->mark_ns);
}

/* Whether the current function's submission wants the worker. */
bool emu_engine_is_working(const struct emu_engine *engine)
{
	const struct emu_context *context = engine->current_context;

	return (engine->state == EMU_RUNNING || engine->state == EMU_STOPPING) &&
	       context->sub.real_work && !context->sub.work_done;
}

/* The work of @context's submission is done, or failed. */
void emu_engine_work_ended(struct emu_engine *engine, struct emu_context *context, u8 status)
{
	struct emu_submission *sub = &context->sub;

	lockdep_assert_held(&engine->lock);
	sub->work_done = true;
	sub->status = status;
	/* What failed ends now; what succeeded, not before its modelled time. */
	if (status)
		sub->total_ns = 0;
	if (engine->current_context == context &&
	    (status || engine->sub_end_ns < engine->mark_ns))
		engine->sub_end_ns = engine->mark_ns;
}

static void set_u32(struct emu_engine *engine, unsigned int offset, u32 value)
{
	WRITE_ONCE(*(u32 *)(engine->accel->regs + VFARB_REG_ENGINE(engine->nr) + offset), value);
}

static void set_u64(struct emu_engine *engine, unsigned int offset, u64 value)
{
	WRITE_ONCE(*(u64 *)(engine->accel->regs + VFARB_REG_ENGINE(engine->nr) + offset), value);
}

/* Bring the live registers up to date, all of one instant; PENDING only if it is wanted. */
void emu_engine_refresh(struct emu_engine *engine, unsigned int offset)
{
	static const u32 status[] = {
		[EMU_IDLE] = VFARB_STATUS_IDLE,
		[EMU_SWITCHING] = VFARB_STATUS_SWITCHING,
		[EMU_RUNNING] = VFARB_STATUS_RUNNING,
		[EMU_STOPPING] = VFARB_STATUS_STOPPING,
		[EMU_SAVING] = VFARB_STATUS_STOPPING,
		[EMU_RESETTING] = VFARB_STATUS_RESETTING,
	};
	struct emu_accel *accel = engine->accel;
	struct emu_context *context = engine->current_context;
	u64 pending = 0;
	unsigned int nr;

	lockdep_assert_held(&engine->lock);
	set_u64(engine, VFARB_ENGINE_CLOCK, emu_counter(accel, engine->mark_ticks));
	set_u32(engine, VFARB_ENGINE_STATUS, status[engine->state]);
	set_u32(engine, VFARB_ENGINE_CURRENT, context ? context->fn->nr : EMU_FN_NONE);
	set_u64(engine, VFARB_ENGINE_SWITCH_TIME, emu_counter(accel, engine->switching_ticks));
	set_u64(engine, VFARB_ENGINE_IDLE_TIME, emu_counter(accel, engine->idle_ticks));
	if (offset != VFARB_ENGINE_PENDING)
		return;
	for (nr = 0; nr < emu_functions(accel); nr++)
		if (emu_ring_is_runnable(&accel->fn[nr]->context[engine->nr]))
			pending |= BIT_ULL(nr);
	set_u64(engine, VFARB_ENGINE_PENDING, pending);
}

/* Everything that emu_engine_start() may need, without allocation. */
void emu_engine_init(struct emu_accel *accel, struct emu_engine *engine)
{
	engine->accel = accel;
	engine->nr = engine - accel->engine;
	raw_spin_lock_init(&engine->lock);
	vfarb_hrtimer_setup(&engine->timer, engine_timer, CLOCK_MONOTONIC,
			    HRTIMER_MODE_ABS_PINNED_HARD);
	engine->armed_ns = EMU_NEVER;
	engine->last_fn = EMU_FN_NONE;
	engine->latency.min_ns = U64_MAX;
}

int emu_engine_start(struct emu_engine *engine)
{
	struct task_struct *worker;

	engine->job = kvzalloc(sizeof(*engine->job), GFP_KERNEL);
	engine->log = kvcalloc(EMU_LOG_ENTRIES, sizeof(*engine->log), GFP_KERNEL);
	if (!engine->job || !engine->log)
		return -ENOMEM;
	worker = kthread_create(emu_worker, engine, "vfarb_emu/%s.%u", engine->accel->name,
				engine->nr);
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	engine->worker = worker;
	wake_up_process(worker);
	return 0;
}

/* Also after emu_engine_start() failed. Nothing on the bus reaches the engine any more. */
void emu_engine_stop(struct emu_engine *engine)
{
	if (engine->worker)
		kthread_stop(engine->worker);
	hrtimer_cancel(&engine->timer);
	kvfree(engine->log);
	kvfree(engine->job);
}
