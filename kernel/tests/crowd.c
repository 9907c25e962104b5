// SPDX-License-Identifier: GPL-2.0
/* An accelerator with many functions and no work, to measure what configuration costs. */
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "../compat.h"
#include <vfarb.h>

static unsigned int functions = VFARB_ACCEL_FNS_MAX - 1;
module_param(functions, uint, 0444);
MODULE_PARM_DESC(functions, "Functions, the PF included");

static struct device *parent;
static struct vfarb_accel *accel;

static int crowd_grant(void *priv, unsigned int engine, unsigned int fn, u64 slice_ns, u32 cookie)
{
	return -EIO;
}

static u64 crowd_engine_time(void *priv, unsigned int engine)
{
	return ktime_get_ns();
}

static u64 crowd_run_time(void *priv, unsigned int engine, unsigned int fn)
{
	return 0;
}

static bool crowd_pending(void *priv, unsigned int engine, unsigned int fn)
{
	return false;
}

static const struct vfarb_accel_ops ops = {
	.grant = crowd_grant,
	.engine_time = crowd_engine_time,
	.run_time = crowd_run_time,
	.pending = crowd_pending,
};

static int __init crowd_init(void)
{
	struct vfarb_accel_info info = {
		.abi = VFARB_PROVIDER_ABI,
		.class = VFARB_CLASS_SLICE,
		.name = "crowd",
		.engines = 1,
		.fns = functions,
		.grant_in_irq = true,
		.memory_bytes = 16ull << 30,
		.counter_hz = NSEC_PER_SEC,
		.counter_bits = 64,
	};
	unsigned int fn;
	int err = 0;

	parent = root_device_register("vfarb-crowd");
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	accel = vfarb_accel_register(parent, THIS_MODULE, &info, &ops, NULL);
	if (IS_ERR(accel)) {
		err = PTR_ERR(accel);
		goto err_parent;
	}
	for (fn = 0; fn < functions && !err; fn++)
		err = vfarb_vf_register(accel, fn);
	if (!err)
		return 0;
	vfarb_accel_unregister(accel);
err_parent:
	root_device_unregister(parent);
	return err;
}

static void __exit crowd_exit(void)
{
	vfarb_accel_unregister(accel);
	root_device_unregister(parent);
}

module_init(crowd_init);
module_exit(crowd_exit);

MODULE_DESCRIPTION("An accelerator with many functions and no work");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
VFARB_IMPORT_NS;
