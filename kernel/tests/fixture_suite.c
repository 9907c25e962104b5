// SPDX-License-Identifier: GPL-2.0
/* A suite with a case that fails, so that the testbed can be tested. Never installed. */
#include <linux/module.h>

#include <kunit/test.h>

static void fixture_case_passes(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

static void fixture_case_fails(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 2);
}

static struct kunit_case fixture_cases[] = {
	KUNIT_CASE(fixture_case_passes),
	KUNIT_CASE(fixture_case_fails),
	{}
};

static struct kunit_suite fixture_suite = {
	.name = "vfarb-fixture",
	.test_cases = fixture_cases,
};

kunit_test_suites(&fixture_suite);

MODULE_DESCRIPTION("A KUnit case that fails, for tests of the vfarb testbed");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
