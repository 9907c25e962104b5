// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

#include "../compat.h"
#include "suites.h"

/* Once and here: where the kernel is built without KUnit this is the module's init function. */
kunit_test_suites(&vfarb_ledger_suite, &vfarb_provider_suite, &vfarb_arbiter_suite,
		  &vfarb_cost_suite, &vfarb_record_suite, &vfarb_hang_suite);

MODULE_DESCRIPTION("KUnit suites of vfarb");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
VFARB_IMPORT_NS;
