/* SPDX-License-Identifier: GPL-2.0 */
/* Accelerators: their registration, number and end. */
#ifndef _VFARB_ACCEL_H
#define _VFARB_ACCEL_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/srcu.h>
#include <vfarb.h>
#include "arbiter.h"

struct vfarb_vf;
struct vfarb_refusal;

/**
 * struct vfarb_accel_settings - what an operator decides about an accelerator
 * @overcommit: the sums of its VFs may exceed what there is
 */
struct vfarb_accel_settings {
	bool overcommit;
};

/* Which of the settings are meant. */
#define VFARB_ACCEL_SET_OVERCOMMIT	BIT(0)

/**
 * struct vfarb_accel - an accelerator known to the core
 * @id: its number: accel0, accel1, ...
 * @parent: the provider's device, for messages
 * @owner: the provider's module
 * @info: what the provider said of it
 * @ops: what it can do
 * @priv: the provider's own
 * @ref: the registration and every face that looks at it
 * @srcu: callbacks of the provider in flight
 * @gone: no more callbacks are taken; written before synchronize_srcu()
 * @lock: serialises configuration; protects @vf, the settings of VFs and the
 *	sums below. Taken before an engine's lock, never in a callback.
 * @vf: by function number
 * @volume_sum: volumes allotted
 * @memory_sum_mib: memory allotted
 * @set: its settings
 * @staging: a change is being judged; under the lock of changes, see config.c
 * @staged_set: the settings as they will be
 * @staged_volume_sum: volumes as they will be
 * @staged_memory_sum_mib: memory as it will be
 * @engine: its engines
 */
struct vfarb_accel {
	u32 id;
	struct device *parent;
	struct module *owner;
	struct vfarb_accel_info info;
	const struct vfarb_accel_ops *ops;
	void *priv;
	struct kref ref;
	struct srcu_struct srcu;
	bool gone;

	struct mutex lock;
	struct vfarb_vf **vf;
	u32 volume_sum;
	u64 memory_sum_mib;
	struct vfarb_accel_settings set;
	bool staging;
	struct vfarb_accel_settings staged_set;
	u32 staged_volume_sum;
	u64 staged_memory_sum_mib;

	struct vfarb_engine engine[];
};

struct vfarb_accel *vfarb_accel_get(u32 id);
struct vfarb_accel *vfarb_accel_get_next(u32 *id);
void vfarb_accel_put(struct vfarb_accel *accel);

void vfarb_accel_stage(struct vfarb_accel *accel);
void vfarb_accel_stage_settings(struct vfarb_accel *accel, const struct vfarb_accel_settings *want,
				u32 mask);
int vfarb_accel_judge_sums(struct vfarb_accel *accel, u32 mask, struct vfarb_refusal *refusal);
void vfarb_accel_apply(struct vfarb_accel *accel);

/* The number of engine @index, or NULL: providers' words are checked. */
static inline struct vfarb_engine *vfarb_accel_engine(struct vfarb_accel *accel,
						      unsigned int index)
{
	return index < accel->info.engines ? &accel->engine[index] : NULL;
}

#endif /* _VFARB_ACCEL_H */
