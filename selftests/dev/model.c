// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <string.h>

#include "model.h"

static uint32_t crc32c(const uint8_t *data, uint64_t length)
{
	uint32_t crc = ~0u;
	unsigned int bit;

	while (length--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
	}
	return ~crc;
}

static unsigned int operands_of(unsigned int op)
{
	switch (op) {
	case VFARB_OP_FILL:
	case VFARB_OP_CHECKSUM:
		return 1;
	case VFARB_OP_COPY:
		return 2;
	case VFARB_OP_MATMUL:
		return 3;
	}
	return 0;
}

/* In the order in which the register interface has a device look. */
static uint16_t judge_operand(const struct model *model, const struct vfarb_submission *s,
			      const struct vfarb_submit_operand *operand)
{
	bool words = s->op == VFARB_OP_FILL || s->op == VFARB_OP_COPY;
	uint64_t size;

	if (operand->handle >= MODEL_HANDLES || !model->data[operand->handle])
		return VFARB_SUB_BAD_BUFFER;
	size = model->size[operand->handle];
	if (operand->offset % 8)
		return VFARB_SUB_MISALIGNED;
	if (!operand->length)
		return VFARB_SUB_BAD_LENGTH;
	if (words && operand->length % 8)
		return VFARB_SUB_MISALIGNED;
	if (operand->offset > size || operand->length > size - operand->offset)
		return VFARB_SUB_BAD_RANGE;
	return VFARB_SUB_OK;
}

static bool overlap(const struct vfarb_submit_operand *a, const struct vfarb_submit_operand *b)
{
	return a->handle == b->handle && a->offset < b->offset + b->length &&
	       b->offset < a->offset + a->length;
}

static struct model_result judge(const struct model *model, const struct vfarb_submission *s)
{
	const struct vfarb_submit_operand *o = s->operand;
	uint64_t lengths[VFARB_OPERANDS] = {
		4ull * s->dim[0] * s->dim[1], (uint64_t)s->dim[0] * s->dim[2],
		(uint64_t)s->dim[2] * s->dim[1],
	};
	unsigned int i, count = operands_of(s->op);
	struct model_result result = {};

#define REFUSE(why, which) \
	return (struct model_result) { .status = (why), .operand = (uint8_t)(which) }

	if (s->op >= VFARB_OP_COUNT)
		REFUSE(VFARB_SUB_BAD_OP, 0);
	if (s->flags || s->reserved0 || s->reserved1 || s->reserved2)
		REFUSE(VFARB_SUB_BAD_FLAGS, 0);
	for (i = 0; i < VFARB_OPERANDS; i++)
		if (o[i].reserved)
			REFUSE(VFARB_SUB_BAD_FLAGS, i);
	if (s->op == VFARB_OP_TIMED && s->time_ns > VFARB_MAX_TIME_NS)
		REFUSE(VFARB_SUB_TOO_LONG, 0);
	for (i = 0; s->op == VFARB_OP_MATMUL && i < 3; i++)
		if (!s->dim[i] || s->dim[i] > VFARB_MAX_DIM)
			REFUSE(VFARB_SUB_BAD_DIM, i);
	for (i = 0; i < count; i++) {
		result.status = judge_operand(model, s, &o[i]);
		if (result.status)
			REFUSE(result.status, i);
	}
	if (s->op == VFARB_OP_COPY && o[0].length != o[1].length)
		REFUSE(VFARB_SUB_BAD_LENGTH, 1);
	for (i = 0; s->op == VFARB_OP_MATMUL && i < count; i++)
		if (o[i].length != lengths[i])
			REFUSE(VFARB_SUB_BAD_LENGTH, i);
	for (i = 1; i < count; i++)
		if (overlap(&o[0], &o[i]))
			REFUSE(VFARB_SUB_OVERLAP, i);
	return result;
#undef REFUSE
}

static void multiply(int32_t *to, const int8_t *a, const int8_t *b, uint32_t m, uint32_t n,
		     uint32_t k)
{
	uint32_t row, column, i;

	for (row = 0; row < m; row++) {
		for (column = 0; column < n; column++) {
			int32_t sum = 0;

			for (i = 0; i < k; i++)
				sum += a[row * k + i] * b[i * n + column];
			to[row * n + column] = sum;
		}
	}
}

struct model_result model_run(struct model *model, const struct vfarb_submission *s)
{
	struct model_result result = judge(model, s);
	uint8_t *at[VFARB_OPERANDS] = {};
	unsigned int i;
	uint64_t byte;

	if (result.status)
		return result;
	for (i = 0; i < operands_of(s->op); i++)
		at[i] = model->data[s->operand[i].handle] + s->operand[i].offset;
	switch (s->op) {
	case VFARB_OP_FILL:
		for (byte = 0; byte < s->operand[0].length; byte++)
			at[0][byte] = (uint8_t)(s->value >> byte % 4 * 8);
		break;
	case VFARB_OP_COPY:
		memcpy(at[0], at[1], s->operand[0].length);
		break;
	case VFARB_OP_CHECKSUM:
		result.result = crc32c(at[0], s->operand[0].length);
		break;
	case VFARB_OP_MATMUL:
		multiply((int32_t *)(void *)at[0], (const int8_t *)at[1], (const int8_t *)at[2],
			 s->dim[0], s->dim[1], s->dim[2]);
		break;
	}
	return result;
}
