// SPDX-License-Identifier: GPL-2.0
/*
 * What the node promises, call by call.
 *
 * api NODE, a VF that nobody else uses
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libvfarb.h>

#include "tap.h"

#define MSEC	1000000ull

static struct vfarb_vf *vf;
static const char *node;

static struct vfarb_dev_info information(void)
{
	struct vfarb_dev_info info;

	need(!vfarb_info(vf, &info), "no information");
	return info;
}

static struct vfarb_vf *another(int flags)
{
	struct vfarb_vf *new;

	need(!vfarb_open(node, flags, &new), "cannot open %s", node);
	return new;
}

/* What submissions let go of is freed a moment later. */
static bool memory_returns(void)
{
	unsigned int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (!information().memory_used_bytes)
			return true;
		usleep(10000);
	}
	printf("# %llu bytes are left\n", (unsigned long long)information().memory_used_bytes);
	return false;
}

static void drain(struct vfarb_vf *from, unsigned int count)
{
	struct vfarb_completion end;

	while (count--)
		need(vfarb_read(from, &end, 1) == 1, "a completion is missing");
}

static int call(unsigned long request, void *arg)
{
	return ioctl(vfarb_fd(vf), request, arg) < 0 ? -errno : 0;
}

static void test_info(void)
{
	struct vfarb_dev_info info = information();

	is(info.abi, VFARB_DEV_ABI, "info: ABI");
	ok(info.engines >= 1 && info.engines <= VFARB_MAX_ENGINES, "info: engines");
	ok(info.queue_depth >= 32, "info: queue depth");
	ok(info.memory_bytes > 0, "info: an allotment");
	is((long long)info.memory_used_bytes, 0, "info: no memory used");
}

static void test_bad_calls(void)
{
	struct vfarb_submission nop = vfarb_nop(0);
	struct vfarb_submit submit = { .count = 1, .submissions = (uintptr_t)&nop };
	struct vfarb_buffer_create create = { .size = 0 };
	struct vfarb_buffer_destroy destroy = { .handle = 1 };
	struct vfarb_eventfd eventfd = { .fd = -2 };
	struct vfarb_wait wait = { .count = 0 };
	struct vfarb_submit bad;
	char byte;

	is(call(_IO(VFARB_IOC_MAGIC, 99), NULL), -ENOTTY, "unknown ioctl");
	is(call(_IOR(VFARB_IOC_MAGIC, 0, char), &byte), -ENOTTY, "ioctl of another size");
	is(call(VFARB_IOC_INFO, NULL), -EFAULT, "info to nowhere");
	is(call(VFARB_IOC_BUFFER_CREATE, &create), -EINVAL, "buffer of size 0");
	create = (struct vfarb_buffer_create) { .size = 4096, .flags = 1 };
	is(call(VFARB_IOC_BUFFER_CREATE, &create), -EINVAL, "buffer with a flag");
	is(call(VFARB_IOC_BUFFER_DESTROY, &destroy), -ENOENT, "destroy no buffer");
	destroy.handle = 0xffffffff;
	is(call(VFARB_IOC_BUFFER_DESTROY, &destroy), -ENOENT, "destroy a wild handle");
	bad = submit;
	bad.engine = information().engines;
	is(call(VFARB_IOC_SUBMIT, &bad), -EINVAL, "submit to no engine");
	bad = submit;
	bad.count = 0;
	is(call(VFARB_IOC_SUBMIT, &bad), -EINVAL, "submit nothing");
	bad = submit;
	bad.count = VFARB_SUBMIT_MAX + 1;
	is(call(VFARB_IOC_SUBMIT, &bad), -EINVAL, "submit too many");
	bad = submit;
	bad.flags = 1;
	is(call(VFARB_IOC_SUBMIT, &bad), -EINVAL, "submit with a flag");
	bad = submit;
	bad.reserved = 1;
	is(call(VFARB_IOC_SUBMIT, &bad), -EINVAL, "submit with a reserved field");
	bad = submit;
	bad.submissions = 8;
	is(call(VFARB_IOC_SUBMIT, &bad), -EFAULT, "submit from nowhere");
	is(call(VFARB_IOC_WAIT, &wait), -EINVAL, "wait for nothing");
	wait = (struct vfarb_wait) { .count = 1, .flags = 1 };
	is(call(VFARB_IOC_WAIT, &wait), -EINVAL, "wait with a flag");
	is(vfarb_wait(vf, 1, VFARB_WAIT_FOREVER), -EDEADLK, "wait with nothing under way");
	is(call(VFARB_IOC_EVENTFD, &eventfd), -EINVAL, "eventfd -2");
	is(vfarb_eventfd(vf, 9999), -EBADF, "eventfd that is not open");
	is(vfarb_eventfd(vf, vfarb_fd(vf)), -EINVAL, "eventfd that is none");
	is(read(vfarb_fd(vf), &byte, 1) < 0 ? -errno : 0, -EINVAL, "read less than a completion");
	is(write(vfarb_fd(vf), &byte, 1) < 0 ? -errno : 0, -EINVAL, "write");
}

static void test_partial_fault(void)
{
	long page = sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfarb_submission *last;
	struct vfarb_submit submit = { .count = 8 };

	need(two != MAP_FAILED, "no memory");
	munmap(two + page, (size_t)page);
	last = (struct vfarb_submission *)(void *)(two + page) - 4;
	submit.submissions = (uintptr_t)last;
	is(call(VFARB_IOC_SUBMIT, &submit), 0, "submit of which a half can be read");
	is(submit.count, 4, "that half is taken");
	drain(vf, submit.count);
	munmap(two, (size_t)page);
}

static void test_buffers(void)
{
	struct vfarb_dev_info info = information();
	struct vfarb_buffer buffer, second;
	struct vfarb_vf *other;
	uint64_t half = info.memory_bytes / 2;
	unsigned int i;
	char *data;
	int err;

	is(vfarb_buffer_create(vf, info.memory_bytes + 1, &buffer), -ENOSPC,
	   "a byte more than the allotment");
	is(vfarb_buffer_create(vf, (size_t)1 << 62, &buffer), -ENOSPC, "2^62 bytes");
	is(vfarb_buffer_create(vf, 1, &buffer), 0, "a byte");
	is((long long)information().memory_used_bytes, 4096, "takes a page");
	data = buffer.data;
	for (i = 0; i < 4096 && !data[i]; i++)
		;
	is(i, 4096, "which is zeroed");
	data[4095] = 1;
	ok(mremap(data, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED, "no mapping beyond its end");
	ok(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, vfarb_fd(vf),
		(off_t)buffer.handle << 32) == MAP_FAILED, "no private mapping");
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, vfarb_fd(vf),
		((off_t)buffer.handle << 32) + 4096) == MAP_FAILED, "none that begins beyond it");
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, vfarb_fd(vf),
		(off_t)(buffer.handle + 1) << 32) == MAP_FAILED, "none of no buffer");
	other = another(0);
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, vfarb_fd(other),
		(off_t)buffer.handle << 32) == MAP_FAILED, "none of another client's");
	vfarb_close(other);
	is(vfarb_buffer_destroy(vf, &buffer), 0, "destroy it");
	is((long long)information().memory_used_bytes, 0, "it takes nothing any more");

	if (half > (64u << 20))
		half = 64u << 20;
	is(vfarb_buffer_create(vf, half, &buffer), 0, "a large buffer");
	err = vfarb_buffer_create(vf, info.memory_bytes - half + 4096, &second);
	is(err, -ENOSPC, "more than what is left");
	is((long long)information().memory_used_bytes, (long long)half, "the refused takes nothing");
	munmap(buffer.data, buffer.size);
	buffer.data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, vfarb_fd(vf),
			   ((off_t)buffer.handle << 32) + 4096);
	ok(buffer.data != MAP_FAILED, "a mapping of its second page");
	buffer.size = 4096;
	data = buffer.data;
	data[0] = 42;
	err = ioctl(vfarb_fd(vf), VFARB_IOC_BUFFER_DESTROY,
		    &(struct vfarb_buffer_destroy) { .handle = buffer.handle });
	is(err, 0, "destroy it while it is mapped");
	is(data[0], 42, "the mapping stays valid");
	is((long long)information().memory_used_bytes, (long long)half, "and is still charged");
	munmap(buffer.data, 4096);
	is((long long)information().memory_used_bytes, 0, "until it goes");

	other = another(0);
	for (i = 0; i < 513; i++) {
		struct vfarb_buffer_create create = { .size = 4096 };

		if (ioctl(vfarb_fd(other), VFARB_IOC_BUFFER_CREATE, &create) < 0)
			break;
	}
	ok(i == 512 && errno == ENOSPC, "512 buffers and no more");
	vfarb_close(other);
	is((long long)information().memory_used_bytes, 0, "closing gives them back");
}

static void test_buffer_in_use(void)
{
	struct vfarb_submission work[2];
	struct vfarb_completion ends[2];
	struct vfarb_buffer buffer;

	need(!vfarb_buffer_create(vf, 4096, &buffer), "no buffer");
	memset(buffer.data, 'x', 4096);
	work[0] = vfarb_timed(1, 5 * MSEC);
	work[1] = vfarb_checksum(2, vfarb_operand(&buffer, 0, 9));
	memcpy(buffer.data, "123456789", 9);
	need(vfarb_submit(vf, 0, work, 2) == 2, "cannot submit");
	is(vfarb_buffer_destroy(vf, &buffer), 0, "destroy a buffer that is submitted");
	need(!vfarb_wait(vf, 2, VFARB_WAIT_FOREVER), "cannot wait");
	is(vfarb_read(vf, ends, 2), 2, "both submissions end");
	is(ends[1].status, VFARB_SUB_OK, "the buffer lived until then");
	is((long long)ends[1].result, 0xe3069283, "with what was in it");
	ok(ends[0].run_ns >= 5 * MSEC, "the time it ran is measured");
	ok(ends[1].wait_ns >= 5 * MSEC, "and the time that the other waited");
	ok(memory_returns(), "its memory is given back");
}

static void test_waiting(void)
{
	struct vfarb_submission timed = vfarb_timed(7, 20 * MSEC);
	struct pollfd poll_fd = { .fd = vfarb_fd(vf), .events = POLLIN | POLLOUT };
	struct vfarb_completion end;
	uint64_t counter = 0;
	int event;

	event = eventfd(0, EFD_NONBLOCK);
	is(vfarb_eventfd(vf, event), 0, "set an eventfd");
	need(vfarb_submit(vf, 0, &timed, 1) == 1, "cannot submit");
	is(poll(&poll_fd, 1, 0), 1, "poll does not wait");
	is(poll_fd.revents, POLLOUT, "there is room, and nothing to read");
	is(vfarb_wait(vf, 2, VFARB_WAIT_FOREVER), -EDEADLK, "wait for more than is under way");
	is(vfarb_wait(vf, 1, 0), -ETIME, "wait no time");
	is(vfarb_wait(vf, 1, MSEC), -ETIME, "wait too short a time");
	poll_fd.events = POLLIN;
	is(poll(&poll_fd, 1, -1), 1, "poll waits");
	is(poll_fd.revents, POLLIN, "until there is something to read");
	is(vfarb_wait(vf, 1, 0), 0, "then a wait is over at once");
	is(read(event, &counter, 8), 8, "the eventfd was signalled");
	is((long long)counter, 1, "once");
	is(vfarb_read(vf, &end, 1), 1, "read it");
	is((long long)end.cookie, 7, "it is ours");
	is(vfarb_eventfd(vf, -1), 0, "unset the eventfd");
	need(vfarb_submit(vf, 0, &timed, 1) == 1, "cannot submit");
	is(vfarb_wait(vf, 1, 10000 * MSEC), 0, "wait long enough");
	drain(vf, 1);
	ok(read(event, &counter, 8) < 0 && errno == EAGAIN, "no signal after that");
	close(event);
}

static void handler(int signal)
{
	(void)signal;
}

static void test_signals(void)
{
	struct vfarb_submission timed = vfarb_timed(1, 500 * MSEC);
	struct itimerval in_10ms = { .it_value.tv_usec = 10000 };
	struct sigaction action = { .sa_handler = handler };
	struct vfarb_completion end;

	sigaction(SIGALRM, &action, NULL);
	need(vfarb_submit(vf, 0, &timed, 1) == 1, "cannot submit");
	setitimer(ITIMER_REAL, &in_10ms, NULL);
	is(vfarb_wait(vf, 1, VFARB_WAIT_FOREVER), -EINTR, "a signal ends a wait");
	setitimer(ITIMER_REAL, &in_10ms, NULL);
	is(vfarb_read(vf, &end, 1), -EINTR, "and a read");
	drain(vf, 1);
}

static void test_nonblocking(void)
{
	struct vfarb_vf *other = another(O_NONBLOCK);
	struct vfarb_dev_info info = information();
	struct vfarb_submission timed = vfarb_timed(1, 50000);
	struct pollfd poll_fd = { .fd = vfarb_fd(other), .events = POLLOUT };
	struct itimerval in_10ms = { .it_value.tv_usec = 10000 };
	unsigned int taken = 0, total = 0, unread;
	struct vfarb_submission one;
	struct vfarb_completion end;

	is(vfarb_read(other, &end, 1), -EAGAIN, "nothing to read, without waiting");
	one = vfarb_timed(1, 300 * MSEC);
	while (taken < info.queue_depth + 1 && vfarb_submit(other, 0, &one, 1) == 1) {
		one = timed;
		taken++;
	}
	is(taken, info.queue_depth, "a ring holds what it says");
	is(vfarb_submit(other, 0, &timed, 1), -EAGAIN, "and no more, without waiting");
	is(poll(&poll_fd, 1, 0), 0, "which poll tells");
	setitimer(ITIMER_REAL, &in_10ms, NULL);
	is(vfarb_submit(vf, 0, &timed, 1), -EINTR, "another client's submit waits");
	is(vfarb_submit(vf, 0, &timed, 1), 1, "until there is room");
	is(poll(&poll_fd, 1, -1), 1, "and so does poll");
	drain(vf, 1);
	fcntl(vfarb_fd(other), F_SETFL, 0);
	drain(other, taken);

	/* A client that reads nothing is stopped before completions could be lost. */
	fcntl(vfarb_fd(other), F_SETFL, O_NONBLOCK);
	timed.time_ns = 1000;
	for (;;) {
		int n = vfarb_submit(other, 0, &timed, 1);

		if (n == 1) {
			total++;
			continue;
		}
		if (!vfarb_wait(other, total, 1000 * MSEC))
			break;
	}
	for (unread = 0; vfarb_submit(other, 0, &timed, 1) == 1; unread++)
		;
	total += unread;
	is(total, 256, "256 submissions may be under way or unread");
	is(vfarb_wait(other, total, VFARB_WAIT_FOREVER), 0, "they end");
	is(vfarb_submit(other, 0, &timed, 1), -EAGAIN, "then reading comes first");
	fcntl(vfarb_fd(other), F_SETFL, 0);
	drain(other, total);
	is(vfarb_wait(other, 1, 0), -EDEADLK, "none is lost and none is twice");
	vfarb_close(other);
}

static void die_at_work(void)
{
	struct vfarb_vf *mine = another(0);
	struct vfarb_buffer to, from;
	unsigned int i;

	need(!vfarb_buffer_create(mine, 64 * 4096, &to), "no buffer");
	need(!vfarb_buffer_create(mine, 64 * 4096, &from), "no buffer");
	for (i = 0; i < 24; i++) {
		struct vfarb_submission work[2] = {
			vfarb_timed(i, 2 * MSEC),
			vfarb_copy(i, vfarb_operand(&to, 0, to.size),
				   vfarb_operand(&from, 0, from.size)),
		};

		need(vfarb_submit(mine, 0, work, 1 + i % 2) > 0, "cannot submit");
	}
	raise(SIGKILL);
}

static void test_dying(void)
{
	pid_t children[4];
	unsigned int i;
	int status;

	for (i = 0; i < 4; i++) {
		children[i] = fork();
		if (!children[i])
			die_at_work();
	}
	for (i = 0; i < 4; i++) {
		waitpid(children[i], &status, 0);
		ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "client %u dies at work", i);
	}
	ok(memory_returns(), "their memory comes back");
}

static void test_fdinfo(void)
{
	struct vfarb_submission timed = vfarb_timed(1, 3 * MSEC);
	char path[64], line[128];
	unsigned long long run = 0, pdev = 0;
	bool driver = false;
	char kind[16];
	FILE *info;

	need(vfarb_submit(vf, 0, &timed, 1) == 1, "cannot submit");
	drain(vf, 1);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", vfarb_fd(vf));
	info = fopen(path, "r");
	need(info, "no %s", path);
	while (fgets(line, sizeof(line), info)) {
		driver |= !strcmp(line, "drm-driver:\tvfarb_pci\n");
		pdev |= !strncmp(line, "drm-pdev:", 9);
		if (!run && sscanf(line, "drm-engine-%15[a-z]0: %llu ns", kind, &run) != 2)
			run = 0;
	}
	fclose(info);
	ok(driver && pdev, "fdinfo names driver and device");
	ok(run >= 3 * MSEC, "fdinfo has the time that engine 0 ran for this client");
}

static void test_engines(void)
{
	struct vfarb_dev_info info = information();
	struct vfarb_submission nop = vfarb_nop(3);
	struct vfarb_completion end;
	unsigned int e;

	for (e = 0; e < info.engines; e++) {
		need(vfarb_submit(vf, e, &nop, 1) == 1, "cannot submit");
		is(vfarb_read(vf, &end, 1), 1, "a submission to an engine ends");
		ok(end.engine == e && end.status == VFARB_SUB_OK && end.grants == 1 && end.end_ns,
		   "on engine %u", e);
	}
}

int main(int argc, char **argv)
{
	need(argc == 2, "usage: api NODE");
	node = argv[1];
	vf = another(0);
	test_info();
	test_bad_calls();
	test_partial_fault();
	test_buffers();
	test_engines();
	test_buffer_in_use();
	test_waiting();
	test_signals();
	test_nonblocking();
	test_fdinfo();
	test_dying();
	vfarb_close(vf);
	return finish();
}
