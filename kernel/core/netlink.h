/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: translates and decides nothing. */
#ifndef _VFARB_NETLINK_H
#define _VFARB_NETLINK_H

int vfarb_netlink_init(void);
void vfarb_netlink_exit(void);

#endif /* _VFARB_NETLINK_H */
