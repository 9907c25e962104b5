// SPDX-License-Identifier: GPL-2.0
#include <linux/jiffies.h>
#include <linux/module.h>
#include "../compat.h"
#include "accel.h"
#include "arbiter.h"
#include "event.h"

/*
 * A granted VF whose running time stands still for this long, beyond what
 * switching takes, does not run: the end of its slice was lost.
 */
#define LOST_AFTER_NS		(50 * NSEC_PER_MSEC)

/* Beyond what the device says that stopping takes. */
#define PREEMPT_GRACE_NS	NSEC_PER_MSEC
#define VF_RESET_GRACE_NS	(100 * NSEC_PER_MSEC)
#define ENGINE_RESET_GRACE_NS	NSEC_PER_SEC

/* Grants refused in a row, one each iteration, after which who held the engine last still does. */
#define REFUSALS_MAX		5u

/* Nothing is looked at more often than that. */
#define SLEEP_MIN_NS		(50 * NSEC_PER_USEC)

static unsigned int hang_budget_ms = 1000;
module_param(hang_budget_ms, uint, 0444);
MODULE_PARM_DESC(hang_budget_ms,
		 "running time without progress after which a VF is told to stop, 0 any");

/**
 * vfarb_hang_init - begin with the defaults
 * @engine: the engine
 */
void vfarb_hang_init(struct vfarb_engine *engine)
{
	engine->hang = (struct vfarb_hang) {
		.offence = {
			.budget_ns = min(hang_budget_ms * (u64)NSEC_PER_MSEC, VFARB_BUDGET_MAX_NS),
			.throttle_ns = 100 * NSEC_PER_MSEC,
			.quarantine_ns = NSEC_PER_SEC,
		},
		.period_ns = NSEC_PER_SEC,
		.fn = VFARB_FN_NONE,
	};
}

static u64 engine_time(struct vfarb_engine *engine)
{
	return engine->accel->ops->engine_time(engine->accel->priv, engine->index);
}

static struct vfarb_seat *seat_at(struct vfarb_engine *engine, u32 fn)
{
	return fn < engine->fns ? engine->seat[fn] : NULL;
}

static bool under_way(const struct vfarb_engine *engine)
{
	return engine->state == VFARB_ENGINE_GRANTED || engine->state == VFARB_ENGINE_RUNNING;
}

/**
 * vfarb_hang_forbids - whether nobody may be granted the engine
 * @engine: the engine, locked
 *
 * Return: true while it is dead.
 */
bool vfarb_hang_forbids(const struct vfarb_engine *engine)
{
	return engine->hang.stage == VFARB_HANG_DEAD || engine->hang.stage == VFARB_HANG_LOST;
}

static void ask_vf_reset(struct vfarb_engine *engine, struct vfarb_seat *seat, u64 now)
{
	struct vfarb_conduct *conduct = &seat->conduct;

	if (!conduct->reset_wanted)
		engine->hang.resets_wanted++;
	conduct->reset_wanted = true;
	if (!conduct->resetting_ns)
		engine->hang.resetting++;
	conduct->resetting_ns = now ?: 1;
}

static void reset_over(struct vfarb_engine *engine, struct vfarb_conduct *conduct)
{
	if (conduct->resetting_ns)
		engine->hang.resetting--;
	conduct->resetting_ns = 0;
	if (conduct->reset_wanted)
		engine->hang.resets_wanted--;
	conduct->reset_wanted = false;
}

static void note_until(struct vfarb_engine *engine, const struct vfarb_offence *offence)
{
	struct vfarb_hang *hang = &engine->hang;

	if (offence->until_ns != VFARB_UNTIL_RELEASED &&
	    (!hang->next_ns || (s64)(offence->until_ns - hang->next_ns) < 0))
		hang->next_ns = offence->until_ns;
}

/* A VF is to answer for something. The kthread does what cannot be done here. */
static void strike(struct vfarb_engine *engine, struct vfarb_seat *seat, bool stubborn, u64 now)
{
	struct vfarb_offence *offence = &seat->conduct.offence;
	struct vfarb_line *line = &seat->line;

	if (offence->sentence == VFARB_SENTENCE_NONE)
		engine->hang.held++;
	if (vfarb_offence_strike(offence, &engine->hang.offence, stubborn,
				 line->executed.running, now) == VFARB_SENTENCE_THROTTLE) {
		vfarb_event(engine, line->fn, VFARB_EV_THROTTLED, 0, now, offence->until_ns,
			    offence->strikes);
		vfarb_engine_set_blocked(engine, line, VFARB_BLOCKED_THROTTLE, true, now);
	} else {
		vfarb_event(engine, line->fn, VFARB_EV_QUARANTINED, 0, now, offence->until_ns,
			    offence->strikes);
		vfarb_engine_set_blocked(engine, line, VFARB_BLOCKED_QUARANTINE, true, now);
		ask_vf_reset(engine, seat, now);
	}
	note_until(engine, offence);
	vfarb_engine_wake(engine);
}

static void let_go(struct vfarb_engine *engine, struct vfarb_seat *seat, bool pardon, u64 now)
{
	if (seat->conduct.offence.sentence != VFARB_SENTENCE_NONE) {
		engine->hang.held--;
		vfarb_event(engine, seat->line.fn, VFARB_EV_RELEASED, 0, now, pardon, 0);
	}
	vfarb_offence_release(&seat->conduct.offence, pardon, seat->line.executed.running);
	vfarb_engine_set_blocked(engine, &seat->line,
				 VFARB_BLOCKED_THROTTLE | VFARB_BLOCKED_QUARANTINE, false, now);
}

/* Preempt and VF reset failed: nobody can have the engine until it was reset. */
static void engine_dies(struct vfarb_engine *engine, u64 now)
{
	struct vfarb_hang *hang = &engine->hang;

	vfarb_event(engine, VFARB_FN_NONE, VFARB_EV_ENGINE_DEAD, 0, now, hang->fn, 0);
	hang->stage = VFARB_HANG_DEAD;
	hang->asked_ns = now;
	hang->reset_engine = true;
	vfarb_engine_wake(engine);
}

static void engine_lost(struct vfarb_engine *engine, int err, u64 now)
{
	vfarb_event(engine, VFARB_FN_NONE, VFARB_EV_ENGINE_RESET_FAILED, 0, now, -err,
		    ENGINE_RESET_GRACE_NS);
	engine->hang.stage = VFARB_HANG_LOST;
	/* Nobody runs, as far as anyone can tell. */
	if (under_way(engine))
		vfarb_engine_end_untold(engine, VFARB_END_RESET);
}

static void vf_reset_failed(struct vfarb_engine *engine, u32 fn, int err, u64 now)
{
	struct vfarb_seat *seat = seat_at(engine, fn);
	struct vfarb_offence *offence;

	vfarb_event(engine, fn, VFARB_EV_VF_RESET_FAILED, 0, now, -err, VF_RESET_GRACE_NS);
	if (seat) {
		reset_over(engine, &seat->conduct);
		/* What it still does to the device nobody knows: that is for an operator. */
		offence = &seat->conduct.offence;
		if (offence->sentence == VFARB_SENTENCE_QUARANTINE)
			offence->until_ns = VFARB_UNTIL_RELEASED;
	}
	if (engine->hang.stage == VFARB_HANG_RESET && engine->hang.fn == fn)
		engine_dies(engine, now);
}

/* Who holds the engine does not stop. */
static void resort_to_reset(struct vfarb_engine *engine, struct vfarb_seat *seat, u64 now)
{
	engine->hang.stage = VFARB_HANG_RESET;
	engine->hang.asked_ns = now;
	strike(engine, seat, true, now);
}

static void tell_to_stop(struct vfarb_engine *engine, struct vfarb_seat *seat, u64 now)
{
	const struct vfarb_accel *accel = engine->accel;
	struct vfarb_hang *hang = &engine->hang;

	hang->stage = VFARB_HANG_PREEMPT;
	hang->fn = seat->line.fn;
	hang->cookie = engine->cookie;
	hang->asked_ns = now;
	if (!accel->ops->preempt || accel->ops->preempt(accel->priv, engine->index))
		resort_to_reset(engine, seat, now);
}

/**
 * vfarb_hang_slice_end - a slice was ended
 * @engine: the engine, locked; who held it is still known
 * @reason: why
 * @now_ns: engine clock
 */
void vfarb_hang_slice_end(struct vfarb_engine *engine, enum vfarb_reason reason, u64 now_ns)
{
	struct vfarb_seat *seat = engine->current_seat;
	struct vfarb_hang *hang = &engine->hang;

	if (reason == VFARB_END_LOST) {
		vfarb_event(engine, engine->current_fn, VFARB_EV_LOST_END, 0, now_ns, 0, 0);
		if (!hang->lost_ends++)
			hang->lost_fn = engine->current_fn;
	} else {
		hang->lost_ends = 0;
		hang->refused = 0;
	}
	if ((hang->stage != VFARB_HANG_PREEMPT && hang->stage != VFARB_HANG_RESET) ||
	    hang->cookie != engine->cookie)
		return;
	/* It stopped when it was told to; who had to be reset has its sentence already. */
	if (hang->stage == VFARB_HANG_PREEMPT && seat)
		strike(engine, seat, false, now_ns);
	hang->stage = VFARB_HANG_WATCH;
}

/**
 * vfarb_hang_refused - the device did not take a grant
 * @engine: the engine, locked
 *
 * If the end of the slice before was lost, perhaps it did not end.
 */
void vfarb_hang_refused(struct vfarb_engine *engine)
{
	struct vfarb_hang *hang = &engine->hang;
	struct vfarb_seat *seat = seat_at(engine, hang->lost_fn);

	if (!hang->lost_ends || ++hang->refused < REFUSALS_MAX ||
	    hang->stage != VFARB_HANG_WATCH)
		return;
	hang->refused = 0;
	hang->fn = hang->lost_fn;
	hang->cookie = 0;
	if (seat)
		resort_to_reset(engine, seat, engine_time(engine));
	else
		engine_dies(engine, engine_time(engine));
}

/**
 * vfarb_hang_leave - a VF leaves the engine
 * @engine: the engine, locked
 * @seat: its, still there
 */
void vfarb_hang_leave(struct vfarb_engine *engine, struct vfarb_seat *seat)
{
	struct vfarb_hang *hang = &engine->hang;

	if (seat->conduct.offence.sentence != VFARB_SENTENCE_NONE)
		hang->held--;
	reset_over(engine, &seat->conduct);
	/* If it does not let go now, its slice end is lost, and then grants are refused. */
	if (hang->fn == seat->line.fn && !vfarb_hang_forbids(engine))
		hang->stage = VFARB_HANG_WATCH;
}

/**
 * vfarb_hang_reset_done - a reset is over
 * @engine: the engine, locked; the slice of who was reset was ended
 * @fn: who was reset, or VFARB_FN_NONE: the engine
 * @now_ns: engine clock
 */
void vfarb_hang_reset_done(struct vfarb_engine *engine, u32 fn, u64 now_ns)
{
	struct vfarb_hang *hang = &engine->hang;
	struct vfarb_seat *seat = seat_at(engine, fn);

	if (fn == VFARB_FN_NONE) {
		if (!vfarb_hang_forbids(engine))
			return;
		hang->stage = VFARB_HANG_WATCH;
		hang->lost_ends = 0;
		hang->refused = 0;
		vfarb_event(engine, VFARB_FN_NONE, VFARB_EV_ENGINE_BACK, 0, now_ns, 0, 0);
		return;
	}
	if (!seat)
		return;
	if (seat->conduct.resetting_ns)
		vfarb_event(engine, fn, VFARB_EV_VF_RESET_DONE, 0, now_ns, 0, 0);
	else
		vfarb_hang_count(engine, seat, VFARB_LIMIT_RESETS, 1);
	reset_over(engine, &seat->conduct);
	if (hang->stage == VFARB_HANG_RESET && hang->fn == fn) {
		hang->stage = VFARB_HANG_WATCH;
		hang->lost_ends = 0;
	}
}

/**
 * vfarb_hang_count - a VF did something that there may be too much of
 * @engine: the engine, locked
 * @seat: its
 * @limit: what
 * @times: how often
 */
void vfarb_hang_count(struct vfarb_engine *engine, struct vfarb_seat *seat,
		      enum vfarb_limit limit, u32 times)
{
	const struct vfarb_limit_settings *set = &engine->hang.limit[limit];
	struct vfarb_count *count = &seat->conduct.count[limit];
	u64 now, before;

	if (set->action == VFARB_LIMIT_OFF)
		return;
	/* In jiffies: a storm must not cost a reading of the device's clock each. */
	if (get_jiffies_64() - count->since >= nsecs_to_jiffies64(engine->hang.period_ns)) {
		count->since = get_jiffies_64();
		count->number = 0;
	}
	before = count->number;
	count->number += times;
	if (before > set->most || count->number <= set->most)
		return;
	now = engine_time(engine);
	vfarb_event(engine, seat->line.fn, VFARB_EV_LIMIT, limit, now, set->most,
		    engine->hang.period_ns);
	if (set->action == VFARB_LIMIT_ACT &&
	    seat->conduct.offence.sentence == VFARB_SENTENCE_NONE)
		strike(engine, seat, false, now);
}

/* Lets go whose sentence is over. */
static void release_served(struct vfarb_engine *engine, u64 now)
{
	struct vfarb_hang *hang = &engine->hang;
	bool any = false;
	u32 fn;

	if (!hang->held || !hang->next_ns || (s64)(now - hang->next_ns) < 0)
		return;
	hang->next_ns = 0;
	for (fn = 0; fn < engine->fns; fn++) {
		struct vfarb_seat *seat = engine->seat[fn];
		struct vfarb_offence *offence;

		if (!seat || seat->conduct.offence.sentence == VFARB_SENTENCE_NONE)
			continue;
		offence = &seat->conduct.offence;
		/* Not while it is being reset. */
		if (vfarb_offence_served(offence, now) && seat->conduct.resetting_ns)
			offence->until_ns = now + VF_RESET_GRACE_NS;
		if (vfarb_offence_served(offence, now)) {
			let_go(engine, seat, false, now);
			any = true;
		} else {
			note_until(engine, offence);
		}
	}
	if (any && engine->state == VFARB_ENGINE_IDLE)
		vfarb_engine_run_next(engine, now);
}

/* Finds a slice end that nobody told. */
static bool find_lost_end(struct vfarb_engine *engine, u64 now)
{
	struct vfarb_accel *accel = engine->accel;
	const struct vfarb_engine_info *info = &accel->info.engine[engine->index];
	u64 ran = accel->ops->run_time(accel->priv, engine->index, engine->current_fn);

	if (ran != engine->watch_run_ns) {
		engine->watch_run_ns = ran;
		engine->watch_ns = now;
	}
	if ((s64)(now - engine->watch_ns) <
	    (s64)(LOST_AFTER_NS + info->switch_ns + info->preempt_ns))
		return false;
	engine->lost++;
	/* Should it run after all, it is to stop; if it does not, this does nothing. */
	if (accel->ops->preempt)
		accel->ops->preempt(accel->priv, engine->index);
	vfarb_engine_end_untold(engine, VFARB_END_LOST);
	return true;
}

/* Looks at who runs. */
static void look(struct vfarb_engine *engine, u64 now)
{
	struct vfarb_accel *accel = engine->accel;
	const struct vfarb_engine_info *info = &accel->info.engine[engine->index];
	const struct vfarb_offence_settings *settings = &engine->hang.offence;
	struct vfarb_seat *seat = engine->current_seat;
	u64 run, progress, most;

	if (engine->state != VFARB_ENGINE_RUNNING || !seat || !settings->budget_ns)
		return;
	vfarb_engine_charge_running(engine);
	run = seat->line.executed.running;
	if (accel->ops->progress) {
		progress = accel->ops->progress(accel->priv, engine->index, seat->line.fn);
		if (vfarb_offence_look(&seat->conduct.offence, settings, progress, run)) {
			vfarb_event(engine, seat->line.fn, VFARB_EV_OVER_BUDGET, 0, now,
				    run - seat->conduct.offence.progress_run_ns,
				    settings->budget_ns);
			tell_to_stop(engine, seat, now);
			return;
		}
	}
	most = engine->slice_ns + info->preempt_ns + settings->budget_ns;
	if (engine->charged.running > most && vfarb_pick_waiting(&engine->pick)) {
		vfarb_event(engine, seat->line.fn, VFARB_EV_OVERSTAY, 0, now,
			    engine->charged.running, settings->budget_ns);
		tell_to_stop(engine, seat, now);
		return;
	}
	if (vfarb_offence_forgive(&seat->conduct.offence, settings, run))
		vfarb_event(engine, seat->line.fn, VFARB_EV_FORGIVEN, 0, now,
			    seat->conduct.offence.strikes, 0);
}

static void watch(struct vfarb_engine *engine, u64 now)
{
	const struct vfarb_engine_info *info = &engine->accel->info.engine[engine->index];
	struct vfarb_hang *hang = &engine->hang;
	u64 since = now - hang->asked_ns;
	struct vfarb_seat *seat;

	switch (hang->stage) {
	case VFARB_HANG_WATCH:
		if (under_way(engine) && !find_lost_end(engine, now))
			look(engine, now);
		break;
	case VFARB_HANG_PREEMPT:
		if (since < info->preempt_ns + info->switch_ns + PREEMPT_GRACE_NS)
			break;
		seat = seat_at(engine, hang->fn);
		vfarb_event(engine, hang->fn, VFARB_EV_PREEMPT_FAILED, 0, now, 0, since);
		if (seat)
			resort_to_reset(engine, seat, now);
		else
			hang->stage = VFARB_HANG_WATCH;
		break;
	case VFARB_HANG_DEAD:
		if (since > ENGINE_RESET_GRACE_NS && !hang->reset_engine)
			engine_lost(engine, 0, now);
		break;
	case VFARB_HANG_RESET:
	case VFARB_HANG_LOST:
		break;
	}
}

/* Resets that were asked for too long ago. */
static void give_up_resets(struct vfarb_engine *engine, u64 now)
{
	struct vfarb_seat *seat;
	u32 fn;

	for (fn = 0; engine->hang.resetting && fn < engine->fns; fn++) {
		seat = engine->seat[fn];
		if (seat && seat->conduct.resetting_ns && !seat->conduct.reset_wanted &&
		    now - seat->conduct.resetting_ns > VF_RESET_GRACE_NS)
			vf_reset_failed(engine, fn, 0, now);
	}
}

static u32 take_wanted_reset(struct vfarb_engine *engine)
{
	u32 fn;

	if (!engine->hang.resets_wanted)
		return VFARB_FN_NONE;
	for (fn = 0; fn < engine->fns; fn++) {
		if (!engine->seat[fn] || !engine->seat[fn]->conduct.reset_wanted)
			continue;
		engine->seat[fn]->conduct.reset_wanted = false;
		engine->hang.resets_wanted--;
		return fn;
	}
	return VFARB_FN_NONE;
}

/**
 * vfarb_hang_watch - look after the engine
 * @engine: the engine
 *
 * Context: its kthread.
 */
void vfarb_hang_watch(struct vfarb_engine *engine)
{
	const struct vfarb_accel_ops *ops = engine->accel->ops;
	void *priv = engine->accel->priv;
	unsigned long flags;
	int err;
	u32 fn;

	raw_spin_lock_irqsave(&engine->lock, flags);
	release_served(engine, engine_time(engine));
	watch(engine, engine_time(engine));
	give_up_resets(engine, engine_time(engine));
	/* What may sleep is done without the lock. */
	while ((fn = take_wanted_reset(engine)) != VFARB_FN_NONE) {
		vfarb_event(engine, fn, VFARB_EV_VF_RESET, 0, engine_time(engine), 0, 0);
		raw_spin_unlock_irqrestore(&engine->lock, flags);
		err = ops->vf_reset ? ops->vf_reset(priv, fn) : -EOPNOTSUPP;
		raw_spin_lock_irqsave(&engine->lock, flags);
		if (err)
			vf_reset_failed(engine, fn, err, engine_time(engine));
	}
	if (engine->hang.reset_engine) {
		engine->hang.reset_engine = false;
		vfarb_event(engine, VFARB_FN_NONE, VFARB_EV_ENGINE_RESET, 0, engine_time(engine),
			    0, 0);
		raw_spin_unlock_irqrestore(&engine->lock, flags);
		err = ops->engine_reset ? ops->engine_reset(priv, engine->index) : -EOPNOTSUPP;
		raw_spin_lock_irqsave(&engine->lock, flags);
		if (err && engine->hang.stage == VFARB_HANG_DEAD)
			engine_lost(engine, err, engine_time(engine));
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}

static u64 left(u64 since, u64 most)
{
	return most > since ? most - since : 0;
}

/**
 * vfarb_hang_sleep_ns - how long the kthread may sleep
 * @engine: the engine, locked
 * @most_ns: if it were for others
 *
 * Return: ns until there may be something to look after.
 */
u64 vfarb_hang_sleep_ns(struct vfarb_engine *engine, u64 most_ns)
{
	const struct vfarb_engine_info *info = &engine->accel->info.engine[engine->index];
	const struct vfarb_seat *seat = engine->current_seat;
	const struct vfarb_hang *hang = &engine->hang;
	u64 now = engine_time(engine);

	if (hang->resets_wanted || hang->reset_engine)
		return SLEEP_MIN_NS;
	if (hang->held && hang->next_ns)
		most_ns = min(most_ns, (u64)max_t(s64, hang->next_ns - now, 0));
	if (hang->stage == VFARB_HANG_PREEMPT)
		most_ns = min(most_ns, left(now - hang->asked_ns, info->preempt_ns +
					    info->switch_ns + PREEMPT_GRACE_NS));
	else if (hang->resetting || hang->stage == VFARB_HANG_DEAD)
		most_ns = min(most_ns, (u64)10 * NSEC_PER_MSEC);
	else if (engine->state == VFARB_ENGINE_RUNNING && seat && hang->offence.budget_ns)
		most_ns = min(most_ns, left(seat->line.executed.running -
					    seat->conduct.offence.progress_run_ns,
					    hang->offence.budget_ns));
	return max_t(u64, most_ns, SLEEP_MIN_NS);
}

/**
 * vfarb_hang_set - change what is an offence
 * @engine: the engine
 * @settings: the new values
 */
void vfarb_hang_set(struct vfarb_engine *engine, const struct vfarb_offence_settings *settings)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	engine->hang.offence = *settings;
	vfarb_engine_wake(engine);
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}
VFARB_EXPORT_FOR_TESTS(vfarb_hang_set);

/**
 * vfarb_hang_set_limit - change what is too much
 * @engine: the engine
 * @limit: of what
 * @most: times a period
 * @action: what happens then
 */
void vfarb_hang_set_limit(struct vfarb_engine *engine, enum vfarb_limit limit, u32 most,
			  enum vfarb_limit_action action)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&engine->lock, flags);
	engine->hang.limit[limit].most = most;
	engine->hang.limit[limit].action = action;
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}
VFARB_EXPORT_FOR_TESTS(vfarb_hang_set_limit);

/**
 * vfarb_hang_release - an operator lets a VF go, or an engine be tried again
 * @engine: the engine
 * @fn: whom, its strikes are forgotten; VFARB_FN_NONE: the engine that could
 *	not be reset
 */
void vfarb_hang_release(struct vfarb_engine *engine, u32 fn)
{
	struct vfarb_seat *seat;
	unsigned long flags;
	u64 now;

	raw_spin_lock_irqsave(&engine->lock, flags);
	seat = seat_at(engine, fn);
	now = engine_time(engine);
	if (fn == VFARB_FN_NONE && engine->hang.stage == VFARB_HANG_LOST)
		engine_dies(engine, now);
	if (seat) {
		let_go(engine, seat, true, now);
		if (engine->state == VFARB_ENGINE_IDLE)
			vfarb_engine_run_next(engine, now);
	}
	raw_spin_unlock_irqrestore(&engine->lock, flags);
}
VFARB_EXPORT_FOR_TESTS(vfarb_hang_release);
