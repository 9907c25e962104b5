// SPDX-License-Identifier: GPL-2.0
/*
 * vfarb_pci: drivers of devices with the vfarb register interface.
 *
 * The order of initialisation and nothing else.
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "../compat.h"
#include "buffer.h"
#include "node.h"
#include "pf.h"

static int __init vfarb_pci_init(void)
{
	int err;

	err = vfarb_node_init();
	if (err)
		return err;
	err = pci_register_driver(&vfarb_vf_driver);
	if (err)
		goto err_node;
	vfarb_pf_init();
	err = pci_register_driver(&vfarb_pf_driver);
	if (err)
		goto err_vf;
	return 0;

err_vf:
	vfarb_pf_exit();
	pci_unregister_driver(&vfarb_vf_driver);
err_node:
	vfarb_node_exit();
	return err;
}

static void __exit vfarb_pci_exit(void)
{
	pci_unregister_driver(&vfarb_pf_driver);
	vfarb_pf_exit();
	pci_unregister_driver(&vfarb_vf_driver);
	vfarb_buffer_flush();
	vfarb_node_exit();
}

module_init(vfarb_pci_init);
module_exit(vfarb_pci_exit);

MODULE_DESCRIPTION("Drivers of accelerators with the vfarb register interface");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
VFARB_IMPORT_NS;
