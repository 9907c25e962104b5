/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * libvfarb: work for a VF of an accelerator. libvfarb(3) describes the calls.
 *
 * Every call that can fail returns a negative errno when it does.
 */
#ifndef LIBVFARB_H
#define LIBVFARB_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/vfarb_dev.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VFARB_WAIT_FOREVER	UINT64_MAX

struct vfarb_vf;

/**
 * struct vfarb_buffer - memory that both the client and the VF work on
 * @handle: names it in submissions
 * @size: bytes, a multiple of 4 KiB
 * @data: where it is mapped
 */
struct vfarb_buffer {
	uint32_t handle;
	size_t size;
	void *data;
};

int vfarb_open(const char *name, int flags, struct vfarb_vf **vf);
void vfarb_close(struct vfarb_vf *vf);
int vfarb_fd(const struct vfarb_vf *vf);
int vfarb_info(struct vfarb_vf *vf, struct vfarb_dev_info *info);

int vfarb_buffer_create(struct vfarb_vf *vf, size_t size, struct vfarb_buffer *buffer);
int vfarb_buffer_destroy(struct vfarb_vf *vf, struct vfarb_buffer *buffer);

struct vfarb_submit_operand vfarb_operand(const struct vfarb_buffer *buffer, uint64_t offset,
					  uint64_t length);
struct vfarb_submission vfarb_nop(uint64_t cookie);
struct vfarb_submission vfarb_timed(uint64_t cookie, uint64_t time_ns);
struct vfarb_submission vfarb_fill(uint64_t cookie, struct vfarb_submit_operand to,
				   uint32_t value);
struct vfarb_submission vfarb_copy(uint64_t cookie, struct vfarb_submit_operand to,
				   struct vfarb_submit_operand from);
struct vfarb_submission vfarb_checksum(uint64_t cookie, struct vfarb_submit_operand of);
struct vfarb_submission vfarb_matmul(uint64_t cookie, struct vfarb_submit_operand to,
				     struct vfarb_submit_operand a,
				     struct vfarb_submit_operand b, uint32_t m, uint32_t n,
				     uint32_t k);

int vfarb_submit(struct vfarb_vf *vf, unsigned int engine,
		 const struct vfarb_submission *submissions, size_t count);
int vfarb_wait(struct vfarb_vf *vf, unsigned int count, uint64_t timeout_ns);
ssize_t vfarb_read(struct vfarb_vf *vf, struct vfarb_completion *completions, size_t count);
int vfarb_eventfd(struct vfarb_vf *vf, int fd);
const char *vfarb_status_string(unsigned int status);

#ifdef __cplusplus
}
#endif

#endif /* LIBVFARB_H */
