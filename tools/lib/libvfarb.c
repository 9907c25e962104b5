// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libvfarb.h"

struct vfarb_vf {
	int fd;
};

static int call(struct vfarb_vf *vf, unsigned long request, void *arg)
{
	return ioctl(vf->fd, request, arg) < 0 ? -errno : 0;
}

int vfarb_open(const char *name, int flags, struct vfarb_vf **vf)
{
	char path[PATH_MAX];
	struct vfarb_vf *new;
	int length, err;

	length = snprintf(path, sizeof(path), "%s%s", name[0] == '/' ? "" : "/dev/vfarb/", name);
	if (length >= (int)sizeof(path))
		return -ENAMETOOLONG;
	new = malloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->fd = open(path, O_RDWR | O_CLOEXEC | flags);
	if (new->fd < 0) {
		err = -errno;
		free(new);
		return err;
	}
	*vf = new;
	return 0;
}

void vfarb_close(struct vfarb_vf *vf)
{
	if (!vf)
		return;
	close(vf->fd);
	free(vf);
}

int vfarb_fd(const struct vfarb_vf *vf)
{
	return vf->fd;
}

int vfarb_info(struct vfarb_vf *vf, struct vfarb_dev_info *info)
{
	return call(vf, VFARB_IOC_INFO, info);
}

static int destroy_handle(struct vfarb_vf *vf, uint32_t handle)
{
	struct vfarb_buffer_destroy destroy = { .handle = handle };

	return call(vf, VFARB_IOC_BUFFER_DESTROY, &destroy);
}

int vfarb_buffer_create(struct vfarb_vf *vf, size_t size, struct vfarb_buffer *buffer)
{
	struct vfarb_buffer_create create = { .size = size };
	size_t page = VFARB_DEVICE_PAGE_SIZE;
	void *data;
	int err;

	err = call(vf, VFARB_IOC_BUFFER_CREATE, &create);
	if (err)
		return err;
	size = (size + page - 1) / page * page;
	data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vf->fd,
		    (off_t)create.mmap_offset);
	if (data == MAP_FAILED) {
		err = -errno;
		destroy_handle(vf, create.handle);
		return err;
	}
	*buffer = (struct vfarb_buffer) { .handle = create.handle, .size = size, .data = data };
	return 0;
}

int vfarb_buffer_destroy(struct vfarb_vf *vf, struct vfarb_buffer *buffer)
{
	int err;

	err = destroy_handle(vf, buffer->handle);
	munmap(buffer->data, buffer->size);
	*buffer = (struct vfarb_buffer) {};
	return err;
}

struct vfarb_submit_operand vfarb_operand(const struct vfarb_buffer *buffer, uint64_t offset,
					  uint64_t length)
{
	return (struct vfarb_submit_operand) {
		.handle = buffer->handle, .offset = offset, .length = length,
	};
}

struct vfarb_submission vfarb_nop(uint64_t cookie)
{
	return (struct vfarb_submission) { .cookie = cookie, .op = VFARB_OP_NOP };
}

struct vfarb_submission vfarb_timed(uint64_t cookie, uint64_t time_ns)
{
	return (struct vfarb_submission) {
		.cookie = cookie, .op = VFARB_OP_TIMED, .size_ns = time_ns, .time_ns = time_ns,
	};
}

struct vfarb_submission vfarb_fill(uint64_t cookie, struct vfarb_submit_operand to,
				   uint32_t value)
{
	return (struct vfarb_submission) {
		.cookie = cookie, .op = VFARB_OP_FILL, .value = value, .operand = { to },
	};
}

struct vfarb_submission vfarb_copy(uint64_t cookie, struct vfarb_submit_operand to,
				   struct vfarb_submit_operand from)
{
	return (struct vfarb_submission) {
		.cookie = cookie, .op = VFARB_OP_COPY, .operand = { to, from },
	};
}

struct vfarb_submission vfarb_checksum(uint64_t cookie, struct vfarb_submit_operand of)
{
	return (struct vfarb_submission) {
		.cookie = cookie, .op = VFARB_OP_CHECKSUM, .operand = { of },
	};
}

struct vfarb_submission vfarb_matmul(uint64_t cookie, struct vfarb_submit_operand to,
				     struct vfarb_submit_operand a,
				     struct vfarb_submit_operand b, uint32_t m, uint32_t n,
				     uint32_t k)
{
	return (struct vfarb_submission) {
		.cookie = cookie, .op = VFARB_OP_MATMUL, .operand = { to, a, b },
		.dim = { m, n, k },
	};
}

/* Until all are taken, or an error. How many were taken counts, so they are not lost to it. */
int vfarb_submit(struct vfarb_vf *vf, unsigned int engine,
		 const struct vfarb_submission *submissions, size_t count)
{
	size_t taken = 0;
	int err;

	if (count > INT_MAX)
		return -EINVAL;
	while (taken < count) {
		size_t rest = count - taken;
		struct vfarb_submit submit = {
			.engine = engine,
			.count = rest < VFARB_SUBMIT_MAX ? rest : VFARB_SUBMIT_MAX,
			.submissions = (uintptr_t)(submissions + taken),
		};

		err = call(vf, VFARB_IOC_SUBMIT, &submit);
		if (err)
			return taken ? (int)taken : err;
		taken += submit.count;
	}
	return (int)taken;
}

int vfarb_wait(struct vfarb_vf *vf, unsigned int count, uint64_t timeout_ns)
{
	struct vfarb_wait wait = { .count = count, .timeout_ns = timeout_ns };

	return call(vf, VFARB_IOC_WAIT, &wait);
}

ssize_t vfarb_read(struct vfarb_vf *vf, struct vfarb_completion *completions, size_t count)
{
	ssize_t bytes;

	bytes = read(vf->fd, completions, count * sizeof(*completions));
	return bytes < 0 ? -errno : bytes / (ssize_t)sizeof(*completions);
}

int vfarb_eventfd(struct vfarb_vf *vf, int fd)
{
	struct vfarb_eventfd eventfd = { .fd = fd };

	return call(vf, VFARB_IOC_EVENTFD, &eventfd);
}

const char *vfarb_status_string(unsigned int status)
{
	static const char *const strings[] = {
		[VFARB_SUB_OK] = "done",
		[VFARB_SUB_BAD_OP] = "unknown operation",
		[VFARB_SUB_BAD_FLAGS] = "a flag or reserved field is set",
		[VFARB_SUB_BAD_BUFFER] = "no such buffer",
		[VFARB_SUB_BAD_RANGE] = "beyond the end of the buffer",
		[VFARB_SUB_MISALIGNED] = "misaligned",
		[VFARB_SUB_BAD_LENGTH] = "length zero or unfit",
		[VFARB_SUB_BAD_DIM] = "dimension zero or too large",
		[VFARB_SUB_OVERLAP] = "operands overlap",
		[VFARB_SUB_DMA] = "the device could not reach memory",
		[VFARB_SUB_TOO_LONG] = "time too long",
		[VFARB_SUB_RESET] = "ended by a reset",
		[VFARB_SUB_CANCELLED] = "cancelled",
	};

	if (status >= sizeof(strings) / sizeof(strings[0]))
		return "unknown status";
	return strings[status];
}
