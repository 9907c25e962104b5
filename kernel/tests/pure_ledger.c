// SPDX-License-Identifier: GPL-2.0
/* The ledger as vfarb.ko has it, which does not export it. */
#include "../core/ledger.c"
