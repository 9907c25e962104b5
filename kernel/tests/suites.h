/* SPDX-License-Identifier: GPL-2.0 */
/* The KUnit suites of vfarb_test.ko; main.c runs them. */
#ifndef _VFARB_TEST_SUITES_H
#define _VFARB_TEST_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite vfarb_arbiter_suite;
extern struct kunit_suite vfarb_cost_suite;
extern struct kunit_suite vfarb_ledger_suite;
extern struct kunit_suite vfarb_provider_suite;
extern struct kunit_suite vfarb_hang_suite;
extern struct kunit_suite vfarb_record_suite;

#endif /* _VFARB_TEST_SUITES_H */
