// SPDX-License-Identifier: GPL-2.0
/* The replay as user space has it. */
#include "../core/replay.c"
