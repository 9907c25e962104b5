/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzz targets of pure files share. */
#ifndef _VFARB_FUZZ_H
#define _VFARB_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "../../kernel/core/pure.h"
#include "stream.h"

#define must(condition)								\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();						\
		}								\
	} while (0)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif /* _VFARB_FUZZ_H */
