// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include "../compat.h"
#include "accel.h"
#include "arbiter.h"
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
	if (!accel->overcommit)
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
	accel->config_seq++;
	accel->vf[fn] = vf;
	for (i = 0; i < accel->info.engines; i++)
		vfarb_engine_add(&accel->engine[i], &vf->seat[i], fn, vf->set.volume,
				 vf->set.priority, vf->set.slice_ns);
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
	accel->config_seq++;
	accel->vf[fn] = NULL;
	kvfree(vf);
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
	*refusal = (struct vfarb_refusal) {
		.bit = bit, .given = given, .least = least, .most = most,
	};
	return -ERANGE;
}

/* What @vf could have if the others keep what they have. */
static int judge(struct vfarb_accel *accel, struct vfarb_vf *vf,
		 const struct vfarb_vf_settings *want, u32 mask, struct vfarb_refusal *refusal)
{
	u64 volume_most = VFARB_VOLUME_MAX, memory_most = accel->info.memory_bytes >> 20;

	if (!accel->overcommit) {
		u32 volume_others = accel->volume_sum - vf->set.volume;
		u64 memory_others = accel->memory_sum_mib - vf->set.memory_mib;

		volume_most -= min_t(u64, volume_others, volume_most);
		memory_most -= min(memory_others, memory_most);
	}
	if ((mask & VFARB_VF_SET_VOLUME) && (!want->volume || want->volume > volume_most))
		return refuse(refusal, VFARB_VF_SET_VOLUME, want->volume, 1, volume_most);
	if ((mask & VFARB_VF_SET_MEMORY) && want->memory_mib > memory_most)
		return refuse(refusal, VFARB_VF_SET_MEMORY, want->memory_mib, 0, memory_most);
	if ((mask & VFARB_VF_SET_PRIORITY) && want->priority >= VFARB_PRIORITIES)
		return refuse(refusal, VFARB_VF_SET_PRIORITY, want->priority, 0,
			      VFARB_PRIORITIES - 1);
	if ((mask & VFARB_VF_SET_SLICE) && (want->slice_ns < VFARB_SLICE_MIN_NS ||
					    want->slice_ns > VFARB_SLICE_MAX_NS))
		return refuse(refusal, VFARB_VF_SET_SLICE, want->slice_ns, VFARB_SLICE_MIN_NS,
			      VFARB_SLICE_MAX_NS);
	return 0;
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
	struct vfarb_vf *vf;
	unsigned int i;
	int err;

	mutex_lock(&accel->lock);
	vf = fn < accel->info.fns ? accel->vf[fn] : NULL;
	err = vf ? judge(accel, vf, want, mask, refusal) : -ENODEV;
	if (err)
		goto out;

	if (mask & VFARB_VF_SET_VOLUME) {
		accel->volume_sum += want->volume - vf->set.volume;
		vf->set.volume = want->volume;
	}
	if (mask & VFARB_VF_SET_MEMORY) {
		accel->memory_sum_mib += want->memory_mib - vf->set.memory_mib;
		vf->set.memory_mib = want->memory_mib;
	}
	if (mask & VFARB_VF_SET_PRIORITY)
		vf->set.priority = want->priority;
	if (mask & VFARB_VF_SET_SLICE)
		vf->set.slice_ns = want->slice_ns;
	if (mask & VFARB_VF_SET_LABEL)
		strscpy(vf->set.label, want->label, sizeof(vf->set.label));
	for (i = 0; i < accel->info.engines; i++)
		vfarb_engine_reprice(&accel->engine[i], fn, vf->set.volume, vf->set.priority,
				     vf->set.slice_ns);
	if ((mask & VFARB_VF_SET_RUN) && vf->set.run != want->run) {
		vf->set.run = want->run;
		for (i = 0; i < accel->info.engines; i++)
			vfarb_engine_block(&accel->engine[i], fn, VFARB_BLOCKED_OPERATOR,
					   !want->run);
	}
	accel->config_seq++;
out:
	mutex_unlock(&accel->lock);
	return err;
}
VFARB_EXPORT_FOR_TESTS(vfarb_vf_set);
