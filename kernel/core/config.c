// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/cpu.h>
#include "../compat.h"
#include "config.h"

/*
 * Serialises changes, so that one may hold the locks of several accelerators.
 * Taken before any of them. Protects vfarb_accel.staging.
 */
static DEFINE_MUTEX(config_lock);

static atomic64_t generation_now = ATOMIC64_INIT(1);

/* Set when the module is loaded, before anything can happen, and never taken back. */
static const struct vfarb_listener *listener;

/**
 * vfarb_config_listen - be told of changes and cycles
 * @who: told from now on
 *
 * There is one listener: the module's own netlink. To be called before any
 * accelerator can register.
 */
void vfarb_config_listen(const struct vfarb_listener *who)
{
	listener = who;
}

/**
 * vfarb_config_generation - which configuration this is
 *
 * Context: any.
 * Return: a number that every change makes larger, from 1.
 */
u64 vfarb_config_generation(void)
{
	return atomic64_read(&generation_now);
}

/**
 * vfarb_config_changed - the configuration is another now
 * @object: what came, changed or went
 * @accel: the accelerator, its lock held
 * @index: engine index or function number
 * @gone: it went
 */
void vfarb_config_changed(enum vfarb_object object, struct vfarb_accel *accel, u32 index, bool gone)
{
	lockdep_assert_held(&accel->lock);
	atomic64_inc(&generation_now);
	if (listener)
		listener->config(object, accel, index, gone);
}

/**
 * vfarb_config_tell_cycle - an engine published a cycle
 * @engine: the engine
 * @cycle: a copy of it
 *
 * Context: process, no lock held.
 */
void vfarb_config_tell_cycle(struct vfarb_engine *engine, const struct vfarb_cycle *cycle)
{
	if (listener)
		listener->cycle(engine, cycle);
}

/* Takes the lock of every accelerator that is to change, and notes what it has now. */
static void begin(const struct vfarb_change *changes, u32 count)
{
	u32 i;

	/* CPUs that were judged fit to run an arbiter stay so. */
	cpus_read_lock();
	mutex_lock(&config_lock);
	for (i = 0; i < count; i++) {
		struct vfarb_accel *accel = changes[i].accel;

		if (accel->staging)
			continue;
		mutex_lock_nest_lock(&accel->lock, &config_lock);
		accel->staging = true;
		vfarb_accel_stage(accel);
	}
}

static void end(const struct vfarb_change *changes, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (changes[i].object == VFARB_OBJECT_VF)
			vfarb_vf_unstage(changes[i].accel, changes[i].index);
	for (i = 0; i < count; i++) {
		struct vfarb_accel *accel = changes[i].accel;

		if (!accel->staging)
			continue;
		accel->staging = false;
		mutex_unlock(&accel->lock);
	}
	mutex_unlock(&config_lock);
	cpus_read_unlock();
}

static int judge_one(const struct vfarb_change *change, struct vfarb_refusal *refusal)
{
	struct vfarb_accel *accel = change->accel;

	if (accel->gone)
		return -ENODEV;
	switch (change->object) {
	case VFARB_OBJECT_ACCEL:
		vfarb_accel_stage_settings(accel, &change->to.accel, change->mask);
		return 0;
	case VFARB_OBJECT_ENGINE:
		return vfarb_engine_judge(vfarb_accel_engine(accel, change->index),
					  &change->to.engine, change->mask, refusal);
	case VFARB_OBJECT_VF:
		return vfarb_vf_stage(accel, change->index, &change->to.vf, change->mask, refusal);
	}
	return -EINVAL;
}

/* Each change by itself, in order, then the sums they lead to, from the last change back. */
static int judge(const struct vfarb_change *changes, u32 count, struct vfarb_refusal *refusal)
{
	int err;
	u32 i;

	for (i = 0; i < count; i++) {
		refusal->change = i;
		err = judge_one(&changes[i], refusal);
		if (err)
			return err;
	}
	while (i--) {
		const struct vfarb_change *change = &changes[i];

		refusal->change = i;
		if (change->object == VFARB_OBJECT_VF)
			err = vfarb_vf_judge_sums(change->accel, change->index, change->mask,
						  refusal);
		else if (change->object == VFARB_OBJECT_ACCEL)
			err = vfarb_accel_judge_sums(change->accel, change->mask, refusal);
		if (err)
			return err;
	}
	return 0;
}

static void apply(const struct vfarb_change *changes, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		const struct vfarb_change *change = &changes[i];
		struct vfarb_accel *accel = change->accel;

		switch (change->object) {
		case VFARB_OBJECT_ACCEL:
			vfarb_accel_apply(accel);
			break;
		case VFARB_OBJECT_ENGINE:
			vfarb_engine_apply(&accel->engine[change->index], &change->to.engine,
					   change->mask);
			break;
		case VFARB_OBJECT_VF:
			vfarb_vf_apply(accel, change->index);
			break;
		}
		vfarb_config_changed(change->object, accel, change->index, false);
	}
}

/**
 * vfarb_config_change - change settings of any number of objects while they work
 * @changes: what is to change; of two for the same setting the later one counts
 * @count: how many
 * @generation: the generation the changes were made for, 0 whichever it is
 * @validate_only: judge and change nothing
 * @refusal: out: which change was refused, and with -ERANGE what was wrong
 *
 * All changes are made, or none.
 *
 * Context: process.
 * Return: 0, -ESTALE it is another generation, -ENODEV no such object, -ERANGE
 * a value is refused.
 */
int vfarb_config_change(const struct vfarb_change *changes, u32 count, u64 generation,
			bool validate_only, struct vfarb_refusal *refusal)
{
	int err;

	*refusal = (struct vfarb_refusal) {};
	begin(changes, count);
	if (generation && generation != vfarb_config_generation())
		err = -ESTALE;
	else
		err = judge(changes, count, refusal);
	if (!err && !validate_only)
		apply(changes, count);
	end(changes, count);
	return err;
}
