// SPDX-License-Identifier: GPL-2.0
/*
 * The node of a VF under any sequence of calls.
 *
 * device ROUNDS SECONDS SEED NODE...
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vfarb_dev.h>

#include "guided.h"

#define FILES		2
#define BUFFERS		4
#define MAPPINGS	4
#define SUBMISSIONS	8

/* What a device may be kept busy by one submission: keeps the number of rounds up. */
#define TIME_MOST_NS	((1u << 21) - 1)

static char **nodes;
static int node_count;
static int event;

static struct {
	int fd[FILES];
	struct vfarb_buffer_create buffer[BUFFERS];
	struct {
		void *at;
		size_t length;
	} mapping[MAPPINGS];
} use;

static const char *device_begin(int argc, char **argv)
{
	int fd;

	nodes = argv;
	node_count = argc;
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return "eventfd";
	if (!argc)
		return "no node is given";
	fd = open(nodes[0], O_RDWR);
	if (fd < 0)
		return nodes[0];
	close(fd);
	return NULL;
}

/* The argument of a call: where it should be, or nowhere good. */
static void *place(struct input *in, void *good)
{
	uint8_t how = take(in, 1);

	if (how < 0xf8)
		return good;
	return how & 1 ? NULL : (void *)(uintptr_t)take_number(in);
}

static uint32_t take_handle(struct input *in)
{
	uint8_t how = take(in, 1);

	return how & 0xe0 ? use.buffer[how % BUFFERS].handle : take_number(in);
}

/* Mostly what should be there, 0, so that the checks behind are reached. */
static uint64_t take_flags(struct input *in)
{
	return take(in, 1) > 0xf0 ? take_number(in) : 0;
}

static uint64_t take_extent(struct input *in)
{
	uint8_t how = take(in, 1);

	return how & 0xc0 ? (how & 63) * 64 : take_number(in);
}

static void take_submission(struct input *in, struct vfarb_submission *s)
{
	int i;

	memset(s, 0, sizeof(*s));
	s->cookie = take(in, 1);
	s->op = take(in, 1) % 8;
	s->flags = take_flags(in);
	s->value = take(in, 1);
	s->size_ns = take_number(in);
	s->time_ns = take_number(in) & TIME_MOST_NS;
	for (i = 0; i < VFARB_OPERANDS; i++) {
		s->operand[i].handle = take_handle(in);
		s->operand[i].offset = take_extent(in);
		s->operand[i].length = take_extent(in);
		s->operand[i].reserved = take_flags(in);
	}
	/* Small products, or none that is allowed. */
	for (i = 0; i < 3; i++)
		s->dim[i] = take(in, 1) % 33 + (take_flags(in) << 12);
	s->reserved0 = take_flags(in);
	s->reserved1 = take_flags(in);
	s->reserved2 = take_flags(in);
}

static void call_submit(struct input *in, int fd)
{
	struct vfarb_submission list[SUBMISSIONS];
	struct vfarb_submit submit = {};
	uint32_t i, count = take(in, 1) % (SUBMISSIONS + 1);

	for (i = 0; i < count; i++)
		take_submission(in, &list[i]);
	submit.engine = take(in, 1) % 5;
	submit.count = take(in, 1) > 0xf0 ? take_number(in) : count;
	submit.submissions = (uintptr_t)place(in, list);
	submit.flags = take_flags(in);
	submit.reserved = take_flags(in);
	/* More than there are would read our stack; that is allowed, and garbage. */
	ioctl(fd, VFARB_IOC_SUBMIT, place(in, &submit));
}

static void call_map(struct input *in, int fd)
{
	uint8_t how = take(in, 1);
	struct vfarb_buffer_create *buffer = &use.buffer[how % BUFFERS];
	size_t length = how & 0x80 ? take_number(in) & 0xfffff : buffer->size, i;
	off_t offset = how & 0x40 ? (off_t)take_number(in) : (off_t)buffer->mmap_offset;
	void *at;

	if (!length)
		return;
	at = mmap(NULL, length, how & 0x20 ? PROT_READ : PROT_READ | PROT_WRITE,
		  how & 0x10 ? MAP_PRIVATE : MAP_SHARED, fd, offset);
	if (at == MAP_FAILED)
		return;
	/* Only what lies in the buffer may be touched: beyond it a signal is right. */
	if (!(how & 0xc0)) {
		for (i = 0; i < length; i += 4096)
			*(volatile uint8_t *)((uint8_t *)at + i);
	}
	for (i = 0; i < MAPPINGS; i++) {
		if (!use.mapping[i].at) {
			use.mapping[i].at = at;
			use.mapping[i].length = length;
			return;
		}
	}
	munmap(at, length);
}

static void device_call(struct input *in)
{
	uint8_t op = take(in, 1);
	int file = op >> 6 & (FILES - 1), fd = use.fd[file];
	union {
		struct vfarb_dev_info info;
		struct vfarb_buffer_destroy destroy;
		struct vfarb_wait wait;
		struct vfarb_eventfd eventfd;
		struct vfarb_completion completion[16];
		uint8_t bytes[256];
	} a = {};
	struct pollfd poll_fd = { fd, POLLIN | POLLOUT | POLLPRI, 0 };
	unsigned int i;

	switch ((op & 63) % 16) {
	case 0:
		ioctl(fd, VFARB_IOC_INFO, place(in, &a.info));
		break;
	case 1:
	case 2:
		i = take(in, 1) % BUFFERS;
		memset(&use.buffer[i], 0, sizeof(use.buffer[i]));
		use.buffer[i].size = op & 0x80 ? take_number(in) : 4096 * (1 + take(in, 1) % 16);
		use.buffer[i].flags = take_flags(in);
		if (ioctl(fd, VFARB_IOC_BUFFER_CREATE, place(in, &use.buffer[i])))
			use.buffer[i].mmap_offset = 0;
		break;
	case 3:
		a.destroy.handle = take_handle(in);
		a.destroy.flags = take_flags(in);
		ioctl(fd, VFARB_IOC_BUFFER_DESTROY, place(in, &a.destroy));
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		call_submit(in, fd);
		break;
	case 8:
		a.wait.count = take_number(in);
		a.wait.timeout_ns = take_number(in);
		a.wait.flags = take_flags(in);
		ioctl(fd, VFARB_IOC_WAIT, place(in, &a.wait));
		break;
	case 9:
		a.eventfd.fd = take(in, 1) & 3 ? event : (int)take_number(in);
		a.eventfd.flags = take_flags(in);
		ioctl(fd, VFARB_IOC_EVENTFD, place(in, &a.eventfd));
		break;
	case 10:
		/* A file that is empty makes read wait; the alarm ends it. */
		if (read(fd, place(in, &a), take_number(in) % (sizeof(a) + 1)) < 0)
			break;
		break;
	case 11:
		call_map(in, fd);
		break;
	case 12:
		i = take(in, 1) % MAPPINGS;
		if (use.mapping[i].at)
			munmap(use.mapping[i].at, use.mapping[i].length);
		use.mapping[i].at = NULL;
		break;
	case 13:
		poll(&poll_fd, 1, take(in, 1) & 3);
		break;
	case 14:
		/* With work under way, or with a buffer mapped. */
		close(fd);
		use.fd[file] = open(nodes[take(in, 1) % node_count],
				    O_RDWR | O_CLOEXEC | (op & 0x80 ? O_NONBLOCK : 0));
		break;
	default:
		for (i = 0; i < 32; i++)
			a.bytes[i] = take(in, 1);
		ioctl(fd, _IOC(take(in, 1) & 3, VFARB_IOC_MAGIC, take(in, 1) % 9, take(in, 1)),
		      place(in, &a));
		if (op & 0x80 && write(fd, &a, take(in, 1)) < 0)
			break;
		break;
	}
}

static void device_run(struct input *in)
{
	int i, calls = 0;

	memset(&use, 0, sizeof(use));
	for (i = 0; i < FILES; i++)
		use.fd[i] = open(nodes[take(in, 1) % node_count], O_RDWR | O_CLOEXEC | O_NONBLOCK);
	while (in->left && calls++ < 24)
		device_call(in);
	for (i = 0; i < MAPPINGS; i++)
		if (use.mapping[i].at)
			munmap(use.mapping[i].at, use.mapping[i].length);
	for (i = 0; i < FILES; i++)
		close(use.fd[i]);
}

int main(int argc, char **argv)
{
	static const struct target target = { "device", device_begin, device_run };

	return fuzz(&target, argc, argv);
}
