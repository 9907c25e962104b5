// SPDX-License-Identifier: GPL-2.0
/*
 * How long a submit call takes, in ns: of one submission to an idle VF, to one
 * that is busy, and per submission of 16. Only a deterministic guest's figures
 * repeat, and those are instructions.
 *
 * submit-time NODE
 */
#include <string.h>
#include <time.h>

#include <libvfarb.h>

#include "tap.h"

#define ROUNDS	64

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void drain(struct vfarb_vf *vf, unsigned int count)
{
	struct vfarb_completion end;

	while (count--)
		need(vfarb_read(vf, &end, 1) == 1 && end.status == VFARB_SUB_OK, "no completion");
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* The median of what @count submissions at once take, with or without work under way. */
static uint64_t measure(struct vfarb_vf *vf, unsigned int count, bool busy)
{
	struct vfarb_submission batch[16], before = vfarb_timed(0, 200000);
	uint64_t times[ROUNDS], start, empty;
	unsigned int i, n;

	start = now();
	empty = now() - start;
	for (n = 0; n < count; n++)
		batch[n] = vfarb_timed(n, 5000);
	for (i = 0; i < ROUNDS; i++) {
		if (busy)
			need(vfarb_submit(vf, 0, &before, 1) == 1, "cannot submit");
		start = now();
		n = (unsigned int)vfarb_submit(vf, 0, batch, count);
		times[i] = now() - start - empty;
		need(n == count, "cannot submit");
		drain(vf, count + busy);
	}
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	return times[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	uint64_t idle, busy, many;
	struct vfarb_vf *vf;

	need(argc == 2, "usage: submit-time NODE");
	need(!vfarb_open(argv[1], 0, &vf), "cannot open %s", argv[1]);
	idle = measure(vf, 1, false);
	busy = measure(vf, 1, true);
	many = measure(vf, 16, true) / 16;
	printf("# submit_idle_ns %llu\n", (unsigned long long)idle);
	printf("# submit_busy_ns %llu\n", (unsigned long long)busy);
	printf("# submit_each_of_16_ns %llu\n", (unsigned long long)many);
	ok(busy <= 2000, "a submit call takes at most 2 us");
	vfarb_close(vf);
	return finish();
}
