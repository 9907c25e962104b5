// SPDX-License-Identifier: GPL-2.0
/* The state as vfarb.ko has it, which does not export it. */
#include "../core/state.c"
