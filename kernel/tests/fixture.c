// SPDX-License-Identifier: GPL-2.0
/*
 * Goes wrong on purpose, so that the testbed can be tested. Never installed, and no part of any
 * test of vfarb itself.
 */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/string.h>

static char *what = "nothing";
module_param_named(do, what, charp, 0);
MODULE_PARM_DESC(do, "nothing, warn or hang");

static noinline void fixture_warn(void)
{
	WARN(1, "vfarb_fixture: a warning, as asked\n");
}

static noinline void fixture_hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int __init fixture_init(void)
{
	if (sysfs_streq(what, "warn"))
		fixture_warn();
	else if (sysfs_streq(what, "hang"))
		fixture_hang();
	else if (!sysfs_streq(what, "nothing"))
		return -EINVAL;
	return 0;
}

static void __exit fixture_exit(void)
{
}

module_init(fixture_init);
module_exit(fixture_exit);

MODULE_DESCRIPTION("Faults on purpose, for tests of the vfarb testbed");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
