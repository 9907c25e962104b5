// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of an open file when its VF goes.
 *
 * unplug NODE READY-FILE: makes READY-FILE, then expects the VF to go
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libvfarb.h>

#include "tap.h"

static struct vfarb_vf *vf;

/* A child that sits in a call which the unplug has to end. */
static pid_t sit_in(int (*call)(void))
{
	pid_t child = fork();

	if (!child)
		_exit(call() == -ENODEV ? 0 : 1);
	return child;
}

static int in_wait(void)
{
	return vfarb_wait(vf, 1, VFARB_WAIT_FOREVER);
}

static int in_read(void)
{
	struct vfarb_completion end;

	return (int)vfarb_read(vf, &end, 1);
}

static int in_submit(void)
{
	struct vfarb_submission timed = vfarb_timed(2, VFARB_MAX_TIME_NS);
	int err = 1;

	while (err == 1)
		err = vfarb_submit(vf, 0, &timed, 1);
	return err;
}

static bool sitter_was_told(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct vfarb_submission timed = vfarb_timed(1, VFARB_MAX_TIME_NS);
	struct pollfd poll_fd = { .events = POLLIN };
	pid_t waiter, reader, submitter;
	struct vfarb_buffer buffer, new;
	struct vfarb_completion end;
	struct vfarb_dev_info info;
	char *data, line[64];
	FILE *fdinfo;
	size_t i;
	int fd;

	need(argc == 3, "usage: unplug NODE READY-FILE");
	need(!vfarb_open(argv[1], 0, &vf), "cannot open %s", argv[1]);
	need(!vfarb_buffer_create(vf, 4 * 4096, &buffer), "no buffer");
	data = buffer.data;
	data[0] = 1;
	need(vfarb_submit(vf, 0, &timed, 1) == 1, "cannot submit");
	waiter = sit_in(in_wait);
	reader = sit_in(in_read);
	submitter = sit_in(in_submit);
	usleep(100000);
	fd = open(argv[2], O_CREAT | O_WRONLY, 0600);
	need(fd >= 0, "cannot make %s", argv[2]);
	close(fd);

	poll_fd.fd = vfarb_fd(vf);
	is(poll(&poll_fd, 1, 60000), 1, "poll is told");
	is(poll_fd.revents, POLLHUP | POLLERR, "of the end");
	ok(sitter_was_told(waiter), "so is who waits");
	ok(sitter_was_told(reader), "and who reads");
	ok(sitter_was_told(submitter), "and who waits for room");
	is(vfarb_info(vf, &info), -ENODEV, "no information");
	is(vfarb_buffer_create(vf, 4096, &new), -ENODEV, "no buffer");
	is(vfarb_submit(vf, 0, &timed, 1), -ENODEV, "no submission");
	is(vfarb_wait(vf, 1, 0), -ENODEV, "no wait");
	is(vfarb_read(vf, &end, 1), -ENODEV, "no read");
	is(vfarb_eventfd(vf, -1), -ENODEV, "no eventfd");
	is(ioctl(vfarb_fd(vf), VFARB_IOC_BUFFER_DESTROY,
		 &(struct vfarb_buffer_destroy) { .handle = buffer.handle }) < 0 ? -errno : 0,
	   -ENODEV, "nothing to destroy");
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, vfarb_fd(vf),
		(off_t)buffer.handle << 32) == MAP_FAILED && errno == ENODEV, "no new mapping");
	is(data[0], 1, "a mapping keeps its content");
	for (i = 0; i < buffer.size; i++)
		data[i] = (char)i;
	ok(data[buffer.size - 1] == (char)(buffer.size - 1), "and can be written");
	snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", vfarb_fd(vf));
	fdinfo = fopen(line, "r");
	ok(fdinfo && fgets(line, sizeof(line), fdinfo), "fdinfo can be read");
	if (fdinfo)
		fclose(fdinfo);
	vfarb_close(vf);
	is(data[4096], (char)4096, "the mapping outlives the file");
	munmap(buffer.data, buffer.size);
	return finish();
}
