// SPDX-License-Identifier: GPL-2.0
/*
 * Clients that share an engine, and what the device's own log says they got.
 *
 *	share NODES LOG DURATION-MS [OPTION...] VF:VOLUME:DEPTH:SIZE-NS[:GAP-NS]...
 *
 * A client keeps DEPTH submissions of SIZE-NS under way; with GAP-NS it waits that long after each
 * before the next DEPTH. Options:
 *
 *	jain=PPM	least Jain index of execution time / volume
 *	idle=PPM	most time that the engine idled, of the time measured
 *	wait=VF:NS	most 99th percentile of the waits of VF's submissions
 *	length=NS	most engine time for all of COUNT submissions, with count=COUNT
 *	count=COUNT	end after so many submissions instead
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libvfarb.h>
#include "../dev/tap.h"

#define VFS		64
#define BATCH		64
#define WAITS		65536

struct client {
	struct vfarb_vf *vf;
	unsigned int number;
	unsigned int volume;
	unsigned int depth;
	uint64_t size_ns;
	uint64_t gap_ns;
	unsigned int under_way;
	uint64_t due_ns;	/* of the next submissions, if none is under way */
	uint64_t submitted;
	uint64_t *wait;
	size_t waits;
};

/* The totals of engine 0 in the device's log. */
struct totals {
	uint64_t clock_ns;
	uint64_t running_ns;
	uint64_t switching_ns;
	uint64_t idle_ns;
	uint64_t run_ns[VFS + 1];
	uint64_t grants[VFS + 1];
};

static struct client client[VFS];
static unsigned int clients;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void read_log(const char *path, struct totals *totals)
{
	FILE *file = fopen(path, "r");
	unsigned int fn, engine;
	uint64_t run, ticks, grants;
	char line[256];

	need(file, "%s: %s", path, strerror(errno));
	memset(totals, 0, sizeof(*totals));
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "engine 0 clock_ns %" SCNu64 " running_ns %" SCNu64
			   " switching_ns %" SCNu64 " idle_ns %" SCNu64, &totals->clock_ns,
			   &totals->running_ns, &totals->switching_ns, &totals->idle_ns) == 4)
			continue;
		if (sscanf(line, "fn %u engine %u run_ns %" SCNu64 " run_ticks %" SCNu64 " grants %" SCNu64,
			   &fn, &engine, &run, &ticks, &grants) == 5 && !engine && fn <= VFS) {
			totals->run_ns[fn] = run;
			totals->grants[fn] = grants;
		}
	}
	fclose(file);
}

static void submit(struct client *c)
{
	struct vfarb_submission work[BATCH];
	unsigned int i, n = c->depth - c->under_way;
	int taken;

	for (i = 0; i < n; i++) {
		work[i] = vfarb_timed(0, c->size_ns);
		work[i].size_ns = c->size_ns;
	}
	taken = vfarb_submit(c->vf, 0, work, n);
	need(taken > 0, "vf%u: submit: %s", c->number, strerror(-taken));
	c->under_way += taken;
	c->submitted += taken;
}

static unsigned int reap(struct client *c)
{
	struct vfarb_completion done[BATCH];
	ssize_t n, i;

	n = vfarb_read(c->vf, done, BATCH);
	if (n == -EAGAIN)
		return 0;
	need(n > 0, "vf%u: read: %s", c->number, strerror((int)-n));
	for (i = 0; i < n; i++) {
		need(!done[i].status, "vf%u: a submission ended with %s", c->number,
		     vfarb_status_string(done[i].status));
		if (c->waits < WAITS)
			c->wait[c->waits++] = done[i].wait_ns;
	}
	c->under_way -= n;
	return n;
}

/* Lets all clients work until @end_ns or until @count submissions ended; then no more. */
static void work(uint64_t end_ns, uint64_t count)
{
	struct pollfd poll_fd[VFS];
	uint64_t done = 0, next, now;
	unsigned int i;

	while ((now = now_ns()) < end_ns && (!count || done < count)) {
		next = end_ns;
		for (i = 0; i < clients; i++) {
			struct client *c = &client[i];

			if (!c->gap_ns ?
			    c->under_way < c->depth && (!count || c->submitted < count) :
			    !c->under_way && now >= c->due_ns)
				submit(c);
			if (c->gap_ns && !c->under_way && c->due_ns < next)
				next = c->due_ns;
			poll_fd[i] = (struct pollfd) { vfarb_fd(c->vf), POLLIN, 0 };
		}
		now = now_ns();
		if (next > now)
			ppoll(poll_fd, clients, &(struct timespec) {
				.tv_sec = (next - now) / 1000000000,
				.tv_nsec = (next - now) % 1000000000,
			}, NULL);
		for (i = 0; i < clients; i++) {
			if (!(poll_fd[i].revents & POLLIN))
				continue;
			done += reap(&client[i]);
			if (!client[i].under_way)
				client[i].due_ns = now_ns() + client[i].gap_ns;
		}
	}
}

static void drain(void)
{
	unsigned int i;

	for (i = 0; i < clients; i++) {
		while (client[i].under_way) {
			struct pollfd fd = { vfarb_fd(client[i].vf), POLLIN, 0 };

			poll(&fd, 1, -1);
			reap(&client[i]);
		}
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t percentile(struct client *c, unsigned int percent)
{
	if (!c->waits)
		return 0;
	qsort(c->wait, c->waits, sizeof(*c->wait), compare);
	return c->wait[(c->waits - 1) * percent / 100];
}

static void add_client(const char *nodes, const char *word)
{
	struct client *c = &client[clients];
	char name[128];
	int err;

	need(sscanf(word, "%u:%u:%u:%" SCNu64 ":%" SCNu64, &c->number, &c->volume, &c->depth,
		    &c->size_ns, &c->gap_ns) >= 4 && c->number < VFS && c->volume &&
	     c->depth && c->depth <= BATCH && clients < VFS, "what is %s?", word);
	snprintf(name, sizeof(name), "%s/vf%u", nodes, c->number);
	err = vfarb_open(name, O_NONBLOCK, &c->vf);
	need(!err, "%s: %s", name, strerror(-err));
	c->wait = calloc(WAITS, sizeof(*c->wait));
	need(c->wait, "no memory");
	clients++;
}

int main(int argc, char **argv)
{
	uint64_t jain_least = 0, idle_most = UINT64_MAX, length_most = 0, count = 0;
	uint64_t wait_most[VFS] = {}, value, running, length, fewest = UINT64_MAX;
	double x, sum = 0, squares = 0, jain;
	struct totals before, after, end;
	unsigned int i, vf;

	need(argc > 4, "usage: share NODES LOG DURATION-MS [OPTION...] VF:VOLUME:DEPTH:SIZE-NS...");
	for (i = 4; i < (unsigned int)argc; i++) {
		if (sscanf(argv[i], "jain=%" SCNu64, &jain_least) == 1 ||
		    sscanf(argv[i], "idle=%" SCNu64, &idle_most) == 1 ||
		    sscanf(argv[i], "length=%" SCNu64, &length_most) == 1 ||
		    sscanf(argv[i], "count=%" SCNu64, &count) == 1)
			continue;
		if (sscanf(argv[i], "wait=%u:%" SCNu64, &vf, &value) == 2 && vf < VFS)
			wait_most[vf] = value;
		else
			add_client(argv[1], argv[i]);
	}

	/* All have work before what they get is measured; the device notes when it begins. */
	for (i = 0; i < clients; i++)
		submit(&client[i]);
	if (!count)
		work(now_ns() + 20000000, 0);
	read_log(argv[2], &before);
	work(now_ns() + strtoull(argv[3], NULL, 0) * 1000000, count);
	read_log(argv[2], &after);
	drain();
	read_log(argv[2], &end);

	running = after.running_ns - before.running_ns;
	length = after.clock_ns - before.clock_ns;
	for (i = 0; i < clients; i++) {
		struct client *c = &client[i];
		unsigned int fn = c->number + 1;
		uint64_t run = after.run_ns[fn] - before.run_ns[fn];
		uint64_t grants = after.grants[fn] - before.grants[fn];

		x = (double)run / c->volume;
		sum += x;
		squares += x * x;
		if (grants < fewest)
			fewest = grants;
		printf("# vf%u volume %u run_ns %" PRIu64 " grants %" PRIu64 " submissions %zu wait_p50_ns %" PRIu64 " wait_p99_ns %" PRIu64 " wait_max_ns %" PRIu64 "\n",
		       c->number, c->volume, run, grants, c->waits, percentile(c, 50),
		       percentile(c, 99), c->waits ? c->wait[c->waits - 1] : 0);
	}
	jain = squares > 0 ? sum * sum / (clients * squares) : 0;
	printf("# %" PRIu64 " ns: running %" PRIu64 ", switching %" PRIu64 ", idle %" PRIu64 "; Jain index %.6f, %" PRIu64 " grants or more each\n",
	       length, running, after.switching_ns - before.switching_ns,
	       after.idle_ns - before.idle_ns, jain, fewest);

	ok(end.running_ns + end.switching_ns + end.idle_ns == end.clock_ns,
	   "P1: the device's own log adds up");
	if (jain_least)
		ok(jain * 1000000 >= jain_least && fewest >= 200,
		   "Jain index at least %" PRIu64 " ppm with at least 200 slices each", jain_least);
	if (idle_most != UINT64_MAX)
		ok((after.idle_ns - before.idle_ns) * 1000000 <= idle_most * length,
		   "idle with backlog at most %" PRIu64 " ppm", idle_most);
	if (length_most)
		ok(length <= length_most, "%" PRIu64 " submissions within %" PRIu64 " ns", count,
		   length_most);
	for (i = 0; i < clients; i++)
		if (wait_most[client[i].number])
			ok(percentile(&client[i], 99) <= wait_most[client[i].number],
			   "vf%u waits at most %" PRIu64 " ns (p99)", client[i].number,
			   wait_most[client[i].number]);
	return finish();
}
