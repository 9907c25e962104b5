// SPDX-License-Identifier: GPL-2.0
/* vfarb log, vfarb replay */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "record.h"

#define NODE	"/dev/vfarb/record"

const char log_usage[] = "accelN/engineN|FILE [follow]\n"
	"  vfarb log accelN/engineN save FILE [follow]";
const char replay_usage[] = "accelN/engineN|FILE";

/* ---- words ---- */

const char *record_fn(unsigned int fn, char *text)
{
	if (fn == VFARB_RECORD_FN_NONE)
		snprintf(text, UNITS_MAX, "nobody");
	else if (!fn)
		snprintf(text, UNITS_MAX, "pf");
	else
		snprintf(text, UNITS_MAX, "vf%u", fn - 1);
	return text;
}

static const char *word_at(const char *const *words, unsigned int count, unsigned int index)
{
	return index < count && words[index] ? words[index] : "unknown";
}

#define WORD_OF(words, index)	word_at(words, sizeof(words) / sizeof(*(words)), index)

const char *record_rule(unsigned int rule)
{
	static const char *const words[] = {
		[VFARB_RULE_ALONE] = "alone", [VFARB_RULE_PRIORITY] = "priority",
		[VFARB_RULE_FLOOR] = "floor", [VFARB_RULE_KEY] = "key",
		[VFARB_RULE_SLICE] = "last-slice", [VFARB_RULE_FIRST] = "first-grant",
	};

	return WORD_OF(words, rule);
}

const char *record_event(unsigned int type)
{
	static const char *const words[] = {
		[VFARB_EV_OVER_BUDGET] = "over-budget", [VFARB_EV_OVERSTAY] = "overstay",
		[VFARB_EV_PREEMPT_FAILED] = "preempt-failed", [VFARB_EV_THROTTLED] = "throttled",
		[VFARB_EV_QUARANTINED] = "quarantined", [VFARB_EV_VF_RESET] = "vf-reset",
		[VFARB_EV_VF_RESET_DONE] = "vf-reset-done",
		[VFARB_EV_VF_RESET_FAILED] = "vf-reset-failed", [VFARB_EV_RELEASED] = "released",
		[VFARB_EV_FORGIVEN] = "forgiven", [VFARB_EV_ENGINE_DEAD] = "engine-dead",
		[VFARB_EV_ENGINE_RESET] = "engine-reset",
		[VFARB_EV_ENGINE_RESET_FAILED] = "engine-reset-failed",
		[VFARB_EV_ENGINE_BACK] = "engine-back", [VFARB_EV_LOST_END] = "lost-end",
		[VFARB_EV_LIMIT] = "limit",
	};

	return WORD_OF(words, type);
}

const char *record_limit(unsigned int limit)
{
	static const char *const words[] = {
		[VFARB_LIMIT_FAULTS] = "faults", [VFARB_LIMIT_RESETS] = "resets",
		[VFARB_LIMIT_DOORBELLS] = "doorbells", [VFARB_LIMIT_IRQS] = "irqs",
	};

	return WORD_OF(words, limit);
}

const char *record_blocked(unsigned int blocked, char *text, size_t size)
{
	static const char *const words[] = { "operator", "cap", "throttle", "quarantine" };
	size_t length = 0;

	snprintf(text, size, "no");
	for (unsigned int i = 0; i < 32 && length < size; i++)
		if (blocked & 1u << i)
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length ? "," : "", WORD_OF(words, i));
	return text;
}

static const char *reason_word(unsigned int reason)
{
	static const char *const words[] = {
		[1] = "expired", [2] = "empty", [3] = "preempted", [4] = "fault", [5] = "reset",
		[6] = "disabled", [7] = "lost",
	};

	return WORD_OF(words, reason);
}

/* ---- reading ---- */

static int read_all(int fd, void *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, (char *)to + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += (size_t)n;
	}
	if (!done)
		return 0;
	if (done < size) {
		errno = EPROTO;
		return -1;
	}
	return 1;
}

static int failed(const struct record *record, const char *why)
{
	print_source();
	fprintf(stderr, "%s: %s\n", record->what, why);
	return REFUSED;
}

static int attach(struct record *record, const struct name *name, bool follow)
{
	struct vfarb_record_attach attach = { .accel = name->accel, .engine = name->index };

	record->fd = open(NODE, O_RDONLY | O_CLOEXEC | (follow ? 0 : O_NONBLOCK));
	if (record->fd < 0) {
		print_source();
		fprintf(stderr, "%s: %s%s\n", NODE, strerror(errno),
			errno == ENOENT ? ": is the module vfarb loaded?" : "");
		return REFUSED;
	}
	if (!ioctl(record->fd, VFARB_RECORD_ATTACH, &attach))
		return DONE;
	if (errno == EOPNOTSUPP)
		return failed(record, "nothing is recorded: the module was loaded with"
			      " record_entries=0");
	return failed(record, errno == ENODEV ? "there is no such engine" : strerror(errno));
}

int record_open(struct record *record, const char *word, bool follow)
{
	const struct vfarb_record_head *head = &record->head;
	struct name name;
	int got, status;

	*record = (struct record) { .fd = -1, .what = word };
	record->live = !name_read(ENGINE, word, &name);
	if (record->live && name.whole)
		return bad(word, "names no engine: write %s/engine0", word);
	if (record->live) {
		status = attach(record, &name, follow);
		if (status)
			return status;
	} else {
		record->fd = open(word, O_RDONLY | O_CLOEXEC);
		if (record->fd < 0)
			return failed(record, strerror(errno));
	}
	got = read_all(record->fd, &record->head, sizeof(record->head));
	if (got < 0 && errno != EPROTO)
		return failed(record, strerror(errno));
	if (got <= 0 || head->magic != VFARB_RECORD_MAGIC)
		return failed(record, "this is no decision record of a machine like this one");
	if (head->version != VFARB_RECORD_VERSION || head->head_size != sizeof(*head) ||
	    head->entry_size != sizeof(struct vfarb_record_entry) || !head->fns ||
	    head->fns >= VFARB_RECORD_FN_NONE)
		return failed(record, "this decision record is of another version");
	return DONE;
}

void record_close(struct record *record)
{
	if (record->fd >= 0)
		close(record->fd);
	record->fd = -1;
}

int record_next(struct record *record, struct vfarb_record_entry *entry)
{
	static struct vfarb_record_entry batch[512];
	static unsigned int next, count;
	ssize_t n;
	size_t rest;

	if (next == count) {
		do
			n = read(record->fd, batch, sizeof(batch));
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0) {
			failed(record, strerror(errno));
			return -1;
		}
		rest = (size_t)n % sizeof(*batch);
		/* A file may give less than was asked for, though not at the end of an entry. */
		if (rest && read_all(record->fd, (char *)batch + n, sizeof(*batch) - rest) <= 0) {
			failed(record, "the last entry is cut off");
			n -= (ssize_t)rest;
			if (!n)
				return -1;
			rest = 0;
		}
		next = 0;
		count = (unsigned int)(((size_t)n + (rest ? sizeof(*batch) - rest : 0)) /
				       sizeof(*batch));
		if (!count)
			return 0;
	}
	*entry = batch[next++];
	return 1;
}

/* ---- vfarb log ---- */

static void log_flags(uint8_t flags)
{
	out_bool("backlogged", flags & VFARB_RECORD_BACKLOGGED);
	if (flags & VFARB_RECORD_LEFT)
		out_bool("leaves", true);
}

static void log_event(const struct vfarb_record_entry *entry)
{
	out_word("event", record_event(entry->val));
	switch (entry->val) {
	case VFARB_EV_OVER_BUDGET:
	case VFARB_EV_OVERSTAY:
		out_time("ran", entry->x);
		out_time("budget", entry->y);
		break;
	case VFARB_EV_THROTTLED:
	case VFARB_EV_QUARANTINED:
		if (entry->x == ~0ull)
			out_word("until", "released");
		else
			out_time("until", entry->x);
		out_number("strike", entry->y);
		break;
	case VFARB_EV_LIMIT:
		out_word("of", record_limit(entry->arg));
		out_number("most", entry->x);
		out_time("period", entry->y);
		break;
	}
}

static void log_slice(const struct vfarb_record_entry *entry)
{
	out_word("reason", reason_word(VFARB_RECORD_REASON(entry->arg)));
	out_time("ran", (uint32_t)entry->x);
	out_time("switching", entry->x >> 32);
	out_bool("backlogged", entry->arg & VFARB_RECORD_BACKLOGGED);
}

static void log_entry(const struct vfarb_record_entry *entry)
{
	static const char *const words[] = {
		[VFARB_RECORD_SNAPSHOT] = "snapshot", [VFARB_RECORD_STATE] = "state",
		[VFARB_RECORD_LOST] = "lost", [VFARB_RECORD_ADD] = "add",
		[VFARB_RECORD_REMOVE] = "remove", [VFARB_RECORD_SET] = "set",
		[VFARB_RECORD_REPRICE] = "reprice", [VFARB_RECORD_DESIGNATED] = "slice-set",
		[VFARB_RECORD_CHARGE] = "charge", [VFARB_RECORD_WIDE] = "wide",
		[VFARB_RECORD_SLICE] = "slice-end", [VFARB_RECORD_GRANT] = "grant",
		[VFARB_RECORD_DROP] = "drop", [VFARB_RECORD_POLICY] = "policy",
		[VFARB_RECORD_SETTLE] = "settle", [VFARB_RECORD_EVENT] = "event",
	};
	char text[80];

	/* What only a replay can use. */
	if (entry->type == VFARB_RECORD_STATE || entry->type == VFARB_RECORD_WIDE ||
	    entry->type == VFARB_RECORD_SETTLE)
		return;
	out_begin(WORD_OF(words, entry->type));
	if (entry->type != VFARB_RECORD_LOST)
		out_time("at", entry->time);
	if (entry->fn != VFARB_RECORD_FN_NONE || entry->type == VFARB_RECORD_GRANT)
		out_word("fn", record_fn(entry->fn, text));
	switch (entry->type) {
	case VFARB_RECORD_LOST:
		out_number("entries", entry->x);
		break;
	case VFARB_RECORD_SNAPSHOT:
		out_number("vfs", entry->val);
		break;
	case VFARB_RECORD_ADD:
		out_number("volume", entry->val);
		out_number("priority", entry->arg);
		out_time("slice", entry->x);
		break;
	case VFARB_RECORD_SET:
		log_flags(entry->arg);
		out_word("blocked", record_blocked(entry->val, text, sizeof(text)));
		break;
	case VFARB_RECORD_REPRICE:
		out_number("volume", entry->val);
		out_number("priority", VFARB_RECORD_PRIORITY(entry->arg));
		break;
	case VFARB_RECORD_DESIGNATED:
		out_time("slice", entry->x);
		break;
	case VFARB_RECORD_CHARGE:
		out_time("ran", entry->x);
		out_time("switching", entry->y);
		break;
	case VFARB_RECORD_SLICE:
		log_slice(entry);
		break;
	case VFARB_RECORD_GRANT:
		if (entry->fn == VFARB_RECORD_FN_NONE)
			break;
		out_time("slice", entry->x);
		out_word("rule", record_rule(entry->arg));
		out_word("before", record_fn(entry->val & 0xffff, text));
		out_number("waiting", entry->val >> 16);
		break;
	case VFARB_RECORD_DROP:
		out_bool("refused", entry->arg);
		break;
	case VFARB_RECORD_POLICY:
		out_number("policy", entry->arg);
		out_number("order", entry->val);
		break;
	case VFARB_RECORD_EVENT:
		log_event(entry);
		break;
	}
	out_end();
}

static int save(struct record *record, const char *file)
{
	FILE *to = fopen(file, "wbe");
	struct vfarb_record_entry entry;
	int got = 1;

	if (!to)
		return bad(file, "cannot be written: %s", strerror(errno));
	fwrite(&record->head, sizeof(record->head), 1, to);
	while (!ferror(to) && (got = record_next(record, &entry)) > 0)
		fwrite(&entry, sizeof(entry), 1, to);
	if (ferror(to) | fclose(to)) {
		print_source();
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return REFUSED;
	}
	return got < 0 ? REFUSED : DONE;
}

int log_main(int argc, char **argv)
{
	static const char *const words[] = { "follow", "save", NULL };
	const char *name = argc ? *argv : NULL, *file = NULL;
	struct vfarb_record_entry entry;
	struct record record;
	bool follow = false;
	int status, got;

	if (!name)
		return bad(NULL, "the name of an engine or a file is missing");
	while (--argc > 0) {
		int word = find_word(*++argv, words);

		if (word == 0) {
			follow = true;
		} else if (word == 1 && argc > 1) {
			file = *++argv;
			argc--;
		} else if (word == 1) {
			return bad(*argv, "needs the name of a file");
		} else {
			return bad(*argv, "is no keyword of log: use follow or save");
		}
	}
	status = record_open(&record, name, follow);
	if (status || file) {
		if (!status)
			status = save(&record, file);
		record_close(&record);
		return status;
	}
	out_list_begin();
	while ((got = record_next(&record, &entry)) > 0) {
		log_entry(&entry);
		if (follow)
			fflush(stdout);
	}
	out_list_end();
	record_close(&record);
	return got < 0 ? REFUSED : DONE;
}

/* ---- vfarb replay ---- */

static void print_difference(const struct vfarb_replay *replay, enum vfarb_replay_verdict verdict)
{
	const struct vfarb_replay_difference *d = &replay->difference;
	char name[UNITS_MAX];

	out_begin(verdict == VFARB_REPLAY_CORRUPT ? "nonsense" : "difference");
	out_number("entry", replay->entries);
	out_number("grant", replay->grants);
	out_text("in", d->what);
	out_word("fn", record_fn(d->fn, name));
	out_number("recorded", d->recorded);
	out_number("replayed", d->replayed);
	out_end();
}

int replay_main(int argc, char **argv)
{
	struct vfarb_record_entry entry;
	struct vfarb_replay *replay;
	struct record record;
	int status, got;

	if (argc != 1)
		return bad(NULL, "one name of an engine or a file is needed");
	status = record_open(&record, *argv, false);
	if (status) {
		record_close(&record);
		return status;
	}
	replay = malloc(vfarb_replay_size(record.head.fns));
	if (!replay) {
		record_close(&record);
		return failed(&record, strerror(ENOMEM));
	}
	vfarb_replay_init(replay, record.head.fns);
	out_list_begin();
	while ((got = record_next(&record, &entry)) > 0) {
		enum vfarb_replay_verdict verdict = vfarb_replay_entry(replay, &entry);

		/* What follows a difference follows from it. */
		if (verdict == VFARB_REPLAY_DIFFERENT || verdict == VFARB_REPLAY_CORRUPT) {
			print_difference(replay, verdict);
			status = REFUSED;
			break;
		}
	}
	out_begin("replay");
	out_number("entries", replay->entries);
	out_number("grants", replay->grants);
	out_number("snapshots", replay->snapshots);
	out_number("lost", replay->lost);
	out_bool("same", !replay->differences && replay->grants);
	out_end();
	out_list_end();
	if (got < 0 || !replay->grants)
		status = REFUSED;
	free(replay);
	record_close(&record);
	return status;
}
