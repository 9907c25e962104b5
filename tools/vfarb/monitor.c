// SPDX-License-Identifier: GPL-2.0
/* vfarb monitor */
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>
#include "vfarb.h"

static void print_gone(enum object_kind kind, const struct nlmsghdr *message)
{
	const struct nlattr *table[VFARB_A_VF_MAX + VFARB_A_ACCEL_MAX + 1];
	char text[UNITS_MAX];
	struct name name;

	nl_attrs(message, table, VFARB_A_VF_MAX + VFARB_A_ACCEL_MAX);
	name_get(kind, table, &name);
	out_begin(name_print(kind, &name, text));
	if (options.json)
		out_bool("gone", true);
	else
		fputs(" gone", stdout);
	out_end();
}

static void print_cycle(const struct nlmsghdr *message)
{
	const struct nlattr *table[VFARB_A_ENGINE_MAX + 1];
	char text[UNITS_MAX];
	struct name name;

	nl_attrs(message, table, VFARB_A_ENGINE_MAX);
	name_get(ENGINE, table, &name);
	out_begin(name_print(ENGINE, &name, text));
	out_nested_begin("cycle", NULL);
	cycle_print(table[VFARB_A_ENGINE_CYCLE]);
	out_nested_end();
	out_end();
}

static int print_message(const struct nlmsghdr *message, void *data)
{
	static void (*const print[])(const struct nlmsghdr *) = {
		[ACCEL] = accel_print, [ENGINE] = engine_print, [VF] = vf_print,
	};
	const struct genlmsghdr *head = mnl_nlmsg_get_payload(message);

	(void)data;
	for (enum object_kind kind = 0; kind < OBJECTS; kind++) {
		if (head->cmd == objects[kind].ntf)
			print[kind](message);
		else if (head->cmd == objects[kind].del)
			print_gone(kind, message);
	}
	if (head->cmd == VFARB_CMD_CYCLE_NTF)
		print_cycle(message);
	if (head->cmd == VFARB_CMD_EVENT_NTF)
		event_print(message);
	fflush(stdout);
	return ferror(stdout) ? MNL_CB_ERROR : MNL_CB_OK;
}

int monitor_main(int argc, char **argv)
{
	static const char *const groups[] = { "all", "config", "events", "cycles", NULL };
	static char buffer[64 * 1024];
	bool want[4] = {};
	int status;

	want[0] = !argc;
	for (; argc; argc--, argv++) {
		int group = find_word(*argv, groups);

		if (group < 0)
			return bad(*argv, "is not all, config, events or cycles");
		want[group] = true;
	}
	status = nl_open();
	for (int i = 1; !status && groups[i]; i++)
		if (want[0] || want[i])
			status = nl_subscribe(groups[i]);
	while (!status) {
		ssize_t length = mnl_socket_recvfrom(nl_socket(), buffer, sizeof(buffer));

		if (length < 0 && errno == ENOBUFS) {
			/* The kernel does not wait for readers, it tells them. */
			fprintf(stderr, "vfarb: messages were lost\n");
			continue;
		}
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0) {
			print_source();
			fprintf(stderr, "cannot read from the kernel: %s\n", strerror(errno));
			return REFUSED;
		}
		if (mnl_cb_run(buffer, (size_t)length, 0, 0, print_message, NULL) < 0)
			return REFUSED;
	}
	return status;
}
