// SPDX-License-Identifier: GPL-2.0
/*
 * configfs: accelerators are made, shaped and given power in
 * /sys/kernel/config/vfarb_emu. See Documentation/software-accelerator.rst.
 */
#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "emu.h"

/**
 * struct emu_item - a folder
 * @item: what configfs knows
 * @lock: protects the rest; nothing of ours is held when it is taken
 * @params: its shape, fixed while it has power
 * @accel: while it has power
 */
struct emu_item {
	struct config_item item;
	struct mutex lock;
	struct emu_params params;
	struct emu_accel *accel;
};

static unsigned int accels;
module_param(accels, uint, 0444);
MODULE_PARM_DESC(accels, "accelerators of default shape to make at once (0..16)");

#define ACCELS_MAX	16

static struct emu_accel *made[ACCELS_MAX];

static struct emu_item *to_item(struct config_item *item)
{
	return container_of(item, struct emu_item, item);
}

/* Try @params in place of an item's own, refusing while it has power. */
static ssize_t set_params(struct emu_item *item, const struct emu_params *params, size_t count)
{
	int ret;

	lockdep_assert_held(&item->lock);
	if (item->accel)
		return -EBUSY;
	ret = emu_params_check(params);
	if (ret)
		return ret;
	item->params = *params;
	return count;
}

#define NUMBER(name, field, type)							\
static ssize_t emu_##name##_show(struct config_item *config, char *page)		\
{											\
	return sysfs_emit(page, "%llu\n", (u64)to_item(config)->params.field);		\
}											\
											\
static ssize_t emu_##name##_store(struct config_item *config, const char *page,		\
				  size_t count)						\
{											\
	struct emu_item *item = to_item(config);					\
	struct emu_params params;							\
	ssize_t ret;									\
	type value;									\
											\
	ret = kstrto##type(page, 0, &value);						\
	if (ret)									\
		return ret;								\
	mutex_lock(&item->lock);							\
	params = item->params;								\
	params.field = value;								\
	ret = set_params(item, &params, count);						\
	mutex_unlock(&item->lock);							\
	return ret;									\
}											\
CONFIGFS_ATTR(emu_, name)

NUMBER(vfs, vfs, u32);
NUMBER(engines, engines, u32);
NUMBER(clock_hz, clock_hz, u64);
NUMBER(counter_bits, counter_bits, u32);
NUMBER(switch_cost_ns, switch_cost_ns, u64);
NUMBER(preempt_cost_ns, preempt_cost_ns, u64);
NUMBER(extend, extend, u8);
NUMBER(vf_reset, vf_reset, u8);
NUMBER(overhead_ns, cost.overhead_ns, u32);
NUMBER(fill_ns_per_kib, cost.fill_ns_per_kib, u32);
NUMBER(copy_ns_per_kib, cost.copy_ns_per_kib, u32);
NUMBER(checksum_ns_per_kib, cost.checksum_ns_per_kib, u32);
NUMBER(matmul_ps_per_mac, cost.matmul_ps_per_mac, u32);

static ssize_t emu_preempt_granularity_ns_show(struct config_item *config, char *page)
{
	const struct emu_params *params = &to_item(config)->params;

	if (params->preempt == EMU_PREEMPT_NONE)
		return sysfs_emit(page, "none\n");
	if (params->preempt == EMU_PREEMPT_SUBMISSION)
		return sysfs_emit(page, "submission\n");
	return sysfs_emit(page, "%llu\n", params->granularity_ns);
}

static ssize_t emu_preempt_granularity_ns_store(struct config_item *config, const char *page,
						size_t count)
{
	struct emu_item *item = to_item(config);
	struct emu_params params;
	ssize_t ret = 0;

	mutex_lock(&item->lock);
	params = item->params;
	if (sysfs_streq(page, "none")) {
		params.preempt = EMU_PREEMPT_NONE;
	} else if (sysfs_streq(page, "submission")) {
		params.preempt = EMU_PREEMPT_SUBMISSION;
	} else {
		params.preempt = EMU_PREEMPT_MID;
		ret = kstrtou64(page, 0, &params.granularity_ns);
	}
	if (!ret)
		ret = set_params(item, &params, count);
	mutex_unlock(&item->lock);
	return ret;
}
CONFIGFS_ATTR(emu_, preempt_granularity_ns);

static const char * const kinds[] = {
	[VFARB_ENGINE_COMPUTE] = "compute",
	[VFARB_ENGINE_COPY] = "copy",
};

static ssize_t emu_kinds_show(struct config_item *config, char *page)
{
	const struct emu_params *params = &to_item(config)->params;
	ssize_t length = 0;
	unsigned int e;

	for (e = 0; e < params->engines; e++)
		length += sysfs_emit_at(page, length, "%s%s", e ? " " : "",
					kinds[params->kind[e]]);
	return length + sysfs_emit_at(page, length, "\n");
}

/* One word per engine; engines beyond keep theirs. */
static ssize_t emu_kinds_store(struct config_item *config, const char *page, size_t count)
{
	struct emu_item *item = to_item(config);
	struct emu_params params;
	char *text, *rest, *word;
	unsigned int e = 0;
	ssize_t ret = 0;
	int kind;

	text = kstrdup(page, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	mutex_lock(&item->lock);
	params = item->params;
	rest = strim(text);
	while (!ret && (word = strsep(&rest, " \t"))) {
		kind = match_string(kinds, ARRAY_SIZE(kinds), word);
		if (kind < 0 || e == VFARB_MAX_ENGINES)
			ret = -EINVAL;
		else
			params.kind[e++] = kind;
	}
	if (!ret)
		ret = set_params(item, &params, count);
	mutex_unlock(&item->lock);
	kfree(text);
	return ret;
}
CONFIGFS_ATTR(emu_, kinds);

static ssize_t emu_power_show(struct config_item *config, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_item(config)->accel) ? 1 : 0);
}

static ssize_t emu_power_store(struct config_item *config, const char *page, size_t count)
{
	struct emu_item *item = to_item(config);
	struct emu_accel *accel;
	ssize_t ret = count;
	bool power;

	if (kstrtobool(page, &power))
		return -EINVAL;
	mutex_lock(&item->lock);
	if (power == !!item->accel) {
		ret = power ? -EALREADY : count;
	} else if (power) {
		accel = emu_accel_create(config_item_name(config), &item->params);
		if (IS_ERR(accel))
			ret = PTR_ERR(accel);
		else
			WRITE_ONCE(item->accel, accel);
	} else {
		emu_accel_destroy(item->accel);
		WRITE_ONCE(item->accel, NULL);
	}
	mutex_unlock(&item->lock);
	return ret;
}
CONFIGFS_ATTR(emu_, power);

static ssize_t emu_domain_show(struct config_item *config, char *page)
{
	struct emu_item *item = to_item(config);
	ssize_t ret = -ENODEV;

	mutex_lock(&item->lock);
	if (item->accel)
		ret = sysfs_emit(page, "%x\n", item->accel->sysdata.domain);
	mutex_unlock(&item->lock);
	return ret;
}
CONFIGFS_ATTR_RO(emu_, domain);

static struct configfs_attribute *item_attrs[] = {
	&emu_attr_vfs,
	&emu_attr_engines,
	&emu_attr_kinds,
	&emu_attr_clock_hz,
	&emu_attr_counter_bits,
	&emu_attr_switch_cost_ns,
	&emu_attr_preempt_cost_ns,
	&emu_attr_preempt_granularity_ns,
	&emu_attr_extend,
	&emu_attr_vf_reset,
	&emu_attr_overhead_ns,
	&emu_attr_fill_ns_per_kib,
	&emu_attr_copy_ns_per_kib,
	&emu_attr_checksum_ns_per_kib,
	&emu_attr_matmul_ps_per_mac,
	&emu_attr_power,
	&emu_attr_domain,
	NULL
};

static void item_release(struct config_item *config)
{
	kfree(to_item(config));
}

static struct configfs_item_operations item_ops = {
	.release = item_release,
};

static const struct config_item_type item_type = {
	.ct_item_ops	= &item_ops,
	.ct_attrs	= item_attrs,
	.ct_owner	= THIS_MODULE,
};

static struct config_item *make_item(struct config_group *group, const char *name)
{
	struct emu_item *item;

	if (strlen(name) >= sizeof_field(struct emu_accel, name))
		return ERR_PTR(-ENAMETOOLONG);
	item = kzalloc(sizeof(*item), GFP_KERNEL);
	if (!item)
		return ERR_PTR(-ENOMEM);
	mutex_init(&item->lock);
	item->params = emu_default_params;
	config_item_init_type_name(&item->item, name, &item_type);
	return &item->item;
}

static void drop_item(struct config_group *group, struct config_item *config)
{
	struct emu_item *item = to_item(config);

	mutex_lock(&item->lock);
	if (item->accel)
		emu_accel_destroy(item->accel);
	item->accel = NULL;
	mutex_unlock(&item->lock);
	config_item_put(config);
}

static struct configfs_group_operations group_ops = {
	.make_item	= make_item,
	.drop_item	= drop_item,
};

static const struct config_item_type group_type = {
	.ct_group_ops	= &group_ops,
	.ct_owner	= THIS_MODULE,
};

static struct configfs_subsystem subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "vfarb_emu",
			.ci_type = &group_type,
		},
	},
	.su_mutex = __MUTEX_INITIALIZER(subsystem.su_mutex),
};

static void destroy_made(void)
{
	unsigned int i;

	for (i = 0; i < ACCELS_MAX && made[i]; i++)
		emu_accel_destroy(made[i]);
}

int emu_configfs_init(void)
{
	struct emu_accel *accel;
	char name[16];
	unsigned int i;
	int ret;

	if (accels > ACCELS_MAX)
		return -ERANGE;
	config_group_init(&subsystem.su_group);
	ret = configfs_register_subsystem(&subsystem);
	if (ret)
		return ret;
	for (i = 0; i < accels; i++) {
		snprintf(name, sizeof(name), "param%u", i);
		accel = emu_accel_create(name, &emu_default_params);
		if (IS_ERR(accel)) {
			destroy_made();
			configfs_unregister_subsystem(&subsystem);
			return PTR_ERR(accel);
		}
		made[i] = accel;
	}
	return 0;
}

void emu_configfs_exit(void)
{
	configfs_unregister_subsystem(&subsystem);
	destroy_made();
}
