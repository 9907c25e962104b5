// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "vfarb.h"

/* How often a dump that changed under way is read anew. */
#define DUMP_TRIES	20

struct group {
	char name[GENL_NAMSIZ];
	uint32_t id;
};

static struct mnl_socket *nl;
static uint16_t family;
static struct group groups[8];
static unsigned int group_count;
static uint32_t sequence;
static bool looking;	/* for the family, whose absence is told apart */
int nl_errno;
bool nl_stale_is_fine;

/* Where attributes lie in the message, and the words they come from. */
struct mark {
	uint32_t offset;
	struct source source;
	const char *keyword;
	const char *word;
};

static struct mark *marks;
static size_t mark_count, mark_room;

void nl_mark(const struct nlmsghdr *message, const char *keyword, const char *word)
{
	if (mark_count == mark_room) {
		mark_room = mark_room ? 2 * mark_room : 64;
		marks = realloc(marks, mark_room * sizeof(*marks));
		if (!marks)
			abort();
	}
	marks[mark_count++] = (struct mark) {
		.offset = message->nlmsg_len,
		.source = source,
		.keyword = keyword,
		.word = word,
	};
}

void nl_forget_marks(void)
{
	mark_count = 0;
}

/* The last attribute that begins at or before OFFSET, so that a nest is found by what is in it. */
static const struct mark *find_mark(uint32_t offset)
{
	const struct mark *best = NULL;

	for (size_t i = 0; i < mark_count; i++)
		if (marks[i].offset <= offset)
			best = &marks[i];
	return best;
}

struct nlmsghdr *nl_begin(void *buffer, uint8_t command, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *head;

	message->nlmsg_type = family;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->cmd = command;
	head->version = VFARB_FAMILY_VERSION;
	nl_forget_marks();
	return message;
}

struct tables {
	const struct nlattr **table;
	unsigned int max;
};

static int take_attr(const struct nlattr *attr, void *data)
{
	const struct tables *tables = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (type <= tables->max)
		tables->table[type] = attr;
	return MNL_CB_OK;
}

void nl_attrs(const struct nlmsghdr *message, const struct nlattr **table, unsigned int max)
{
	struct tables tables = { table, max };

	memset(table, 0, (max + 1) * sizeof(*table));
	mnl_attr_parse(message, sizeof(struct genlmsghdr), take_attr, &tables);
}

void nl_nested(const struct nlattr *nest, const struct nlattr **table, unsigned int max)
{
	struct tables tables = { table, max };

	memset(table, 0, (max + 1) * sizeof(*table));
	if (nest)
		mnl_attr_parse_nested(nest, take_attr, &tables);
}

/* The kernel speaks in the units of the contract: say times as people write them. */
static void print_reason(const char *reason)
{
	char name[64], given[UNITS_MAX], least[UNITS_MAX], most[UNITS_MAX];
	uint64_t a, b, c;

	if (sscanf(reason, "%60[a-z-] %" SCNu64 " is not in %" SCNu64 "..%" SCNu64, name, &a, &b,
		   &c) == 4 && strlen(name) > 3 && !strcmp(name + strlen(name) - 3, "-ns"))
		fprintf(stderr, "%s is not in %s to %s", units_time(a, given), units_time(b, least),
			units_time(c, most));
	else if (sscanf(reason, "memory-mib %" SCNu64 " is not in %" SCNu64 "..%" SCNu64, &a, &b,
			&c) == 3)
		fprintf(stderr, "%s is not in %s to %s", units_memory(a, given),
			units_memory(b, least), units_memory(c, most));
	else
		fprintf(stderr, "%s", reason);
}

static int print_refusal(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[NLMSGERR_ATTR_MAX + 1] = {};
	struct tables tables = { table, NLMSGERR_ATTR_MAX };
	const struct mark *mark = NULL;
	uint32_t offset = sizeof(*error);

	nl_errno = -error->error;
	if (looking || (nl_stale_is_fine && nl_errno == ESTALE))
		return REFUSED;
	if (message->nlmsg_flags & NLM_F_ACK_TLVS) {
		if (!(message->nlmsg_flags & NLM_F_CAPPED))
			offset += error->msg.nlmsg_len - sizeof(struct nlmsghdr);
		mnl_attr_parse(message, offset, take_attr, &tables);
	}
	if (table[NLMSGERR_ATTR_OFFS])
		mark = find_mark(mnl_attr_get_u32(table[NLMSGERR_ATTR_OFFS]));
	if (mark)
		source = mark->source;
	print_source();
	if (mark && mark->keyword)
		fprintf(stderr, "%s ", mark->keyword);
	if (mark)
		fprintf(stderr, "'%s': ", mark->word);
	if (table[NLMSGERR_ATTR_MSG])
		print_reason(mnl_attr_get_str(table[NLMSGERR_ATTR_MSG]));
	else if (nl_errno == EPERM)
		fprintf(stderr, "not permitted: this takes CAP_NET_ADMIN, try as root");
	else
		fprintf(stderr, "%s", strerror(nl_errno));
	fprintf(stderr, "\n");
	return REFUSED;
}

static int broken(const char *what)
{
	print_source();
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return REFUSED;
}

/* Reads until the acknowledgment. EACH gets what comes before. */
static int receive(uint32_t seq, mnl_cb_t each, void *data, bool *interrupted)
{
	static char buffer[128 * 1024];

	for (;;) {
		ssize_t length = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
		const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
		int rest;

		if (length < 0) {
			if (errno == EINTR)
				continue;
			return broken("cannot read from the kernel");
		}
		for (rest = (int)length; mnl_nlmsg_ok(message, rest);
		     message = mnl_nlmsg_next(message, &rest)) {
			const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

			if (message->nlmsg_seq != seq)
				continue;
			if (message->nlmsg_flags & NLM_F_DUMP_INTR && interrupted)
				*interrupted = true;
			if (message->nlmsg_type == NLMSG_DONE) {
				const int *status = mnl_nlmsg_get_payload(message);

				if (mnl_nlmsg_get_payload_len(message) < sizeof(*status) ||
				    !*status)
					return DONE;
				nl_errno = -*status;
				errno = nl_errno;
				if (errno != ENODEV || !mark_count)
					return broken("the kernel cannot list them");
				print_source();
				fprintf(stderr, "'%s': there is none\n", marks[0].word);
				return REFUSED;
			}
			if (message->nlmsg_type != NLMSG_ERROR) {
				if (each)
					each(message, data);
				continue;
			}
			return error->error ? print_refusal(message) : DONE;
		}
	}
}

static int transmit(struct nlmsghdr *message)
{
	message->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(nl, message, message->nlmsg_len) >= 0)
		return DONE;
	return broken("cannot write to the kernel");
}

int nl_talk(struct nlmsghdr *message, mnl_cb_t each, void *data)
{
	message->nlmsg_flags |= NLM_F_ACK;
	return transmit(message) ?: receive(message->nlmsg_seq, each, data, NULL);
}

struct pile {
	char *data;
	size_t length, room;
};

static int pile_up(const struct nlmsghdr *message, void *data)
{
	struct pile *pile = data;
	size_t size = MNL_ALIGN(message->nlmsg_len);

	if (pile->length + size > pile->room) {
		pile->room = 2 * (pile->length + size);
		pile->data = realloc(pile->data, pile->room);
		if (!pile->data)
			abort();
	}
	memcpy(pile->data + pile->length, message, message->nlmsg_len);
	pile->length += size;
	return MNL_CB_OK;
}

int nl_dump(struct nlmsghdr *message, mnl_cb_t each, void *data)
{
	struct pile pile = {};
	int status = DONE;

	message->nlmsg_flags |= NLM_F_DUMP;
	for (int tries = 0; tries < DUMP_TRIES; tries++) {
		bool interrupted = false;

		pile.length = 0;
		status = transmit(message);
		if (!status)
			status = receive(message->nlmsg_seq, pile_up, &pile, &interrupted);
		if (status || !interrupted)
			break;
	}
	for (size_t at = 0; !status && at < pile.length;) {
		const struct nlmsghdr *one = (const struct nlmsghdr *)(pile.data + at);

		each(one, data);
		at += MNL_ALIGN(one->nlmsg_len);
	}
	free(pile.data);
	return status;
}

static int take_group(const struct nlattr *attr, void *data)
{
	const struct nlattr *table[CTRL_ATTR_MCAST_GRP_MAX + 1];

	(void)data;
	nl_nested(attr, table, CTRL_ATTR_MCAST_GRP_MAX);
	if (table[CTRL_ATTR_MCAST_GRP_NAME] && table[CTRL_ATTR_MCAST_GRP_ID] &&
	    group_count < sizeof(groups) / sizeof(*groups)) {
		struct group *group = &groups[group_count++];

		snprintf(group->name, sizeof(group->name), "%s",
			 mnl_attr_get_str(table[CTRL_ATTR_MCAST_GRP_NAME]));
		group->id = mnl_attr_get_u32(table[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return MNL_CB_OK;
}

static int take_family(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *table[CTRL_ATTR_MAX + 1];

	(void)data;
	nl_attrs(message, table, CTRL_ATTR_MAX);
	if (table[CTRL_ATTR_FAMILY_ID])
		family = mnl_attr_get_u16(table[CTRL_ATTR_FAMILY_ID]);
	if (table[CTRL_ATTR_MCAST_GROUPS])
		mnl_attr_parse_nested(table[CTRL_ATTR_MCAST_GROUPS], take_group, NULL);
	return MNL_CB_OK;
}

/* Asks for the family by name: where nobody has registered it the kernel loads the module. */
static int find_family(void)
{
	char buffer[NL_BUFFER];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *head;
	int status;

	message->nlmsg_type = GENL_ID_CTRL;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->cmd = CTRL_CMD_GETFAMILY;
	head->version = 1;
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, VFARB_FAMILY_NAME);
	message->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(nl, message, message->nlmsg_len) < 0)
		return broken("cannot write to the kernel");
	looking = true;
	status = receive(message->nlmsg_seq, take_family, NULL, NULL);
	looking = false;
	return status;
}

int nl_open(void)
{
	int on = 1;

	if (nl)
		return DONE;
	nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return broken("cannot open a netlink socket");
	/* Only comfort is lost where a kernel has neither. */
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &on, sizeof(on));
	if (find_family()) {
		fprintf(stderr, "vfarb: error: the kernel has no vfarb here:\n"
			"is the module installed, and is this the initial network namespace?\n");
		mnl_socket_close(nl);
		nl = NULL;
		return REFUSED;
	}
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on));
	return DONE;
}

int nl_large(size_t size)
{
	int want = (int)size + 65536;

	if (setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_SNDBUFFORCE, &want, sizeof(want)))
		setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_SNDBUF, &want, sizeof(want));
	return DONE;
}

int nl_subscribe(const char *name)
{
	for (unsigned int i = 0; i < group_count; i++) {
		int id = (int)groups[i].id;

		if (strcmp(groups[i].name, name))
			continue;
		if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)) < 0)
			return broken("cannot subscribe");
		return DONE;
	}
	print_source();
	fprintf(stderr, "the kernel has no group '%s'\n", name);
	return REFUSED;
}

struct mnl_socket *nl_socket(void)
{
	return nl;
}
