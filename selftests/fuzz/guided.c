// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/kcov.h>

#include "guided.h"

#define LENGTH_MAX	512
#define CORPUS_MAX	8192
#define PLACES		(1u << 16)	/* of the hash set */
#define TRACE_WORDS	(64u << 10)

/* Fewer places than this means that the modules were not instrumented or not reached. */
#define PLACES_LEAST	50

struct entry {
	uint8_t *data;
	size_t length;
};

static struct entry corpus[CORPUS_MAX];
static size_t entries;
static uint64_t places[PLACES];
static size_t places_seen;
static unsigned long *trace;
static int kcov;
static uint64_t state;

/* xorshift64*: the same inputs for the same seed. */
static uint64_t number(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static size_t below(size_t limit)
{
	return number() % limit;
}

static const char *open_kcov(void)
{
	kcov = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (kcov < 0)
		return "this kernel has no KCOV";
	if (ioctl(kcov, KCOV_INIT_TRACE, TRACE_WORDS))
		return "KCOV_INIT_TRACE fails";
	trace = mmap(NULL, TRACE_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE, MAP_SHARED,
		     kcov, 0);
	return trace == MAP_FAILED ? "KCOV cannot be mapped" : NULL;
}

/* Whether a place was seen for the first time. */
static bool note_place(uint64_t place)
{
	size_t slot = place * 0x9e3779b97f4a7c15ull >> 48;

	while (places[slot]) {
		if (places[slot] == place)
			return false;
		slot = (slot + 1) % PLACES;
	}
	if (places_seen < PLACES / 2) {
		places[slot] = place;
		places_seen++;
	}
	return true;
}

static bool run_traced(const struct target *target, const uint8_t *data, size_t length)
{
	struct input input = { data, length };
	unsigned long count, i;
	bool found = false;

	if (ioctl(kcov, KCOV_ENABLE, KCOV_TRACE_PC))
		return false;
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
	target->run(&input);
	count = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);
	ioctl(kcov, KCOV_DISABLE, 0);
	for (i = 1; i <= count && i < TRACE_WORDS; i++)
		found |= note_place(trace[i]);
	return found;
}

static size_t vary(uint8_t *data, size_t length)
{
	size_t at = length ? below(length) : 0, piece, i;
	const struct entry *other;

	switch (below(8)) {
	case 0:
		if (length)
			data[at] ^= 1u << below(8);
		break;
	case 1:
		if (length)
			data[at] = number();
		break;
	case 2:
		if (length)
			data[at] += (int)below(17) - 8;
		break;
	case 3:
		piece = 1 + below(8);
		if (length + piece > LENGTH_MAX)
			break;
		memmove(data + at + piece, data + at, length - at);
		for (i = 0; i < piece; i++)
			data[at + i] = number();
		length += piece;
		break;
	case 4:
		piece = 1 + below(16);
		if (at + piece > length)
			break;
		memmove(data + at, data + at + piece, length - at - piece);
		length -= piece;
		break;
	case 5:
		/* Repeat a piece: call twice what was called once. */
		piece = 1 + below(64);
		if (at + piece > length || length + piece > LENGTH_MAX)
			break;
		memmove(data + at + piece, data + at, length - at);
		length += piece;
		break;
	default:
		/* The beginning of this and the end of another. */
		if (!entries)
			break;
		other = &corpus[below(entries)];
		i = other->length ? below(other->length) : 0;
		piece = other->length - i;
		if (at + piece > LENGTH_MAX)
			break;
		memcpy(data + at, other->data + i, piece);
		length = at + piece;
		break;
	}
	return length;
}

static void keep(const uint8_t *data, size_t length)
{
	struct entry *entry = entries < CORPUS_MAX ? &corpus[entries++] : &corpus[below(entries)];

	free(entry->data);
	entry->data = malloc(length + 1);
	if (!entry->data)
		abort();
	memcpy(entry->data, data, length);
	entry->length = length;
}

/* Only there to end calls that wait. */
static void on_alarm(int signal)
{
	(void)signal;
}

int fuzz(const struct target *target, int argc, char **argv)
{
	const struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction action = { .sa_handler = on_alarm };
	const char *error = NULL;
	uint64_t rounds, seconds, round;
	uint8_t data[LENGTH_MAX];
	size_t length, n;
	time_t end;

	if (argc < 4) {
		fprintf(stderr, "usage: %s ROUNDS SECONDS SEED ...\n", argv[0]);
		return 1;
	}
	rounds = strtoull(argv[1], NULL, 0);
	seconds = strtoull(argv[2], NULL, 0);
	state = strtoull(argv[3], NULL, 0) * 2 + 1;
	error = open_kcov();
	if (error) {
		printf("1..0 # SKIP %s\n", error);
		return 4;
	}
	error = target->begin(argc - 4, argv + 4);
	printf("TAP version 13\n1..2\n");
	if (error) {
		printf("Bail out! %s: %s\n", error, strerror(errno));
		return 1;
	}
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	end = time(NULL) + seconds;
	for (round = 0; (!rounds || round < rounds) && (!seconds || time(NULL) < end); round++) {
		if (entries && below(16)) {
			const struct entry *base = &corpus[below(entries)];

			length = base->length;
			memcpy(data, base->data, length);
		} else {
			length = below(64);
			for (n = 0; n < length; n++)
				data[n] = number();
		}
		for (n = 1 + below(4); n; n--)
			length = vary(data, length);
		if (run_traced(target, data, length))
			keep(data, length);
	}
	printf("# %s: %" PRIu64 " inputs, %zu kept, %zu places in the modules reached\n",
	       target->name, round, entries, places_seen);
	printf("ok 1 all inputs were taken\n");
	printf("%sok 2 the modules are instrumented and reached\n",
	       places_seen < PLACES_LEAST ? "not " : "");
	return places_seen < PLACES_LEAST;
}
