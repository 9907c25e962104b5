// SPDX-License-Identifier: GPL-2.0
/* The driver of virtual functions whose physical function is driven here, too. */
#include <linux/dma-mapping.h>

#include "pf.h"
#include "tenant.h"

static void vfarb_vf_free_vectors(struct vfarb_tenant *tenant)
{
	unsigned int e;

	for (e = 0; e < tenant->engines; e++)
		vfarb_vector_free(&tenant->ring[e].vector);
	pci_free_irq_vectors(tenant->pdev);
}

static int vfarb_vf_request_vectors(struct vfarb_tenant *tenant)
{
	unsigned int e;
	int err;

	err = pci_alloc_irq_vectors(tenant->pdev, tenant->engines, tenant->engines, PCI_IRQ_MSIX);
	if (err < 0)
		return err;
	for (e = 0; e < tenant->engines; e++) {
		struct vfarb_ring *ring = &tenant->ring[e];

		snprintf(ring->vector.name, sizeof(ring->vector.name), "vfarb-accel%u-vf%u-%s",
			 tenant->accel_id, tenant->fn - 1, tenant->pf->engine[e].name);
		err = vfarb_vector_request(&ring->vector, tenant->pdev,
					   VFARB_VF_VECTOR_ENGINE(e), vfarb_ring_consume, NULL, 0,
					   ring);
		if (err) {
			vfarb_vf_free_vectors(tenant);
			return err;
		}
	}
	return 0;
}

static int vfarb_vf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfarb_tenant *tenant;
	struct vfarb_pf *pf;
	int vf, err;

	vf = pci_iov_vf_id(pdev);
	if (vf < 0) {
		pci_err(pdev, "its physical function is not here; bind it on the host\n");
		return -ENODEV;
	}
	/* A VF goes before its PF's driver does, which therefore stays while this one is bound. */
	pf = pci_iov_get_pf_drvdata(pdev, &vfarb_pf_driver);
	if (IS_ERR_OR_NULL(pf)) {
		pci_err(pdev, "its physical function has another driver\n");
		return -ENODEV;
	}
	if (vf + 1 >= pf->fns)
		return -ENODEV;

	err = pci_enable_device_mem(pdev);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto err_disable;
	pci_set_master(pdev);
	tenant = vfarb_tenant_create(pf, pdev, vf + 1, VFARB_VF_BAR_TENANT);
	if (IS_ERR(tenant)) {
		err = PTR_ERR(tenant);
		goto err_master;
	}
	err = vfarb_vf_request_vectors(tenant);
	if (err)
		goto err_tenant;
	pci_set_drvdata(pdev, tenant);
	err = vfarb_tenant_open(tenant);
	if (err)
		goto err_vectors;
	return 0;

err_vectors:
	vfarb_pf_function_stop(pf, tenant->fn);
	vfarb_vf_free_vectors(tenant);
err_tenant:
	vfarb_tenant_destroy(tenant);
err_master:
	pci_clear_master(pdev);
err_disable:
	pci_disable_device(pdev);
	return err;
}

static void vfarb_vf_remove(struct pci_dev *pdev)
{
	struct vfarb_tenant *tenant = pci_get_drvdata(pdev);

	vfarb_tenant_close(tenant);
	vfarb_pf_function_stop(tenant->pf, tenant->fn);
	pci_clear_master(pdev);
	vfarb_vf_free_vectors(tenant);
	vfarb_tenant_destroy(tenant);
	pci_disable_device(pdev);
}

static void vfarb_vf_reset_prepare(struct pci_dev *pdev)
{
	struct vfarb_tenant *tenant = pci_get_drvdata(pdev);

	mutex_lock(&tenant->pf->lock);
	vfarb_tenant_hold(tenant);
	mutex_unlock(&tenant->pf->lock);
}

static void vfarb_vf_reset_done(struct pci_dev *pdev)
{
	struct vfarb_tenant *tenant = pci_get_drvdata(pdev);

	mutex_lock(&tenant->pf->lock);
	if (!tenant->pf->resetting)
		vfarb_tenant_release(tenant);
	mutex_unlock(&tenant->pf->lock);
}

static const struct pci_error_handlers vfarb_vf_error_handlers = {
	.reset_prepare = vfarb_vf_reset_prepare,
	.reset_done = vfarb_vf_reset_done,
};

static const struct pci_device_id vfarb_vf_ids[] = {
	{ PCI_DEVICE(VFARB_PCI_VENDOR_ID, VFARB_PCI_DEVICE_ID_VF) },
	{}
};
MODULE_DEVICE_TABLE(pci, vfarb_vf_ids);

struct pci_driver vfarb_vf_driver = {
	.name = "vfarb_vf",
	.id_table = vfarb_vf_ids,
	.probe = vfarb_vf_probe,
	.remove = vfarb_vf_remove,
	.shutdown = vfarb_vf_remove,
	.err_handler = &vfarb_vf_error_handlers,
};
