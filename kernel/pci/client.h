/* SPDX-License-Identifier: GPL-2.0 */
/* One open file of a node, and the completions it has not read. */
#ifndef _VFARB_PCI_CLIENT_H
#define _VFARB_PCI_CLIENT_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/vfarb_dev.h>
#include <linux/wait.h>
#include <linux/xarray.h>

struct eventfd_ctx;
struct vfarb_tenant;

/* Submissions under way and completions unread, together: what @completions can hold. */
#define VFARB_CLIENT_CAPACITY	256

/**
 * struct vfarb_client - one open file
 * @ref: the file's, and one per submission that has not ended
 * @tenant: of the node, referenced by the file
 * @link: in tenant->clients
 * @id: number of this client, unique
 * @buffers: its buffers by handle
 * @wait: woken when a completion came, or none will
 * @read_lock: makes reading a completion and removing it one act
 * @lock: protects all below; taken in interrupts
 * @closed: the file is gone, completions go nowhere
 * @completions: unread ones, a ring
 * @head: the oldest
 * @unread: how many
 * @outstanding: submissions that have not ended
 * @eventfd: signalled per completion, or NULL
 * @run_ns: execution time of what ended, by engine
 */
struct vfarb_client {
	refcount_t ref;
	struct vfarb_tenant *tenant;
	struct list_head link;
	u64 id;
	struct xarray buffers;
	wait_queue_head_t wait;
	struct mutex read_lock;	/* of readers among themselves */
	spinlock_t lock;	/* all below */
	bool closed;
	struct vfarb_completion *completions;
	unsigned int head;
	unsigned int unread;
	unsigned int outstanding;
	struct eventfd_ctx *eventfd;
	u64 run_ns[VFARB_MAX_ENGINES];
};

/**
 * struct vfarb_client_state - a look at a client
 * @unread: completions to read
 * @due: completions to read now or later
 */
struct vfarb_client_state {
	unsigned int unread;
	unsigned int due;
};

struct vfarb_client *vfarb_client_create(struct vfarb_tenant *tenant);
void vfarb_client_close(struct vfarb_client *client);
bool vfarb_client_reserve(struct vfarb_client *client);
void vfarb_client_unreserve(struct vfarb_client *client);
void vfarb_client_complete(struct vfarb_client *client, const struct vfarb_completion *completion);
struct vfarb_client_state vfarb_client_look(struct vfarb_client *client);
bool vfarb_client_peek(struct vfarb_client *client, struct vfarb_completion *completion);
void vfarb_client_pop(struct vfarb_client *client);
struct eventfd_ctx *vfarb_client_set_eventfd(struct vfarb_client *client,
					     struct eventfd_ctx *eventfd);

#endif /* _VFARB_PCI_CLIENT_H */
