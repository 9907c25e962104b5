/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The decision record: what an arbiter knew and what it decided, version 1.
 *
 * Documentation/record.rst is the text that goes with it. A stream is one
 * struct vfarb_record_head followed by entries, all in the byte order of the
 * machine that wrote it. Times are in ns of the engine's clock. Functions are
 * numbered as PCI does: 0 is the PF, n is VF n, which people call vf(n-1).
 */
#ifndef _UAPI_LINUX_VFARB_RECORD_H
#define _UAPI_LINUX_VFARB_RECORD_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VFARB_RECORD_MAGIC	0x44524656u	/* "VFRD" */
#define VFARB_RECORD_VERSION	1

/* No function: nobody, or the engine itself. */
#define VFARB_RECORD_FN_NONE	0xffff

/**
 * struct vfarb_record_head - begins a stream
 * @magic: VFARB_RECORD_MAGIC; tells the byte order as well
 * @version: VFARB_RECORD_VERSION
 * @head_size: bytes of this structure; entries begin after it
 * @entry_size: bytes of an entry
 * @reserved: 0
 * @accel: number of the accelerator
 * @engine: index of the engine
 * @fns: function numbers are below this
 * @entries: how many the kernel keeps
 * @reserved2: 0
 * @first: number of the first entry of the stream, counted since the engine began
 * @engine_ns: engine clock when the stream was opened
 * @realtime_ns: wall clock then, ns since the epoch
 */
struct vfarb_record_head {
	__u32 magic;
	__u16 version;
	__u16 head_size;
	__u16 entry_size;
	__u16 reserved;
	__u32 accel;
	__u32 engine;
	__u32 fns;
	__u32 entries;
	__u32 reserved2;
	__u64 first;
	__u64 engine_ns;
	__u64 realtime_ns;
};

/**
 * struct vfarb_record_entry - one fact
 * @type: enum vfarb_record_type, which says what the rest means
 * @arg: small value
 * @fn: function
 * @val: value
 * @time: engine clock
 * @x: value
 * @y: value
 */
struct vfarb_record_entry {
	__u8  type;
	__u8  arg;
	__u16 fn;
	__u32 val;
	__u64 time;
	__u64 x;
	__u64 y;
};

/**
 * enum vfarb_record_type - what an entry says
 * @VFARB_RECORD_SNAPSHOT: everything that choices depend on follows, in STATE
 *	entries: first the engine, @x bytes, then @val lines of @y bytes each, every
 *	one filled up to whole entries
 * @VFARB_RECORD_STATE: 24 bytes of it, in @time, @x and @y; @val: number from 0
 * @VFARB_RECORD_LOST: the reader was too slow and @x entries are missing; a
 *	snapshot follows. Made for the reader, not kept.
 * @VFARB_RECORD_ADD: @fn takes a seat; @arg: priority, @val: volume, @x: slice,
 *	*y*: order of registration
 * @VFARB_RECORD_REMOVE: @fn leaves its seat
 * @VFARB_RECORD_SET: backlog or permission of @fn changed; @arg: VFARB_RECORD_*
 *	flags, @val: why it is blocked, @x: running time entitled ahead, @y: size
 *	of what it will run first, which counts only with VFARB_RECORD_HEAD
 * @VFARB_RECORD_REPRICE: @fn is worth something else; @arg: priority and
 *	VFARB_RECORD_* flags, @val: volume
 * @VFARB_RECORD_DESIGNATED: the designated slice of @fn is @x
 * @VFARB_RECORD_CHARGE: time up to @time is accounted for; @fn: who holds the
 *	engine, @x: running, @y: switching, @arg: VFARB_RECORD_NO_WORK if nobody
 *	could have run in the rest
 * @VFARB_RECORD_WIDE: values of the SLICE that follows, which do not all fit
 *	there; @arg 0: @time: error bound, @x: running, @y: switching; @arg 1: @x: size
 *	and @y: age of what comes next
 * @VFARB_RECORD_SLICE: a slice ended; @fn: whose, @arg: VFARB_RECORD_REASON(),
 *	_PROVENANCE() and flags, @val: error bound, @x: low half: running, high
 *	half: switching time since the last CHARGE or SLICE, @y: low half: size of
 *	what comes next, high half: how long before @time that was handed in
 * @VFARB_RECORD_GRANT: @fn is granted the engine, or nobody; @arg: enum
 *	vfarb_rule, low half of @val: the runner-up, high half: how many wait,
 *	*x*: slice, @y: how much more virtual time the runner-up has (signed)
 * @VFARB_RECORD_DROP: nobody is granted the engine; @arg: 1 if the provider
 *	refused the grant
 * @VFARB_RECORD_POLICY: @arg: enum vfarb_policy, @val: enum vfarb_order
 * @VFARB_RECORD_SETTLE: entitlements of functions @fn .. @val - 1 were settled
 * @VFARB_RECORD_EVENT: an event, see vfarb_event.h; @val: its type, @arg: its code, @x and @y: its
 *	values
 */
enum vfarb_record_type {
	VFARB_RECORD_SNAPSHOT = 1,
	VFARB_RECORD_STATE,
	VFARB_RECORD_LOST,
	VFARB_RECORD_ADD,
	VFARB_RECORD_REMOVE,
	VFARB_RECORD_SET,
	VFARB_RECORD_REPRICE,
	VFARB_RECORD_DESIGNATED,
	VFARB_RECORD_CHARGE,
	VFARB_RECORD_WIDE,
	VFARB_RECORD_SLICE,
	VFARB_RECORD_GRANT,
	VFARB_RECORD_DROP,
	VFARB_RECORD_POLICY,
	VFARB_RECORD_SETTLE,
	VFARB_RECORD_EVENT,
};

/* Flag in @arg of CHARGE */
#define VFARB_RECORD_NO_WORK	(1u << 0)

/* Flags in @arg of SET, REPRICE and SLICE */
#define VFARB_RECORD_BACKLOGGED	(1u << 7)	/* it has work */
#define VFARB_RECORD_LEFT	(1u << 6)	/* it ceased to compete */
#define VFARB_RECORD_JOINED	(1u << 5)	/* it began to compete, after LEFT if both */
#define VFARB_RECORD_HEAD	(1u << 4)	/* SET only: what it will run first is new */

/* @arg of SLICE below LEFT; of REPRICE below JOINED */
#define VFARB_RECORD_REASON(arg)	((arg) & 0xf)
#define VFARB_RECORD_PROVENANCE(arg)	((arg) >> 4 & 0x3)
#define VFARB_RECORD_PRIORITY(arg)	((arg) & 0x1f)

#define VFARB_RECORD_STATE_BYTES	24

/**
 * struct vfarb_record_attach - which record to read
 * @accel: number of the accelerator
 * @engine: index of the engine
 * @flags: VFARB_RECORD_*
 * @reserved: 0
 */
struct vfarb_record_attach {
	__u32 accel;
	__u32 engine;
	__u32 flags;
	__u32 reserved;
};

/* Begin with a new snapshot instead of the oldest that is kept. */
#define VFARB_RECORD_FROM_NOW	(1u << 0)

/*
 * /dev/vfarb/record: after this call read() gives the head and then whole
 * entries; it waits for more unless the file is non-blocking, and gives 0 once
 * the accelerator is gone and all was read.
 */
#define VFARB_RECORD_ATTACH	_IOW(0xfa, 0x40, struct vfarb_record_attach)

#endif /* _UAPI_LINUX_VFARB_RECORD_H */
