// SPDX-License-Identifier: GPL-2.0
/* vfarb explain: why a VF ran or did not, in words, from the decision record. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "record.h"

const char explain_usage[] = "accelN/vfN|accelN/pf [engine N] [file FILE]";

#define BLOCKS	4

/* Why one VF went before the one that is explained. */
struct rival {
	uint64_t ran_ns;
	uint64_t grants;
	/* At its last grant: */
	unsigned int rule;
	enum vfarb_policy policy;
	enum vfarb_order order;
	int64_t ahead_ns;	/* virtual time */
};

/* A time in which the VF had work and did not run. */
struct wait {
	bool begun;		/* else it began before the record */
	uint64_t from_ns, to_ns;
	uint64_t blocked_ns[BLOCKS];
	uint64_t idle_ns;
	struct rival *rival;	/* by function number */
};

struct explainer {
	struct vfarb_replay *replay;
	unsigned int fn;
	uint64_t now_ns;
	bool waits;
	struct wait now, last, longest;
	struct vfarb_record_entry event, offence;
	bool has_event, has_offence;
	uint64_t waits_ended;
};

static const char *const blocked_by[BLOCKS] = {
	"an operator forbade it to run", "it was at its cap", "it was throttled",
	"it was in quarantine",
};

static void copy_wait(struct wait *to, const struct wait *from, unsigned int fns)
{
	struct rival *rival = to->rival;

	memcpy(rival, from->rival, fns * sizeof(*rival));
	*to = *from;
	to->rival = rival;
}

static void begin_wait(struct explainer *x, uint64_t now_ns, bool begun)
{
	struct rival *rival = x->now.rival;

	memset(rival, 0, x->replay->fns * sizeof(*rival));
	x->now = (struct wait) {
		.begun = begun, .from_ns = now_ns, .to_ns = now_ns, .rival = rival,
	};
	x->waits = true;
}

static void end_wait(struct explainer *x, uint64_t now_ns)
{
	x->now.to_ns = now_ns;
	x->waits = false;
	x->waits_ended++;
	copy_wait(&x->last, &x->now, x->replay->fns);
	if (x->waits_ended == 1 || x->now.to_ns - x->now.from_ns >
	    x->longest.to_ns - x->longest.from_ns)
		copy_wait(&x->longest, &x->now, x->replay->fns);
}

/* The time up to @now_ns belongs to what was so before. */
static void pass(struct explainer *x, uint64_t now_ns)
{
	const struct vfarb_line *line = &x->replay->line[x->fn];
	unsigned int holder = x->replay->grant.fn;
	int64_t passed = (int64_t)(now_ns - x->now_ns);

	if (passed <= 0)
		return;
	x->now_ns = now_ns;
	if (!x->waits)
		return;
	x->now.to_ns = now_ns;
	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (line->blocked & 1u << i) {
			x->now.blocked_ns[i] += (uint64_t)passed;
			return;
		}
	}
	if (holder < x->replay->fns)
		x->now.rival[holder].ran_ns += (uint64_t)passed;
	else
		x->now.idle_ns += (uint64_t)passed;
}

/* Somebody else was granted the engine: how does it compare with the one that is explained? */
static void note_rival(struct explainer *x, const struct vfarb_record_entry *entry)
{
	struct vfarb_replay *replay = x->replay;
	const struct vfarb_line *line = &replay->line[x->fn], *winner;
	struct rival *rival;
	bool first;

	if (!x->waits || line->blocked || entry->fn >= replay->fns || entry->fn == x->fn)
		return;
	winner = &replay->line[entry->fn];
	rival = &x->now.rival[entry->fn];
	rival->grants++;
	rival->rule = vfarb_pick_compare(&replay->pick, winner, line, &first);
	if (rival->rule == VFARB_RULE_PRIORITY && !first)
		rival->rule = VFARB_RULE_FLOOR;
	rival->policy = replay->pick.policy;
	rival->order = replay->pick.order;
	rival->ahead_ns = (int64_t)(line->vtime - winner->vtime);
}

static void take(struct explainer *x, const struct vfarb_record_entry *entry)
{
	struct vfarb_replay *replay = x->replay;
	bool had = replay->valid;
	bool waits;

	switch (entry->type) {
	case VFARB_RECORD_STATE:
	case VFARB_RECORD_LOST:
	case VFARB_RECORD_WIDE:
		break;
	case VFARB_RECORD_EVENT:
		if (entry->fn == x->fn || entry->fn == VFARB_RECORD_FN_NONE) {
			bool offence = entry->val == VFARB_EV_THROTTLED ||
				       entry->val == VFARB_EV_QUARANTINED;

			*(offence ? &x->offence : &x->event) = *entry;
			*(offence ? &x->has_offence : &x->has_event) = true;
		}
		break;
	default:
		if (had && replay->seated[x->fn])
			pass(x, entry->time);
		else
			x->now_ns = entry->time;
	}
	vfarb_replay_entry(replay, entry);
	if (!replay->valid) {
		x->waits = false;
		return;
	}
	if (entry->type == VFARB_RECORD_GRANT)
		note_rival(x, entry);
	waits = replay->seated[x->fn] && replay->line[x->fn].backlogged &&
		replay->grant.fn != x->fn;
	if (waits && !x->waits)
		begin_wait(x, x->now_ns, had);
	else if (!waits && x->waits)
		end_wait(x, x->now_ns);
}

/* ---- words ---- */

static const char *about(uint64_t ns)
{
	static char text[8][UNITS_MAX];
	static unsigned int next;

	next = (next + 1) % 8;
	return units_short_time((int64_t)ns, text[next]);
}

static const char *why(const struct rival *rival, char *text, size_t size)
{
	switch (rival->rule) {
	case VFARB_RULE_PRIORITY:
		return "has the higher priority";
	case VFARB_RULE_FLOOR:
		return "is owed what lower priorities keep";
	case VFARB_RULE_SLICE:
		return "was level, and had the shorter slice last";
	case VFARB_RULE_FIRST:
		return "was level, and came first";
	case VFARB_RULE_KEY:
		break;
	default:
		return "held it already";
	}
	switch (rival->policy) {
	case VFARB_POLICY_LEAST_TIME:
	case VFARB_POLICY_FIXED_SHARE:
		if (rival->order == VFARB_ORDER_RAW && rival->policy == VFARB_POLICY_LEAST_TIME)
			return "had run for less";
		snprintf(text, size, "had %s less virtual time", about((uint64_t)rival->ahead_ns));
		return text;
	case VFARB_POLICY_DEADLINE:
		return "had the earlier virtual deadline, or this one had its due";
	case VFARB_POLICY_ROUND_ROBIN:
		return "had the turn";
	case VFARB_POLICY_FIFO:
		return "had the older submission";
	case VFARB_POLICY_SHORTEST:
		return "had the smaller submission";
	case VFARB_POLICY_RELATIVE_LATENCY:
		return "had waited longer for its size";
	default:
		return "went first by the policy";
	}
}

static void print_wait(const struct explainer *x, const char *key, const struct wait *wait)
{
	char text[200], name[UNITS_MAX];

	out_nested_begin(NULL, key);
	out_short_time("waited", (int64_t)(wait->to_ns - wait->from_ns));
	out_time("from", wait->from_ns);
	out_time("to", wait->to_ns);
	if (!wait->begun)
		out_bool("begun-before", true);
	out_nested_end();
	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (!wait->blocked_ns[i])
			continue;
		out_nested_begin(NULL, "because");
		out_short_time("for", (int64_t)wait->blocked_ns[i]);
		out_text("why", blocked_by[i]);
		out_nested_end();
	}
	for (unsigned int fn = 0; fn < x->replay->fns; fn++) {
		const struct rival *rival = &wait->rival[fn];
		char reason[120];

		if (!rival->ran_ns)
			continue;
		snprintf(text, sizeof(text), "%s had the engine: it %s", record_fn(fn, name),
			 rival->grants ? why(rival, reason, sizeof(reason)) :
			 "held it already");
		out_nested_begin(NULL, "because");
		out_short_time("for", (int64_t)rival->ran_ns);
		out_number("grants", rival->grants);
		out_text("why", text);
		out_nested_end();
	}
	if (wait->idle_ns) {
		out_nested_begin(NULL, "because");
		out_short_time("for", (int64_t)wait->idle_ns);
		out_text("why", "nobody had the engine");
		out_nested_end();
	}
}

static void print_offence(const struct explainer *x)
{
	const struct vfarb_record_entry *e = &x->offence;
	char text[200];

	if (e->x == ~0ull)
		snprintf(text, sizeof(text),
			 "strike %" PRIu64 " at %s: in quarantine until an operator releases it",
			 (uint64_t)e->y, about(e->time));
	else
		snprintf(text, sizeof(text), "strike %" PRIu64 " at %s: %s for %s", (uint64_t)e->y,
			 about(e->time),
			 e->val == VFARB_EV_THROTTLED ? "throttled" : "in quarantine and reset",
			 about(e->x - e->time));
	out_nested_begin(NULL, "offence");
	out_text("what", text);
	out_nested_end();
}

static void print_now(const struct explainer *x)
{
	const struct vfarb_line *line = &x->replay->line[x->fn];
	char text[200], name[UNITS_MAX];

	if (!x->replay->seated[x->fn])
		snprintf(text, sizeof(text), "there is no such VF");
	else if (x->replay->grant.fn == x->fn)
		snprintf(text, sizeof(text), "it has the engine");
	else if (!line->backlogged)
		snprintf(text, sizeof(text), "it has no work");
	else if (line->blocked & 8 && x->has_offence && x->offence.x == ~0ull)
		snprintf(text, sizeof(text), "it is in quarantine until an operator releases it");
	else if (line->blocked & 12 && x->has_offence)
		snprintf(text, sizeof(text), "it is %s until %s, for %s more",
			 line->blocked & 8 ? "in quarantine" : "throttled", about(x->offence.x),
			 about(x->offence.x > x->now_ns ? x->offence.x - x->now_ns : 0));
	else if (line->blocked & 1)
		snprintf(text, sizeof(text), "an operator forbids it to run");
	else if (line->blocked)
		snprintf(text, sizeof(text), "it is at its cap");
	else
		snprintf(text, sizeof(text), "it waits while %s has the engine",
			 record_fn(x->replay->grant.fn, name));
	out_text("now", text);
}

static void print(const struct explainer *x, const char *name)
{
	out_list_begin();
	out_begin(name);
	print_now(x);
	out_time("at", x->now_ns);
	out_nest_begin("waits");
	if (x->waits)
		print_wait(x, "wait-now", &x->now);
	if (x->waits_ended)
		print_wait(x, "wait-last", &x->last);
	if (x->waits_ended > 1)
		print_wait(x, "wait-longest", &x->longest);
	if (x->has_offence)
		print_offence(x);
	out_nest_end();
	out_end();
	out_list_end();
}

/* ---- the command ---- */

static int explain(struct record *record, const struct name *vf, const char *word)
{
	struct vfarb_record_entry entry;
	unsigned int fns = record->head.fns;
	struct explainer x = { .fn = vf->index };
	int got = 0, status = REFUSED;

	if (vf->index >= fns)
		return bad(word, "is more than the accelerator has: %u", fns - 1);
	x.replay = malloc(vfarb_replay_size(fns));
	x.now.rival = calloc(fns, sizeof(struct rival));
	x.last.rival = calloc(fns, sizeof(struct rival));
	x.longest.rival = calloc(fns, sizeof(struct rival));
	if (x.replay && x.now.rival && x.last.rival && x.longest.rival) {
		vfarb_replay_init(x.replay, fns);
		while ((got = record_next(record, &entry)) > 0)
			take(&x, &entry);
		if (!got) {
			print(&x, word);
			status = DONE;
		}
	}
	free(x.longest.rival);
	free(x.last.rival);
	free(x.now.rival);
	free(x.replay);
	return status;
}

int explain_main(int argc, char **argv)
{
	static const char *const words[] = { "engine", "file", NULL };
	const char *file = NULL, *wrong, *word;
	char text[UNITS_MAX];
	uint64_t engine = 0;
	struct record record;
	struct name vf;
	int status;

	if (!argc)
		return bad(NULL, "the name of a VF is missing");
	word = *argv;
	wrong = name_read(VF, word, &vf);
	if (wrong || vf.whole)
		return bad(word, "%s", wrong ? wrong : "names no VF: write accel0/vf0 or accel0/pf");
	for (argv++, argc--; argc > 0; argv += 2, argc -= 2) {
		int keyword = find_word(*argv, words);

		if (keyword < 0)
			return bad(*argv, "is no keyword of explain: use engine or file");
		if (argc < 2)
			return bad(*argv, "needs a value");
		if (keyword == 1) {
			file = argv[1];
			continue;
		}
		wrong = units_read_number(argv[1], &engine);
		if (wrong || engine > UINT32_MAX)
			return bad(argv[1], "%s", wrong ? wrong : "is too large");
	}
	name_print(ENGINE, &(struct name) { .accel = vf.accel, .index = (uint32_t)engine }, text);
	status = record_open(&record, file ? file : text, false);
	if (!status)
		status = explain(&record, &vf, word);
	record_close(&record);
	return status;
}
