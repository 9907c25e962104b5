/* SPDX-License-Identifier: GPL-2.0 */
/* The device node of a function. */
#ifndef _VFARB_PCI_NODE_H
#define _VFARB_PCI_NODE_H

struct vfarb_tenant;

int vfarb_node_init(void);
void vfarb_node_exit(void);
int vfarb_node_add(struct vfarb_tenant *tenant);
void vfarb_node_remove(struct vfarb_tenant *tenant);

#endif /* _VFARB_PCI_NODE_H */
