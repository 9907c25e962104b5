/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of the configuration, of one object or of many at once. */
#ifndef _VFARB_CONFIG_H
#define _VFARB_CONFIG_H

#include "accel.h"
#include "vf.h"

/**
 * DOC: configuration
 *
 * Every change of a setting goes through vfarb_config_change(): all that it
 * names is judged first, sums as they will be when all is done, and only then
 * anything is changed. Every change, an object's coming or going included,
 * makes a new generation of the configuration, so that who looked can tell
 * whether what it saw still holds.
 */

/** enum vfarb_object - what has settings */
enum vfarb_object {
	VFARB_OBJECT_ACCEL,
	VFARB_OBJECT_ENGINE,
	VFARB_OBJECT_VF,
};

/**
 * struct vfarb_change - new settings of one object
 * @object: which kind
 * @accel: the accelerator, or whose it is; the caller holds a reference
 * @index: engine index or function number
 * @mask: which of the settings are meant: VFARB_ACCEL_SET_*, VFARB_ENGINE_SET_*
 *	or VFARB_VF_SET_*
 * @to: their values
 * @to.accel: of an accelerator
 * @to.engine: of an engine
 * @to.vf: of a VF
 */
struct vfarb_change {
	enum vfarb_object object;
	struct vfarb_accel *accel;
	u32 index;
	u32 mask;
	union {
		struct vfarb_accel_settings accel;
		struct vfarb_engine_settings engine;
		struct vfarb_vf_settings vf;
	} to;
};

/**
 * struct vfarb_listener - who wants to be told
 * @config: an object is there or its settings changed, or it is @gone. The
 *	accelerator's lock is held.
 * @cycle: an engine published a cycle. Called by its arbiter, no lock held.
 *
 * Called in process context.
 */
struct vfarb_listener {
	void (*config)(enum vfarb_object object, struct vfarb_accel *accel, u32 index, bool gone);
	void (*cycle)(struct vfarb_engine *engine, const struct vfarb_cycle *cycle);
};

int vfarb_config_change(const struct vfarb_change *changes, u32 count, u64 generation,
			bool validate_only, struct vfarb_refusal *refusal);
u64 vfarb_config_generation(void);
void vfarb_config_changed(enum vfarb_object object, struct vfarb_accel *accel, u32 index,
			  bool gone);
void vfarb_config_listen(const struct vfarb_listener *who);
void vfarb_config_tell_cycle(struct vfarb_engine *engine, const struct vfarb_cycle *cycle);

#endif /* _VFARB_CONFIG_H */
