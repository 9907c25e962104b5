// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "../compat.h"
#include "accel.h"
#include "config.h"
#include "vf.h"

/* Every registered accelerator by number. Its lock also orders _get() against the last _put(). */
static DEFINE_XARRAY_ALLOC(accels);

static void accel_free(struct kref *ref)
{
	struct vfarb_accel *accel = container_of(ref, struct vfarb_accel, ref);
	unsigned int i;

	for (i = 0; i < accel->info.engines; i++)
		vfarb_engine_free(&accel->engine[i]);
	cleanup_srcu_struct(&accel->srcu);
	kvfree(accel->vf);
	mutex_destroy(&accel->lock);
	put_device(accel->parent);
	kfree(accel);
}

/**
 * vfarb_accel_put - let go of an accelerator
 * @accel: from vfarb_accel_get()
 *
 * Context: process.
 */
void vfarb_accel_put(struct vfarb_accel *accel)
{
	kref_put(&accel->ref, accel_free);
}
VFARB_EXPORT_FOR_TESTS(vfarb_accel_put);

/**
 * vfarb_accel_get - find an accelerator
 * @id: its number
 *
 * Return: the accelerator, to be given back by vfarb_accel_put(), or NULL.
 */
struct vfarb_accel *vfarb_accel_get(u32 id)
{
	struct vfarb_accel *accel;

	xa_lock(&accels);
	accel = xa_load(&accels, id);
	if (accel)
		kref_get(&accel->ref);
	xa_unlock(&accels);
	return accel;
}
VFARB_EXPORT_FOR_TESTS(vfarb_accel_get);

/**
 * vfarb_accel_get_next - walk the accelerators
 * @id: in: number to begin with; out: number of the one returned
 *
 * Return: the first accelerator from @id on, or NULL.
 */
struct vfarb_accel *vfarb_accel_get_next(u32 *id)
{
	unsigned long index = *id;
	struct vfarb_accel *accel;

	xa_lock(&accels);
	accel = xa_find(&accels, &index, U32_MAX, XA_PRESENT);
	if (accel)
		kref_get(&accel->ref);
	xa_unlock(&accels);
	*id = index;
	return accel;
}

/**
 * vfarb_accel_stage - begin to judge a change: note what there is
 * @accel: its lock held
 */
void vfarb_accel_stage(struct vfarb_accel *accel)
{
	lockdep_assert_held(&accel->lock);
	accel->staged_set = accel->set;
	accel->staged_volume_sum = accel->volume_sum;
	accel->staged_memory_sum_mib = accel->memory_sum_mib;
}

/**
 * vfarb_accel_stage_settings - note what is wanted
 * @accel: staged
 * @want: the new values
 * @mask: which of them are meant, VFARB_ACCEL_SET_*
 */
void vfarb_accel_stage_settings(struct vfarb_accel *accel, const struct vfarb_accel_settings *want,
				u32 mask)
{
	if (mask & VFARB_ACCEL_SET_OVERCOMMIT)
		accel->staged_set.overcommit = want->overcommit;
}

/**
 * vfarb_accel_judge_sums - whether what is staged fits the accelerator
 * @accel: with all changes staged
 * @mask: which of its settings were meant
 * @refusal: out: what was wrong, with -ERANGE
 *
 * Return: 0 or -ERANGE.
 */
int vfarb_accel_judge_sums(struct vfarb_accel *accel, u32 mask, struct vfarb_refusal *refusal)
{
	if (!(mask & VFARB_ACCEL_SET_OVERCOMMIT) || accel->staged_set.overcommit ||
	    (accel->staged_volume_sum <= VFARB_VOLUME_MAX &&
	     accel->staged_memory_sum_mib <= accel->info.memory_bytes >> 20))
		return 0;
	refusal->bit = VFARB_ACCEL_SET_OVERCOMMIT;
	refusal->given = 0;
	refusal->least = 1;
	refusal->most = 1;
	return -ERANGE;
}

/**
 * vfarb_accel_apply - make what is staged the settings
 * @accel: judged
 */
void vfarb_accel_apply(struct vfarb_accel *accel)
{
	accel->set = accel->staged_set;
}

static int check(struct device *parent, const struct vfarb_accel_info *info,
		 const struct vfarb_accel_ops *ops)
{
	bool slice = info->class == VFARB_CLASS_SLICE;

	if (info->abi != VFARB_PROVIDER_ABI) {
		dev_err(parent, "vfarb: provider ABI %u, this is %u\n", info->abi,
			VFARB_PROVIDER_ABI);
		return -EPROTONOSUPPORT;
	}
	if (!info->name || !info->engines || info->engines > VFARB_ACCEL_ENGINES_MAX ||
	    !info->fns || info->fns > VFARB_ACCEL_FNS_MAX ||
	    info->class > VFARB_CLASS_QUANTUM || !info->counter_hz ||
	    info->counter_bits < 32 || info->counter_bits > 64)
		return -EINVAL;
	if (!ops->engine_time || !ops->run_time || !ops->pending ||
	    (slice ? !ops->grant : !ops->set_quantum))
		return -EINVAL;
	return 0;
}

/**
 * vfarb_accel_register - make an accelerator known
 * @parent: the provider's device; a reference is held until the end
 * @owner: the provider's module, THIS_MODULE
 * @info: what it is; copied, but for the name
 * @ops: what it can do; stays the provider's
 * @priv: handed to every operation
 *
 * Operations may be called before it returns. No VF runs until it is
 * registered by vfarb_vf_register().
 *
 * Context: process.
 * Return: the accelerator, to be ended by vfarb_accel_unregister(), or an
 * ERR_PTR: -EPROTONOSUPPORT other ABI, -EINVAL @info or @ops, -ENOMEM.
 */
struct vfarb_accel *vfarb_accel_register(struct device *parent, struct module *owner,
					 const struct vfarb_accel_info *info,
					 const struct vfarb_accel_ops *ops, void *priv)
{
	struct vfarb_accel *accel;
	unsigned int i;
	int err;

	err = check(parent, info, ops);
	if (err)
		return ERR_PTR(err);
	/* Firmware's own scheduling has no arbiter here yet. */
	if (info->class != VFARB_CLASS_SLICE)
		return ERR_PTR(-EOPNOTSUPP);
	accel = kzalloc(struct_size(accel, engine, info->engines), GFP_KERNEL);
	if (!accel)
		return ERR_PTR(-ENOMEM);
	accel->parent = get_device(parent);
	accel->owner = owner;
	accel->info = *info;
	accel->ops = ops;
	accel->priv = priv;
	/* More functions than there are parts of a thousand cannot share without. */
	accel->set.overcommit = info->fns > VFARB_VOLUME_MAX;
	kref_init(&accel->ref);
	mutex_init(&accel->lock);
	err = init_srcu_struct(&accel->srcu);
	if (err)
		goto err_srcu;
	err = -ENOMEM;
	accel->vf = kvcalloc(info->fns, sizeof(*accel->vf), GFP_KERNEL);
	if (!accel->vf)
		goto err_vf;
	for (i = 0; i < info->engines; i++) {
		err = vfarb_engine_init(&accel->engine[i], accel, i);
		if (err)
			goto err_engines;
	}
	/* Reserved first: the arbiters bear its name. */
	err = xa_alloc(&accels, &accel->id, NULL, xa_limit_31b, GFP_KERNEL);
	if (err)
		goto err_engines;
	for (i = 0; i < info->engines; i++) {
		err = vfarb_engine_start(&accel->engine[i]);
		if (err)
			goto err_start;
	}
	xa_store(&accels, accel->id, accel, GFP_KERNEL);
	mutex_lock(&accel->lock);
	vfarb_config_changed(VFARB_OBJECT_ACCEL, accel, 0, false);
	mutex_unlock(&accel->lock);
	return accel;

err_start:
	while (i--)
		vfarb_engine_stop(&accel->engine[i]);
	xa_erase(&accels, accel->id);
err_engines:
	vfarb_accel_put(accel);
	return ERR_PTR(err);

err_vf:
	cleanup_srcu_struct(&accel->srcu);
err_srcu:
	mutex_destroy(&accel->lock);
	put_device(accel->parent);
	kfree(accel);
	return ERR_PTR(err);
}
VFARB_EXPORT(vfarb_accel_register);

/**
 * vfarb_accel_unregister - an accelerator goes
 * @accel: from vfarb_accel_register()
 *
 * Waits for callbacks in flight and for nothing else: not for slices, not for
 * user space. VFs still registered are unregistered. When it returns no
 * operation is called any more and @accel is not the provider's any more.
 *
 * Context: process; not within an operation or callback.
 */
void vfarb_accel_unregister(struct vfarb_accel *accel)
{
	unsigned int i;

	WRITE_ONCE(accel->gone, true);
	xa_erase(&accels, accel->id);
	synchronize_srcu(&accel->srcu);
	/* Configuration under way ends; what comes later finds it gone. */
	mutex_lock(&accel->lock);
	for (i = 0; i < accel->info.engines; i++)
		vfarb_engine_stop(&accel->engine[i]);
	vfarb_vf_unregister_all(accel);
	vfarb_config_changed(VFARB_OBJECT_ACCEL, accel, 0, true);
	mutex_unlock(&accel->lock);
	vfarb_accel_put(accel);
}
VFARB_EXPORT(vfarb_accel_unregister);

/**
 * vfarb_accel_id - the number of an accelerator
 * @accel: registered
 *
 * Context: any.
 * Return: N of accelN.
 */
unsigned int vfarb_accel_id(const struct vfarb_accel *accel)
{
	return accel->id;
}
VFARB_EXPORT(vfarb_accel_id);
