// SPDX-License-Identifier: GPL-2.0
/*
 * Events: a ring that those in hard irq write and the faces read. Who is too
 * slow loses the oldest, and is told how many.
 */
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "../compat.h"
#include "accel.h"
#include "arbiter.h"
#include "event.h"

#define EVENTS		1024u

/* Protects @ring and @written. Taken under engines' locks; nothing is taken below it. */
static DEFINE_RAW_SPINLOCK(lock);
static struct vfarb_ev ring[EVENTS];
static u64 written;

/* Protects @listener and its place in the ring; held while it listens. */
static DEFINE_MUTEX(listening);
static void (*listener)(const struct vfarb_ev *event, u64 lost);
static u64 heard_seq;

/**
 * vfarb_event_read - take the next event
 * @seq: in: the last one read, 0 none; out: this one
 * @event: out
 * @lost: out: events that were overwritten before they were read
 *
 * Context: any.
 * Return: false if there is none.
 */
bool vfarb_event_read(u64 *seq, struct vfarb_ev *event, u64 *lost)
{
	unsigned long flags;
	bool found;

	*lost = 0;
	raw_spin_lock_irqsave(&lock, flags);
	found = *seq < written;
	if (found) {
		if (written - *seq > EVENTS) {
			*lost = written - *seq - EVENTS;
			*seq += *lost;
		}
		*event = ring[(*seq)++ % EVENTS];
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return found;
}
VFARB_EXPORT_FOR_TESTS(vfarb_event_read);

/**
 * vfarb_event_seq - number of the last event
 *
 * Return: 0 if there was none.
 */
u64 vfarb_event_seq(void)
{
	unsigned long flags;
	u64 seq;

	raw_spin_lock_irqsave(&lock, flags);
	seq = written;
	raw_spin_unlock_irqrestore(&lock, flags);
	return seq;
}
VFARB_EXPORT_FOR_TESTS(vfarb_event_seq);

static void tell(struct work_struct *work)
{
	struct vfarb_ev event;
	u64 lost;

	mutex_lock(&listening);
	while (listener && vfarb_event_read(&heard_seq, &event, &lost))
		listener(&event, lost);
	mutex_unlock(&listening);
}

static DECLARE_WORK(telling, tell);

/* Engines' locks are raw, a work queue's need not be. */
static void tell_soon(struct irq_work *work)
{
	schedule_work(&telling);
}

static DEFINE_IRQ_WORK(tell_irq, tell_soon);

/**
 * vfarb_event - something happened
 * @engine: where, its lock held
 * @fn: to whom, VFARB_FN_NONE the engine
 * @type: enum vfarb_ev_type
 * @code: more of that
 * @now_ns: engine clock
 * @x: value
 * @y: value
 *
 * It is recorded as well, as what follows may have to be explained by it.
 *
 * Context: any.
 */
void vfarb_event(struct vfarb_engine *engine, u32 fn, u32 type, u32 code, u64 now_ns, u64 x, u64 y)
{
	unsigned long flags;

	vfarb_record_event(engine, fn, type, code, now_ns, x, y);
	raw_spin_lock_irqsave(&lock, flags);
	ring[written % EVENTS] = (struct vfarb_ev) {
		.seq = written + 1,
		.accel = engine->accel->id,
		.engine = engine->index,
		.fn = fn,
		.type = type,
		.code = code,
		.time_ns = now_ns,
		.x = x,
		.y = y,
	};
	written++;
	raw_spin_unlock_irqrestore(&lock, flags);
	irq_work_queue(&tell_irq);
}
VFARB_EXPORT_FOR_TESTS(vfarb_event);

/**
 * vfarb_event_listen - have every event told
 * @heard: called one at a time, may sleep; NULL: no more
 *
 * Context: process, not from within @heard.
 */
void vfarb_event_listen(void (*heard)(const struct vfarb_ev *event, u64 lost))
{
	mutex_lock(&listening);
	listener = heard;
	heard_seq = vfarb_event_seq();
	mutex_unlock(&listening);
}

/** vfarb_event_exit - nobody tells anything any more */
void vfarb_event_exit(void)
{
	irq_work_sync(&tell_irq);
	cancel_work_sync(&telling);
}
