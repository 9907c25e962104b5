// SPDX-License-Identifier: GPL-2.0
/* The software accelerator: its parts and their lifetime. */
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "emu.h"

const struct emu_params emu_default_params = {
	.vfs = 8,
	.engines = 1,
	.clock_hz = NSEC_PER_SEC,
	.counter_bits = 64,
	.switch_cost_ns = 20000,
	.preempt_cost_ns = 10000,
	.granularity_ns = 1000,
	.preempt = EMU_PREEMPT_MID,
	.extend = true,
	.vf_reset = true,
	.kind = { VFARB_ENGINE_COMPUTE, VFARB_ENGINE_COPY, VFARB_ENGINE_COMPUTE,
		  VFARB_ENGINE_COPY },
	.cost = {
		.overhead_ns = 500,
		.fill_ns_per_kib = 50,
		.copy_ns_per_kib = 100,
		.checksum_ns_per_kib = 100,
		.matmul_ps_per_mac = 100,
	},
};
VFARB_EXPORT_FOR_TESTS(emu_default_params);

static void *bar_memory(const struct emu_accel *accel, enum emu_bar_id id)
{
	return page_address(accel->bar[id].pages);
}

/*
 * Memory that drivers can map as device memory: reserved, so that ioremap()
 * does not take it for ordinary memory in use.
 */
static int add_bar(struct emu_accel *accel, enum emu_bar_id id, size_t size)
{
	struct emu_bar *bar = &accel->bar[id];
	unsigned int i;

	bar->order = get_order(size);
	bar->pages = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, bar->order);
	if (!bar->pages)
		return -ENOMEM;
	for (i = 0; i < 1u << bar->order; i++)
		SetPageReserved(bar->pages + i);
	bar->window.name = accel->name;
	bar->window.start = page_to_phys(bar->pages);
	bar->window.end = bar->window.start + size - 1;
	/*
	 * PCI merges windows that adjoin in the list and in memory if their flags
	 * are equal, and cannot where they are in no resource tree.
	 */
	bar->window.flags = IORESOURCE_MEM | (id % 2 ? IORESOURCE_MEM_64 : 0);
	return 0;
}

static void free_bars(struct emu_accel *accel)
{
	struct emu_bar *bar;
	unsigned int id, i;

	for (id = 0; id < EMU_BARS; id++) {
		bar = &accel->bar[id];
		if (!bar->pages)
			continue;
		for (i = 0; i < 1u << bar->order; i++)
			ClearPageReserved(bar->pages + i);
		__free_pages(bar->pages, bar->order);
	}
}

static int add_bars(struct emu_accel *accel)
{
	unsigned int vfs = accel->params.vfs;
	int ret;

	ret = add_bar(accel, EMU_BAR_REGS, VFARB_PF_BAR_REGS_SIZE);
	if (!ret)
		ret = add_bar(accel, EMU_BAR_PF_TENANT, VFARB_TENANT_PAGE_SIZE);
	if (!ret)
		ret = add_bar(accel, EMU_BAR_PF_MSIX, VFARB_BAR_MSIX_SIZE);
	if (!ret && vfs)
		ret = add_bar(accel, EMU_BAR_VF_TENANT, vfs * VFARB_TENANT_PAGE_SIZE);
	if (!ret && vfs)
		ret = add_bar(accel, EMU_BAR_VF_MSIX, vfs * VFARB_BAR_MSIX_SIZE);
	return ret;
}

static int add_fn(struct emu_accel *accel, unsigned int nr)
{
	struct emu_fn *fn;
	unsigned int e;

	fn = kvzalloc(struct_size(fn, context, accel->params.engines), GFP_KERNEL);
	if (!fn)
		return -ENOMEM;
	accel->fn[nr] = fn;
	fn->accel = accel;
	fn->nr = nr;
	raw_spin_lock_init(&fn->msix_lock);
	if (nr) {
		fn->tenant = bar_memory(accel, EMU_BAR_VF_TENANT) +
			     (nr - 1) * VFARB_TENANT_PAGE_SIZE;
		fn->msix = bar_memory(accel, EMU_BAR_VF_MSIX) + (nr - 1) * VFARB_BAR_MSIX_SIZE;
	} else {
		fn->tenant = bar_memory(accel, EMU_BAR_PF_TENANT);
		fn->msix = bar_memory(accel, EMU_BAR_PF_MSIX);
		fn->present = true;
	}
	for (e = 0; e < accel->params.engines; e++) {
		fn->context[e].fn = fn;
		fn->context[e].engine = &accel->engine[e];
	}
	emu_config_reset(fn);
	emu_msix_reset(fn);
	emu_tenant_init(fn);
	return 0;
}

static void set_u32(struct emu_accel *accel, unsigned int offset, u32 value)
{
	WRITE_ONCE(*(u32 *)(accel->regs + offset), value);
}

static void set_u64(struct emu_accel *accel, unsigned int offset, u64 value)
{
	WRITE_ONCE(*(u64 *)(accel->regs + offset), value);
}

/* The registers as after power-on. */
void emu_registers_init(struct emu_accel *accel)
{
	const struct emu_params *params = &accel->params;
	u64 preempt_ns = 0;
	u32 caps = 0;
	unsigned int e, base;

	if (params->preempt == EMU_PREEMPT_MID) {
		caps |= VFARB_CAPS_PREEMPT;
		preempt_ns = params->granularity_ns + params->preempt_cost_ns;
	}
	if (params->preempt != EMU_PREEMPT_NONE)
		caps |= VFARB_CAPS_PREEMPT_SUBMISSION;
	if (params->extend)
		caps |= VFARB_CAPS_EXTEND;
	if (params->vf_reset)
		caps |= VFARB_CAPS_VF_RESET;
	memset(accel->regs, 0, VFARB_PF_BAR_REGS_SIZE);
	set_u32(accel, VFARB_REG_MAGIC, VFARB_MAGIC);
	set_u32(accel, VFARB_REG_VERSION, VFARB_VERSION);
	set_u32(accel, VFARB_REG_CAPS, caps);
	set_u32(accel, VFARB_REG_ENGINES, params->engines);
	set_u32(accel, VFARB_REG_VFS, params->vfs);
	set_u32(accel, VFARB_REG_COUNTER_BITS, params->counter_bits);
	set_u64(accel, VFARB_REG_CLOCK_HZ, params->clock_hz);
	for (e = 0; e < params->engines; e++) {
		base = VFARB_REG_ENGINE(e);
		set_u32(accel, base + VFARB_ENGINE_KIND, params->kind[e]);
		set_u64(accel, base + VFARB_ENGINE_SWITCH_COST,
			emu_ticks(accel, params->switch_cost_ns));
		set_u64(accel, base + VFARB_ENGINE_PREEMPT_COST, emu_ticks(accel, preempt_ns));
	}
}

/* Return: 0, or -ERANGE if a number is out of range, or -EINVAL if two do not go together. */
int emu_params_check(const struct emu_params *params)
{
	if (params->vfs > VFARB_MAX_VFS || !params->engines ||
	    params->engines > VFARB_MAX_ENGINES || params->clock_hz < 1000000 ||
	    params->clock_hz > 10 * NSEC_PER_SEC || params->counter_bits < 32 ||
	    params->counter_bits > 64 || params->switch_cost_ns > NSEC_PER_SEC ||
	    params->preempt_cost_ns > NSEC_PER_SEC || params->granularity_ns > NSEC_PER_SEC ||
	    params->extend > 1 || params->vf_reset > 1)
		return -ERANGE;
	if (params->cost.overhead_ns < 100 || params->cost.overhead_ns > NSEC_PER_SEC ||
	    params->cost.fill_ns_per_kib > NSEC_PER_SEC ||
	    params->cost.copy_ns_per_kib > NSEC_PER_SEC ||
	    params->cost.checksum_ns_per_kib > NSEC_PER_SEC ||
	    params->cost.matmul_ps_per_mac > 100000000)
		return -ERANGE;
	return 0;
}

static void removal_work(struct work_struct *work)
{
	emu_bus_unplug(container_of(work, struct emu_accel, removal));
}

static void removal_irq(struct irq_work *work)
{
	schedule_work(&container_of(work, struct emu_accel, removal_irq)->removal);
}

/* Surprise removal. In any context, with any of our locks held. */
void emu_accel_vanish(struct emu_accel *accel)
{
	unsigned int nr;

	if (xchg(&accel->gone, true))
		return;
	memset(accel->regs, 0xff, VFARB_PF_BAR_REGS_SIZE);
	for (nr = 0; nr < emu_functions(accel); nr++)
		memset(accel->fn[nr]->tenant, 0xff, VFARB_TENANT_PAGE_SIZE);
	irq_work_queue(&accel->removal_irq);
}

static void free_accel(struct emu_accel *accel)
{
	unsigned int i;

	for (i = 0; i < accel->params.engines; i++)
		emu_engine_stop(&accel->engine[i]);
	for (i = 0; i < emu_functions(accel); i++)
		kvfree(accel->fn[i]);
	free_bars(accel);
	kfree(accel);
}

/**
 * emu_accel_create - give power to an accelerator
 * @name: in messages and debugfs
 * @params: its shape
 *
 * Return: the accelerator, with its drivers bound if there are any, or an
 * ERR_PTR().
 */
struct emu_accel *emu_accel_create(const char *name, const struct emu_params *params)
{
	struct emu_accel *accel;
	unsigned int i;
	int ret;

	ret = emu_params_check(params);
	if (ret)
		return ERR_PTR(ret);
	accel = kzalloc(sizeof(*accel), GFP_KERNEL);
	if (!accel)
		return ERR_PTR(-ENOMEM);
	accel->params = *params;
	strscpy(accel->name, name, sizeof(accel->name));
	accel->epoch_ns = ktime_get_ns();
	raw_spin_lock_init(&accel->config_lock);
	raw_spin_lock_init(&accel->admin_lock);
	INIT_WORK(&accel->removal, removal_work);
	accel->removal_irq = IRQ_WORK_INIT_HARD(removal_irq);
	emu_fault_init(accel);
	for (i = 0; i < params->engines; i++)
		emu_engine_init(accel, &accel->engine[i]);

	ret = add_bars(accel);
	if (ret)
		goto err;
	accel->regs = bar_memory(accel, EMU_BAR_REGS);
	emu_registers_init(accel);
	for (i = 0; i < emu_functions(accel); i++) {
		ret = add_fn(accel, i);
		if (ret)
			goto err;
	}
	for (i = 0; i < params->engines; i++) {
		ret = emu_engine_start(&accel->engine[i]);
		if (ret)
			goto err;
	}
	ret = emu_bus_add(accel);
	if (ret)
		goto err;
	emu_log_debugfs(accel);
	emu_fault_debugfs(accel);
	return accel;

err:
	free_accel(accel);
	return ERR_PTR(ret);
}
VFARB_EXPORT_FOR_TESTS(emu_accel_create);

/* Take the power away, after its drivers were unbound. */
void emu_accel_destroy(struct emu_accel *accel)
{
	emu_log_debugfs_remove(accel);
	emu_fault_stop(accel);
	irq_work_sync(&accel->removal_irq);
	cancel_work_sync(&accel->removal);
	emu_bus_remove(accel);
	free_accel(accel);
}
VFARB_EXPORT_FOR_TESTS(emu_accel_destroy);
