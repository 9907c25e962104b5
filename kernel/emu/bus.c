// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual root bus, one per accelerator, in a domain of its own.
 *
 * BARs are ordinary pages, so they are in no window of the machine's: each is
 * its own window of the root bus, and as nothing else fits there, resources are
 * claimed where they lie as soon as a device is found.
 */
#include <linux/notifier.h>

#include "emu.h"

/* Firmware has domains below 0x10000, and other virtual root buses grow up from there. */
#define DOMAIN_FIRST	0x7fab0

static const struct {
	unsigned int id;
	unsigned int resource;
} bars[] = {
	{ EMU_BAR_REGS, VFARB_PF_BAR_REGS },
	{ EMU_BAR_PF_TENANT, VFARB_PF_BAR_TENANT },
	{ EMU_BAR_PF_MSIX, VFARB_PF_BAR_MSIX },
	{ EMU_BAR_VF_TENANT, PCI_IOV_RESOURCES + VFARB_VF_BAR_TENANT },
	{ EMU_BAR_VF_MSIX, PCI_IOV_RESOURCES + VFARB_VF_BAR_MSIX },
};

struct emu_accel *emu_accel_of(const struct pci_bus *bus)
{
	return container_of(bus->sysdata, struct emu_accel, sysdata);
}

static int bus_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	*value = bus->parent ? ~0u : emu_config_read(emu_accel_of(bus), devfn, where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int bus_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	if (!bus->parent)
		emu_config_write(emu_accel_of(bus), devfn, where, size, value);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops bus_ops = {
	.read	= bus_read,
	.write	= bus_write,
};

/* A device was found, at first or by a rescan: claim its BARs before anybody assigns them. */
static int device_added(struct notifier_block *nb, unsigned long action, void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);
	struct resource *res;
	unsigned int i;

	if (action != BUS_NOTIFY_ADD_DEVICE || pdev->bus->ops != &bus_ops || pdev->is_virtfn)
		return NOTIFY_DONE;
	for (i = 0; i < ARRAY_SIZE(bars); i++) {
		res = &pdev->resource[bars[i].resource];
		if (res->flags && !res->parent && pci_claim_resource(pdev, bars[i].resource))
			pci_err(pdev, "BAR %u is not where its memory is\n", bars[i].resource);
	}
	return NOTIFY_OK;
}

static struct notifier_block bus_notifier = {
	.notifier_call = device_added,
};

int emu_bus_init(void)
{
	return bus_register_notifier(&pci_bus_type, &bus_notifier);
}

void emu_bus_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &bus_notifier);
}

static bool domain_is_used(int domain)
{
	struct pci_bus *bus = NULL;

	while ((bus = pci_find_next_bus(bus)))
		if (pci_domain_nr(bus) == domain)
			return true;
	return false;
}

/* Make the bus and look what is on it. */
int emu_bus_add(struct emu_accel *accel)
{
	LIST_HEAD(resources);
	unsigned int i;
	int ret;

	accel->bus_range.name = accel->name;
	accel->bus_range.flags = IORESOURCE_BUS;
	pci_add_resource(&resources, &accel->bus_range);
	for (i = 0; i < EMU_BARS; i++)
		if (accel->bar[i].pages)
			pci_add_resource(&resources, &accel->bar[i].window);

	pci_lock_rescan_remove();
	accel->sysdata.node = NUMA_NO_NODE;
	accel->sysdata.domain = DOMAIN_FIRST;
	while (domain_is_used(accel->sysdata.domain))
		accel->sysdata.domain++;
	emu_config_reset(accel->fn[0]);
	ret = emu_msix_init(accel);
	if (ret)
		goto err_resources;
	accel->bus = pci_create_root_bus(NULL, 0, &bus_ops, &accel->sysdata, &resources);
	if (!accel->bus) {
		ret = -ENODEV;
		goto err_msix;
	}
	dev_set_msi_domain(&accel->bus->dev, accel->irq_domain);
	pci_scan_child_bus(accel->bus);
	pci_bus_add_devices(accel->bus);
	pci_unlock_rescan_remove();
	return 0;

err_msix:
	emu_msix_exit(accel);
err_resources:
	pci_unlock_rescan_remove();
	pci_free_resource_list(&resources);
	return ret;
}

/* The orderly way: drivers are unbound while the device still works. */
void emu_bus_remove(struct emu_accel *accel)
{
	struct pci_host_bridge *bridge = pci_find_host_bridge(accel->bus);

	pci_lock_rescan_remove();
	pci_stop_root_bus(accel->bus);
	pci_remove_root_bus(accel->bus);
	/* The reference that pci_create_root_bus() began with is dropped by nobody else. */
	pci_free_host_bridge(bridge);
	pci_unlock_rescan_remove();
	emu_msix_exit(accel);
}

/* The device is gone already: tell the drivers, as a hotplug slot would. */
void emu_bus_unplug(struct emu_accel *accel)
{
	struct pci_dev *pdev, *next;

	pci_lock_rescan_remove();
	list_for_each_entry(pdev, &accel->bus->devices, bus_list)
		WRITE_ONCE(pdev->error_state, pci_channel_io_perm_failure);
	/* VFs first: removing the PF removes them from the list too. */
	list_for_each_entry_safe_reverse(pdev, next, &accel->bus->devices, bus_list)
		pci_stop_and_remove_bus_device(pdev);
	pci_unlock_rescan_remove();
}
