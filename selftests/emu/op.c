// SPDX-License-Identifier: GPL-2.0
/*
 * The accelerator's validation and arithmetic in user space, against the
 * documentation of the register interface written again: random descriptors,
 * mostly wrong in one place, and random data.
 *
 *	op [DESCRIPTORS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "op.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define BUFFERS		5	/* sizes below; index 3 holds nothing, the table ends before 4 */
#define TABLE		4

static const u64 sizes[BUFFERS] = { 4096, 65536, 1ull << 40, 0, 4096 };
static u64 state;
static unsigned int failures;

static u64 draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1dull;
}

static u64 below(u64 limit)
{
	return draw() % limit;
}

static int buffer(void *context, u32 index, struct vfarb_buffer_entry *entry)
{
	(void)context;
	if (index >= TABLE)
		return VFARB_SUB_BAD_BUFFER;
	if (index == 2 && below(64) == 0)
		return VFARB_SUB_DMA;
	entry->length = htole64(sizes[index]);
	entry->pages = htole64(0x1000 * (index + 1));
	return 0;
}

/* The documented checks, one after the other. */
static int judge(const struct vfarb_descriptor *d, unsigned int *which)
{
	static const unsigned int used[VFARB_OP_COUNT] = { 0, 0, 1, 2, 1, 3 };
	unsigned __int128 end;
	u64 want[3];
	unsigned int i;

	*which = 0;
	if (d->op >= VFARB_OP_COUNT)
		return VFARB_SUB_BAD_OP;
	if (d->flags || d->reserved0 || d->reserved1 || d->reserved2)
		return VFARB_SUB_BAD_FLAGS;
	for (i = 0; i < 3; i++) {
		*which = i;
		if (d->operand[i].reserved)
			return VFARB_SUB_BAD_FLAGS;
	}
	*which = 0;
	if (d->op == VFARB_OP_TIMED && le64toh(d->time_ns) > 10000000000ull)
		return VFARB_SUB_TOO_LONG;
	for (i = 0; i < 3 && d->op == VFARB_OP_MATMUL; i++) {
		*which = i;
		if (le32toh(d->dim[i]) < 1 || le32toh(d->dim[i]) > 4096)
			return VFARB_SUB_BAD_DIM;
	}
	for (i = 0; i < used[d->op]; i++) {
		const struct vfarb_operand *o = &d->operand[i];

		*which = i;
		if (le32toh(o->buffer) >= TABLE || !sizes[le32toh(o->buffer)])
			return VFARB_SUB_BAD_BUFFER;
		if (le64toh(o->offset) % 8)
			return VFARB_SUB_MISALIGNED;
		if (!o->length)
			return VFARB_SUB_BAD_LENGTH;
		if ((d->op == VFARB_OP_FILL || d->op == VFARB_OP_COPY) && le64toh(o->length) % 8)
			return VFARB_SUB_MISALIGNED;
		end = (unsigned __int128)le64toh(o->offset) + le64toh(o->length);
		if (end > sizes[le32toh(o->buffer)])
			return VFARB_SUB_BAD_RANGE;
	}
	*which = 1;
	if (d->op == VFARB_OP_COPY && d->operand[0].length != d->operand[1].length)
		return VFARB_SUB_BAD_LENGTH;
	want[0] = 4ull * le32toh(d->dim[0]) * le32toh(d->dim[1]);
	want[1] = 1ull * le32toh(d->dim[0]) * le32toh(d->dim[2]);
	want[2] = 1ull * le32toh(d->dim[2]) * le32toh(d->dim[1]);
	for (i = 0; i < 3 && d->op == VFARB_OP_MATMUL; i++) {
		*which = i;
		if (le64toh(d->operand[i].length) != want[i])
			return VFARB_SUB_BAD_LENGTH;
	}
	for (i = 1; i < used[d->op]; i++) {
		u64 a = le64toh(d->operand[0].offset), b = le64toh(d->operand[i].offset);
		u64 a_end = a + le64toh(d->operand[0].length);
		u64 b_end = b + le64toh(d->operand[i].length);

		*which = i;
		if (d->operand[0].buffer == d->operand[i].buffer && a < b_end && b < a_end)
			return VFARB_SUB_OVERLAP;
	}
	*which = 0;
	return VFARB_SUB_OK;
}

static struct vfarb_descriptor right(void)
{
	struct vfarb_descriptor d = { .op = below(VFARB_OP_COUNT), .value = draw() };
	u32 m = 1 + below(20), n = 1 + below(20), k = 1 + below(40);
	u64 length[3] = { 8 * (1 + below(512)), 0, 0 };
	unsigned int i;
	u64 size;

	length[1] = length[0];
	if (d.op == VFARB_OP_MATMUL) {
		length[0] = 4ull * m * n;
		length[1] = 1ull * m * k;
		length[2] = 1ull * k * n;
	}
	d.dim[0] = htole32(m);
	d.dim[1] = htole32(n);
	d.dim[2] = htole32(k);
	d.time_ns = htole64(below(VFARB_MAX_TIME_NS + 1));
	for (i = 0; i < VFARB_OPERANDS; i++) {
		d.operand[i].buffer = htole32(below(3));
		size = sizes[le32toh(d.operand[i].buffer)];
		d.operand[i].offset = htole64(8 * below((size - length[i]) / 8 + 1));
		d.operand[i].length = htole64(length[i]);
	}
	return d;
}

/* Spoil one field, or all. */
static void spoil(struct vfarb_descriptor *d)
{
	static const u64 odd[] = {
		0, 1, 2, 3, 4, 5, 7, 8, 9, 4088, 4095, 4096, 4097, 4104, 65536, 65544,
		1ull << 31, 0xffffffff, 1ull << 32, 1ull << 40, 1ull << 63, ~0ull, ~7ull,
		~0ull - 4095, 10000000000, 10000000001,
	};
	unsigned int i = below(VFARB_OPERANDS);
	u64 value = odd[below(ARRAY_SIZE(odd))];
	unsigned char *byte = (unsigned char *)d;

	switch (below(14)) {
	case 0:
		d->op = value;
		break;
	case 1:
		d->flags = value;
		break;
	case 2:
		d->reserved0 = value;
		break;
	case 3:
		d->reserved1 = value;
		break;
	case 4:
		d->reserved2 = value;
		break;
	case 5:
		d->operand[i].buffer = htole32(value);
		break;
	case 6:
		d->operand[i].reserved = value;
		break;
	case 7:
		d->operand[i].offset = htole64(value);
		break;
	case 8:
		d->operand[i].length = htole64(value);
		break;
	case 9:
		d->dim[i] = htole32(value);
		break;
	case 10:
		d->time_ns = htole64(value);
		break;
	case 11:
		d->operand[i] = d->operand[0];
		break;
	case 12:
		byte[below(sizeof(*d))] ^= 1u << below(8);
		break;
	case 13:
		for (i = 0; i < sizeof(*d); i++)
			byte[i] = draw();
		if (below(2))
			d->op %= VFARB_OP_COUNT;
		break;
	}
}

static void report(int number, int failed, const char *name)
{
	printf("%s %d %s\n", failed ? "not ok" : "ok", number, name);
	failures += !!failed;
}

static int test_descriptors(unsigned long count)
{
	static const struct emu_cost cost = { 100, 1000000000, 1000000000, 1000000000, 100000000 };
	unsigned long seen[VFARB_SUB_CANCELLED + 1] = { 0 };
	unsigned int which, status, i;
	struct vfarb_descriptor d;
	struct emu_op op;
	unsigned long n;
	u8 operand;
	u64 ns;

	for (n = 0; n < count; n++) {
		int got;

		d = right();
		if (below(8))
			spoil(&d);
		got = emu_op_check(&d, buffer, NULL, &op, &operand);
		status = judge(&d, &which);
		if (got == VFARB_SUB_DMA) {
			/* The table's own failure, at an operand that uses it. */
			if (le32toh(d.operand[operand].buffer) != 2)
				return printf("# descriptor %lu: DMA at operand %u\n", n, operand);
		} else if ((unsigned int)got != status || (status && operand != which)) {
			return printf("# descriptor %lu: status %d operand %u, expected %u, %u\n",
				      n, got, operand, status, which);
		}
		seen[got]++;
		if (got)
			continue;
		ns = emu_op_cost(&op, &cost);
		if (ns < cost.overhead_ns || ns > 1ull << 62)
			return printf("# descriptor %lu: cost %llu ns\n", n,
				      (unsigned long long)ns);
	}
	for (i = VFARB_SUB_OK; i <= VFARB_SUB_TOO_LONG; i++)
		if (!seen[i])
			return printf("# status %u was never seen\n", i);
	return 0;
}

static int test_checksum(void)
{
	/* From RFC 3720, B.4, and the usual check value. */
	static const struct {
		unsigned char first, step;
		size_t length;
		u32 crc;
	} known[] = {
		{ 0x00, 0, 32, 0x8a9136aa },
		{ 0xff, 0, 32, 0x62a8ab43 },
		{ 0x00, 1, 32, 0x46dd794e },
		{ 0x1f, 0xff, 32, 0x113fdb5c },
		{ '1', 1, 9, 0xe3069283 },
	};
	unsigned char data[32];
	size_t i, j, cut;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		for (j = 0; j < known[i].length; j++)
			data[j] = known[i].first + j * known[i].step;
		for (cut = 0; cut <= known[i].length; cut++) {
			u32 crc = emu_crc32c(~0u, data, cut);

			if (~emu_crc32c(crc, data + cut, known[i].length - cut) != known[i].crc)
				return printf("# vector %zu cut at %zu\n", i, cut);
		}
	}
	return 0;
}

static int test_product(void)
{
	s8 a[16], b[16][48];
	s32 sum[48], expected;
	unsigned int round, i, j;

	for (round = 0; round < 1000; round++) {
		memset(sum, 0, sizeof(sum));
		for (i = 0; i < 16; i++) {
			/* The extremes often: -128 * -128 must not be mistaken. */
			a[i] = below(4) ? (s8)draw() : -128;
			for (j = 0; j < 48; j++)
				b[i][j] = below(4) ? (s8)draw() : -128;
			emu_multiply_add(sum, a[i], b[i], 48);
		}
		for (j = 0; j < 48; j++) {
			expected = 0;
			for (i = 0; i < 16; i++)
				expected += a[i] * b[i][j];
			if (sum[j] != expected)
				return printf("# sum %d, expected %d\n", sum[j], expected);
		}
	}
	return 0;
}

static int test_fill(void)
{
	unsigned char data[72];
	unsigned int i, length;

	for (length = 0; length <= 64; length += 8) {
		memset(data, 0xaa, sizeof(data));
		emu_fill(data, 0x04030201, length);
		for (i = 0; i < sizeof(data); i++)
			if (data[i] != (i < length ? 1 + i % 4 : 0xaa))
				return printf("# byte %u of %u\n", i, length);
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;

	state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	if (!count || !state) {
		fprintf(stderr, "usage: op [DESCRIPTORS [SEED]], neither of them 0\n");
		return 2;
	}
	emu_crc32c_init();
	printf("TAP version 13\n1..4\n");
	report(1, test_descriptors(count), "descriptors are judged as documented");
	report(2, test_checksum(), "CRC-32C, in any two pieces");
	report(3, test_product(), "int8 products");
	report(4, test_fill(), "patterns");
	return failures ? 1 : 0;
}
