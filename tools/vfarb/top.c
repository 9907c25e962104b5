// SPDX-License-Identifier: GPL-2.0
#include "vfarb.h"
const char top_usage[] = "";
int top_main(int argc, char **argv) { (void)argc; (void)argv; return BAD_USAGE; }
