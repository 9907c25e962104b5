// SPDX-License-Identifier: GPL-2.0
/* The record of offences as vfarb.ko has it, which does not export it. */
#include "../core/offence.c"
