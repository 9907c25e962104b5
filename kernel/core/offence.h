/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a VF is to answer for, and what it gets for that. Pure: no locks, no
 * kernel calls; hang.c is the caller.
 */
#ifndef _VFARB_OFFENCE_H
#define _VFARB_OFFENCE_H

#include "pure.h"

/**
 * DOC: offences
 *
 * A VF's budget counts its own running time since its progress counter last
 * moved. Waiting costs nothing of it, nor does being preempted. Who is over it,
 * or holds the engine for the budget beyond its slice while others wait, is
 * made to stop, and that is a strike::
 *
 *	strike 1 .. VFARB_STRIKES_THROTTLE	throttled, each time twice as long
 *	further strikes				quarantined and reset, each time
 *						twice as long
 *	strike VFARB_STRIKES_HELD		quarantined until an operator
 *						releases it, and reset
 *
 * Who cannot be made to stop is quarantined and reset at its first strike. A
 * VF that worked for VFARB_OFFENCE_CLEAN budgets of its own running time is
 * forgiven a strike.
 */

#define VFARB_STRIKES_THROTTLE	2u
#define VFARB_STRIKES_HELD	6u
#define VFARB_OFFENCE_CLEAN	10u

/** VFARB_UNTIL_RELEASED - until an operator says so */
#define VFARB_UNTIL_RELEASED	(~0ull)

/**
 * struct vfarb_offence_settings - what is an offence
 * @budget_ns: running time without progress, 0 any
 * @throttle_ns: first throttling
 * @quarantine_ns: first quarantine
 */
struct vfarb_offence_settings {
	u64 budget_ns;
	u64 throttle_ns;
	u64 quarantine_ns;
};

/** enum vfarb_sentence - what a VF gets */
enum vfarb_sentence {
	VFARB_SENTENCE_NONE,
	VFARB_SENTENCE_THROTTLE,
	VFARB_SENTENCE_QUARANTINE,	/* and reset */
};

/**
 * struct vfarb_offence - the record of one VF on one engine
 * @progress: its progress counter at the last look
 * @progress_run_ns: its running time when that last moved
 * @clean_run_ns: its running time at the last strike, or when one was forgiven
 * @strikes: strikes
 * @sentence: what it is under
 * @until_ns: engine clock when that ends
 */
struct vfarb_offence {
	u64 progress;
	u64 progress_run_ns;
	u64 clean_run_ns;
	u32 strikes;
	enum vfarb_sentence sentence;
	u64 until_ns;
};

bool vfarb_offence_look(struct vfarb_offence *offence,
			const struct vfarb_offence_settings *settings, u64 progress, u64 run_ns);
bool vfarb_offence_forgive(struct vfarb_offence *offence,
			   const struct vfarb_offence_settings *settings, u64 run_ns);
enum vfarb_sentence vfarb_offence_strike(struct vfarb_offence *offence,
					 const struct vfarb_offence_settings *settings,
					 bool stubborn, u64 run_ns, u64 now_ns);
bool vfarb_offence_served(const struct vfarb_offence *offence, u64 now_ns);
void vfarb_offence_release(struct vfarb_offence *offence, bool pardon, u64 run_ns);

#endif /* _VFARB_OFFENCE_H */
