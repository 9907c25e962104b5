// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfarb.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/vfarb.h>

/* Common nested types */
const struct nla_policy vfarb_accel_settings_nl_policy[VFARB_A_ACCEL_OVERCOMMIT + 1] = {
	[VFARB_A_ACCEL_INDEX] = { .type = NLA_U32, },
	[VFARB_A_ACCEL_OVERCOMMIT] = NLA_POLICY_MAX(NLA_U8, 1),
};

const struct nla_policy vfarb_engine_settings_nl_policy[VFARB_A_ENGINE_IRQS_ACTION + 1] = {
	[VFARB_A_ENGINE_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_INDEX] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_POLICY] = NLA_POLICY_MAX(NLA_U32, 6),
	[VFARB_A_ENGINE_ORDER] = NLA_POLICY_MAX(NLA_U32, 1),
	[VFARB_A_ENGINE_CYCLE_NS] = { .type = NLA_U64, },
	[VFARB_A_ENGINE_AFFINITY] = { .type = NLA_NUL_STRING, },
	[VFARB_A_ENGINE_BUDGET_NS] = { .type = NLA_U64, },
	[VFARB_A_ENGINE_FAULTS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_FAULTS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_ENGINE_RESETS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_RESETS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_ENGINE_DOORBELLS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_DOORBELLS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_ENGINE_IRQS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_IRQS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
};

const struct nla_policy vfarb_vf_settings_nl_policy[VFARB_A_VF_CAP + 1] = {
	[VFARB_A_VF_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_VF_FN] = { .type = NLA_U32, },
	[VFARB_A_VF_LABEL] = { .type = NLA_NUL_STRING, .len = VFARB_LABEL_MAX, },
	[VFARB_A_VF_VOLUME] = { .type = NLA_U32, },
	[VFARB_A_VF_MEMORY_MIB] = { .type = NLA_U64, },
	[VFARB_A_VF_PRIORITY] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_VF_SLICE_NS] = { .type = NLA_U64, },
	[VFARB_A_VF_RUN] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFARB_A_VF_CAP] = { .type = NLA_U32, },
};

/* VFARB_CMD_ACCEL_GET - do */
const struct nla_policy vfarb_accel_get_nl_policy[VFARB_A_ACCEL_INDEX + 1] = {
	[VFARB_A_ACCEL_INDEX] = { .type = NLA_U32, },
};

/* VFARB_CMD_ACCEL_SET - do */
const struct nla_policy vfarb_accel_set_nl_policy[VFARB_A_ACCEL_OVERCOMMIT + 1] = {
	[VFARB_A_ACCEL_INDEX] = { .type = NLA_U32, },
	[VFARB_A_ACCEL_OVERCOMMIT] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* VFARB_CMD_ENGINE_GET - do */
const struct nla_policy vfarb_engine_get_nl_policy[VFARB_A_ENGINE_WANT_STATS + 1] = {
	[VFARB_A_ENGINE_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_INDEX] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_WANT_STATS] = { .type = NLA_FLAG, },
};

/* VFARB_CMD_ENGINE_SET - do */
const struct nla_policy vfarb_engine_set_nl_policy[VFARB_A_ENGINE_IRQS_ACTION + 1] = {
	[VFARB_A_ENGINE_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_INDEX] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_POLICY] = NLA_POLICY_MAX(NLA_U32, 6),
	[VFARB_A_ENGINE_ORDER] = NLA_POLICY_MAX(NLA_U32, 1),
	[VFARB_A_ENGINE_CYCLE_NS] = { .type = NLA_U64, },
	[VFARB_A_ENGINE_AFFINITY] = { .type = NLA_NUL_STRING, },
	[VFARB_A_ENGINE_BUDGET_NS] = { .type = NLA_U64, },
	[VFARB_A_ENGINE_FAULTS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_FAULTS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_ENGINE_RESETS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_RESETS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_ENGINE_DOORBELLS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_DOORBELLS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_ENGINE_IRQS_MOST] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_IRQS_ACTION] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* VFARB_CMD_VF_GET - do */
const struct nla_policy vfarb_vf_get_nl_policy[VFARB_A_VF_WANT_STATS + 1] = {
	[VFARB_A_VF_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_VF_FN] = { .type = NLA_U32, },
	[VFARB_A_VF_WANT_STATS] = { .type = NLA_FLAG, },
};

/* VFARB_CMD_VF_SET - do */
const struct nla_policy vfarb_vf_set_nl_policy[VFARB_A_VF_CAP + 1] = {
	[VFARB_A_VF_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_VF_FN] = { .type = NLA_U32, },
	[VFARB_A_VF_LABEL] = { .type = NLA_NUL_STRING, .len = VFARB_LABEL_MAX, },
	[VFARB_A_VF_VOLUME] = { .type = NLA_U32, },
	[VFARB_A_VF_MEMORY_MIB] = { .type = NLA_U64, },
	[VFARB_A_VF_PRIORITY] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFARB_A_VF_SLICE_NS] = { .type = NLA_U64, },
	[VFARB_A_VF_RUN] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFARB_A_VF_CAP] = { .type = NLA_U32, },
};

/* VFARB_CMD_CONFIG_GET - do */
const struct nla_policy vfarb_config_get_nl_policy[VFARB_A_CONFIG_GENERATION + 1] = {
	[VFARB_A_CONFIG_GENERATION] = { .type = NLA_U64, },
};

/* VFARB_CMD_CONFIG_SET - do */
const struct nla_policy vfarb_config_set_nl_policy[VFARB_A_CONFIG_VF + 1] = {
	[VFARB_A_CONFIG_GENERATION] = { .type = NLA_U64, },
	[VFARB_A_CONFIG_VALIDATE_ONLY] = { .type = NLA_FLAG, },
	[VFARB_A_CONFIG_ACCEL] = NLA_POLICY_NESTED(vfarb_accel_settings_nl_policy),
	[VFARB_A_CONFIG_ENGINE] = NLA_POLICY_NESTED(vfarb_engine_settings_nl_policy),
	[VFARB_A_CONFIG_VF] = NLA_POLICY_NESTED(vfarb_vf_settings_nl_policy),
};

/* VFARB_CMD_ENGINE_RELEASE - do */
const struct nla_policy vfarb_engine_release_nl_policy[VFARB_A_ENGINE_INDEX + 1] = {
	[VFARB_A_ENGINE_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_ENGINE_INDEX] = { .type = NLA_U32, },
};

/* VFARB_CMD_VF_RELEASE - do */
const struct nla_policy vfarb_vf_release_nl_policy[VFARB_A_VF_FN + 1] = {
	[VFARB_A_VF_ACCEL] = { .type = NLA_U32, },
	[VFARB_A_VF_FN] = { .type = NLA_U32, },
};

/* Ops table for vfarb */
const struct genl_ops vfarb_nl_ops[10] = {
	{
		.cmd		= VFARB_CMD_ACCEL_GET,
		.doit		= vfarb_nl_accel_get_doit,
		.dumpit		= vfarb_nl_accel_get_dumpit,
		.policy		= vfarb_accel_get_nl_policy,
		.maxattr	= VFARB_A_ACCEL_INDEX,
	},
	{
		.cmd		= VFARB_CMD_ACCEL_SET,
		.doit		= vfarb_nl_accel_set_doit,
		.policy		= vfarb_accel_set_nl_policy,
		.maxattr	= VFARB_A_ACCEL_OVERCOMMIT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFARB_CMD_ENGINE_GET,
		.doit		= vfarb_nl_engine_get_doit,
		.dumpit		= vfarb_nl_engine_get_dumpit,
		.policy		= vfarb_engine_get_nl_policy,
		.maxattr	= VFARB_A_ENGINE_WANT_STATS,
	},
	{
		.cmd		= VFARB_CMD_ENGINE_SET,
		.doit		= vfarb_nl_engine_set_doit,
		.policy		= vfarb_engine_set_nl_policy,
		.maxattr	= VFARB_A_ENGINE_IRQS_ACTION,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFARB_CMD_VF_GET,
		.doit		= vfarb_nl_vf_get_doit,
		.dumpit		= vfarb_nl_vf_get_dumpit,
		.policy		= vfarb_vf_get_nl_policy,
		.maxattr	= VFARB_A_VF_WANT_STATS,
	},
	{
		.cmd		= VFARB_CMD_VF_SET,
		.doit		= vfarb_nl_vf_set_doit,
		.policy		= vfarb_vf_set_nl_policy,
		.maxattr	= VFARB_A_VF_CAP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFARB_CMD_CONFIG_GET,
		.doit		= vfarb_nl_config_get_doit,
		.policy		= vfarb_config_get_nl_policy,
		.maxattr	= VFARB_A_CONFIG_GENERATION,
	},
	{
		.cmd		= VFARB_CMD_CONFIG_SET,
		.doit		= vfarb_nl_config_set_doit,
		.policy		= vfarb_config_set_nl_policy,
		.maxattr	= VFARB_A_CONFIG_VF,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFARB_CMD_ENGINE_RELEASE,
		.doit		= vfarb_nl_engine_release_doit,
		.policy		= vfarb_engine_release_nl_policy,
		.maxattr	= VFARB_A_ENGINE_INDEX,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFARB_CMD_VF_RELEASE,
		.doit		= vfarb_nl_vf_release_doit,
		.policy		= vfarb_vf_release_nl_policy,
		.maxattr	= VFARB_A_VF_FN,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group vfarb_nl_mcgrps[] = {
	[VFARB_NLGRP_CONFIG] = { "config", },
	[VFARB_NLGRP_EVENTS] = { "events", },
	[VFARB_NLGRP_CYCLES] = { "cycles", },
};
