// SPDX-License-Identifier: GPL-2.0
/*
 * The worker of an engine: what takes longer than an interrupt may, which is
 * work on buffers and resets.
 *
 * Work goes on in pieces of some ten microseconds, each begun with the engine's
 * lock held and done without it. The worker also carries out resets, so when it
 * does, it has let go of every buffer.
 */
#include <linux/kcsan-checks.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "emu.h"

#define PIECE_BYTES	32768
#define PIECE_MACS	32768

/* Where @length bytes at @offset of an operand begin; shortens @length to what lies there. */
static void *operand_pointer(const struct emu_job *job, const struct emu_operand *operand,
			     u64 offset, size_t *length)
{
	u64 at = operand->offset + offset;
	u64 entry = operand->pages + at / VFARB_DEVICE_PAGE_SIZE * sizeof(u64);
	unsigned int within = at % VFARB_DEVICE_PAGE_SIZE;
	__le64 page;

	*length = min_t(size_t, *length, VFARB_DEVICE_PAGE_SIZE - within);
	if (!READ_ONCE(job->fn->master) || entry < operand->pages ||
	    !emu_dma_read(entry, &page, sizeof(page)) ||
	    !IS_ALIGNED(le64_to_cpu(page), VFARB_DEVICE_PAGE_SIZE))
		return NULL;
	return emu_dma_pointer(le64_to_cpu(page) + within, *length);
}

static bool operand_read(const struct emu_job *job, const struct emu_operand *operand,
			 u64 offset, void *to, size_t length)
{
	size_t part;
	void *from;

	for (; length; length -= part, offset += part, to += part) {
		part = length;
		from = operand_pointer(job, operand, offset, &part);
		if (!from)
			return false;
		memcpy(to, from, part);
	}
	return true;
}

static bool operand_write(const struct emu_job *job, const struct emu_operand *operand,
			  u64 offset, const void *from, size_t length)
{
	size_t part;
	void *to;

	for (; length; length -= part, offset += part, from += part) {
		part = length;
		to = operand_pointer(job, operand, offset, &part);
		if (!to)
			return false;
		memcpy(to, from, part);
	}
	return true;
}

/* One stretch of FILL, COPY or CHECKSUM that lies within a page on each side. */
static bool work_bytes(struct emu_job *job)
{
	const struct emu_op *op = &job->op;
	u64 at = job->cursor.position;
	size_t length = min_t(u64, op->operand[0].length - at, PIECE_BYTES);
	void *to = operand_pointer(job, &op->operand[0], at, &length);
	void *from;

	if (!to)
		return false;
	switch (op->op) {
	case VFARB_OP_FILL:
		emu_fill(to, op->value, length);
		break;
	case VFARB_OP_COPY:
		from = operand_pointer(job, &op->operand[1], at, &length);
		if (!from)
			return false;
		/* Two buffers may name one page. */
		memmove(to, from, length);
		break;
	case VFARB_OP_CHECKSUM:
		job->cursor.crc = emu_crc32c(job->cursor.crc, to, length);
		break;
	}
	job->cursor.position += length;
	return true;
}

/* Some terms of one row of the product; sums in progress lie in the result itself. */
static bool work_row(struct emu_job *job)
{
	const struct emu_op *op = &job->op;
	struct emu_cursor *cursor = &job->cursor;
	u64 result = (u64)cursor->row * op->n * sizeof(s32);
	u32 end = min(op->k, cursor->depth + max_t(u32, PIECE_MACS / op->n, 1));
	s8 factor;

	if (!cursor->depth)
		memset(job->sum, 0, op->n * sizeof(s32));
	else if (!operand_read(job, &op->operand[0], result, job->sum, op->n * sizeof(s32)))
		return false;
	for (; cursor->depth < end; cursor->depth++) {
		if (!operand_read(job, &op->operand[1],
				  (u64)cursor->row * op->k + cursor->depth, &factor, 1) ||
		    !operand_read(job, &op->operand[2], (u64)cursor->depth * op->n, job->row,
				  op->n))
			return false;
		emu_multiply_add(job->sum, factor, job->row, op->n);
	}
	if (!operand_write(job, &op->operand[0], result, job->sum, op->n * sizeof(s32)))
		return false;
	if (cursor->depth == op->k) {
		cursor->depth = 0;
		cursor->row++;
	}
	return true;
}

/* Do one piece. Return: false if memory could not be reached. */
static bool work(struct emu_job *job)
{
	u64 end;

	if (job->op.op == VFARB_OP_MATMUL) {
		if (!work_row(job))
			return false;
		job->done = job->cursor.row == job->op.m;
		return true;
	}
	end = min_t(u64, job->op.operand[0].length, job->cursor.position + PIECE_BYTES);
	while (job->cursor.position < end)
		if (!work_bytes(job))
			return false;
	job->done = end == job->op.operand[0].length;
	return true;
}

static unsigned long work_on_current(struct emu_engine *engine, unsigned long flags)
{
	struct emu_context *context = engine->current_context;
	struct emu_job *job = engine->job;
	u32 generation = context->generation;
	bool reached;

	job->fn = context->fn;
	job->op = context->sub.op;
	job->cursor = context->sub.cursor;
	job->done = false;
	emu_engine_unlock(engine, flags);

	/* DMA: two engines on one buffer are its client's race, not the kernel's. */
	kcsan_disable_current();
	reached = work(job);
	kcsan_enable_current();

	flags = emu_engine_lock(engine);
	/* Meanwhile it may have been reset; but it is not freed before we are stopped. */
	if (context->generation != generation)
		return flags;
	context->sub.cursor = job->cursor;
	if (!engine->hung)
		context->progress++;
	if (!reached) {
		emu_engine_work_ended(engine, context, VFARB_SUB_DMA);
	} else if (job->done) {
		if (job->op.op == VFARB_OP_CHECKSUM)
			context->sub.result = ~job->cursor.crc;
		emu_engine_work_ended(engine, context, VFARB_SUB_OK);
	}
	return flags;
}

int emu_worker(void *data)
{
	struct emu_engine *engine = data;
	unsigned long flags;

	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		flags = emu_engine_lock(engine);
		if (engine->reset_fns || engine->reset_engine) {
			__set_current_state(TASK_RUNNING);
			flags = emu_reset_step(engine, flags);
			emu_engine_unlock(engine, flags);
			cond_resched();
		} else if (emu_engine_is_working(engine)) {
			__set_current_state(TASK_RUNNING);
			flags = work_on_current(engine, flags);
			emu_engine_unlock(engine, flags);
			cond_resched();
		} else {
			emu_engine_unlock(engine, flags);
			if (!kthread_should_stop())
				schedule();
		}
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}
