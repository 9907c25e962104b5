// SPDX-License-Identifier: GPL-2.0
/* vfarb accel */
#include "vfarb.h"

void accel_print(const struct nlmsghdr *message)
{
	const struct nlattr *table[VFARB_A_ACCEL_MAX + 1];
	char text[UNITS_MAX];
	struct name name;

	nl_attrs(message, table, VFARB_A_ACCEL_MAX);
	name_get(ACCEL, table, &name);
	out_begin(name_print(ACCEL, &name, text));
	if (table[VFARB_A_ACCEL_PROVIDER])
		out_text("provider", mnl_attr_get_str(table[VFARB_A_ACCEL_PROVIDER]));
	if (table[VFARB_A_ACCEL_DEVICE])
		out_text("device", mnl_attr_get_str(table[VFARB_A_ACCEL_DEVICE]));
	out_number("engines", attr_number(table[VFARB_A_ACCEL_ENGINES]));
	out_number("vfs", attr_number(table[VFARB_A_ACCEL_VFS]));
	out_number("fns", attr_number(table[VFARB_A_ACCEL_FNS]));
	out_number("volume-sum", attr_number(table[VFARB_A_ACCEL_VOLUME_SUM]));
	out_memory("memory", attr_number(table[VFARB_A_ACCEL_MEMORY_MIB]));
	out_memory("memory-sum", attr_number(table[VFARB_A_ACCEL_MEMORY_SUM_MIB]));
	out_settings(ACCEL, table);
	if (options.stats) {
		out_nest_begin("counters");
		out_nested_begin(NULL, "counter");
		out_word("class", class_words[!!attr_number(table[VFARB_A_ACCEL_CLASS])]);
		out_number("hz", attr_number(table[VFARB_A_ACCEL_COUNTER_HZ]));
		out_number("bits", attr_number(table[VFARB_A_ACCEL_COUNTER_BITS]));
		out_bool("grant-in-irq", attr_number(table[VFARB_A_ACCEL_GRANT_IN_IRQ]));
		out_nested_end();
		out_nest_end();
	}
	out_end();
}

static int show(int argc, char **argv)
{
	return object_show(ACCEL, argc, argv, accel_print);
}

static int set(int argc, char **argv)
{
	return object_set(ACCEL, argc, argv);
}

int accel_main(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "show", show, "[accelN]" },
		{ "set", set, "accelN overcommit on|off" },
		{}
	};

	return run_object("accel", commands, argc, argv);
}
