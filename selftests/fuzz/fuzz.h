/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzz targets of pure files share: input as a stream of small numbers, and a check. */
#ifndef _VFARB_FUZZ_H
#define _VFARB_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "../../kernel/core/pure.h"

#define must(condition)								\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();						\
		}								\
	} while (0)

struct input {
	const u8 *at;
	size_t left;
};

/* 0 once the input is used up. */
static inline u64 take(struct input *input, unsigned int bytes)
{
	u64 value = 0;

	while (bytes-- && input->left) {
		value = value << 8 | *input->at++;
		input->left--;
	}
	return value;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif /* _VFARB_FUZZ_H */
