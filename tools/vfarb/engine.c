// SPDX-License-Identifier: GPL-2.0
/* vfarb engine */
#include "vfarb.h"

void cycle_print(const struct nlattr *nest)
{
	const struct nlattr *table[VFARB_A_CYCLE_MAX + 1];

	char text[UNITS_MAX];

	nl_nested(nest, table, VFARB_A_CYCLE_MAX);
	out_number("seq", attr_number(table[VFARB_A_CYCLE_SEQ]));
	out_short_time("start", (int64_t)attr_number(table[VFARB_A_CYCLE_START_NS]));
	out_short_time("length", (int64_t)attr_number(table[VFARB_A_CYCLE_LENGTH_NS]));
	out_word("end", word_of(cycle_end_words, attr_number(table[VFARB_A_CYCLE_END]), text));
	out_number("vfs", attr_number(table[VFARB_A_CYCLE_VFS]));
	out_ppm("jain", (int64_t)attr_number(table[VFARB_A_CYCLE_JAIN_PPM]));
	out_ppm("share-error", (int64_t)attr_number(table[VFARB_A_CYCLE_SHARE_ERROR_PPM]));
}

static void print_stats(const struct nlattr *nest)
{
	static const struct {
		const char *key;
		uint16_t attr;
		bool count;
	} figures[] = {
		{ "elapsed", VFARB_A_ENGINE_STATS_ELAPSED_NS, false },
		{ "running", VFARB_A_ENGINE_STATS_RUNNING_NS, false },
		{ "switching", VFARB_A_ENGINE_STATS_SWITCHING_NS, false },
		{ "idle", VFARB_A_ENGINE_STATS_IDLE_NS, false },
		{ "idle-backlog", VFARB_A_ENGINE_STATS_IDLE_BACKLOG_NS, false },
		{ "departed-running", VFARB_A_ENGINE_STATS_DEPARTED_RUNNING_NS, false },
		{ "departed-switching", VFARB_A_ENGINE_STATS_DEPARTED_SWITCHING_NS, false },
		{ "grants", VFARB_A_ENGINE_STATS_GRANTS, true },
		{ "refused", VFARB_A_ENGINE_STATS_REFUSED, true },
		{ "lost", VFARB_A_ENGINE_STATS_LOST, true },
		{ "faults", VFARB_A_ENGINE_STATS_FAULTS, true },
		{ "last-fault", VFARB_A_ENGINE_STATS_LAST_FAULT, true },
		{ "anomaly-unknown", VFARB_A_ENGINE_STATS_ANOMALY_UNKNOWN, true },
		{ "anomaly-stale", VFARB_A_ENGINE_STATS_ANOMALY_STALE, true },
		{ "anomaly-backwards", VFARB_A_ENGINE_STATS_ANOMALY_BACKWARDS, true },
		{ "anomaly-too-much", VFARB_A_ENGINE_STATS_ANOMALY_TOO_MUCH, true },
	};
	const struct nlattr *table[VFARB_A_ENGINE_STATS_MAX + 1];

	nl_nested(nest, table, VFARB_A_ENGINE_STATS_MAX);
	for (unsigned int i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
		const struct nlattr *attr = table[figures[i].attr];

		if (attr && figures[i].count)
			out_count(figures[i].key, attr_number(attr));
		else if (attr)
			out_short_time(figures[i].key, (int64_t)attr_number(attr));
	}
}

void engine_print(const struct nlmsghdr *message)
{
	const struct nlattr *table[VFARB_A_ENGINE_MAX + 1];
	char text[UNITS_MAX];
	struct name name;

	nl_attrs(message, table, VFARB_A_ENGINE_MAX);
	name_get(ENGINE, table, &name);
	out_begin(name_print(ENGINE, &name, text));
	out_word("kind", word_of(kind_words, attr_number(table[VFARB_A_ENGINE_KIND]), text));
	out_settings(ENGINE, table);
	out_word("state",
		 word_of(engine_state_words, attr_number(table[VFARB_A_ENGINE_STATE]), text));
	if (table[VFARB_A_ENGINE_RUNNING_FN]) {
		struct name vf = {
			.accel = name.accel,
			.index = (uint32_t)attr_number(table[VFARB_A_ENGINE_RUNNING_FN]),
		};

		out_word("holder", name_print(VF, &vf, text));
	}
	if (options.stats) {
		out_word("preempt",
			 word_of(preempt_words, attr_number(table[VFARB_A_ENGINE_PREEMPT]), text));
		out_time("switch", attr_number(table[VFARB_A_ENGINE_SWITCH_NS]));
		out_time("preempt-time", attr_number(table[VFARB_A_ENGINE_PREEMPT_NS]));
		out_nest_begin("statistics");
		if (table[VFARB_A_ENGINE_STATS]) {
			out_nested_begin(NULL, "time");
			print_stats(table[VFARB_A_ENGINE_STATS]);
			out_nested_end();
		}
		if (table[VFARB_A_ENGINE_CYCLE]) {
			out_nested_begin(NULL, "cycle");
			cycle_print(table[VFARB_A_ENGINE_CYCLE]);
			out_nested_end();
		}
		out_nest_end();
	}
	out_end();
}

static int show(int argc, char **argv)
{
	return object_show(ENGINE, argc, argv, engine_print);
}

static int set(int argc, char **argv)
{
	return object_set(ENGINE, argc, argv);
}

static int release(int argc, char **argv)
{
	return object_release(ENGINE, argc, argv, VFARB_CMD_ENGINE_RELEASE);
}

int engine_main(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "show", show, "[accelN[/engineM]]" },
		{ "set", set, "accelN/engineM [policy POLICY] [order fair|raw]\n"
		  "          [cycle TIME] [affinity CPUS] [budget TIME|off]\n"
		  "          [faults-most|resets-most|doorbells-most|irqs-most N]\n"
		  "          [faults-action|resets-action|doorbells-action|irqs-action ACTION]\n"
		  "      POLICY: least-time, deadline, round-robin, fixed-share, fifo,\n"
		  "          shortest, relative-latency\n"
		  "      ACTION: off, report, act\n"
		  "      TIME: such as 100ms; CPUS: such as 0-3,8" },
		{ "release", release, "accelN/engineM" },
		{}
	};

	return run_object("engine", commands, argc, argv);
}
