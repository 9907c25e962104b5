/* SPDX-License-Identifier: GPL-2.0 */
/* Access to the registers of one function. */
#ifndef _VFARB_PCI_REGS_H
#define _VFARB_PCI_REGS_H

#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/pci.h>
#include <linux/vfarb_regs.h>

/**
 * struct vfarb_regs - one mapped block of registers
 * @base: where it is mapped
 * @pdev: whose it is
 * @notify: place of VFARB_CAP_NOTIFY in configuration space, 0 if the device sees accesses itself
 * @page: VFARB_NOTIFY_TENANT for a tenant page, else 0
 */
struct vfarb_regs {
	void __iomem *base;
	struct pci_dev *pdev;
	int notify;
	u32 page;
};

int vfarb_regs_map(struct vfarb_regs *regs, struct pci_dev *pdev, int bar, size_t size, u32 page);
void vfarb_regs_unmap(struct vfarb_regs *regs);
bool vfarb_regs_gone(struct vfarb_regs *regs);

/* Tell a device that cannot see it of an access. Fails with -ENODEV once the device is gone. */
static inline int vfarb_regs_notify(struct vfarb_regs *regs, u32 offset, u32 flags)
{
	if (!regs->notify)
		return 0;
	if (pci_write_config_dword(regs->pdev, regs->notify, offset | flags | regs->page))
		return -ENODEV;
	return 0;
}

static inline u32 vfarb_read32(struct vfarb_regs *regs, u32 offset)
{
	return readl(regs->base + offset);
}

static inline u64 vfarb_read64(struct vfarb_regs *regs, u32 offset)
{
	return readq(regs->base + offset);
}

/* Read a register that the device brings up to date, marked [L] in vfarb_regs.h. */
static inline u32 vfarb_read32_live(struct vfarb_regs *regs, u32 offset)
{
	vfarb_regs_notify(regs, offset, VFARB_NOTIFY_READ);
	return readl(regs->base + offset);
}

static inline u64 vfarb_read64_live(struct vfarb_regs *regs, u32 offset)
{
	vfarb_regs_notify(regs, offset, VFARB_NOTIFY_READ);
	return readq(regs->base + offset);
}

static inline void vfarb_write32(struct vfarb_regs *regs, u32 offset, u32 value)
{
	writel(value, regs->base + offset);
}

static inline void vfarb_write64(struct vfarb_regs *regs, u32 offset, u64 value)
{
	writeq(value, regs->base + offset);
}

/* Write a register that makes the device act, marked [N] in vfarb_regs.h. */
static inline int vfarb_write32_notify(struct vfarb_regs *regs, u32 offset, u32 value)
{
	writel(value, regs->base + offset);
	return vfarb_regs_notify(regs, offset, 0);
}

#endif /* _VFARB_PCI_REGS_H */
