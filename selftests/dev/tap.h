/* SPDX-License-Identifier: GPL-2.0 */
/* What a test program says, in TAP. */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned int tap_run;
static unsigned int tap_failed;

static inline __attribute__((format(printf, 2, 3))) bool ok(bool passed, const char *name, ...)
{
	va_list args;

	printf("%sok %u - ", passed ? "" : "not ", ++tap_run);
	va_start(args, name);
	vprintf(name, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	tap_failed += !passed;
	return passed;
}

static inline bool is(long long got, long long wanted, const char *name)
{
	if (got != wanted)
		printf("# got %lld, wanted %lld\n", got, wanted);
	return ok(got == wanted, "%s", name);
}

/* What nothing can be tested without. */
static inline __attribute__((format(printf, 2, 3))) void need(bool passed, const char *what, ...)
{
	va_list args;

	if (passed)
		return;
	printf("Bail out! ");
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

static inline int finish(void)
{
	printf("1..%u\n", tap_run);
	return tap_failed ? 1 : 0;
}

/* The same numbers everywhere, whatever the C library is. */
static uint64_t random_state = 1;

static inline uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dull;
}

/* 0 .. below - 1 */
static inline uint64_t random_below(uint64_t below)
{
	return (random64() >> 16) % below;
}

#endif /* TAP_H */
