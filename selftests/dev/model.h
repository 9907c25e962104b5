/* SPDX-License-Identifier: GPL-2.0 */
/* What the register interface says that a submission does, worked out on the CPU. */
#ifndef MODEL_H
#define MODEL_H

#include <libvfarb.h>

#define MODEL_HANDLES	1024

struct model_result {
	uint16_t status;
	uint8_t operand;
	uint64_t result;
};

/* Buffers as they should be: by handle, of @size bytes, NULL for none. */
struct model {
	uint8_t *data[MODEL_HANDLES];
	uint64_t size[MODEL_HANDLES];
};

struct model_result model_run(struct model *model, const struct vfarb_submission *submission);

#endif /* MODEL_H */
