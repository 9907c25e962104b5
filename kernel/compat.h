/* SPDX-License-Identifier: GPL-2.0 */
/* Differences between the kernels that vfarb supports, and nothing else. */
#ifndef _VFARB_COMPAT_H
#define _VFARB_COMPAT_H

#include <linux/export.h>
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

/* What the test suites call beside the provider API; not exported otherwise. */
#ifdef VFARB_TESTS
#define VFARB_EXPORT_FOR_TESTS(sym)	VFARB_EXPORT(sym)
#else
#define VFARB_EXPORT_FOR_TESTS(sym)
#endif

#endif /* _VFARB_COMPAT_H */
