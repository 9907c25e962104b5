// SPDX-License-Identifier: GPL-2.0
/* The pick as vfarb.ko has it, which does not export it. */
#include "../core/pick.c"
