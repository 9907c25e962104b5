/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The vfarb register interface: what a device offers its physical function
 * (PF) and its virtual functions (VFs), version 1.0.
 *
 * Documentation/register-interface.rst is the text that goes with it. Every
 * field is little-endian. Every time is in ticks of the accelerator's clock
 * (VFARB_REG_CLOCK_HZ) unless a name ends in _ns. Functions are numbered as
 * PCI does: 0 is the PF, n is VF n, which people call vf(n-1).
 */
#ifndef _UAPI_LINUX_VFARB_REGS_H
#define _UAPI_LINUX_VFARB_REGS_H

#include <linux/types.h>

/* Not registered with the PCI-SIG: the software accelerator's only. */
#define VFARB_PCI_VENDOR_ID		0x7fab
#define VFARB_PCI_DEVICE_ID_PF		0x0001
#define VFARB_PCI_DEVICE_ID_VF		0x0002

#define VFARB_MAX_ENGINES		4
#define VFARB_MAX_VFS			63
#define VFARB_MAX_FUNCTIONS		(VFARB_MAX_VFS + 1)

/*
 * BARs. The PF has its registers, its own tenant page and the MSI-X
 * structures; a VF has a tenant page and the MSI-X structures.
 */
#define VFARB_PF_BAR_REGS		0
#define VFARB_PF_BAR_TENANT		2
#define VFARB_PF_BAR_MSIX		4
#define VFARB_VF_BAR_TENANT		0
#define VFARB_VF_BAR_MSIX		2

#define VFARB_PF_BAR_REGS_SIZE		0x10000
#define VFARB_TENANT_PAGE_SIZE		0x1000
#define VFARB_BAR_MSIX_SIZE		0x1000

/* MSI-X vectors. PF: one for administration, one per engine. VF: per engine. */
#define VFARB_PF_VECTOR_ADMIN		0
#define VFARB_PF_VECTOR_ENGINE(e)	(1 + (e))
#define VFARB_VF_VECTOR_ENGINE(e)	(e)

/*
 * Vendor-specific capability (PCI_CAP_ID_VNDR), in the PF and in each VF.
 * A device that cannot see accesses to its BARs (one made of memory) sets
 * VFARB_CAP_FLAG_NOTIFY: the driver then writes the offset of a register to
 * VFARB_CAP_NOTIFY after writing one marked [N], and before reading one
 * marked [L] (live) with VFARB_NOTIFY_READ set.
 */
#define VFARB_CAP_LENGTH		2	/* u8: VFARB_CAP_SIZE */
#define VFARB_CAP_VERSION		3	/* u8: 1 */
#define VFARB_CAP_FLAGS			4	/* u32 */
#define   VFARB_CAP_FLAG_NOTIFY		(1u << 0)
#define VFARB_CAP_NOTIFY		8	/* u32, write only */
#define   VFARB_NOTIFY_OFFSET		0x00ffffffu
#define   VFARB_NOTIFY_READ		(1u << 30)
#define   VFARB_NOTIFY_TENANT		(1u << 31)	/* offset is in the tenant page */
#define VFARB_CAP_SIZE			12

/* PF registers: identity */
#define VFARB_REG_MAGIC			0x000	/* u32: VFARB_MAGIC */
#define   VFARB_MAGIC			0x42524656u	/* "VFRB" */
#define VFARB_REG_VERSION		0x004	/* u32: major << 16 | minor */
#define   VFARB_VERSION			0x00010000u
#define VFARB_REG_CAPS			0x008	/* u32 */
#define   VFARB_CAPS_PREEMPT		(1u << 0) /* stops within a submission */
#define   VFARB_CAPS_EXTEND		(1u << 1)
#define   VFARB_CAPS_VF_RESET		(1u << 2)
#define   VFARB_CAPS_PREEMPT_SUBMISSION	(1u << 3) /* PREEMPT acts between submissions at least */
#define VFARB_REG_ENGINES		0x00c	/* u32: 1..VFARB_MAX_ENGINES */
#define VFARB_REG_VFS			0x010	/* u32: TotalVFs */
#define VFARB_REG_COUNTER_BITS		0x014	/* u32: 32..64, width of every counter of ticks */
#define VFARB_REG_CLOCK_HZ		0x018	/* u64 */
#define VFARB_REG_CONTROL		0x020	/* u32 [N] */
#define   VFARB_CONTROL_ENABLE		(1u << 0) /* clear: quiesce, engines finish and stay idle */

/* PF registers: event queues; queue 0 is administration, 1 + e is engine e's */
#define VFARB_REG_EVQ(q)		(0x100 + (q) * 0x20)
#define   VFARB_EVQ_BASE		0x00	/* u64: DMA address, 64-byte aligned */
#define   VFARB_EVQ_SIZE		0x08	/* u32: entries, a power of two, 0 disables [N] */
#define   VFARB_EVQ_TAIL		0x0c	/* u32: events consumed, free running [N] */
#define   VFARB_EVQ_LOST		0x10	/* u32: events dropped, queue full [L] */
#define VFARB_EVQS(engines)		(1 + (engines))
#define VFARB_EVQ_SIZE_MAX		4096u

/* PF registers: one block per engine */
#define VFARB_REG_ENGINE(e)		(0x1000 + (e) * 0x100)
#define   VFARB_ENGINE_CLOCK		0x00	/* u64: never stops, never set back [L] */
#define   VFARB_ENGINE_STATUS		0x08	/* u32 [L] */
#define     VFARB_STATUS_IDLE		0
#define     VFARB_STATUS_SWITCHING	1
#define     VFARB_STATUS_RUNNING	2
#define     VFARB_STATUS_STOPPING	3	/* preempt taken, not yet stopped */
#define     VFARB_STATUS_RESETTING	4
#define   VFARB_ENGINE_CURRENT		0x0c	/* u32: function granted, if not idle [L] */
#define   VFARB_ENGINE_COMMAND		0x10	/* u32: takes the arguments below [N] */
#define     VFARB_COMMAND_GRANT		1	/* to GRANT_FN for GRANT_SLICE */
#define     VFARB_COMMAND_PREEMPT	2	/* whoever runs */
#define     VFARB_COMMAND_EXTEND	3	/* the running slice by EXTEND_BY */
#define     VFARB_COMMAND_RESET		4	/* this engine; every context on it is lost */
#define   VFARB_ENGINE_GRANT_FN		0x14	/* u32 */
#define   VFARB_ENGINE_GRANT_COOKIE	0x18	/* u32: comes back in the grant's events */
#define   VFARB_ENGINE_GRANT_SLICE	0x20	/* u64: from the first tick of running */
#define   VFARB_ENGINE_EXTEND_BY	0x28	/* u64 */
#define   VFARB_ENGINE_SWITCH_TIME	0x30	/* u64: accumulated [L] */
#define   VFARB_ENGINE_IDLE_TIME	0x38	/* u64: accumulated [L] */
#define   VFARB_ENGINE_PENDING		0x40	/* u64: bit n, function n has work [L] */
#define   VFARB_ENGINE_KIND		0x60	/* u32 */
#define     VFARB_ENGINE_COMPUTE	0
#define     VFARB_ENGINE_COPY		1
#define   VFARB_ENGINE_SWITCH_COST	0x68	/* u64: typical */
#define   VFARB_ENGINE_PREEMPT_COST	0x70	/* u64: worst case from preempt to slice end */

/* PF registers: one block per function, the PF's own included */
#define VFARB_REG_FN(fn)		(0x8000 + (fn) * 0x200)
#define   VFARB_FN_ENGINE(e)		((e) * 0x40)
#define     VFARB_FN_RUN_TIME		0x00	/* u64: accumulated [L] */
#define     VFARB_FN_PROGRESS		0x08	/* u64: moves while work gets done [L] */
#define     VFARB_FN_HEAD_SIZE		0x10	/* u64: rest of the head submission's size [L] */
#define     VFARB_FN_QUEUED		0x18	/* u32: submissions not ended [L] */
#define   VFARB_FN_CONTROL		0x100	/* u32 [N] */
#define     VFARB_FN_ENABLE		(1u << 0)
#define     VFARB_FN_RESET		(1u << 1) /* as FLR; RESET_DONE tells the end */
#define   VFARB_FN_STATUS		0x104	/* u32 [L] */
#define     VFARB_FN_STATUS_ENABLED	(1u << 0)
#define     VFARB_FN_STATUS_RESETTING	(1u << 1)

/**
 * struct vfarb_event - what the device tells the PF, one entry of an event queue
 * @seq: its number, see below
 * @type: VFARB_EVENT_*
 * @engine: which engine
 * @fn: which function
 * @cookie: of the grant, for STARTED, PREEMPTED, SLICE_END, FAULT
 * @arg: SLICE_END: VFARB_REASON_*; FAULT: VFARB_FAULT_*
 * @time: engine clock when it happened
 * @run: SLICE_END, PREEMPTED: ticks run in this grant
 * @switching: STARTED, SLICE_END: ticks spent switching in this grant
 * @head_time: PENDING, SLICE_END: engine clock at the head submission's doorbell
 * @head_size: PENDING, SLICE_END: rest of the head submission's size
 * @queued: PENDING, SLICE_END: submissions not ended
 * @reserved: 0
 *
 * seq starts at 1 after the queue is enabled, grows by one per event and skips
 * 0; the entry at (seq - 1) % size is valid once it holds the expected seq,
 * which the device writes last.
 */
struct vfarb_event {
	__le32 seq;
	__u8   type;
	__u8   engine;
	__le16 fn;
	__le32 cookie;
	__le32 arg;
	__le64 time;
	__le64 run;
	__le64 switching;
	__le64 head_time;
	__le64 head_size;
	__le32 queued;
	__le32 reserved;
};

#define VFARB_EVENT_ENGINE_NONE		0xff	/* events of queue 0 */

#define VFARB_EVENT_PENDING		1	/* fn has work and had none, or had none running */
#define VFARB_EVENT_STARTED		2	/* switch done, fn runs */
#define VFARB_EVENT_PREEMPTED		3	/* fn stopped running, its state is being saved */
#define VFARB_EVENT_SLICE_END		4	/* the engine is free */
#define VFARB_EVENT_FAULT		5
#define VFARB_EVENT_RESET_DONE		6	/* fn's reset, or with fn 0xffff the engine's */

#define VFARB_REASON_EXPIRED		1
#define VFARB_REASON_EMPTY		2	/* the ring ran dry */
#define VFARB_REASON_PREEMPTED		3
#define VFARB_REASON_FAULT		4
#define VFARB_REASON_RESET		5
#define VFARB_REASON_DISABLED		6	/* granted to a function that is not enabled */

#define VFARB_FAULT_BUSY		1	/* grant while the engine is not idle */
#define VFARB_FAULT_BAD_COMMAND		2
#define VFARB_FAULT_RING		3	/* ring registers of fn make no sense */
#define VFARB_FAULT_DMA			4	/* the device cannot reach fn's ring or table */
#define VFARB_FAULT_SUBMISSION		5	/* a submission ended with an error status */
#define VFARB_FAULT_ENGINE		6	/* the engine itself */

/* Tenant page: what one function sees */
#define VFARB_TEN_MAGIC			0x000	/* u32: VFARB_MAGIC */
#define VFARB_TEN_VERSION		0x004	/* u32 */
#define VFARB_TEN_FN			0x008	/* u32: own number */
#define VFARB_TEN_STATUS		0x00c	/* u32: VFARB_FN_STATUS_* [L] */
#define VFARB_TEN_ENGINES		0x010	/* u32 */
#define VFARB_TEN_BUFFERS		0x014	/* u32: entries of the buffer table [N] */
#define VFARB_TEN_CLOCK_HZ		0x018	/* u64 */
#define VFARB_TEN_BUFFER_TABLE		0x020	/* u64: DMA address, 64-byte aligned */
/* One ring per engine. TAIL, HEAD and CQ_TAIL are free running counts. */
#define VFARB_TEN_RING(e)		(0x100 + (e) * 0x40)
#define   VFARB_RING_BASE		0x00	/* u64: DMA address, 128-byte aligned */
#define   VFARB_RING_SIZE		0x08	/* u32: entries, power of two, 0 disables [N] */
#define   VFARB_RING_TAIL		0x0c	/* u32: doorbell: submissions written [N] */
#define   VFARB_RING_HEAD		0x10	/* u32: submissions ended [L] */
#define   VFARB_RING_CQ_SIZE		0x14	/* u32: entries, power of two, >= RING_SIZE */
#define   VFARB_RING_CQ_BASE		0x18	/* u64: DMA address, 64-byte aligned */
#define   VFARB_RING_CQ_TAIL		0x20	/* u32: completions consumed [N] */

#define VFARB_RING_SIZE_MAX		4096u	/* submissions, and completions */

/**
 * struct vfarb_buffer_entry - one entry of the buffer table; length 0 means no buffer
 * @pages: DMA address of an array of __le64 page addresses
 * @length: bytes; pages are 4 KiB
 */
struct vfarb_buffer_entry {
	__le64 pages;
	__le64 length;
};

#define VFARB_DEVICE_PAGE_SIZE		4096

/**
 * struct vfarb_operand - a range of a buffer
 * @buffer: index into the buffer table
 * @reserved: 0
 * @offset: bytes, a multiple of 8
 * @length: bytes, a multiple of 8 but for CHECKSUM and MATMUL
 */
struct vfarb_operand {
	__le32 buffer;
	__le32 reserved;
	__le64 offset;
	__le64 length;
};

#define VFARB_OPERANDS			3

/**
 * struct vfarb_descriptor - one submission as the device reads it from the ring, 128 bytes
 * @cookie: comes back in the completion
 * @op: VFARB_OP_*
 * @flags: 0
 * @reserved0: 0
 * @value: FILL: pattern
 * @size_ns: estimate of its execution time, 0 unknown
 * @time_ns: TIMED: how long to run
 * @operand: VFARB_OPERANDS of them, those the operation has no use for 0
 * @dim: MATMUL: m, n, k
 * @reserved1: 0
 * @reserved2: 0
 */
struct vfarb_descriptor {
	__le64 cookie;
	__u8   op;
	__u8   flags;
	__le16 reserved0;
	__le32 value;
	__le64 size_ns;
	__le64 time_ns;
	struct vfarb_operand operand[VFARB_OPERANDS];
	__le32 dim[3];
	__le32 reserved1;
	__le64 reserved2;
};

#define VFARB_OP_NOP			0
#define VFARB_OP_TIMED			1	/* run time_ns, touch nothing */
#define VFARB_OP_FILL			2	/* operand 0 = value, repeated */
#define VFARB_OP_COPY			3	/* operand 0 = operand 1, same length, no overlap */
#define VFARB_OP_CHECKSUM		4	/* result = CRC-32C of operand 0 */
/* MATMUL: int32 operand 0 [m][n] = int8 operand 1 [m][k] * int8 operand 2 [k][n] */
#define VFARB_OP_MATMUL			5
#define VFARB_OP_COUNT			6

/**
 * struct vfarb_cqe - one completion, 64 bytes; seq as in struct vfarb_event
 * @seq: as in struct vfarb_event
 * @status: VFARB_SUB_*
 * @op: VFARB_OP_* it was
 * @operand: which operand was refused, else 0
 * @cookie: of the descriptor
 * @run: ticks it ran, measured by the device
 * @wait: ticks from doorbell to its first tick
 * @result: CHECKSUM
 * @time: engine clock at its end
 * @grants: slices it was spread over
 * @reserved0: 0
 * @reserved1: 0
 */
struct vfarb_cqe {
	__le32 seq;
	__le16 status;
	__u8   op;
	__u8   operand;
	__le64 cookie;
	__le64 run;
	__le64 wait;
	__le64 result;
	__le64 time;
	__le32 grants;
	__le32 reserved0;
	__le64 reserved1;
};

#define VFARB_SUB_OK			0
#define VFARB_SUB_BAD_OP		1	/* unknown operation */
#define VFARB_SUB_BAD_FLAGS		2	/* a flag or reserved field is set */
#define VFARB_SUB_BAD_BUFFER		3	/* index out of range, or no such buffer */
#define VFARB_SUB_BAD_RANGE		4	/* offset + length is beyond the buffer */
#define VFARB_SUB_MISALIGNED		5
#define VFARB_SUB_BAD_LENGTH		6	/* zero, or lengths that do not go together */
#define VFARB_SUB_BAD_DIM		7	/* a dimension is 0 or too large */
#define VFARB_SUB_OVERLAP		8	/* operands overlap where they must not */
#define VFARB_SUB_DMA			9	/* the device could not reach memory */
#define VFARB_SUB_TOO_LONG		10	/* time_ns above VFARB_MAX_TIME_NS */
#define VFARB_SUB_RESET			11	/* ended by a reset */
#define VFARB_SUB_CANCELLED		12	/* ended by software before it started */

#define VFARB_MAX_DIM			4096u
#define VFARB_MAX_TIME_NS		10000000000ull

#endif /* _UAPI_LINUX_VFARB_REGS_H */
