/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations: what a descriptor may say, what it costs, and what it does to
 * bytes. Pure code without locks or allocation: it also compiles in user space,
 * where it is fuzzed.
 */
#ifndef _VFARB_EMU_OP_H
#define _VFARB_EMU_OP_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
#define le16_to_cpu(x)	le16toh(x)
#define le32_to_cpu(x)	le32toh(x)
#define le64_to_cpu(x)	le64toh(x)
#endif

#include <linux/vfarb_regs.h>

struct emu_operand {
	u32 buffer;
	u64 offset;
	u64 length;
	u64 pages;	/* where the list of its pages lies, from the buffer table */
};

/* A descriptor that was found right, in host byte order. */
struct emu_op {
	u8 op;
	u8 operands;
	u32 value;
	u64 time_ns;
	u32 m, n, k;
	struct emu_operand operand[VFARB_OPERANDS];
};

/**
 * struct emu_cost - what operations take
 * @overhead_ns: of every submission, refused ones included; never 0, as it
 *	bounds what a ring can make the device do in a given time
 * @fill_ns_per_kib: per KiB written
 * @copy_ns_per_kib: per KiB copied
 * @checksum_ns_per_kib: per KiB read
 * @matmul_ps_per_mac: per multiplication and addition
 */
struct emu_cost {
	u32 overhead_ns;
	u32 fill_ns_per_kib;
	u32 copy_ns_per_kib;
	u32 checksum_ns_per_kib;
	u32 matmul_ps_per_mac;
};

/**
 * typedef emu_buffer_fn - read one entry of the buffer table
 * @context: as given to emu_op_check()
 * @index: of the entry
 * @entry: where to put it
 *
 * Return: 0, VFARB_SUB_BAD_BUFFER, or VFARB_SUB_DMA.
 */
typedef int (*emu_buffer_fn)(void *context, u32 index, struct vfarb_buffer_entry *entry);

int emu_op_check(const struct vfarb_descriptor *desc, emu_buffer_fn buffer, void *context,
		 struct emu_op *op, u8 *operand);
u64 emu_op_cost(const struct emu_op *op, const struct emu_cost *cost);
bool emu_op_touches_memory(const struct emu_op *op);

void emu_fill(void *to, u32 value, size_t length);
void emu_crc32c_init(void);
u32 emu_crc32c(u32 crc, const void *data, size_t length);
void emu_multiply_add(s32 *sum, s8 factor, const s8 *row, size_t count);

#endif /* _VFARB_EMU_OP_H */
