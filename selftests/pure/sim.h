/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulated engine under the ledger and the pick, and every check that can be made of them.
 *
 * A run is a configuration and a list of steps. A step is 64 bits, whatever they are: random
 * numbers, bytes of a fuzzer, or what is left of a failed run when all that it does not need is
 * taken away.
 */
#ifndef _SIM_H
#define _SIM_H

#include "model.h"

/* What may happen in a run besides slices, wakes and sleeps. */
#define SIM_CHURN	(1u << 0)	/* VFs come, go, are blocked and unblocked */
#define SIM_TUNE	(1u << 1)	/* volumes and slices change */
#define SIM_PRIORITY	(1u << 2)	/* priorities change */
#define SIM_POLICY	(1u << 3)	/* policy and order change */
#define SIM_LIES	(1u << 4)	/* irqs are lost, counters jump, times go back */
#define SIM_BUSY	(1u << 5)	/* nobody sleeps by itself */
#define SIM_LEVELS	(1u << 6)	/* VFs of all priorities */
#define SIM_ALL		(SIM_CHURN | SIM_TUNE | SIM_PRIORITY | SIM_POLICY | SIM_LIES)

struct sim_config {
	const char *name;
	unsigned int vfs;
	const u32 *volume;	/* repeated over the VFs */
	unsigned int volumes;
	unsigned int features;
	enum vfarb_policy policy;
	enum vfarb_order order;
	u64 start;		/* all clocks begin here */
};

struct sim_figures {
	u64 steps;
	u64 grants;
	u64 compared;		/* pairs whose lag was checked */
	double worst_lag;	/* of its bound */
	double jain;		/* of executed / entitled */
	u64 fewest_grants;
	u64 anomalies;
	double least_low;	/* part of a window that all but the highest priority got */
	double most_low;
	u64 rule[VFARB_RULES];
};

/* Returns NULL if every check held, or what did not. @failed: the step at which. */
const char *sim_run(const struct sim_config *config, const u64 *step, size_t steps,
		    struct sim_figures *figures, size_t *failed);

/* Prints what the last steps of the last run did. */
void sim_print_last(void);

#endif /* _SIM_H */
