// SPDX-License-Identifier: GPL-2.0
#include "ledger.h"

/* Keeps time << VFARB_FLUID_SHIFT * VFARB_VOLUME_MAX within 64 bits. */
#define FLUID_STEP_NS	(1ull << 40)

/**
 * vfarb_ledger_open - begin the account of an engine
 * @ledger: zeroed here
 * @now_ns: engine clock
 */
void vfarb_ledger_open(struct vfarb_ledger *ledger, u64 now_ns)
{
	memset(ledger, 0, sizeof(*ledger));
	ledger->opened_ns = now_ns;
	ledger->clock_ns = now_ns;
}

/**
 * vfarb_ledger_close - account for the time up to @until_ns
 * @ledger: the engine's
 * @line: who ran or was switched to, or NULL if it is gone or nobody did
 * @until_ns: engine clock; not before what is closed
 * @run_ns: in: how much of it was running; out: what was believed
 * @switch_ns: in: how much of it was switching; out: what was believed
 * @backlog: somebody could have run in the time that remains
 * @idle_ns: out: the time that remains
 *
 * Claims that cannot be are cut down to what can and counted, so that the sum
 * always closes.
 *
 * Return: true if every claim was believed.
 */
bool vfarb_ledger_close(struct vfarb_ledger *ledger, struct vfarb_line *line, u64 until_ns,
			u64 *run_ns, u64 *switch_ns, bool backlog, u64 *idle_ns)
{
	s64 passed = until_ns - ledger->clock_ns;
	bool believed = true;

	if (passed < 0) {
		ledger->anomalies[VFARB_ANOMALY_BACKWARDS]++;
		believed = false;
		passed = 0;
	}
	if (*run_ns > (u64)passed || *switch_ns > (u64)passed - *run_ns) {
		/* One false word is one anomaly: backwards was counted already. */
		if (believed)
			ledger->anomalies[VFARB_ANOMALY_TOO_MUCH]++;
		believed = false;
		*run_ns = min_t(u64, *run_ns, passed);
		*switch_ns = min_t(u64, *switch_ns, passed - *run_ns);
	}
	*idle_ns = (u64)passed - *run_ns - *switch_ns;

	ledger->clock_ns += passed;
	ledger->total.running += *run_ns;
	ledger->total.switching += *switch_ns;
	ledger->idle_ns += *idle_ns;
	if (backlog)
		ledger->idle_backlog_ns += *idle_ns;

	if (line) {
		line->executed.running += *run_ns;
		line->executed.switching += *switch_ns;
	} else {
		ledger->departed.running += *run_ns;
		ledger->departed.switching += *switch_ns;
	}
	return believed;
}

static void fluid_rise(struct vfarb_fluid *fluid, u64 time_ns)
{
	while (time_ns && fluid->volume) {
		u64 step = min_t(u64, time_ns, FLUID_STEP_NS);

		fluid->level += div64_u64_rem(step * VFARB_FLUID_UNIT + fluid->rem, fluid->volume,
					      &fluid->rem);
		time_ns -= step;
	}
}

/**
 * vfarb_ledger_entitle - let the fluid scheduler give out engine time
 * @ledger: the engine's
 * @priority: to whom: that of the line that ran
 * @time_ns: how much, what was given ahead included
 */
void vfarb_ledger_entitle(struct vfarb_ledger *ledger, u8 priority, u64 time_ns)
{
	u64 ahead = min(ledger->ahead_ns, time_ns);

	ledger->ahead_ns -= ahead;
	fluid_rise(&ledger->fluid[priority], time_ns - ahead);
}

/**
 * vfarb_ledger_entitle_ahead - give out running time that is not charged yet
 * @ledger: the engine's
 * @priority: that of the line that runs
 * @running_ns: all of it, since the last charge
 *
 * Called before the set of backlogged lines changes under a running slice, so
 * that the time up to now goes to those who were there.
 */
void vfarb_ledger_entitle_ahead(struct vfarb_ledger *ledger, u8 priority, u64 running_ns)
{
	if (running_ns <= ledger->ahead_ns)
		return;
	fluid_rise(&ledger->fluid[priority], running_ns - ledger->ahead_ns);
	ledger->ahead_ns = running_ns;
}

/**
 * vfarb_ledger_settle - bring a line's entitlement up to date
 * @ledger: the engine's
 * @line: one that entered
 *
 * To be called at least once while the fluid level rises by 2^53: two hours
 * of a single VF of volume 1.
 */
void vfarb_ledger_settle(struct vfarb_ledger *ledger, struct vfarb_line *line)
{
	u64 level = ledger->fluid[line->priority].level;
	s64 rise = level - line->fluid_seen;
	s64 due = rise * (s64)line->volume + (s64)line->entitled_rem;
	u64 over;

	line->fluid_seen = level;
	if (due >= 0) {
		line->entitled_ns += div64_u64_rem(due, VFARB_FLUID_UNIT, &line->entitled_rem);
		return;
	}
	/* The level was shifted down: rounded down as well, so that nothing drifts. */
	over = div64_u64_rem((u64)-due + VFARB_FLUID_UNIT - 1, VFARB_FLUID_UNIT,
			     &line->entitled_rem);
	line->entitled_ns -= over;
	line->entitled_rem = over * VFARB_FLUID_UNIT + (u64)due;
}

/* A remainder belongs to a sum of volumes; the next sum begins without. */
static void fluid_volume(struct vfarb_fluid *fluid, u32 volume)
{
	fluid->volume = volume;
	fluid->rem = 0;
}

/* Gives @time_ns, which may be negative, to those who are there. */
static void fluid_shift(struct vfarb_fluid *fluid, s64 time_ns)
{
	u64 rem = 0;

	if (!fluid->volume)
		return;
	/* Nobody is ahead or behind by more than some slices: 2^40 ns are 18 minutes. */
	if (time_ns < 0)
		fluid->level -= div64_u64_rem(min_t(u64, -time_ns, FLUID_STEP_NS) *
					      VFARB_FLUID_UNIT, fluid->volume, &rem);
	else
		fluid->level += div64_u64_rem(min_t(u64, time_ns, FLUID_STEP_NS) *
					      VFARB_FLUID_UNIT, fluid->volume, &rem);
}

/**
 * vfarb_ledger_enter - a line begins to be entitled to time
 * @ledger: the engine's
 * @line: backlogged and free to run
 * @debt_ns: at most this of what it was ahead when it left still counts
 */
void vfarb_ledger_enter(struct vfarb_ledger *ledger, struct vfarb_line *line, u64 debt_ns)
{
	struct vfarb_fluid *fluid = &ledger->fluid[line->priority];

	/* Alone it owes nobody. */
	if (!fluid->volume)
		debt_ns = 0;
	if (-vfarb_ledger_lag_ns(line) > (s64)debt_ns)
		line->entitled_ns = line->executed.running - debt_ns;
	if (vfarb_ledger_lag_ns(line) < 0)
		fluid_shift(fluid, -vfarb_ledger_lag_ns(line));
	fluid_volume(fluid, fluid->volume + line->volume);
	line->fluid_seen = fluid->level;
}

/**
 * vfarb_ledger_exit - a line ceases to be entitled to time
 * @ledger: the engine's
 * @line: one that entered, with the priority and volume it entered with
 */
void vfarb_ledger_exit(struct vfarb_ledger *ledger, struct vfarb_line *line)
{
	struct vfarb_fluid *fluid = &ledger->fluid[line->priority];

	vfarb_ledger_settle(ledger, line);
	fluid_volume(fluid, fluid->volume - line->volume);
	fluid_shift(fluid, vfarb_ledger_lag_ns(line));
	if (vfarb_ledger_lag_ns(line) > 0)
		line->entitled_ns = line->executed.running;
}

/**
 * vfarb_ledger_slice - note a slice that ended
 * @line: who ran
 * @actual_ns: all that was charged for it
 * @error_ns: error bound of that
 * @provenance: enum vfarb_provenance
 */
void vfarb_ledger_slice(struct vfarb_line *line, u64 actual_ns, u64 error_ns,
			unsigned int provenance)
{
	line->last_actual_ns = actual_ns;
	line->error_ns += error_ns;
	line->charges[min(provenance, VFARB_PROVENANCES - 1u)]++;
	if (actual_ns > line->last_designated_ns + error_ns) {
		line->overruns++;
		line->overrun_ns += actual_ns - line->last_designated_ns;
	} else if (actual_ns + error_ns < line->last_designated_ns) {
		line->early++;
	}
}

/**
 * vfarb_ledger_absence - book the time in which a line did not compete
 * @line: the line
 * @now_ns: engine clock, from which the next absence counts
 *
 * Called whenever @line's backlog or permission is about to change.
 */
void vfarb_ledger_absence(struct vfarb_line *line, u64 now_ns)
{
	s64 passed = now_ns - line->since_ns;

	if (passed <= 0)
		return;
	if (!line->backlogged && !line->running)
		line->idle_choice_ns += passed;
	else if (line->blocked && !line->running)
		line->capped_ns += passed;
	line->since_ns = now_ns;
}

/**
 * vfarb_ledger_set_cap - limit a line's part of the engine's time
 * @line: the line
 * @cap: of a thousand parts, 0 no limit
 * @now_ns: engine clock
 *
 * What it ran before counts neither for nor against it.
 */
void vfarb_ledger_set_cap(struct vfarb_line *line, u32 cap, u64 now_ns)
{
	if (line->cap == cap)
		return;
	line->cap = cap;
	line->cap_until_ns = now_ns;
	line->cap_rem = 0;
}

/**
 * vfarb_ledger_cap_wake - a line has work again
 * @line: the line
 * @now_ns: engine clock
 *
 * Time without work is not made up for; time that it waited for others is,
 * VFARB_CAP_CREDIT_NS of it.
 */
void vfarb_ledger_cap_wake(struct vfarb_line *line, u64 now_ns)
{
	if ((s64)(now_ns - line->cap_until_ns) > 0) {
		line->cap_until_ns = now_ns;
		line->cap_rem = 0;
	}
}

/**
 * vfarb_ledger_cap_charge - count what a line ran against its cap
 * @line: the line
 * @now_ns: engine clock
 * @run_ns: for how long
 */
void vfarb_ledger_cap_charge(struct vfarb_line *line, u64 now_ns, u64 run_ns)
{
	u64 least = now_ns - VFARB_CAP_CREDIT_NS, rem;

	if (!line->cap)
		return;
	/* An hour beside others is no leave to run without a cap for an hour after. */
	if ((s64)(least - line->cap_until_ns) > 0)
		line->cap_until_ns = least;
	line->cap_until_ns += div64_u64_rem(run_ns, line->cap, &rem) * VFARB_VOLUME_MAX;
	rem = rem * VFARB_VOLUME_MAX + line->cap_rem;
	line->cap_until_ns += div64_u64_rem(rem, line->cap, &line->cap_rem);
}

/**
 * vfarb_ledger_capped - whether a line has to wait because of its cap
 * @line: the line
 * @now_ns: engine clock
 *
 * Return: whether it has to.
 */
bool vfarb_ledger_capped(const struct vfarb_line *line, u64 now_ns)
{
	return line->cap && (s64)(line->cap_until_ns - now_ns) > 0;
}

/**
 * vfarb_ledger_depart - keep the totals of a line that goes
 * @ledger: the engine's
 * @line: not entered
 */
void vfarb_ledger_depart(struct vfarb_ledger *ledger, struct vfarb_line *line)
{
	ledger->departed.running += line->executed.running;
	ledger->departed.switching += line->executed.switching;
}
