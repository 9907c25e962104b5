// SPDX-License-Identifier: GPL-2.0
/*
 * The promises that the ledger and the pick alone have to keep (P1, P2, P3 and P6), over random
 * runs of a simulated engine. Prints TAP. A run that fails is made as short as it can be, and what
 * happened in it is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sim.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Clocks and virtual times wrap in the first ms of a run. */
#define SOON_WRAPS	(0 - 1000000ull)

static const u32 equal[] = { 15 };
static const u32 one_to_four[] = { 100, 200, 300, 400 };
static const u32 one_to_99[] = { 10, 990 };
static const u32 odd[] = { 7, 13, 1, 333, 1000, 97, 3 };
static const u32 many_and_one[] = {
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	500,
};

_Static_assert(ARRAY_SIZE(many_and_one) == 63, "62 VFs of volume 8 and one of 500");

struct test {
	const char *promise;
	struct sim_config config;
	size_t steps;
	double jain_least;	/* 0: not asked */
};

#define FAIR(vfs_, volumes_, features_) {					\
	.name = #volumes_, .vfs = vfs_, .volume = volumes_,			\
	.volumes = ARRAY_SIZE(volumes_), .features = features_,			\
	.start = SOON_WRAPS,							\
}

#define LAG(vfs, volumes)							\
	{ "P2 at every grant", FAIR(vfs, volumes, SIM_CHURN | SIM_TUNE), 40000, 0 }
/* All that have work, and nobody comes or goes: as EEVDF is proved. */
#define DUE(vfs_, volumes_, features_) { "P2 of deadline at every grant", {		\
		.name = #volumes_, .vfs = vfs_, .volume = volumes_,			\
		.volumes = ARRAY_SIZE(volumes_), .features = features_,			\
		.policy = VFARB_POLICY_DEADLINE, .start = SOON_WRAPS }, 40000, 0 }
#define FLOOR(vfs, volumes)							\
	{ "floor of lower priorities", FAIR(vfs, volumes, SIM_BUSY | SIM_LEVELS), 60000, 0 }
#define SHARE(vfs, volumes, steps)						\
	{ "shares", FAIR(vfs, volumes, SIM_BUSY), steps, 0.999 }

static const struct test tests[] = {
	{ "P1 P3 P6", FAIR(16, odd, SIM_ALL), 1000000, 0 },
	{ "P1 P3 P6", FAIR(63, odd, SIM_ALL), 300000, 0 },
	{ "P1 P3 P6", FAIR(3, one_to_four, SIM_ALL), 300000, 0 },
	{ "P1 P2 P6", FAIR(7, one_to_four, SIM_CHURN | SIM_TUNE | SIM_PRIORITY | SIM_LIES), 200000,
	  0 },
	LAG(2, equal), LAG(3, equal), LAG(7, equal), LAG(13, equal), LAG(31, equal), LAG(63, equal),
	LAG(2, one_to_four), LAG(3, one_to_four), LAG(7, one_to_four), LAG(13, one_to_four),
	LAG(31, one_to_four), LAG(63, one_to_four),
	LAG(2, one_to_99), LAG(3, one_to_99), LAG(7, one_to_99), LAG(13, one_to_99),
	LAG(31, one_to_99), LAG(63, one_to_99), LAG(63, many_and_one),
	DUE(2, one_to_99, SIM_BUSY), DUE(3, equal, SIM_BUSY), DUE(7, one_to_four, SIM_BUSY),
	DUE(13, odd, SIM_BUSY), DUE(31, one_to_four, SIM_BUSY), DUE(63, many_and_one, SIM_BUSY),
	DUE(2, one_to_99, SIM_CHURN), DUE(7, one_to_four, SIM_CHURN),
	DUE(63, many_and_one, SIM_CHURN), DUE(13, odd, SIM_CHURN | SIM_TUNE),
	FLOOR(3, equal), FLOOR(4, one_to_four), FLOOR(13, one_to_99), FLOOR(63, odd),
	SHARE(2, one_to_99, 120000), SHARE(4, one_to_four, 30000), SHARE(13, one_to_four, 100000),
	SHARE(63, many_and_one, 300000),
};

static u64 splitmix(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static const char *again(const struct sim_config *config, const u64 *step, size_t *steps)
{
	struct sim_figures figures;
	size_t failed;
	const char *why = sim_run(config, step, *steps, &figures, &failed);

	if (why && failed < *steps)
		*steps = failed + 1;
	return why;
}

/* Leaves away what a failure does not need, in ever smaller pieces. */
static size_t shrink(const struct sim_config *config, u64 *step, size_t steps)
{
	u64 *trial = malloc(steps * sizeof(*step));
	clock_t end = clock() + 5 * CLOCKS_PER_SEC;
	size_t piece, at, n;

	if (!trial)
		return steps;
	for (piece = steps / 2; piece && clock() < end; piece = piece > 1 ? piece / 2 : 0) {
		for (at = 0; at + piece <= steps && clock() < end;) {
			memcpy(trial, step, at * sizeof(*step));
			memcpy(trial + at, step + at + piece, (steps - at - piece) * sizeof(*step));
			n = steps - piece;
			if (again(config, trial, &n)) {
				memcpy(step, trial, n * sizeof(*step));
				steps = n;
			} else {
				at += piece;
			}
		}
	}
	free(trial);
	return steps;
}

static bool run(const struct test *test, unsigned int number, u64 seed, bool shorten)
{
	struct sim_figures figures = {};
	u64 *step = malloc(test->steps * sizeof(*step));
	u64 state = seed;
	const char *why;
	size_t failed, i, n;

	if (!step) {
		printf("not ok %u %s # no memory\n", number, test->promise);
		return false;
	}
	for (i = 0; i < test->steps; i++)
		step[i] = splitmix(&state);
	why = sim_run(&test->config, step, test->steps, &figures, &failed);
	if (why) {
		printf("# seed %llu, step %zu: %s\n", (unsigned long long)seed, failed, why);
		fflush(stdout);
		if (shorten) {
			n = shrink(&test->config, step, failed + 1);
			why = again(&test->config, step, &n);
			printf("# in %zu steps: %s\n", n, why ? why : "(not again)");
			sim_print_last();
		}
	} else if (test->jain_least > 0 &&
		   (figures.jain < test->jain_least || figures.fewest_grants < 200)) {
		printf("# seed %llu: Jain index %.6f, want %.3f; each had %llu grants or more\n",
		       (unsigned long long)seed, figures.jain, test->jain_least,
		       (unsigned long long)figures.fewest_grants);
		why = "unfair";
	} else if (!figures.grants ||
		   (!test->jain_least && !figures.compared && !figures.most_low)) {
		printf("# seed %llu: nothing was granted or compared\n", (unsigned long long)seed);
		why = "empty";
	} else {
		printf("# seed %llu: %llu grants by rule:\n"
		       "#   alone %llu, priority %llu, key %llu, slice %llu, first %llu\n",
		       (unsigned long long)seed, (unsigned long long)figures.grants,
		       (unsigned long long)figures.rule[VFARB_RULE_ALONE],
		       (unsigned long long)figures.rule[VFARB_RULE_PRIORITY],
		       (unsigned long long)figures.rule[VFARB_RULE_KEY],
		       (unsigned long long)figures.rule[VFARB_RULE_SLICE],
		       (unsigned long long)figures.rule[VFARB_RULE_FIRST]);
		printf("# %llu lags, the worst %.4f of its bound; %llu anomalies",
		       (unsigned long long)figures.compared, figures.worst_lag,
		       (unsigned long long)figures.anomalies);
		if (figures.most_low > 0)
			printf("; lower priorities got %.3f to %.3f of a window",
			       figures.least_low, figures.most_low);
		if (test->jain_least > 0)
			printf("; Jain index %.6f, %llu grants or more each", figures.jain,
			       (unsigned long long)figures.fewest_grants);
		printf("\n");
	}
	free(step);
	printf("%sok %u %s: %u VFs of volume %s, %zu steps\n", why ? "not " : "", number,
	       test->promise, test->config.vfs, test->config.name, test->steps);
	fflush(stdout);
	return !why;
}

int main(int argc, char **argv)
{
	u64 seed = 20261120;
	unsigned int i, failures = 0, only = 0;
	bool first = argc == 2 && !strcmp(argv[1], "--first");

	if (argc > 3 || (argc > 1 && !strcmp(argv[1], "--help"))) {
		printf("Usage: promises [--first | SEED [NUMBER]]\n\n"
		       "Run all tests, or test NUMBER, with random numbers from SEED.\n"
		       "  --first  end with the first that fails, and leave its run as it is\n");
		return argc > 3 ? 2 : 0;
	}
	if (argc > 1 && !first)
		seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		only = strtoul(argv[2], NULL, 0);
	printf("TAP version 13\n1..%zu\n", only ? 1 : ARRAY_SIZE(tests));
	for (i = 0; i < ARRAY_SIZE(tests) && !(first && failures); i++)
		if (!only || only == i + 1)
			failures += !run(&tests[i], i + 1, seed + i, !first);
	return failures ? 1 : 0;
}
