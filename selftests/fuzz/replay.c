// SPDX-License-Identifier: GPL-2.0
/*
 * A record is a file that anybody may have written: whatever it holds, replaying it touches only
 * its own memory and comes to an end. Sanitizers are the judge.
 */
#include "fuzz.h"
#include "../../kernel/core/replay.h"

#define FNS	5

/* Some of the bytes of a well-formed state, made wrong. */
static void spoil(struct input *in, void *data, size_t size)
{
	u8 count = take(in, 1) & 7;

	while (count--) {
		size_t at = take(in, 2) % size;

		((u8 *)data)[at] = take(in, 1);
	}
}

static void send_state(struct vfarb_replay *replay, u32 *number, const void *data, size_t size)
{
	struct vfarb_record_entry entry = { .type = VFARB_RECORD_STATE };
	u64 words[3];
	size_t at, part;

	for (at = 0; at < size; at += part) {
		part = min(size - at, sizeof(words));
		memset(words, 0, sizeof(words));
		memcpy(words, (const u8 *)data + at, part);
		entry.val = (*number)++;
		entry.time = words[0];
		entry.x = words[1];
		entry.y = words[2];
		vfarb_replay_entry(replay, &entry);
	}
}

static void send_snapshot(struct vfarb_replay *replay, struct input *in)
{
	struct vfarb_record_entry entry = {
		.type = VFARB_RECORD_SNAPSHOT,
		.x = sizeof(struct vfarb_state_engine),
		.y = sizeof(struct vfarb_state_line),
	};
	const struct vfarb_state_grant grant = { .fn = VFARB_RECORD_FN_NONE };
	struct vfarb_state_engine engine_state;
	struct vfarb_state_line line_state;
	static struct vfarb_line *room[VFARB_PICK_ROOM(FNS)];
	struct vfarb_ledger ledger;
	struct vfarb_pick pick;
	struct vfarb_line line;
	u32 number = 0, i;

	vfarb_ledger_open(&ledger, take(in, 1));
	vfarb_pick_init(&pick, &ledger, room, FNS);
	vfarb_state_save_engine(&engine_state, &grant, &pick, &ledger);
	spoil(in, &engine_state, sizeof(engine_state));
	entry.val = take(in, 1) % (FNS + 1);
	vfarb_replay_entry(replay, &entry);
	send_state(replay, &number, &engine_state, sizeof(engine_state));
	for (i = 0; i < entry.val; i++) {
		vfarb_pick_line_init(&line, i, i, 1 + take(in, 2) % VFARB_VOLUME_MAX, take(in, 3));
		vfarb_state_save_line(&line_state, &line);
		spoil(in, &line_state, sizeof(line_state));
		send_state(replay, &number, &line_state, sizeof(line_state));
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { data, size }, *in = &input;
	struct vfarb_replay *replay = malloc(vfarb_replay_size(FNS));
	unsigned int steps = 0;

	must(replay);
	vfarb_replay_init(replay, FNS);
	while (in->left && steps++ < 300) {
		struct vfarb_record_entry entry = {};

		/* What does not fit ends in a wait for the next snapshot. */
		if (!replay->valid)
			send_snapshot(replay, in);
		entry.type = take(in, 1) % 20;
		entry.arg = take(in, 1);
		entry.fn = take(in, 1) % (FNS + 1);
		entry.val = take_number(in);
		entry.time = take_number(in);
		entry.x = take_number(in);
		entry.y = take_number(in);
		vfarb_replay_entry(replay, &entry);
	}
	must(replay->entries >= replay->grants);
	free(replay);
	return 0;
}
