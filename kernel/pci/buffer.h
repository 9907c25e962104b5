/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers: memory that a function's submissions work on. */
#ifndef _VFARB_PCI_BUFFER_H
#define _VFARB_PCI_BUFFER_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct page;
struct vfarb_tenant;

/* In the device's table. The table is 8 KiB of the memory that every VF costs. */
#define VFARB_BUFFERS_MAX	512

/* The device wants the page addresses in one piece: 4 MiB of them at most. */
#define VFARB_BUFFER_SIZE_MAX	SZ_2G

/* For the device: an index that names nothing. */
#define VFARB_BUFFER_UNKNOWN	0xffffffffu

/**
 * struct vfarb_buffer - one buffer
 * @ref: one for its handle, each mapping, and each operand of a submission that has not ended
 * @tenant: whose it is, referenced
 * @size: bytes, a multiple of PAGE_SIZE
 * @pages: its memory, zeroed when made; a mapping holds a reference of its own to each page it sees
 * @count: of @pages
 * @index: in the device's table
 * @table: page addresses for the device, NULL once the device is gone; under tenant->buffer_lock
 * @table_dma: address of @table
 * @link: in tenant->buffers, under tenant->buffer_lock
 * @free: waiting to be freed where one may sleep
 */
struct vfarb_buffer {
	refcount_t ref;
	struct vfarb_tenant *tenant;
	u64 size;
	struct page **pages;
	unsigned long count;
	u32 index;
	__le64 *table;
	dma_addr_t table_dma;
	struct list_head link;
	struct llist_node free;
};

struct vfarb_buffer *vfarb_buffer_create(struct vfarb_tenant *tenant, u64 size);
void vfarb_buffer_put(struct vfarb_buffer *buffer);
void vfarb_buffer_put_atomic(struct vfarb_buffer *buffer);
void vfarb_buffer_disconnect_all(struct vfarb_tenant *tenant);
void vfarb_buffer_flush(void);

#endif /* _VFARB_PCI_BUFFER_H */
