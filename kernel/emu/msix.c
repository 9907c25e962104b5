// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts: each accelerator is an MSI controller to its own functions.
 *
 * The device reads an entry of a function's MSI-X table as hardware does, and
 * hands the data in it to the accelerator's interrupt domain, where it is the
 * number of an interrupt. Interrupts arrive on the CPU whose timer the engine
 * runs on.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>

#include "emu.h"

#if VFARB_MSI_PARENT_DOMAIN
#include <linux/irqchip/irq-msi-lib.h>
#endif

/* An interrupt's number in the domain: the function's, then its vector's. */
#define VECTORS_MAX	8

/* What a driver may see in its table; nothing decodes it. */
#define MESSAGE_ADDRESS	0xfee00000u

unsigned int emu_msix_vectors(const struct emu_fn *fn)
{
	return fn->accel->params.engines + (fn->nr ? 0 : 1);
}

static u32 *entry_word(const struct emu_fn *fn, unsigned int vector, unsigned int offset)
{
	return fn->msix + vector * PCI_MSIX_ENTRY_SIZE + offset;
}

static bool is_masked(const struct emu_fn *fn, unsigned int vector)
{
	return READ_ONCE(fn->msix_masked) ||
	       (READ_ONCE(*entry_word(fn, vector, PCI_MSIX_ENTRY_VECTOR_CTRL)) &
		PCI_MSIX_ENTRY_CTRL_MASKBIT);
}

void emu_msix_reset(struct emu_fn *fn)
{
	unsigned int vector;

	memset(fn->msix, 0, VFARB_BAR_MSIX_SIZE);
	for (vector = 0; vector < emu_msix_vectors(fn); vector++)
		*entry_word(fn, vector, PCI_MSIX_ENTRY_VECTOR_CTRL) = PCI_MSIX_ENTRY_CTRL_MASKBIT;
}

/* Send the message of a vector, or note that it waits to be unmasked. In hard interrupt. */
void emu_msix_deliver(struct emu_fn *fn, unsigned int vector)
{
	struct emu_accel *accel = fn->accel;
	unsigned long flags;
	bool masked;
	u64 *pba = fn->msix + EMU_PBA_OFFSET;
	u32 data;

	if (accel->gone || !READ_ONCE(fn->msix_enabled) || !READ_ONCE(fn->master))
		return;
	raw_spin_lock_irqsave(&fn->msix_lock, flags);
	masked = is_masked(fn, vector);
	if (masked)
		WRITE_ONCE(*pba, *pba | BIT_ULL(vector));
	data = READ_ONCE(*entry_word(fn, vector, PCI_MSIX_ENTRY_DATA));
	raw_spin_unlock_irqrestore(&fn->msix_lock, flags);
	/* As interrupt remapping would: a function can raise its own interrupts only. */
	if (!masked && data / VECTORS_MAX == fn->nr)
		generic_handle_domain_irq(accel->irq_domain, data);
}

/* Raise an interrupt now. In hard interrupt, without locks. */
void emu_msix_raise(struct emu_fn *fn, unsigned int vector)
{
	if (!emu_fault_takes_irq(fn, vector))
		emu_msix_deliver(fn, vector);
}

/* Raise an interrupt as soon as the caller has dropped its locks. In any context. */
void emu_msix_raise_later(struct emu_fn *fn, unsigned int vector)
{
	atomic_or(BIT(vector), &fn->pending);
	atomic64_or(BIT_ULL(fn->nr), &fn->accel->irq_fns);
	irq_work_queue(&fn->accel->irq_work);
}

static void raise_work(struct irq_work *work)
{
	struct emu_accel *accel = container_of(work, struct emu_accel, irq_work);
	u64 fns = atomic64_xchg(&accel->irq_fns, 0);
	unsigned long vectors;
	unsigned int vector;
	struct emu_fn *fn;

	for (; fns; fns &= fns - 1) {
		fn = accel->fn[__ffs64(fns)];
		vectors = atomic_xchg(&fn->pending, 0);
		for_each_set_bit(vector, &vectors, VECTORS_MAX)
			emu_msix_raise(fn, vector);
	}
}

/* What waited for a mask to fall. */
void emu_msix_raise_pending(struct emu_fn *fn)
{
	u64 *pba = fn->msix + EMU_PBA_OFFSET;
	unsigned long flags;
	unsigned int vector;

	raw_spin_lock_irqsave(&fn->msix_lock, flags);
	for (vector = 0; vector < emu_msix_vectors(fn); vector++) {
		if (!(*pba & BIT_ULL(vector)) || is_masked(fn, vector))
			continue;
		WRITE_ONCE(*pba, *pba & ~BIT_ULL(vector));
		emu_msix_raise_later(fn, vector);
	}
	raw_spin_unlock_irqrestore(&fn->msix_lock, flags);
}

static struct emu_fn *fn_of(struct msi_desc *desc)
{
	struct pci_dev *pdev = msi_desc_to_pci_dev(desc);

	return emu_accel_of(pdev->bus)->fn[pdev->devfn];
}

static irq_hw_number_t number_of(struct msi_desc *desc)
{
	return fn_of(desc)->nr * VECTORS_MAX + desc->msi_index;
}

static void compose_message(struct irq_data *data, struct msi_msg *msg)
{
	memset(msg, 0, sizeof(*msg));
	msg->address_lo = MESSAGE_ADDRESS;
	msg->data = data->hwirq;
}

static void ack(struct irq_data *data)
{
}

#if VFARB_MSI_PARENT_DOMAIN

static struct irq_chip chip = {
	.name			= "vfarb-emu",
	.irq_ack		= ack,
	.irq_compose_msi_msg	= compose_message,
};

static void unmask(struct irq_data *data)
{
	struct emu_fn *fn = fn_of(irq_data_get_msi_desc(data));

	fn->accel->irq_unmask(data);
	emu_msix_raise_pending(fn);
}

static unsigned int startup(struct irq_data *data)
{
	struct emu_fn *fn = fn_of(irq_data_get_msi_desc(data));
	unsigned int ret = fn->accel->irq_startup(data);

	emu_msix_raise_pending(fn);
	return ret;
}

static int domain_alloc(struct irq_domain *domain, unsigned int virq, unsigned int nr_irqs,
			void *arg)
{
	msi_alloc_info_t *info = arg;

	if (nr_irqs != 1)
		return -EINVAL;
	irq_domain_set_info(domain, virq, number_of(info->desc), &chip, domain->host_data,
			    handle_edge_irq, NULL, "edge");
	return 0;
}

static void domain_free(struct irq_domain *domain, unsigned int virq, unsigned int nr_irqs)
{
	irq_domain_reset_irq_data(irq_domain_get_irq_data(domain, virq));
}

static const struct irq_domain_ops domain_ops = {
	.alloc	= domain_alloc,
	.free	= domain_free,
};

/* PCI's own chip works on the table; it is made to tell us when a mask falls. */
static bool init_info(struct device *dev, struct irq_domain *domain,
		      struct irq_domain *real_parent, struct msi_domain_info *info)
{
	struct emu_accel *accel = domain->host_data;

	if (!msi_lib_init_dev_msi_info(dev, domain, real_parent, info))
		return false;
	/* The same functions for every device of PCI's. */
	accel->irq_unmask = info->chip->irq_unmask;
	info->chip->irq_unmask = unmask;
	if (info->chip->irq_startup) {
		accel->irq_startup = info->chip->irq_startup;
		info->chip->irq_startup = startup;
	}
	return true;
}

static const struct msi_parent_ops parent_ops = {
	.supported_flags	= MSI_GENERIC_FLAGS_MASK | MSI_FLAG_PCI_MSIX,
	.required_flags		= MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS |
				  MSI_FLAG_NO_AFFINITY,
	.chip_flags		= MSI_CHIP_FLAG_SET_ACK,
	.bus_select_token	= DOMAIN_BUS_NEXUS,
	.bus_select_mask	= MATCH_PCI_MSI,
	.prefix			= "vfarb-emu-",
	.init_dev_msi_info	= init_info,
};

static struct irq_domain *create_domain(struct emu_accel *accel, struct fwnode_handle *fwnode)
{
	struct irq_domain_info info = {
		.fwnode		= fwnode,
		.size		= VECTORS_MAX * VFARB_MAX_FUNCTIONS,
		.ops		= &domain_ops,
		.host_data	= accel,
	};

	return msi_create_parent_irq_domain(&info, &parent_ops);
}

#else

static void unmask(struct irq_data *data)
{
	pci_msi_unmask_irq(data);
	emu_msix_raise_pending(fn_of(irq_data_get_msi_desc(data)));
}

/* An interrupt follows its engine's timer; no affinity can be had or kept. */
static int set_affinity(struct irq_data *data, const struct cpumask *mask, bool force)
{
	irq_data_update_effective_affinity(data, mask);
	return IRQ_SET_MASK_OK_DONE;
}

static struct irq_chip chip = {
	.name			= "vfarb-emu",
	.irq_ack		= ack,
	.irq_mask		= pci_msi_mask_irq,
	.irq_unmask		= unmask,
	.irq_set_affinity	= set_affinity,
	.irq_compose_msi_msg	= compose_message,
};

static void set_desc(msi_alloc_info_t *arg, struct msi_desc *desc)
{
	arg->desc = desc;
	arg->hwirq = number_of(desc);
}

static int msi_init(struct irq_domain *domain, struct msi_domain_info *info, unsigned int virq,
		    irq_hw_number_t hwirq, msi_alloc_info_t *arg)
{
	irq_domain_set_info(domain, virq, hwirq, info->chip, NULL, handle_edge_irq, NULL, "edge");
	return 0;
}

static struct msi_domain_ops domain_ops = {
	.set_desc	= set_desc,
	.msi_init	= msi_init,
};

static struct msi_domain_info domain_info = {
	.flags	= MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS | MSI_FLAG_PCI_MSIX,
	.ops	= &domain_ops,
	.chip	= &chip,
};

static struct irq_domain *create_domain(struct emu_accel *accel, struct fwnode_handle *fwnode)
{
	return pci_msi_create_irq_domain(fwnode, &domain_info, NULL);
}

#endif

/* Interrupts of the functions that will be found on accel->bus come from the domain. */
int emu_msix_init(struct emu_accel *accel)
{
	struct fwnode_handle *fwnode;

	accel->irq_work = IRQ_WORK_INIT_HARD(raise_work);
	fwnode = irq_domain_alloc_named_id_fwnode("vfarb-emu", accel->sysdata.domain);
	if (!fwnode)
		return -ENOMEM;
	accel->irq_domain = create_domain(accel, fwnode);
	if (!accel->irq_domain) {
		irq_domain_free_fwnode(fwnode);
		return -ENOMEM;
	}
	return 0;
}

void emu_msix_exit(struct emu_accel *accel)
{
	struct fwnode_handle *fwnode = accel->irq_domain->fwnode;

	irq_work_sync(&accel->irq_work);
	irq_domain_remove(accel->irq_domain);
	irq_domain_free_fwnode(fwnode);
}
