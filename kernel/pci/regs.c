// SPDX-License-Identifier: GPL-2.0
#include "regs.h"

/* The place of the NOTIFY register, 0 if there is none, or an error. */
static int vfarb_regs_find_notify(struct pci_dev *pdev)
{
	int cap = pci_find_capability(pdev, PCI_CAP_ID_VNDR);
	u8 length, version;
	u32 flags;

	if (!cap)
		return 0;
	if (pci_read_config_byte(pdev, cap + VFARB_CAP_LENGTH, &length) ||
	    pci_read_config_byte(pdev, cap + VFARB_CAP_VERSION, &version) ||
	    pci_read_config_dword(pdev, cap + VFARB_CAP_FLAGS, &flags))
		return -ENODEV;
	if (length < VFARB_CAP_SIZE || version != 1) {
		pci_err(pdev, "vendor capability of %u bytes, version %u: need %u bytes, version 1\n",
			length, version, VFARB_CAP_SIZE);
		return -ENODEV;
	}
	return flags & VFARB_CAP_FLAG_NOTIFY ? cap + VFARB_CAP_NOTIFY : 0;
}

int vfarb_regs_map(struct vfarb_regs *regs, struct pci_dev *pdev, int bar, size_t size, u32 page)
{
	int notify = vfarb_regs_find_notify(pdev);

	if (notify < 0)
		return notify;
	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, bar) < size) {
		pci_err(pdev, "BAR %d is no memory of at least %zu bytes\n", bar, size);
		return -ENODEV;
	}
	regs->pdev = pdev;
	regs->notify = notify;
	regs->page = page;
	regs->base = ioremap(pci_resource_start(pdev, bar), size);
	return regs->base ? 0 : -ENOMEM;
}

void vfarb_regs_unmap(struct vfarb_regs *regs)
{
	if (regs->base)
		iounmap(regs->base);
	regs->base = NULL;
}

/* Whether the device no longer answers. Both blocks begin with the magic number. */
bool vfarb_regs_gone(struct vfarb_regs *regs)
{
	return pci_channel_offline(regs->pdev) ||
	       vfarb_read32(regs, VFARB_REG_MAGIC) != VFARB_MAGIC;
}
