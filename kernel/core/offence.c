// SPDX-License-Identifier: GPL-2.0
#include "offence.h"

/* Twice as long each time, but not for ever: that is the operator's to say. */
static u64 doubled(u64 ns, u32 times)
{
	return ns << min(times, 10u);
}

/**
 * vfarb_offence_look - see whether a VF gets work done
 * @offence: its record
 * @settings: what is an offence
 * @progress: its progress counter
 * @run_ns: its running time, ever
 *
 * Return: true if it is over its budget.
 */
bool vfarb_offence_look(struct vfarb_offence *offence,
			const struct vfarb_offence_settings *settings, u64 progress, u64 run_ns)
{
	if (progress != offence->progress) {
		offence->progress = progress;
		offence->progress_run_ns = run_ns;
		return false;
	}
	return settings->budget_ns && run_ns - offence->progress_run_ns > settings->budget_ns;
}

/**
 * vfarb_offence_forgive - see whether a VF has behaved for long enough
 * @offence: its record
 * @settings: what is an offence
 * @run_ns: its running time, ever
 *
 * Return: true if it was forgiven a strike.
 */
bool vfarb_offence_forgive(struct vfarb_offence *offence,
			   const struct vfarb_offence_settings *settings, u64 run_ns)
{
	if (!offence->strikes || offence->sentence != VFARB_SENTENCE_NONE ||
	    run_ns - offence->clean_run_ns < VFARB_OFFENCE_CLEAN * settings->budget_ns)
		return false;
	offence->clean_run_ns = run_ns;
	offence->strikes--;
	return true;
}

/**
 * vfarb_offence_strike - pass sentence
 * @offence: the VF's record
 * @settings: what is an offence
 * @stubborn: it did not stop when it was told to
 * @run_ns: its running time, ever
 * @now_ns: engine clock
 *
 * Return: the sentence, never VFARB_SENTENCE_NONE.
 */
enum vfarb_sentence vfarb_offence_strike(struct vfarb_offence *offence,
					 const struct vfarb_offence_settings *settings,
					 bool stubborn, u64 run_ns, u64 now_ns)
{
	offence->strikes++;
	if (stubborn)
		offence->strikes = max(offence->strikes, VFARB_STRIKES_THROTTLE + 1);
	offence->clean_run_ns = run_ns;
	/* What comes after the sentence has a whole budget again. */
	offence->progress_run_ns = run_ns;
	if (offence->strikes <= VFARB_STRIKES_THROTTLE) {
		offence->sentence = VFARB_SENTENCE_THROTTLE;
		offence->until_ns = now_ns + doubled(settings->throttle_ns, offence->strikes - 1);
	} else if (offence->strikes < VFARB_STRIKES_HELD) {
		offence->sentence = VFARB_SENTENCE_QUARANTINE;
		offence->until_ns = now_ns + doubled(settings->quarantine_ns, offence->strikes -
						     VFARB_STRIKES_THROTTLE - 1);
	} else {
		offence->sentence = VFARB_SENTENCE_QUARANTINE;
		offence->until_ns = VFARB_UNTIL_RELEASED;
	}
	return offence->sentence;
}

/**
 * vfarb_offence_served - see whether a sentence is over
 * @offence: the VF's record
 * @now_ns: engine clock
 *
 * Return: true if there was one and it is.
 */
bool vfarb_offence_served(const struct vfarb_offence *offence, u64 now_ns)
{
	return offence->sentence != VFARB_SENTENCE_NONE &&
	       offence->until_ns != VFARB_UNTIL_RELEASED &&
	       (s64)(now_ns - offence->until_ns) >= 0;
}

/**
 * vfarb_offence_release - let a VF go
 * @offence: its record
 * @pardon: its strikes do not count any more
 * @run_ns: its running time, ever
 */
void vfarb_offence_release(struct vfarb_offence *offence, bool pardon, u64 run_ns)
{
	offence->sentence = VFARB_SENTENCE_NONE;
	offence->progress_run_ns = run_ns;
	offence->clean_run_ns = run_ns;
	if (pardon)
		offence->strikes = 0;
}
