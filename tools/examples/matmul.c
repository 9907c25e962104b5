// SPDX-License-Identifier: GPL-2.0
/* Multiply two int8 matrices on a VF and check the product on the CPU. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvfarb.h>

struct problem {
	uint32_t m, n, k;
	struct vfarb_buffer c, a, b;
};

static void usage(void)
{
	fprintf(stderr,
		"Usage: vfarb-matmul VF [M N K]\n\n"
		"Multiply an M x K by a K x N matrix of int8 on VF, such as accel0/vf0, and check\n"
		"the product. M, N and K are 1..%u, 64 unless given.\n", VFARB_MAX_DIM);
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "vfarb-matmul: %s: %s\n", what, strerror(-err));
	return -1;
}

static void fill(struct vfarb_buffer *buffer, size_t length, uint32_t seed)
{
	int8_t *data = buffer->data;
	size_t i;

	for (i = 0; i < length; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (int8_t)(seed >> 24);
	}
}

static int32_t product_at(const struct problem *problem, uint32_t row, uint32_t column)
{
	const int8_t *a = problem->a.data, *b = problem->b.data;
	int32_t sum = 0;
	uint32_t i;

	for (i = 0; i < problem->k; i++)
		sum += a[(size_t)row * problem->k + i] * b[(size_t)i * problem->n + column];
	return sum;
}

static int check(const struct problem *problem)
{
	const int32_t *c = problem->c.data;
	uint32_t row, column;
	int32_t expected;

	for (row = 0; row < problem->m; row++) {
		for (column = 0; column < problem->n; column++) {
			expected = product_at(problem, row, column);
			if (c[(size_t)row * problem->n + column] == expected)
				continue;
			fprintf(stderr, "vfarb-matmul: row %u, column %u: %d, expected %d\n", row,
				column, c[(size_t)row * problem->n + column], expected);
			return -1;
		}
	}
	return 0;
}

static int run(struct vfarb_vf *vf, struct problem *problem)
{
	size_t c_length = (size_t)problem->m * problem->n * sizeof(int32_t);
	size_t a_length = (size_t)problem->m * problem->k;
	size_t b_length = (size_t)problem->k * problem->n;
	struct vfarb_submission submission;
	struct vfarb_completion end;
	ssize_t got;
	int err;

	err = vfarb_buffer_create(vf, c_length, &problem->c);
	if (!err)
		err = vfarb_buffer_create(vf, a_length, &problem->a);
	if (!err)
		err = vfarb_buffer_create(vf, b_length, &problem->b);
	if (err)
		return fail("cannot make the buffers", err);
	fill(&problem->a, a_length, 1);
	fill(&problem->b, b_length, 2);
	submission = vfarb_matmul(1, vfarb_operand(&problem->c, 0, c_length),
				  vfarb_operand(&problem->a, 0, a_length),
				  vfarb_operand(&problem->b, 0, b_length), problem->m,
				  problem->n, problem->k);
	err = vfarb_submit(vf, 0, &submission, 1);
	if (err < 0)
		return fail("cannot submit", err);
	got = vfarb_read(vf, &end, 1);
	if (got < 0)
		return fail("cannot read the completion", (int)got);
	if (end.status != VFARB_SUB_OK) {
		fprintf(stderr, "vfarb-matmul: the VF refused: %s\n",
			vfarb_status_string(end.status));
		return -1;
	}
	if (check(problem))
		return -1;
	printf("%u x %u x %u: correct, ran %llu ns in %u slices, waited %llu ns\n", problem->m,
	       problem->k, problem->n, (unsigned long long)end.run_ns, end.grants,
	       (unsigned long long)end.wait_ns);
	return 0;
}

static int parse_dimension(const char *arg, uint32_t *dimension)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || !value || value > VFARB_MAX_DIM) {
		fprintf(stderr, "vfarb-matmul: dimension '%s': expected 1..%u\n", arg,
			VFARB_MAX_DIM);
		return -1;
	}
	*dimension = (uint32_t)value;
	return 0;
}

int main(int argc, char **argv)
{
	struct problem problem = { .m = 64, .n = 64, .k = 64 };
	struct vfarb_vf *vf;
	int err;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		usage();
		return 0;
	}
	if (argc != 2 && argc != 5) {
		usage();
		return 2;
	}
	if (argc == 5 && (parse_dimension(argv[2], &problem.m) ||
			  parse_dimension(argv[3], &problem.n) ||
			  parse_dimension(argv[4], &problem.k)))
		return 2;
	err = vfarb_open(argv[1], 0, &vf);
	if (err) {
		fail(argv[1], err);
		return 1;
	}
	err = run(vf, &problem);
	vfarb_close(vf);
	return err ? 1 : 0;
}
