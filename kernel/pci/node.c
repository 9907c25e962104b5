// SPDX-License-Identifier: GPL-2.0
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../compat.h"
#include "buffer.h"
#include "client.h"
#include "node.h"
#include "pf.h"
#include "tenant.h"
#include "vfarb.h"

/* A buffer's place for mmap(2): its handle above, the offset in it below. */
#define VFARB_MMAP_SHIFT	32
#define VFARB_MMAP_PAGES	(1UL << (VFARB_MMAP_SHIFT - PAGE_SHIFT))

/* Functions that can have nodes at once. */
#define VFARB_MINORS		65536

static dev_t vfarb_node_base;
static DEFINE_IDA(vfarb_node_ida);

static bool vfarb_node_gone(struct vfarb_tenant *tenant)
{
	return READ_ONCE(tenant->dead);
}

static int vfarb_node_open(struct inode *inode, struct file *file)
{
	struct vfarb_tenant *tenant = container_of(inode->i_cdev, struct vfarb_tenant, cdev);
	struct vfarb_client *client;

	if (!vfarb_tenant_enter(tenant))
		return -ENODEV;
	vfarb_tenant_get(tenant);
	client = vfarb_client_create(tenant);
	vfarb_tenant_leave(tenant);
	if (!client) {
		vfarb_tenant_put(tenant);
		return -ENOMEM;
	}
	file->private_data = client;
	return stream_open(inode, file);
}

static int vfarb_node_release(struct inode *inode, struct file *file)
{
	vfarb_client_close(file->private_data);
	return 0;
}

static ssize_t vfarb_node_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	struct vfarb_client *client = file->private_data;
	struct vfarb_tenant *tenant = client->tenant;
	struct vfarb_completion completion;
	ssize_t done = 0;
	int err = 0;

	if (size < sizeof(completion))
		return -EINVAL;
	if (mutex_lock_interruptible(&client->read_lock))
		return -EINTR;
	while (size - done >= sizeof(completion)) {
		if (vfarb_node_gone(tenant)) {
			err = -ENODEV;
			break;
		}
		if (vfarb_client_peek(client, &completion)) {
			if (copy_to_user(to + done, &completion, sizeof(completion))) {
				err = -EFAULT;
				break;
			}
			vfarb_client_pop(client);
			done += sizeof(completion);
			continue;
		}
		if (done)
			break;
		if (file->f_flags & O_NONBLOCK) {
			err = -EAGAIN;
			break;
		}
		mutex_unlock(&client->read_lock);
		err = wait_event_interruptible(client->wait, vfarb_node_gone(tenant) ||
					       vfarb_client_look(client).unread);
		if (err || mutex_lock_interruptible(&client->read_lock))
			return -EINTR;
	}
	mutex_unlock(&client->read_lock);
	/* There may be room for another submission's completion now. */
	if (done)
		wake_up_interruptible_all(&tenant->room);
	return done ?: err;
}

/* Whether another submission of @client would be taken. Never once the device is gone. */
static bool vfarb_node_has_room(struct vfarb_client *client, struct vfarb_ring *ring)
{
	return vfarb_client_look(client).due < VFARB_CLIENT_CAPACITY && vfarb_ring_has_room(ring);
}

static __poll_t vfarb_node_poll(struct file *file, poll_table *table)
{
	struct vfarb_client *client = file->private_data;
	struct vfarb_tenant *tenant = client->tenant;
	__poll_t mask = 0;
	unsigned int e;

	poll_wait(file, &client->wait, table);
	poll_wait(file, &tenant->room, table);
	if (vfarb_node_gone(tenant))
		return EPOLLHUP | EPOLLERR;
	if (vfarb_client_look(client).unread)
		mask |= EPOLLIN | EPOLLRDNORM;
	for (e = 0; e < tenant->engines; e++)
		if (!vfarb_node_has_room(client, &tenant->ring[e]))
			return mask;
	return mask | EPOLLOUT | EPOLLWRNORM;
}

static long vfarb_node_info(struct vfarb_client *client, void __user *arg)
{
	struct vfarb_tenant *tenant = client->tenant;
	struct vfarb_dev_info info = {
		.abi = VFARB_DEV_ABI,
		.accel = tenant->accel_id,
		.fn = tenant->fn,
		.engines = tenant->engines,
		.queue_depth = tenant->depth,
	};

	if (!vfarb_tenant_enter(tenant))
		return -ENODEV;
	info.memory_bytes = vfarb_vf_memory_bytes(tenant->accel, tenant->fn);
	vfarb_tenant_leave(tenant);
	mutex_lock(&tenant->buffer_lock);
	info.memory_used_bytes = tenant->memory_used;
	mutex_unlock(&tenant->buffer_lock);
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long vfarb_node_buffer_create(struct vfarb_client *client, void __user *arg)
{
	struct vfarb_tenant *tenant = client->tenant;
	struct vfarb_buffer_create create;
	struct vfarb_buffer *buffer;
	long err;

	if (copy_from_user(&create, arg, sizeof(create)))
		return -EFAULT;
	if (create.flags)
		return -EINVAL;
	if (!vfarb_tenant_enter(tenant))
		return -ENODEV;
	buffer = vfarb_buffer_create(tenant, create.size);
	vfarb_tenant_leave(tenant);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);

	/* The user learns the handle before it can be used: nobody else may destroy it. */
	err = xa_alloc(&client->buffers, &create.handle, NULL, XA_LIMIT(1, VFARB_BUFFERS_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (err) {
		vfarb_buffer_put(buffer);
		return err == -EBUSY ? -ENOSPC : err;
	}
	create.mmap_offset = (u64)create.handle << VFARB_MMAP_SHIFT;
	if (copy_to_user(arg, &create, sizeof(create))) {
		xa_erase(&client->buffers, create.handle);
		vfarb_buffer_put(buffer);
		return -EFAULT;
	}
	xa_store(&client->buffers, create.handle, buffer, GFP_KERNEL_ACCOUNT);
	return 0;
}

static long vfarb_node_buffer_destroy(struct vfarb_client *client, void __user *arg)
{
	struct vfarb_buffer_destroy destroy;
	struct vfarb_buffer *buffer;

	if (copy_from_user(&destroy, arg, sizeof(destroy)))
		return -EFAULT;
	if (vfarb_node_gone(client->tenant))
		return -ENODEV;
	if (destroy.flags)
		return -EINVAL;
	xa_lock(&client->buffers);
	/* A handle whose creation is under way is reserved, and not to be erased. */
	buffer = xa_load(&client->buffers, destroy.handle);
	if (buffer)
		__xa_erase(&client->buffers, destroy.handle);
	xa_unlock(&client->buffers);
	if (!buffer)
		return -ENOENT;
	vfarb_buffer_put(buffer);
	return 0;
}

/* Submit if there is room, and ring if it is the @last. Nothing here may wait for user space. */
static int vfarb_node_submit_one(struct vfarb_client *client, struct vfarb_ring *ring,
				 const struct vfarb_submission *submission, bool last)
{
	struct vfarb_tenant *tenant = client->tenant;
	int err;

	if (!vfarb_tenant_enter(tenant))
		return -ENODEV;
	err = vfarb_ring_submit(ring, client, submission, last);
	vfarb_tenant_leave(tenant);
	return err;
}

/* Ring for those taken before something went wrong. */
static void vfarb_node_ring(struct vfarb_tenant *tenant, struct vfarb_ring *ring)
{
	if (!vfarb_tenant_enter(tenant))
		return;
	vfarb_ring_doorbell(ring);
	vfarb_tenant_leave(tenant);
}

static long vfarb_node_submit(struct vfarb_client *client, struct file *file, void __user *arg)
{
	struct vfarb_tenant *tenant = client->tenant;
	struct vfarb_submission __user *from;
	struct vfarb_submission one;
	struct vfarb_submit submit;
	struct vfarb_ring *ring;
	unsigned int taken = 0;
	int err = 0;

	if (copy_from_user(&submit, arg, sizeof(submit)))
		return -EFAULT;
	if (submit.engine >= tenant->engines || !submit.count ||
	    submit.count > VFARB_SUBMIT_MAX || submit.flags || submit.reserved)
		return -EINVAL;
	ring = &tenant->ring[submit.engine];
	from = u64_to_user_ptr(submit.submissions);
	while (!err && taken < submit.count) {
		if (copy_from_user(&one, from + taken, sizeof(one))) {
			err = -EFAULT;
			break;
		}
		err = vfarb_node_submit_one(client, ring, &one, taken + 1 == submit.count);
		taken += !err;
		if (err != -EAGAIN || taken || file->f_flags & O_NONBLOCK)
			continue;
		err = wait_event_interruptible(tenant->room, vfarb_node_gone(tenant) ||
					       vfarb_node_has_room(client, ring));
		if (err)
			err = -EINTR;
	}
	if (!taken)
		return err;
	if (taken == submit.count)
		return 0;
	vfarb_node_ring(tenant, ring);
	return put_user(taken, &((struct vfarb_submit __user *)arg)->count);
}

/* Whether a wait for @count completions can end: they are there, or never will be. */
static bool vfarb_node_wait_over(struct vfarb_client *client, u32 count,
				 struct vfarb_client_state *state)
{
	*state = vfarb_client_look(client);
	return vfarb_node_gone(client->tenant) || state->unread >= count || state->due < count;
}

static long vfarb_node_wait(struct vfarb_client *client, void __user *arg)
{
	struct vfarb_tenant *tenant = client->tenant;
	struct vfarb_client_state state;
	struct vfarb_wait wait;
	ktime_t timeout;
	long err;

	if (copy_from_user(&wait, arg, sizeof(wait)))
		return -EFAULT;
	if (!wait.count || wait.flags)
		return -EINVAL;
	timeout = min_t(u64, wait.timeout_ns, KTIME_MAX);
	err = wait_event_interruptible_hrtimeout(client->wait,
						 vfarb_node_wait_over(client, wait.count, &state),
						 timeout);
	if (vfarb_node_gone(tenant))
		return -ENODEV;
	if (state.unread >= wait.count)
		return 0;
	if (state.due < wait.count)
		return -EDEADLK;
	return err == -ETIME ? -ETIME : -EINTR;
}

static long vfarb_node_eventfd(struct vfarb_client *client, void __user *arg)
{
	struct eventfd_ctx *ctx = NULL;
	struct vfarb_eventfd eventfd;

	if (copy_from_user(&eventfd, arg, sizeof(eventfd)))
		return -EFAULT;
	if (vfarb_node_gone(client->tenant))
		return -ENODEV;
	if (eventfd.flags || eventfd.fd < -1)
		return -EINVAL;
	if (eventfd.fd >= 0) {
		ctx = eventfd_ctx_fdget(eventfd.fd);
		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
	}
	ctx = vfarb_client_set_eventfd(client, ctx);
	if (ctx)
		eventfd_ctx_put(ctx);
	return 0;
}

static long vfarb_node_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vfarb_client *client = file->private_data;
	void __user *to = (void __user *)arg;

	if (vfarb_node_gone(client->tenant))
		return -ENODEV;
	switch (cmd) {
	case VFARB_IOC_INFO:
		return vfarb_node_info(client, to);
	case VFARB_IOC_BUFFER_CREATE:
		return vfarb_node_buffer_create(client, to);
	case VFARB_IOC_BUFFER_DESTROY:
		return vfarb_node_buffer_destroy(client, to);
	case VFARB_IOC_SUBMIT:
		return vfarb_node_submit(client, file, to);
	case VFARB_IOC_WAIT:
		return vfarb_node_wait(client, to);
	case VFARB_IOC_EVENTFD:
		return vfarb_node_eventfd(client, to);
	}
	return -ENOTTY;
}

/*
 * Mappings. Each holds its buffer, and each page seen is referenced by the
 * page tables, so they stay valid whatever becomes of the device.
 */

static void vfarb_vma_open(struct vm_area_struct *vma)
{
	struct vfarb_buffer *buffer = vma->vm_private_data;

	refcount_inc(&buffer->ref);
}

static void vfarb_vma_close(struct vm_area_struct *vma)
{
	vfarb_buffer_put(vma->vm_private_data);
}

static vm_fault_t vfarb_vma_fault(struct vm_fault *vmf)
{
	struct vfarb_buffer *buffer = vmf->vma->vm_private_data;
	unsigned long i = vmf->pgoff & (VFARB_MMAP_PAGES - 1);

	if (i >= buffer->count)
		return VM_FAULT_SIGBUS;
	vmf->page = buffer->pages[i];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vfarb_vma_ops = {
	.open = vfarb_vma_open,
	.close = vfarb_vma_close,
	.fault = vfarb_vma_fault,
};

static int vfarb_node_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long first = vma->vm_pgoff & (VFARB_MMAP_PAGES - 1);
	struct vfarb_client *client = file->private_data;
	struct vfarb_buffer *buffer;

	if (vfarb_node_gone(client->tenant))
		return -ENODEV;
	/* A private copy is not what the device works on. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	xa_lock(&client->buffers);
	buffer = xa_load(&client->buffers, vma->vm_pgoff / VFARB_MMAP_PAGES);
	if (buffer)
		refcount_inc(&buffer->ref);
	xa_unlock(&client->buffers);
	if (!buffer)
		return -EINVAL;
	if (vma_pages(vma) > buffer->count || first > buffer->count - vma_pages(vma)) {
		vfarb_buffer_put(buffer);
		return -EINVAL;
	}
	vfarb_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = buffer;
	vma->vm_ops = &vfarb_vma_ops;
	return 0;
}

/* Keys as in the kernel's drm-usage-stats, so that tools that know those can show ours. */
static void vfarb_node_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct vfarb_client *client = file->private_data;
	struct vfarb_tenant *tenant = client->tenant;
	u64 run_ns[VFARB_MAX_ENGINES], total = 0;
	struct vfarb_buffer *buffer;
	unsigned long handle, flags;
	unsigned int e;

	spin_lock_irqsave(&client->lock, flags);
	memcpy(run_ns, client->run_ns, sizeof(run_ns));
	spin_unlock_irqrestore(&client->lock, flags);
	xa_lock(&client->buffers);
	xa_for_each(&client->buffers, handle, buffer)
		total += buffer->size;
	xa_unlock(&client->buffers);

	seq_puts(m, "drm-driver:\tvfarb_pci\n");
	seq_printf(m, "drm-pdev:\t%s\n", tenant->pci_name);
	seq_printf(m, "drm-client-id:\t%llu\n", client->id);
	for (e = 0; e < tenant->engines; e++)
		seq_printf(m, "drm-engine-%s:\t%llu ns\n", tenant->engine_name[e], run_ns[e]);
	seq_printf(m, "drm-total-memory:\t%llu KiB\n", total >> 10);
	seq_printf(m, "drm-resident-memory:\t%llu KiB\n", total >> 10);
}

static const struct file_operations vfarb_node_fops = {
	.owner = THIS_MODULE,
	.open = vfarb_node_open,
	.release = vfarb_node_release,
	.read = vfarb_node_read,
	.poll = vfarb_node_poll,
	.unlocked_ioctl = vfarb_node_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vfarb_node_mmap,
	.show_fdinfo = vfarb_node_show_fdinfo,
};

static char *vfarb_node_devnode(VFARB_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	const struct vfarb_tenant *tenant = container_of(dev, struct vfarb_tenant, dev);

	if (mode)
		*mode = 0660;
	if (!tenant->fn)
		return kasprintf(GFP_KERNEL, "vfarb/accel%u/pf", tenant->accel_id);
	return kasprintf(GFP_KERNEL, "vfarb/accel%u/vf%u", tenant->accel_id, tenant->fn - 1);
}

static struct class vfarb_node_class = {
	.name = "vfarb",
	.devnode = vfarb_node_devnode,
};

int vfarb_node_add(struct vfarb_tenant *tenant)
{
	struct device *dev = &tenant->dev;
	int minor, err;

	minor = ida_alloc_max(&vfarb_node_ida, VFARB_MINORS - 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	dev->class = &vfarb_node_class;
	dev->parent = &tenant->pdev->dev;
	dev->devt = MKDEV(MAJOR(vfarb_node_base), MINOR(vfarb_node_base) + minor);
	cdev_init(&tenant->cdev, &vfarb_node_fops);
	tenant->cdev.owner = THIS_MODULE;
	err = tenant->fn ? dev_set_name(dev, "accel%u-vf%u", tenant->accel_id, tenant->fn - 1) :
			   dev_set_name(dev, "accel%u-pf", tenant->accel_id);
	if (!err)
		err = cdev_device_add(&tenant->cdev, dev);
	if (err)
		ida_free(&vfarb_node_ida, minor);
	tenant->has_node = !err;
	return err;
}

void vfarb_node_remove(struct vfarb_tenant *tenant)
{
	if (!tenant->has_node)
		return;
	cdev_device_del(&tenant->cdev, &tenant->dev);
	ida_free(&vfarb_node_ida, MINOR(tenant->dev.devt) - MINOR(vfarb_node_base));
}

int vfarb_node_init(void)
{
	int err;

	err = class_register(&vfarb_node_class);
	if (err)
		return err;
	err = alloc_chrdev_region(&vfarb_node_base, 0, VFARB_MINORS, "vfarb");
	if (err)
		class_unregister(&vfarb_node_class);
	return err;
}

void vfarb_node_exit(void)
{
	unregister_chrdev_region(vfarb_node_base, VFARB_MINORS);
	class_unregister(&vfarb_node_class);
	ida_destroy(&vfarb_node_ida);
}
