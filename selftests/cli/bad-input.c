// SPDX-License-Identifier: GPL-2.0
/*
 * What no proper client sends to the netlink family: every attribute missing, doubled, truncated,
 * out of range, of another type, unknown; users who may not; VFs that go while they are listed; a
 * subscriber that never reads. Run with an accelerator accel0 of two engines and three VFs:
 *
 *	bad-input attributes | permissions | gone COMMAND | deaf
 *
 * gone runs COMMAND between the messages of a dump.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/vfarb.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../dev/tap.h"

#define NO_ERROR	1

struct message {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	char data[8192];
};

static int family, group_config;
static unsigned int sequence;
static char reason[256];

static int open_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), on = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return fd;
}

static void begin(struct message *message, int type, int command, int flags)
{
	*message = (struct message) {
		.head.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN,
		.head.nlmsg_type = type,
		.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		.genl.cmd = command,
		.genl.version = 1,
	};
}

/* LENGTH is what the header says, ROOM what follows. */
static void put_raw(struct message *message, int type, const void *data, int length, int room)
{
	struct nlattr *attr = (void *)((char *)message + message->head.nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	memcpy((char *)attr + NLA_HDRLEN, data, room);
	message->head.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(room);
}

static void put_u32(struct message *message, int type, unsigned int value)
{
	put_raw(message, type, &value, sizeof(value), sizeof(value));
}

static void put_u64(struct message *message, int type, unsigned long long value)
{
	put_raw(message, type, &value, sizeof(value), sizeof(value));
}

/* The error of the acknowledgment, or NO_ERROR; what it says is in reason. */
static int ask(int fd, struct message *message)
{
	static char buffer[65536];

	message->head.nlmsg_seq = ++sequence;
	*reason = 0;
	if (send(fd, message, message->head.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		int length = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *head = (void *)buffer;

		if (length < 0)
			return -errno;
		for (; NLMSG_OK(head, length); head = NLMSG_NEXT(head, length)) {
			struct nlmsgerr *error = NLMSG_DATA(head);

			if (head->nlmsg_type == NLMSG_DONE &&
			    message->head.nlmsg_flags & NLM_F_DUMP)
				return *(int *)error ?: NO_ERROR;
			if (head->nlmsg_type != NLMSG_ERROR || head->nlmsg_seq != sequence)
				continue;
			if (head->nlmsg_flags & NLM_F_ACK_TLVS) {
				struct nlattr *attr = (void *)(error + 1);
				int rest = head->nlmsg_len - NLMSG_LENGTH(sizeof(*error));

				for (; rest >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN;
				     rest -= NLA_ALIGN(attr->nla_len),
				     attr = (void *)((char *)attr + NLA_ALIGN(attr->nla_len)))
					if (attr->nla_type == NLMSGERR_ATTR_MSG)
						snprintf(reason, sizeof(reason), "%s",
							 (char *)attr + NLA_HDRLEN);
			}
			return error->error ?: NO_ERROR;
		}
	}
}

static bool find_family(int fd)
{
	static char buffer[65536];
	struct message message;
	struct nlattr *attr;
	int length, rest;

	begin(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	message.head.nlmsg_flags &= ~NLM_F_ACK;
	put_raw(&message, CTRL_ATTR_FAMILY_NAME, VFARB_FAMILY_NAME, sizeof(VFARB_FAMILY_NAME),
		sizeof(VFARB_FAMILY_NAME));
	if (send(fd, &message, message.head.nlmsg_len, 0) < 0)
		return false;
	length = recv(fd, buffer, sizeof(buffer), 0);
	if (length < 0 || ((struct nlmsghdr *)buffer)->nlmsg_type != GENL_ID_CTRL)
		return false;
	attr = (void *)(buffer + NLMSG_HDRLEN + GENL_HDRLEN);
	rest = length - NLMSG_HDRLEN - GENL_HDRLEN;
	for (; rest >= NLA_HDRLEN; rest -= NLA_ALIGN(attr->nla_len),
	     attr = (void *)((char *)attr + NLA_ALIGN(attr->nla_len))) {
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			family = *(unsigned short *)((char *)attr + NLA_HDRLEN);
		if ((attr->nla_type & NLA_TYPE_MASK) == CTRL_ATTR_MCAST_GROUPS) {
			struct nlattr *group = (void *)((char *)attr + NLA_HDRLEN);
			struct nlattr *one = (void *)((char *)group + NLA_HDRLEN);

			/* The first group; its name and its number in either order. */
			for (int i = 0; i < 2; i++) {
				if (one->nla_type == CTRL_ATTR_MCAST_GRP_ID)
					group_config = *(int *)((char *)one + NLA_HDRLEN);
				one = (void *)((char *)one + NLA_ALIGN(one->nla_len));
			}
		}
	}
	return family;
}

/* ---- attributes ---- */

enum type { U8, U32, U64, TEXT };

struct attribute {
	int type;
	enum type of;
	bool required;
	unsigned long long refused;	/* a value that never passes, 0 none */
};

struct operation {
	const char *name;
	int command;
	const struct attribute *attributes;
	unsigned int count;
};

static const struct attribute accel_attributes[] = {
	{ VFARB_A_ACCEL_INDEX, U32, true, 0xffffffff },
	{ VFARB_A_ACCEL_OVERCOMMIT, U8, false, 2 },
};

static const struct attribute engine_attributes[] = {
	{ VFARB_A_ENGINE_ACCEL, U32, true, 0xffffffff },
	{ VFARB_A_ENGINE_INDEX, U32, true, 2 },
	{ VFARB_A_ENGINE_POLICY, U32, false, 1000 },
	{ VFARB_A_ENGINE_ORDER, U32, false, 2 },
	{ VFARB_A_ENGINE_CYCLE_NS, U64, false, ~0ull },
	{ VFARB_A_ENGINE_AFFINITY, TEXT, false, 0 },
	{ VFARB_A_ENGINE_BUDGET_NS, U64, false, 1 },
	{ VFARB_A_ENGINE_FAULTS_MOST, U32, false, 0 },
	{ VFARB_A_ENGINE_IRQS_ACTION, U32, false, 3 },
};

static const struct attribute vf_attributes[] = {
	{ VFARB_A_VF_ACCEL, U32, true, 0x80000000 },
	{ VFARB_A_VF_FN, U32, true, 0xffff },
	{ VFARB_A_VF_LABEL, TEXT, false, 0 },
	{ VFARB_A_VF_VOLUME, U32, false, 1001 },
	{ VFARB_A_VF_MEMORY_MIB, U64, false, ~0ull },
	{ VFARB_A_VF_PRIORITY, U32, false, 3 },
	{ VFARB_A_VF_SLICE_NS, U64, false, 1 },
	{ VFARB_A_VF_RUN, U8, false, 2 },
};

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

static const struct operation operations[] = {
	{ "accel-set", VFARB_CMD_ACCEL_SET, accel_attributes, COUNT(accel_attributes) },
	{ "engine-set", VFARB_CMD_ENGINE_SET, engine_attributes, COUNT(engine_attributes) },
	{ "vf-set", VFARB_CMD_VF_SET, vf_attributes, COUNT(vf_attributes) },
	{ "accel-get", VFARB_CMD_ACCEL_GET, accel_attributes, 1 },
	{ "engine-get", VFARB_CMD_ENGINE_GET, engine_attributes, 2 },
	{ "vf-get", VFARB_CMD_VF_GET, vf_attributes, 2 },
	{ "engine-release", VFARB_CMD_ENGINE_RELEASE, engine_attributes, 2 },
	{ "vf-release", VFARB_CMD_VF_RELEASE, vf_attributes, 2 },
};

static const int sizes[] = { [U8] = 1, [U32] = 4, [U64] = 8, [TEXT] = 2 };

/* A value that passes. */
static void put_good(struct message *message, const struct attribute *attribute)
{
	/* The PF, accelerator 0, engine 0, policy 0, ... */
	unsigned long long value = 0;

	if (attribute->type == VFARB_A_VF_VOLUME && attribute->of == U32 &&
	    attribute->refused == 1001)
		value = 1;
	if (attribute->of == U64)
		value = attribute->refused == 1 ? 2000000 : 100000000;
	if (attribute->of == U64 && attribute->type == VFARB_A_VF_MEMORY_MIB &&
	    message->genl.cmd == VFARB_CMD_VF_SET)
		value = 1;
	if (attribute->of == TEXT)
		memcpy(&value, "0", 2);
	put_raw(message, attribute->type, &value, sizes[attribute->of], sizes[attribute->of]);
}

/* All required attributes but SKIP. */
static void put_required(struct message *message, const struct operation *operation,
			 const struct attribute *skip)
{
	for (unsigned int i = 0; i < operation->count; i++)
		if (operation->attributes[i].required && &operation->attributes[i] != skip)
			put_good(message, &operation->attributes[i]);
}

static bool refused(int fd, struct message *message, const char *what, const char *name,
		    const struct attribute *attribute)
{
	int error = ask(fd, message);

	if (error < 0 && *reason)
		return true;
	printf("# %s, attribute %d %s: answer %d, reason '%s'\n", name,
	       attribute ? attribute->type : 0, what, error, reason);
	return false;
}

static void try_attributes(int fd, const struct operation *operation)
{
	bool missing = true, twice = true, shorter = true;
	bool longer = true, range = true, header = true;
	unsigned long long value;
	struct message message;
	const char *name = operation->name;

	for (unsigned int i = 0; i < operation->count; i++) {
		const struct attribute *attribute = &operation->attributes[i];
		int size = sizes[attribute->of];

		if (attribute->required) {
			begin(&message, family, operation->command, 0);
			put_required(&message, operation, attribute);
			missing &= refused(fd, &message, "missing", name, attribute);
		}
		if (strstr(name, "set")) {
			begin(&message, family, operation->command, 0);
			put_required(&message, operation, attribute);
			put_good(&message, attribute);
			put_good(&message, attribute);
			twice &= refused(fd, &message, "twice", name, attribute);
		}
		value = ~0ull;
		begin(&message, family, operation->command, 0);
		put_required(&message, operation, attribute);
		/* For text: no end. */
		put_raw(&message, attribute->type, &value, attribute->of == TEXT ? 8 : size - 1,
			attribute->of == TEXT ? 8 : size - 1);
		shorter &= refused(fd, &message, "shorter", name, attribute);

		value = 0;
		begin(&message, family, operation->command, 0);
		put_required(&message, operation, attribute);
		if (attribute->of != TEXT) {
			put_raw(&message, attribute->type, &value, size == 8 ? 4 : 8,
				size == 8 ? 4 : 8);
			longer &= refused(fd, &message, "of another type", name, attribute);
		}
		if (attribute->refused) {
			begin(&message, family, operation->command, 0);
			put_required(&message, operation, attribute);
			value = attribute->refused;
			put_raw(&message, attribute->type, &value, size, size);
			range &= refused(fd, &message, "out of range", name, attribute);
		}
		/* The attribute says that it is longer than the message. */
		begin(&message, family, operation->command, 0);
		put_required(&message, operation, attribute);
		put_raw(&message, attribute->type, &value, 4000, size);
		header &= refused(fd, &message, "longer than the message", name, attribute);
	}
	ok(missing, "%s: each required attribute missing", name);
	if (strstr(name, "set"))
		ok(twice, "%s: each attribute twice", name);
	ok(shorter, "%s: each attribute truncated", name);
	ok(longer, "%s: each attribute of another type", name);
	ok(range, "%s: each attribute out of range", name);
	ok(header, "%s: each attribute longer than the message", name);

	begin(&message, family, operation->command, 0);
	put_required(&message, operation, NULL);
	put_u32(&message, 200, 1);
	ok(refused(fd, &message, "unknown", name, NULL), "%s: an unknown attribute", name);
	begin(&message, family, operation->command, 0);
	put_required(&message, operation, NULL);
	put_u32(&message, 0, 1);
	ok(refused(fd, &message, "of type 0", name, NULL), "%s: an attribute of type 0", name);
}

static void try_config(int fd)
{
	struct message message;
	struct nlattr *nest;
	int changes = 0;

	begin(&message, family, VFARB_CMD_CONFIG_SET, 0);
	put_u64(&message, VFARB_A_CONFIG_GENERATION, 1ull << 60);
	ok(ask(fd, &message) == -ESTALE && *reason, "config-set: a generation that is not");
	begin(&message, family, VFARB_CMD_CONFIG_SET, 0);
	put_raw(&message, VFARB_A_CONFIG_VF, "", 0, 0);
	ok(ask(fd, &message) == -EINVAL, "config-set: an empty nest");
	begin(&message, family, VFARB_CMD_CONFIG_SET, 0);
	put_u32(&message, VFARB_A_CONFIG_VF, 0x00040001);
	ok(ask(fd, &message) < 0, "config-set: a nest that is none");
	begin(&message, family, VFARB_CMD_CONFIG_SET, 0);
	ok(ask(fd, &message) == NO_ERROR, "config-set: nothing at all is done");

	/* As many changes as fit, of which the last is bad. */
	begin(&message, family, VFARB_CMD_CONFIG_SET, 0);
	while (message.head.nlmsg_len < sizeof(message) - 100) {
		nest = (void *)((char *)&message + message.head.nlmsg_len);
		nest->nla_type = VFARB_A_CONFIG_VF | NLA_F_NESTED;
		message.head.nlmsg_len += NLA_HDRLEN;
		put_u32(&message, VFARB_A_VF_ACCEL, 0);
		put_u32(&message, VFARB_A_VF_FN, 0);
		put_u64(&message, VFARB_A_VF_SLICE_NS, 1000000 + ++changes);
		nest->nla_len = (char *)&message + message.head.nlmsg_len - (char *)nest;
	}
	put_u32(&message, VFARB_A_CONFIG_VALIDATE_ONLY, 1);
	ok(ask(fd, &message) < 0, "config-set: a flag with a value");
	message.head.nlmsg_len -= 8;
	ok(ask(fd, &message) == NO_ERROR, "config-set: %d changes of one VF", changes);

	begin(&message, family, 255, 0);
	ok(ask(fd, &message) == -EOPNOTSUPP, "an unknown command");
	begin(&message, family, VFARB_CMD_VF_GET, NLM_F_DUMP);
	put_u32(&message, VFARB_A_VF_ACCEL, 9);
	ok(ask(fd, &message) == -ENODEV, "a dump of an accelerator that is not there");
	begin(&message, family, VFARB_CMD_VF_GET, NLM_F_DUMP);
	put_u32(&message, VFARB_A_VF_FN, 0);
	ok(ask(fd, &message) == -EINVAL, "a dump of one VF");
	begin(&message, family, VFARB_CMD_VF_GET, NLM_F_DUMP);
	put_u32(&message, VFARB_A_VF_VOLUME, 1);
	ok(ask(fd, &message) < 0, "a dump with an attribute that it does not know");
	for (unsigned int cut = 1; cut < NLMSG_HDRLEN + GENL_HDRLEN; cut++) {
		begin(&message, family, VFARB_CMD_VF_GET, 0);
		message.head.nlmsg_len = cut;
		if (send(fd, &message, cut, 0) < 0)
			break;
	}
	while (recv(fd, &message, sizeof(message), MSG_DONTWAIT) > 0)
		;
	begin(&message, family, VFARB_CMD_CONFIG_GET, 0);
	ok(ask(fd, &message) == NO_ERROR, "messages cut anywhere harm nobody");
}

/* ---- permissions ---- */

/* In a child: what a set is answered, after BECOME. */
static int set_as(int (*become)(void), bool *got)
{
	int status;
	pid_t child = fork();

	if (!child) {
		struct message message;
		int fd, error;

		if (become())
			_exit(100);
		fd = open_socket();
		if (fd < 0 || !find_family(fd))
			_exit(101);
		begin(&message, family, VFARB_CMD_VF_SET, 0);
		put_u32(&message, VFARB_A_VF_ACCEL, 0);
		put_u32(&message, VFARB_A_VF_FN, 0);
		put_u64(&message, VFARB_A_VF_SLICE_NS, 77000000);
		error = ask(fd, &message);
		begin(&message, family, VFARB_CMD_VF_GET, NLM_F_DUMP);
		_exit(error == NO_ERROR ? 102 :
		      ask(fd, &message) == NO_ERROR ? -error : 103);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		return -1;
	*got = WEXITSTATUS(status) != 100;
	return WEXITSTATUS(status);
}

static int become_nobody(void)
{
	return setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
}

static int become_root_elsewhere(void)
{
	return become_nobody() || unshare(CLONE_NEWUSER);
}

static int become_root_of_a_net(void)
{
	return become_nobody() || unshare(CLONE_NEWUSER | CLONE_NEWNET);
}

static void try_permissions(void)
{
	bool possible = false;
	int status;

	status = set_as(become_nobody, &possible);
	ok(status == EPERM, "an ordinary user may read, not set");
	status = set_as(become_root_elsewhere, &possible);
	if (possible)
		ok(status == EPERM, "root of another user namespace may read, not set");
	else
		printf("ok %u - root of another user namespace # SKIP none here\n", ++tap_run);
	status = set_as(become_root_of_a_net, &possible);
	if (possible)
		ok(status == 101, "another network namespace has no vfarb");
	else
		printf("ok %u - another network namespace # SKIP none here\n", ++tap_run);
}

/* ---- VFs that go while they are listed ---- */

static void try_gone(const char *command)
{
	/*
	 * Small, and the first that this socket sees, so that a dump takes several messages: the
	 * kernel makes them as large as the largest buffer that was read into.
	 */
	static char buffer[8192];
	int fd = open_socket();
	bool interrupted = false, done = false, whole = true;
	unsigned int messages = 0;
	struct message message;

	begin(&message, family, VFARB_CMD_VF_GET, NLM_F_DUMP);
	put_raw(&message, VFARB_A_VF_WANT_STATS, "", 0, 0);
	if (send(fd, &message, message.head.nlmsg_len, 0) < 0)
		whole = false;
	while (!done && whole) {
		int length = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *head = (void *)buffer;

		whole &= length > 0;
		for (; NLMSG_OK(head, length); head = NLMSG_NEXT(head, length)) {
			interrupted |= head->nlmsg_flags & NLM_F_DUMP_INTR;
			done |= head->nlmsg_type == NLMSG_DONE;
			whole &= head->nlmsg_type != NLMSG_ERROR;
		}
		if (!messages++ && system(command))
			whole = false;
	}
	ok(whole && done, "a dump ends though VFs go under it, %u messages", messages);
	ok(interrupted, "its reader is told that it changed");
	close(fd);
}

/* ---- a subscriber that never reads ---- */

static void try_deaf(int fd)
{
	int deaf = open_socket(), error = NO_ERROR, lost;
	struct message message;

	need(deaf >= 0 && !setsockopt(deaf, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group_config,
				      sizeof(group_config)), "cannot subscribe");
	for (int i = 0; i < 5000 && error == NO_ERROR; i++) {
		begin(&message, family, VFARB_CMD_VF_SET, 0);
		put_u32(&message, VFARB_A_VF_ACCEL, 0);
		put_u32(&message, VFARB_A_VF_FN, 0);
		put_u64(&message, VFARB_A_VF_SLICE_NS, 1000000 + i);
		error = ask(fd, &message);
	}
	ok(error == NO_ERROR, "5000 changes while a subscriber does not read");
	do {
		lost = recv(deaf, &message, sizeof(message), MSG_DONTWAIT) < 0 ? errno : 0;
	} while (!lost);
	ok(lost == ENOBUFS, "which is told that it lost some");
	close(deaf);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int fd = open_socket();

	need(fd >= 0 && find_family(fd), "no family");
	if (!strcmp(what, "attributes")) {
		for (unsigned int i = 0; i < COUNT(operations); i++)
			try_attributes(fd, &operations[i]);
		try_config(fd);
	} else if (!strcmp(what, "permissions")) {
		try_permissions();
	} else if (!strcmp(what, "gone") && argc > 2) {
		try_gone(argv[2]);
	} else if (!strcmp(what, "deaf")) {
		try_deaf(fd);
	} else {
		need(false, "unknown part '%s'", what);
	}
	return finish();
}
