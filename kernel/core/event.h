/* SPDX-License-Identifier: GPL-2.0 */
/* Events, for the faces to tell. */
#ifndef _VFARB_EVENT_H
#define _VFARB_EVENT_H

#include <linux/types.h>
#include <linux/vfarb_event.h>

struct vfarb_engine;

/**
 * struct vfarb_ev - an event
 * @seq: its number since the module was loaded, from 1; one is missing where one was lost
 * @accel: accelerator
 * @engine: index of the engine
 * @fn: whom it is about, VFARB_FN_NONE: the engine
 * @type: enum vfarb_ev_type
 * @code: more of that, see there
 * @time_ns: engine clock
 * @x: value, see enum vfarb_ev_type
 * @y: value
 */
struct vfarb_ev {
	u64 seq;
	u32 accel;
	u32 engine;
	u32 fn;
	u32 type;
	u32 code;
	u64 time_ns;
	u64 x;
	u64 y;
};

void vfarb_event(struct vfarb_engine *engine, u32 fn, u32 type, u32 code, u64 now_ns, u64 x,
		 u64 y);
u64 vfarb_event_seq(void);
bool vfarb_event_read(u64 *seq, struct vfarb_ev *event, u64 *lost);
void vfarb_event_listen(void (*heard)(const struct vfarb_ev *event, u64 lost));
void vfarb_event_exit(void);

#endif /* _VFARB_EVENT_H */
