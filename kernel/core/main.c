// SPDX-License-Identifier: GPL-2.0
/*
 * vfarb: fair and safe time-sharing of accelerators.
 *
 * The order of initialisation and nothing else.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <uapi/linux/vfarb.h>
#include <net/genetlink.h>
#include "event.h"
#include "netlink.h"
#include "record.h"

static int __init vfarb_init(void)
{
	int err;

	err = vfarb_record_register();
	if (err)
		return err;
	err = vfarb_netlink_init();
	if (err)
		vfarb_record_unregister();
	return err;
}

static void __exit vfarb_exit(void)
{
	vfarb_netlink_exit();
	vfarb_event_exit();
	vfarb_record_unregister();
}

module_init(vfarb_init);
module_exit(vfarb_exit);

MODULE_DESCRIPTION("Arbiter of accelerator time between virtual functions");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_GENL_FAMILY(VFARB_FAMILY_NAME);
