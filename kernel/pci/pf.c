// SPDX-License-Identifier: GPL-2.0
/* The driver of physical functions: one accelerator each. */
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "pf.h"
#include "tenant.h"
#include "vfarb.h"

/* The longest that looking for what no interrupt told may take. */
#define VFARB_AUDIT_JIFFIES	max(HZ / 10, 1)

#define VFARB_FUNCTION_STOP_US	(USEC_PER_SEC / 2)

/* The register interface says nothing of device memory: buffers are the host's. */
static unsigned int memory_mib = 4096;
module_param(memory_mib, uint, 0444);
MODULE_PARM_DESC(memory_mib, "Memory that an accelerator's functions share for their buffers, MiB");

static struct dentry *vfarb_pf_debugfs;

/*
 * Tenants.
 */

/* A function's reset has ended. Called in any context. */
void vfarb_pf_function_reset_done(struct vfarb_pf *pf, unsigned int fn)
{
	struct vfarb_tenant *tenant;
	unsigned long flags;

	raw_spin_lock_irqsave(&pf->tenant_lock, flags);
	tenant = pf->tenant[fn];
	if (tenant)
		mod_delayed_work(system_wq, &tenant->recover, 0);
	raw_spin_unlock_irqrestore(&pf->tenant_lock, flags);
}

/*
 * Make sure that the device neither works for a function nor touches its
 * memory any more.
 */
void vfarb_pf_function_stop(struct vfarb_pf *pf, unsigned int fn)
{
	struct vfarb_regs *regs = &pf->regs;
	u32 status;

	mutex_lock(&pf->lock);
	if (!pf->resetting && !vfarb_regs_gone(regs)) {
		vfarb_write32_notify(regs, VFARB_REG_FN(fn) + VFARB_FN_CONTROL,
				     pf->control[fn] | VFARB_FN_RESET);
		if (read_poll_timeout(vfarb_read32_live, status,
				      !(status & VFARB_FN_STATUS_RESETTING) || !~status,
				      50, VFARB_FUNCTION_STOP_US, false, regs,
				      VFARB_REG_FN(fn) + VFARB_FN_STATUS))
			pci_warn(pf->pdev, "function %u does not end its reset\n", fn);
	}
	mutex_unlock(&pf->lock);
}

static void vfarb_pf_hold_tenants(struct vfarb_pf *pf)
{
	unsigned int fn;

	for (fn = 0; fn < pf->fns; fn++) {
		struct vfarb_tenant *tenant = pf->tenant[fn];

		if (!tenant)
			continue;
		vfarb_tenant_hold(tenant);
		/* The reset of a PF takes its VFs' configuration with it. */
		if (fn)
			pci_save_state(tenant->pdev);
	}
}

static void vfarb_pf_release_tenants(struct vfarb_pf *pf)
{
	unsigned int fn;

	for (fn = 0; fn < pf->fns; fn++) {
		struct vfarb_tenant *tenant = pf->tenant[fn];

		if (!tenant)
			continue;
		if (fn)
			pci_restore_state(tenant->pdev);
		vfarb_tenant_release(tenant);
	}
}

/*
 * Interrupts.
 */

/* Read what the events that are missing would have told. Lost ones may have been any engine's. */
static void vfarb_pf_resync(struct vfarb_pf *pf, unsigned int q)
{
	unsigned int e;

	for (e = 0; e < pf->engines; e++)
		if (!q || q - 1 == e)
			vfarb_pf_engine_resync(&pf->engine[e]);
}

static irqreturn_t vfarb_pf_consume(void *data)
{
	struct vfarb_queue *queue = data;
	struct vfarb_pf *pf = container_of(queue->regs, struct vfarb_pf, regs);
	unsigned int q = queue - pf->queue;
	struct vfarb_queue_result result = vfarb_queue_consume(queue, false);

	if (unlikely(result.missed))
		vfarb_pf_resync(pf, q);
	/* The PF's own completions come by its engines' vectors; they wake people, so not here. */
	if (q && pf->own && vfarb_ring_ready(&pf->own->ring[q - 1]))
		return IRQ_WAKE_THREAD;
	return result.events ? IRQ_HANDLED : IRQ_NONE;
}

static irqreturn_t vfarb_pf_thread(int irq, void *dev_id)
{
	struct vfarb_vector *vector = dev_id;
	struct vfarb_queue *queue = vector->data;
	struct vfarb_pf *pf = container_of(queue->regs, struct vfarb_pf, regs);

	return vfarb_ring_consume(&pf->own->ring[queue - pf->queue - 1]);
}

/* Completions of which a lost interrupt should have told. Called with pf->lock held. */
static void vfarb_pf_audit_tenants(struct vfarb_pf *pf)
{
	unsigned int fn, e;

	for (fn = 0; fn < pf->fns; fn++)
		for (e = 0; pf->tenant[fn] && e < pf->engines; e++)
			if (vfarb_ring_ready(&pf->tenant[fn]->ring[e]))
				vfarb_ring_consume(&pf->tenant[fn]->ring[e]);
}

/*
 * Interrupts get lost and counters wrap: look at everything from time to time.
 * What the interrupt would have done is done here, late.
 */
static void vfarb_pf_audit(struct work_struct *work)
{
	struct vfarb_pf *pf = container_of(to_delayed_work(work), struct vfarb_pf, audit);
	unsigned int q;

	mutex_lock(&pf->lock);
	if (pf->resetting || vfarb_regs_gone(&pf->regs))
		goto out;
	for (q = 0; q < VFARB_EVQS(pf->engines); q++) {
		if (vfarb_queue_consume(&pf->queue[q], true).missed)
			vfarb_pf_resync(pf, q);
		if (q)
			vfarb_pf_engine_refresh(&pf->engine[q - 1]);
	}
	vfarb_pf_audit_tenants(pf);
out:
	mutex_unlock(&pf->lock);
	schedule_delayed_work(&pf->audit, pf->audit_jiffies);
}

static void vfarb_pf_free_vectors(struct vfarb_pf *pf)
{
	unsigned int q;

	for (q = 0; q < VFARB_EVQS(pf->engines); q++)
		vfarb_vector_free(&pf->vector[q]);
	pci_free_irq_vectors(pf->pdev);
}

static int vfarb_pf_request_vectors(struct vfarb_pf *pf)
{
	unsigned int n = VFARB_EVQS(pf->engines), q;
	int err;

	err = pci_alloc_irq_vectors(pf->pdev, n, n, PCI_IRQ_MSIX);
	if (err < 0)
		return err;
	for (q = 0; q < n; q++) {
		struct vfarb_vector *vector = &pf->vector[q];

		snprintf(vector->name, sizeof(vector->name), "vfarb-accel%u-%s",
			 vfarb_accel_id(pf->accel), q ? pf->engine[q - 1].name : "admin");
		/* Never in a thread: the next slice is granted in this interrupt. */
		err = vfarb_vector_request(vector, pf->pdev, q, vfarb_pf_consume,
					   q ? vfarb_pf_thread : NULL, IRQF_NO_THREAD,
					   &pf->queue[q]);
		if (err) {
			vfarb_pf_free_vectors(pf);
			return err;
		}
	}
	return 0;
}

/*
 * Counters, for whoever wonders.
 */

static int vfarb_pf_counters_show(struct seq_file *m, void *unused)
{
	u64 events = 0, malformed = 0, holes = 0, lost = 0;
	unsigned int q, storms = 0, spurious = 0;
	struct vfarb_pf *pf = m->private;

	for (q = 0; q < VFARB_EVQS(pf->engines); q++) {
		const struct vfarb_queue *queue = &pf->queue[q];

		events += READ_ONCE(queue->events);
		malformed += READ_ONCE(queue->malformed);
		holes += READ_ONCE(queue->holes);
		lost += READ_ONCE(queue->lost);
		storms += atomic_read(&pf->vector[q].storms);
		spurious += atomic_read(&pf->vector[q].spurious_total);
	}
	seq_printf(m, "events %llu\n", events);
	seq_printf(m, "malformed %llu\n", malformed);
	seq_printf(m, "holes %llu\n", holes);
	seq_printf(m, "lost %llu\n", lost);
	seq_printf(m, "stray %u\n", atomic_read(&pf->stray));
	seq_printf(m, "spurious %u\n", spurious);
	seq_printf(m, "storms %u\n", storms);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vfarb_pf_counters);

/*
 * Coming and going.
 */

static void vfarb_pf_enable(struct vfarb_pf *pf)
{
	unsigned int i;

	for (i = 0; i < VFARB_EVQS(pf->engines); i++)
		vfarb_queue_enable(&pf->queue[i]);
	for (i = 0; i < pf->fns; i++)
		if (pf->control[i])
			vfarb_write32_notify(&pf->regs, VFARB_REG_FN(i) + VFARB_FN_CONTROL,
					     pf->control[i]);
	vfarb_write32_notify(&pf->regs, VFARB_REG_CONTROL, VFARB_CONTROL_ENABLE);
}

static void vfarb_pf_disable(struct vfarb_pf *pf)
{
	unsigned int q;

	vfarb_write32_notify(&pf->regs, VFARB_REG_CONTROL, 0);
	for (q = 0; q < VFARB_EVQS(pf->engines); q++)
		vfarb_queue_disable(&pf->queue[q]);
}

/* A function comes to the ledger, and may run. */
static int vfarb_pf_register_function(struct vfarb_pf *pf, unsigned int fn)
{
	int err;

	err = vfarb_vf_register(pf->accel, fn);
	if (!err)
		vfarb_pf_engine_ops.vf_enable(pf, fn, true);
	return err;
}

static void vfarb_pf_unregister_function(struct vfarb_pf *pf, unsigned int fn)
{
	vfarb_pf_engine_ops.vf_enable(pf, fn, false);
	vfarb_vf_unregister(pf->accel, fn);
}

static void vfarb_pf_disable_vfs(struct vfarb_pf *pf)
{
	pci_disable_sriov(pf->pdev);
	for (; pf->registered; pf->registered--)
		vfarb_pf_unregister_function(pf, pf->registered);
}

static int vfarb_pf_sriov_configure(struct pci_dev *pdev, int vfs)
{
	struct vfarb_pf *pf = pci_get_drvdata(pdev);
	int err = 0;

	if (!vfs) {
		if (pci_vfs_assigned(pdev)) {
			pci_err(pdev, "a virtual machine uses a VF; stop it first\n");
			return -EBUSY;
		}
		vfarb_pf_disable_vfs(pf);
		return 0;
	}
	if (vfs >= pf->fns)
		return -ERANGE;
	while (!err && pf->registered < vfs) {
		err = vfarb_pf_register_function(pf, pf->registered + 1);
		pf->registered += !err;
	}
	if (!err)
		err = pci_enable_sriov(pdev, vfs);
	if (err) {
		vfarb_pf_disable_vfs(pf);
		return err;
	}
	return vfs;
}

static int vfarb_pf_identify(struct vfarb_pf *pf)
{
	struct vfarb_regs *regs = &pf->regs;
	u32 magic = vfarb_read32(regs, VFARB_REG_MAGIC);
	u32 version = vfarb_read32(regs, VFARB_REG_VERSION);
	u32 vfs = vfarb_read32(regs, VFARB_REG_VFS);
	u64 wrap;

	pf->caps = vfarb_read32(regs, VFARB_REG_CAPS);
	pf->engines = vfarb_read32(regs, VFARB_REG_ENGINES);
	pf->counter_bits = vfarb_read32(regs, VFARB_REG_COUNTER_BITS);
	pf->hz = vfarb_read64(regs, VFARB_REG_CLOCK_HZ);
	if (magic != VFARB_MAGIC || version >> 16 != VFARB_VERSION >> 16) {
		pci_err(pf->pdev, "magic %#x, version %#x: this driver is for %#x, %#x\n", magic,
			version, VFARB_MAGIC, VFARB_VERSION);
		return -ENODEV;
	}
	if (!pf->engines || pf->engines > VFARB_MAX_ENGINES || vfs > VFARB_MAX_VFS || !pf->hz ||
	    pf->counter_bits < 32 || pf->counter_bits > 64) {
		pci_err(pf->pdev, "%u engines, %u VFs, %llu Hz, %u counter bits: out of range\n",
			pf->engines, vfs, pf->hz, pf->counter_bits);
		return -ENODEV;
	}
	pf->fns = vfs + 1;
	pf->tick_ns = max(div64_u64(NSEC_PER_SEC + pf->hz - 1, pf->hz), 1ULL);
	pf->audit_jiffies = VFARB_AUDIT_JIFFIES;
	if (pf->counter_bits < 64) {
		/* A quarter, as readings must be less than half a wrap apart. */
		wrap = vfarb_ticks_to_ns(1ULL << (pf->counter_bits - 2), pf->hz);
		pf->audit_jiffies = clamp_t(u64, nsecs_to_jiffies64(wrap), 1, pf->audit_jiffies);
	}
	return 0;
}

static enum vfarb_preempt vfarb_pf_preempt_kind(const struct vfarb_pf *pf)
{
	if (pf->caps & VFARB_CAPS_PREEMPT)
		return VFARB_PREEMPT_MID;
	if (pf->caps & VFARB_CAPS_PREEMPT_SUBMISSION)
		return VFARB_PREEMPT_SUBMISSION;
	return VFARB_PREEMPT_NONE;
}

static struct vfarb_accel *vfarb_pf_register(struct vfarb_pf *pf)
{
	struct vfarb_accel_info info = {
		.abi = VFARB_PROVIDER_ABI,
		.class = VFARB_CLASS_SLICE,
		.name = KBUILD_MODNAME,
		.engines = pf->engines,
		.fns = pf->fns,
		.grant_in_irq = true,
		.memory_bytes = (u64)memory_mib << 20,
		.counter_hz = pf->hz,
		.counter_bits = pf->counter_bits,
	};
	unsigned int e;

	for (e = 0; e < pf->engines; e++) {
		struct vfarb_pf_engine *engine = &pf->engine[e];

		info.engine[e] = (struct vfarb_engine_info) {
			.kind = engine->kind == VFARB_ENGINE_COPY ? VFARB_ENGINE_KIND_COPY :
								    VFARB_ENGINE_KIND_COMPUTE,
			.preempt = vfarb_pf_preempt_kind(pf),
			.switch_ns = vfarb_pf_ns(pf, vfarb_read64(&pf->regs, engine->regs +
								  VFARB_ENGINE_SWITCH_COST)),
			.preempt_ns = vfarb_pf_ns(pf, vfarb_read64(&pf->regs, engine->regs +
								   VFARB_ENGINE_PREEMPT_COST)),
		};
	}
	return vfarb_accel_register(&pf->pdev->dev, THIS_MODULE, &info, &vfarb_pf_engine_ops, pf);
}

static void vfarb_pf_free(struct vfarb_pf *pf)
{
	unsigned int i;

	for (i = 0; i < VFARB_EVQS(VFARB_MAX_ENGINES); i++)
		vfarb_queue_free(&pf->queue[i]);
	for (i = 0; i < VFARB_MAX_ENGINES; i++)
		vfarb_pf_engine_free(&pf->engine[i]);
	vfarb_regs_unmap(&pf->regs);
	kfree(pf);
}

static int vfarb_pf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfarb_pf *pf;
	unsigned int i;
	int err;

	pf = kzalloc(sizeof(*pf), GFP_KERNEL);
	if (!pf)
		return -ENOMEM;
	pf->pdev = pdev;
	mutex_init(&pf->lock);
	raw_spin_lock_init(&pf->tenant_lock);
	INIT_DELAYED_WORK(&pf->audit, vfarb_pf_audit);

	err = pci_enable_device_mem(pdev);
	if (err)
		goto err_free;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto err_disable;
	pci_set_master(pdev);
	err = vfarb_regs_map(&pf->regs, pdev, VFARB_PF_BAR_REGS, VFARB_PF_BAR_REGS_SIZE, 0);
	if (err)
		goto err_disable;
	err = vfarb_pf_identify(pf);
	if (err)
		goto err_disable;
	for (i = 0; i < pf->engines; i++) {
		err = vfarb_pf_engine_init(pf, i);
		if (err)
			goto err_disable;
	}
	for (i = 0; i < VFARB_EVQS(pf->engines); i++) {
		err = vfarb_queue_alloc(&pf->queue[i], &pf->regs, i, vfarb_pf_engine_event, pf);
		if (err)
			goto err_disable;
	}
	pf->accel = vfarb_pf_register(pf);
	if (IS_ERR(pf->accel)) {
		err = PTR_ERR(pf->accel);
		goto err_disable;
	}
	pf->own = vfarb_tenant_create(pf, pdev, VFARB_FN_PF, VFARB_PF_BAR_TENANT);
	if (IS_ERR(pf->own)) {
		err = PTR_ERR(pf->own);
		goto err_unregister;
	}
	err = vfarb_pf_request_vectors(pf);
	if (err)
		goto err_tenant;
	vfarb_pf_enable(pf);
	pci_set_drvdata(pdev, pf);
	err = vfarb_pf_register_function(pf, VFARB_FN_PF);
	if (err)
		goto err_vectors;
	err = vfarb_tenant_open(pf->own);
	if (err)
		goto err_function;
	schedule_delayed_work(&pf->audit, pf->audit_jiffies);
	pf->debugfs = debugfs_create_file(pci_name(pdev), 0400, vfarb_pf_debugfs, pf,
					  &vfarb_pf_counters_fops);
	pci_info(pdev, "accel%u: %u engines, up to %u VFs\n", vfarb_accel_id(pf->accel),
		 pf->engines, pf->fns - 1);
	return 0;

err_function:
	vfarb_pf_unregister_function(pf, VFARB_FN_PF);
err_vectors:
	vfarb_pf_disable(pf);
	vfarb_pf_free_vectors(pf);
err_tenant:
	vfarb_tenant_destroy(pf->own);
err_unregister:
	vfarb_accel_unregister(pf->accel);
err_disable:
	pci_clear_master(pdev);
	pci_disable_device(pdev);
err_free:
	vfarb_pf_free(pf);
	return err;
}

static void vfarb_pf_remove(struct pci_dev *pdev)
{
	struct vfarb_pf *pf = pci_get_drvdata(pdev);

	debugfs_remove(pf->debugfs);
	vfarb_pf_disable_vfs(pf);
	vfarb_tenant_close(pf->own);
	/* Nothing may call the core once it is unregistered, and it asks until then. */
	cancel_delayed_work_sync(&pf->audit);
	WRITE_ONCE(pf->closed, true);
	vfarb_pf_disable(pf);
	vfarb_pf_function_stop(pf, VFARB_FN_PF);
	pci_clear_master(pdev);
	vfarb_pf_free_vectors(pf);
	vfarb_tenant_destroy(pf->own);
	vfarb_accel_unregister(pf->accel);
	pci_disable_device(pdev);
	vfarb_pf_free(pf);
}

static void vfarb_pf_reset_prepare(struct pci_dev *pdev)
{
	struct vfarb_pf *pf = pci_get_drvdata(pdev);
	unsigned int e;

	mutex_lock(&pf->lock);
	/* A slice that the reset cut off would look as if its VF hung. */
	WRITE_ONCE(pf->closed, true);
	for (e = 0; e < pf->engines; e++)
		vfarb_pf_engine_drain(&pf->engine[e]);
	WRITE_ONCE(pf->resetting, true);
	vfarb_pf_hold_tenants(pf);
	mutex_unlock(&pf->lock);
}

static void vfarb_pf_reset_done(struct pci_dev *pdev)
{
	struct vfarb_pf *pf = pci_get_drvdata(pdev);

	mutex_lock(&pf->lock);
	vfarb_pf_enable(pf);
	WRITE_ONCE(pf->resetting, false);
	WRITE_ONCE(pf->closed, false);
	vfarb_pf_release_tenants(pf);
	mutex_unlock(&pf->lock);
}

static const struct pci_error_handlers vfarb_pf_error_handlers = {
	.reset_prepare = vfarb_pf_reset_prepare,
	.reset_done = vfarb_pf_reset_done,
};

static const struct pci_device_id vfarb_pf_ids[] = {
	{ PCI_DEVICE(VFARB_PCI_VENDOR_ID, VFARB_PCI_DEVICE_ID_PF) },
	{}
};
MODULE_DEVICE_TABLE(pci, vfarb_pf_ids);

struct pci_driver vfarb_pf_driver = {
	.name = "vfarb_pf",
	.id_table = vfarb_pf_ids,
	.probe = vfarb_pf_probe,
	.remove = vfarb_pf_remove,
	.shutdown = vfarb_pf_remove,
	.sriov_configure = vfarb_pf_sriov_configure,
	.err_handler = &vfarb_pf_error_handlers,
};

void vfarb_pf_init(void)
{
	vfarb_pf_debugfs = debugfs_create_dir("vfarb_pci", NULL);
}

void vfarb_pf_exit(void)
{
	debugfs_remove(vfarb_pf_debugfs);
}
