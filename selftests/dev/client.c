// SPDX-License-Identifier: GPL-2.0
/*
 * A client that keeps its VF busy and books every submission: each ends once,
 * done or ended by a reset, until the VF goes or SIGTERM comes.
 *
 * client NODE SEED: says "busy" when the first has ended; exit status 0 if
 * nothing was lost or came twice
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include <libvfarb.h>

#include "tap.h"

#define MOST	200

static volatile sig_atomic_t stop;
static bool under_way[MOST];
static unsigned long submitted, done, reset;

static void on_term(int signal)
{
	(void)signal;
	stop = 1;
}

static struct vfarb_submission work(struct vfarb_buffer *buffer, uint64_t cookie)
{
	switch (random_below(4)) {
	case 0:
		return vfarb_timed(cookie, random_below(300000));
	case 1:
		return vfarb_fill(cookie, vfarb_operand(&buffer[0], 0, buffer[0].size),
				  (uint32_t)random64());
	case 2:
		return vfarb_copy(cookie, vfarb_operand(&buffer[0], 0, buffer[0].size),
				  vfarb_operand(&buffer[1], 0, buffer[1].size));
	}
	return vfarb_checksum(cookie, vfarb_operand(&buffer[0], 0, 4096));
}

static bool book(const struct vfarb_completion *end)
{
	if (end->cookie >= MOST || !under_way[end->cookie]) {
		fprintf(stderr, "client: cookie %llu ended without having been submitted\n",
			(unsigned long long)end->cookie);
		return false;
	}
	under_way[end->cookie] = false;
	if (!done && !reset) {
		printf("busy\n");
		fflush(stdout);
	}
	if (end->status == VFARB_SUB_OK) {
		done++;
	} else if (end->status == VFARB_SUB_RESET) {
		reset++;
	} else {
		fprintf(stderr, "client: %s\n", vfarb_status_string(end->status));
		return false;
	}
	return true;
}

static int run(struct vfarb_vf *vf, struct vfarb_buffer *buffer, unsigned int engines)
{
	struct pollfd room = { .fd = vfarb_fd(vf), .events = POLLOUT };
	struct vfarb_completion ends[32];
	unsigned int cookie;
	ssize_t got, i;
	int err;

	while (!stop || submitted > done + reset) {
		for (cookie = 0; !stop && cookie < MOST; cookie++) {
			struct vfarb_submission one = work(buffer, cookie);

			if (under_way[cookie])
				continue;
			err = vfarb_submit(vf, (unsigned int)random_below(engines), &one, 1);
			if (err == -EAGAIN)
				break;
			if (err < 0)
				return err;
			under_way[cookie] = true;
			submitted++;
		}
		err = vfarb_wait(vf, 1, VFARB_WAIT_FOREVER);
		/* Nothing is under way, and there is no room: the VF is being reset. */
		if (err == -EDEADLK && !stop)
			poll(&room, 1, -1);
		else if (err && err != -EINTR)
			return err;
		got = vfarb_read(vf, ends, 32);
		if (got < 0 && got != -EAGAIN)
			return (int)got;
		for (i = 0; i < got; i++)
			if (!book(&ends[i]))
				return -EPROTO;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_term };
	struct vfarb_buffer buffer[2];
	struct vfarb_dev_info info;
	struct vfarb_vf *vf;
	int err;

	need(argc == 3, "usage: client NODE SEED");
	random_state = strtoull(argv[2], NULL, 0) * 2 + 1;
	sigaction(SIGTERM, &action, NULL);
	err = vfarb_open(argv[1], O_NONBLOCK, &vf);
	/* It may be gone already. */
	if (err == -ENODEV || err == -ENOENT || err == -ENXIO)
		return 0;
	need(!err, "cannot open %s: %s", argv[1], strerror(-err));
	err = vfarb_info(vf, &info);
	if (!err)
		err = vfarb_buffer_create(vf, 4 * 4096, &buffer[0]);
	if (!err)
		err = vfarb_buffer_create(vf, 4 * 4096, &buffer[1]);
	if (!err)
		err = run(vf, buffer, info.engines);
	printf("%s: %lu submitted, %lu done, %lu reset%s\n", argv[1], submitted, done, reset,
	       err == -ENODEV ? ", gone" : "");
	if (err && err != -ENODEV)
		fprintf(stderr, "client: %s: %s\n", argv[1], strerror(-err));
	return err && err != -ENODEV;
}
