/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between the kernels that vfarb supports, and nothing else. */
#ifndef _VFARB_COMPAT_H
#define _VFARB_COMPAT_H

#include <linux/eventfd.h>
#include <linux/export.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/version.h>

/* The namespace became a string in 6.13. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define VFARB_EXPORT(sym)	EXPORT_SYMBOL_NS_GPL(sym, "VFARB")
#define VFARB_IMPORT_NS		MODULE_IMPORT_NS("VFARB")
#else
#define VFARB_EXPORT(sym)	EXPORT_SYMBOL_NS_GPL(sym, VFARB)
#define VFARB_IMPORT_NS		MODULE_IMPORT_NS(VFARB)
#endif

/* A class is not to change the device whose node it names since 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define VFARB_DEVNODE_CONST	const
#else
#define VFARB_DEVNODE_CONST
#endif

/* A mapping's flags are changed by functions since 6.3. */
static inline void vfarb_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/* An eventfd is always signalled by one since 6.8. */
static inline void vfarb_eventfd_signal(struct eventfd_ctx *ctx)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* A timer gets its function when it is set up since 6.13. */
static inline void vfarb_hrtimer_setup(struct hrtimer *timer,
				       enum hrtimer_restart (*function)(struct hrtimer *),
				       clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/* An MSI controller is a parent of per-device domains, or else a domain of PCI's. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define VFARB_MSI_PARENT_DOMAIN	1
#else
#define VFARB_MSI_PARENT_DOMAIN	0
#endif

/* <linux/unaligned.h> was <asm/unaligned.h>. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* What the test suites call beside the provider API; not exported otherwise. */
#ifdef VFARB_TESTS
#define VFARB_EXPORT_FOR_TESTS(sym)	VFARB_EXPORT(sym)
#else
#define VFARB_EXPORT_FOR_TESTS(sym)
#endif

/*
 * Extended acknowledgments have room for a text made at run time since 6.2.
 * Before, the acknowledgment is sent while the text is there, and -EINTR keeps
 * netlink from sending another.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define VFARB_ACK_TEXT(skb, nlh, extack, err, text)			\
({									\
	NL_SET_ERR_MSG_FMT(extack, "%s", text);				\
	(err);								\
})
#else
#define NETLINK_MAX_FMTMSG_LEN	80
#define VFARB_ACK_TEXT(skb, nlh, extack, err, text)			\
({									\
	(extack)->_msg = (text);					\
	netlink_ack(skb, nlh, err, extack);				\
	-EINTR;								\
})
#endif

/* The attributes of a dump's request. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define vfarb_dump_attrs(cb)	(genl_dumpit_info(cb)->info.attrs)
#else
#define vfarb_dump_attrs(cb)	(genl_dumpit_info(cb)->attrs)
#endif

#endif /* _VFARB_COMPAT_H */
