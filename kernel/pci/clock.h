/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ticks and ns.
 *
 * Readings are extended to 64 bits and converted as absolute values. The ns of
 * two readings then differ by exactly what lies between them, so sums of
 * differences telescope and rounding cannot add up.
 */
#ifndef _VFARB_PCI_CLOCK_H
#define _VFARB_PCI_CLOCK_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/time64.h>

/* The last reading of one counter of the device, extended to 64 bits. */
struct vfarb_counter {
	atomic64_t last;
};

/*
 * Extend what the device said the counter was some time ago. It is taken as
 * the value nearest to the last reading, so it must be less than half a wrap
 * away.
 */
static inline u64 vfarb_counter_near(struct vfarb_counter *counter, u64 raw, unsigned int bits)
{
	u64 last = atomic64_read(&counter->last);

	return bits < 64 ? last + sign_extend64(raw - last, bits - 1) : raw;
}

/* Extend a reading. Readers may race: each leaves a value that is near. */
static inline u64 vfarb_counter_extend(struct vfarb_counter *counter, u64 raw, unsigned int bits)
{
	u64 now = vfarb_counter_near(counter, raw, bits);

	atomic64_set(&counter->last, now);
	return now;
}

/* Whole seconds apart, so that no tick count overflows the 64-bit quotient, which traps on x86. */
static inline u64 vfarb_ticks_to_ns(u64 ticks, u64 hz)
{
	u64 rest;

	if (hz == NSEC_PER_SEC)
		return ticks;
	ticks = div64_u64_rem(ticks, hz, &rest);
	return ticks * NSEC_PER_SEC + mul_u64_u64_div_u64(rest, NSEC_PER_SEC, hz);
}

static inline u64 vfarb_ns_to_ticks(u64 ns, u64 hz)
{
	u64 rest;

	if (hz == NSEC_PER_SEC)
		return ns;
	ns = div64_u64_rem(ns, NSEC_PER_SEC, &rest);
	return ns * hz + mul_u64_u64_div_u64(rest, hz, NSEC_PER_SEC);
}

#endif /* _VFARB_PCI_CLOCK_H */
