// SPDX-License-Identifier: GPL-2.0
/*
 * vfarb_emu: a software SR-IOV accelerator on a virtual PCI root bus.
 *
 * The order of initialisation and nothing else.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "emu.h"

static int __init emu_init(void)
{
	int ret;

	emu_crc32c_init();
	ret = emu_bus_init();
	if (ret)
		return ret;
	emu_log_init();
	ret = emu_configfs_init();
	if (ret)
		goto err_log;
	return 0;

err_log:
	emu_log_exit();
	emu_bus_exit();
	return ret;
}

static void __exit emu_exit(void)
{
	emu_configfs_exit();
	emu_log_exit();
	emu_bus_exit();
}

module_init(emu_init);
module_exit(emu_exit);

MODULE_DESCRIPTION("Software SR-IOV accelerator on a virtual PCI root bus");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
