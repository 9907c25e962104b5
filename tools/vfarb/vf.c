// SPDX-License-Identifier: GPL-2.0
/* vfarb vf */
#include <linux/genetlink.h>
#include "vfarb.h"

static const struct {
	const char *key;
	uint16_t attr;
	bool count;
} figures[] = {
	{ "executed", VFARB_A_SEAT_EXECUTED_NS, false },
	{ "entitled", VFARB_A_SEAT_ENTITLED_NS, false },
	{ "switching", VFARB_A_SEAT_SWITCHING_NS, false },
	{ "idle-choice", VFARB_A_SEAT_IDLE_CHOICE_NS, false },
	{ "idle-caused", VFARB_A_SEAT_IDLE_CAUSED_NS, false },
	{ "capped", VFARB_A_SEAT_CAPPED_NS, false },
	{ "grants", VFARB_A_SEAT_GRANTS, true },
	{ "last-designated", VFARB_A_SEAT_LAST_DESIGNATED_NS, false },
	{ "last-actual", VFARB_A_SEAT_LAST_ACTUAL_NS, false },
	{ "overruns", VFARB_A_SEAT_OVERRUNS, true },
	{ "overrun", VFARB_A_SEAT_OVERRUN_NS, false },
	{ "early", VFARB_A_SEAT_EARLY, true },
	{ "charges-counter", VFARB_A_SEAT_CHARGES_COUNTER, true },
	{ "charges-irq", VFARB_A_SEAT_CHARGES_IRQ, true },
	{ "charges-timeout", VFARB_A_SEAT_CHARGES_TIMEOUT, true },
	{ "error", VFARB_A_SEAT_ERROR_NS, false },
	{ "submitted", VFARB_A_SEAT_SUBMITTED, true },
	{ "completed", VFARB_A_SEAT_COMPLETED, true },
	{ "failed", VFARB_A_SEAT_FAILED, true },
	{ "faults", VFARB_A_SEAT_FAULTS, true },
	{ "run", VFARB_A_SEAT_RUN_NS, false },
	{ "wait", VFARB_A_SEAT_WAIT_NS, false },
	{ "wait-max", VFARB_A_SEAT_WAIT_MAX_NS, false },
};

static void print_seat(const struct nlattr *nest)
{
	const struct nlattr *table[VFARB_A_SEAT_MAX + 1];
	uint32_t blocked;
	char name[UNITS_MAX];

	nl_nested(nest, table, VFARB_A_SEAT_MAX);
	snprintf(name, sizeof(name), "engine%u",
		 (unsigned int)attr_number(table[VFARB_A_SEAT_ENGINE]));
	out_nested_begin(NULL, name);
	blocked = (uint32_t)attr_number(table[VFARB_A_SEAT_BLOCKED]);
	out_word("state", attr_number(table[VFARB_A_SEAT_RUNNING]) ? "running" :
		 blocked ? "blocked" :
		 attr_number(table[VFARB_A_SEAT_BACKLOGGED]) ? "waiting" : "idle");
	if (blocked || options.json)
		out_flags("blocked", blocked, blocked_words);
	out_ppm("share", (int64_t)attr_number(table[VFARB_A_SEAT_SHARE_PPM]));
	out_ppm("share-error", (int32_t)attr_number(table[VFARB_A_SEAT_SHARE_ERROR_PPM]));
	out_short_time("lag", (int64_t)(attr_number(table[VFARB_A_SEAT_ENTITLED_NS]) -
					attr_number(table[VFARB_A_SEAT_EXECUTED_NS])));
	for (unsigned int i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
		const struct nlattr *attr = table[figures[i].attr];

		if (attr && figures[i].count)
			out_count(figures[i].key, attr_number(attr));
		else if (attr)
			out_short_time(figures[i].key, (int64_t)attr_number(attr));
	}
	out_nested_end();
}

static int each_seat(const struct nlattr *attr, void *data)
{
	(void)data;
	if (mnl_attr_get_type(attr) == VFARB_A_VF_SEAT)
		print_seat(attr);
	return MNL_CB_OK;
}

void vf_print(const struct nlmsghdr *message)
{
	const struct nlattr *table[VFARB_A_VF_MAX + 1];
	char text[UNITS_MAX];
	struct name name;
	uint32_t blocked;

	nl_attrs(message, table, VFARB_A_VF_MAX);
	name_get(VF, table, &name);
	out_begin(name_print(VF, &name, text));
	out_settings(VF, table);
	blocked = (uint32_t)attr_number(table[VFARB_A_VF_BLOCKED]);
	if (blocked || options.json)
		out_flags("blocked", blocked, blocked_words);
	if (options.stats) {
		out_nest_begin("seats");
		mnl_attr_parse(message, sizeof(struct genlmsghdr), each_seat, NULL);
		out_nest_end();
	}
	out_end();
}

static int show(int argc, char **argv)
{
	return object_show(VF, argc, argv, vf_print);
}

static int set(int argc, char **argv)
{
	return object_set(VF, argc, argv);
}

static int release(int argc, char **argv)
{
	return object_release(VF, argc, argv, VFARB_CMD_VF_RELEASE);
}

int vf_main(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "show", show, "[accelN[/vfM|/pf]]" },
		{ "set", set, "accelN/vfM|accelN/pf [volume VOLUME] [memory MEMORY]\n"
		  "          [slice TIME|auto] [priority low|normal|high] [cap VOLUME|off]\n"
		  "          [run on|off] [label TEXT]\n"
		  "      VOLUME: thousandths such as 250, or 25%\n"
		  "      MEMORY: such as 512MiB; TIME: such as 2ms" },
		{ "release", release, "accelN/vfM|accelN/pf" },
		{}
	};

	return run_object("vf", commands, argc, argv);
}
