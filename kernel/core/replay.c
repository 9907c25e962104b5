// SPDX-License-Identifier: GPL-2.0
#include "replay.h"

static size_t rooms(u32 fns)
{
	return VFARB_PICK_ROOM(fns);
}

/**
 * vfarb_replay_size - memory that a replay takes
 * @fns: of the engine, from the record's head
 *
 * Return: bytes.
 */
size_t vfarb_replay_size(u32 fns)
{
	return sizeof(struct vfarb_replay) +
	       fns * (sizeof(struct vfarb_line) + sizeof(bool)) +
	       rooms(fns) * sizeof(struct vfarb_line *);
}

/**
 * vfarb_replay_init - begin a replay
 * @replay: vfarb_replay_size() bytes
 * @fns: of the engine, at most VFARB_RECORD_FN_NONE
 */
void vfarb_replay_init(struct vfarb_replay *replay, u32 fns)
{
	memset(replay, 0, vfarb_replay_size(fns));
	replay->fns = fns;
	replay->room = (struct vfarb_line **)(replay + 1);
	replay->line = (struct vfarb_line *)(replay->room + rooms(fns));
	replay->seated = (bool *)(replay->line + fns);
	replay->grant.fn = VFARB_RECORD_FN_NONE;
	vfarb_pick_init(&replay->pick, &replay->ledger, replay->room, fns);
}

static enum vfarb_replay_verdict differ(struct vfarb_replay *replay, const char *what, u32 fn,
					u64 recorded, u64 replayed)
{
	replay->difference = (struct vfarb_replay_difference) { what, fn, recorded, replayed };
	replay->differences++;
	replay->valid = false;
	return VFARB_REPLAY_DIFFERENT;
}

static enum vfarb_replay_verdict corrupt(struct vfarb_replay *replay, const char *what,
					 const struct vfarb_record_entry *entry)
{
	differ(replay, what, entry->fn, entry->type, 0);
	replay->snapshot.active = false;
	return VFARB_REPLAY_CORRUPT;
}

static struct vfarb_line *line_of(struct vfarb_replay *replay, u32 fn)
{
	return fn < replay->fns && replay->seated[fn] ? &replay->line[fn] : NULL;
}

static struct vfarb_line *holder(struct vfarb_replay *replay)
{
	return line_of(replay, replay->grant.fn);
}

/* From here to there as arbiter.c calls ledger and pick. */

static void charge(struct vfarb_replay *replay, u64 until_ns, u64 run_ns, u64 switch_ns,
		   bool backlog)
{
	struct vfarb_line *line = holder(replay);
	u64 idle_ns;

	vfarb_ledger_close(&replay->ledger, line, until_ns, &run_ns, &switch_ns, backlog,
			   &idle_ns);
	replay->grant.charged.running += run_ns;
	replay->grant.charged.switching += switch_ns;
	if (!line) {
		replay->ledger.ahead_ns = 0;
		return;
	}
	vfarb_ledger_entitle(&replay->ledger, line->priority, run_ns);
	vfarb_pick_charge(&replay->pick, line, run_ns);
}

static void idle(struct vfarb_replay *replay, u64 until_ns)
{
	u64 idle_ns, run_ns = 0, switch_ns = 0;

	vfarb_ledger_close(&replay->ledger, NULL, until_ns, &run_ns, &switch_ns, false, &idle_ns);
}

static void line_join(struct vfarb_replay *replay, struct vfarb_line *line)
{
	vfarb_ledger_enter(&replay->ledger, line, vfarb_pick_debt_ns(&replay->pick, line));
	vfarb_pick_join(&replay->pick, line);
}

static void line_leave(struct vfarb_replay *replay, struct vfarb_line *line)
{
	vfarb_pick_leave(&replay->pick, line);
	vfarb_ledger_exit(&replay->ledger, line);
}

static enum vfarb_replay_verdict line_set(struct vfarb_replay *replay, struct vfarb_line *line,
					  u8 flags, u32 blocked, u64 ahead_ns, u64 now_ns)
{
	bool left = flags & VFARB_RECORD_LEFT, joined = flags & VFARB_RECORD_JOINED;

	vfarb_ledger_absence(line, now_ns);
	if (left ? !line->joined : joined && line->joined)
		return differ(replay, "competes", line->fn, left, line->joined);
	if ((left || joined) && ahead_ns) {
		if (!holder(replay))
			return differ(replay, "holder of the engine", line->fn, 1, 0);
		vfarb_ledger_entitle_ahead(&replay->ledger, holder(replay)->priority, ahead_ns);
	}
	if (left)
		line_leave(replay, line);
	line->backlogged = flags & VFARB_RECORD_BACKLOGGED;
	line->blocked = blocked;
	if (joined)
		line_join(replay, line);
	return VFARB_REPLAY_OK;
}

static enum vfarb_replay_verdict add(struct vfarb_replay *replay,
				     const struct vfarb_record_entry *entry)
{
	struct vfarb_line *line;

	if (entry->fn >= replay->fns || entry->arg >= VFARB_PRIORITIES || !entry->val ||
	    entry->val > VFARB_VOLUME_MAX)
		return corrupt(replay, "values of a new VF", entry);
	if (replay->seated[entry->fn])
		return differ(replay, "seat", entry->fn, 0, 1);
	line = &replay->line[entry->fn];
	vfarb_pick_line_init(line, entry->fn, entry->y, entry->val, entry->x);
	line->priority = entry->arg;
	line->since_ns = entry->time;
	replay->seated[entry->fn] = true;
	return VFARB_REPLAY_OK;
}

static void remove_line(struct vfarb_replay *replay, struct vfarb_line *line)
{
	if (line->joined)
		line_leave(replay, line);
	vfarb_ledger_depart(&replay->ledger, line);
	if (replay->grant.fn == line->fn) {
		replay->grant.fn = VFARB_RECORD_FN_NONE;
		vfarb_pick_drop(&replay->pick);
	}
	replay->seated[line->fn] = false;
}

static enum vfarb_replay_verdict reprice(struct vfarb_replay *replay, struct vfarb_line *line,
					 const struct vfarb_record_entry *entry)
{
	u8 priority = VFARB_RECORD_PRIORITY(entry->arg);
	bool joined = line->joined;

	if (priority >= VFARB_PRIORITIES || !entry->val || entry->val > VFARB_VOLUME_MAX)
		return corrupt(replay, "volume or priority", entry);
	if (joined != !!(entry->arg & VFARB_RECORD_JOINED))
		return differ(replay, "competes", line->fn, !joined, joined);
	if (joined)
		line_leave(replay, line);
	vfarb_pick_reprice(&replay->pick, line, entry->val, priority);
	if (joined)
		line_join(replay, line);
	return VFARB_REPLAY_OK;
}

static enum vfarb_replay_verdict slice(struct vfarb_replay *replay,
				       const struct vfarb_record_entry *entry)
{
	u64 run_ns = (u32)entry->x, switch_ns = entry->x >> 32, error_ns = entry->val;
	u64 size_ns = (u32)entry->y, age_ns = entry->y >> 32;
	struct vfarb_line *line = holder(replay);
	u64 actual_ns;

	if (replay->has_wide == 2) {
		error_ns = replay->wide[0].time;
		run_ns = replay->wide[0].x;
		switch_ns = replay->wide[0].y;
		size_ns = replay->wide[1].x;
		age_ns = replay->wide[1].y;
	}
	charge(replay, entry->time, run_ns, switch_ns, true);
	if (!line)
		return VFARB_REPLAY_OK;
	actual_ns = replay->grant.charged.running;
	vfarb_ledger_slice(line, actual_ns, error_ns, VFARB_RECORD_PROVENANCE(entry->arg));
	if (actual_ns > replay->grant.slice_ns + error_ns)
		vfarb_pick_overrun(line, actual_ns - replay->grant.slice_ns);
	line->head_size_ns = size_ns;
	line->head_time_ns = entry->time - age_ns;
	/* Bit 5 is the provenance's here. */
	return line_set(replay, line, entry->arg & ~VFARB_RECORD_JOINED, line->blocked, 0,
			entry->time);
}

static void drop(struct vfarb_replay *replay, bool refused)
{
	struct vfarb_line *line = holder(replay);

	if (refused && line)
		line->grants--;
	replay->grant.fn = VFARB_RECORD_FN_NONE;
	vfarb_pick_drop(&replay->pick);
}

static u32 fn_of(const struct vfarb_line *line)
{
	return line ? line->fn : VFARB_RECORD_FN_NONE;
}

static enum vfarb_replay_verdict grant(struct vfarb_replay *replay,
				       const struct vfarb_record_entry *entry)
{
	struct vfarb_choice choice = vfarb_pick_next(&replay->pick, entry->time);
	struct vfarb_line *line = choice.winner, *second = choice.runner_up;

	replay->grants++;
	replay->grant.fn = fn_of(line);
	if (fn_of(line) != entry->fn)
		return differ(replay, "winner", entry->fn, entry->fn, fn_of(line));
	if (!line)
		return VFARB_REPLAY_OK;
	if (fn_of(second) != (entry->val & 0xffff))
		return differ(replay, "runner-up", entry->fn, entry->val & 0xffff, fn_of(second));
	if (choice.rule != entry->arg)
		return differ(replay, "rule", entry->fn, entry->arg, choice.rule);
	if (second && second->vtime - line->vtime != entry->y)
		return differ(replay, "virtual time between winner and runner-up", entry->fn,
			      entry->y, second->vtime - line->vtime);
	if (line->designated_ns != entry->x)
		return differ(replay, "slice", entry->fn, entry->x, line->designated_ns);
	replay->grant.slice_ns = entry->x;
	replay->grant.charged = (struct vfarb_times) { 0, 0 };
	line->grants++;
	line->last_designated_ns = entry->x;
	return VFARB_REPLAY_OK;
}

static void settle(struct vfarb_replay *replay, const struct vfarb_record_entry *entry)
{
	u32 fn;

	for (fn = entry->fn; fn < min(entry->val, replay->fns); fn++) {
		struct vfarb_line *line = line_of(replay, fn);

		if (!line)
			continue;
		if (line->joined)
			vfarb_ledger_settle(&replay->ledger, line);
		vfarb_ledger_absence(line, entry->time);
	}
}

/* Snapshots: the first is loaded, those that follow must be what the replay came to. */

static enum vfarb_replay_verdict snapshot_begin(struct vfarb_replay *replay,
						const struct vfarb_record_entry *entry)
{
	if (entry->x != sizeof(struct vfarb_state_engine) ||
	    entry->y != sizeof(struct vfarb_state_line) || entry->val > replay->fns)
		return corrupt(replay, "snapshot of another version", entry);
	memset(&replay->snapshot, 0, sizeof(replay->snapshot));
	replay->snapshot.active = true;
	replay->snapshot.engine = true;
	replay->snapshot.lines = entry->val;
	replay->snapshot.compare = replay->valid;
	if (!replay->valid) {
		memset(replay->seated, 0, replay->fns * sizeof(*replay->seated));
		memset(replay->room, 0, rooms(replay->fns) * sizeof(*replay->room));
		vfarb_pick_init(&replay->pick, &replay->ledger, replay->room, replay->fns);
	}
	return VFARB_REPLAY_OK;
}

static enum vfarb_replay_verdict snapshot_engine(struct vfarb_replay *replay,
						 const struct vfarb_record_entry *entry)
{
	const struct vfarb_state_engine *state = &replay->snapshot.state.engine_state;
	struct vfarb_state_engine own;
	const char *name;

	if ((u32)state->pick.policy >= VFARB_POLICIES || (u32)state->pick.order >= VFARB_ORDERS)
		return corrupt(replay, "engine of a snapshot", entry);
	if (!replay->snapshot.compare) {
		vfarb_state_load_engine(state, &replay->grant, &replay->pick, &replay->ledger);
		return VFARB_REPLAY_OK;
	}
	vfarb_state_save_engine(&own, &replay->grant, &replay->pick, &replay->ledger);
	name = vfarb_state_compare_engine(state, &own);
	if (name)
		return differ(replay, name, VFARB_RECORD_FN_NONE, state->ledger.clock_ns,
			      own.ledger.clock_ns);
	return VFARB_REPLAY_OK;
}

/* A record may hold any byte; reading one as a bool that is neither 0 nor 1 is undefined. */
static bool is_bool(const bool *value)
{
	u8 byte;

	memcpy(&byte, value, sizeof(byte));
	return byte <= 1;
}

static enum vfarb_replay_verdict snapshot_line(struct vfarb_replay *replay,
					       const struct vfarb_record_entry *entry)
{
	const struct vfarb_state_line *state = &replay->snapshot.state.line_state;
	struct vfarb_state_line own;
	struct vfarb_line *line;
	const char *name;

	if (state->fn >= replay->fns || !state->volume || state->priority >= VFARB_PRIORITIES ||
	    !is_bool(&state->backlogged) || !is_bool(&state->joined) ||
	    !is_bool(&state->running) || !is_bool(&state->late))
		return corrupt(replay, "line of a snapshot", entry);
	line = &replay->line[state->fn];
	if (!replay->snapshot.compare) {
		if (replay->seated[state->fn] || (state->running && replay->pick.running) ||
		    (state->joined && !state->running) != (state->slot < replay->fns) ||
		    state->volume > VFARB_VOLUME_MAX)
			return corrupt(replay, "line of a snapshot", entry);
		vfarb_state_load_line(state, line);
		vfarb_pick_restore(&replay->pick, line);
		replay->seated[state->fn] = true;
		return VFARB_REPLAY_OK;
	}
	if (!replay->seated[state->fn])
		return differ(replay, "seat", state->fn, 1, 0);
	vfarb_state_save_line(&own, line);
	name = vfarb_state_compare_line(state, &own);
	if (name)
		return differ(replay, name, state->fn, state->vtime, own.vtime);
	return VFARB_REPLAY_OK;
}

/* Every line of a snapshot had a place of its own, and no place is empty. */
static bool is_whole(const struct vfarb_pick *pick)
{
	const struct vfarb_heap *heap;
	u32 i, n;

	for (i = 0; i < 2 * VFARB_PRIORITIES; i++) {
		heap = i & 1 ? &pick->late[i / 2] : &pick->heap[i / 2];
		for (n = 0; n < heap->count; n++)
			if (!heap->line[n] || heap->line[n]->slot != n)
				return false;
	}
	return true;
}

static enum vfarb_replay_verdict snapshot_state(struct vfarb_replay *replay,
						const struct vfarb_record_entry *entry)
{
	const u64 word[3] = { entry->time, entry->x, entry->y };
	enum vfarb_replay_verdict verdict = VFARB_REPLAY_OK;
	size_t bytes = replay->snapshot.engine ? sizeof(struct vfarb_state_engine) :
						 sizeof(struct vfarb_state_line);

	if (entry->val != replay->snapshot.number++)
		return corrupt(replay, "order of a snapshot", entry);
	memcpy((u8 *)&replay->snapshot.state + replay->snapshot.filled, word,
	       min(sizeof(word), bytes - replay->snapshot.filled));
	replay->snapshot.filled += sizeof(word);
	if (replay->snapshot.filled < bytes)
		return VFARB_REPLAY_OK;
	replay->snapshot.filled = 0;
	if (replay->snapshot.engine) {
		replay->snapshot.engine = false;
		verdict = snapshot_engine(replay, entry);
	} else {
		replay->snapshot.seen++;
		verdict = snapshot_line(replay, entry);
	}
	if (verdict != VFARB_REPLAY_OK) {
		replay->snapshot.active = false;
		return verdict;
	}
	if (replay->snapshot.seen < replay->snapshot.lines)
		return VFARB_REPLAY_OK;
	if (!is_whole(&replay->pick))
		return corrupt(replay, "heaps of a snapshot", entry);
	replay->snapshot.active = false;
	replay->snapshots++;
	replay->valid = true;
	return VFARB_REPLAY_OK;
}

/* What may come at any time, whether there is something to replay on or not. */
static bool is_for_snapshot(struct vfarb_replay *replay, const struct vfarb_record_entry *entry,
			    enum vfarb_replay_verdict *verdict)
{
	*verdict = VFARB_REPLAY_OK;
	switch (entry->type) {
	case VFARB_RECORD_LOST:
		replay->lost += entry->x;
		replay->valid = false;
		replay->snapshot.active = false;
		replay->has_wide = 0;
		return true;
	case VFARB_RECORD_SNAPSHOT:
		*verdict = snapshot_begin(replay, entry);
		return true;
	case VFARB_RECORD_STATE:
		if (replay->snapshot.active)
			*verdict = snapshot_state(replay, entry);
		else
			*verdict = VFARB_REPLAY_SKIPPED;
		return true;
	case VFARB_RECORD_EVENT:
		return true;
	}
	/* Nothing else comes between the entries of one snapshot. */
	if (replay->snapshot.active) {
		*verdict = corrupt(replay, "entry within a snapshot", entry);
		return true;
	}
	return false;
}

/**
 * vfarb_replay_entry - replay the next entry of a record
 * @replay: the replay
 * @entry: not trusted
 *
 * Return: what became of it.
 */
enum vfarb_replay_verdict vfarb_replay_entry(struct vfarb_replay *replay,
					     const struct vfarb_record_entry *entry)
{
	enum vfarb_replay_verdict verdict;
	struct vfarb_line *line = NULL;

	replay->entries++;
	if (is_for_snapshot(replay, entry, &verdict))
		return verdict;
	if (!replay->valid)
		return VFARB_REPLAY_SKIPPED;

	switch (entry->type) {
	case VFARB_RECORD_REMOVE:
	case VFARB_RECORD_SET:
	case VFARB_RECORD_REPRICE:
	case VFARB_RECORD_DESIGNATED:
		line = line_of(replay, entry->fn);
		if (!line)
			return differ(replay, "seat", entry->fn, 1, 0);
		break;
	case VFARB_RECORD_CHARGE:
	case VFARB_RECORD_SLICE:
		if (replay->grant.fn != entry->fn)
			return differ(replay, "holder of the engine", entry->fn, entry->fn,
				      replay->grant.fn);
		break;
	}

	switch (entry->type) {
	case VFARB_RECORD_ADD:
		return add(replay, entry);
	case VFARB_RECORD_REMOVE:
		remove_line(replay, line);
		break;
	case VFARB_RECORD_SET:
		if (entry->arg & VFARB_RECORD_HEAD) {
			line->head_size_ns = entry->y;
			line->head_time_ns = entry->time;
		}
		return line_set(replay, line, entry->arg, entry->val, entry->x, entry->time);
	case VFARB_RECORD_REPRICE:
		return reprice(replay, line, entry);
	case VFARB_RECORD_DESIGNATED:
		line->designated_ns = entry->x;
		break;
	case VFARB_RECORD_CHARGE:
		if (entry->arg & VFARB_RECORD_NO_WORK)
			idle(replay, entry->time);
		else
			charge(replay, entry->time, entry->x, entry->y, true);
		break;
	case VFARB_RECORD_WIDE:
		if (entry->arg != replay->has_wide || entry->arg > 1)
			return corrupt(replay, "order of wide values", entry);
		replay->wide[replay->has_wide++] = *entry;
		break;
	case VFARB_RECORD_SLICE:
		verdict = slice(replay, entry);
		replay->has_wide = 0;
		return verdict;
	case VFARB_RECORD_GRANT:
		return grant(replay, entry);
	case VFARB_RECORD_DROP:
		drop(replay, entry->arg);
		break;
	case VFARB_RECORD_POLICY:
		if (entry->arg >= VFARB_POLICIES || entry->val >= VFARB_ORDERS)
			return corrupt(replay, "policy", entry);
		vfarb_pick_set_policy(&replay->pick, entry->arg, entry->val);
		break;
	case VFARB_RECORD_SETTLE:
		settle(replay, entry);
		break;
	default:
		return corrupt(replay, "type of an entry", entry);
	}
	return VFARB_REPLAY_OK;
}
