/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints. They are stable: fields are added at the end, none is removed
 * or changes its meaning. Times are in ns of the engine's clock.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfarb

#if !defined(_VFARB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VFARB_TRACE_H

#include <linux/tracepoint.h>

/* A VF handed work of an estimated size to an engine. */
TRACE_EVENT(vfarb_submit,
	TP_PROTO(u32 accel, u32 engine, u32 fn, u32 op, u64 size_ns),
	TP_ARGS(accel, engine, fn, op, size_ns),
	TP_STRUCT__entry(
		__field(u32, accel)
		__field(u32, engine)
		__field(u32, fn)
		__field(u32, op)
		__field(u64, size_ns)
	),
	TP_fast_assign(
		__entry->accel = accel;
		__entry->engine = engine;
		__entry->fn = fn;
		__entry->op = op;
		__entry->size_ns = size_ns;
	),
	TP_printk("accel=%u engine=%u fn=%u op=%u size_ns=%llu", __entry->accel,
		  __entry->engine, __entry->fn, __entry->op, __entry->size_ns)
);

/* The arbiter gave a VF a slice; rule is enum vfarb_rule, second the runner-up or 0xffff. */
TRACE_EVENT(vfarb_grant,
	TP_PROTO(u32 accel, u32 engine, u32 fn, u32 cookie, u64 time_ns, u64 slice_ns,
		 u32 rule, u32 second),
	TP_ARGS(accel, engine, fn, cookie, time_ns, slice_ns, rule, second),
	TP_STRUCT__entry(
		__field(u32, accel)
		__field(u32, engine)
		__field(u32, fn)
		__field(u32, cookie)
		__field(u64, time_ns)
		__field(u64, slice_ns)
		__field(u32, rule)
		__field(u32, second)
	),
	TP_fast_assign(
		__entry->accel = accel;
		__entry->engine = engine;
		__entry->fn = fn;
		__entry->cookie = cookie;
		__entry->time_ns = time_ns;
		__entry->slice_ns = slice_ns;
		__entry->rule = rule;
		__entry->second = second;
	),
	TP_printk("accel=%u engine=%u fn=%u cookie=%u time_ns=%llu slice_ns=%llu rule=%u second=%u",
		  __entry->accel, __entry->engine, __entry->fn, __entry->cookie,
		  __entry->time_ns, __entry->slice_ns, __entry->rule, __entry->second)
);

/* A VF was charged; vtime is its virtual time after that. */
TRACE_EVENT(vfarb_charge,
	TP_PROTO(u32 accel, u32 engine, u32 fn, u64 time_ns, u64 run_ns, u64 switch_ns, u64 vtime),
	TP_ARGS(accel, engine, fn, time_ns, run_ns, switch_ns, vtime),
	TP_STRUCT__entry(
		__field(u32, accel)
		__field(u32, engine)
		__field(u32, fn)
		__field(u64, time_ns)
		__field(u64, run_ns)
		__field(u64, switch_ns)
		__field(u64, vtime)
	),
	TP_fast_assign(
		__entry->accel = accel;
		__entry->engine = engine;
		__entry->fn = fn;
		__entry->time_ns = time_ns;
		__entry->run_ns = run_ns;
		__entry->switch_ns = switch_ns;
		__entry->vtime = vtime;
	),
	TP_printk("accel=%u engine=%u fn=%u time_ns=%llu run_ns=%llu switch_ns=%llu vtime=%llu",
		  __entry->accel, __entry->engine, __entry->fn, __entry->time_ns,
		  __entry->run_ns, __entry->switch_ns, __entry->vtime)
);

/* A slice is over; reason is enum vfarb_reason, actual_ns all that was charged for it. */
TRACE_EVENT(vfarb_slice_end,
	TP_PROTO(u32 accel, u32 engine, u32 fn, u32 cookie, u64 time_ns, u64 designated_ns,
		 u64 actual_ns, u32 reason),
	TP_ARGS(accel, engine, fn, cookie, time_ns, designated_ns, actual_ns, reason),
	TP_STRUCT__entry(
		__field(u32, accel)
		__field(u32, engine)
		__field(u32, fn)
		__field(u32, cookie)
		__field(u64, time_ns)
		__field(u64, designated_ns)
		__field(u64, actual_ns)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->accel = accel;
		__entry->engine = engine;
		__entry->fn = fn;
		__entry->cookie = cookie;
		__entry->time_ns = time_ns;
		__entry->designated_ns = designated_ns;
		__entry->actual_ns = actual_ns;
		__entry->reason = reason;
	),
	TP_printk("accel=%u engine=%u fn=%u cookie=%u time_ns=%llu designated_ns=%llu actual_ns=%llu reason=%u",
		  __entry->accel, __entry->engine, __entry->fn, __entry->cookie,
		  __entry->time_ns, __entry->designated_ns, __entry->actual_ns,
		  __entry->reason)
);

/* A scheduling cycle ended; reason is enum vfarb_cycle_end. */
TRACE_EVENT(vfarb_cycle,
	TP_PROTO(u32 accel, u32 engine, u64 seq, u64 start_ns, u64 length_ns, u32 reason, u32 vfs,
		 u32 jain_ppm, u32 share_error_ppm),
	TP_ARGS(accel, engine, seq, start_ns, length_ns, reason, vfs, jain_ppm, share_error_ppm),
	TP_STRUCT__entry(
		__field(u32, accel)
		__field(u32, engine)
		__field(u64, seq)
		__field(u64, start_ns)
		__field(u64, length_ns)
		__field(u32, reason)
		__field(u32, vfs)
		__field(u32, jain_ppm)
		__field(u32, share_error_ppm)
	),
	TP_fast_assign(
		__entry->accel = accel;
		__entry->engine = engine;
		__entry->seq = seq;
		__entry->start_ns = start_ns;
		__entry->length_ns = length_ns;
		__entry->reason = reason;
		__entry->vfs = vfs;
		__entry->jain_ppm = jain_ppm;
		__entry->share_error_ppm = share_error_ppm;
	),
	TP_printk("accel=%u engine=%u seq=%llu start_ns=%llu length_ns=%llu reason=%u vfs=%u jain_ppm=%u share_error_ppm=%u",
		  __entry->accel, __entry->engine, __entry->seq, __entry->start_ns,
		  __entry->length_ns, __entry->reason, __entry->vfs, __entry->jain_ppm,
		  __entry->share_error_ppm)
);

#endif /* _VFARB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
