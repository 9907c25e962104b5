// SPDX-License-Identifier: GPL-2.0
#include <linux/jiffies.h>
#include <linux/pci.h>

#include "../compat.h"
#include "vector.h"

/*
 * A vector that interrupts more often than this within a tick, each time for
 * nothing, storms. It is masked and its memory looked at by a timer for a
 * while; then it gets its next chance. The share of IRQ_NONE stays below what
 * makes the kernel disable an interrupt for good.
 */
#define VFARB_STORM_LIMIT	256
#define VFARB_STORM_POLLS	100
#define VFARB_STORM_POLL_NS	(100 * NSEC_PER_USEC)

static irqreturn_t vfarb_vector_handle(int irq, void *dev_id)
{
	struct vfarb_vector *vector = dev_id;
	irqreturn_t ret = vector->consume(vector->data);

	if (likely(ret != IRQ_NONE))
		return ret;
	atomic_inc(&vector->spurious_total);
	if (time_after(jiffies, vector->window)) {
		vector->window = jiffies;
		vector->spurious = 0;
	}
	if (++vector->spurious < VFARB_STORM_LIMIT)
		return IRQ_NONE;
	vector->spurious = 0;
	vector->polls = VFARB_STORM_POLLS;
	atomic_inc(&vector->storms);
	disable_irq_nosync(irq);
	hrtimer_start(&vector->poll, ns_to_ktime(VFARB_STORM_POLL_NS), HRTIMER_MODE_REL_SOFT);
	return IRQ_HANDLED;
}

static enum hrtimer_restart vfarb_vector_poll(struct hrtimer *timer)
{
	struct vfarb_vector *vector = container_of(timer, struct vfarb_vector, poll);

	if (vector->consume(vector->data) == IRQ_WAKE_THREAD)
		irq_wake_thread(vector->irq, vector);
	if (--vector->polls) {
		hrtimer_forward_now(timer, ns_to_ktime(VFARB_STORM_POLL_NS));
		return HRTIMER_RESTART;
	}
	enable_irq(vector->irq);
	return HRTIMER_NORESTART;
}

/* vector->name is set by the caller. @thread is called with the vector as its data. */
int vfarb_vector_request(struct vfarb_vector *vector, struct pci_dev *pdev, unsigned int index,
			 irqreturn_t (*consume)(void *data), irq_handler_t thread,
			 unsigned long flags, void *data)
{
	int irq = pci_irq_vector(pdev, index);
	int err;

	if (irq < 0)
		return irq;
	vector->consume = consume;
	vector->data = data;
	vector->irq = irq;
	vfarb_hrtimer_setup(&vector->poll, vfarb_vector_poll, CLOCK_MONOTONIC,
			    HRTIMER_MODE_REL_SOFT);
	err = request_threaded_irq(irq, vfarb_vector_handle, thread, flags, vector->name, vector);
	if (err)
		vector->irq = 0;
	return err;
}

void vfarb_vector_free(struct vfarb_vector *vector)
{
	if (!vector->irq)
		return;
	/* The handler starts the timer and the timer the handler: first the one, then the other. */
	disable_irq(vector->irq);
	hrtimer_cancel(&vector->poll);
	free_irq(vector->irq, vector);
	vector->irq = 0;
}
