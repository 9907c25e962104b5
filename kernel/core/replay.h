/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replay of a decision record through the ledger and the pick that wrote it.
 *
 * Pure: user space and the test suites run it, vfarb.ko does not contain it.
 */
#ifndef _VFARB_REPLAY_H
#define _VFARB_REPLAY_H

#include <linux/vfarb_record.h>
#include "state.h"

/**
 * enum vfarb_replay_verdict - what became of an entry
 * @VFARB_REPLAY_OK: replayed
 * @VFARB_REPLAY_SKIPPED: nothing to replay on: no snapshot came yet
 * @VFARB_REPLAY_DIFFERENT: the replay came to something else, see
 *	&vfarb_replay.difference; it goes on from the next snapshot
 * @VFARB_REPLAY_CORRUPT: the entry makes no sense, see the same
 */
enum vfarb_replay_verdict {
	VFARB_REPLAY_OK,
	VFARB_REPLAY_SKIPPED,
	VFARB_REPLAY_DIFFERENT,
	VFARB_REPLAY_CORRUPT,
};

/**
 * struct vfarb_replay_difference - what the record and the replay disagree about
 * @what: name of it
 * @fn: whose, or VFARB_RECORD_FN_NONE
 * @recorded: value in the record
 * @replayed: value here
 */
struct vfarb_replay_difference {
	const char *what;
	u32 fn;
	u64 recorded;
	u64 replayed;
};

/**
 * struct vfarb_replay - an engine as its record tells it
 * @fns: function numbers are below this
 * @line: by function number
 * @seated: function has a seat
 * @room: for the heaps
 * @ledger: the account
 * @pick: the competition
 * @grant: what is under way
 * @valid: a snapshot was loaded and nothing is missing since
 * @wide: values of the next SLICE
 * @has_wide: how many of them came
 * @snapshot: one that is being loaded or compared
 * @entries: entries taken
 * @grants: choices compared, those for nobody included
 * @snapshots: snapshots loaded or compared
 * @lost: entries that the reader lost
 * @differences: how many
 * @difference: the last
 */
struct vfarb_replay {
	u32 fns;
	struct vfarb_line *line;
	bool *seated;
	struct vfarb_line **room;
	struct vfarb_ledger ledger;
	struct vfarb_pick pick;
	struct vfarb_state_grant grant;
	bool valid;
	struct vfarb_record_entry wide[2];
	u32 has_wide;

	struct {
		u32 lines;		/* to come */
		u32 seen;
		u32 number;		/* of the next STATE entry */
		size_t filled;		/* bytes of @state */
		bool engine;		/* the engine's is being filled */
		bool active;
		bool compare;		/* with what there is; else load it */
		union {
			struct vfarb_state_engine engine_state;
			struct vfarb_state_line line_state;
			u64 words[64];
		} state;
	} snapshot;

	u64 entries;
	u64 grants;
	u64 snapshots;
	u64 lost;
	u64 differences;
	struct vfarb_replay_difference difference;
};

size_t vfarb_replay_size(u32 fns);
void vfarb_replay_init(struct vfarb_replay *replay, u32 fns);
enum vfarb_replay_verdict vfarb_replay_entry(struct vfarb_replay *replay,
					     const struct vfarb_record_entry *entry);

#endif /* _VFARB_REPLAY_H */
