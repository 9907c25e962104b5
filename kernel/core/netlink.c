// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include "../compat.h"
#include "config.h"
#include "event.h"
#include "netlink.h"
#include "netlink_gen.h"

/*
 * The numbers of the contract are the core's own, so that nothing needs to be
 * looked up; the names differ because pick.c is also built without netlink.
 */
#define SAME(contract, own)	static_assert((u32)(contract) == (u32)(own))
SAME(VFARB_NL_CLASS_SLICE, VFARB_CLASS_SLICE);
SAME(VFARB_NL_CLASS_QUANTUM, VFARB_CLASS_QUANTUM);
SAME(VFARB_NL_KIND_COMPUTE, VFARB_ENGINE_KIND_COMPUTE);
SAME(VFARB_NL_KIND_COPY, VFARB_ENGINE_KIND_COPY);
SAME(VFARB_NL_PREEMPT_NONE, VFARB_PREEMPT_NONE);
SAME(VFARB_NL_PREEMPT_SUBMISSION, VFARB_PREEMPT_SUBMISSION);
SAME(VFARB_NL_PREEMPT_MID, VFARB_PREEMPT_MID);
SAME(VFARB_NL_POLICY_LEAST_TIME, VFARB_POLICY_LEAST_TIME);
SAME(VFARB_NL_POLICY_DEADLINE, VFARB_POLICY_DEADLINE);
SAME(VFARB_NL_POLICY_ROUND_ROBIN, VFARB_POLICY_ROUND_ROBIN);
SAME(VFARB_NL_POLICY_FIXED_SHARE, VFARB_POLICY_FIXED_SHARE);
SAME(VFARB_NL_POLICY_FIFO, VFARB_POLICY_FIFO);
SAME(VFARB_NL_POLICY_SHORTEST, VFARB_POLICY_SHORTEST);
SAME(VFARB_NL_POLICY_RELATIVE_LATENCY, VFARB_POLICY_RELATIVE_LATENCY);
SAME(VFARB_NL_ORDER_FAIR, VFARB_ORDER_FAIR);
SAME(VFARB_NL_ORDER_RAW, VFARB_ORDER_RAW);
SAME(VFARB_NL_PRIORITY_HIGH, VFARB_PRIORITIES - 1);
SAME(VFARB_NL_ENGINE_STATE_IDLE, VFARB_ENGINE_IDLE);
SAME(VFARB_NL_ENGINE_STATE_CHOSEN, VFARB_ENGINE_CHOSEN);
SAME(VFARB_NL_ENGINE_STATE_GRANTED, VFARB_ENGINE_GRANTED);
SAME(VFARB_NL_ENGINE_STATE_RUNNING, VFARB_ENGINE_RUNNING);
SAME(VFARB_NL_CYCLE_END_SERVED, VFARB_CYCLE_SERVED);
SAME(VFARB_NL_CYCLE_END_EMPTY, VFARB_CYCLE_EMPTY);
SAME(VFARB_NL_CYCLE_END_TIME, VFARB_CYCLE_TIME);
SAME(VFARB_NL_BLOCKED_OPERATOR, VFARB_BLOCKED_OPERATOR);
SAME(VFARB_NL_BLOCKED_CAP, VFARB_BLOCKED_CAP);
SAME(VFARB_NL_BLOCKED_THROTTLE, VFARB_BLOCKED_THROTTLE);
SAME(VFARB_NL_BLOCKED_QUARANTINE, VFARB_BLOCKED_QUARANTINE);
SAME(VFARB_NL_EVENT_TYPE_OVER_BUDGET, VFARB_EV_OVER_BUDGET);
SAME(VFARB_NL_EVENT_TYPE_THROTTLED, VFARB_EV_THROTTLED);
SAME(VFARB_NL_EVENT_TYPE_VF_RESET, VFARB_EV_VF_RESET);
SAME(VFARB_NL_EVENT_TYPE_RELEASED, VFARB_EV_RELEASED);
SAME(VFARB_NL_EVENT_TYPE_ENGINE_DEAD, VFARB_EV_ENGINE_DEAD);
SAME(VFARB_NL_EVENT_TYPE_LOST_END, VFARB_EV_LOST_END);
SAME(VFARB_NL_EVENT_TYPE_LIMIT, VFARB_EV_LIMIT);
SAME(VFARB_NL_EVENT_TYPE_LIMIT, VFARB_EV_TYPES - 1);
SAME(VFARB_NL_LIMIT_FAULTS, VFARB_LIMIT_FAULTS);
SAME(VFARB_NL_LIMIT_IRQS, VFARB_LIMIT_IRQS);
SAME(VFARB_NL_LIMIT_ACTION_OFF, VFARB_LIMIT_OFF);
SAME(VFARB_NL_LIMIT_ACTION_REPORT, VFARB_LIMIT_REPORT);
SAME(VFARB_NL_LIMIT_ACTION_ACT, VFARB_LIMIT_ACT);
SAME(VFARB_LABEL_MAX, VFARB_LABEL_SIZE - 1);

static const struct genl_multicast_group groups[] = {
	[VFARB_NLGRP_CONFIG] = { .name = VFARB_MCGRP_CONFIG },
	[VFARB_NLGRP_EVENTS] = { .name = VFARB_MCGRP_EVENTS },
	[VFARB_NLGRP_CYCLES] = { .name = VFARB_MCGRP_CYCLES },
};

/*
 * Not in other network namespaces: accelerators do not belong to one, and what
 * tells of all tenants is not for a container to read.
 */
static struct genl_family family __ro_after_init = {
	.name = VFARB_FAMILY_NAME,
	.version = VFARB_FAMILY_VERSION,
	.netnsok = false,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = vfarb_nl_ops,
	.n_ops = ARRAY_SIZE(vfarb_nl_ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/* An attribute that carries a setting. */
struct setting {
	u16 attr;
	u32 bit;
	const char *name;
};

static const struct setting accel_table[] = {
	{ VFARB_A_ACCEL_OVERCOMMIT, VFARB_ACCEL_SET_OVERCOMMIT, "overcommit" },
};

static const struct setting engine_table[] = {
	{ VFARB_A_ENGINE_POLICY, VFARB_ENGINE_SET_POLICY, "policy" },
	{ VFARB_A_ENGINE_ORDER, VFARB_ENGINE_SET_ORDER, "order" },
	{ VFARB_A_ENGINE_CYCLE_NS, VFARB_ENGINE_SET_CYCLE, "cycle-ns" },
	{ VFARB_A_ENGINE_AFFINITY, VFARB_ENGINE_SET_CPUS, "affinity" },
	{ VFARB_A_ENGINE_BUDGET_NS, VFARB_ENGINE_SET_BUDGET, "budget-ns" },
	{ VFARB_A_ENGINE_FAULTS_MOST, VFARB_ENGINE_SET_MOST(VFARB_LIMIT_FAULTS),
	  "faults-most" },
	{ VFARB_A_ENGINE_FAULTS_ACTION, VFARB_ENGINE_SET_ACTION(VFARB_LIMIT_FAULTS),
	  "faults-action" },
	{ VFARB_A_ENGINE_RESETS_MOST, VFARB_ENGINE_SET_MOST(VFARB_LIMIT_RESETS),
	  "resets-most" },
	{ VFARB_A_ENGINE_RESETS_ACTION, VFARB_ENGINE_SET_ACTION(VFARB_LIMIT_RESETS),
	  "resets-action" },
	{ VFARB_A_ENGINE_DOORBELLS_MOST, VFARB_ENGINE_SET_MOST(VFARB_LIMIT_DOORBELLS),
	  "doorbells-most" },
	{ VFARB_A_ENGINE_DOORBELLS_ACTION, VFARB_ENGINE_SET_ACTION(VFARB_LIMIT_DOORBELLS),
	  "doorbells-action" },
	{ VFARB_A_ENGINE_IRQS_MOST, VFARB_ENGINE_SET_MOST(VFARB_LIMIT_IRQS), "irqs-most" },
	{ VFARB_A_ENGINE_IRQS_ACTION, VFARB_ENGINE_SET_ACTION(VFARB_LIMIT_IRQS),
	  "irqs-action" },
};

/* A limit's attributes, by enum vfarb_limit. */
static const struct {
	u16 most;
	u16 action;
} limit_attrs[VFARB_LIMITS] = {
	[VFARB_LIMIT_FAULTS] = { VFARB_A_ENGINE_FAULTS_MOST, VFARB_A_ENGINE_FAULTS_ACTION },
	[VFARB_LIMIT_RESETS] = { VFARB_A_ENGINE_RESETS_MOST, VFARB_A_ENGINE_RESETS_ACTION },
	[VFARB_LIMIT_DOORBELLS] = {
		VFARB_A_ENGINE_DOORBELLS_MOST, VFARB_A_ENGINE_DOORBELLS_ACTION,
	},
	[VFARB_LIMIT_IRQS] = { VFARB_A_ENGINE_IRQS_MOST, VFARB_A_ENGINE_IRQS_ACTION },
};

static const struct setting vf_table[] = {
	{ VFARB_A_VF_LABEL, VFARB_VF_SET_LABEL, "label" },
	{ VFARB_A_VF_VOLUME, VFARB_VF_SET_VOLUME, "volume" },
	{ VFARB_A_VF_MEMORY_MIB, VFARB_VF_SET_MEMORY, "memory-mib" },
	{ VFARB_A_VF_PRIORITY, VFARB_VF_SET_PRIORITY, "priority" },
	{ VFARB_A_VF_SLICE_NS, VFARB_VF_SET_SLICE, "slice-ns" },
	{ VFARB_A_VF_RUN, VFARB_VF_SET_RUN, "run" },
	{ VFARB_A_VF_CAP, VFARB_VF_SET_CAP, "cap" },
};

/*
 * A kind of object in a request: the attributes that name one, and its
 * settings. An accelerator is named by @accel alone.
 */
struct kind {
	u16 accel;
	u16 index;
	const char *accel_name;
	const char *index_name;
	const struct setting *table;
	unsigned int length;
	const struct nla_policy *policy;
	u16 max;
};

static const struct kind kinds[] = {
	[VFARB_OBJECT_ACCEL] = {
		VFARB_A_ACCEL_INDEX, 0, "index", NULL, accel_table, ARRAY_SIZE(accel_table),
		vfarb_accel_settings_nl_policy, VFARB_A_ACCEL_OVERCOMMIT,
	},
	[VFARB_OBJECT_ENGINE] = {
		VFARB_A_ENGINE_ACCEL, VFARB_A_ENGINE_INDEX, "accel", "index", engine_table,
		ARRAY_SIZE(engine_table), vfarb_engine_settings_nl_policy,
		VFARB_A_ENGINE_IRQS_ACTION,
	},
	[VFARB_OBJECT_VF] = {
		VFARB_A_VF_ACCEL, VFARB_A_VF_FN, "accel", "fn", vf_table, ARRAY_SIZE(vf_table),
		vfarb_vf_settings_nl_policy, VFARB_A_VF_CAP,
	},
};

/* A request with its changes. @from has what each came in, NULL: the message itself. */
struct request {
	struct sk_buff *skb;
	struct genl_info *info;
	struct vfarb_change *changes;
	const struct nlattr **from;
	u32 count;
};

static __printf(5, 6)
int refuse(struct sk_buff *skb, struct genl_info *info, int err, const struct nlattr *attr,
	   const char *format, ...)
{
	char text[NETLINK_MAX_FMTMSG_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (attr)
		NL_SET_BAD_ATTR(info->extack, attr);
	return VFARB_ACK_TEXT(skb, info->nlhdr, info->extack, err, text);
}

static int refuse_missing(struct sk_buff *skb, struct genl_info *info, const struct nlattr *nest,
			  u16 type, const char *name)
{
	NL_SET_ERR_ATTR_MISS(info->extack, nest, type);
	return refuse(skb, info, -EINVAL, NULL, "attribute %s is missing", name);
}

static int refuse_gone(struct sk_buff *skb, struct genl_info *info, const struct nlattr *attr,
		       const char *what)
{
	return refuse(skb, info, -ENODEV, attr, "there is no %s %u", what, nla_get_u32(attr));
}

/* The settings in @tb. */
static int read_settings(enum vfarb_object object, struct nlattr **tb, struct vfarb_change *change)
{
	const struct kind *kind = &kinds[object];
	unsigned int i;

	for (i = 0; i < kind->length; i++)
		if (tb[kind->table[i].attr])
			change->mask |= kind->table[i].bit;
	switch (object) {
	case VFARB_OBJECT_ACCEL:
		if (change->mask & VFARB_ACCEL_SET_OVERCOMMIT)
			change->to.accel.overcommit = nla_get_u8(tb[VFARB_A_ACCEL_OVERCOMMIT]);
		break;
	case VFARB_OBJECT_ENGINE: {
		struct vfarb_engine_settings *to = &change->to.engine;
		struct cpumask *cpus;

		if (change->mask & VFARB_ENGINE_SET_POLICY)
			to->policy = nla_get_u32(tb[VFARB_A_ENGINE_POLICY]);
		if (change->mask & VFARB_ENGINE_SET_ORDER)
			to->order = nla_get_u32(tb[VFARB_A_ENGINE_ORDER]);
		if (change->mask & VFARB_ENGINE_SET_CYCLE)
			to->cycle_ns = nla_get_u64(tb[VFARB_A_ENGINE_CYCLE_NS]);
		if (change->mask & VFARB_ENGINE_SET_BUDGET)
			to->budget_ns = nla_get_u64(tb[VFARB_A_ENGINE_BUDGET_NS]);
		for (i = 0; i < VFARB_LIMITS; i++) {
			if (tb[limit_attrs[i].most])
				to->limit[i].most = nla_get_u32(tb[limit_attrs[i].most]);
			if (tb[limit_attrs[i].action])
				to->limit[i].action = nla_get_u32(tb[limit_attrs[i].action]);
		}
		if (!(change->mask & VFARB_ENGINE_SET_CPUS))
			break;
		cpus = kzalloc(cpumask_size(), GFP_KERNEL);
		if (!cpus)
			return -ENOMEM;
		to->cpus = cpus;
		if (cpulist_parse(nla_data(tb[VFARB_A_ENGINE_AFFINITY]), cpus))
			return -EINVAL;
		break;
	}
	case VFARB_OBJECT_VF: {
		struct vfarb_vf_settings *to = &change->to.vf;

		if (change->mask & VFARB_VF_SET_VOLUME)
			to->volume = nla_get_u32(tb[VFARB_A_VF_VOLUME]);
		if (change->mask & VFARB_VF_SET_MEMORY)
			to->memory_mib = nla_get_u64(tb[VFARB_A_VF_MEMORY_MIB]);
		if (change->mask & VFARB_VF_SET_PRIORITY)
			to->priority = nla_get_u32(tb[VFARB_A_VF_PRIORITY]);
		if (change->mask & VFARB_VF_SET_SLICE)
			to->slice_ns = nla_get_u64(tb[VFARB_A_VF_SLICE_NS]);
		if (change->mask & VFARB_VF_SET_CAP)
			to->cap = nla_get_u32(tb[VFARB_A_VF_CAP]);
		if (change->mask & VFARB_VF_SET_RUN)
			to->run = nla_get_u8(tb[VFARB_A_VF_RUN]);
		if (change->mask & VFARB_VF_SET_LABEL)
			nla_strscpy(to->label, tb[VFARB_A_VF_LABEL], sizeof(to->label));
		break;
	}
	}
	return 0;
}

/* Adds what @tb, found in @from, wants of an object. */
static int add_change(struct request *request, enum vfarb_object object, struct nlattr **tb,
		      const struct nlattr *from)
{
	const struct kind *kind = &kinds[object];
	struct vfarb_change *change = &request->changes[request->count];
	struct genl_info *info = request->info;
	struct sk_buff *skb = request->skb;
	int err;

	if (!tb[kind->accel])
		return refuse_missing(skb, info, from, kind->accel, kind->accel_name);
	if (kind->index && !tb[kind->index])
		return refuse_missing(skb, info, from, kind->index, kind->index_name);
	change->object = object;
	change->accel = vfarb_accel_get(nla_get_u32(tb[kind->accel]));
	if (!change->accel)
		return refuse_gone(skb, info, tb[kind->accel], "accelerator");
	request->from[request->count++] = from;
	if (kind->index)
		change->index = nla_get_u32(tb[kind->index]);
	err = read_settings(object, tb, change);
	if (err == -EINVAL)
		return refuse(skb, info, err, tb[VFARB_A_ENGINE_AFFINITY],
			      "affinity is not a list of CPUs");
	return err;
}

static const struct nlattr *attr_of(struct request *request, u32 change, u16 type)
{
	const struct nlattr *from = request->from[change];

	if (from)
		return nla_find_nested(from, type);
	return nlmsg_find_attr(request->info->nlhdr, GENL_HDRLEN, type);
}

/* Says why the core refused. */
static int explain(struct request *request, int err, const struct vfarb_refusal *refusal)
{
	const struct vfarb_change *change = &request->changes[refusal->change];
	const struct kind *kind = &kinds[change->object];
	struct genl_info *info = request->info;
	const struct nlattr *attr;
	unsigned int i;

	if (err == -ESTALE)
		return refuse(request->skb, info, err, info->attrs[VFARB_A_CONFIG_GENERATION],
			      "the configuration is of generation %llu",
			      vfarb_config_generation());
	if (err == -ENODEV)
		return refuse_gone(request->skb, info,
				   attr_of(request, refusal->change, kind->index ?: kind->accel),
				   change->object == VFARB_OBJECT_VF ? "function" :
				   kind->index ? "engine" : "accelerator");
	if (err != -ERANGE)
		return err;
	for (i = 0; i < kind->length - 1; i++)
		if (kind->table[i].bit == refusal->bit)
			break;
	attr = attr_of(request, refusal->change, kind->table[i].attr);
	if (refusal->most < refusal->least)
		return refuse(request->skb, info, err, attr, "%s %llu: none is left",
			      kind->table[i].name, refusal->given);
	return refuse(request->skb, info, err, attr, "%s %llu is not in %llu..%llu",
		      kind->table[i].name, refusal->given, refusal->least, refusal->most);
}

static int request_begin(struct request *request, u32 room, struct sk_buff *skb,
			 struct genl_info *info)
{
	*request = (struct request) { .skb = skb, .info = info };
	request->changes = kvcalloc(max(room, 1u), sizeof(*request->changes), GFP_KERNEL_ACCOUNT);
	request->from = kvcalloc(max(room, 1u), sizeof(*request->from), GFP_KERNEL_ACCOUNT);
	return request->changes && request->from ? 0 : -ENOMEM;
}

static void request_end(struct request *request)
{
	while (request->count--) {
		struct vfarb_change *change = &request->changes[request->count];

		if (change->object == VFARB_OBJECT_ENGINE)
			kfree(change->to.engine.cpus);
		vfarb_accel_put(change->accel);
	}
	kvfree(request->changes);
	kvfree(request->from);
}

/* An attribute given twice would leave the sender wondering which one counted. */
static int refuse_twice(struct sk_buff *skb, struct genl_info *info, const struct nlattr *head,
			int length, u64 several)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem;

	nla_for_each_attr(attr, head, length, rem) {
		u64 bit = BIT_ULL(nla_type(attr));

		if (seen & bit & ~several)
			return refuse(skb, info, -EINVAL, attr, "attribute is given twice");
		seen |= bit;
	}
	return 0;
}

static int set_one(struct sk_buff *skb, struct genl_info *info, enum vfarb_object object)
{
	struct vfarb_refusal refusal;
	struct request request;
	int err;

	err = refuse_twice(skb, info, genlmsg_data(info->genlhdr),
			   genlmsg_len(info->genlhdr), 0);
	if (err)
		return err;
	err = request_begin(&request, 1, skb, info);
	if (!err)
		err = add_change(&request, object, info->attrs, NULL);
	if (!err) {
		err = vfarb_config_change(request.changes, 1, 0, false, &refusal);
		if (err)
			err = explain(&request, err, &refusal);
	}
	request_end(&request);
	return err;
}

int vfarb_nl_accel_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return set_one(skb, info, VFARB_OBJECT_ACCEL);
}

int vfarb_nl_engine_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return set_one(skb, info, VFARB_OBJECT_ENGINE);
}

int vfarb_nl_vf_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return set_one(skb, info, VFARB_OBJECT_VF);
}

static int object_of(const struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case VFARB_A_CONFIG_ACCEL:
		return VFARB_OBJECT_ACCEL;
	case VFARB_A_CONFIG_ENGINE:
		return VFARB_OBJECT_ENGINE;
	case VFARB_A_CONFIG_VF:
		return VFARB_OBJECT_VF;
	}
	return -1;
}

static int add_nested(struct request *request, enum vfarb_object object, const struct nlattr *nest)
{
	const struct kind *kind = &kinds[object];
	struct genl_info *info = request->info;
	/* Large enough for the settings of any kind. */
	struct nlattr *tb[VFARB_A_ACCEL_MAX + VFARB_A_ENGINE_MAX + VFARB_A_VF_MAX + 1] = {};
	int err;

	err = nla_parse_nested(tb, kind->max, nest, kind->policy, info->extack);
	if (!err)
		err = refuse_twice(request->skb, info, nla_data(nest), nla_len(nest), 0);
	return err ?: add_change(request, object, tb, nest);
}

static int reply_generation(struct genl_info *info, u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *head;

	if (!msg)
		return -ENOMEM;
	head = genlmsg_put_reply(msg, info, &family, 0, cmd);
	if (!head || nla_put_u64_64bit(msg, VFARB_A_CONFIG_GENERATION, vfarb_config_generation(),
				       VFARB_A_CONFIG_PAD)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

static u64 generation_in(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[VFARB_A_CONFIG_GENERATION];

	return attr ? nla_get_u64(attr) : 0;
}

int vfarb_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[VFARB_A_CONFIG_GENERATION];

	if (attr && nla_get_u64(attr) != vfarb_config_generation())
		return refuse(skb, info, -ESTALE, attr, "the configuration is of generation %llu",
			      vfarb_config_generation());
	return reply_generation(info, VFARB_CMD_CONFIG_GET);
}

int vfarb_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const u64 several = BIT_ULL(VFARB_A_CONFIG_ACCEL) | BIT_ULL(VFARB_A_CONFIG_ENGINE) |
			    BIT_ULL(VFARB_A_CONFIG_VF);
	const struct nlattr *head = genlmsg_data(info->genlhdr), *attr;
	int length = genlmsg_len(info->genlhdr);
	struct vfarb_refusal refusal;
	struct request request;
	int err, rem, object;
	u32 room = 0;

	err = refuse_twice(skb, info, head, length, several);
	if (err)
		return err;
	nla_for_each_attr(attr, head, length, rem)
		if (object_of(attr) >= 0)
			room++;
	err = request_begin(&request, room, skb, info);
	if (err)
		goto out;
	nla_for_each_attr(attr, head, length, rem) {
		object = object_of(attr);
		if (object < 0)
			continue;
		err = add_nested(&request, object, attr);
		if (err)
			goto out;
	}
	err = vfarb_config_change(request.changes, request.count, generation_in(info),
				  info->attrs[VFARB_A_CONFIG_VALIDATE_ONLY], &refusal);
	if (err)
		err = explain(&request, err, &refusal);
	else
		err = reply_generation(info, VFARB_CMD_CONFIG_SET);
out:
	request_end(&request);
	return err;
}

/* ---- what is put into messages ---------------------------------------------------------- */

static bool fill_accel(struct sk_buff *skb, struct vfarb_accel *accel)
{
	const struct vfarb_accel_info *info = &accel->info;
	u32 fn, vfs = 0;

	lockdep_assert_held(&accel->lock);
	for (fn = 0; fn < info->fns; fn++)
		if (accel->vf[fn])
			vfs++;
	return !nla_put_u32(skb, VFARB_A_ACCEL_INDEX, accel->id) &&
	       !nla_put_string(skb, VFARB_A_ACCEL_PROVIDER, info->name) &&
	       !nla_put_string(skb, VFARB_A_ACCEL_DEVICE, dev_name(accel->parent)) &&
	       !nla_put_u32(skb, VFARB_A_ACCEL_CLASS, info->class) &&
	       !nla_put_u32(skb, VFARB_A_ACCEL_ENGINES, info->engines) &&
	       !nla_put_u32(skb, VFARB_A_ACCEL_FNS, info->fns) &&
	       !nla_put_u32(skb, VFARB_A_ACCEL_VFS, vfs) &&
	       !nla_put_u8(skb, VFARB_A_ACCEL_GRANT_IN_IRQ, info->grant_in_irq) &&
	       !nla_put_u64_64bit(skb, VFARB_A_ACCEL_COUNTER_HZ, info->counter_hz,
				  VFARB_A_ACCEL_PAD) &&
	       !nla_put_u32(skb, VFARB_A_ACCEL_COUNTER_BITS, info->counter_bits) &&
	       !nla_put_u64_64bit(skb, VFARB_A_ACCEL_MEMORY_MIB, info->memory_bytes >> 20,
				  VFARB_A_ACCEL_PAD) &&
	       !nla_put_u32(skb, VFARB_A_ACCEL_VOLUME_SUM, accel->volume_sum) &&
	       !nla_put_u64_64bit(skb, VFARB_A_ACCEL_MEMORY_SUM_MIB, accel->memory_sum_mib,
				  VFARB_A_ACCEL_PAD) &&
	       !nla_put_u8(skb, VFARB_A_ACCEL_OVERCOMMIT, accel->set.overcommit);
}

static bool fill_cycle(struct sk_buff *skb, const struct vfarb_cycle *cycle)
{
	struct nlattr *nest = nla_nest_start(skb, VFARB_A_ENGINE_CYCLE);

	if (!nest ||
	    nla_put_u64_64bit(skb, VFARB_A_CYCLE_SEQ, cycle->seq, VFARB_A_CYCLE_PAD) ||
	    nla_put_u64_64bit(skb, VFARB_A_CYCLE_START_NS, cycle->start_ns, VFARB_A_CYCLE_PAD) ||
	    nla_put_u64_64bit(skb, VFARB_A_CYCLE_LENGTH_NS, cycle->length_ns,
			      VFARB_A_CYCLE_PAD) ||
	    nla_put_u32(skb, VFARB_A_CYCLE_END, cycle->end) ||
	    nla_put_u32(skb, VFARB_A_CYCLE_VFS, cycle->vfs) ||
	    nla_put_u32(skb, VFARB_A_CYCLE_JAIN_PPM, cycle->jain_ppm) ||
	    nla_put_u32(skb, VFARB_A_CYCLE_SHARE_ERROR_PPM, cycle->share_error_ppm))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

/* One u64 of a nest, for tables of them. */
struct figure {
	u16 attr;
	u64 value;
};

/* They are most of a dump: where nothing needs padding they are put with one check of the room. */
static bool fill_figures(struct sk_buff *skb, const struct figure *figures, unsigned int count,
			 u16 pad)
{
	struct nlattr *attr;

	if (IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS)) {
		const unsigned int size = nla_total_size(sizeof(u64));

		if (skb_tailroom(skb) < count * size)
			return false;
		attr = skb_put(skb, count * size);
		for (; count--; figures++, attr = (void *)attr + size) {
			attr->nla_type = figures->attr;
			attr->nla_len = nla_attr_size(sizeof(u64));
			memcpy(nla_data(attr), &figures->value, sizeof(u64));
		}
		return true;
	}
	for (; count--; figures++)
		if (nla_put_u64_64bit(skb, figures->attr, figures->value, pad))
			return false;
	return true;
}

static bool fill_engine_stats(struct sk_buff *skb, const struct vfarb_engine_view *view)
{
	const struct vfarb_ledger *ledger = &view->ledger;
	const u64 *anomalies = ledger->anomalies;
	const struct figure figures[] = {
		{ VFARB_A_ENGINE_STATS_ELAPSED_NS, ledger->clock_ns - ledger->opened_ns },
		{ VFARB_A_ENGINE_STATS_RUNNING_NS, ledger->total.running },
		{ VFARB_A_ENGINE_STATS_SWITCHING_NS, ledger->total.switching },
		{ VFARB_A_ENGINE_STATS_IDLE_NS, ledger->idle_ns },
		{ VFARB_A_ENGINE_STATS_IDLE_BACKLOG_NS, ledger->idle_backlog_ns },
		{ VFARB_A_ENGINE_STATS_DEPARTED_RUNNING_NS, ledger->departed.running },
		{ VFARB_A_ENGINE_STATS_DEPARTED_SWITCHING_NS, ledger->departed.switching },
		{ VFARB_A_ENGINE_STATS_GRANTS, view->grants },
		{ VFARB_A_ENGINE_STATS_REFUSED, view->refused },
		{ VFARB_A_ENGINE_STATS_LOST, view->lost },
		{ VFARB_A_ENGINE_STATS_FAULTS, view->faults },
		{ VFARB_A_ENGINE_STATS_ANOMALY_UNKNOWN, anomalies[VFARB_ANOMALY_UNKNOWN] },
		{ VFARB_A_ENGINE_STATS_ANOMALY_STALE, anomalies[VFARB_ANOMALY_STALE] },
		{ VFARB_A_ENGINE_STATS_ANOMALY_BACKWARDS, anomalies[VFARB_ANOMALY_BACKWARDS] },
		{ VFARB_A_ENGINE_STATS_ANOMALY_TOO_MUCH, anomalies[VFARB_ANOMALY_TOO_MUCH] },
	};
	struct nlattr *nest = nla_nest_start(skb, VFARB_A_ENGINE_STATS);

	if (!nest || !fill_figures(skb, figures, ARRAY_SIZE(figures), VFARB_A_ENGINE_STATS_PAD) ||
	    nla_put_u32(skb, VFARB_A_ENGINE_STATS_LAST_FAULT, view->fault))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool fill_affinity(struct sk_buff *skb, struct vfarb_engine *engine)
{
	bool filled;
	char *list;

	list = kasprintf(GFP_KERNEL, "%*pbl", cpumask_pr_args(engine->kthread->cpus_ptr));
	if (!list)
		return false;
	filled = !nla_put_string(skb, VFARB_A_ENGINE_AFFINITY, list);
	kfree(list);
	return filled;
}

static bool fill_containment(struct sk_buff *skb, const struct vfarb_engine_view *view)
{
	unsigned int i;

	if (nla_put_u64_64bit(skb, VFARB_A_ENGINE_BUDGET_NS, view->budget_ns, VFARB_A_ENGINE_PAD))
		return false;
	for (i = 0; i < VFARB_LIMITS; i++)
		if (nla_put_u32(skb, limit_attrs[i].most, view->limit[i].most) ||
		    nla_put_u32(skb, limit_attrs[i].action, view->limit[i].action))
			return false;
	return true;
}

static bool fill_engine(struct sk_buff *skb, struct vfarb_engine *engine, bool stats)
{
	const struct vfarb_engine_info *info = &engine->accel->info.engine[engine->index];
	struct vfarb_engine_view view;

	lockdep_assert_held(&engine->accel->lock);
	vfarb_engine_look(engine, &view);
	return !nla_put_u32(skb, VFARB_A_ENGINE_ACCEL, engine->accel->id) &&
	       !nla_put_u32(skb, VFARB_A_ENGINE_INDEX, engine->index) &&
	       !nla_put_u32(skb, VFARB_A_ENGINE_KIND, info->kind) &&
	       !nla_put_u32(skb, VFARB_A_ENGINE_PREEMPT, info->preempt) &&
	       !nla_put_u64_64bit(skb, VFARB_A_ENGINE_SWITCH_NS, info->switch_ns,
				  VFARB_A_ENGINE_PAD) &&
	       !nla_put_u64_64bit(skb, VFARB_A_ENGINE_PREEMPT_NS, info->preempt_ns,
				  VFARB_A_ENGINE_PAD) &&
	       !nla_put_u32(skb, VFARB_A_ENGINE_POLICY, view.policy) &&
	       !nla_put_u32(skb, VFARB_A_ENGINE_ORDER, view.order) &&
	       !nla_put_u64_64bit(skb, VFARB_A_ENGINE_CYCLE_NS, view.cycle_ns,
				  VFARB_A_ENGINE_PAD) &&
	       fill_affinity(skb, engine) &&
	       fill_containment(skb, &view) &&
	       !nla_put_u32(skb, VFARB_A_ENGINE_STATE, view.state) &&
	       (view.fn == VFARB_FN_NONE ||
		!nla_put_u32(skb, VFARB_A_ENGINE_RUNNING_FN, view.fn)) &&
	       (!stats || fill_engine_stats(skb, &view)) &&
	       (!view.published.seq || fill_cycle(skb, &view.published));
}

static bool fill_seat(struct sk_buff *skb, unsigned int engine, const struct vfarb_seat *seat,
		      bool running)
{
	const struct vfarb_line *line = &seat->line;
	const struct vfarb_stats *stats = &seat->stats;
	const struct figure figures[] = {
		{ VFARB_A_SEAT_EXECUTED_NS, line->executed.running },
		{ VFARB_A_SEAT_SWITCHING_NS, line->executed.switching },
		{ VFARB_A_SEAT_ENTITLED_NS, max(line->entitled_ns, 0ll) },
		{ VFARB_A_SEAT_VTIME_NS, line->vtime },
		{ VFARB_A_SEAT_IDLE_CHOICE_NS, line->idle_choice_ns },
		{ VFARB_A_SEAT_IDLE_CAUSED_NS, line->idle_caused_ns },
		{ VFARB_A_SEAT_CAPPED_NS, line->capped_ns },
		{ VFARB_A_SEAT_LAST_DESIGNATED_NS, line->last_designated_ns },
		{ VFARB_A_SEAT_LAST_ACTUAL_NS, line->last_actual_ns },
		{ VFARB_A_SEAT_ERROR_NS, line->error_ns },
		{ VFARB_A_SEAT_GRANTS, line->grants },
		{ VFARB_A_SEAT_OVERRUNS, line->overruns },
		{ VFARB_A_SEAT_OVERRUN_NS, line->overrun_ns },
		{ VFARB_A_SEAT_EARLY, line->early },
		{ VFARB_A_SEAT_CHARGES_COUNTER, line->charges[VFARB_FROM_COUNTER] },
		{ VFARB_A_SEAT_CHARGES_IRQ, line->charges[VFARB_FROM_IRQ] },
		{ VFARB_A_SEAT_CHARGES_TIMEOUT, line->charges[VFARB_FROM_TIMEOUT] },
		{ VFARB_A_SEAT_SUBMITTED, stats->submitted },
		{ VFARB_A_SEAT_COMPLETED, stats->completed },
		{ VFARB_A_SEAT_FAILED, stats->failed },
		{ VFARB_A_SEAT_FAULTS, stats->faults },
		{ VFARB_A_SEAT_RUN_NS, stats->run_ns },
		{ VFARB_A_SEAT_WAIT_NS, stats->wait_ns },
		{ VFARB_A_SEAT_WAIT_MAX_NS, stats->wait_max_ns },
	};
	struct nlattr *nest = nla_nest_start(skb, VFARB_A_VF_SEAT);

	if (!nest)
		return false;
	if (nla_put_u32(skb, VFARB_A_SEAT_ENGINE, engine) ||
	    nla_put_u8(skb, VFARB_A_SEAT_BACKLOGGED, line->backlogged) ||
	    nla_put_u8(skb, VFARB_A_SEAT_RUNNING, running) ||
	    nla_put_u32(skb, VFARB_A_SEAT_BLOCKED, line->blocked) ||
	    nla_put_u32(skb, VFARB_A_SEAT_SHARE_PPM, seat->share_ppm) ||
	    nla_put_s32(skb, VFARB_A_SEAT_SHARE_ERROR_PPM, seat->share_error_ppm) ||
	    !fill_figures(skb, figures, ARRAY_SIZE(figures), VFARB_A_SEAT_PAD)) {
		nla_nest_cancel(skb, nest);
		return false;
	}
	nla_nest_end(skb, nest);
	return true;
}

static bool fill_vf_settings(struct sk_buff *skb, struct vfarb_vf *vf)
{
	const struct vfarb_vf_settings *set = &vf->set;
	u32 blocked = 0;
	unsigned int i;

	lockdep_assert_held(&vf->accel->lock);
	/* Without the engines' locks: a bit that changes now could as well have changed later. */
	for (i = 0; i < vf->accel->info.engines; i++)
		blocked |= READ_ONCE(vf->seat[i].line.blocked);
	return !nla_put_u32(skb, VFARB_A_VF_ACCEL, vf->accel->id) &&
	       !nla_put_u32(skb, VFARB_A_VF_FN, vf->fn) &&
	       !nla_put_string(skb, VFARB_A_VF_LABEL, set->label) &&
	       !nla_put_u32(skb, VFARB_A_VF_VOLUME, set->volume) &&
	       !nla_put_u64_64bit(skb, VFARB_A_VF_MEMORY_MIB, set->memory_mib, VFARB_A_VF_PAD) &&
	       !nla_put_u32(skb, VFARB_A_VF_PRIORITY, set->priority) &&
	       !nla_put_u64_64bit(skb, VFARB_A_VF_SLICE_NS, set->slice_ns, VFARB_A_VF_PAD) &&
	       !nla_put_u8(skb, VFARB_A_VF_RUN, set->run) &&
	       !nla_put_u32(skb, VFARB_A_VF_CAP, set->cap) &&
	       !nla_put_u32(skb, VFARB_A_VF_BLOCKED, blocked);
}

/*
 * A VF with its seats from engine *@seat on. On return *@seat is the engine to
 * go on with in another message: seats of many engines need not fit in one.
 */
static bool fill_vf(struct sk_buff *skb, struct vfarb_vf *vf, bool stats, unsigned int *seat)
{
	struct vfarb_accel *accel = vf->accel;
	unsigned int i = *seat;
	struct vfarb_seat copy;
	bool running;

	if (!fill_vf_settings(skb, vf))
		return false;
	*seat = accel->info.engines;
	if (!stats)
		return true;
	for (; i < accel->info.engines; i++) {
		struct vfarb_engine *engine = &accel->engine[i];

		if (!vfarb_engine_read(engine, vf->fn, &copy))
			continue;
		running = READ_ONCE(engine->current_seat) == &vf->seat[i];
		if (fill_seat(skb, i, &copy, running))
			continue;
		*seat = i;
		break;
	}
	return true;
}

/* ---- get and dump ----------------------------------------------------------------------- */

/* Brings the accounts up to date before they are read. */
static void refresh(struct vfarb_accel *accel)
{
	unsigned int i;

	for (i = 0; i < accel->info.engines; i++)
		vfarb_engine_refresh(&accel->engine[i]);
}

static struct sk_buff *reply_new(struct genl_info *info, u8 cmd, size_t size, void **head)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return NULL;
	*head = genlmsg_put_reply(msg, info, &family, 0, cmd);
	if (*head)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int reply_send(struct sk_buff *msg, void *head, struct genl_info *info, bool filled)
{
	if (!filled) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, head);
	return genlmsg_reply(msg, info);
}

/* The accelerator that a get names, with its lock held, or NULL with *@err. */
static struct vfarb_accel *lock_named(struct sk_buff *skb, struct genl_info *info,
				      enum vfarb_object object, int *err)
{
	const struct kind *kind = &kinds[object];
	struct nlattr **tb = info->attrs;
	struct vfarb_accel *accel;

	if (!tb[kind->accel]) {
		*err = refuse_missing(skb, info, NULL, kind->accel, kind->accel_name);
		return NULL;
	}
	if (kind->index && !tb[kind->index]) {
		*err = refuse_missing(skb, info, NULL, kind->index, kind->index_name);
		return NULL;
	}
	accel = vfarb_accel_get(nla_get_u32(tb[kind->accel]));
	if (accel) {
		mutex_lock(&accel->lock);
		if (!accel->gone)
			return accel;
		mutex_unlock(&accel->lock);
		vfarb_accel_put(accel);
	}
	*err = refuse_gone(skb, info, tb[kind->accel], "accelerator");
	return NULL;
}

static void unlock(struct vfarb_accel *accel)
{
	mutex_unlock(&accel->lock);
	vfarb_accel_put(accel);
}

int vfarb_nl_accel_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vfarb_accel *accel;
	struct sk_buff *msg;
	bool filled;
	void *head;
	int err;

	accel = lock_named(skb, info, VFARB_OBJECT_ACCEL, &err);
	if (!accel)
		return err;
	msg = reply_new(info, VFARB_CMD_ACCEL_GET, NLMSG_GOODSIZE, &head);
	filled = msg && fill_accel(msg, accel);
	unlock(accel);
	return msg ? reply_send(msg, head, info, filled) : -ENOMEM;
}

int vfarb_nl_engine_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vfarb_accel *accel;
	struct vfarb_engine *engine;
	struct sk_buff *msg;
	bool filled;
	void *head;
	int err;

	accel = lock_named(skb, info, VFARB_OBJECT_ENGINE, &err);
	if (!accel)
		return err;
	engine = vfarb_accel_engine(accel, nla_get_u32(info->attrs[VFARB_A_ENGINE_INDEX]));
	if (!engine) {
		unlock(accel);
		return refuse_gone(skb, info, info->attrs[VFARB_A_ENGINE_INDEX], "engine");
	}
	msg = reply_new(info, VFARB_CMD_ENGINE_GET, 2 * NLMSG_GOODSIZE, &head);
	filled = msg && fill_engine(msg, engine, info->attrs[VFARB_A_ENGINE_WANT_STATS]);
	unlock(accel);
	return msg ? reply_send(msg, head, info, filled) : -ENOMEM;
}

int vfarb_nl_vf_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	bool stats = info->attrs[VFARB_A_VF_WANT_STATS];
	struct vfarb_accel *accel;
	unsigned int seat = 0;
	struct sk_buff *msg;
	bool filled;
	void *head;
	int err;
	u32 fn;

	accel = lock_named(skb, info, VFARB_OBJECT_VF, &err);
	if (!accel)
		return err;
	fn = nla_get_u32(info->attrs[VFARB_A_VF_FN]);
	if (fn >= accel->info.fns || !accel->vf[fn]) {
		unlock(accel);
		return refuse_gone(skb, info, info->attrs[VFARB_A_VF_FN], "function");
	}
	if (stats)
		refresh(accel);
	msg = reply_new(info, VFARB_CMD_VF_GET,
			NLMSG_GOODSIZE + (stats ? 512 * accel->info.engines : 0), &head);
	filled = msg && fill_vf(msg, accel->vf[fn], stats, &seat) && seat == accel->info.engines;
	unlock(accel);
	return msg ? reply_send(msg, head, info, filled) : -ENOMEM;
}

static int refuse_dump(struct netlink_callback *cb, const struct nlattr *attr, int err,
		       const char *text)
{
	NL_SET_BAD_ATTR(cb->extack, attr);
	cb->extack->_msg = text;
	return err;
}

int vfarb_nl_engine_release_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vfarb_engine *engine;
	struct vfarb_accel *accel;
	int err;

	accel = lock_named(skb, info, VFARB_OBJECT_ENGINE, &err);
	if (!accel)
		return err;
	engine = vfarb_accel_engine(accel, nla_get_u32(info->attrs[VFARB_A_ENGINE_INDEX]));
	if (engine)
		vfarb_hang_release(engine, VFARB_FN_NONE);
	unlock(accel);
	return engine ? 0 : refuse_gone(skb, info, info->attrs[VFARB_A_ENGINE_INDEX], "engine");
}

int vfarb_nl_vf_release_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vfarb_accel *accel;
	unsigned int i;
	bool found;
	int err;
	u32 fn;

	accel = lock_named(skb, info, VFARB_OBJECT_VF, &err);
	if (!accel)
		return err;
	fn = nla_get_u32(info->attrs[VFARB_A_VF_FN]);
	found = fn < accel->info.fns && accel->vf[fn];
	for (i = 0; found && i < accel->info.engines; i++)
		vfarb_hang_release(&accel->engine[i], fn);
	unlock(accel);
	return found ? 0 : refuse_gone(skb, info, info->attrs[VFARB_A_VF_FN], "function");
}

/* Where a dump stands. */
struct place {
	unsigned long accel;
	unsigned long index;
	unsigned long seat;
};

/* Puts messages for one accelerator from @place on; 1 if all is put, 0 if @skb is full. */
typedef int dump_accel_fn(struct sk_buff *skb, struct netlink_callback *cb,
			  struct vfarb_accel *accel, struct place *place);

static void *dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				 NLM_F_MULTI, cmd);

	if (head)
		genl_dump_check_consistent(cb, head);
	return head;
}

/*
 * Goes through the accelerators, or the one that @only names. What comes or
 * goes meanwhile makes the dump an interrupted one, which its reader is told.
 */
static int dump(struct sk_buff *skb, struct netlink_callback *cb, const struct nlattr *only,
		dump_accel_fn *dump_accel)
{
	struct place *place = (struct place *)cb->args;
	int done = 1;

	BUILD_BUG_ON(sizeof(*place) > sizeof(cb->args));
	if (only && !place->accel)
		place->accel = nla_get_u32(only);
	/* Never 0, which says nothing. */
	cb->seq = (u32)vfarb_config_generation() | BIT(31);
	while (done == 1 && place->accel <= S32_MAX) {
		u32 id = place->accel;
		struct vfarb_accel *accel = vfarb_accel_get_next(&id);

		if (!accel || (only && id != nla_get_u32(only))) {
			if (accel)
				vfarb_accel_put(accel);
			/* Asked for by name, it is missed; unless it went while it was dumped. */
			if (only && !place->index && !skb->len && !place->seat)
				return refuse_dump(cb, only, -ENODEV,
						   "there is no such accelerator");
			break;
		}
		if (id != place->accel)
			*place = (struct place) { .accel = id };
		mutex_lock(&accel->lock);
		if (!accel->gone)
			done = dump_accel(skb, cb, accel, place);
		unlock(accel);
		if (done == 1)
			*place = (struct place) { .accel = only ? U32_MAX : id + 1ul };
	}
	/* A message that does not even fit alone would be tried for ever. */
	return !done && !skb->len ? -EMSGSIZE : skb->len;
}

static int dump_accel(struct sk_buff *skb, struct netlink_callback *cb, struct vfarb_accel *accel,
		      struct place *place)
{
	void *head = dump_put(skb, cb, VFARB_CMD_ACCEL_GET);

	if (!head)
		return 0;
	if (!fill_accel(skb, accel)) {
		genlmsg_cancel(skb, head);
		return 0;
	}
	genlmsg_end(skb, head);
	return 1;
}

int vfarb_nl_accel_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, NULL, dump_accel);
}

static int dump_engines(struct sk_buff *skb, struct netlink_callback *cb,
			struct vfarb_accel *accel, struct place *place)
{
	bool stats = vfarb_dump_attrs(cb)[VFARB_A_ENGINE_WANT_STATS];
	void *head;

	for (; place->index < accel->info.engines; place->index++) {
		head = dump_put(skb, cb, VFARB_CMD_ENGINE_GET);
		if (!head)
			return 0;
		if (!fill_engine(skb, &accel->engine[place->index], stats)) {
			genlmsg_cancel(skb, head);
			return 0;
		}
		genlmsg_end(skb, head);
	}
	return 1;
}

int vfarb_nl_engine_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **tb = vfarb_dump_attrs(cb);

	if (tb[VFARB_A_ENGINE_INDEX])
		return refuse_dump(cb, tb[VFARB_A_ENGINE_INDEX], -EINVAL,
				   "a dump is of all engines, or of one accelerator's");
	return dump(skb, cb, tb[VFARB_A_ENGINE_ACCEL], dump_engines);
}

static int dump_vfs(struct sk_buff *skb, struct netlink_callback *cb, struct vfarb_accel *accel,
		    struct place *place)
{
	bool stats = vfarb_dump_attrs(cb)[VFARB_A_VF_WANT_STATS];

	if (stats && !place->index && !place->seat)
		refresh(accel);
	while (place->index < accel->info.fns) {
		struct vfarb_vf *vf = accel->vf[place->index];
		unsigned int seat = place->seat;
		bool first = !skb->len;
		void *head;

		if (!vf) {
			place->index++;
			place->seat = 0;
			continue;
		}
		head = dump_put(skb, cb, VFARB_CMD_VF_GET);
		if (!head)
			return 0;
		if (!fill_vf(skb, vf, stats, &seat) ||
		    (seat < accel->info.engines && (!first || seat == place->seat))) {
			genlmsg_cancel(skb, head);
			return 0;
		}
		genlmsg_end(skb, head);
		place->seat = seat;
		if (seat < accel->info.engines)
			return 0;
		place->index++;
		place->seat = 0;
	}
	return 1;
}

int vfarb_nl_vf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **tb = vfarb_dump_attrs(cb);

	if (tb[VFARB_A_VF_FN])
		return refuse_dump(cb, tb[VFARB_A_VF_FN], -EINVAL,
				   "a dump is of all VFs, or of one accelerator's");
	return dump(skb, cb, tb[VFARB_A_VF_ACCEL], dump_vfs);
}

/* ---- notifications ---------------------------------------------------------------------- */

static bool fill_config(struct sk_buff *skb, enum vfarb_object object, struct vfarb_accel *accel,
			u32 index, bool gone)
{
	unsigned int seat = 0;

	switch (object) {
	case VFARB_OBJECT_ACCEL:
		if (gone)
			return !nla_put_u32(skb, VFARB_A_ACCEL_INDEX, accel->id);
		return fill_accel(skb, accel);
	case VFARB_OBJECT_ENGINE:
		return fill_engine(skb, &accel->engine[index], false);
	case VFARB_OBJECT_VF:
		if (gone)
			return !nla_put_u32(skb, VFARB_A_VF_ACCEL, accel->id) &&
			       !nla_put_u32(skb, VFARB_A_VF_FN, index);
		return fill_vf(skb, accel->vf[index], false, &seat);
	}
	return false;
}

static void multicast(struct sk_buff *msg, void *head, unsigned int group, bool filled)
{
	if (!filled) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, head);
	/* Who does not read loses it, and is told so by its socket. */
	genlmsg_multicast(&family, msg, 0, group, GFP_KERNEL);
}

static void tell_config(enum vfarb_object object, struct vfarb_accel *accel, u32 index, bool gone)
{
	static const u8 commands[][2] = {
		[VFARB_OBJECT_ACCEL] = { VFARB_CMD_ACCEL_NTF, VFARB_CMD_ACCEL_DEL_NTF },
		[VFARB_OBJECT_ENGINE] = { VFARB_CMD_ENGINE_NTF, VFARB_CMD_ENGINE_NTF },
		[VFARB_OBJECT_VF] = { VFARB_CMD_VF_NTF, VFARB_CMD_VF_DEL_NTF },
	};
	struct sk_buff *msg;
	void *head;

	if (!genl_has_listeners(&family, &init_net, VFARB_NLGRP_CONFIG))
		return;
	msg = genlmsg_new(2 * NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	head = genlmsg_put(msg, 0, 0, &family, 0, commands[object][gone]);
	multicast(msg, head, VFARB_NLGRP_CONFIG,
		  head && fill_config(msg, object, accel, index, gone));
}

static void tell_cycle(struct vfarb_engine *engine, const struct vfarb_cycle *cycle)
{
	struct sk_buff *msg;
	void *head;

	if (!genl_has_listeners(&family, &init_net, VFARB_NLGRP_CYCLES))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	head = genlmsg_put(msg, 0, 0, &family, 0, VFARB_CMD_CYCLE_NTF);
	multicast(msg, head, VFARB_NLGRP_CYCLES,
		  head && !nla_put_u32(msg, VFARB_A_ENGINE_ACCEL, engine->accel->id) &&
		  !nla_put_u32(msg, VFARB_A_ENGINE_INDEX, engine->index) &&
		  fill_cycle(msg, cycle));
}

static bool fill_event(struct sk_buff *skb, const struct vfarb_ev *event, u64 lost)
{
	return !nla_put_u64_64bit(skb, VFARB_A_EVENT_SEQ, event->seq, VFARB_A_EVENT_PAD) &&
	       !nla_put_u64_64bit(skb, VFARB_A_EVENT_LOST, lost, VFARB_A_EVENT_PAD) &&
	       !nla_put_u32(skb, VFARB_A_EVENT_ACCEL, event->accel) &&
	       !nla_put_u32(skb, VFARB_A_EVENT_ENGINE, event->engine) &&
	       (event->fn == VFARB_FN_NONE ||
		!nla_put_u32(skb, VFARB_A_EVENT_FN, event->fn)) &&
	       !nla_put_u32(skb, VFARB_A_EVENT_TYPE, event->type) &&
	       !nla_put_u32(skb, VFARB_A_EVENT_CODE, event->code) &&
	       !nla_put_u64_64bit(skb, VFARB_A_EVENT_TIME_NS, event->time_ns,
				  VFARB_A_EVENT_PAD) &&
	       !nla_put_u64_64bit(skb, VFARB_A_EVENT_X, event->x, VFARB_A_EVENT_PAD) &&
	       !nla_put_u64_64bit(skb, VFARB_A_EVENT_Y, event->y, VFARB_A_EVENT_PAD);
}

static void tell_event(const struct vfarb_ev *event, u64 lost)
{
	struct sk_buff *msg;
	void *head;

	if (!genl_has_listeners(&family, &init_net, VFARB_NLGRP_EVENTS))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!msg)
		return;
	head = genlmsg_put(msg, 0, 0, &family, 0, VFARB_CMD_EVENT_NTF);
	multicast(msg, head, VFARB_NLGRP_EVENTS, head && fill_event(msg, event, lost));
}

static const struct vfarb_listener listener = {
	.config = tell_config,
	.cycle = tell_cycle,
};

/**
 * vfarb_netlink_init - offer the family
 *
 * To be called before any accelerator can register.
 *
 * Return: 0 or a negative errno.
 */
int __init vfarb_netlink_init(void)
{
	int err = genl_register_family(&family);

	if (err)
		return err;
	vfarb_config_listen(&listener);
	vfarb_event_listen(tell_event);
	return 0;
}

/**
 * vfarb_netlink_exit - withdraw the family
 *
 * To be called when no accelerator is registered any more.
 */
void vfarb_netlink_exit(void)
{
	vfarb_event_listen(NULL);
	genl_unregister_family(&family);
}
