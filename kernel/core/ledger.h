/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger: where every nanosecond of an engine went.
 *
 * Pure arithmetic: no locks, no kernel calls; the caller serialises.
 */
#ifndef _VFARB_LEDGER_H
#define _VFARB_LEDGER_H

#include "pure.h"

/**
 * DOC: ledger
 *
 * An engine's ledger is closed up to a reading of the engine's clock. Closing
 * it further splits the time since then into running, switching and idle, with
 * nothing left over::
 *
 *	clock - opened == running + switching + idle		(promise P1)
 *
 * Running and switching time is charged to the line of one VF; a line that is
 * removed leaves its totals in &vfarb_ledger.departed, so that the sum over the
 * lines stays the engine's total. Idle time with nobody waiting belongs to
 * nobody; idle time while somebody waited belongs to the VF whose slice ended
 * other than designated, or else to the software's latency.
 *
 * Beside what was executed stands what was due. A fluid scheduler serves all
 * backlogged lines at once in proportion to their volumes; its progress is a
 * single number per priority, &vfarb_fluid.level, which rises by
 * time * 1000 / (sum of volumes). A line's entitlement is volume / 1000 times
 * the rise since it was last settled. How the
 * engine's time is divided among priorities is the pick's to decide; here each
 * priority divides what it got.
 *
 * A line that leaves gives up what it was entitled to but had no use for, and
 * those who stay are entitled to that. One that leaves ahead of its
 * entitlement takes the difference along, and those who stay are entitled to
 * as much less until it comes back. Both are a shift of the level, as in
 * I. Stoica, H. Abdel-Wahab: "Earliest Eligible Virtual Deadline First",
 * TR-95-22, Old Dominion University, 1995, so that among those who are there
 * executed and entitled time always have the same sum.
 */

/** VFARB_VOLUME_MAX - a whole accelerator, in milli-GPU */
#define VFARB_VOLUME_MAX	1000u

/** VFARB_PRIORITIES - low, normal, high */
#define VFARB_PRIORITIES	3

/* level counts 1 / 2^10 of a virtual ns, so that rounding stays below 1 us in 10^6 changes. */
#define VFARB_FLUID_SHIFT	10

/* What one ns for a volume of one raises the level by. */
#define VFARB_FLUID_UNIT	((u64)VFARB_VOLUME_MAX << VFARB_FLUID_SHIFT)

/** VFARB_CAP_CREDIT_NS - how long a capped line can save up time while others run */
#define VFARB_CAP_CREDIT_NS	1000000000ull

/**
 * struct vfarb_times - amounts of engine time, in ns
 * @running: VFs executed
 * @switching: the engine changed from VF to VF
 */
struct vfarb_times {
	u64 running;
	u64 switching;
};

/**
 * struct vfarb_fluid - what a fluid scheduler has given
 * @level: virtual ns << VFARB_FLUID_SHIFT given to every backlogged line; wraps
 * @rem: remainder of the last division by @volume
 * @volume: sum of the volumes of the backlogged, runnable lines
 */
struct vfarb_fluid {
	u64 level;
	u64 rem;
	u32 volume;
};

/** enum vfarb_anomaly - what a provider said that cannot be */
enum vfarb_anomaly {
	VFARB_ANOMALY_UNKNOWN,		/* no such VF */
	VFARB_ANOMALY_STALE,		/* a grant that is over, or never was */
	VFARB_ANOMALY_BACKWARDS,	/* time before what is closed */
	VFARB_ANOMALY_TOO_MUCH,		/* more time than passed */
	VFARB_ANOMALIES,
};

/**
 * struct vfarb_ledger - the account of one engine
 * @opened_ns: engine clock at the start
 * @clock_ns: closed up to here
 * @total: running and switching time of all, departed lines included
 * @departed: of that, lines that are gone
 * @idle_ns: nobody ran
 * @idle_backlog_ns: of that, while somebody could have run
 * @fluid: entitlement, per priority
 * @ahead_ns: running time already entitled but not yet charged
 * @anomalies: what was refused, by enum vfarb_anomaly
 */
struct vfarb_ledger {
	u64 opened_ns;
	u64 clock_ns;
	struct vfarb_times total;
	struct vfarb_times departed;
	u64 idle_ns;
	u64 idle_backlog_ns;
	struct vfarb_fluid fluid[VFARB_PRIORITIES];
	u64 ahead_ns;
	u64 anomalies[VFARB_ANOMALIES];
};

/* How the running time of a charge is known; as enum vfarb_provenance. */
#define VFARB_PROVENANCES	3

/**
 * struct vfarb_line - the account of one VF on one engine
 * @fn: the VF's function number
 * @volume: the VF's share, milli-GPU
 * @designated_ns: the slice it is granted
 * @priority: 0 low .. VFARB_PRIORITIES - 1 high
 * @backlogged: it has work
 * @blocked: reasons why it may not run, 0 if it may; see arbiter.h
 * @joined: it competes: backlogged, and nothing blocks it
 * @running: it holds the engine
 * @order: number of its registration on the engine, for ties
 * @first_grant: number of its first grant on the engine, 0 none yet
 * @slot: its place in the heap, or VFARB_NO_SLOT
 * @late: it waits to become eligible
 * @vtime: virtual time, ns * 1000 / volume, in units of the policy's clock; wraps
 * @vrem: remainder of @vtime, in 1 / volume
 * @vdeadline: @vtime that it will have reached with its next slice
 * @turn: place in the turn, for policies that have turns
 * @head_size_ns: size of what it would run next, 0 unknown
 * @head_time_ns: engine clock when that was handed in
 * @debt_ns: time it is ahead of the virtual clock while it does not compete
 * @debt_since: virtual clock when that was noted
 * @debt_epoch: policy that the clock was of
 * @cap: of a thousand parts of the engine's time it gets no more, 0 no limit
 * @overrun_debt_ns: part of its lead that comes from slices longer than designated
 * @executed: running and switching time charged
 * @entitled_ns: what the fluid scheduler gave it; others' coming and going may
 *	take back a little, even below 0
 * @entitled_rem: remainder of that
 * @fluid_seen: fluid level up to which @entitled_ns is settled
 * @idle_choice_ns: time without work
 * @idle_caused_ns: idle time its deviating slices caused while others waited
 * @capped_ns: time with work that it was not allowed to do
 * @since_ns: engine clock since when the present kind of absence lasts
 * @cap_until_ns: engine clock at which what it ran is within @cap
 * @cap_rem: remainder of that, in 1 / @cap ns
 * @last_designated_ns: of the last slice
 * @last_actual_ns: of the last slice, 0 before the first
 * @error_ns: sum of the error bounds of its charges
 * @grants: slices granted
 * @overruns: slices longer than designated, beyond the error bound
 * @overrun_ns: by how much, in all
 * @early: slices that ended before their time
 * @charges: by provenance
 */
struct vfarb_line {
	u32 fn;
	u32 volume;
	u8 priority;
	bool backlogged;
	bool joined;
	bool running;
	bool late;
	u32 blocked;
	u32 order;
	u32 slot;
	u64 first_grant;
	u64 designated_ns;

	u64 vtime;
	u32 vrem;
	u64 vdeadline;
	u64 turn;
	u64 head_size_ns;
	u64 head_time_ns;
	u64 debt_ns;
	u64 debt_since;
	u32 debt_epoch;
	u32 cap;
	u64 overrun_debt_ns;

	struct vfarb_times executed;
	s64 entitled_ns;
	u64 entitled_rem;
	u64 fluid_seen;
	u64 idle_choice_ns;
	u64 idle_caused_ns;
	u64 capped_ns;
	u64 since_ns;
	u64 cap_until_ns;
	u64 cap_rem;
	u64 last_designated_ns;
	u64 last_actual_ns;
	u64 error_ns;
	u64 grants;
	u64 overruns;
	u64 overrun_ns;
	u64 early;
	u64 charges[VFARB_PROVENANCES];
};

void vfarb_ledger_open(struct vfarb_ledger *ledger, u64 now_ns);
bool vfarb_ledger_close(struct vfarb_ledger *ledger, struct vfarb_line *line, u64 until_ns,
			u64 *run_ns, u64 *switch_ns, bool backlog, u64 *idle_ns);
void vfarb_ledger_entitle(struct vfarb_ledger *ledger, u8 priority, u64 time_ns);
void vfarb_ledger_entitle_ahead(struct vfarb_ledger *ledger, u8 priority, u64 running_ns);
void vfarb_ledger_settle(struct vfarb_ledger *ledger, struct vfarb_line *line);
void vfarb_ledger_enter(struct vfarb_ledger *ledger, struct vfarb_line *line, u64 debt_ns);
void vfarb_ledger_exit(struct vfarb_ledger *ledger, struct vfarb_line *line);
void vfarb_ledger_slice(struct vfarb_line *line, u64 actual_ns, u64 error_ns,
			unsigned int provenance);
void vfarb_ledger_absence(struct vfarb_line *line, u64 now_ns);
void vfarb_ledger_set_cap(struct vfarb_line *line, u32 cap, u64 now_ns);
void vfarb_ledger_cap_wake(struct vfarb_line *line, u64 now_ns);
void vfarb_ledger_cap_charge(struct vfarb_line *line, u64 now_ns, u64 run_ns);
bool vfarb_ledger_capped(const struct vfarb_line *line, u64 now_ns);
void vfarb_ledger_depart(struct vfarb_ledger *ledger, struct vfarb_line *line);

/**
 * vfarb_ledger_lag_ns - what a line is owed
 * @line: the line, settled
 *
 * Return: entitled minus executed.
 */
static inline s64 vfarb_ledger_lag_ns(const struct vfarb_line *line)
{
	return line->entitled_ns - (s64)line->executed.running;
}

#endif /* _VFARB_LEDGER_H */
