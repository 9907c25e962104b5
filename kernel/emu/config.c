// SPDX-License-Identifier: GPL-2.0
/*
 * Config space: bytes, masks of what software may write in them, and what
 * follows when it does.
 */
#include "emu.h"

#define CAP_PM		0x40
#define CAP_EXP		0x50
#define CAP_MSIX	0x90
#define CAP_VNDR	0xa0
#define CAP_SRIOV	0x100
#define CAP_DSN		0x140

#define CLASS_CODE		0x120000	/* processing accelerator */
#define BAR_FLAGS	(PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64)

/* SR-IOV: routing ids of the VFs follow the PF's. */
#define VF_OFFSET	1
#define VF_STRIDE	1

static void set8(struct emu_fn *fn, unsigned int where, u8 value)
{
	fn->config[where] = value;
}

static void set16(struct emu_fn *fn, unsigned int where, u16 value)
{
	put_unaligned_le16(value, fn->config + where);
}

static void set32(struct emu_fn *fn, unsigned int where, u32 value)
{
	put_unaligned_le32(value, fn->config + where);
}

static u16 get16(const struct emu_fn *fn, unsigned int where)
{
	return get_unaligned_le16(fn->config + where);
}

static void set_bar(struct emu_fn *fn, unsigned int where, const struct emu_bar *bar)
{
	set32(fn, where, lower_32_bits(bar->window.start) | BAR_FLAGS);
	set32(fn, where + 4, upper_32_bits(bar->window.start));
}

static void reset_sriov(struct emu_fn *fn)
{
	const struct emu_accel *accel = fn->accel;

	set32(fn, CAP_SRIOV, PCI_EXT_CAP_ID_SRIOV | 1 << 16 | CAP_DSN << 20);
	set16(fn, CAP_SRIOV + PCI_SRIOV_INITIAL_VF, accel->params.vfs);
	set16(fn, CAP_SRIOV + PCI_SRIOV_TOTAL_VF, accel->params.vfs);
	set16(fn, CAP_SRIOV + PCI_SRIOV_VF_OFFSET, VF_OFFSET);
	set16(fn, CAP_SRIOV + PCI_SRIOV_VF_STRIDE, VF_STRIDE);
	set16(fn, CAP_SRIOV + PCI_SRIOV_VF_DID, VFARB_PCI_DEVICE_ID_VF);
	set32(fn, CAP_SRIOV + PCI_SRIOV_SUP_PGSIZE, 1);
	set32(fn, CAP_SRIOV + PCI_SRIOV_SYS_PGSIZE, 1);
	set_bar(fn, CAP_SRIOV + PCI_SRIOV_BAR + 4 * VFARB_VF_BAR_TENANT,
		&accel->bar[EMU_BAR_VF_TENANT]);
	set_bar(fn, CAP_SRIOV + PCI_SRIOV_BAR + 4 * VFARB_VF_BAR_MSIX,
		&accel->bar[EMU_BAR_VF_MSIX]);
}

/*
 * What the function's config space holds after power-on and after its reset.
 * BARs come up where their memory is, as it cannot be moved.
 */
void emu_config_reset(struct emu_fn *fn)
{
	const struct emu_accel *accel = fn->accel;
	unsigned int msix_bar = fn->nr ? VFARB_VF_BAR_MSIX : VFARB_PF_BAR_MSIX;

	memset(fn->config, 0, sizeof(fn->config));
	set16(fn, PCI_VENDOR_ID, fn->nr ? 0xffff : VFARB_PCI_VENDOR_ID);
	set16(fn, PCI_DEVICE_ID, fn->nr ? 0xffff : VFARB_PCI_DEVICE_ID_PF);
	set16(fn, PCI_STATUS, PCI_STATUS_CAP_LIST);
	set32(fn, PCI_CLASS_REVISION, CLASS_CODE << 8 | 1);
	set16(fn, PCI_SUBSYSTEM_VENDOR_ID, VFARB_PCI_VENDOR_ID);
	set16(fn, PCI_SUBSYSTEM_ID, 1);
	set8(fn, PCI_CAPABILITY_LIST, CAP_PM);

	set8(fn, CAP_PM, PCI_CAP_ID_PM);
	set8(fn, CAP_PM + PCI_CAP_LIST_NEXT, CAP_EXP);
	set16(fn, CAP_PM + PCI_PM_PMC, 3);
	set16(fn, CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET);

	set8(fn, CAP_EXP, PCI_CAP_ID_EXP);
	set8(fn, CAP_EXP + PCI_CAP_LIST_NEXT, CAP_MSIX);
	set16(fn, CAP_EXP + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_RC_END << 4);
	set32(fn, CAP_EXP + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);

	set8(fn, CAP_MSIX, PCI_CAP_ID_MSIX);
	set8(fn, CAP_MSIX + PCI_CAP_LIST_NEXT, CAP_VNDR);
	set16(fn, CAP_MSIX + PCI_MSIX_FLAGS, emu_msix_vectors(fn) - 1);
	set32(fn, CAP_MSIX + PCI_MSIX_TABLE, msix_bar);
	set32(fn, CAP_MSIX + PCI_MSIX_PBA, EMU_PBA_OFFSET | msix_bar);

	set8(fn, CAP_VNDR, PCI_CAP_ID_VNDR);
	set8(fn, CAP_VNDR + VFARB_CAP_LENGTH, VFARB_CAP_SIZE);
	set8(fn, CAP_VNDR + VFARB_CAP_VERSION, 1);
	set32(fn, CAP_VNDR + VFARB_CAP_FLAGS, VFARB_CAP_FLAG_NOTIFY);

	if (fn->nr)
		return;
	set_bar(fn, PCI_BASE_ADDRESS_0 + 4 * VFARB_PF_BAR_REGS, &accel->bar[EMU_BAR_REGS]);
	set_bar(fn, PCI_BASE_ADDRESS_0 + 4 * VFARB_PF_BAR_TENANT, &accel->bar[EMU_BAR_PF_TENANT]);
	set_bar(fn, PCI_BASE_ADDRESS_0 + 4 * VFARB_PF_BAR_MSIX, &accel->bar[EMU_BAR_PF_MSIX]);
	if (accel->params.vfs)
		reset_sriov(fn);
	else
		set32(fn, CAP_SRIOV, 0);
	set32(fn, CAP_DSN, PCI_EXT_CAP_ID_DSN | 1 << 16);
	set32(fn, CAP_DSN + 4, accel->sysdata.domain);
	set32(fn, CAP_DSN + 8, VFARB_PCI_VENDOR_ID);
}

static u32 bar_mask(unsigned int bar, unsigned int where, u64 size)
{
	/* Upper halves lie at odd places. */
	return where == bar * 4 ? (u32)~(size - 1) : where == bar * 4 + 4 ? ~0u : 0;
}

/* The bits of the aligned word at @where that software may write. */
static u32 writable(const struct emu_fn *fn, unsigned int where)
{
	u32 mask = 0;

	switch (where) {
	case PCI_COMMAND:
		mask = PCI_COMMAND_MASTER;
		if (!fn->nr)
			mask |= PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE;
		return mask;
	case PCI_INTERRUPT_LINE:
		return fn->nr ? 0 : 0xff;
	case CAP_PM + PCI_PM_CTRL:
		return PCI_PM_CTRL_STATE_MASK;
	case CAP_EXP + PCI_EXP_DEVCTL:
		return PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE |
		       PCI_EXP_DEVCTL_URRE | PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD |
		       PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ;
	case CAP_MSIX:
		return (u32)(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) << 16;
	}
	if (fn->nr)
		return 0;
	if (where >= PCI_BASE_ADDRESS_0 && where <= PCI_BASE_ADDRESS_5) {
		where -= PCI_BASE_ADDRESS_0;
		return bar_mask(VFARB_PF_BAR_REGS, where, VFARB_PF_BAR_REGS_SIZE) |
		       bar_mask(VFARB_PF_BAR_TENANT, where, VFARB_TENANT_PAGE_SIZE) |
		       bar_mask(VFARB_PF_BAR_MSIX, where, VFARB_BAR_MSIX_SIZE);
	}
	if (!fn->accel->params.vfs)
		return 0;
	switch (where) {
	case CAP_SRIOV + PCI_SRIOV_CTRL:
		return PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE;
	case CAP_SRIOV + PCI_SRIOV_NUM_VF:
		/* Fixed while VFs are enabled. */
		return get16(fn, CAP_SRIOV + PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE ? 0 : 0xffff;
	case CAP_SRIOV + PCI_SRIOV_SYS_PGSIZE:
		return 1;
	}
	if (where >= CAP_SRIOV + PCI_SRIOV_BAR && where < CAP_SRIOV + PCI_SRIOV_VFM) {
		where -= CAP_SRIOV + PCI_SRIOV_BAR;
		return bar_mask(VFARB_VF_BAR_TENANT, where, VFARB_TENANT_PAGE_SIZE) |
		       bar_mask(VFARB_VF_BAR_MSIX, where, VFARB_BAR_MSIX_SIZE);
	}
	return 0;
}

static void update_vfs(struct emu_accel *accel)
{
	const struct emu_fn *pf = accel->fn[0];
	u16 control = get16(pf, CAP_SRIOV + PCI_SRIOV_CTRL);
	unsigned int vfs = 0;
	unsigned int nr;
	struct emu_fn *fn;
	bool present;

	if (control & PCI_SRIOV_CTRL_VFE)
		vfs = get16(pf, CAP_SRIOV + PCI_SRIOV_NUM_VF);
	for (nr = 1; nr < emu_functions(accel); nr++) {
		fn = accel->fn[nr];
		WRITE_ONCE(fn->decodes, control & PCI_SRIOV_CTRL_MSE);
		present = nr <= vfs;
		if (fn->present == present)
			continue;
		WRITE_ONCE(fn->present, present);
		emu_config_reset(fn);
		emu_msix_reset(fn);
		WRITE_ONCE(fn->master, false);
		WRITE_ONCE(fn->msix_enabled, false);
		if (!present)
			emu_reset_fn(fn, true, false);
		emu_fn_update(fn);
	}
}

/* Carry out what the function's config space says now. */
static void update(struct emu_fn *fn)
{
	u16 msix = get16(fn, CAP_MSIX + PCI_MSIX_FLAGS);
	bool master = (get16(fn, PCI_COMMAND) & PCI_COMMAND_MASTER) &&
		      !(get16(fn, CAP_PM + PCI_PM_CTRL) & PCI_PM_CTRL_STATE_MASK);

	WRITE_ONCE(fn->msix_enabled, msix & PCI_MSIX_FLAGS_ENABLE);
	WRITE_ONCE(fn->msix_masked, msix & PCI_MSIX_FLAGS_MASKALL);
	if (fn->msix_enabled && !fn->msix_masked)
		emu_msix_raise_pending(fn);
	if (master != fn->master) {
		WRITE_ONCE(fn->master, master);
		emu_fn_update(fn);
	}
	if (fn->nr)
		return;
	WRITE_ONCE(fn->decodes, get16(fn, PCI_COMMAND) & PCI_COMMAND_MEMORY);
	if (fn->accel->params.vfs)
		update_vfs(fn->accel);
}

static void reset(struct emu_fn *fn)
{
	emu_config_reset(fn);
	emu_msix_reset(fn);
	update(fn);
	if (fn->nr)
		emu_reset_fn(fn, true, true);
	else
		emu_reset_pf(fn->accel);
}

/* Whether anybody answers at that place of the bus. */
static struct emu_fn *answering(struct emu_accel *accel, unsigned int nr)
{
	struct emu_fn *fn;

	if (READ_ONCE(accel->gone) || nr >= emu_functions(accel))
		return NULL;
	fn = accel->fn[nr];
	return READ_ONCE(fn->present) && !READ_ONCE(fn->flr) ? fn : NULL;
}

/* What nobody answers reads as all ones, a function being reset included. */
u32 emu_config_read(struct emu_accel *accel, unsigned int nr, unsigned int where, int size)
{
	struct emu_fn *fn = answering(accel, nr);
	unsigned long flags;
	u32 value = 0;
	int i;

	if (!fn)
		return ~0u >> (32 - 8 * size);
	if (where + size > EMU_CONFIG_SIZE)
		return 0;
	raw_spin_lock_irqsave(&accel->config_lock, flags);
	for (i = 0; i < size; i++)
		value |= (u32)fn->config[where + i] << (8 * i);
	raw_spin_unlock_irqrestore(&accel->config_lock, flags);
	return value;
}

void emu_config_write(struct emu_accel *accel, unsigned int nr, unsigned int where, int size,
		      u32 value)
{
	struct emu_fn *fn = answering(accel, nr);
	unsigned int at = where & ~3u;
	unsigned long flags;
	u32 mask, old;

	if (!fn || where + size > EMU_CONFIG_SIZE)
		return;
	if (where == CAP_VNDR + VFARB_CAP_NOTIFY) {
		if (size == 4)
			emu_notify(fn, value);
		return;
	}
	value <<= 8 * (where - at);
	mask = (~0u >> (32 - 8 * size)) << (8 * (where - at));

	raw_spin_lock_irqsave(&accel->config_lock, flags);
	old = get_unaligned_le32(fn->config + at);
	mask &= writable(fn, at);
	put_unaligned_le32((old & ~mask) | (value & mask), fn->config + at);
	if (at == CAP_EXP + PCI_EXP_DEVCTL && where == at && (value & PCI_EXP_DEVCTL_BCR_FLR))
		reset(fn);
	else if (mask)
		update(fn);
	raw_spin_unlock_irqrestore(&accel->config_lock, flags);
}
