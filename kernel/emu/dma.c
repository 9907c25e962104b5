// SPDX-License-Identifier: GPL-2.0
/*
 * How the device reaches memory: by the addresses it was given and no others.
 *
 * Addresses are physical ones, as the virtual root bus has no IOMMU. What is
 * not ordinary memory, this device's own BARs included, cannot be reached.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>

#include "emu.h"

/* Return: where @length bytes within one page lie, or NULL. */
void *emu_dma_pointer(u64 address, size_t length)
{
	struct page *page;

	if (offset_in_page(address) + length > PAGE_SIZE)
		return NULL;
	page = pfn_to_online_page(PHYS_PFN(address));
	if (!page || PageReserved(page))
		return NULL;
	return page_address(page) + offset_in_page(address);
}

/*
 * Copy words that somebody may be writing at the same time, each read once.
 * @address and @length are multiples of 8.
 */
bool emu_dma_read(u64 address, void *to, size_t length)
{
	const u64 *from = emu_dma_pointer(address, length);
	u64 *word = to;
	size_t i;

	if (!from || !IS_ALIGNED(address, sizeof(u64)))
		return false;
	for (i = 0; i < length / sizeof(u64); i++)
		word[i] = READ_ONCE(from[i]);
	return true;
}
