// SPDX-License-Identifier: GPL-2.0
/*
 * The simulated engine of selftests/pure, with a fuzzer in place of random numbers: the first byte
 * chooses who takes part and what may happen, each eight that follow are a step.
 */
#include "../pure/sim.h"

/* The model and the simulation are no files of kernel/core, which are linked with every target. */
#include "../pure/model.c"
#include "../pure/sim.c"

#define STEPS	512

static const u32 volumes[] = { 10, 990, 333, 1, 1000, 7, 97, 8 };

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static u64 step[STEPS];
	u8 first = size ? data[0] : 0;
	struct sim_config config = {
		.name = "fuzz",
		.vfs = 2 + first % 7,
		.volume = volumes,
		.volumes = sizeof(volumes) / sizeof(volumes[0]),
		.features = first & 0x80 ? SIM_ALL : SIM_CHURN | SIM_TUNE | SIM_LIES,
		.policy = first & 0x40 ? VFARB_POLICY_DEADLINE : VFARB_POLICY_LEAST_TIME,
		/* All clocks wrap soon. */
		.start = 0 - 1000000ull,
	};
	struct sim_figures figures;
	size_t steps = 0, failed;
	const char *why;

	for (; 1 + 8 * (steps + 1) <= size && steps < STEPS; steps++)
		memcpy(&step[steps], data + 1 + 8 * steps, sizeof(*step));
	why = sim_run(&config, step, steps, &figures, &failed);
	if (why) {
		fprintf(stderr, "not so: step %zu: %s\n", failed, why);
		sim_print_last();
		fflush(stdout);
		abort();
	}
	return 0;
}
