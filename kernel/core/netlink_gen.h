/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfarb.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VFARB_GEN_H
#define _LINUX_VFARB_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vfarb.h>

/* Common nested types */
extern const struct nla_policy vfarb_accel_settings_nl_policy[VFARB_A_ACCEL_OVERCOMMIT + 1];
extern const struct nla_policy vfarb_engine_settings_nl_policy[VFARB_A_ENGINE_IRQS_ACTION + 1];
extern const struct nla_policy vfarb_vf_settings_nl_policy[VFARB_A_VF_CAP + 1];

extern const struct nla_policy vfarb_accel_get_nl_policy[VFARB_A_ACCEL_INDEX + 1];

extern const struct nla_policy vfarb_accel_set_nl_policy[VFARB_A_ACCEL_OVERCOMMIT + 1];

extern const struct nla_policy vfarb_engine_get_nl_policy[VFARB_A_ENGINE_WANT_STATS + 1];

extern const struct nla_policy vfarb_engine_set_nl_policy[VFARB_A_ENGINE_IRQS_ACTION + 1];

extern const struct nla_policy vfarb_vf_get_nl_policy[VFARB_A_VF_WANT_STATS + 1];

extern const struct nla_policy vfarb_vf_set_nl_policy[VFARB_A_VF_CAP + 1];

extern const struct nla_policy vfarb_config_get_nl_policy[VFARB_A_CONFIG_GENERATION + 1];

extern const struct nla_policy vfarb_config_set_nl_policy[VFARB_A_CONFIG_VF + 1];

extern const struct nla_policy vfarb_engine_release_nl_policy[VFARB_A_ENGINE_INDEX + 1];

extern const struct nla_policy vfarb_vf_release_nl_policy[VFARB_A_VF_FN + 1];

/* Ops table for vfarb */
extern const struct genl_ops vfarb_nl_ops[10];

int vfarb_nl_accel_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_accel_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vfarb_nl_accel_set_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_engine_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_engine_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int vfarb_nl_engine_set_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_vf_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_vf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vfarb_nl_vf_set_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_engine_release_doit(struct sk_buff *skb, struct genl_info *info);
int vfarb_nl_vf_release_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	VFARB_NLGRP_CONFIG,
	VFARB_NLGRP_EVENTS,
	VFARB_NLGRP_CYCLES,
};

#endif /* _LINUX_VFARB_GEN_H */
