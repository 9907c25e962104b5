/* SPDX-License-Identifier: GPL-2.0 */
/* VFs: their settings. Their accounts are with the engines. */
#ifndef _VFARB_VF_H
#define _VFARB_VF_H

#include "accel.h"

#define VFARB_LABEL_SIZE	32

/**
 * struct vfarb_vf_settings - what an operator decides about a VF
 * @volume: its share, 1..VFARB_VOLUME_MAX
 * @memory_mib: device memory its buffers may take
 * @priority: 0 low .. VFARB_PRIORITIES - 1 high
 * @slice_ns: designated slice, VFARB_SLICE_MIN_NS..VFARB_SLICE_MAX_NS, or
 *	VFARB_SLICE_AUTO: as long as its submissions are
 * @cap: of a thousand parts of each engine's time it gets no more, 0 no limit
 * @run: it may run
 * @label: whom it serves
 */
struct vfarb_vf_settings {
	u32 volume;
	u64 memory_mib;
	u8 priority;
	u64 slice_ns;
	u32 cap;
	bool run;
	char label[VFARB_LABEL_SIZE];
};

/* Which of the settings are meant. */
#define VFARB_VF_SET_VOLUME	BIT(0)
#define VFARB_VF_SET_MEMORY	BIT(1)
#define VFARB_VF_SET_PRIORITY	BIT(2)
#define VFARB_VF_SET_SLICE	BIT(3)
#define VFARB_VF_SET_RUN	BIT(4)
#define VFARB_VF_SET_LABEL	BIT(5)
#define VFARB_VF_SET_CAP	BIT(6)

/**
 * struct vfarb_refusal - why a setting was refused, for the faces to say
 * @change: which change was refused, where there are several
 * @bit: VFARB_*_SET_* that was refused
 * @given: its value
 * @least: allowed from here
 * @most: to here
 */
struct vfarb_refusal {
	u32 change;
	u32 bit;
	u64 given;
	u64 least;
	u64 most;
};

/**
 * struct vfarb_vf - a VF, or the PF
 * @accel: whose it is
 * @fn: function number
 * @set: its settings; under &vfarb_accel.lock
 * @staged: a change of it is being judged
 * @staged_set: the settings as they will be
 * @seat: one per engine; under the engine's lock
 */
struct vfarb_vf {
	struct vfarb_accel *accel;
	u32 fn;
	struct vfarb_vf_settings set;
	bool staged;
	struct vfarb_vf_settings staged_set;
	struct vfarb_seat seat[];
};

int vfarb_vf_set(struct vfarb_accel *accel, u32 fn, const struct vfarb_vf_settings *want,
		 u32 mask, struct vfarb_refusal *refusal);
int vfarb_vf_stage(struct vfarb_accel *accel, u32 fn, const struct vfarb_vf_settings *want,
		   u32 mask, struct vfarb_refusal *refusal);
int vfarb_vf_judge_sums(struct vfarb_accel *accel, u32 fn, u32 mask,
			struct vfarb_refusal *refusal);
void vfarb_vf_apply(struct vfarb_accel *accel, u32 fn);
void vfarb_vf_unstage(struct vfarb_accel *accel, u32 fn);
void vfarb_vf_unregister_all(struct vfarb_accel *accel);

#endif /* _VFARB_VF_H */
