// SPDX-License-Identifier: GPL-2.0
/*
 * What the control plane costs, in mode det, where a nanosecond is an instruction:
 *
 *	cost dump [stats]	a dump of all VFs, for each of them
 *	cost set		a set of a VF, round trip
 *	cost run COMMAND...	a whole process
 *
 * Prints `bench WORKLOAD METRIC VALUE UNIT` and fails above the limit that the project promises.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/vfarb.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../dev/tap.h"

#define ROUNDS		1000
#define RUNS		10

struct message {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	char data[256];
};

static char buffer[1 << 16];
static unsigned int sequence;
static int fd, family;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void begin(struct message *message, int type, int command, int flags)
{
	*message = (struct message) {
		.head.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN,
		.head.nlmsg_type = (uint16_t)type,
		.head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.head.nlmsg_seq = ++sequence,
		.genl.cmd = (uint8_t)command,
		.genl.version = 1,
	};
}

static void put(struct message *message, int type, const void *data, size_t size)
{
	struct nlattr *attr = (struct nlattr *)((char *)message + message->head.nlmsg_len);

	attr->nla_type = (uint16_t)type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + size);
	memcpy((char *)attr + NLA_HDRLEN, data, size);
	message->head.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(size);
}

static void find_family(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	struct message message;
	ssize_t length;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	need(fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)), "no socket");
	begin(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put(&message, CTRL_ATTR_FAMILY_NAME, VFARB_FAMILY_NAME, sizeof(VFARB_FAMILY_NAME));
	need(send(fd, &message, message.head.nlmsg_len, 0) > 0, "cannot send");
	length = recv(fd, buffer, sizeof(buffer), 0);
	for (ssize_t at = NLMSG_HDRLEN + GENL_HDRLEN; at + NLA_HDRLEN <= length;) {
		struct nlattr *attr = (struct nlattr *)(buffer + at);

		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			family = *(uint16_t *)((char *)attr + NLA_HDRLEN);
		at += NLA_ALIGN(attr->nla_len);
	}
	need(family, "no family");
}

static unsigned int dump(int stats)
{
	struct message message;
	unsigned int count = 0;

	begin(&message, family, VFARB_CMD_VF_GET, NLM_F_DUMP);
	if (stats)
		put(&message, VFARB_A_VF_WANT_STATS, "", 0);
	need(send(fd, &message, message.head.nlmsg_len, 0) > 0, "cannot send");
	for (;;) {
		int length = (int)recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *head = (struct nlmsghdr *)buffer;

		need(length > 0, "cannot receive");
		for (; NLMSG_OK(head, length); head = NLMSG_NEXT(head, length)) {
			if (head->nlmsg_type == NLMSG_DONE)
				return count;
			need(head->nlmsg_type == family, "message of type %u with error %d after %u",
			     head->nlmsg_type, *(int *)NLMSG_DATA(head), count);
			count++;
		}
	}
}

static void set(unsigned int round)
{
	uint32_t accel = 0, fn = 1, volume = 100 + round % 100;
	struct message message;

	begin(&message, family, VFARB_CMD_VF_SET, NLM_F_ACK);
	put(&message, VFARB_A_VF_ACCEL, &accel, sizeof(accel));
	put(&message, VFARB_A_VF_FN, &fn, sizeof(fn));
	put(&message, VFARB_A_VF_VOLUME, &volume, sizeof(volume));
	need(send(fd, &message, message.head.nlmsg_len, 0) > 0 &&
	     recv(fd, buffer, sizeof(buffer), 0) > 0 &&
	     !((struct nlmsgerr *)NLMSG_DATA(buffer))->error, "a set fails");
}

static void report(const char *workload, const char *metric, uint64_t ns, uint64_t parts,
		   uint64_t limit_ns)
{
	printf("bench %s %s %.3f us\n", workload, metric, (double)ns / (double)parts / 1000);
	ok(ns <= limit_ns * parts, "%s: at most %.0f us", workload, (double)limit_ns / 1000);
}

static void run(char **argv)
{
	uint64_t begun;
	int status;
	pid_t child;

	begun = now_ns();
	for (int i = 0; i < RUNS; i++) {
		need(!posix_spawnp(&child, argv[0], NULL, NULL, argv, environ) &&
		     waitpid(child, &status, 0) == child && !status, "cannot run %s", argv[0]);
	}
	report("vf_show", "process", now_ns() - begun, RUNS, 30000000);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint64_t begun, took;
	unsigned int count;

	if (!strcmp(what, "run") && argc > 2) {
		run(argv + 2);
		return finish();
	}
	find_family();
	if (!strcmp(what, "dump")) {
		int stats = argc > 2;

		/* The best of some: now and then the arbiter looks at all VFs. */
		dump(stats);
		took = UINT64_MAX;
		for (int i = 0; i < 5; i++) {
			begun = now_ns();
			count = dump(stats);
			begun = now_ns() - begun;
			took = begun < took ? begun : took;
		}
		need(count, "no VF");
		printf("# %u VFs\n", count);
		report(stats ? "netlink_dump_stats" : "netlink_dump", "per_vf", took, count, 5000);
	} else {
		set(0);
		begun = now_ns();
		for (unsigned int i = 0; i < ROUNDS; i++)
			set(i);
		report("netlink_set", "round_trip", now_ns() - begun, ROUNDS, 60000);
	}
	return finish();
}
