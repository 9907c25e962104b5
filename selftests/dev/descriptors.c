// SPDX-License-Identifier: GPL-2.0
/*
 * Random submissions, some of them nonsense, against a model on the CPU: each
 * ends once, with the status, the operand and the result that the model has;
 * buffers are the same byte for byte, and nobody else's has changed.
 *
 * descriptors NODE OTHER-NODE COUNT INVALID-PERCENT SEED
 */
#include <errno.h>
#include <string.h>

#include "model.h"
#include "tap.h"

#define BUFFERS		6
#define BATCH		32
#define SIZE_MAX_BYTES	(5 * 4096)

static struct vfarb_vf *vf;
static struct vfarb_buffer buffer[BUFFERS];
static struct model model;
static unsigned long statuses[VFARB_SUB_CANCELLED + 1];

static void randomise(void *to, size_t size)
{
	uint8_t *byte = to;

	while (size--)
		*byte++ = (uint8_t)(random64() >> 24);
}

static struct vfarb_buffer canary(struct vfarb_vf *of)
{
	struct vfarb_buffer new;

	need(!vfarb_buffer_create(of, 3 * 4096, &new), "no buffer for a bystander");
	memset(new.data, 0xa5, new.size);
	return new;
}

static bool canary_lives(const struct vfarb_buffer *bystander)
{
	const uint8_t *byte = bystander->data;
	size_t i;

	for (i = 0; i < bystander->size; i++)
		if (byte[i] != 0xa5)
			return false;
	return true;
}

static struct vfarb_submit_operand random_operand(uint64_t length)
{
	const struct vfarb_buffer *in = &buffer[random_below(BUFFERS)];

	if (length > in->size)
		length = in->size;
	return vfarb_operand(in, random_below((in->size - length) / 8 + 1) * 8, length);
}

static uint64_t random_length(void)
{
	return 8 + 8 * random_below(random_below(2) ? 16 : SIZE_MAX_BYTES / 8);
}

static struct vfarb_submission sane(uint64_t cookie)
{
	uint64_t length = random_length();
	uint32_t m, n, k;

	switch (random_below(VFARB_OP_COUNT)) {
	case VFARB_OP_TIMED:
		return vfarb_timed(cookie, random_below(20000));
	case VFARB_OP_FILL:
		return vfarb_fill(cookie, random_operand(length), (uint32_t)random64());
	case VFARB_OP_COPY:
		return vfarb_copy(cookie, random_operand(length), random_operand(length));
	case VFARB_OP_CHECKSUM:
		return vfarb_checksum(cookie, random_operand(length - random_below(8)));
	case VFARB_OP_MATMUL:
		m = 1 + (uint32_t)random_below(24);
		n = 1 + (uint32_t)random_below(24);
		k = 1 + (uint32_t)random_below(24);
		return vfarb_matmul(cookie, random_operand(4ull * m * n),
				    random_operand((uint64_t)m * k),
				    random_operand((uint64_t)k * n), m, n, k);
	}
	return vfarb_nop(cookie);
}

static uint64_t nasty64(void)
{
	static const uint64_t values[] = {
		0, 1, 4, 7, 8, 4095, 4096, 4097, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
		0x7ffffffffffffff8, 0x8000000000000000, 0xfffffffffffff000, 0xfffffffffffffff8,
		0xffffffffffffffff,
	};

	if (random_below(2))
		return values[random_below(sizeof(values) / sizeof(values[0]))];
	return random64() >> random_below(64);
}

static void spoil(struct vfarb_submission *s)
{
	struct vfarb_submit_operand *operand = &s->operand[random_below(VFARB_OPERANDS)];

	switch (random_below(14)) {
	case 0:
		s->op = (uint8_t)random64();
		break;
	case 1:
		s->flags = (uint8_t)nasty64();
		break;
	case 2:
		s->reserved0 = (uint16_t)nasty64();
		break;
	case 3:
		s->reserved1 = (uint32_t)nasty64();
		break;
	case 4:
		s->reserved2 = nasty64();
		break;
	case 5:
		operand->reserved = (uint32_t)nasty64();
		break;
	case 6:
		operand->handle = (uint32_t)nasty64();
		break;
	case 7:
		operand->handle = (uint32_t)random_below(16);
		break;
	case 8:
		operand->offset = nasty64();
		break;
	case 9:
		operand->length = nasty64();
		break;
	case 10:
		s->dim[random_below(3)] = (uint32_t)nasty64();
		break;
	case 11:
		s->time_ns = nasty64();
		break;
	case 12:
		s->operand[0] = s->operand[1 + random_below(2)];
		break;
	case 13:
		randomise((char *)s + sizeof(s->cookie), sizeof(*s) - sizeof(s->cookie));
		break;
	}
}

static struct vfarb_submission any(uint64_t cookie, unsigned int invalid)
{
	struct vfarb_submission s = sane(cookie);
	unsigned int n;

	if (random_below(100) < invalid)
		for (n = 1 + (unsigned int)random_below(3); n; n--)
			spoil(&s);
	/* Seconds that are valid would only be long. */
	if (s.op == VFARB_OP_TIMED && s.time_ns <= VFARB_MAX_TIME_NS)
		s.time_ns %= 20000;
	return s;
}

static bool same(const struct vfarb_submission *s, const struct vfarb_completion *got)
{
	struct model_result want = model_run(&model, s);

	statuses[want.status]++;
	if (got->cookie == s->cookie && got->status == want.status && got->op == s->op &&
	    got->operand == want.operand && got->result == want.result && got->grants)
		return true;
	printf("# cookie %llu, op %u: got cookie %llu, op %u, status %u, operand %u, result %#llx, %u grants\n",
	       (unsigned long long)s->cookie, s->op, (unsigned long long)got->cookie, got->op,
	       got->status, got->operand, (unsigned long long)got->result, got->grants);
	printf("# wanted status %u, operand %u, result %#llx\n", want.status, want.operand,
	       (unsigned long long)want.result);
	return false;
}

static bool buffers_same(void)
{
	unsigned int i;
	size_t at;

	for (i = 0; i < BUFFERS; i++) {
		const uint8_t *got = buffer[i].data, *want = model.data[buffer[i].handle];

		for (at = 0; at < buffer[i].size; at++) {
			if (got[at] == want[at])
				continue;
			printf("# buffer %u differs at %zu: %#x, wanted %#x\n", i, at, got[at],
			       want[at]);
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct vfarb_buffer mine, theirs;
	struct vfarb_submission batch[BATCH];
	struct vfarb_completion ends[BATCH];
	unsigned long count, done = 0, wrong = 0, differing = 0;
	struct vfarb_vf *same_vf, *other_vf;
	struct vfarb_dev_info info;
	unsigned int invalid, i;

	need(argc == 6, "usage: descriptors NODE OTHER-NODE COUNT INVALID-PERCENT SEED");
	count = strtoul(argv[3], NULL, 0);
	invalid = (unsigned int)strtoul(argv[4], NULL, 0);
	random_state = strtoull(argv[5], NULL, 0) * 2 + 1;
	need(!vfarb_open(argv[1], 0, &vf), "cannot open %s", argv[1]);
	need(!vfarb_open(argv[1], 0, &same_vf), "cannot open %s twice", argv[1]);
	need(!vfarb_open(argv[2], 0, &other_vf), "cannot open %s", argv[2]);
	need(!vfarb_info(vf, &info), "no information");
	/* The bystanders are first: they have handles of low numbers that are not ours. */
	for (i = 0; i < 8; i++)
		mine = canary(same_vf);
	theirs = canary(other_vf);
	for (i = 0; i < BUFFERS; i++) {
		uint64_t size = (1 + i % 5) * 4096;

		need(!vfarb_buffer_create(vf, size, &buffer[i]), "no buffer");
		randomise(buffer[i].data, size);
		model.size[buffer[i].handle] = size;
		model.data[buffer[i].handle] = malloc(size);
		memcpy(model.data[buffer[i].handle], buffer[i].data, size);
	}

	while (done < count && !wrong && !differing) {
		size_t n = count - done < BATCH ? count - done : BATCH, got = 0;
		/* In order on one engine; on all in turn. */
		unsigned int engine = done / BATCH % info.engines;

		for (i = 0; i < n; i++)
			batch[i] = any(done + i, invalid);
		need(vfarb_submit(vf, engine, batch, n) == (int)n, "cannot submit");
		while (got < n) {
			ssize_t more = vfarb_read(vf, ends + got, n - got);

			need(more > 0, "cannot read completions: %zd", more);
			got += (size_t)more;
		}
		for (i = 0; i < n; i++)
			wrong += !same(&batch[i], &ends[i]);
		differing += !buffers_same();
		done += n;
	}
	ok(done == count && !wrong, "%lu of %lu submissions ended as they should", done - wrong,
	   count);
	ok(!differing, "buffers are the same byte for byte");
	is(vfarb_wait(vf, 1, 0), -EDEADLK, "nothing ended twice");
	ok(canary_lives(&mine), "another client's buffer is untouched");
	ok(canary_lives(&theirs), "another VF's buffer is untouched");
	for (i = 0; i <= VFARB_SUB_CANCELLED; i++)
		printf("# %s: %lu\n", vfarb_status_string(i), statuses[i]);
	for (i = 0; i <= VFARB_SUB_TOO_LONG; i++)
		if (i != VFARB_SUB_DMA && (invalid || !i))
			ok(count < 10000 || statuses[i], "some had the status '%s'",
			   vfarb_status_string(i));
	return finish();
}
