// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include "../compat.h"
#include "accel.h"
#include "arbiter.h"
#include "config.h"
#include "vf.h"

/* An equal part for each function that the accelerator can have. */
static void set_defaults(struct vfarb_accel *accel, struct vfarb_vf *vf)
{
	u32 fns = accel->info.fns;

	vf->set.volume = max(VFARB_VOLUME_MAX / fns, 1u);
	vf->set.memory_mib = div_u64(accel->info.memory_bytes >> 20, fns);
	vf->set.priority = VFARB_PRIORITIES / 2;
	vf->set.slice_ns = VFARB_SLICE_DEFAULT_NS;
	vf->set.run = true;
	/* Others may have been given more than their part before this one came. */
	if (!accel->set.overcommit)
		vf->set.volume = min(vf->set.volume,
				     max(VFARB_VOLUME_MAX - accel->volume_sum, 1u));
}

/**
 * vfarb_vf_register - a function may be granted time
 * @accel: its accelerator
 * @fn: its number, below vfarb_accel_info.fns
 *
 * It begins with an equal part of the accelerator's volume and memory.
 *
 * Context: process.
 * Return: 0, -EINVAL no such number, -EEXIST it is registered, -ENOMEM,
 * -ENODEV the accelerator is being unregistered.
 */
int vfarb_vf_register(struct vfarb_accel *accel, unsigned int fn)
{
	struct vfarb_vf *vf;
	unsigned int i;
	int err = 0;

	if (fn >= accel->info.fns)
		return -EINVAL;
	vf = kvzalloc(struct_size(vf, seat, accel->info.engines), GFP_KERNEL);
	if (!vf)
		return -ENOMEM;
	vf->accel = accel;
	vf->fn = fn;

	mutex_lock(&accel->lock);
	if (accel->gone)
		err = -ENODEV;
	else if (accel->vf[fn])
		err = -EEXIST;
	if (err) {
		mutex_unlock(&accel->lock);
		kvfree(vf);
		return err;
	}
	set_defaults(accel, vf);
	accel->volume_sum += vf->set.volume;
	accel->memory_sum_mib += vf->set.memory_mib;
	accel->vf[fn] = vf;
	for (i = 0; i < accel->info.engines; i++)
		vfarb_engine_add(&accel->engine[i], &vf->seat[i], fn, vf->set.volume,
				 vf->set.priority, vf->set.slice_ns);
	vfarb_config_changed(VFARB_OBJECT_VF, accel, fn, false);
	mutex_unlock(&accel->lock);
	return 0;
}
VFARB_EXPORT(vfarb_vf_register);

static void vf_remove(struct vfarb_accel *accel, unsigned int fn)
{
	struct vfarb_vf *vf = accel->vf[fn];
	unsigned int i;

	lockdep_assert_held(&accel->lock);
	for (i = 0; i < accel->info.engines; i++)
		vfarb_engine_remove(&accel->engine[i], fn);
	accel->volume_sum -= vf->set.volume;
	accel->memory_sum_mib -= vf->set.memory_mib;
	accel->vf[fn] = NULL;
	kvfree(vf);
	vfarb_config_changed(VFARB_OBJECT_VF, accel, fn, true);
}

/**
 * vfarb_vf_unregister - a function runs no more
 * @accel: its accelerator
 * @fn: its number; no harm if it is not registered
 *
 * Does not wait: what the device still runs for it is accounted to those
 * departed.
 *
 * Context: process.
 */
void vfarb_vf_unregister(struct vfarb_accel *accel, unsigned int fn)
{
	mutex_lock(&accel->lock);
	if (fn < accel->info.fns && accel->vf[fn])
		vf_remove(accel, fn);
	mutex_unlock(&accel->lock);
}
VFARB_EXPORT(vfarb_vf_unregister);

/**
 * vfarb_vf_unregister_all - no function runs any more
 * @accel: the accelerator, its lock held
 */
void vfarb_vf_unregister_all(struct vfarb_accel *accel)
{
	unsigned int fn;

	for (fn = 0; fn < accel->info.fns; fn++)
		if (accel->vf[fn])
			vf_remove(accel, fn);
}

/**
 * vfarb_vf_memory_bytes - device memory that a VF's buffers may take
 * @accel: its accelerator
 * @fn: its number
 *
 * Context: process.
 * Return: bytes, 0 if it is not registered.
 */
u64 vfarb_vf_memory_bytes(struct vfarb_accel *accel, unsigned int fn)
{
	u64 bytes = 0;

	mutex_lock(&accel->lock);
	if (fn < accel->info.fns && accel->vf[fn])
		bytes = accel->vf[fn]->set.memory_mib << 20;
	mutex_unlock(&accel->lock);
	return bytes;
}
VFARB_EXPORT(vfarb_vf_memory_bytes);

/**
 * vfarb_vf_executed_ns - execution time of a VF, the running slice so far included
 * @accel: its accelerator
 * @engine: index of the engine
 * @fn: its number
 *
 * Context: any, but not within an operation.
 * Return: ns since it was registered.
 */
u64 vfarb_vf_executed_ns(struct vfarb_accel *accel, unsigned int engine, unsigned int fn)
{
	struct vfarb_engine *e = vfarb_accel_engine(accel, engine);
	struct vfarb_seat seat;

	if (!e || !vfarb_engine_read(e, fn, &seat))
		return 0;
	return seat.line.executed.running;
}
VFARB_EXPORT(vfarb_vf_executed_ns);

static int refuse(struct vfarb_refusal *refusal, u32 bit, u64 given, u64 least, u64 most)
{
	refusal->bit = bit;
	refusal->given = given;
	refusal->least = least;
	refusal->most = most;
	return -ERANGE;
}

/* What can be told of a VF's new settings without looking at the others'. */
static int judge(struct vfarb_accel *accel, const struct vfarb_vf_settings *want, u32 mask,
		 struct vfarb_refusal *refusal)
{
	u64 memory_most = accel->info.memory_bytes >> 20;

	if ((mask & VFARB_VF_SET_VOLUME) && (!want->volume || want->volume > VFARB_VOLUME_MAX))
		return refuse(refusal, VFARB_VF_SET_VOLUME, want->volume, 1, VFARB_VOLUME_MAX);
	if ((mask & VFARB_VF_SET_MEMORY) && want->memory_mib > memory_most)
		return refuse(refusal, VFARB_VF_SET_MEMORY, want->memory_mib, 0, memory_most);
	if ((mask & VFARB_VF_SET_PRIORITY) && want->priority >= VFARB_PRIORITIES)
		return refuse(refusal, VFARB_VF_SET_PRIORITY, want->priority, 0,
			      VFARB_PRIORITIES - 1);
	if ((mask & VFARB_VF_SET_CAP) && want->cap > VFARB_VOLUME_MAX)
		return refuse(refusal, VFARB_VF_SET_CAP, want->cap, 0, VFARB_VOLUME_MAX);
	if ((mask & VFARB_VF_SET_SLICE) && want->slice_ns != VFARB_SLICE_AUTO &&
	    (want->slice_ns < VFARB_SLICE_MIN_NS || want->slice_ns > VFARB_SLICE_MAX_NS))
		return refuse(refusal, VFARB_VF_SET_SLICE, want->slice_ns, VFARB_SLICE_MIN_NS,
			      VFARB_SLICE_MAX_NS);
	return 0;
}

static struct vfarb_vf *vf_of(struct vfarb_accel *accel, u32 fn)
{
	lockdep_assert_held(&accel->lock);
	return fn < accel->info.fns ? accel->vf[fn] : NULL;
}

/**
 * vfarb_vf_stage - judge new settings by themselves, and note them
 * @accel: its accelerator, staged
 * @fn: its number
 * @want: the new values
 * @mask: which of them are meant, VFARB_VF_SET_*
 * @refusal: out: what was wrong, with -ERANGE
 *
 * Return: 0, -ENODEV no such VF, -ERANGE a value is refused.
 */
int vfarb_vf_stage(struct vfarb_accel *accel, u32 fn, const struct vfarb_vf_settings *want,
		   u32 mask, struct vfarb_refusal *refusal)
{
	struct vfarb_vf *vf = vf_of(accel, fn);
	struct vfarb_vf_settings *set;
	int err;

	if (!vf)
		return -ENODEV;
	err = judge(accel, want, mask, refusal);
	if (err)
		return err;
	set = &vf->staged_set;
	if (!vf->staged) {
		vf->staged = true;
		*set = vf->set;
	}
	if (mask & VFARB_VF_SET_VOLUME) {
		accel->staged_volume_sum += want->volume - set->volume;
		set->volume = want->volume;
	}
	if (mask & VFARB_VF_SET_MEMORY) {
		accel->staged_memory_sum_mib += want->memory_mib - set->memory_mib;
		set->memory_mib = want->memory_mib;
	}
	if (mask & VFARB_VF_SET_PRIORITY)
		set->priority = want->priority;
	if (mask & VFARB_VF_SET_SLICE)
		set->slice_ns = want->slice_ns;
	if (mask & VFARB_VF_SET_CAP)
		set->cap = want->cap;
	if (mask & VFARB_VF_SET_RUN)
		set->run = want->run;
	if (mask & VFARB_VF_SET_LABEL)
		strscpy(set->label, want->label, sizeof(set->label));
	return 0;
}

/**
 * vfarb_vf_judge_sums - whether what is staged fits the accelerator
 * @accel: its accelerator, with all changes staged
 * @fn: its number
 * @mask: which of its settings were meant
 * @refusal: out: what was wrong, with -ERANGE
 *
 * A VF that takes no more than it has is never refused.
 *
 * Return: 0 or -ERANGE.
 */
int vfarb_vf_judge_sums(struct vfarb_accel *accel, u32 fn, u32 mask,
			struct vfarb_refusal *refusal)
{
	struct vfarb_vf *vf = vf_of(accel, fn);
	const struct vfarb_vf_settings *want = &vf->staged_set;
	u64 memory_mib = accel->info.memory_bytes >> 20;

	if (accel->staged_set.overcommit)
		return 0;
	if ((mask & VFARB_VF_SET_VOLUME) && want->volume > vf->set.volume &&
	    accel->staged_volume_sum > VFARB_VOLUME_MAX) {
		u32 others = accel->staged_volume_sum - want->volume;

		return refuse(refusal, VFARB_VF_SET_VOLUME, want->volume, 1,
			      VFARB_VOLUME_MAX - min(others, VFARB_VOLUME_MAX));
	}
	if ((mask & VFARB_VF_SET_MEMORY) && want->memory_mib > vf->set.memory_mib &&
	    accel->staged_memory_sum_mib > memory_mib) {
		u64 others = accel->staged_memory_sum_mib - want->memory_mib;

		return refuse(refusal, VFARB_VF_SET_MEMORY, want->memory_mib, 0,
			      memory_mib - min(others, memory_mib));
	}
	return 0;
}

/**
 * vfarb_vf_apply - make what is staged the settings
 * @accel: its accelerator
 * @fn: its number, judged
 *
 * Again for the same VF does no harm.
 */
void vfarb_vf_apply(struct vfarb_accel *accel, u32 fn)
{
	struct vfarb_vf *vf = vf_of(accel, fn);
	const struct vfarb_vf_settings *want = &vf->staged_set;
	bool run_changes = vf->set.run != want->run;
	unsigned int i;

	accel->volume_sum += want->volume - vf->set.volume;
	accel->memory_sum_mib += want->memory_mib - vf->set.memory_mib;
	vf->set = *want;
	for (i = 0; i < accel->info.engines; i++) {
		vfarb_engine_reprice(&accel->engine[i], fn, want->volume, want->priority,
				     want->slice_ns, want->cap);
		if (run_changes)
			vfarb_engine_block(&accel->engine[i], fn, VFARB_BLOCKED_OPERATOR,
					   !want->run);
	}
}

/**
 * vfarb_vf_unstage - a change is made, or was refused
 * @accel: its accelerator
 * @fn: its number; no harm if there is none
 */
void vfarb_vf_unstage(struct vfarb_accel *accel, u32 fn)
{
	struct vfarb_vf *vf = vf_of(accel, fn);

	if (vf)
		vf->staged = false;
}

/**
 * vfarb_vf_set - change a VF's settings while it works
 * @accel: its accelerator
 * @fn: its number
 * @want: the new values
 * @mask: which of them are meant, VFARB_VF_SET_*
 * @refusal: out: what was wrong, with -ERANGE
 *
 * All that is meant is changed, or nothing.
 *
 * Context: process.
 * Return: 0, -ENODEV no such VF, -ERANGE a value is refused.
 */
int vfarb_vf_set(struct vfarb_accel *accel, u32 fn, const struct vfarb_vf_settings *want,
		 u32 mask, struct vfarb_refusal *refusal)
{
	struct vfarb_change change = {
		.object = VFARB_OBJECT_VF,
		.accel = accel,
		.index = fn,
		.mask = mask,
		.to.vf = *want,
	};

	return vfarb_config_change(&change, 1, 0, false, refusal);
}
VFARB_EXPORT_FOR_TESTS(vfarb_vf_set);
