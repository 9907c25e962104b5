// SPDX-License-Identifier: GPL-2.0
#include <linux/eventfd.h>
#include <linux/slab.h>

#include "../compat.h"
#include "buffer.h"
#include "client.h"
#include "tenant.h"

static void vfarb_client_put(struct vfarb_client *client)
{
	if (refcount_dec_and_test(&client->ref))
		kfree(client);
}

/* Called with a reference to @tenant, which the client takes over. */
struct vfarb_client *vfarb_client_create(struct vfarb_tenant *tenant)
{
	static atomic64_t ids;
	struct vfarb_client *client;

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return NULL;
	client->completions = kcalloc(VFARB_CLIENT_CAPACITY, sizeof(*client->completions),
				      GFP_KERNEL_ACCOUNT);
	if (!client->completions) {
		kfree(client);
		return NULL;
	}
	refcount_set(&client->ref, 1);
	client->tenant = tenant;
	client->id = atomic64_inc_return(&ids);
	xa_init_flags(&client->buffers, XA_FLAGS_ALLOC1);
	init_waitqueue_head(&client->wait);
	mutex_init(&client->read_lock);
	spin_lock_init(&client->lock);
	mutex_lock(&tenant->client_lock);
	list_add_tail(&client->link, &tenant->clients);
	mutex_unlock(&tenant->client_lock);
	return client;
}

/*
 * The file is closed, which a dying process does, too. What it has submitted
 * runs to its end and is told to nobody.
 */
void vfarb_client_close(struct vfarb_client *client)
{
	struct vfarb_tenant *tenant = client->tenant;
	struct vfarb_completion *completions;
	struct vfarb_buffer *buffer;
	struct eventfd_ctx *eventfd;
	unsigned long handle;
	unsigned long flags;

	mutex_lock(&tenant->client_lock);
	list_del(&client->link);
	mutex_unlock(&tenant->client_lock);
	spin_lock_irqsave(&client->lock, flags);
	client->closed = true;
	completions = client->completions;
	client->completions = NULL;
	eventfd = client->eventfd;
	client->eventfd = NULL;
	spin_unlock_irqrestore(&client->lock, flags);
	kfree(completions);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	xa_for_each(&client->buffers, handle, buffer)
		vfarb_buffer_put(buffer);
	xa_destroy(&client->buffers);
	vfarb_client_put(client);
	vfarb_tenant_put(tenant);
}

/* Make sure of a place for the completion of one more submission. */
bool vfarb_client_reserve(struct vfarb_client *client)
{
	unsigned long flags;
	bool room;

	spin_lock_irqsave(&client->lock, flags);
	room = client->outstanding + client->unread < VFARB_CLIENT_CAPACITY;
	client->outstanding += room;
	spin_unlock_irqrestore(&client->lock, flags);
	if (room)
		refcount_inc(&client->ref);
	return room;
}

static void vfarb_client_settle(struct vfarb_client *client,
				const struct vfarb_completion *completion)
{
	unsigned long flags;
	unsigned int place;

	spin_lock_irqsave(&client->lock, flags);
	client->outstanding--;
	if (completion && !client->closed) {
		place = (client->head + client->unread++) % VFARB_CLIENT_CAPACITY;
		client->completions[place] = *completion;
		client->run_ns[completion->engine] += completion->run_ns;
		if (client->eventfd)
			vfarb_eventfd_signal(client->eventfd);
	}
	spin_unlock_irqrestore(&client->lock, flags);
	wake_up_interruptible_all(&client->wait);
	vfarb_client_put(client);
}

/* It was not submitted after all. */
void vfarb_client_unreserve(struct vfarb_client *client)
{
	vfarb_client_settle(client, NULL);
}

/* A submission ended. May be called in any context that is not a raw lock's. */
void vfarb_client_complete(struct vfarb_client *client, const struct vfarb_completion *completion)
{
	vfarb_client_settle(client, completion);
}

struct vfarb_client_state vfarb_client_look(struct vfarb_client *client)
{
	struct vfarb_client_state state;
	unsigned long flags;

	spin_lock_irqsave(&client->lock, flags);
	state.unread = client->unread;
	state.due = client->unread + client->outstanding;
	spin_unlock_irqrestore(&client->lock, flags);
	return state;
}

/* Copy the oldest completion, with @client->read_lock held. */
bool vfarb_client_peek(struct vfarb_client *client, struct vfarb_completion *completion)
{
	unsigned long flags;
	bool found;

	lockdep_assert_held(&client->read_lock);
	spin_lock_irqsave(&client->lock, flags);
	found = client->unread;
	if (found)
		*completion = client->completions[client->head];
	spin_unlock_irqrestore(&client->lock, flags);
	return found;
}

/* Remove the oldest completion, with @client->read_lock held since it was seen. */
void vfarb_client_pop(struct vfarb_client *client)
{
	unsigned long flags;

	lockdep_assert_held(&client->read_lock);
	spin_lock_irqsave(&client->lock, flags);
	client->head = (client->head + 1) % VFARB_CLIENT_CAPACITY;
	client->unread--;
	spin_unlock_irqrestore(&client->lock, flags);
}

/* Exchange the eventfd. The caller drops what it gets back. */
struct eventfd_ctx *vfarb_client_set_eventfd(struct vfarb_client *client,
					     struct eventfd_ctx *eventfd)
{
	unsigned long flags;

	spin_lock_irqsave(&client->lock, flags);
	swap(client->eventfd, eventfd);
	spin_unlock_irqrestore(&client->lock, flags);
	return eventfd;
}
