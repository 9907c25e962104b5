// SPDX-License-Identifier: GPL-2.0
#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/slab.h>

#include "pf.h"
#include "tenant.h"
#include "vfarb.h"

#define VFARB_QUIESCE_US	(2 * USEC_PER_SEC)
#define VFARB_DRAIN_US		(20 * USEC_PER_MSEC)

/* At least one tick, for what is not zero. */
static u64 vfarb_pf_ticks(struct vfarb_pf *pf, u64 ns)
{
	return max(vfarb_ns_to_ticks(ns, pf->hz), 1ULL);
}

/* The ns of what the device said the engine's clock was. */
u64 vfarb_pf_engine_clock_ns(struct vfarb_pf_engine *engine, u64 raw)
{
	struct vfarb_pf *pf = engine->pf;

	return vfarb_pf_ns(pf, vfarb_counter_near(&engine->clock, raw, pf->counter_bits));
}

static u64 vfarb_pf_engine_now_ns(struct vfarb_pf_engine *engine)
{
	struct vfarb_pf *pf = engine->pf;
	u64 raw = vfarb_read64_live(&pf->regs, engine->regs + VFARB_ENGINE_CLOCK);

	return vfarb_pf_ns(pf, vfarb_counter_extend(&engine->clock, raw, pf->counter_bits));
}

static u32 vfarb_pf_engine_fn_regs(struct vfarb_pf_engine *engine, unsigned int fn)
{
	return VFARB_REG_FN(fn) + VFARB_FN_ENGINE(engine->index);
}

static u64 vfarb_pf_engine_run_ticks(struct vfarb_pf_engine *engine, unsigned int fn)
{
	struct vfarb_pf *pf = engine->pf;
	u64 raw = vfarb_read64_live(&pf->regs,
				    vfarb_pf_engine_fn_regs(engine, fn) + VFARB_FN_RUN_TIME);

	return vfarb_counter_extend(&engine->fns[fn].run, raw, pf->counter_bits);
}

static u64 vfarb_pf_engine_switch_ticks(struct vfarb_pf_engine *engine)
{
	struct vfarb_pf *pf = engine->pf;
	u64 raw = vfarb_read64_live(&pf->regs, engine->regs + VFARB_ENGINE_SWITCH_TIME);

	return vfarb_counter_extend(&engine->switching, raw, pf->counter_bits);
}

int vfarb_pf_engine_init(struct vfarb_pf *pf, unsigned int index)
{
	struct vfarb_pf_engine *engine = &pf->engine[index];
	unsigned int fn;

	engine->pf = pf;
	engine->index = index;
	engine->regs = VFARB_REG_ENGINE(index);
	engine->kind = vfarb_read32(&pf->regs, engine->regs + VFARB_ENGINE_KIND);
	snprintf(engine->name, sizeof(engine->name), "%s%u",
		 engine->kind == VFARB_ENGINE_COPY ? "copy" : "compute", index);
	raw_spin_lock_init(&engine->lock);
	engine->fns = kcalloc(pf->fns, sizeof(*engine->fns), GFP_KERNEL);
	if (!engine->fns)
		return -ENOMEM;
	engine->switched = vfarb_pf_engine_switch_ticks(engine);
	for (fn = 0; fn < pf->fns; fn++)
		engine->fns[fn].charged = vfarb_pf_engine_run_ticks(engine, fn);
	vfarb_pf_engine_now_ns(engine);
	return 0;
}

void vfarb_pf_engine_free(struct vfarb_pf_engine *engine)
{
	kfree(engine->fns);
	engine->fns = NULL;
}

/*
 * Operations. The core has checked the numbers.
 */

static int vfarb_pf_engine_command(struct vfarb_pf_engine *engine, u32 command)
{
	if (READ_ONCE(engine->pf->closed))
		return -EAGAIN;
	return vfarb_write32_notify(&engine->pf->regs, engine->regs + VFARB_ENGINE_COMMAND,
				    command);
}

static int vfarb_pf_engine_grant(void *priv, unsigned int index, unsigned int fn, u64 slice_ns,
				 u32 cookie)
{
	struct vfarb_pf *pf = priv;
	struct vfarb_pf_engine *engine = &pf->engine[index];
	unsigned long flags;
	int err;

	/* Under the lock up to the command: vfarb_pf_engine_end() infers from what it sees. */
	raw_spin_lock_irqsave(&engine->lock, flags);
	vfarb_write32(&pf->regs, engine->regs + VFARB_ENGINE_GRANT_FN, fn);
	vfarb_write32(&pf->regs, engine->regs + VFARB_ENGINE_GRANT_COOKIE, cookie);
	vfarb_write64(&pf->regs, engine->regs + VFARB_ENGINE_GRANT_SLICE,
		      vfarb_pf_ticks(pf, slice_ns));
	err = vfarb_pf_engine_command(engine, VFARB_COMMAND_GRANT);
	if (!err) {
		engine->granted = true;
		engine->fn = fn;
		engine->cookie = cookie;
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	return err;
}

static int vfarb_pf_engine_extend(void *priv, unsigned int index, u64 by_ns)
{
	struct vfarb_pf *pf = priv;
	struct vfarb_pf_engine *engine = &pf->engine[index];

	if (!(pf->caps & VFARB_CAPS_EXTEND))
		return -EOPNOTSUPP;
	vfarb_write64(&pf->regs, engine->regs + VFARB_ENGINE_EXTEND_BY, vfarb_pf_ticks(pf, by_ns));
	return vfarb_pf_engine_command(engine, VFARB_COMMAND_EXTEND);
}

static int vfarb_pf_engine_preempt(void *priv, unsigned int index)
{
	struct vfarb_pf *pf = priv;

	return vfarb_pf_engine_command(&pf->engine[index], VFARB_COMMAND_PREEMPT);
}

static int vfarb_pf_engine_reset(void *priv, unsigned int index)
{
	struct vfarb_pf *pf = priv;

	return vfarb_pf_engine_command(&pf->engine[index], VFARB_COMMAND_RESET);
}

static int vfarb_pf_engine_quiesce(void *priv)
{
	struct vfarb_pf *pf = priv;
	unsigned int e;
	u32 status;
	int err;

	err = vfarb_write32_notify(&pf->regs, VFARB_REG_CONTROL, 0);
	for (e = 0; !err && e < pf->engines; e++)
		err = read_poll_timeout(vfarb_read32_live, status,
					status == VFARB_STATUS_IDLE || !~status,
					100, VFARB_QUIESCE_US, false, &pf->regs,
					pf->engine[e].regs + VFARB_ENGINE_STATUS);
	return err;
}

static int vfarb_pf_engine_vf_enable(void *priv, unsigned int fn, bool enable)
{
	struct vfarb_pf *pf = priv;

	pf->control[fn] = enable ? VFARB_FN_ENABLE : 0;
	if (READ_ONCE(pf->resetting))
		return 0;
	return vfarb_write32_notify(&pf->regs, VFARB_REG_FN(fn) + VFARB_FN_CONTROL,
				    pf->control[fn]);
}

static int vfarb_pf_engine_vf_reset(void *priv, unsigned int fn)
{
	struct vfarb_pf *pf = priv;

	if (!(pf->caps & VFARB_CAPS_VF_RESET))
		return -EOPNOTSUPP;
	if (READ_ONCE(pf->resetting))
		return -EAGAIN;
	return vfarb_write32_notify(&pf->regs, VFARB_REG_FN(fn) + VFARB_FN_CONTROL,
				    pf->control[fn] | VFARB_FN_RESET);
}

static u64 vfarb_pf_engine_time(void *priv, unsigned int index)
{
	struct vfarb_pf *pf = priv;

	return vfarb_pf_engine_now_ns(&pf->engine[index]);
}

static u64 vfarb_pf_engine_run_time(void *priv, unsigned int index, unsigned int fn)
{
	struct vfarb_pf *pf = priv;

	return vfarb_pf_ns(pf, vfarb_pf_engine_run_ticks(&pf->engine[index], fn));
}

static u64 vfarb_pf_engine_progress(void *priv, unsigned int index, unsigned int fn)
{
	struct vfarb_pf *pf = priv;

	return vfarb_read64_live(&pf->regs, vfarb_pf_engine_fn_regs(&pf->engine[index], fn) +
				 VFARB_FN_PROGRESS);
}

static bool vfarb_pf_engine_pending(void *priv, unsigned int index, unsigned int fn)
{
	struct vfarb_pf *pf = priv;
	u64 pending = vfarb_read64_live(&pf->regs, pf->engine[index].regs + VFARB_ENGINE_PENDING);

	return pending & BIT_ULL(fn) && ~pending;
}

static u64 vfarb_pf_engine_head_size(void *priv, unsigned int index, unsigned int fn)
{
	struct vfarb_pf *pf = priv;
	u64 size = vfarb_read64_live(&pf->regs, vfarb_pf_engine_fn_regs(&pf->engine[index], fn) +
				     VFARB_FN_HEAD_SIZE);

	return vfarb_pf_ns(pf, size);
}

const struct vfarb_accel_ops vfarb_pf_engine_ops = {
	.grant = vfarb_pf_engine_grant,
	.extend = vfarb_pf_engine_extend,
	.preempt = vfarb_pf_engine_preempt,
	.quiesce = vfarb_pf_engine_quiesce,
	.vf_enable = vfarb_pf_engine_vf_enable,
	.vf_reset = vfarb_pf_engine_vf_reset,
	.engine_reset = vfarb_pf_engine_reset,
	.engine_time = vfarb_pf_engine_time,
	.run_time = vfarb_pf_engine_run_time,
	.progress = vfarb_pf_engine_progress,
	.pending = vfarb_pf_engine_pending,
	.head_size = vfarb_pf_engine_head_size,
};

/*
 * Events. They come from the device and are believed only as far as they fit
 * what was granted; what the numbers are worth is the core's to judge.
 */

/*
 * Charge a grant that ended. Ticks are summed per function and the sums
 * converted, so that what is charged stays equal to the register to the ns.
 */
static void vfarb_pf_engine_charge(struct vfarb_pf_engine *engine, struct vfarb_slice_end *end,
				   u64 run, u64 switching)
{
	struct vfarb_pf_engine_fn *fn = &engine->fns[end->fn];
	struct vfarb_pf *pf = engine->pf;

	lockdep_assert_held(&engine->lock);
	end->run_ns = vfarb_pf_ns(pf, fn->charged + run) - vfarb_pf_ns(pf, fn->charged);
	end->switch_ns = vfarb_pf_ns(pf, engine->switched + switching) -
			 vfarb_pf_ns(pf, engine->switched);
	fn->charged += run;
	engine->switched += switching;
}

/* Whether @end is that of the grant under way, which is then over. */
static bool vfarb_pf_engine_settle(struct vfarb_pf_engine *engine, struct vfarb_slice_end *end,
				   u64 run, u64 switching)
{
	unsigned long flags;
	bool fits;

	raw_spin_lock_irqsave(&engine->lock, flags);
	fits = engine->granted && engine->fn == end->fn && engine->cookie == end->cookie;
	if (fits) {
		engine->granted = false;
		vfarb_pf_engine_charge(engine, end, run, switching);
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	return fits;
}

static void vfarb_pf_engine_slice_end(struct vfarb_pf_engine *engine,
				      const struct vfarb_event *event)
{
	struct vfarb_pf *pf = engine->pf;
	u64 switching = le64_to_cpu(event->switching);
	u64 run = le64_to_cpu(event->run);
	struct vfarb_slice_end end = {
		.fn = le16_to_cpu(event->fn),
		.cookie = le32_to_cpu(event->cookie),
		.reason = le32_to_cpu(event->arg),
		.provenance = VFARB_FROM_COUNTER,
		.time_ns = vfarb_pf_engine_clock_ns(engine, le64_to_cpu(event->time)),
		.error_ns = pf->tick_ns,
		.head_size_ns = vfarb_pf_ns(pf, le64_to_cpu(event->head_size)),
		.pending = event->queued != 0,
	};

	/* Who may not run has nothing to run, or one grant would at once bring about the next. */
	if (end.reason == VFARB_END_DISABLED)
		end.pending = false;
	if (event->head_time)
		end.head_time_ns = vfarb_pf_engine_clock_ns(engine, le64_to_cpu(event->head_time));

	/* The core is told in any case: it is the one that counts anomalies. */
	if (!vfarb_pf_engine_settle(engine, &end, run, switching)) {
		atomic_inc(&pf->stray);
		end.run_ns = vfarb_pf_ns(pf, run);
		end.switch_ns = vfarb_pf_ns(pf, switching);
	}
	vfarb_slice_end(pf->accel, engine->index, &end);
}

static void vfarb_pf_engine_started(struct vfarb_pf_engine *engine, const struct vfarb_event *event)
{
	u64 switched = READ_ONCE(engine->switched);
	struct vfarb_pf *pf = engine->pf;

	vfarb_started(pf->accel, engine->index, le16_to_cpu(event->fn), le32_to_cpu(event->cookie),
		      vfarb_pf_engine_clock_ns(engine, le64_to_cpu(event->time)),
		      vfarb_pf_ns(pf, switched + le64_to_cpu(event->switching)) -
		      vfarb_pf_ns(pf, switched));
}

static void vfarb_pf_engine_preempted(struct vfarb_pf_engine *engine,
				      const struct vfarb_event *event)
{
	unsigned int fn = le16_to_cpu(event->fn);
	u64 charged = READ_ONCE(engine->fns[fn].charged);
	struct vfarb_pf *pf = engine->pf;

	vfarb_preempted(pf->accel, engine->index, fn, le32_to_cpu(event->cookie),
			vfarb_pf_engine_clock_ns(engine, le64_to_cpu(event->time)),
			vfarb_pf_ns(pf, charged + le64_to_cpu(event->run)) -
			vfarb_pf_ns(pf, charged));
}

/* An event of @data, the PF. False if it makes no sense. */
bool vfarb_pf_engine_event(void *data, const struct vfarb_event *event)
{
	unsigned int fn = le16_to_cpu(event->fn);
	struct vfarb_pf_engine *engine;
	struct vfarb_pf *pf = data;
	bool nobody = fn == VFARB_FN_NONE;

	if (fn >= pf->fns && !nobody)
		return false;
	/* The reset of a function concerns no engine in particular. */
	if (event->type == VFARB_EVENT_RESET_DONE && !nobody) {
		vfarb_pf_function_reset_done(pf, fn);
		vfarb_reset_done(pf->accel, 0, fn);
		return true;
	}
	if (event->engine >= pf->engines)
		return false;
	engine = &pf->engine[event->engine];

	switch (event->type) {
	case VFARB_EVENT_FAULT:
		vfarb_fault(pf->accel, engine->index, fn, le32_to_cpu(event->arg));
		return true;
	case VFARB_EVENT_RESET_DONE:
		vfarb_reset_done(pf->accel, engine->index, VFARB_FN_NONE);
		return true;
	}

	if (nobody)
		return false;
	switch (event->type) {
	case VFARB_EVENT_PENDING:
		vfarb_pending(pf->accel, engine->index, fn,
			      vfarb_pf_engine_clock_ns(engine, le64_to_cpu(event->time)),
			      vfarb_pf_ns(pf, le64_to_cpu(event->head_size)));
		return true;
	case VFARB_EVENT_STARTED:
		vfarb_pf_engine_started(engine, event);
		return true;
	case VFARB_EVENT_PREEMPTED:
		vfarb_pf_engine_preempted(engine, event);
		return true;
	case VFARB_EVENT_SLICE_END:
		vfarb_pf_engine_slice_end(engine, event);
		return true;
	}
	return false;
}

/* The grant under way as a slice end to be filled in. False if there is none. */
static bool vfarb_pf_engine_current(struct vfarb_pf_engine *engine, struct vfarb_slice_end *end)
{
	unsigned long flags;
	bool granted;

	raw_spin_lock_irqsave(&engine->lock, flags);
	granted = engine->granted;
	end->fn = engine->fn;
	end->cookie = engine->cookie;
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	return granted;
}

/* End the grant that @end names, if it still is under way, as the counters say. */
static void vfarb_pf_engine_end(struct vfarb_pf_engine *engine, struct vfarb_slice_end *end,
				enum vfarb_reason reason)
{
	struct vfarb_pf_engine_fn *fn = &engine->fns[end->fn];
	struct vfarb_pf *pf = engine->pf;
	u64 switched, run;

	end->reason = reason;
	end->provenance = VFARB_FROM_COUNTER;
	end->error_ns = pf->tick_ns;
	end->time_ns = vfarb_pf_engine_now_ns(engine);
	end->head_size_ns = vfarb_pf_engine_head_size(pf, engine->index, end->fn);
	end->pending = vfarb_pf_engine_pending(pf, engine->index, end->fn);
	run = vfarb_pf_engine_run_ticks(engine, end->fn);
	switched = vfarb_pf_engine_switch_ticks(engine);
	run -= min(run, READ_ONCE(fn->charged));
	switched -= min(switched, READ_ONCE(engine->switched));
	if (vfarb_pf_engine_settle(engine, end, run, switched))
		vfarb_slice_end(pf->accel, engine->index, end);
}

/* Events were lost: read what they would have told. */
void vfarb_pf_engine_resync(struct vfarb_pf_engine *engine)
{
	struct vfarb_pf *pf = engine->pf;
	struct vfarb_slice_end end = {};
	u64 pending, now;
	unsigned int fn;
	bool granted;
	u32 status;

	/* In this order: a grant that was there before an idle engine was seen has ended. */
	granted = vfarb_pf_engine_current(engine, &end);
	status = vfarb_read32_live(&pf->regs, engine->regs + VFARB_ENGINE_STATUS);
	if (vfarb_regs_gone(&pf->regs))
		return;
	if (granted && status == VFARB_STATUS_IDLE)
		vfarb_pf_engine_end(engine, &end, VFARB_END_LOST);
	pending = vfarb_read64_live(&pf->regs, engine->regs + VFARB_ENGINE_PENDING);
	now = vfarb_pf_engine_now_ns(engine);
	for (fn = 0; fn < pf->fns; fn++)
		if (pending & BIT_ULL(fn))
			vfarb_pending(pf->accel, engine->index, fn, now,
				      vfarb_pf_engine_head_size(pf, engine->index, fn));
}

/* Look at the counters often enough that none wraps unseen. */
void vfarb_pf_engine_refresh(struct vfarb_pf_engine *engine)
{
	struct vfarb_slice_end end = {};

	vfarb_pf_engine_now_ns(engine);
	vfarb_pf_engine_switch_ticks(engine);
	if (vfarb_pf_engine_current(engine, &end))
		vfarb_pf_engine_run_ticks(engine, end.fn);
}

/*
 * The PF is going to be reset: have whoever runs stopped and told of. Who does
 * not stop in time ends as the counters say; the reset will stop it. The core
 * gives no commands meanwhile.
 */
void vfarb_pf_engine_drain(struct vfarb_pf_engine *engine)
{
	struct vfarb_slice_end end = {};
	bool granted;

	if (!vfarb_pf_engine_current(engine, &end))
		return;
	vfarb_write32_notify(&engine->pf->regs, engine->regs + VFARB_ENGINE_COMMAND,
			     VFARB_COMMAND_PREEMPT);
	if (read_poll_timeout(vfarb_pf_engine_current, granted, !granted, 100, VFARB_DRAIN_US,
			      false, engine, &end))
		vfarb_pf_engine_end(engine, &end, VFARB_END_RESET);
}
