// SPDX-License-Identifier: GPL-2.0
#include <linux/bitmap.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "buffer.h"
#include "tenant.h"
#include "vfarb.h"

static size_t vfarb_buffer_table_size(const struct vfarb_buffer *buffer)
{
	return buffer->size / VFARB_DEVICE_PAGE_SIZE * sizeof(*buffer->table);
}

/* Take @size of the allotment and a place in the device's table. */
static int vfarb_buffer_charge(struct vfarb_buffer *buffer)
{
	struct vfarb_tenant *tenant = buffer->tenant;
	u64 allotted = vfarb_vf_memory_bytes(tenant->accel, tenant->fn);
	int err = -ENOSPC;

	mutex_lock(&tenant->buffer_lock);
	buffer->index = find_first_zero_bit(tenant->buffer_map, VFARB_BUFFERS_MAX);
	if (buffer->index < VFARB_BUFFERS_MAX && tenant->memory_used <= allotted &&
	    buffer->size <= allotted - tenant->memory_used) {
		__set_bit(buffer->index, tenant->buffer_map);
		tenant->memory_used += buffer->size;
		list_add_tail(&buffer->link, &tenant->buffers);
		err = 0;
	}
	mutex_unlock(&tenant->buffer_lock);
	return err;
}

static void vfarb_buffer_uncharge(struct vfarb_buffer *buffer)
{
	struct vfarb_tenant *tenant = buffer->tenant;

	mutex_lock(&tenant->buffer_lock);
	list_del(&buffer->link);
	tenant->memory_used -= buffer->size;
	__clear_bit(buffer->index, tenant->buffer_map);
	mutex_unlock(&tenant->buffer_lock);
}

static int vfarb_buffer_alloc(struct vfarb_buffer *buffer)
{
	unsigned long i;

	buffer->pages = kvcalloc(buffer->count, sizeof(*buffer->pages), GFP_KERNEL_ACCOUNT);
	if (!buffer->pages)
		return -ENOMEM;
	for (i = 0; i < buffer->count; i++) {
		buffer->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN |
					      __GFP_RETRY_MAYFAIL);
		if (!buffer->pages[i] || fatal_signal_pending(current))
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

/* The address of page i of @buffer, which may be several of the device's. */
static __le64 *vfarb_buffer_slot(struct vfarb_buffer *buffer, unsigned long i)
{
	return &buffer->table[i * (PAGE_SIZE / VFARB_DEVICE_PAGE_SIZE)];
}

static void vfarb_buffer_unmap(struct vfarb_buffer *buffer, unsigned long count)
{
	struct device *dev = &buffer->tenant->pdev->dev;

	while (count--)
		dma_unmap_page(dev, le64_to_cpu(*vfarb_buffer_slot(buffer, count)), PAGE_SIZE,
			       DMA_BIDIRECTIONAL);
	dma_free_coherent(dev, vfarb_buffer_table_size(buffer), buffer->table, buffer->table_dma);
	buffer->table = NULL;
}

/* Show the buffer to the device. */
static int vfarb_buffer_connect(struct vfarb_buffer *buffer)
{
	struct vfarb_tenant *tenant = buffer->tenant;
	struct device *dev = &tenant->pdev->dev;
	struct vfarb_buffer_entry *entry = &tenant->table[buffer->index];
	unsigned long i, part;

	buffer->table = dma_alloc_coherent(dev, vfarb_buffer_table_size(buffer),
					   &buffer->table_dma, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!buffer->table)
		return -ENOMEM;
	for (i = 0; i < buffer->count; i++) {
		dma_addr_t dma = dma_map_page(dev, buffer->pages[i], 0, PAGE_SIZE,
					      DMA_BIDIRECTIONAL);

		if (dma_mapping_error(dev, dma)) {
			vfarb_buffer_unmap(buffer, i);
			return -ENOMEM;
		}
		for (part = 0; part < PAGE_SIZE / VFARB_DEVICE_PAGE_SIZE; part++)
			vfarb_buffer_slot(buffer, i)[part] =
				cpu_to_le64(dma + part * VFARB_DEVICE_PAGE_SIZE);
	}
	entry->pages = cpu_to_le64(buffer->table_dma);
	dma_wmb();
	entry->length = cpu_to_le64(buffer->size);
	return 0;
}

/* Hide it again. No submission that names it is under way. */
static void vfarb_buffer_disconnect(struct vfarb_buffer *buffer)
{
	struct vfarb_tenant *tenant = buffer->tenant;

	lockdep_assert_held(&tenant->buffer_lock);
	if (!buffer->table)
		return;
	tenant->table[buffer->index].length = 0;
	dma_wmb();
	tenant->table[buffer->index].pages = 0;
	vfarb_buffer_unmap(buffer, buffer->count);
}

/* The device goes away and has been stopped: buffers become plain memory. */
void vfarb_buffer_disconnect_all(struct vfarb_tenant *tenant)
{
	struct vfarb_buffer *buffer;

	mutex_lock(&tenant->buffer_lock);
	list_for_each_entry(buffer, &tenant->buffers, link)
		vfarb_buffer_disconnect(buffer);
	mutex_unlock(&tenant->buffer_lock);
}

static void vfarb_buffer_free(struct vfarb_buffer *buffer)
{
	struct vfarb_tenant *tenant = buffer->tenant;
	unsigned long i;

	mutex_lock(&tenant->buffer_lock);
	vfarb_buffer_disconnect(buffer);
	mutex_unlock(&tenant->buffer_lock);
	for (i = 0; buffer->pages && i < buffer->count; i++)
		if (buffer->pages[i])
			__free_page(buffer->pages[i]);
	kvfree(buffer->pages);
	vfarb_buffer_uncharge(buffer);
	vfarb_tenant_put(tenant);
	kfree(buffer);
}

static LLIST_HEAD(vfarb_buffer_dead);

static void vfarb_buffer_free_dead(struct work_struct *work)
{
	struct llist_node *dead = llist_del_all(&vfarb_buffer_dead);
	struct vfarb_buffer *buffer, *next;

	llist_for_each_entry_safe(buffer, next, dead, free)
		vfarb_buffer_free(buffer);
}

static DECLARE_WORK(vfarb_buffer_work, vfarb_buffer_free_dead);

/* Wait until every buffer whose last reference is gone is gone itself. */
void vfarb_buffer_flush(void)
{
	flush_work(&vfarb_buffer_work);
}

/* Drop a reference where one may sleep. */
void vfarb_buffer_put(struct vfarb_buffer *buffer)
{
	if (refcount_dec_and_test(&buffer->ref))
		vfarb_buffer_free(buffer);
}

/* Drop a reference in any context. */
void vfarb_buffer_put_atomic(struct vfarb_buffer *buffer)
{
	if (!refcount_dec_and_test(&buffer->ref))
		return;
	llist_add(&buffer->free, &vfarb_buffer_dead);
	schedule_work(&vfarb_buffer_work);
}

/*
 * Make a buffer, charged to the VF's allotment and to the caller's memory
 * cgroup. Called with the tenant's gate held for reading.
 */
struct vfarb_buffer *vfarb_buffer_create(struct vfarb_tenant *tenant, u64 size)
{
	struct vfarb_buffer *buffer;
	int err;

	if (!size)
		return ERR_PTR(-EINVAL);
	if (size > VFARB_BUFFER_SIZE_MAX)
		return ERR_PTR(-ENOSPC);
	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	refcount_set(&buffer->ref, 1);
	buffer->tenant = tenant;
	buffer->size = PAGE_ALIGN(size);
	buffer->count = buffer->size >> PAGE_SHIFT;

	err = vfarb_buffer_charge(buffer);
	if (err) {
		/* What submissions have just let go of may not have been freed yet. */
		vfarb_buffer_flush();
		err = vfarb_buffer_charge(buffer);
	}
	if (err) {
		kfree(buffer);
		return ERR_PTR(err);
	}
	vfarb_tenant_get(tenant);
	err = vfarb_buffer_alloc(buffer);
	if (!err) {
		mutex_lock(&tenant->buffer_lock);
		err = vfarb_buffer_connect(buffer);
		mutex_unlock(&tenant->buffer_lock);
	}
	if (err) {
		vfarb_buffer_free(buffer);
		return ERR_PTR(err);
	}
	return buffer;
}
