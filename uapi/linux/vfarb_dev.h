/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The device node of a VF, /dev/vfarb/accelN/vfM (or pf): buffers,
 * submissions, completions. libvfarb(3) is the usual way to use it.
 *
 * One open file is one client: its buffer handles and its completions are its
 * own. read(2) takes whole struct vfarb_completion records, oldest first;
 * poll(2) says EPOLLIN when one is there and EPOLLHUP | EPOLLERR once the VF is
 * gone; from then on every call but close(2) fails with ENODEV.
 */
#ifndef _UAPI_LINUX_VFARB_DEV_H
#define _UAPI_LINUX_VFARB_DEV_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/vfarb_regs.h>

#define VFARB_DEV_ABI			1

/**
 * struct vfarb_dev_info - VFARB_IOC_INFO: what this node is
 * @abi: VFARB_DEV_ABI
 * @accel: number of the accelerator
 * @fn: 0 for the PF, n for vf(n-1)
 * @engines: number of engines
 * @memory_bytes: memory allotted to the VF
 * @memory_used_bytes: memory its clients hold now
 * @queue_depth: submissions one engine's ring holds
 * @reserved: 0
 */
struct vfarb_dev_info {
	__u32 abi;
	__u32 accel;
	__u32 fn;
	__u32 engines;
	__u64 memory_bytes;
	__u64 memory_used_bytes;
	__u32 queue_depth;
	__u32 reserved;
};

/**
 * struct vfarb_buffer_create - VFARB_IOC_BUFFER_CREATE: zeroed device memory
 * @size: in: bytes, 1 .. the VF's allotment, rounded up to 4 KiB
 * @handle: out: names the buffer in submissions of this file, never 0
 * @flags: 0
 * @mmap_offset: out: offset for mmap(2) of this file
 *
 * Errors: EINVAL size 0 or flags, ENOSPC over the VF's allotment, ENOMEM.
 */
struct vfarb_buffer_create {
	__u64 size;
	__u32 handle;
	__u32 flags;
	__u64 mmap_offset;
};

/**
 * struct vfarb_buffer_destroy - VFARB_IOC_BUFFER_DESTROY
 * @handle: the buffer; ENOENT if this file has none of that name
 * @flags: 0
 *
 * A buffer named by a submission that has not ended lives until that ends.
 */
struct vfarb_buffer_destroy {
	__u32 handle;
	__u32 flags;
};

/**
 * struct vfarb_submit_operand - a range of a buffer, as a submission names it
 * @handle: of the buffer
 * @reserved: 0
 * @offset: first byte
 * @length: in bytes
 */
struct vfarb_submit_operand {
	__u32 handle;
	__u32 reserved;
	__u64 offset;
	__u64 length;
};

/**
 * struct vfarb_submission - one piece of work, host byte order
 * @cookie: comes back in its completion
 * @op: VFARB_OP_*
 * @flags: 0
 * @reserved0: 0
 * @value: see VFARB_OP_FILL
 * @size_ns: estimate of its execution time, 0 unknown
 * @time_ns: see VFARB_OP_TIMED
 * @operand: buffers by handle
 * @dim: see VFARB_OP_MATMUL
 * @reserved1: 0
 * @reserved2: 0
 *
 * The device judges the fields: what is wrong with one ends that submission
 * with its own VFARB_SUB_* status and touches nothing else.
 */
struct vfarb_submission {
	__u64 cookie;
	__u8  op;
	__u8  flags;
	__u16 reserved0;
	__u32 value;
	__u64 size_ns;
	__u64 time_ns;
	struct vfarb_submit_operand operand[VFARB_OPERANDS];
	__u32 dim[3];
	__u32 reserved1;
	__u64 reserved2;
};

/**
 * struct vfarb_submit - VFARB_IOC_SUBMIT: hand work to an engine
 * @engine: index of the engine
 * @count: in: submissions at @submissions, 1..VFARB_SUBMIT_MAX; out: how many
 *	were taken, in order from the first
 * @submissions: address of struct vfarb_submission[@count]
 * @flags: 0
 * @reserved: 0
 *
 * Waits for room in the ring unless the file is O_NONBLOCK. Returns 0 if at
 * least one was taken. Errors: EAGAIN no room, EINVAL engine, count or flags,
 * EINTR, ENODEV.
 */
struct vfarb_submit {
	__u32 engine;
	__u32 count;
	__u64 submissions;
	__u32 flags;
	__u32 reserved;
};

#define VFARB_SUBMIT_MAX		256

/**
 * struct vfarb_completion - the end of one submission, as read(2) gives it
 * @cookie: of the submission
 * @status: VFARB_SUB_*
 * @op: of the submission
 * @operand: operand refused, for the statuses that have one
 * @engine: where it ran
 * @run_ns: execution time measured by the device
 * @wait_ns: from submit to first grant
 * @result: VFARB_OP_CHECKSUM
 * @end_ns: engine clock at its end
 * @grants: slices it was spread over
 * @reserved: 0
 */
struct vfarb_completion {
	__u64 cookie;
	__u16 status;
	__u8  op;
	__u8  operand;
	__u32 engine;
	__u64 run_ns;
	__u64 wait_ns;
	__u64 result;
	__u64 end_ns;
	__u32 grants;
	__u32 reserved;
};

/**
 * struct vfarb_wait - VFARB_IOC_WAIT: wait until completions can be read
 * @count: how many, at least 1
 * @flags: 0
 * @timeout_ns: relative; U64_MAX waits for ever
 *
 * Errors: ETIME, EINTR, ENODEV, EDEADLK fewer than @count submissions are
 * under way or unread.
 */
struct vfarb_wait {
	__u32 count;
	__u32 flags;
	__u64 timeout_ns;
};

/**
 * struct vfarb_eventfd - VFARB_IOC_EVENTFD: signal an eventfd per completion
 * @fd: an eventfd(2), or -1 to stop
 * @flags: 0
 */
struct vfarb_eventfd {
	__s32 fd;
	__u32 flags;
};

#define VFARB_IOC_MAGIC			0xfa
#define VFARB_IOC_INFO			_IOR(VFARB_IOC_MAGIC, 0, struct vfarb_dev_info)
#define VFARB_IOC_BUFFER_CREATE		_IOWR(VFARB_IOC_MAGIC, 1, struct vfarb_buffer_create)
#define VFARB_IOC_BUFFER_DESTROY	_IOW(VFARB_IOC_MAGIC, 2, struct vfarb_buffer_destroy)
#define VFARB_IOC_SUBMIT		_IOWR(VFARB_IOC_MAGIC, 3, struct vfarb_submit)
#define VFARB_IOC_WAIT			_IOW(VFARB_IOC_MAGIC, 4, struct vfarb_wait)
#define VFARB_IOC_EVENTFD		_IOW(VFARB_IOC_MAGIC, 5, struct vfarb_eventfd)

#endif /* _UAPI_LINUX_VFARB_DEV_H */
