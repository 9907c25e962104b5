/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer of the kernel's interfaces, led by KCOV: an input that reaches a new place in the
 * instrumented modules is kept and varied further. What it looks for shows in the kernel's log.
 */
#ifndef _VFARB_GUIDED_H
#define _VFARB_GUIDED_H

#include "stream.h"

/**
 * struct target - an interface
 * @name: for the report
 * @begin: before the first input; argv is what follows the fuzzer's own arguments. Returns an error
 *	message or NULL.
 * @run: act out one input, all of which must be undone on return
 */
struct target {
	const char *name;
	const char *(*begin)(int argc, char **argv);
	void (*run)(struct input *input);
};

int fuzz(const struct target *target, int argc, char **argv);

#endif /* _VFARB_GUIDED_H */
