// SPDX-License-Identifier: GPL-2.0
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfarb.yaml */
#include <stddef.h>
#include "words_gen.h"

const char *const class_words[] = {
	"slice",
	"quantum",
	NULL,
};

const char *const kind_words[] = {
	"compute",
	"copy",
	NULL,
};

const char *const preempt_words[] = {
	"none",
	"submission",
	"mid",
	NULL,
};

const char *const policy_words[] = {
	"least-time",
	"deadline",
	"round-robin",
	"fixed-share",
	"fifo",
	"shortest",
	"relative-latency",
	NULL,
};

const char *const order_words[] = {
	"fair",
	"raw",
	NULL,
};

const char *const priority_words[] = {
	"low",
	"normal",
	"high",
	NULL,
};

const char *const engine_state_words[] = {
	"idle",
	"chosen",
	"granted",
	"running",
	NULL,
};

const char *const cycle_end_words[] = {
	"served",
	"empty",
	"time",
	NULL,
};

const char *const blocked_words[] = {
	"operator",
	"cap",
	"throttle",
	"quarantine",
	NULL,
};

const char *const event_type_words[] = {
	"",
	"over-budget",
	"overstay",
	"preempt-failed",
	"throttled",
	"quarantined",
	"vf-reset",
	"vf-reset-done",
	"vf-reset-failed",
	"released",
	"forgiven",
	"engine-dead",
	"engine-reset",
	"engine-reset-failed",
	"engine-back",
	"lost-end",
	"limit",
	NULL,
};

const char *const limit_words[] = {
	"faults",
	"resets",
	"doorbells",
	"irqs",
	NULL,
};

const char *const limit_action_words[] = {
	"off",
	"report",
	"act",
	NULL,
};
