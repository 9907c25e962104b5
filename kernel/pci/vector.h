/* SPDX-License-Identifier: GPL-2.0 */
/* One MSI-X vector, and what is done when it storms. */
#ifndef _VFARB_PCI_VECTOR_H
#define _VFARB_PCI_VECTOR_H

#include <linux/hrtimer.h>
#include <linux/interrupt.h>

struct pci_dev;

/**
 * struct vfarb_vector - one interrupt of a function
 * @irq: Linux's number, 0 while not requested
 * @consume: takes what the device left in memory, a bounded amount. IRQ_NONE if there was nothing.
 *	Called in the interrupt, and by a timer instead while a storming vector is masked; never
 *	both at once.
 * @data: handed to @consume
 * @poll: the timer
 * @polls: how often it still has to come
 * @window: jiffies when counting of @spurious began
 * @spurious: interrupts since that came with nothing
 * @storms: how often it had to be masked
 * @spurious_total: interrupts ever that came with nothing
 * @name: as /proc/interrupts has it
 */
struct vfarb_vector {
	unsigned int irq;
	irqreturn_t (*consume)(void *data);
	void *data;
	struct hrtimer poll;
	unsigned int polls;
	unsigned long window;
	unsigned int spurious;
	atomic_t storms;
	atomic_t spurious_total;
	char name[40];
};

int vfarb_vector_request(struct vfarb_vector *vector, struct pci_dev *pdev, unsigned int index,
			 irqreturn_t (*consume)(void *data), irq_handler_t thread,
			 unsigned long flags, void *data);
void vfarb_vector_free(struct vfarb_vector *vector);

#endif /* _VFARB_PCI_VECTOR_H */
