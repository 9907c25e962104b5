// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family under any messages.
 *
 * netlink ROUNDS SECONDS SEED FAMILY
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "guided.h"

#define DEPTH_MAX	4

struct message {
	union {
		struct nlmsghdr head;
		uint8_t bytes[2048];
	};
};

static uint16_t family;

static int open_socket(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&self, sizeof(self))) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct nlattr *put(struct message *m, uint16_t type, const void *data, size_t length)
{
	size_t at = NLMSG_ALIGN(m->head.nlmsg_len);
	struct nlattr *attr = (struct nlattr *)(m->bytes + at);

	if (at + NLA_ALIGN(NLA_HDRLEN + length) > sizeof(m->bytes))
		return NULL;
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	if (length)
		memcpy((uint8_t *)attr + NLA_HDRLEN, data, length);
	m->head.nlmsg_len = at + NLA_ALIGN(attr->nla_len);
	return attr;
}

static void begin_message(struct message *m, uint16_t type, uint8_t command)
{
	struct genlmsghdr *generic = NLMSG_DATA(&m->head);

	memset(m, 0, sizeof(*m));
	m->head.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->head.nlmsg_type = type;
	m->head.nlmsg_flags = NLM_F_REQUEST;
	generic->cmd = command;
	generic->version = 1;
}

static const char *netlink_begin(int argc, char **argv)
{
	struct message m;
	struct nlattr *attr;
	ssize_t length;
	int fd;

	if (!argc)
		return "no family is given";
	fd = open_socket();
	if (fd < 0)
		return "socket";
	begin_message(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&m, CTRL_ATTR_FAMILY_NAME, argv[0], strlen(argv[0]) + 1);
	if (send(fd, &m, m.head.nlmsg_len, 0) < 0)
		return "send";
	length = recv(fd, &m, sizeof(m), 0);
	close(fd);
	if (length < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) || m.head.nlmsg_type == NLMSG_ERROR)
		return argv[0];
	for (attr = (struct nlattr *)(m.bytes + NLMSG_LENGTH(GENL_HDRLEN));
	     (uint8_t *)attr + NLA_HDRLEN < m.bytes + length && attr->nla_len >= NLA_HDRLEN;
	     attr = (struct nlattr *)((uint8_t *)attr + NLA_ALIGN(attr->nla_len)))
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&family, (uint8_t *)attr + NLA_HDRLEN, sizeof(family));
	return family ? NULL : argv[0];
}

static void put_attributes(struct message *m, struct input *in, int depth)
{
	static const char text[] = "accel0vfarb0,1-3\n%s/../\xff\xc3";
	uint8_t count = take(in, 1) % 8, bytes[64];
	struct nlattr *nest;
	uint64_t value;
	uint16_t type;
	size_t i, length;

	while (count-- && in->left) {
		uint8_t how = take(in, 1);

		type = take(in, 1) % 32;
		/* Values that name something are small. */
		value = how & 0x80 ? take(in, 1) & 3 : take_number(in);
		switch (how % 8) {
		case 0:
			put(m, type, NULL, 0);
			break;
		case 1:
			put(m, type, &value, 1);
			break;
		case 2:
		case 3:
			put(m, type, &value, 4);
			break;
		case 4:
			put(m, type, &value, 8);
			break;
		case 5:
			i = take(in, 1) % sizeof(text);
			length = take(in, 1) % (sizeof(text) - i + 1);
			put(m, type, text + i, length);
			break;
		case 6:
			length = take(in, 1) % sizeof(bytes);
			for (i = 0; i < length; i++)
				bytes[i] = take(in, 1);
			nest = put(m, type, bytes, length);
			/* A length that lies. */
			if (nest && how & 0x40)
				nest->nla_len += take(in, 1);
			break;
		default:
			nest = put(m, type | (how & 0x40 ? 0 : NLA_F_NESTED), NULL, 0);
			if (!nest || depth >= DEPTH_MAX)
				break;
			put_attributes(m, in, depth + 1);
			nest->nla_len = m->bytes + m->head.nlmsg_len - (uint8_t *)nest;
			break;
		}
	}
}

static void netlink_run(struct input *in)
{
	static uint8_t answer[65536];
	int fd = open_socket(), calls = 0;
	struct message m;
	unsigned int reads;

	if (fd < 0)
		return;
	while (in->left && calls++ < 12) {
		uint8_t how = take(in, 1), command = take(in, 1) % 24;
		struct genlmsghdr *generic = NLMSG_DATA(&m.head);
		uint32_t group = take(in, 1);

		begin_message(&m, family, command);
		if (how & 1)
			m.head.nlmsg_flags |= NLM_F_DUMP;
		if (how & 2)
			m.head.nlmsg_flags |= NLM_F_ACK;
		if (how >= 0xf0) {
			generic->version = take(in, 1);
			m.head.nlmsg_flags = take(in, 2);
			generic->reserved = take(in, 1);
		}
		put_attributes(&m, in, 0);
		if (how >= 0xf8)
			m.head.nlmsg_len = take(in, 2) % sizeof(m);
		if (send(fd, &m, m.head.nlmsg_len, MSG_DONTWAIT) < 0)
			continue;
		/* Not always all of it: a dump is left in the middle when the socket closes. */
		for (reads = how & 4 ? 1 : 16; reads; reads--)
			if (recv(fd, answer, how & 8 ? 64 : sizeof(answer), MSG_DONTWAIT) <= 0)
				break;
		if (how & 16)
			setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	}
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct target target = { "netlink", netlink_begin, netlink_run };

	return fuzz(&target, argc, argv);
}
