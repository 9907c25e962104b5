// SPDX-License-Identifier: GPL-2.0
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include "../compat.h"
#include "accel.h"
#include "arbiter.h"
#include "config.h"
#include "trace.h"

/* How often the kthread looks at a busy engine. */
#define ITERATION_NS	(10 * NSEC_PER_MSEC)

/* How often it looks at an idle engine, should the device's word of new work have been lost. */
#define IDLE_ITERATION_NS	NSEC_PER_SEC

/* How much longer than designated a slice may get so that a submission can end: one part in */
#define EXTEND_PART	4

/* What one submission counts in the mean of all. */
#define MEAN_SHIFT	3

/* Lines settled in one go with interrupts off. */
#define CHUNK		64u

static struct vfarb_line *current_line(struct vfarb_engine *engine)
{
	return engine->current_seat ? &engine->current_seat->line : NULL;
}

static bool anybody_waits(struct vfarb_engine *engine)
{
	return vfarb_pick_waiting(&engine->pick);
}

static bool engine_busy(struct vfarb_engine *engine)
{
	return engine->state != VFARB_ENGINE_IDLE || anybody_waits(engine) || engine->capped;
}

/* Waking is for the kthread's own work only: an engine that is granted in irq needs none. */
void vfarb_engine_wake(struct vfarb_engine *engine)
{
	lockdep_assert_held(&engine->lock);
	engine->asleep = false;
	if (engine->kthread)
		wake_up_process(engine->kthread);
}

static void anomaly(struct vfarb_engine *engine, enum vfarb_anomaly what)
{
	engine->ledger.anomalies[what]++;
}

/*
 * A time that a provider names, but no later than its engine's clock: a ledger closed in the future
 * would refuse all that is said until then.
 */
static u64 believe_time(struct vfarb_engine *engine, u64 time_ns)
{
	u64 now = engine->accel->ops->engine_time(engine->accel->priv, engine->index);

	if ((s64)(time_ns - now) <= 0)
		return time_ns;
	anomaly(engine, VFARB_ANOMALY_TOO_MUCH);
	return now;
}

/*
 * Closes the ledger up to @until_ns and charges the VF that holds the engine.
 * Returns the idle time before it.
 */
static u64 charge(struct vfarb_engine *engine, u64 until_ns, u64 run_ns, u64 switch_ns,
		  bool backlog)
{
	struct vfarb_accel *accel = engine->accel;
	struct vfarb_seat *seat = engine->current_seat;
	u64 idle_ns;
	bool believed;

	lockdep_assert_held(&engine->lock);
	believed = vfarb_ledger_close(&engine->ledger, current_line(engine), until_ns, &run_ns,
				      &switch_ns, backlog, &idle_ns);
	engine->charged.running += run_ns;
	engine->charged.switching += switch_ns;
	vfarb_record_charged(engine, run_ns, switch_ns);
	if (!seat) {
		/* What was given out ahead of this charge must not come off another's. */
		engine->ledger.ahead_ns = 0;
		return idle_ns;
	}
	vfarb_ledger_entitle(&engine->ledger, seat->line.priority, run_ns);
	vfarb_pick_charge(&engine->pick, &seat->line, run_ns);
	vfarb_ledger_cap_charge(&seat->line, until_ns, run_ns);
	if (unlikely(!believed))
		seat->run_base_ns =
			accel->ops->run_time(accel->priv, engine->index, seat->line.fn) -
			seat->line.executed.running;
	trace_vfarb_charge(accel->id, engine->index, seat->line.fn, until_ns, run_ns, switch_ns,
			   seat->line.vtime);
	return idle_ns;
}

/* Charges what the running VF ran so far, by the device's own counter. */
void vfarb_engine_charge_running(struct vfarb_engine *engine)
{
	struct vfarb_accel *accel = engine->accel;
	struct vfarb_seat *seat = engine->current_seat;
	u64 now, ran;
	s64 run;

	lockdep_assert_held(&engine->lock);
	/* A stopped engine's provider may be gone: faces read on. */
	if (!engine->running || engine->state != VFARB_ENGINE_RUNNING || !seat)
		return;
	ran = accel->ops->run_time(accel->priv, engine->index, seat->line.fn);
	now = accel->ops->engine_time(accel->priv, engine->index);
	run = ran - seat->run_base_ns - seat->line.executed.running;
	if (run <= 0 || (s64)(now - engine->ledger.clock_ns) <= 0)
		return;
	if (run > (s64)(now - engine->ledger.clock_ns)) {
		anomaly(engine, VFARB_ANOMALY_TOO_MUCH);
		run = now - engine->ledger.clock_ns;
		seat->run_base_ns = ran - seat->line.executed.running - run;
	}
	charge(engine, engine->ledger.clock_ns + run, run, 0, false);
	vfarb_record_charge(engine);
}

/* Running time up to @now_ns that is not charged yet. */
static u64 ran_ahead(const struct vfarb_engine *engine, u64 now_ns)
{
	s64 ran = now_ns - engine->ledger.clock_ns;

	return engine->state == VFARB_ENGINE_RUNNING && engine->current_seat && ran > 0 ? ran : 0;
}

/* Gives it out before those entitled to it change. */
static void entitle_up_to(struct vfarb_engine *engine, u64 now_ns)
{
	u64 ran = ran_ahead(engine, now_ns);

	if (ran)
		vfarb_ledger_entitle_ahead(&engine->ledger, engine->current_seat->line.priority,
					   ran);
}

static void line_join(struct vfarb_engine *engine, struct vfarb_line *line, u64 now_ns)
{
	entitle_up_to(engine, now_ns);
	vfarb_ledger_enter(&engine->ledger, line, vfarb_pick_debt_ns(&engine->pick, line));
	vfarb_pick_join(&engine->pick, line);
}

static void line_leave(struct vfarb_engine *engine, struct vfarb_line *line, u64 now_ns)
{
	entitle_up_to(engine, now_ns);
	/* In this order: leaving shifts the level, which is a clock that leads are told from. */
	vfarb_pick_leave(&engine->pick, line);
	vfarb_ledger_exit(&engine->ledger, line);
}

static u8 record_flags(const struct vfarb_line *line, bool backlogged, u32 blocked)
{
	bool join = backlogged && !blocked;

	return (backlogged ? VFARB_RECORD_BACKLOGGED : 0) |
	       (line->joined && !join ? VFARB_RECORD_LEFT : 0) |
	       (!line->joined && join ? VFARB_RECORD_JOINED : 0);
}

/* A line's backlog or permission changes: the only place where lines come and go. */
static void line_change(struct vfarb_engine *engine, struct vfarb_line *line, bool backlogged,
			u32 blocked, u64 now_ns)
{
	bool join = backlogged && !blocked;

	vfarb_ledger_absence(line, now_ns);
	if (line->joined && !join)
		line_leave(engine, line, now_ns);
	line->backlogged = backlogged;
	line->blocked = blocked;
	if (!line->joined && join)
		line_join(engine, line, now_ns);
}

/* The reasons in @blocked, and its cap if that holds it back. */
static u32 with_cap(struct vfarb_engine *engine, struct vfarb_line *line, bool backlogged,
		    u32 blocked, u64 now_ns)
{
	if (backlogged && !line->backlogged)
		vfarb_ledger_cap_wake(line, now_ns);
	if (!backlogged || !vfarb_ledger_capped(line, now_ns))
		return blocked & ~VFARB_BLOCKED_CAP;
	if (!engine->capped || (s64)(line->cap_until_ns - engine->uncap_ns) < 0) {
		engine->uncap_ns = line->cap_until_ns;
		engine->capped = true;
		vfarb_engine_wake(engine);
	}
	return blocked | VFARB_BLOCKED_CAP;
}

/* The same, and the record tells it. */
static void line_set(struct vfarb_engine *engine, struct vfarb_line *line, bool backlogged,
		     u32 blocked, u64 now_ns)
{
	blocked = with_cap(engine, line, backlogged, blocked, now_ns);
	vfarb_record_set(engine, line, record_flags(line, backlogged, blocked), blocked,
			 ran_ahead(engine, now_ns), now_ns);
	line_change(engine, line, backlogged, blocked, now_ns);
}

/* Idle time with nobody who may run is nobody's: there was no work, or no permission. */
static void idle_without_work(struct vfarb_engine *engine, u64 now_ns)
{
	u64 idle_ns, ran_ns = 0, switched_ns = 0;

	if (engine->state != VFARB_ENGINE_IDLE || anybody_waits(engine))
		return;
	if ((s64)(now_ns - engine->ledger.clock_ns) > 0) {
		vfarb_ledger_close(&engine->ledger, NULL, now_ns, &ran_ns, &switched_ns, false,
				   &idle_ns);
		vfarb_record_idle(engine);
	}
	engine->deviated = NULL;
}

/* The same for some of the reasons to be blocked. */
void vfarb_engine_set_blocked(struct vfarb_engine *engine, struct vfarb_line *line, u32 reasons,
			      bool block, u64 now_ns)
{
	line_set(engine, line, line->backlogged,
		 block ? line->blocked | reasons : line->blocked & ~reasons, now_ns);
}

static void grant_refused(struct vfarb_engine *engine)
{
	struct vfarb_line *line = current_line(engine);

	if (line)
		line->grants--;
	engine->grants--;
	engine->refused++;
	engine->state = VFARB_ENGINE_IDLE;
	engine->current_seat = NULL;
	vfarb_record_drop(engine, true);
	vfarb_pick_drop(&engine->pick);
	engine->retry = true;
	vfarb_hang_refused(engine);
	vfarb_engine_wake(engine);
}

static void set_slice(struct vfarb_engine *engine, struct vfarb_line *line, u64 slice_ns)
{
	if (line->designated_ns == slice_ns)
		return;
	line->designated_ns = slice_ns;
	vfarb_record_slice_set(engine, line);
}

/*
 * How long a slice is to be. If what the VF would run next needs but a little
 * more than the slice designated, it gets that: the time counts as any, and two
 * switches are saved. More for higher priorities, less where many wait.
 */
static u64 slice_for(struct vfarb_engine *engine, struct vfarb_seat *seat)
{
	struct vfarb_line *line = &seat->line;
	u64 slice_ns, size_ns, extend_ns;
	u32 waiting;

	slice_ns = line->designated_ns;
	waiting = engine->pick.heap[line->priority].count;
	if (!line->head_size_ns || !waiting || engine->pick.policy == VFARB_POLICY_FIXED_SHARE)
		return slice_ns;
	/* What clients claim is corrected by what their submissions turned out to be. */
	size_ns = mul_u64_u32_shr(line->head_size_ns, seat->claim_ratio ?: 1024, 10);
	extend_ns = div_u64(slice_ns * (line->priority + 1), 2 * EXTEND_PART * (1 + waiting / 8));
	if (size_ns <= slice_ns || size_ns > slice_ns + extend_ns)
		return slice_ns;
	seat->extensions++;
	seat->extended_ns += size_ns - slice_ns;
	return size_ns;
}

/* Decides who runs next on the idle engine, and grants if the provider can do that here. */
void vfarb_engine_run_next(struct vfarb_engine *engine, u64 now_ns)
{
	struct vfarb_accel *accel = engine->accel;
	struct vfarb_choice choice;
	struct vfarb_line *line;

	lockdep_assert_held(&engine->lock);
	engine->state = VFARB_ENGINE_IDLE;
	engine->current_seat = NULL;
	if (!engine->running || engine->retry || vfarb_hang_forbids(engine)) {
		vfarb_record_drop(engine, false);
		vfarb_pick_drop(&engine->pick);
		return;
	}
	choice = vfarb_pick_next(&engine->pick, now_ns);
	vfarb_record_grant(engine, &choice, now_ns);
	line = choice.winner;
	if (!line)
		return;

	engine->current_seat = container_of(line, struct vfarb_seat, line);
	engine->current_fn = line->fn;
	if (!++engine->cookie)
		engine->cookie = 1;
	engine->designated_ns = line->designated_ns;
	engine->slice_ns = slice_for(engine, engine->current_seat);
	engine->grant_ns = now_ns;
	engine->watch_ns = now_ns;
	engine->charged = (struct vfarb_times) {};
	engine->grants++;
	line->grants++;
	line->last_designated_ns = line->designated_ns;
	trace_vfarb_grant(accel->id, engine->index, line->fn, engine->cookie, now_ns,
			  engine->slice_ns, choice.rule,
			  choice.runner_up ? choice.runner_up->fn : VFARB_FN_NONE);

	if (!accel->info.grant_in_irq) {
		engine->state = VFARB_ENGINE_CHOSEN;
		vfarb_engine_wake(engine);
		return;
	}
	engine->state = VFARB_ENGINE_GRANTED;
	if (accel->ops->grant(accel->priv, engine->index, line->fn, engine->slice_ns,
			      engine->cookie))
		grant_refused(engine);
	else if (engine->asleep)
		vfarb_engine_wake(engine);
}

/* The slice of whoever holds the engine is over. */
static void end_slice(struct vfarb_engine *engine, const struct vfarb_slice_end *end)
{
	const struct vfarb_accel_ops *ops = engine->accel->ops;
	void *priv = engine->accel->priv;
	struct vfarb_seat *seat = engine->current_seat;
	struct vfarb_line *line = current_line(engine);
	u64 time_ns = believe_time(engine, end->time_ns);
	/* No bound of an error is wider than what passed. */
	u64 error_ns = min(end->error_ns, time_ns - engine->grant_ns);
	s64 run_ns = end->run_ns - engine->charged.running;
	s64 switch_ns = end->switch_ns - engine->charged.switching;
	bool pending = false;
	u8 flags = 0;
	u64 idle_ns;

	/* Less than what was charged while it ran: the charge stands, the claim is refused. */
	if (run_ns < 0 || switch_ns < 0)
		anomaly(engine, VFARB_ANOMALY_BACKWARDS);
	idle_ns = charge(engine, time_ns, max(run_ns, 0ll), max(switch_ns, 0ll), true);
	/* It never ran: what passed since the last slice is nobody's but the one before. */
	if (idle_ns && engine->deviated)
		engine->deviated->idle_caused_ns += idle_ns;
	engine->deviated = NULL;
	if (line) {
		/* Work may have come since the device looked, when it was still backlogged. */
		pending = end->pending || ops->pending(priv, engine->index, line->fn);
		flags = record_flags(line, pending, line->blocked);
	}
	vfarb_record_slice(engine, end, time_ns, error_ns, flags);

	trace_vfarb_slice_end(engine->accel->id, engine->index, engine->current_fn,
			      engine->cookie, time_ns, engine->designated_ns,
			      engine->charged.running, end->reason);
	if (line) {
		u64 actual_ns = engine->charged.running;

		vfarb_ledger_slice(line, actual_ns, error_ns, end->provenance);
		if (actual_ns > engine->designated_ns + error_ns) {
			vfarb_pick_overrun(line, actual_ns - engine->designated_ns);
			engine->deviated = line;
		} else if (actual_ns + error_ns < engine->designated_ns) {
			engine->deviated = line;
		}
		line->head_size_ns = end->head_size_ns;
		line->head_time_ns = end->head_time_ns ?: time_ns;
		/* A lost end takes the time that its grant took, and no more is known. */
		if (end->provenance == VFARB_FROM_TIMEOUT)
			seat->run_base_ns = ops->run_time(priv, engine->index, line->fn) -
					    line->executed.running;
		if (flags & VFARB_RECORD_JOINED)
			line_set(engine, line, pending, line->blocked, time_ns);
		else
			line_change(engine, line, pending, line->blocked, time_ns);
		if (pending && vfarb_ledger_capped(line, time_ns))
			line_set(engine, line, pending, line->blocked, time_ns);
	} else if (engine->seat[engine->current_fn]) {
		/* What the VF that had the number before ran is not the new one's. */
		seat = engine->seat[engine->current_fn];
		seat->run_base_ns = ops->run_time(priv, engine->index, engine->current_fn) -
				    seat->line.executed.running;
	}
	vfarb_hang_slice_end(engine, end->reason, time_ns);
	vfarb_engine_run_next(engine, time_ns);
}

static bool under_way(const struct vfarb_engine *engine)
{
	return engine->state == VFARB_ENGINE_GRANTED || engine->state == VFARB_ENGINE_RUNNING;
}

/* A slice is over though the device did not say so: ends it by what the counter says. */
void vfarb_engine_end_untold(struct vfarb_engine *engine, enum vfarb_reason reason)
{
	const struct vfarb_accel_ops *ops = engine->accel->ops;
	void *priv = engine->accel->priv;
	struct vfarb_seat *seat = engine->current_seat;
	u64 now = ops->engine_time(priv, engine->index);
	struct vfarb_slice_end end = {
		.fn = engine->current_fn,
		.cookie = engine->cookie,
		.reason = reason,
		.provenance = VFARB_FROM_TIMEOUT,
		.time_ns = now,
		.run_ns = engine->charged.running,
		.switch_ns = engine->charged.switching,
		.error_ns = now - engine->grant_ns,
	};

	if (seat) {
		s64 most = max_t(s64, now - engine->ledger.clock_ns, 0);
		s64 run = ops->run_time(priv, engine->index, end.fn) - seat->run_base_ns -
			  seat->line.executed.running;

		end.run_ns += clamp(run, (s64)0, most);
		end.pending = ops->pending(priv, engine->index, end.fn);
	}
	end_slice(engine, &end);
}

/* Begin a callback. What is not there is NULL, and left like what is. */
static struct vfarb_engine *enter(struct vfarb_accel *accel, unsigned int index, int *srcu)
	__acquires(&accel->srcu)
{
	*srcu = srcu_read_lock(&accel->srcu);
	if (READ_ONCE(accel->gone))
		return NULL;
	return vfarb_accel_engine(accel, index);
}

static struct vfarb_seat *seat_of(struct vfarb_engine *engine, unsigned int fn)
{
	if (fn < engine->fns && engine->seat[fn])
		return engine->seat[fn];
	anomaly(engine, VFARB_ANOMALY_UNKNOWN);
	return NULL;
}

/* Whether a provider speaks of the grant that is under way. */
static bool is_current(struct vfarb_engine *engine, unsigned int fn, u32 cookie)
{
	if (fn < engine->fns && fn == engine->current_fn && cookie == engine->cookie &&
	    under_way(engine))
		return true;
	anomaly(engine, fn < engine->fns ? VFARB_ANOMALY_STALE : VFARB_ANOMALY_UNKNOWN);
	return false;
}

/**
 * vfarb_pending - a VF has work for an engine
 * @accel: the accelerator
 * @engine: index of the engine
 * @fn: the VF
 * @time_ns: engine clock when the work came
 * @head_size_ns: size of what it will run first, 0 unknown
 *
 * If the engine is idle it is granted at once. Telling it again does no harm.
 *
 * Context: any.
 */
void vfarb_pending(struct vfarb_accel *accel, unsigned int engine, unsigned int fn, u64 time_ns,
		   u64 head_size_ns)
{
	struct vfarb_seat *seat;
	struct vfarb_engine *e;
	unsigned long flags;
	u32 blocked;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	raw_spin_lock_irqsave(&e->lock, flags);
	seat = seat_of(e, fn);
	if (!seat)
		goto out;
	if (seat->line.backlogged)
		goto out;
	time_ns = believe_time(e, time_ns);
	idle_without_work(e, time_ns);
	seat->line.head_size_ns = head_size_ns;
	seat->line.head_time_ns = time_ns;
	blocked = with_cap(e, &seat->line, true, seat->line.blocked, time_ns);
	vfarb_record_set(e, &seat->line,
			 VFARB_RECORD_HEAD | record_flags(&seat->line, true, blocked), blocked,
			 ran_ahead(e, time_ns), time_ns);
	line_change(e, &seat->line, true, blocked, time_ns);
	if (e->state == VFARB_ENGINE_IDLE)
		vfarb_engine_run_next(e, time_ns);
out:
	raw_spin_unlock_irqrestore(&e->lock, flags);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_pending);

/**
 * vfarb_started - the switch is done and a granted VF runs
 * @accel: the accelerator
 * @engine: index of the engine
 * @fn: the VF
 * @cookie: of the grant
 * @time_ns: engine clock of its first tick
 * @switch_ns: how long the switch took
 *
 * Context: any.
 */
void vfarb_started(struct vfarb_accel *accel, unsigned int engine, unsigned int fn, u32 cookie,
		   u64 time_ns, u64 switch_ns)
{
	struct vfarb_engine *e;
	unsigned long flags;
	u64 idle_ns;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	raw_spin_lock_irqsave(&e->lock, flags);
	if (is_current(e, fn, cookie)) {
		if (e->state == VFARB_ENGINE_RUNNING) {
			anomaly(e, VFARB_ANOMALY_STALE);
		} else {
			e->state = VFARB_ENGINE_RUNNING;
			time_ns = believe_time(e, time_ns);
			idle_ns = charge(e, time_ns, 0, switch_ns, true);
			if (e->deviated)
				e->deviated->idle_caused_ns += idle_ns;
			e->deviated = NULL;
		}
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_started);

/**
 * vfarb_preempted - a VF stopped running, its state is being saved
 * @accel: the accelerator
 * @engine: index of the engine
 * @fn: the VF
 * @cookie: of the grant
 * @time_ns: engine clock when it stopped
 * @run_ns: how long it ran in this grant
 *
 * Context: any.
 */
void vfarb_preempted(struct vfarb_accel *accel, unsigned int engine, unsigned int fn, u32 cookie,
		     u64 time_ns, u64 run_ns)
{
	struct vfarb_engine *e;
	unsigned long flags;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	raw_spin_lock_irqsave(&e->lock, flags);
	if (is_current(e, fn, cookie)) {
		if (e->state != VFARB_ENGINE_RUNNING || run_ns < e->charged.running)
			anomaly(e, VFARB_ANOMALY_BACKWARDS);
		else
			charge(e, believe_time(e, time_ns), run_ns - e->charged.running, 0, false);
		vfarb_record_charge(e);
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_preempted);

/**
 * vfarb_slice_end - a slice is over and the engine is free
 * @accel: the accelerator
 * @engine: index of the engine
 * @end: what the device measured
 *
 * Charges the VF, decides and, if the provider can, grants the engine before
 * it returns.
 *
 * Context: any.
 */
void vfarb_slice_end(struct vfarb_accel *accel, unsigned int engine,
		     const struct vfarb_slice_end *end)
{
	struct vfarb_engine *e;
	unsigned long flags;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	raw_spin_lock_irqsave(&e->lock, flags);
	if (is_current(e, end->fn, end->cookie))
		end_slice(e, end);
	raw_spin_unlock_irqrestore(&e->lock, flags);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_slice_end);

/**
 * vfarb_submitted - a VF's client handed a submission to the driver
 * @accel: the accelerator
 * @engine: index of the engine
 * @fn: the VF
 * @op: provider's number of the operation
 * @size_ns: estimate of its execution time, 0 unknown
 *
 * Context: any.
 */
void vfarb_submitted(struct vfarb_accel *accel, unsigned int engine, unsigned int fn,
		     unsigned int op, u64 size_ns)
{
	struct vfarb_seat *seat;
	struct vfarb_engine *e;
	unsigned long flags;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	trace_vfarb_submit(accel->id, engine, fn, op, size_ns);
	raw_spin_lock_irqsave(&e->lock, flags);
	seat = seat_of(e, fn);
	if (seat) {
		seat->stats.submitted++;
		vfarb_hang_count(e, seat, VFARB_LIMIT_DOORBELLS, 1);
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_submitted);

/* What the VF's submissions are like, whatever their claims. */
static void learn(struct vfarb_engine *engine, struct vfarb_seat *seat,
		  const struct vfarb_completion_info *info)
{
	struct vfarb_line *line = &seat->line;
	u64 ratio, slice_ns;

	if (info->failed || !info->run_ns)
		return;
	if (!seat->mean_ns)
		seat->mean_ns = info->run_ns;
	else
		seat->mean_ns += ((s64)info->run_ns - (s64)seat->mean_ns) >> MEAN_SHIFT;
	slice_ns = clamp(seat->mean_ns, (u64)VFARB_SLICE_AUTO_MIN_NS,
			 (u64)VFARB_SLICE_AUTO_MAX_NS);
	/* Small differences are noise, and every change is written to the record. */
	if (seat->automatic && abs((s64)(slice_ns - line->designated_ns)) > (s64)slice_ns / 64)
		set_slice(engine, line, slice_ns);
	if (!info->size_ns)
		return;
	/* A claim that is off by more than a thousand times is no claim. */
	ratio = min(div64_u64(min(info->run_ns, 1ull << 50) << 10, info->size_ns), 1024ull << 10);
	if (!seat->claim_ratio)
		seat->claim_ratio = max(ratio, 1ull);
	else
		seat->claim_ratio = max((s64)seat->claim_ratio +
					(((s64)ratio - (s64)seat->claim_ratio) >> MEAN_SHIFT),
					(s64)1);
}

/**
 * vfarb_completed - a submission ended
 * @accel: the accelerator
 * @engine: index of the engine
 * @fn: the VF
 * @info: how
 *
 * Context: any.
 */
void vfarb_completed(struct vfarb_accel *accel, unsigned int engine, unsigned int fn,
		     const struct vfarb_completion_info *info)
{
	struct vfarb_seat *seat;
	struct vfarb_engine *e;
	unsigned long flags;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	raw_spin_lock_irqsave(&e->lock, flags);
	seat = seat_of(e, fn);
	if (seat) {
		struct vfarb_stats *stats = &seat->stats;

		if (info->failed)
			stats->failed++;
		else
			stats->completed++;
		learn(e, seat, info);
		stats->run_ns += info->run_ns;
		stats->wait_ns += info->wait_ns;
		stats->wait_max_ns = max(stats->wait_max_ns, info->wait_ns);
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_completed);

/**
 * vfarb_fault - a VF or the engine did something it must not
 * @accel: the accelerator
 * @engine: index of the engine
 * @fn: the VF, or VFARB_FN_NONE
 * @code: the provider's number of the fault
 *
 * Context: any.
 */
void vfarb_fault(struct vfarb_accel *accel, unsigned int engine, unsigned int fn, u32 code)
{
	struct vfarb_seat *seat;
	struct vfarb_engine *e;
	unsigned long flags;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	raw_spin_lock_irqsave(&e->lock, flags);
	e->fault = code;
	e->faults++;
	if (fn != VFARB_FN_NONE) {
		seat = seat_of(e, fn);
		if (seat) {
			seat->stats.faults++;
			vfarb_hang_count(e, seat, VFARB_LIMIT_FAULTS, 1);
		}
	}
	raw_spin_unlock_irqrestore(&e->lock, flags);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_fault);

/**
 * vfarb_reset_done - a reset is over
 * @accel: the accelerator
 * @engine: index of the engine
 * @fn: the VF that was reset, or VFARB_FN_NONE: the engine
 *
 * Work of the one that was reset is gone; if it held the engine, its slice is
 * over even if its end was never told. For a VF, @engine is any.
 *
 * Context: any.
 */
void vfarb_reset_done(struct vfarb_accel *accel, unsigned int engine, unsigned int fn)
{
	struct vfarb_engine *e;
	unsigned long flags;
	u64 now;
	int srcu;

	e = enter(accel, engine, &srcu);
	if (!e)
		goto leave;
	/* The reset of a function concerns every engine. */
	if (fn != VFARB_FN_NONE)
		e = &accel->engine[0];
	do {
		raw_spin_lock_irqsave(&e->lock, flags);
		if (under_way(e) && (fn == VFARB_FN_NONE || fn == e->current_fn))
			vfarb_engine_end_untold(e, VFARB_END_RESET);
		now = accel->ops->engine_time(accel->priv, e->index);
		vfarb_hang_reset_done(e, fn, now);
		if (e->state == VFARB_ENGINE_IDLE && anybody_waits(e))
			vfarb_engine_run_next(e, now);
		raw_spin_unlock_irqrestore(&e->lock, flags);
	} while (fn != VFARB_FN_NONE && ++e < &accel->engine[accel->info.engines]);
leave:
	srcu_read_unlock(&accel->srcu, srcu);
}
VFARB_EXPORT(vfarb_reset_done);

/**
 * vfarb_engine_add - a VF takes its seat at an engine
 * @engine: the engine
 * @seat: its, zeroed; stays until vfarb_engine_remove()
 * @fn: the VF
 * @volume: its share
 * @priority: its priority
 * @slice_ns: its designated slice
 */
void vfarb_engine_add(struct vfarb_engine *engine, struct vfarb_seat *seat, u32 fn, u32 volume,
		      u8 priority, u64 slice_ns)
{
	const struct vfarb_accel_ops *ops = engine->accel->ops;
	void *priv = engine->accel->priv;
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&engine->lock, flags);
	now = ops->engine_time(priv, engine->index);
	vfarb_pick_line_init(&seat->line, fn, engine->registrations++, volume, slice_ns);
	seat->line.priority = priority;
	seat->line.since_ns = now;
	seat->run_base_ns = ops->run_time(priv, engine->index, fn);
	engine->seat[fn] = seat;
	vfarb_record_add(engine, &seat->line, now);
	/* Its word that it has work may have come before it had a seat. */
	if (ops->pending(priv, engine->index, fn)) {
		idle_without_work(engine, now);
		line_set(engine, &seat->line, true, 0, now);
		if (engine->state == VFARB_ENGINE_IDLE)
			vfarb_engine_run_next(engine, now);
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

/**
 * vfarb_engine_remove - a VF leaves an engine
 * @engine: the engine
 * @fn: the VF
 *
 * If it holds the engine, what it still runs is charged to the departed.
 */
void vfarb_engine_remove(struct vfarb_engine *engine, u32 fn)
{
	struct vfarb_seat *seat;
	struct vfarb_line *line;
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	seat = engine->seat[fn];
	line = &seat->line;
	vfarb_hang_leave(engine, seat);
	vfarb_record_remove(engine, fn);
	engine->seat[fn] = NULL;
	if (line->joined)
		line_leave(engine, line, engine->ledger.clock_ns);
	vfarb_ledger_depart(&engine->ledger, line);
	if (engine->deviated == line)
		engine->deviated = NULL;
	if (engine->current_seat == seat) {
		engine->current_seat = NULL;
		vfarb_pick_drop(&engine->pick);
		if (engine->state == VFARB_ENGINE_CHOSEN)
			vfarb_engine_run_next(engine, engine->ledger.clock_ns);
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

static void settle(struct vfarb_engine *engine, struct vfarb_seat *seat, void *unused)
{
	if (seat->line.joined)
		vfarb_ledger_settle(&engine->ledger, &seat->line);
	vfarb_ledger_absence(&seat->line, engine->ledger.clock_ns);
}

/* Calls @each for every seat, with the lock held for some at a time. */
static void each_seat(struct vfarb_engine *engine,
		      void (*each)(struct vfarb_engine *engine, struct vfarb_seat *seat, void *arg),
		      void *arg)
{
	unsigned long flags;
	u32 fn = 0;

	while (fn < engine->fns) {
		u32 end = min(fn + CHUNK, engine->fns);

		raw_spin_lock_irqsave(&engine->lock, flags);
		if (each == settle)
			vfarb_record_settle(engine, fn, end);
		for (; fn < end; fn++)
			if (engine->seat[fn])
				each(engine, engine->seat[fn], arg);
		raw_spin_unlock_irqrestore(&engine->lock, flags);
	}
}

/* Applies the cap that holds under the policy there is. */
static void recap(struct vfarb_engine *engine, struct vfarb_seat *seat, void *unused)
{
	struct vfarb_accel *accel = engine->accel;
	struct vfarb_line *line = &seat->line;
	u32 cap = seat->cap;
	u64 now;

	if (engine->pick.policy == VFARB_POLICY_FIXED_SHARE)
		cap = cap ? min(cap, line->volume) : line->volume;
	if (cap == line->cap)
		return;
	vfarb_engine_charge_running(engine);
	now = accel->ops->engine_time(accel->priv, engine->index);
	vfarb_ledger_set_cap(line, cap, now);
	idle_without_work(engine, now);
	line_set(engine, line, line->backlogged, line->blocked, now);
	if (engine->state == VFARB_ENGINE_IDLE && anybody_waits(engine))
		vfarb_engine_run_next(engine, now);
}

/**
 * vfarb_engine_reprice - change what a VF is worth while it works
 * @engine: the engine
 * @fn: the VF
 * @volume: its share
 * @priority: its priority
 * @slice_ns: its designated slice, from its next grant on, or VFARB_SLICE_AUTO
 * @cap: of a thousand parts of the engine's time it gets no more, 0 no limit
 */
void vfarb_engine_reprice(struct vfarb_engine *engine, u32 fn, u32 volume, u8 priority,
			  u64 slice_ns, u32 cap)
{
	struct vfarb_seat *seat;
	struct vfarb_line *line;
	unsigned long flags;
	bool joined;
	u64 now;

	raw_spin_lock_irqsave(&engine->lock, flags);
	seat = engine->seat[fn];
	line = &seat->line;
	seat->automatic = slice_ns == VFARB_SLICE_AUTO;
	if (!seat->automatic)
		set_slice(engine, line, slice_ns);
	seat->cap = cap;
	if (line->volume != volume || line->priority != priority) {
		/* What it ran up to now, it ran at the old price. */
		vfarb_engine_charge_running(engine);
		now = engine->ledger.clock_ns;
		joined = line->joined;
		vfarb_record_reprice(engine, line, volume, priority, joined);
		if (joined)
			line_leave(engine, line, now);
		vfarb_pick_reprice(&engine->pick, line, volume, priority);
		if (joined)
			line_join(engine, line, now);
	}
	recap(engine, seat, NULL);
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

/**
 * vfarb_engine_block - forbid or allow a VF to run
 * @engine: the engine
 * @fn: the VF
 * @reason: one VFARB_BLOCKED_*
 * @block: forbid
 *
 * A slice that runs is not cut short.
 */
void vfarb_engine_block(struct vfarb_engine *engine, u32 fn, u32 reason, bool block)
{
	struct vfarb_line *line;
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&engine->lock, flags);
	line = &engine->seat[fn]->line;
	vfarb_engine_charge_running(engine);
	now = engine->accel->ops->engine_time(engine->accel->priv, engine->index);
	idle_without_work(engine, now);
	line_set(engine, line, line->backlogged,
		 block ? line->blocked | reason : line->blocked & ~reason, now);
	if (engine->state == VFARB_ENGINE_IDLE && anybody_waits(engine))
		vfarb_engine_run_next(engine, now);
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}
VFARB_EXPORT_FOR_TESTS(vfarb_engine_block);

/**
 * vfarb_engine_set_policy - change how an engine's VFs take turns
 * @engine: the engine
 * @policy: enum vfarb_policy
 * @order: enum vfarb_order
 */
void vfarb_engine_set_policy(struct vfarb_engine *engine, enum vfarb_policy policy,
			     enum vfarb_order order)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	vfarb_engine_charge_running(engine);
	vfarb_record_policy(engine, policy, order);
	vfarb_pick_set_policy(&engine->pick, policy, order);
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	each_seat(engine, recap, NULL);
}
VFARB_EXPORT_FOR_TESTS(vfarb_engine_set_policy);

/**
 * vfarb_engine_set_cycle - change the time after which a cycle ends
 * @engine: the engine
 * @cycle_ns: VFARB_CYCLE_MIN_NS..VFARB_CYCLE_MAX_NS
 */
void vfarb_engine_set_cycle(struct vfarb_engine *engine, u64 cycle_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	engine->cycle_ns = cycle_ns;
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}
VFARB_EXPORT_FOR_TESTS(vfarb_engine_set_cycle);

/**
 * vfarb_engine_set_affinity - where an engine's arbiter runs
 * @engine: the engine
 * @cpus: not empty
 *
 * Return: 0, or -EINVAL if none of them is online.
 */
int vfarb_engine_set_affinity(struct vfarb_engine *engine, const struct cpumask *cpus)
{
	return set_cpus_allowed_ptr(engine->kthread, cpus);
}
VFARB_EXPORT_FOR_TESTS(vfarb_engine_set_affinity);

static int refuse(struct vfarb_refusal *refusal, u32 bit, u64 given, u64 least, u64 most)
{
	refusal->bit = bit;
	refusal->given = given;
	refusal->least = least;
	refusal->most = most;
	return -ERANGE;
}

/**
 * vfarb_engine_judge - whether an engine can have new settings
 * @engine: the engine, or NULL: there is none
 * @want: the new values
 * @mask: which of them are meant, VFARB_ENGINE_SET_*
 * @refusal: out: what was wrong, with -ERANGE
 *
 * Context: process, with CPUs kept from going.
 * Return: 0, -ENODEV no such engine, -ERANGE a value is refused.
 */
int vfarb_engine_judge(struct vfarb_engine *engine, const struct vfarb_engine_settings *want,
		       u32 mask, struct vfarb_refusal *refusal)
{
	unsigned int i;

	if (!engine)
		return -ENODEV;
	if ((mask & VFARB_ENGINE_SET_POLICY) && want->policy >= VFARB_POLICIES)
		return refuse(refusal, VFARB_ENGINE_SET_POLICY, want->policy, 0,
			      VFARB_POLICIES - 1);
	if ((mask & VFARB_ENGINE_SET_ORDER) && want->order >= VFARB_ORDERS)
		return refuse(refusal, VFARB_ENGINE_SET_ORDER, want->order, 0, VFARB_ORDERS - 1);
	if ((mask & VFARB_ENGINE_SET_CYCLE) && (want->cycle_ns < VFARB_CYCLE_MIN_NS ||
						want->cycle_ns > VFARB_CYCLE_MAX_NS))
		return refuse(refusal, VFARB_ENGINE_SET_CYCLE, want->cycle_ns, VFARB_CYCLE_MIN_NS,
			      VFARB_CYCLE_MAX_NS);
	if ((mask & VFARB_ENGINE_SET_BUDGET) && want->budget_ns &&
	    (want->budget_ns < VFARB_BUDGET_MIN_NS || want->budget_ns > VFARB_BUDGET_MAX_NS))
		return refuse(refusal, VFARB_ENGINE_SET_BUDGET, want->budget_ns,
			      VFARB_BUDGET_MIN_NS, VFARB_BUDGET_MAX_NS);
	for (i = 0; i < VFARB_LIMITS; i++)
		if ((mask & VFARB_ENGINE_SET_ACTION(i)) &&
		    want->limit[i].action >= VFARB_LIMIT_ACTIONS)
			return refuse(refusal, VFARB_ENGINE_SET_ACTION(i), want->limit[i].action, 0,
				      VFARB_LIMIT_ACTIONS - 1);
	if ((mask & VFARB_ENGINE_SET_CPUS) && !cpumask_intersects(want->cpus, cpu_online_mask))
		return refuse(refusal, VFARB_ENGINE_SET_CPUS, cpumask_first(want->cpus), 0,
			      cpumask_last(cpu_online_mask));
	return 0;
}

/**
 * vfarb_engine_apply - change an engine's settings while it works
 * @engine: the engine
 * @want: the new values, judged
 * @mask: which of them are meant, VFARB_ENGINE_SET_*
 */
void vfarb_engine_apply(struct vfarb_engine *engine, const struct vfarb_engine_settings *want,
			u32 mask)
{
	const struct vfarb_pick *pick = &engine->pick;
	unsigned int i;

	/* They change under the accelerator's lock only: the engine's is not needed to read. */
	if (mask & (VFARB_ENGINE_SET_POLICY | VFARB_ENGINE_SET_ORDER))
		vfarb_engine_set_policy(engine, mask & VFARB_ENGINE_SET_POLICY ?
					want->policy : pick->policy,
					mask & VFARB_ENGINE_SET_ORDER ? want->order : pick->order);
	if (mask & VFARB_ENGINE_SET_CYCLE)
		vfarb_engine_set_cycle(engine, want->cycle_ns);
	if (mask & VFARB_ENGINE_SET_BUDGET) {
		struct vfarb_offence_settings offence = engine->hang.offence;

		offence.budget_ns = want->budget_ns;
		vfarb_hang_set(engine, &offence);
	}
	for (i = 0; i < VFARB_LIMITS; i++) {
		const struct vfarb_limit_settings *limit = &engine->hang.limit[i];

		if (mask & (VFARB_ENGINE_SET_MOST(i) | VFARB_ENGINE_SET_ACTION(i)))
			vfarb_hang_set_limit(engine, i, mask & VFARB_ENGINE_SET_MOST(i) ?
					     want->limit[i].most : limit->most,
					     mask & VFARB_ENGINE_SET_ACTION(i) ?
					     want->limit[i].action : limit->action);
	}
	if (mask & VFARB_ENGINE_SET_CPUS)
		WARN_ON(vfarb_engine_set_affinity(engine, want->cpus));
}

/* Finds work that nobody told of. */
static void find_pending(struct vfarb_engine *engine, struct vfarb_seat *seat, void *unused)
{
	struct vfarb_accel *accel = engine->accel;
	struct vfarb_line *line = &seat->line;
	u64 now;

	if (line->backlogged || !accel->ops->pending(accel->priv, engine->index, line->fn))
		return;
	now = accel->ops->engine_time(accel->priv, engine->index);
	line_set(engine, line, true, line->blocked, now);
	if (engine->state == VFARB_ENGINE_IDLE)
		vfarb_engine_run_next(engine, now);
}

/* Lets go whose cap allows it again, and notes when the next one may. */
static void uncap(struct vfarb_engine *engine, struct vfarb_seat *seat, void *unused)
{
	struct vfarb_accel *accel = engine->accel;
	struct vfarb_line *line = &seat->line;
	u64 now;

	if (!(line->blocked & VFARB_BLOCKED_CAP))
		return;
	now = accel->ops->engine_time(accel->priv, engine->index);
	idle_without_work(engine, now);
	line_set(engine, line, line->backlogged, line->blocked, now);
	if (engine->state == VFARB_ENGINE_IDLE && anybody_waits(engine))
		vfarb_engine_run_next(engine, now);
}

static void uncap_all(struct vfarb_engine *engine)
{
	unsigned long flags;
	bool capped;

	raw_spin_lock_irqsave(&engine->lock, flags);
	capped = engine->capped;
	/* Who is still capped says so again. */
	engine->capped = false;
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	if (capped)
		each_seat(engine, uncap, NULL);
}

/**
 * vfarb_engine_refresh - bring every total up to date
 * @engine: the engine
 *
 * Charges the running VF for what it ran so far and settles entitlements.
 */
void vfarb_engine_refresh(struct vfarb_engine *engine)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	vfarb_engine_charge_running(engine);
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	each_seat(engine, settle, NULL);
}
VFARB_EXPORT_FOR_TESTS(vfarb_engine_refresh);

/**
 * vfarb_engine_look - take a copy of what an engine is at
 * @engine: the engine
 * @view: out
 */
void vfarb_engine_look(struct vfarb_engine *engine, struct vfarb_engine_view *view)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	vfarb_engine_charge_running(engine);
	*view = (struct vfarb_engine_view) {
		.policy = engine->pick.policy,
		.order = engine->pick.order,
		.cycle_ns = engine->cycle_ns,
		.budget_ns = engine->hang.offence.budget_ns,
		.state = engine->state,
		.fn = engine->current_seat ? engine->current_fn : VFARB_FN_NONE,
		.ledger = engine->ledger,
		.published = engine->published,
		.grants = engine->grants,
		.refused = engine->refused,
		.lost = engine->lost,
		.faults = engine->faults,
		.fault = engine->fault,
	};
	memcpy(view->limit, engine->hang.limit, sizeof(view->limit));
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

/**
 * vfarb_engine_read - take a copy of a VF's seat
 * @engine: the engine
 * @fn: the VF
 * @copy: out
 *
 * Return: false if there is no such VF.
 */
bool vfarb_engine_read(struct vfarb_engine *engine, u32 fn, struct vfarb_seat *copy)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&engine->lock, flags);
	found = fn < engine->fns && engine->seat[fn];
	if (found) {
		if (engine->current_seat == engine->seat[fn])
			vfarb_engine_charge_running(engine);
		*copy = *engine->seat[fn];
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	return found;
}
VFARB_EXPORT_FOR_TESTS(vfarb_engine_read);

struct cycle_sums {
	bool served;
	u64 length_ns;
	u32 vfs;
	u32 error_ppm;
	u64 sum;
	u64 squares;
};

static void cycle_look(struct vfarb_engine *engine, struct vfarb_seat *seat, void *arg)
{
	struct vfarb_line *line = &seat->line;
	struct cycle_sums *sums = arg;
	u64 executed = line->executed.running - seat->cycle_executed_ns;
	u64 entitled = line->entitled_ns - seat->cycle_entitled_ns;

	if (line->joined && (line->grants == seat->cycle_grants ||
			     executed + line->designated_ns < entitled))
		sums->served = false;
}

static void cycle_publish(struct vfarb_engine *engine, struct vfarb_seat *seat, void *arg)
{
	struct vfarb_line *line = &seat->line;
	struct cycle_sums *sums = arg;
	u64 executed = line->executed.running - seat->cycle_executed_ns;
	u64 entitled = line->entitled_ns - seat->cycle_entitled_ns;
	s64 error = executed - entitled;

	seat->cycle_executed_ns = line->executed.running;
	seat->cycle_entitled_ns = line->entitled_ns;
	seat->cycle_grants = line->grants;
	seat->share_ppm = div64_u64(executed * 1000000, sums->length_ns);
	seat->share_error_ppm = div64_s64(error * 1000000, sums->length_ns);
	if (!executed && !entitled)
		return;
	sums->vfs++;
	sums->error_ppm = max_t(u32, sums->error_ppm, abs(seat->share_error_ppm));
	if (entitled) {
		/* In 1 / 1024; 64 times its due is as unfair as can be told. */
		u64 x = min(div64_u64(executed << 10, entitled), 64ull << 10);

		sums->sum += x;
		sums->squares += x * x;
	}
}

static void cycle_begin(struct vfarb_engine *engine, struct vfarb_seat *seat, void *unused)
{
	seat->cycle_executed_ns = seat->line.executed.running;
	seat->cycle_entitled_ns = seat->line.entitled_ns;
	seat->cycle_grants = seat->line.grants;
}

/* Ends the running cycle if it is to end, and publishes it. Only the kthread calls it. */
static void cycle_advance(struct vfarb_engine *engine)
{
	struct cycle_sums sums = { .served = true };
	struct vfarb_cycle *cycle = &engine->cycle;
	unsigned long flags;
	u64 now, jain = 1000000;
	bool busy;

	raw_spin_lock_irqsave(&engine->lock, flags);
	now = engine->ledger.clock_ns;
	busy = engine_busy(engine);
	raw_spin_unlock_irqrestore(&engine->lock, flags);

	if (!cycle->start_ns) {
		if (busy) {
			cycle->start_ns = now;
			each_seat(engine, cycle_begin, NULL);
		}
		return;
	}
	if (now == cycle->start_ns)
		return;
	each_seat(engine, cycle_look, &sums);
	if (!busy)
		cycle->end = VFARB_CYCLE_EMPTY;
	else if (now - cycle->start_ns >= engine->cycle_ns)
		cycle->end = VFARB_CYCLE_TIME;
	else if (sums.served)
		cycle->end = VFARB_CYCLE_SERVED;
	else
		return;

	sums.length_ns = now - cycle->start_ns;
	each_seat(engine, cycle_publish, &sums);
	if (sums.squares)
		jain = mul_u64_u64_div_u64(sums.sum * sums.sum, 1000000,
					   (u64)sums.vfs * sums.squares);
	cycle->seq++;
	cycle->length_ns = sums.length_ns;
	cycle->vfs = sums.vfs;
	cycle->jain_ppm = jain;
	cycle->share_error_ppm = sums.error_ppm;
	trace_vfarb_cycle(engine->accel->id, engine->index, cycle->seq, cycle->start_ns,
			  cycle->length_ns, cycle->end, cycle->vfs, cycle->jain_ppm,
			  cycle->share_error_ppm);
	raw_spin_lock_irqsave(&engine->lock, flags);
	engine->published = *cycle;
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	vfarb_config_tell_cycle(engine, cycle);
	cycle->start_ns = busy ? now : 0;
}

/* Grants, in a context where the provider may sleep, what was chosen with interrupts off. */
static void grant_chosen(struct vfarb_engine *engine)
{
	struct vfarb_accel *accel = engine->accel;
	unsigned long flags;
	u32 fn, cookie;
	u64 slice_ns;

	raw_spin_lock_irqsave(&engine->lock, flags);
	while (engine->state == VFARB_ENGINE_CHOSEN) {
		fn = engine->current_fn;
		cookie = engine->cookie;
		slice_ns = engine->slice_ns;
		engine->state = VFARB_ENGINE_GRANTED;
		raw_spin_unlock_irqrestore(&engine->lock, flags);
		if (!accel->ops->grant(accel->priv, engine->index, fn, slice_ns, cookie)) {
			raw_spin_lock_irqsave(&engine->lock, flags);
			continue;
		}
		raw_spin_lock_irqsave(&engine->lock, flags);
		if (engine->state == VFARB_ENGINE_GRANTED && engine->cookie == cookie)
			grant_refused(engine);
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

static void retry_refused(struct vfarb_engine *engine)
{
	const struct vfarb_accel_ops *ops = engine->accel->ops;
	void *priv = engine->accel->priv;
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	if (engine->retry) {
		engine->retry = false;
		if (engine->state == VFARB_ENGINE_IDLE && anybody_waits(engine))
			vfarb_engine_run_next(engine, ops->engine_time(priv, engine->index));
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

/* How long the kthread may wait if nobody wakes it. */
static u64 wait_for_ns(struct vfarb_engine *engine, bool busy)
{
	struct vfarb_accel *accel = engine->accel;
	s64 left;

	if (!engine->capped)
		return busy ? ITERATION_NS : IDLE_ITERATION_NS;
	left = engine->uncap_ns - accel->ops->engine_time(accel->priv, engine->index);
	return clamp(left, (s64)0, (s64)ITERATION_NS);
}

static int arbiter(void *data)
{
	struct vfarb_engine *engine = data;
	unsigned long flags;
	ktime_t timeout;
	bool chosen, busy;
	u64 sleep_ns;

	while (!kthread_should_stop()) {
		grant_chosen(engine);
		vfarb_hang_watch(engine);
		uncap_all(engine);
		each_seat(engine, find_pending, NULL);
		vfarb_engine_refresh(engine);
		cycle_advance(engine);
		vfarb_record_tick(engine);

		set_current_state(TASK_IDLE);
		raw_spin_lock_irqsave(&engine->lock, flags);
		chosen = engine->state == VFARB_ENGINE_CHOSEN;
		busy = engine_busy(engine);
		engine->asleep = !busy;
		sleep_ns = vfarb_hang_sleep_ns(engine, wait_for_ns(engine, busy));
		raw_spin_unlock_irqrestore(&engine->lock, flags);
		if (chosen || kthread_should_stop()) {
			__set_current_state(TASK_RUNNING);
			continue;
		}
		timeout = ns_to_ktime(sleep_ns);
		schedule_hrtimeout_range(&timeout, 0, HRTIMER_MODE_REL);
		__set_current_state(TASK_RUNNING);
		/* A grant refused at once is tried again at the pace of the iterations. */
		retry_refused(engine);
	}
	return 0;
}

/**
 * vfarb_engine_init - prepare an engine
 * @engine: zeroed
 * @accel: whose it is, with info and ops set
 * @index: which
 *
 * Return: 0 or -ENOMEM.
 */
int vfarb_engine_init(struct vfarb_engine *engine, struct vfarb_accel *accel, unsigned int index)
{
	engine->accel = accel;
	engine->index = index;
	engine->fns = accel->info.fns;
	engine->current_fn = VFARB_FN_NONE;
	engine->cycle_ns = VFARB_CYCLE_DEFAULT_NS;
	vfarb_hang_init(engine);
	raw_spin_lock_init(&engine->lock);
	engine->seat = kvcalloc(engine->fns, sizeof(*engine->seat), GFP_KERNEL);
	engine->room = kvcalloc(VFARB_PICK_ROOM(engine->fns), sizeof(*engine->room), GFP_KERNEL);
	/* What there is goes with the accelerator: every engine gets its vfarb_engine_free(). */
	if (!engine->seat || !engine->room)
		return -ENOMEM;
	vfarb_pick_init(&engine->pick, &engine->ledger, engine->room, engine->fns);
	return vfarb_record_init(engine);
}

/**
 * vfarb_engine_start - begin to arbitrate
 * @engine: prepared
 *
 * Return: 0 or a negative errno.
 */
int vfarb_engine_start(struct vfarb_engine *engine)
{
	struct vfarb_accel *accel = engine->accel;
	struct task_struct *kthread;

	kthread = kthread_create(arbiter, engine, "vfarb/%u.%u", accel->id, engine->index);
	if (IS_ERR(kthread))
		return PTR_ERR(kthread);
	sched_set_fifo_low(kthread);
	vfarb_ledger_open(&engine->ledger, accel->ops->engine_time(accel->priv, engine->index));
	engine->kthread = kthread;
	vfarb_record_start(engine);
	engine->running = true;
	wake_up_process(kthread);
	return 0;
}

/**
 * vfarb_engine_stop - arbitrate no more
 * @engine: started or not
 *
 * No operation of the provider is called after it returned.
 */
void vfarb_engine_stop(struct vfarb_engine *engine)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	engine->running = false;
	raw_spin_unlock_irqrestore(&engine->lock, flags);
	if (engine->kthread)
		kthread_stop(engine->kthread);
	engine->kthread = NULL;
	vfarb_record_end(engine);
}

/**
 * vfarb_engine_free - undo vfarb_engine_init()
 * @engine: stopped, with no seats
 */
void vfarb_engine_free(struct vfarb_engine *engine)
{
	vfarb_record_free(engine);
	kvfree(engine->room);
	kvfree(engine->seat);
}
