// SPDX-License-Identifier: GPL-2.0
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/byteorder.h>
#endif
#include "op.h"

#define CRC32C_POLYNOMIAL	0x82f63b78u	/* Castagnoli, bit-reversed */

static u32 crc32c_table[256];

static const u8 operands_of[VFARB_OP_COUNT] = {
	[VFARB_OP_NOP] = 0,
	[VFARB_OP_TIMED] = 0,
	[VFARB_OP_FILL] = 1,
	[VFARB_OP_COPY] = 2,
	[VFARB_OP_CHECKSUM] = 1,
	[VFARB_OP_MATMUL] = 3,
};

static int check_reserved(const struct vfarb_descriptor *desc, u8 *operand)
{
	u8 i;

	if (desc->flags || desc->reserved0 || desc->reserved1 || desc->reserved2)
		return VFARB_SUB_BAD_FLAGS;
	for (i = 0; i < VFARB_OPERANDS; i++) {
		if (desc->operand[i].reserved) {
			*operand = i;
			return VFARB_SUB_BAD_FLAGS;
		}
	}
	return VFARB_SUB_OK;
}

static int check_operand(const struct emu_op *op, struct emu_operand *operand,
			 emu_buffer_fn buffer, void *context)
{
	bool whole_words = op->op == VFARB_OP_FILL || op->op == VFARB_OP_COPY;
	struct vfarb_buffer_entry entry;
	u64 size;
	int status;

	status = buffer(context, operand->buffer, &entry);
	if (status)
		return status;
	size = le64_to_cpu(entry.length);
	if (!size)
		return VFARB_SUB_BAD_BUFFER;
	if (operand->offset % 8)
		return VFARB_SUB_MISALIGNED;
	if (!operand->length)
		return VFARB_SUB_BAD_LENGTH;
	if (whole_words && operand->length % 8)
		return VFARB_SUB_MISALIGNED;
	if (operand->offset > size || operand->length > size - operand->offset)
		return VFARB_SUB_BAD_RANGE;
	operand->pages = le64_to_cpu(entry.pages);
	return VFARB_SUB_OK;
}

static bool overlap(const struct emu_operand *a, const struct emu_operand *b)
{
	return a->buffer == b->buffer && a->offset < b->offset + b->length &&
	       b->offset < a->offset + a->length;
}

static int check_together(const struct emu_op *op, u8 *operand)
{
	const struct emu_operand *o = op->operand;
	u64 m = op->m, n = op->n, k = op->k;
	u64 want[VFARB_OPERANDS] = { m * n * sizeof(s32), m * k, k * n };
	u8 i;

	switch (op->op) {
	case VFARB_OP_COPY:
		if (o[0].length != o[1].length) {
			*operand = 1;
			return VFARB_SUB_BAD_LENGTH;
		}
		break;
	case VFARB_OP_MATMUL:
		for (i = 0; i < VFARB_OPERANDS; i++) {
			if (o[i].length != want[i]) {
				*operand = i;
				return VFARB_SUB_BAD_LENGTH;
			}
		}
		break;
	default:
		return VFARB_SUB_OK;
	}
	for (i = 1; i < op->operands; i++) {
		if (overlap(&o[0], &o[i])) {
			*operand = i;
			return VFARB_SUB_OVERLAP;
		}
	}
	return VFARB_SUB_OK;
}

static bool dim_is_bad(u32 dim)
{
	return !dim || dim > VFARB_MAX_DIM;
}

/**
 * emu_op_check - judge a descriptor
 * @desc: a copy that nobody else can write
 * @buffer: reads the buffer table
 * @context: for @buffer
 * @op: what it says, valid if it was found right
 * @operand: which operand or dimension was refused, else 0
 *
 * The order of the checks is part of the register interface: the first that
 * fails gives the status.
 *
 * Return: VFARB_SUB_*.
 */
int emu_op_check(const struct vfarb_descriptor *desc, emu_buffer_fn buffer, void *context,
		 struct emu_op *op, u8 *operand)
{
	int status;
	u8 i;

	*operand = 0;
	memset(op, 0, sizeof(*op));
	if (desc->op >= VFARB_OP_COUNT)
		return VFARB_SUB_BAD_OP;
	status = check_reserved(desc, operand);
	if (status)
		return status;

	op->op = desc->op;
	op->operands = operands_of[desc->op];
	op->value = le32_to_cpu(desc->value);
	op->time_ns = le64_to_cpu(desc->time_ns);
	op->m = le32_to_cpu(desc->dim[0]);
	op->n = le32_to_cpu(desc->dim[1]);
	op->k = le32_to_cpu(desc->dim[2]);
	if (op->op == VFARB_OP_TIMED && op->time_ns > VFARB_MAX_TIME_NS)
		return VFARB_SUB_TOO_LONG;
	for (i = 0; op->op == VFARB_OP_MATMUL && i < 3; i++) {
		if (dim_is_bad(le32_to_cpu(desc->dim[i]))) {
			*operand = i;
			return VFARB_SUB_BAD_DIM;
		}
	}
	for (i = 0; i < op->operands; i++) {
		op->operand[i].buffer = le32_to_cpu(desc->operand[i].buffer);
		op->operand[i].offset = le64_to_cpu(desc->operand[i].offset);
		op->operand[i].length = le64_to_cpu(desc->operand[i].length);
		status = check_operand(op, &op->operand[i], buffer, context);
		if (status) {
			*operand = i;
			return status;
		}
	}
	return check_together(op, operand);
}

/* A table can claim any length: 2 TiB are enough to be called long. */
static u64 per_kib(u64 length, u32 ns)
{
	if (length >> 41)
		length = 1ull << 41;
	return (length >> 10) * ns + (((length & 1023) * ns) >> 10);
}

/**
 * emu_op_cost - the modelled execution time of an operation
 * @op: checked
 * @cost: of the accelerator
 *
 * Return: ns
 */
u64 emu_op_cost(const struct emu_op *op, const struct emu_cost *cost)
{
	u64 ns = 0;

	switch (op->op) {
	case VFARB_OP_TIMED:
		return op->time_ns > cost->overhead_ns ? op->time_ns : cost->overhead_ns;
	case VFARB_OP_FILL:
		ns = per_kib(op->operand[0].length, cost->fill_ns_per_kib);
		break;
	case VFARB_OP_COPY:
		ns = per_kib(op->operand[0].length, cost->copy_ns_per_kib);
		break;
	case VFARB_OP_CHECKSUM:
		ns = per_kib(op->operand[0].length, cost->checksum_ns_per_kib);
		break;
	case VFARB_OP_MATMUL:
		/* At most 2^36 multiplications, so below 2^64 ps up to 2^28 ps each. */
		ns = (u64)op->m * op->n * op->k * cost->matmul_ps_per_mac / 1000;
		break;
	}
	return ns + cost->overhead_ns;
}

bool emu_op_touches_memory(const struct emu_op *op)
{
	return op->operands;
}

/* @to and @length are multiples of 8. */
void emu_fill(void *to, u32 value, size_t length)
{
	u8 pattern[4] = { value, value >> 8, value >> 16, value >> 24 };
	u8 *byte = to;
	size_t i;

	for (i = 0; i < length; i += sizeof(pattern))
		memcpy(byte + i, pattern, sizeof(pattern));
}

void emu_crc32c_init(void)
{
	u32 i, bit, crc;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? CRC32C_POLYNOMIAL : 0);
		crc32c_table[i] = crc;
	}
}

/* Begin with ~0 and invert at the end. */
u32 emu_crc32c(u32 crc, const void *data, size_t length)
{
	const u8 *byte = data;

	while (length--)
		crc = (crc >> 8) ^ crc32c_table[(crc ^ *byte++) & 255];
	return crc;
}

void emu_multiply_add(s32 *sum, s8 factor, const s8 *row, size_t count)
{
	size_t i;

	/*
	 * 4096 products of at most 2^14 stay within 27 bits; but sums may have
	 * lain in the tenant's memory, who can have written there.
	 */
	for (i = 0; i < count; i++)
		sum[i] = (u32)sum[i] + (u32)(factor * row[i]);
}
