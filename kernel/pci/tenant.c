// SPDX-License-Identifier: GPL-2.0
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "client.h"
#include "node.h"
#include "pf.h"
#include "tenant.h"
#include "vfarb.h"

/* How often a function under reset is looked at if no event tells of its end. */
#define VFARB_RECOVER_JIFFIES	max(HZ / 50, 1)

static void vfarb_tenant_free(struct device *dev)
{
	kfree(container_of(dev, struct vfarb_tenant, dev));
}

static void vfarb_tenant_wake(struct vfarb_tenant *tenant)
{
	struct vfarb_client *client;

	wake_up_interruptible_all(&tenant->room);
	mutex_lock(&tenant->client_lock);
	list_for_each_entry(client, &tenant->clients, link)
		wake_up_interruptible_all(&client->wait);
	mutex_unlock(&tenant->client_lock);
}

static void vfarb_tenant_stop(struct vfarb_tenant *tenant)
{
	unsigned int e;

	for (e = 0; e < tenant->engines; e++)
		vfarb_ring_stop(&tenant->ring[e]);
}

/* What was under way and has left no completion ends now, as by a reset. */
static void vfarb_tenant_fail(struct vfarb_tenant *tenant)
{
	unsigned int e;

	for (e = 0; e < tenant->engines; e++) {
		vfarb_ring_consume(&tenant->ring[e]);
		vfarb_ring_fail(&tenant->ring[e], VFARB_SUB_RESET);
	}
}

static void vfarb_tenant_start(struct vfarb_tenant *tenant)
{
	struct vfarb_regs *regs = &tenant->regs;
	unsigned int e;

	vfarb_write64(regs, VFARB_TEN_BUFFER_TABLE, tenant->table_dma);
	vfarb_write32_notify(regs, VFARB_TEN_BUFFERS, VFARB_BUFFERS_MAX);
	for (e = 0; e < tenant->engines; e++)
		vfarb_ring_start(&tenant->ring[e]);
	wake_up_interruptible_all(&tenant->room);
}

/* Whether a reset has made the device forget the rings. */
static bool vfarb_tenant_forgotten(struct vfarb_tenant *tenant)
{
	unsigned int e;

	for (e = 0; e < tenant->engines; e++)
		if (vfarb_read32(&tenant->regs, tenant->ring[e].regs + VFARB_RING_SIZE) !=
		    tenant->depth)
			return true;
	return false;
}

static void vfarb_tenant_recover(struct work_struct *work)
{
	struct vfarb_tenant *tenant = container_of(to_delayed_work(work), struct vfarb_tenant,
						   recover);
	struct vfarb_pf *pf = tenant->pf;
	u32 status;

	mutex_lock(&pf->lock);
	if (tenant->held || vfarb_regs_gone(&tenant->regs))
		goto out;
	status = vfarb_read32_live(&tenant->regs, VFARB_TEN_STATUS);
	if (status & VFARB_FN_STATUS_RESETTING) {
		schedule_delayed_work(&tenant->recover, VFARB_RECOVER_JIFFIES);
	} else if (vfarb_tenant_forgotten(tenant)) {
		vfarb_tenant_stop(tenant);
		vfarb_tenant_fail(tenant);
		vfarb_tenant_start(tenant);
	}
out:
	mutex_unlock(&pf->lock);
}

/* A reset begins from outside: let the device alone. Called with pf->lock held. */
void vfarb_tenant_hold(struct vfarb_tenant *tenant)
{
	lockdep_assert_held(&tenant->pf->lock);
	down_write(&tenant->gate);
	WRITE_ONCE(tenant->held, true);
	vfarb_tenant_stop(tenant);
	up_write(&tenant->gate);
}

/* It is over. Called with pf->lock held. */
void vfarb_tenant_release(struct vfarb_tenant *tenant)
{
	lockdep_assert_held(&tenant->pf->lock);
	vfarb_tenant_fail(tenant);
	down_write(&tenant->gate);
	WRITE_ONCE(tenant->held, false);
	if (!tenant->dead && !vfarb_regs_gone(&tenant->regs))
		vfarb_tenant_start(tenant);
	up_write(&tenant->gate);
}

static int vfarb_tenant_check(struct vfarb_tenant *tenant)
{
	struct pci_dev *pdev = tenant->pdev;
	u32 magic = vfarb_read32(&tenant->regs, VFARB_TEN_MAGIC);
	u32 version = vfarb_read32(&tenant->regs, VFARB_TEN_VERSION);
	u32 fn = vfarb_read32(&tenant->regs, VFARB_TEN_FN);
	u32 engines = vfarb_read32(&tenant->regs, VFARB_TEN_ENGINES);

	if (magic == VFARB_MAGIC && version >> 16 == VFARB_VERSION >> 16 &&
	    fn == tenant->fn && engines == tenant->engines)
		return 0;
	pci_err(pdev, "tenant page: magic %#x, version %#x, function %u, %u engines; expected %#x, %#x, %u, %u\n",
		magic, version, fn, engines, VFARB_MAGIC, VFARB_VERSION, tenant->fn,
		tenant->engines);
	return -ENODEV;
}

/*
 * Make the tenant side of function @fn, which is @pdev. @bar has its page.
 * Nobody sees it before vfarb_tenant_open().
 */
struct vfarb_tenant *vfarb_tenant_create(struct vfarb_pf *pf, struct pci_dev *pdev,
					 unsigned int fn, int bar)
{
	struct vfarb_tenant *tenant;
	unsigned int e;
	int err;

	tenant = kzalloc(sizeof(*tenant), GFP_KERNEL);
	if (!tenant)
		return ERR_PTR(-ENOMEM);
	tenant->pf = pf;
	tenant->accel = pf->accel;
	tenant->accel_id = vfarb_accel_id(pf->accel);
	tenant->fn = fn;
	tenant->engines = pf->engines;
	tenant->depth = rounddown_pow_of_two(VFARB_TENANT_DEPTH / pf->engines);
	tenant->pdev = pdev;
	for (e = 0; e < tenant->engines; e++)
		strscpy(tenant->engine_name[e], pf->engine[e].name,
			sizeof(tenant->engine_name[e]));
	strscpy(tenant->pci_name, pci_name(pdev), sizeof(tenant->pci_name));
	init_rwsem(&tenant->gate);
	init_waitqueue_head(&tenant->room);
	INIT_DELAYED_WORK(&tenant->recover, vfarb_tenant_recover);
	mutex_init(&tenant->client_lock);
	INIT_LIST_HEAD(&tenant->clients);
	mutex_init(&tenant->buffer_lock);
	INIT_LIST_HEAD(&tenant->buffers);
	device_initialize(&tenant->dev);
	tenant->dev.release = vfarb_tenant_free;

	err = vfarb_regs_map(&tenant->regs, pdev, bar, VFARB_TENANT_PAGE_SIZE,
			     VFARB_NOTIFY_TENANT);
	if (err)
		goto err_put;
	err = vfarb_tenant_check(tenant);
	if (err)
		goto err_unmap;
	err = -ENOMEM;
	tenant->table = dma_alloc_coherent(&pdev->dev, VFARB_BUFFERS_MAX * sizeof(*tenant->table),
					   &tenant->table_dma, GFP_KERNEL);
	if (!tenant->table)
		goto err_unmap;
	for (e = 0; e < tenant->engines; e++) {
		err = vfarb_ring_alloc(&tenant->ring[e], tenant, e);
		if (err)
			goto err_rings;
	}
	return tenant;

err_rings:
	for (e = 0; e < tenant->engines && tenant->ring[e].tenant; e++)
		vfarb_ring_free(&tenant->ring[e]);
	dma_free_coherent(&pdev->dev, VFARB_BUFFERS_MAX * sizeof(*tenant->table), tenant->table,
			  tenant->table_dma);
err_unmap:
	vfarb_regs_unmap(&tenant->regs);
err_put:
	vfarb_tenant_put(tenant);
	return ERR_PTR(err);
}

/* Let clients in. Interrupts are in place. */
int vfarb_tenant_open(struct vfarb_tenant *tenant)
{
	struct vfarb_pf *pf = tenant->pf;
	unsigned long flags;
	int err;

	mutex_lock(&pf->lock);
	if (pf->resetting)
		tenant->held = true;
	else
		vfarb_tenant_start(tenant);
	raw_spin_lock_irqsave(&pf->tenant_lock, flags);
	pf->tenant[tenant->fn] = tenant;
	raw_spin_unlock_irqrestore(&pf->tenant_lock, flags);
	mutex_unlock(&pf->lock);

	err = vfarb_node_add(tenant);
	if (err) {
		vfarb_tenant_close(tenant);
		pci_err(tenant->pdev, "no device node: %pe\n", ERR_PTR(err));
	}
	return err;
}

/*
 * Take the device away from the clients: from here on every call fails. Stop
 * the device next, then free interrupts, then vfarb_tenant_destroy().
 */
void vfarb_tenant_close(struct vfarb_tenant *tenant)
{
	struct vfarb_pf *pf = tenant->pf;
	unsigned long flags;

	vfarb_node_remove(tenant);
	mutex_lock(&pf->lock);
	raw_spin_lock_irqsave(&pf->tenant_lock, flags);
	pf->tenant[tenant->fn] = NULL;
	raw_spin_unlock_irqrestore(&pf->tenant_lock, flags);
	down_write(&tenant->gate);
	tenant->dead = true;
	vfarb_tenant_stop(tenant);
	up_write(&tenant->gate);
	mutex_unlock(&pf->lock);
	cancel_delayed_work_sync(&tenant->recover);
	vfarb_tenant_wake(tenant);
}

/* Free what belongs to the device. What clients still hold stays until they close. */
void vfarb_tenant_destroy(struct vfarb_tenant *tenant)
{
	struct device *dev = &tenant->pdev->dev;
	unsigned int e;

	vfarb_tenant_fail(tenant);
	vfarb_buffer_disconnect_all(tenant);
	for (e = 0; e < tenant->engines; e++)
		vfarb_ring_free(&tenant->ring[e]);
	dma_free_coherent(dev, VFARB_BUFFERS_MAX * sizeof(*tenant->table), tenant->table,
			  tenant->table_dma);
	tenant->table = NULL;
	vfarb_regs_unmap(&tenant->regs);
	vfarb_tenant_put(tenant);
}
