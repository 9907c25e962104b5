/* SPDX-License-Identifier: GPL-2.0 */
/* The decision record of an engine: see Documentation/record.rst. */
#ifndef _VFARB_RECORD_H
#define _VFARB_RECORD_H

#include <linux/types.h>
#include <linux/wait.h>
#include <linux/vfarb_record.h>
#include <vfarb.h>
#include "pick.h"

struct vfarb_engine;

/* Snapshots whose place is known; more do not fit into a ring at a time. */
#define VFARB_RECORD_SNAPSHOTS	8u

/**
 * struct vfarb_record - the last entries of an engine
 * @ring: the entries, NULL if nothing is recorded
 * @size: how many, a power of two
 * @head: entries written so far. Written under the engine's lock; readers take
 *	no lock: what they copied counts if the head did not get there meanwhile.
 * @run_ns: running time charged and not told yet; this and the next two are
 *	under the engine's lock
 * @switch_ns: switching time charged and not told yet
 * @untold: there was such a charge
 * @snapshot: where the last snapshots begin, at number % VFARB_RECORD_SNAPSHOTS;
 *	under the engine's lock
 * @snapshots: snapshots taken; under the engine's lock
 * @snapshot_end: head after the last
 * @wait: readers that wait for more
 * @over: no more comes
 */
struct vfarb_record {
	struct vfarb_record_entry *ring;
	u32 size;
	u64 head;
	u64 run_ns;
	u64 switch_ns;
	bool untold;
	u64 snapshot[VFARB_RECORD_SNAPSHOTS];
	u64 snapshots;
	u64 snapshot_end;
	wait_queue_head_t wait;
	bool over;
};

/* What arbiter.c tells: under the engine's lock, in the order in which it calls ledger and pick. */
void vfarb_record_charged(struct vfarb_engine *engine, u64 run_ns, u64 switch_ns);
void vfarb_record_charge(struct vfarb_engine *engine);
void vfarb_record_idle(struct vfarb_engine *engine);
void vfarb_record_slice(struct vfarb_engine *engine, const struct vfarb_slice_end *end,
			u64 time_ns, u64 error_ns, u8 flags);
void vfarb_record_grant(struct vfarb_engine *engine, const struct vfarb_choice *choice, u64 now_ns);
void vfarb_record_drop(struct vfarb_engine *engine, bool refused);
void vfarb_record_add(struct vfarb_engine *engine, const struct vfarb_line *line, u64 now_ns);
void vfarb_record_remove(struct vfarb_engine *engine, u32 fn);
void vfarb_record_set(struct vfarb_engine *engine, const struct vfarb_line *line, u8 flags,
		      u32 blocked, u64 ahead_ns, u64 now_ns);
void vfarb_record_reprice(struct vfarb_engine *engine, const struct vfarb_line *line, u32 volume,
			  u8 priority, bool joined);
void vfarb_record_slice_set(struct vfarb_engine *engine, const struct vfarb_line *line);
void vfarb_record_policy(struct vfarb_engine *engine, u32 policy, u32 order);
void vfarb_record_settle(struct vfarb_engine *engine, u32 from, u32 to);
void vfarb_record_event(struct vfarb_engine *engine, u32 fn, u32 type, u32 code, u64 now_ns, u64 x,
			u64 y);

int vfarb_record_init(struct vfarb_engine *engine);
void vfarb_record_free(struct vfarb_engine *engine);
void vfarb_record_start(struct vfarb_engine *engine);
void vfarb_record_tick(struct vfarb_engine *engine);
void vfarb_record_end(struct vfarb_engine *engine);

/**
 * struct vfarb_record_reader - one who reads a record
 * @engine: whose
 * @next: entry it wants
 */
struct vfarb_record_reader {
	struct vfarb_engine *engine;
	u64 next;
};

void vfarb_record_begin(struct vfarb_record_reader *reader, struct vfarb_engine *engine,
			bool from_now);
unsigned int vfarb_record_read(struct vfarb_record_reader *reader,
			       struct vfarb_record_entry *entry, unsigned int most);

int vfarb_record_register(void);
void vfarb_record_unregister(void);

#endif /* _VFARB_RECORD_H */
