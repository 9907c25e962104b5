// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the software accelerator: a driver of its own that asks the
 * device for everything the register interface promises, and does to it what
 * no sane driver would.
 *
 * Times are compared exactly: the device lives in modelled time, so what it
 * measures does not depend on when the host lets it run.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>

#include "emu.h"

#define ENTRIES		256
#define TIMEOUT		(20 * HZ)
#define EVENTS_MAX	8192
#define BUFFERS		4
#define BUFFER_PAGES	6

/* One function as a driver sees it. */
struct client {
	struct rig *rig;
	struct pci_dev *pdev;
	unsigned int nr;
	void __iomem *tenant;
	int notify;
	struct vfarb_descriptor *ring[VFARB_MAX_ENGINES];
	struct vfarb_cqe *cq[VFARB_MAX_ENGINES];
	dma_addr_t ring_dma[VFARB_MAX_ENGINES];
	dma_addr_t cq_dma[VFARB_MAX_ENGINES];
	u32 tail[VFARB_MAX_ENGINES];
	u32 taken[VFARB_MAX_ENGINES];
	struct vfarb_buffer_entry *table;
	dma_addr_t table_dma;
	__le64 *list[BUFFERS];
	u8 *memory[BUFFERS];
	dma_addr_t list_dma[BUFFERS];
	dma_addr_t memory_dma[BUFFERS];
};

struct rig;

struct queue {
	struct rig *rig;
	unsigned int q;
	struct vfarb_event *entries;
	dma_addr_t dma;
	u32 seq;
	unsigned int irqs;
	/* From being raised by the engine's timer to the handler: sum and number. */
	u64 way_ns;
	unsigned int ways;
	int irq;
};

struct rig {
	struct kunit *test;
	struct emu_params params;
	struct emu_accel *accel;
	struct pci_dev *pf;
	void __iomem *regs;
	int notify;
	unsigned int clients;
	struct client client[4];
	struct queue queue[1 + VFARB_MAX_ENGINES];
	/* Protects the events; taken in hard interrupts. */
	raw_spinlock_t lock;
	unsigned int events;
	unsigned int gaps;
	struct vfarb_event *event;
	/* Called for each event in hard interrupt. */
	void (*handle)(struct rig *rig, const struct vfarb_event *event);
	u64 slice;
	u64 backlog[VFARB_MAX_ENGINES];
	bool busy[VFARB_MAX_ENGINES];
	unsigned int next[VFARB_MAX_ENGINES];
	unsigned int slices;
};

/* By looking: a handler in hard interrupt can wake nobody without taking a sleeping lock. */
#define WAIT(condition) ({								\
	unsigned long _end = jiffies + TIMEOUT;						\
											\
	while (!(condition) && time_before(jiffies, _end))				\
		usleep_range(20, 50);							\
	(condition);									\
})

static void notify(struct pci_dev *pdev, int where, u32 value)
{
	pci_write_config_dword(pdev, where, value);
}

static u32 read32(struct rig *rig, u32 offset)
{
	notify(rig->pf, rig->notify, offset | VFARB_NOTIFY_READ);
	return readl(rig->regs + offset);
}

static u64 read64(struct rig *rig, u32 offset)
{
	notify(rig->pf, rig->notify, offset | VFARB_NOTIFY_READ);
	return readq(rig->regs + offset);
}

static void write32(struct rig *rig, u32 offset, u32 value)
{
	writel(value, rig->regs + offset);
	notify(rig->pf, rig->notify, offset);
}

static void tenant_write32(struct client *client, u32 offset, u32 value)
{
	writel(value, client->tenant + offset);
	notify(client->pdev, client->notify, offset | VFARB_NOTIFY_TENANT);
}

static void command(struct rig *rig, unsigned int e, u32 value)
{
	write32(rig, VFARB_REG_ENGINE(e) + VFARB_ENGINE_COMMAND, value);
}

static void grant(struct rig *rig, unsigned int e, unsigned int nr, u64 ticks, u32 cookie)
{
	writel(nr, rig->regs + VFARB_REG_ENGINE(e) + VFARB_ENGINE_GRANT_FN);
	writel(cookie, rig->regs + VFARB_REG_ENGINE(e) + VFARB_ENGINE_GRANT_COOKIE);
	writeq(ticks, rig->regs + VFARB_REG_ENGINE(e) + VFARB_ENGINE_GRANT_SLICE);
	command(rig, e, VFARB_COMMAND_GRANT);
}

static void consume(struct queue *queue)
{
	struct rig *rig = queue->rig;
	struct vfarb_event *slot;
	struct vfarb_event event;
	unsigned long flags;
	u32 seq;

	for (;;) {
		slot = &queue->entries[(queue->seq - 1) % ENTRIES];
		/* The rest was written before it. */
		seq = le32_to_cpu(smp_load_acquire(&slot->seq));
		if (seq != queue->seq) {
			/* Neither what is awaited nor what a round before left: damaged. */
			if (!seq || seq == queue->seq - ENTRIES)
				break;
			rig->gaps++;
		}
		event = *slot;
		slot->seq = cpu_to_le32(queue->seq);
		queue->seq++;
		raw_spin_lock_irqsave(&rig->lock, flags);
		if (rig->events < EVENTS_MAX)
			rig->event[rig->events++] = event;
		raw_spin_unlock_irqrestore(&rig->lock, flags);
		if (rig->handle)
			rig->handle(rig, &event);
	}
	write32(rig, VFARB_REG_EVQ(queue->q) + VFARB_EVQ_TAIL, queue->seq - 1);
}

static irqreturn_t interrupt(int irq, void *data)
{
	struct queue *queue = data;
	u64 now = emu_now(queue->rig->accel);
	u64 raised;

	if (queue->q) {
		raised = READ_ONCE(queue->rig->accel->engine[queue->q - 1].raised_ns);
		if (raised) {
			queue->way_ns += now - raised;
			queue->ways++;
		}
	}
	queue->irqs++;
	consume(queue);
	return IRQ_HANDLED;
}

static unsigned int count_events(struct rig *rig, u8 type)
{
	unsigned int i, n = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&rig->lock, flags);
	for (i = 0; i < rig->events; i++)
		n += rig->event[i].type == type;
	raw_spin_unlock_irqrestore(&rig->lock, flags);
	return n;
}

/* The @nth event of a type, from 0; waits for it. */
static struct vfarb_event *event_nth(struct rig *rig, u8 type, unsigned int nth)
{
	unsigned int i;

	if (!WAIT(count_events(rig, type) > nth))
		return NULL;
	for (i = 0; i < rig->events; i++)
		if (rig->event[i].type == type && !nth--)
			return &rig->event[i];
	return NULL;
}

#define EVENT(rig, type, nth) ({							\
	struct vfarb_event *_event = event_nth(rig, VFARB_EVENT_##type, nth);		\
											\
	KUNIT_ASSERT_NOT_NULL_MSG((rig)->test, _event, "no event %s %u", #type, nth);	\
	_event;										\
})

/* The next completion, or NULL. */
static const struct vfarb_cqe *completion(struct client *client, unsigned int e)
{
	u32 seq = client->taken[e] + 1;
	const struct vfarb_cqe *cqe = &client->cq[e][(seq - 1) % ENTRIES];

	/* The rest was written before it. */
	if (le32_to_cpu(smp_load_acquire(&cqe->seq)) != seq)
		return NULL;
	client->taken[e] = seq;
	tenant_write32(client, VFARB_TEN_RING(e) + VFARB_RING_CQ_TAIL, seq);
	return cqe;
}

static bool completion_is_there(struct client *client, unsigned int e)
{
	u32 seq = client->taken[e] + 1;

	/* As in completion(). */
	return le32_to_cpu(smp_load_acquire(&client->cq[e][(seq - 1) % ENTRIES].seq)) == seq;
}

/* Why nothing comes any more. */
static void explain(struct client *client, unsigned int e)
{
	struct rig *rig = client->rig;

	kunit_info(rig->test,
		   "status %u current %u pending %#llx queued %u lost %u busy %d backlog %#llx slices %u events %u irqs %u gaps %u",
		   read32(rig, VFARB_REG_ENGINE(e) + VFARB_ENGINE_STATUS),
		   readl(rig->regs + VFARB_REG_ENGINE(e) + VFARB_ENGINE_CURRENT),
		   read64(rig, VFARB_REG_ENGINE(e) + VFARB_ENGINE_PENDING),
		   read32(rig, VFARB_REG_FN(client->nr) + VFARB_FN_ENGINE(e) + VFARB_FN_QUEUED),
		   read32(rig, VFARB_REG_EVQ(1 + e) + VFARB_EVQ_LOST), rig->busy[e],
		   rig->backlog[e], rig->slices, rig->events, rig->queue[1 + e].irqs, rig->gaps);
}

static const struct vfarb_cqe *wait_completion(struct client *client, unsigned int e)
{
	/* A VF's interrupts are not requested: that is the VF driver's test. */
	if (!WAIT(completion_is_there(client, e)))
		explain(client, e);
	return completion(client, e);
}

#define COMPLETION(client, e) ({							\
	const struct vfarb_cqe *_cqe = wait_completion(client, e);			\
											\
	KUNIT_ASSERT_NOT_NULL((client)->rig->test, _cqe);				\
	_cqe;										\
})

static void put(struct client *client, unsigned int e, const struct vfarb_descriptor *desc)
{
	client->ring[e][client->tail[e]++ % ENTRIES] = *desc;
}

static void ring_doorbell(struct client *client, unsigned int e)
{
	dma_wmb();
	tenant_write32(client, VFARB_TEN_RING(e) + VFARB_RING_TAIL, client->tail[e]);
}

static void submit_timed(struct client *client, unsigned int e, u64 time_ns, u64 cookie)
{
	struct vfarb_descriptor desc = {
		.cookie = cpu_to_le64(cookie),
		.op = VFARB_OP_TIMED,
		.size_ns = cpu_to_le64(time_ns),
		.time_ns = cpu_to_le64(time_ns),
	};

	put(client, e, &desc);
	ring_doorbell(client, e);
}

static void set_up_ring(struct client *client, unsigned int e)
{
	void __iomem *ring = client->tenant + VFARB_TEN_RING(e);

	memset(client->cq[e], 0, ENTRIES * sizeof(*client->cq[e]));
	client->tail[e] = 0;
	client->taken[e] = 0;
	writeq(client->ring_dma[e], ring + VFARB_RING_BASE);
	writeq(client->cq_dma[e], ring + VFARB_RING_CQ_BASE);
	writel(ENTRIES, ring + VFARB_RING_CQ_SIZE);
	tenant_write32(client, VFARB_TEN_RING(e) + VFARB_RING_SIZE, ENTRIES);
}

static void set_up_table(struct client *client)
{
	writeq(client->table_dma, client->tenant + VFARB_TEN_BUFFER_TABLE);
	tenant_write32(client, VFARB_TEN_BUFFERS, BUFFERS);
}

static void set_up_queue(struct queue *queue)
{
	struct rig *rig = queue->rig;

	memset(queue->entries, 0, ENTRIES * sizeof(*queue->entries));
	queue->seq = 1;
	writeq(queue->dma, rig->regs + VFARB_REG_EVQ(queue->q) + VFARB_EVQ_BASE);
	write32(rig, VFARB_REG_EVQ(queue->q) + VFARB_EVQ_SIZE, ENTRIES);
}

static void *dma_memory(struct rig *rig, size_t size, dma_addr_t *dma)
{
	void *memory = dma_alloc_coherent(&rig->pf->dev, size, dma, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(rig->test, memory);
	return memory;
}

static int find_notify(struct pci_dev *pdev)
{
	return pci_find_capability(pdev, PCI_CAP_ID_VNDR) + VFARB_CAP_NOTIFY;
}

static void add_client(struct rig *rig, unsigned int nr)
{
	struct client *client = &rig->client[nr];
	unsigned int e, b, i;

	client->rig = rig;
	client->nr = nr;
	client->pdev = nr ? pci_get_domain_bus_and_slot(rig->accel->sysdata.domain, 0, nr) :
			    pci_dev_get(rig->pf);
	KUNIT_ASSERT_NOT_NULL(rig->test, client->pdev);
	rig->clients = nr + 1;
	pci_set_master(client->pdev);
	client->notify = find_notify(client->pdev);
	client->tenant = pci_iomap(client->pdev, nr ? VFARB_VF_BAR_TENANT : VFARB_PF_BAR_TENANT,
				   0);
	KUNIT_ASSERT_NOT_NULL(rig->test, (void __force *)client->tenant);
	KUNIT_EXPECT_EQ(rig->test, readl(client->tenant + VFARB_TEN_MAGIC), VFARB_MAGIC);
	KUNIT_EXPECT_EQ(rig->test, readl(client->tenant + VFARB_TEN_FN), nr);
	for (e = 0; e < rig->params.engines; e++) {
		client->ring[e] = dma_memory(rig, ENTRIES * sizeof(*client->ring[e]),
					     &client->ring_dma[e]);
		client->cq[e] = dma_memory(rig, ENTRIES * sizeof(*client->cq[e]),
					   &client->cq_dma[e]);
		set_up_ring(client, e);
	}
	client->table = dma_memory(rig, PAGE_SIZE, &client->table_dma);
	for (b = 0; b < BUFFERS; b++) {
		client->list[b] = dma_memory(rig, PAGE_SIZE, &client->list_dma[b]);
		client->memory[b] = dma_memory(rig, BUFFER_PAGES * PAGE_SIZE,
					       &client->memory_dma[b]);
		for (i = 0; i < BUFFER_PAGES; i++)
			client->list[b][i] = cpu_to_le64(client->memory_dma[b] + i * PAGE_SIZE);
		client->table[b].pages = cpu_to_le64(client->list_dma[b]);
		client->table[b].length = cpu_to_le64(BUFFER_PAGES * PAGE_SIZE);
	}
	set_up_table(client);
	write32(rig, VFARB_REG_FN(nr) + VFARB_FN_CONTROL, VFARB_FN_ENABLE);
}

static void remove_client(struct client *client)
{
	struct rig *rig = client->rig;
	struct device *dev = &rig->pf->dev;
	unsigned int e, b;

	for (e = 0; e < rig->params.engines; e++) {
		if (client->ring[e])
			dma_free_coherent(dev, ENTRIES * sizeof(*client->ring[e]), client->ring[e],
					  client->ring_dma[e]);
		if (client->cq[e])
			dma_free_coherent(dev, ENTRIES * sizeof(*client->cq[e]), client->cq[e],
					  client->cq_dma[e]);
	}
	for (b = 0; b < BUFFERS; b++) {
		if (client->list[b])
			dma_free_coherent(dev, PAGE_SIZE, client->list[b], client->list_dma[b]);
		if (client->memory[b])
			dma_free_coherent(dev, BUFFER_PAGES * PAGE_SIZE, client->memory[b],
					  client->memory_dma[b]);
	}
	if (client->table)
		dma_free_coherent(dev, PAGE_SIZE, client->table, client->table_dma);
	if (client->tenant)
		pci_iounmap(client->pdev, client->tenant);
	pci_dev_put(client->pdev);
}

static void start_rig(struct rig *rig, unsigned int vfs)
{
	struct kunit *test = rig->test;
	unsigned int q, nr;
	int ret;

	rig->params.vfs = 3;
	rig->accel = emu_accel_create("test", &rig->params);
	if (IS_ERR(rig->accel)) {
		ret = PTR_ERR(rig->accel);
		rig->accel = NULL;
		KUNIT_ASSERT_EQ(test, ret, 0);
	}
	rig->pf = pci_get_domain_bus_and_slot(rig->accel->sysdata.domain, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, rig->pf);
	KUNIT_ASSERT_NULL_MSG(test, rig->pf->dev.driver, "unload vfarb_pci first");
	KUNIT_ASSERT_EQ(test, pci_enable_device_mem(rig->pf), 0);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(&rig->pf->dev, DMA_BIT_MASK(64)), 0);
	pci_set_master(rig->pf);
	rig->notify = find_notify(rig->pf);
	rig->regs = pci_iomap(rig->pf, VFARB_PF_BAR_REGS, 0);
	KUNIT_ASSERT_NOT_NULL(test, (void __force *)rig->regs);
	KUNIT_ASSERT_EQ(test, readl(rig->regs + VFARB_REG_MAGIC), VFARB_MAGIC);

	nr = VFARB_EVQS(rig->params.engines);
	KUNIT_ASSERT_EQ(test, pci_alloc_irq_vectors(rig->pf, nr, nr, PCI_IRQ_MSIX), (int)nr);
	for (q = 0; q < nr; q++) {
		rig->queue[q].rig = rig;
		rig->queue[q].q = q;
		rig->queue[q].entries = dma_memory(rig, ENTRIES * sizeof(struct vfarb_event),
						   &rig->queue[q].dma);
		set_up_queue(&rig->queue[q]);
		ret = request_irq(pci_irq_vector(rig->pf, q), interrupt, IRQF_NO_THREAD,
				  "vfarb_emu_test", &rig->queue[q]);
		KUNIT_ASSERT_EQ(test, ret, 0);
		rig->queue[q].irq = pci_irq_vector(rig->pf, q);
	}
	write32(rig, VFARB_REG_CONTROL, VFARB_CONTROL_ENABLE);
	if (vfs)
		KUNIT_ASSERT_EQ(test, pci_enable_sriov(rig->pf, vfs), 0);
	for (nr = 0; nr <= vfs; nr++)
		add_client(rig, nr);
}

/* With the shape that most cases want: one engine, one VF and easy numbers. */
static struct rig *begin(struct kunit *test)
{
	struct rig *rig = test->priv;

	start_rig(rig, 1);
	return rig;
}

static int set_up(struct kunit *test)
{
	struct rig *rig = kzalloc(sizeof(*rig), GFP_KERNEL);

	if (!rig)
		return -ENOMEM;
	rig->event = vzalloc(EVENTS_MAX * sizeof(*rig->event));
	if (!rig->event) {
		kfree(rig);
		return -ENOMEM;
	}
	rig->test = test;
	rig->params = emu_default_params;
	raw_spin_lock_init(&rig->lock);
	test->priv = rig;
	return 0;
}

static void tear_down(struct kunit *test)
{
	struct rig *rig = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rig->queue); i++)
		if (rig->queue[i].irq)
			free_irq(rig->queue[i].irq, &rig->queue[i]);
	if (rig->pf) {
		write32(rig, VFARB_REG_CONTROL, 0);
		pcie_flr(rig->pf);
		for (i = 0; i < rig->clients; i++)
			remove_client(&rig->client[i]);
		pci_disable_sriov(rig->pf);
		pci_free_irq_vectors(rig->pf);
		for (i = 0; i < ARRAY_SIZE(rig->queue); i++)
			if (rig->queue[i].entries)
				dma_free_coherent(&rig->pf->dev,
						  ENTRIES * sizeof(struct vfarb_event),
						  rig->queue[i].entries, rig->queue[i].dma);
		if (rig->regs)
			pci_iounmap(rig->pf, rig->regs);
		pci_disable_device(rig->pf);
		pci_dev_put(rig->pf);
	}
	if (rig->accel)
		emu_accel_destroy(rig->accel);
	vfree(rig->event);
	kfree(rig);
}

/* Every tick of the engine's clock is somebody's. The engine is idle. */
static void expect_conserved(struct rig *rig, unsigned int e)
{
	u64 mask = GENMASK_ULL(rig->params.counter_bits - 1, 0);
	u64 sum = 0, clock, switching, idle;
	unsigned int nr;

	clock = read64(rig, VFARB_REG_ENGINE(e) + VFARB_ENGINE_CLOCK);
	/* Live registers of an engine are all of one instant. */
	switching = readq(rig->regs + VFARB_REG_ENGINE(e) + VFARB_ENGINE_SWITCH_TIME);
	idle = readq(rig->regs + VFARB_REG_ENGINE(e) + VFARB_ENGINE_IDLE_TIME);
	for (nr = 0; nr <= rig->params.vfs; nr++)
		sum += read64(rig, VFARB_REG_FN(nr) + VFARB_FN_ENGINE(e) + VFARB_FN_RUN_TIME);
	KUNIT_EXPECT_EQ(rig->test, (sum + switching + idle) & mask, clock);
	KUNIT_EXPECT_EQ(rig->test,
			readl(rig->regs + VFARB_REG_ENGINE(e) + VFARB_ENGINE_STATUS),
			VFARB_STATUS_IDLE);
}

static void runs_exactly(struct kunit *test)
{
	struct rig *rig = begin(test);
	struct client *vf = &rig->client[1];
	const struct vfarb_event *pending, *started, *end;
	const struct vfarb_cqe *cqe;

	submit_timed(vf, 0, 100000, 0x1234567890abcdefull);
	pending = EVENT(rig, PENDING, 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(pending->fn), 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(pending->queued), 1u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(pending->head_size), 100000ull);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(pending->head_time), le64_to_cpu(pending->time));
	KUNIT_EXPECT_EQ(test, read64(rig, VFARB_REG_ENGINE(0) + VFARB_ENGINE_PENDING), 2ull);

	grant(rig, 0, 1, 1000000, 77);
	started = EVENT(rig, STARTED, 0);
	end = EVENT(rig, SLICE_END, 0);
	cqe = COMPLETION(vf, 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(started->cookie), 77u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(started->switching), rig->params.switch_cost_ns);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(end->arg), VFARB_REASON_EMPTY);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->run), 100000ull);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->switching), rig->params.switch_cost_ns);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->time) - le64_to_cpu(started->time), 100000ull);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(end->queued), 0u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->cookie), 0x1234567890abcdefull);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(cqe->status), VFARB_SUB_OK);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->run), 100000ull);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->wait),
			le64_to_cpu(started->time) - le64_to_cpu(pending->time));
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->time), le64_to_cpu(end->time));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe->grants), 1u);
	KUNIT_EXPECT_EQ(test, read64(rig, VFARB_REG_ENGINE(0) + VFARB_ENGINE_PENDING), 0ull);
	expect_conserved(rig, 0);

	/* The engine still holds its state, so the switch is free. */
	submit_timed(vf, 0, 5000, 1);
	grant(rig, 0, 1, 1000000, 78);
	end = EVENT(rig, SLICE_END, 1);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->switching), 0ull);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->run), 5000ull);
	expect_conserved(rig, 0);
}

struct expiry_case {
	const char *name;
	enum emu_preempt preempt;
	u64 granularity_ns;
	u64 work_ns;
	u64 slice_ns;
	u64 first_run_ns;
	u32 grants;
};

static const struct expiry_case expiry_cases[] = {
	{ "at once", EMU_PREEMPT_MID, 0, 200000, 50000, 50000, 4 },
	{ "at the next 7 us", EMU_PREEMPT_MID, 7000, 200000, 50000, 56000, 4 },
	{ "the end is nearer than the grain", EMU_PREEMPT_MID, 150000, 100000, 50000, 100000, 1 },
	{ "after the submission", EMU_PREEMPT_SUBMISSION, 0, 200000, 50000, 200000, 1 },
	{ "never, so after the submission", EMU_PREEMPT_NONE, 0, 200000, 50000, 200000, 1 },
	{ "exactly at its end", EMU_PREEMPT_MID, 0, 50000, 50000, 50000, 1 },
};

static void expiry_describe(const struct expiry_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(expiry, expiry_cases, expiry_describe);

static void expires(struct kunit *test)
{
	const struct expiry_case *c = test->param_value;
	struct rig *rig = test->priv;
	const struct vfarb_event *end;
	const struct vfarb_cqe *cqe;
	struct client *vf = &rig->client[1];
	unsigned int slices = 0;
	u64 run = 0;

	rig->params.preempt = c->preempt;
	rig->params.granularity_ns = c->granularity_ns;
	rig->params.preempt_cost_ns = 9000;
	start_rig(rig, 1);
	submit_timed(vf, 0, c->work_ns, 1);
	while (!completion_is_there(vf, 0) && slices < 10) {
		grant(rig, 0, 1, c->slice_ns, slices);
		end = EVENT(rig, SLICE_END, slices);
		run += le64_to_cpu(end->run);
		if (!slices) {
			KUNIT_EXPECT_EQ(test, le64_to_cpu(end->run), c->first_run_ns);
			KUNIT_EXPECT_EQ(test, le64_to_cpu(end->switching),
					rig->params.switch_cost_ns + (c->grants > 1 ? 9000 : 0));
			KUNIT_EXPECT_EQ(test, le32_to_cpu(end->arg), VFARB_REASON_EXPIRED);
			KUNIT_EXPECT_EQ(test, le64_to_cpu(end->head_size),
					c->work_ns - c->first_run_ns);
		}
		slices++;
	}
	cqe = COMPLETION(vf, 0);
	KUNIT_EXPECT_EQ(test, slices, c->grants);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe->grants), c->grants);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->run), c->work_ns);
	KUNIT_EXPECT_EQ(test, run, c->work_ns);
	KUNIT_EXPECT_EQ(test, count_events(rig, VFARB_EVENT_PREEMPTED), c->grants - 1);
	expect_conserved(rig, 0);
}

static void obeys_commands(struct kunit *test)
{
	struct rig *rig = test->priv;
	struct client *vf = &rig->client[1];
	const struct vfarb_event *end, *fault;

	rig->params.switch_cost_ns = 50000000;
	start_rig(rig, 1);

	/* Preempted while switching: the switch is finished, and nothing runs. */
	submit_timed(vf, 0, 20000000, 1);
	grant(rig, 0, 1, NSEC_PER_SEC, 1);
	KUNIT_EXPECT_EQ(test, read32(rig, VFARB_REG_ENGINE(0) + VFARB_ENGINE_STATUS),
			VFARB_STATUS_SWITCHING);
	command(rig, 0, VFARB_COMMAND_PREEMPT);
	end = EVENT(rig, SLICE_END, 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(end->arg), VFARB_REASON_PREEMPTED);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->run), 0ull);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->switching), 50000000ull);
	KUNIT_EXPECT_EQ(test, count_events(rig, VFARB_EVENT_STARTED), 0u);

	/* Preempted while running; a second grant is refused. */
	grant(rig, 0, 1, NSEC_PER_SEC, 2);
	EVENT(rig, STARTED, 0);
	grant(rig, 0, 1, NSEC_PER_SEC, 3);
	fault = EVENT(rig, FAULT, 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(fault->arg), VFARB_FAULT_BUSY);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(fault->cookie), 3u);
	command(rig, 0, VFARB_COMMAND_PREEMPT);
	end = EVENT(rig, SLICE_END, 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(end->arg), VFARB_REASON_PREEMPTED);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->run) % rig->params.granularity_ns, 0ull);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(end->cookie), 2u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(end->queued), 1u);

	/* Extended by 6 ms, so that it ends with its submission. */
	grant(rig, 0, 1, 20000000 - le64_to_cpu(end->run) - 5000000, 4);
	writeq(6000000, rig->regs + VFARB_REG_ENGINE(0) + VFARB_ENGINE_EXTEND_BY);
	command(rig, 0, VFARB_COMMAND_EXTEND);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(EVENT(rig, SLICE_END, 2)->run) +
			le64_to_cpu(end->run), 20000000ull);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(EVENT(rig, SLICE_END, 2)->arg), VFARB_REASON_EMPTY);

	/* What cannot be. */
	grant(rig, 0, 4, 1000, 5);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(EVENT(rig, FAULT, 1)->arg), VFARB_FAULT_BAD_COMMAND);
	command(rig, 0, 99);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(EVENT(rig, FAULT, 2)->arg), VFARB_FAULT_BAD_COMMAND);
	grant(rig, 0, 3, 1000, 6);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(EVENT(rig, SLICE_END, 3)->arg), VFARB_REASON_DISABLED);
	write32(rig, VFARB_REG_CONTROL, 0);
	grant(rig, 0, 1, 1000, 7);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(EVENT(rig, SLICE_END, 4)->arg), VFARB_REASON_DISABLED);
	/* Too late for either: nothing happens. */
	command(rig, 0, VFARB_COMMAND_PREEMPT);
	command(rig, 0, VFARB_COMMAND_EXTEND);
	expect_conserved(rig, 0);
}

/* A small round robin in the interrupt handler. */
static void dispatch(struct rig *rig, unsigned int e)
{
	unsigned int i, nr;

	for (i = 0; i < rig->clients; i++) {
		nr = (rig->next[e] + i) % rig->clients;
		if (!(rig->backlog[e] & BIT_ULL(nr)))
			continue;
		rig->next[e] = nr + 1;
		rig->busy[e] = true;
		rig->slices++;
		grant(rig, e, nr, rig->slice, rig->slices);
		return;
	}
}

static void round_robin(struct rig *rig, const struct vfarb_event *event)
{
	unsigned int e = event->engine;
	u16 nr = le16_to_cpu(event->fn);

	switch (event->type) {
	case VFARB_EVENT_PENDING:
		rig->backlog[e] |= BIT_ULL(nr);
		break;
	case VFARB_EVENT_SLICE_END:
		rig->busy[e] = false;
		if (event->queued)
			rig->backlog[e] |= BIT_ULL(nr);
		else
			rig->backlog[e] &= ~BIT_ULL(nr);
		break;
	default:
		return;
	}
	if (!rig->busy[e])
		dispatch(rig, e);
}

struct clock_case {
	const char *name;
	u64 hz;
	unsigned int bits;
};

static const struct clock_case clock_cases[] = {
	{ "1 GHz, 64 bits", 1000000000, 64 },
	{ "19.2 MHz, 64 bits", 19200000, 64 },
	{ "19.2 MHz, 32 bits", 19200000, 32 },
	{ "3 GHz, 32 bits", 3000000000, 32 },
	{ "1 MHz, 40 bits", 1000000, 40 },
};

static void clock_describe(const struct clock_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(clock, clock_cases, clock_describe);

/* Two engines, three functions, work of any length, granted in interrupts. */
static void conserves(struct kunit *test)
{
	const struct clock_case *c = test->param_value;
	struct rig *rig = test->priv;
	struct rnd_state rnd;
	unsigned int i, nr, e, left[3][2] = {};
	struct client *client;
	u64 run[2] = {};

	rig->params.engines = 2;
	rig->params.clock_hz = c->hz;
	rig->params.counter_bits = c->bits;
	rig->handle = round_robin;
	rig->slice = div_u64(100 * c->hz, USEC_PER_SEC);
	start_rig(rig, 2);
	prandom_seed_state(&rnd, 1);
	for (i = 0; i < 300; i++) {
		nr = prandom_u32_state(&rnd) % 3;
		e = prandom_u32_state(&rnd) % 2;
		submit_timed(&rig->client[nr], e, prandom_u32_state(&rnd) % 300000, i);
		left[nr][e]++;
		if (i % 20 == 19)
			usleep_range(100, 300);
	}
	for (nr = 0; nr < 3; nr++) {
		for (e = 0; e < 2; e++) {
			client = &rig->client[nr];
			for (; left[nr][e]; left[nr][e]--)
				run[e] += le64_to_cpu(COMPLETION(client, e)->run);
			KUNIT_EXPECT_FALSE(test, completion_is_there(client, e));
		}
	}
	for (e = 0; e < 2; e++) {
		KUNIT_EXPECT_TRUE(test, WAIT(!READ_ONCE(rig->busy[e])));
		expect_conserved(rig, e);
		KUNIT_EXPECT_EQ(test, run[e], rig->accel->engine[e].running_ticks);
		KUNIT_EXPECT_EQ(test, rig->accel->engine[e].running_ns +
				rig->accel->engine[e].switching_ns +
				rig->accel->engine[e].idle_ns, rig->accel->engine[e].mark_ns);
	}
	KUNIT_EXPECT_GT(test, count_events(rig, VFARB_EVENT_PREEMPTED), 0u);
	KUNIT_EXPECT_EQ(test, read32(rig, VFARB_REG_EVQ(1) + VFARB_EVQ_LOST), 0u);
}

/* Work that comes as the ring runs dry is announced by one event or the other. */
static void loses_no_work(struct kunit *test)
{
	struct rig *rig = test->priv;
	unsigned int i, got = 0;
	struct client *vf = &rig->client[1];

	rig->params.switch_cost_ns = 0;
	rig->params.cost.overhead_ns = 1000;
	rig->handle = round_robin;
	rig->slice = 100000;
	start_rig(rig, 1);
	for (i = 0; i < 5000; i++) {
		submit_timed(vf, 0, 1000 + i % 5000, i);
		while (i + 1 - got > (i == 4999 ? 0 : 4)) {
			KUNIT_ASSERT_EQ(test, le64_to_cpu(COMPLETION(vf, 0)->cookie), (u64)got);
			got++;
		}
		if (i % 3)
			ndelay(i % 3000);
	}
	KUNIT_EXPECT_EQ(test, got, 5000u);
}

/*
 * What an operation must do, and what a descriptor must be refused for, written
 * again from the documentation of the register interface.
 */
static int expected_status(const struct vfarb_descriptor *desc, u32 buffers, u64 size)
{
	static const unsigned int used[] = { 0, 0, 1, 2, 1, 3 };
	const struct vfarb_operand *o = desc->operand;
	u64 m = le32_to_cpu(desc->dim[0]), n = le32_to_cpu(desc->dim[1]);
	u64 k = le32_to_cpu(desc->dim[2]);
	u64 want[3] = { m * n * 4, m * k, k * n };
	unsigned int i;

	if (desc->op > VFARB_OP_MATMUL)
		return VFARB_SUB_BAD_OP;
	if (desc->flags || desc->reserved0 || desc->reserved1 || desc->reserved2 ||
	    o[0].reserved || o[1].reserved || o[2].reserved)
		return VFARB_SUB_BAD_FLAGS;
	if (desc->op == VFARB_OP_TIMED && le64_to_cpu(desc->time_ns) > VFARB_MAX_TIME_NS)
		return VFARB_SUB_TOO_LONG;
	if (desc->op == VFARB_OP_MATMUL && (m - 1 > 4095 || n - 1 > 4095 || k - 1 > 4095))
		return VFARB_SUB_BAD_DIM;
	for (i = 0; i < used[desc->op]; i++) {
		u64 offset = le64_to_cpu(o[i].offset), length = le64_to_cpu(o[i].length);

		if (le32_to_cpu(o[i].buffer) >= buffers)
			return VFARB_SUB_BAD_BUFFER;
		if (offset & 7)
			return VFARB_SUB_MISALIGNED;
		if (length == 0)
			return VFARB_SUB_BAD_LENGTH;
		if ((desc->op == VFARB_OP_FILL || desc->op == VFARB_OP_COPY) && length & 7)
			return VFARB_SUB_MISALIGNED;
		if (offset + length < offset || offset + length > size)
			return VFARB_SUB_BAD_RANGE;
	}
	if (desc->op == VFARB_OP_COPY && o[0].length != o[1].length)
		return VFARB_SUB_BAD_LENGTH;
	for (i = 0; desc->op == VFARB_OP_MATMUL && i < 3; i++)
		if (le64_to_cpu(o[i].length) != want[i])
			return VFARB_SUB_BAD_LENGTH;
	for (i = 1; i < used[desc->op]; i++) {
		u64 a = le64_to_cpu(o[0].offset), b = le64_to_cpu(o[i].offset);

		if (o[0].buffer == o[i].buffer && a < b + le64_to_cpu(o[i].length) &&
		    b < a + le64_to_cpu(o[0].length))
			return VFARB_SUB_OVERLAP;
	}
	return VFARB_SUB_OK;
}

static u32 slow_crc32c(const u8 *data, size_t length)
{
	u32 crc = ~0u;
	unsigned int bit;

	while (length--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

/* Do to @memory what the device must do to its. Return: the result. */
static u64 expected_result(const struct vfarb_descriptor *desc, u8 *memory[BUFFERS])
{
	u32 m = le32_to_cpu(desc->dim[0]), n = le32_to_cpu(desc->dim[1]);
	u32 k = le32_to_cpu(desc->dim[2]), row, column, i;
	u64 length = le64_to_cpu(desc->operand[0].length);
	u8 *at[VFARB_OPERANDS];
	s32 *product;
	s32 sum;

	for (i = 0; i < VFARB_OPERANDS; i++)
		at[i] = memory[le32_to_cpu(desc->operand[i].buffer) % BUFFERS] +
			le64_to_cpu(desc->operand[i].offset);
	switch (desc->op) {
	case VFARB_OP_FILL:
		for (i = 0; i < length; i++)
			at[0][i] = le32_to_cpu(desc->value) >> (8 * (i % 4));
		break;
	case VFARB_OP_COPY:
		memcpy(at[0], at[1], length);
		break;
	case VFARB_OP_CHECKSUM:
		return slow_crc32c(at[0], length);
	case VFARB_OP_MATMUL:
		product = (s32 *)at[0];
		for (row = 0; row < m; row++) {
			for (column = 0; column < n; column++) {
				sum = 0;
				for (i = 0; i < k; i++)
					sum += (s8)at[1][row * k + i] *
					       (s8)at[2][i * n + column];
				product[row * n + column] = sum;
			}
		}
		break;
	}
	return 0;
}

/* A right descriptor of some operation on some places, at most @most bytes each. */
static struct vfarb_descriptor random_right(struct rnd_state *rnd, u64 most)
{
	u64 size = BUFFER_PAGES * PAGE_SIZE;
	struct vfarb_descriptor desc = {
		.op = VFARB_OP_FILL + prandom_u32_state(rnd) % 4,
		.value = cpu_to_le32(prandom_u32_state(rnd)),
	};
	u32 m = 1 + prandom_u32_state(rnd) % 40, n = 1 + prandom_u32_state(rnd) % 40;
	u32 k = 1 + prandom_u32_state(rnd) % min_t(u32, most / 64, 200);
	u32 first = prandom_u32_state(rnd);
	u64 length[3], offset;
	unsigned int i;

	length[0] = (1 + prandom_u32_state(rnd) % (u32)(most / 8 - 1)) * 8;
	if (desc.op == VFARB_OP_CHECKSUM)
		length[0] -= prandom_u32_state(rnd) % 8;
	length[1] = length[0];
	length[2] = 0;
	if (desc.op == VFARB_OP_MATMUL) {
		length[0] = m * n * 4;
		length[1] = m * k;
		length[2] = k * n;
		desc.dim[0] = cpu_to_le32(m);
		desc.dim[1] = cpu_to_le32(n);
		desc.dim[2] = cpu_to_le32(k);
	}
	for (i = 0; i < VFARB_OPERANDS; i++) {
		offset = prandom_u32_state(rnd) % ((size - length[i]) / 8 + 1) * 8;
		desc.operand[i].buffer = cpu_to_le32((first + i) % BUFFERS);
		desc.operand[i].offset = cpu_to_le64(offset);
		desc.operand[i].length = cpu_to_le64(length[i]);
	}
	return desc;
}

static void fill_random(struct rnd_state *rnd, struct client *client, u8 *copy[BUFFERS])
{
	unsigned int b;

	for (b = 0; b < BUFFERS; b++) {
		prandom_bytes_state(rnd, client->memory[b], BUFFER_PAGES * PAGE_SIZE);
		memcpy(copy[b], client->memory[b], BUFFER_PAGES * PAGE_SIZE);
	}
}

/* Real work, slices too short for most of it, and every byte compared. */
static void works(struct kunit *test)
{
	struct rig *rig = test->priv;
	struct vfarb_descriptor desc;
	const struct vfarb_cqe *cqe;
	u8 *copy[BUFFERS];
	struct rnd_state rnd;
	unsigned int i, b;
	struct client *vf = &rig->client[1];
	u64 result;

	for (b = 0; b < BUFFERS; b++) {
		copy[b] = kunit_kzalloc(test, BUFFER_PAGES * PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy[b]);
	}
	rig->handle = round_robin;
	rig->slice = 500000;
	start_rig(rig, 1);
	prandom_seed_state(&rnd, 2);
	fill_random(&rnd, vf, copy);
	for (i = 0; i < 200; i++) {
		desc = random_right(&rnd, BUFFER_PAGES * PAGE_SIZE);
		KUNIT_ASSERT_EQ(test, expected_status(&desc, BUFFERS, BUFFER_PAGES * PAGE_SIZE),
				VFARB_SUB_OK);
		put(vf, 0, &desc);
		ring_doorbell(vf, 0);
		result = expected_result(&desc, copy);
		cqe = COMPLETION(vf, 0);
		KUNIT_ASSERT_EQ(test, le16_to_cpu(cqe->status), VFARB_SUB_OK);
		KUNIT_ASSERT_EQ(test, le64_to_cpu(cqe->result), result);
		for (b = 0; b < BUFFERS; b++)
			KUNIT_ASSERT_EQ_MSG(test, memcmp(copy[b], vf->memory[b],
							 BUFFER_PAGES * PAGE_SIZE), 0,
					    "op %u, buffer %u", desc.op, b);
	}
	KUNIT_EXPECT_GT(test, count_events(rig, VFARB_EVENT_PREEMPTED), 0u);
}

/* Mostly one field wrong, sometimes everything. */
static struct vfarb_descriptor random_wrong(struct rnd_state *rnd)
{
	static const u64 values[] = {
		0, 1, 7, 8, 4095, 4096, 4097, BUFFER_PAGES * 4096, BUFFER_PAGES * 4096 - 8,
		BUFFER_PAGES * 4096 + 8, 1ull << 31, 1ull << 32, 1ull << 63, ~0ull, ~7ull,
		VFARB_MAX_TIME_NS + 1,
	};
	struct vfarb_descriptor desc = random_right(rnd, 512);
	u32 operand = prandom_u32_state(rnd) % VFARB_OPERANDS;
	u64 value = values[prandom_u32_state(rnd) % ARRAY_SIZE(values)];

	switch (prandom_u32_state(rnd) % 13) {
	case 0:
		desc.op = prandom_u32_state(rnd);
		break;
	case 1:
		desc.flags = value;
		break;
	case 2:
		desc.reserved0 = cpu_to_le16(value);
		break;
	case 3:
		desc.reserved1 = cpu_to_le32(value);
		break;
	case 4:
		desc.reserved2 = cpu_to_le64(value);
		break;
	case 5:
		desc.operand[operand].buffer = cpu_to_le32(value);
		break;
	case 6:
		desc.operand[operand].reserved = cpu_to_le32(value);
		break;
	case 7:
		desc.operand[operand].offset = cpu_to_le64(value);
		break;
	case 8:
		desc.operand[operand].length = cpu_to_le64(value);
		break;
	case 9:
		desc.dim[operand] = cpu_to_le32(value);
		break;
	case 10:
		desc.operand[1] = desc.operand[0];
		break;
	case 11:
		desc.op = VFARB_OP_TIMED;
		desc.time_ns = cpu_to_le64(value);
		break;
	case 12:
		prandom_bytes_state(rnd, &desc, sizeof(desc));
		if (prandom_u32_state(rnd) % 2)
			desc.op %= VFARB_OP_COUNT;
		break;
	}
	return desc;
}

/* The sanitizers' kernels are some fifty times slower; selftests/emu/op.c has the numbers. */
#define FUZZ_TOTAL	(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ? 6400 : 100000)
#define FUZZ_BATCH	64

/* Descriptors, mostly wrong: each gets its own status, and nothing else happens. */
static void refuses(struct kunit *test)
{
	struct rig *rig = test->priv;
	unsigned int i, j, b, seen[VFARB_SUB_CANCELLED + 1] = {};
	struct vfarb_descriptor desc;
	int expected[FUZZ_BATCH];
	const struct vfarb_cqe *cqe;
	u8 *copy[BUFFERS];
	struct rnd_state rnd;
	struct client *vf = &rig->client[1];

	for (b = 0; b < BUFFERS; b++) {
		copy[b] = kunit_kzalloc(test, BUFFER_PAGES * PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy[b]);
	}
	rig->handle = round_robin;
	rig->slice = 100000;
	rig->params.cost.overhead_ns = 100;
	start_rig(rig, 1);
	prandom_seed_state(&rnd, 3);
	fill_random(&rnd, vf, copy);
	for (i = 0; i < FUZZ_TOTAL; i += FUZZ_BATCH) {
		for (j = 0; j < FUZZ_BATCH; j++) {
			desc = random_wrong(&rnd);
			/* Long is not wrong, only slow. */
			if (desc.op == VFARB_OP_TIMED &&
			    le64_to_cpu(desc.time_ns) <= VFARB_MAX_TIME_NS)
				desc.time_ns = 0;
			expected[j] = expected_status(&desc, BUFFERS, BUFFER_PAGES * PAGE_SIZE);
			if (expected[j] == VFARB_SUB_OK && desc.op >= VFARB_OP_FILL)
				expected_result(&desc, copy);
			desc.cookie = cpu_to_le64(i + j);
			put(vf, 0, &desc);
		}
		ring_doorbell(vf, 0);
		for (j = 0; j < FUZZ_BATCH; j++) {
			cqe = COMPLETION(vf, 0);
			KUNIT_ASSERT_EQ(test, le64_to_cpu(cqe->cookie), (u64)(i + j));
			KUNIT_ASSERT_EQ(test, le16_to_cpu(cqe->status), expected[j]);
			seen[le16_to_cpu(cqe->status)]++;
		}
		if (i % 1600 == 0)
			kunit_info(test, "%u of %u", i, FUZZ_TOTAL);
	}
	for (b = 0; b < BUFFERS; b++)
		KUNIT_EXPECT_EQ(test, memcmp(copy[b], vf->memory[b], BUFFER_PAGES * PAGE_SIZE),
				0);
	for (i = VFARB_SUB_OK; i <= VFARB_SUB_TOO_LONG; i++)
		if (i != VFARB_SUB_DMA)
			KUNIT_EXPECT_GT_MSG(test, seen[i], 0u, "status %u", i);
	expect_conserved(rig, 0);
}

/* Tables and lists that point at what is not memory. */
static void survives_bad_addresses(struct kunit *test)
{
	static const u64 bad[] = { 0xa0000, 1ull << 52, ~0ull, ~4095ull, 8, 0xfee00000 };
	struct rig *rig = begin(test);
	struct vfarb_descriptor desc = {
		.op = VFARB_OP_FILL,
		.operand[0].length = cpu_to_le64(BUFFER_PAGES * PAGE_SIZE),
	};
	struct client *vf = &rig->client[1];
	unsigned int i;

	rig->slice = 100000000;
	rig->handle = round_robin;
	for (i = 0; i < 2 * ARRAY_SIZE(bad); i++) {
		if (i % 2)
			vf->table[0].pages = cpu_to_le64(bad[i / 2]);
		else
			vf->list[0][BUFFER_PAGES - 1] = cpu_to_le64(bad[i / 2]);
		put(vf, 0, &desc);
		ring_doorbell(vf, 0);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(COMPLETION(vf, 0)->status), VFARB_SUB_DMA);
		vf->table[0].pages = cpu_to_le64(vf->list_dma[0]);
	}
	/* The device's own registers are not memory either. */
	vf->list[0][0] = cpu_to_le64(pci_resource_start(rig->pf, VFARB_PF_BAR_REGS));
	put(vf, 0, &desc);
	ring_doorbell(vf, 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(COMPLETION(vf, 0)->status), VFARB_SUB_DMA);

	/* A ring that is not there ends the slice and the ring, nothing more. */
	for (i = 0; i < 3; i++) {
		writeq(bad[i] & ~127ull, vf->tenant + VFARB_TEN_RING(0) + VFARB_RING_BASE);
		tenant_write32(vf, VFARB_TEN_RING(0) + VFARB_RING_SIZE, ENTRIES);
		vf->tail[0] = 1;
		ring_doorbell(vf, 0);
		KUNIT_ASSERT_TRUE(test, WAIT(!READ_ONCE(rig->busy[0]) &&
					     !(READ_ONCE(rig->backlog[0]) & 2) &&
					     count_events(rig, VFARB_EVENT_FAULT)));
	}
	tenant_write32(vf, VFARB_TEN_RING(0) + VFARB_RING_SIZE, 3);
	vf->tail[0] = 0;
	set_up_ring(vf, 0);
	submit_timed(vf, 0, 1000, 5);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(COMPLETION(vf, 0)->cookie), 5ull);
	expect_conserved(rig, 0);
}

static void resets(struct kunit *test)
{
	struct rig *rig = test->priv;
	const struct vfarb_event *done;
	struct client *pf = &rig->client[0];
	struct client *vf = &rig->client[1];
	const struct vfarb_cqe *cqe;
	unsigned int i;
	u64 run;

	rig->params.engines = 2;
	start_rig(rig, 1);

	/* By the PF, while it runs: everything outstanding ends, and says so. */
	for (i = 0; i < 5; i++)
		submit_timed(vf, 0, NSEC_PER_SEC, i);
	submit_timed(pf, 0, 1000, 99);
	grant(rig, 0, 1, 2ull * NSEC_PER_SEC, 1);
	EVENT(rig, STARTED, 0);
	write32(rig, VFARB_REG_FN(1) + VFARB_FN_CONTROL, VFARB_FN_ENABLE | VFARB_FN_RESET);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(EVENT(rig, SLICE_END, 0)->arg), VFARB_REASON_RESET);
	done = EVENT(rig, RESET_DONE, 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(done->fn), 1);
	KUNIT_EXPECT_EQ(test, done->engine, VFARB_EVENT_ENGINE_NONE);
	for (i = 0; i < 5; i++) {
		cqe = COMPLETION(vf, 0);
		KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->cookie), (u64)i);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(cqe->status), VFARB_SUB_RESET);
	}
	KUNIT_EXPECT_EQ(test, read32(rig, VFARB_REG_FN(1) + VFARB_FN_STATUS),
			VFARB_FN_STATUS_ENABLED);
	KUNIT_EXPECT_EQ(test, readl(vf->tenant + VFARB_TEN_RING(0) + VFARB_RING_SIZE), 0u);
	/* The counters and the other function's work are untouched. */
	run = read64(rig, VFARB_REG_FN(1) + VFARB_FN_ENGINE(0) + VFARB_FN_RUN_TIME);
	KUNIT_EXPECT_EQ(test, run, le64_to_cpu(EVENT(rig, SLICE_END, 0)->run));
	grant(rig, 0, 0, NSEC_PER_SEC, 2);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(COMPLETION(pf, 0)->cookie), 99ull);
	expect_conserved(rig, 0);

	/* By itself, through config space. */
	set_up_ring(vf, 0);
	submit_timed(vf, 0, NSEC_PER_SEC, 1);
	grant(rig, 0, 1, NSEC_PER_SEC, 3);
	KUNIT_EXPECT_EQ(test, pcie_flr(vf->pdev), 0);
	done = EVENT(rig, RESET_DONE, 1);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(done->fn), 1);
	KUNIT_EXPECT_FALSE(test, completion_is_there(vf, 0));
	pci_set_master(vf->pdev);
	set_up_ring(vf, 0);
	submit_timed(vf, 0, 1000, 7);
	grant(rig, 0, 1, NSEC_PER_SEC, 4);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(COMPLETION(vf, 0)->cookie), 7ull);

	/* The engine: what ran is lost, what waited is not. */
	submit_timed(vf, 0, NSEC_PER_SEC, 8);
	submit_timed(vf, 0, 1000, 9);
	grant(rig, 0, 1, NSEC_PER_SEC, 5);
	EVENT(rig, STARTED, 3);
	command(rig, 0, VFARB_COMMAND_RESET);
	done = EVENT(rig, RESET_DONE, 2);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(done->fn), 0xffff);
	KUNIT_EXPECT_EQ(test, done->engine, 0);
	cqe = COMPLETION(vf, 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->cookie), 8ull);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(cqe->status), VFARB_SUB_RESET);
	grant(rig, 0, 1, NSEC_PER_SEC, 6);
	cqe = COMPLETION(vf, 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cqe->cookie), 9ull);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(cqe->status), VFARB_SUB_OK);
	expect_conserved(rig, 0);
}

/* A function that may not reach memory neither runs nor is said to have work. */
static void respects_bus_master(struct kunit *test)
{
	struct rig *rig = begin(test);
	struct client *vf = &rig->client[1];

	pci_clear_master(vf->pdev);
	submit_timed(vf, 0, 1000, 1);
	KUNIT_EXPECT_EQ(test, read64(rig, VFARB_REG_ENGINE(0) + VFARB_ENGINE_PENDING), 0ull);
	KUNIT_EXPECT_EQ(test, count_events(rig, VFARB_EVENT_PENDING), 0u);
	pci_set_master(vf->pdev);
	EVENT(rig, PENDING, 0);
	write32(rig, VFARB_REG_FN(1) + VFARB_FN_CONTROL, 0);
	KUNIT_EXPECT_EQ(test, read64(rig, VFARB_REG_ENGINE(0) + VFARB_ENGINE_PENDING), 0ull);
	write32(rig, VFARB_REG_FN(1) + VFARB_FN_CONTROL, VFARB_FN_ENABLE);
	EVENT(rig, PENDING, 1);
	grant(rig, 0, 1, 100000, 1);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(COMPLETION(vf, 0)->cookie), 1ull);
}

/* What comes while a vector is masked waits in the pending bits. */
static void respects_masks(struct kunit *test)
{
	struct rig *rig = begin(test);
	struct queue *queue = &rig->queue[1];
	u16 control;
	int cap = pci_find_capability(rig->pf, PCI_CAP_ID_MSIX);
	u64 *pba = rig->accel->fn[0]->msix + EMU_PBA_OFFSET;

	pci_read_config_word(rig->pf, cap + PCI_MSIX_FLAGS, &control);
	pci_write_config_word(rig->pf, cap + PCI_MSIX_FLAGS, control | PCI_MSIX_FLAGS_MASKALL);
	submit_timed(&rig->client[1], 0, 1000, 1);
	msleep(20);
	KUNIT_EXPECT_EQ(test, queue->irqs, 0u);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*pba), 2ull);
	pci_write_config_word(rig->pf, cap + PCI_MSIX_FLAGS, control);
	EVENT(rig, PENDING, 0);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*pba), 0ull);

	/* The vector's own mask, by way of the interrupt controller. */
	irq_set_status_flags(queue->irq, IRQ_DISABLE_UNLAZY);
	disable_irq(queue->irq);
	grant(rig, 0, 1, 100000, 1);
	msleep(20);
	KUNIT_EXPECT_EQ(test, READ_ONCE(*pba), 2ull);
	KUNIT_EXPECT_EQ(test, count_events(rig, VFARB_EVENT_SLICE_END), 0u);
	enable_irq(queue->irq);
	EVENT(rig, SLICE_END, 0);
	irq_clear_status_flags(queue->irq, IRQ_DISABLE_UNLAZY);
}

/* Switch a fault on as debugfs does. */
static void fault(struct rig *rig, enum emu_fault_id id, u64 count, u64 value)
{
	struct emu_faults *faults = &rig->accel->faults;
	struct emu_fault fault = {
		.faults = faults, .on = true, .rate = 1000000, .count = count, .fn = -1,
		.engine = -1, .value = value,
	};
	unsigned long flags;

	raw_spin_lock_irqsave(&faults->lock, flags);
	faults->fault[id] = fault;
	raw_spin_unlock_irqrestore(&faults->lock, flags);
}

static u64 hits(struct rig *rig, enum emu_fault_id id)
{
	return rig->accel->faults.fault[id].hits;
}

static void breaks_interrupts(struct kunit *test)
{
	struct rig *rig = begin(test);
	struct queue *queue = &rig->queue[1];
	struct client *vf = &rig->client[1];
	unsigned int irqs;
	ktime_t begin;

	fault(rig, EMU_FAULT_IRQ_LOST, 1, 0);
	submit_timed(vf, 0, 1000, 1);
	msleep(20);
	KUNIT_EXPECT_EQ(test, hits(rig, EMU_FAULT_IRQ_LOST), 1ull);
	KUNIT_EXPECT_EQ(test, queue->irqs, 0u);

	/* Two, as the second would bring the first's event along. */
	fault(rig, EMU_FAULT_IRQ_LATE, 2, 30000000);
	begin = ktime_get();
	grant(rig, 0, 1, 1000000, 1);
	EVENT(rig, STARTED, 0);
	KUNIT_EXPECT_GE(test, ktime_to_ns(ktime_sub(ktime_get(), begin)), 29000000ll);
	EVENT(rig, PENDING, 0);

	KUNIT_EXPECT_NOT_NULL(test, wait_completion(vf, 0));
	EVENT(rig, SLICE_END, 0);
	msleep(20);
	irqs = queue->irqs;
	fault(rig, EMU_FAULT_IRQ_DUPLICATE, 1, 0);
	submit_timed(vf, 0, 1000, 1);
	msleep(20);
	KUNIT_EXPECT_EQ(test, queue->irqs, irqs + 2);

	irqs = queue->irqs;
	fault(rig, EMU_FAULT_IRQ_STORM, 1, 500);
	grant(rig, 0, 1, 1000000, 1);
	EVENT(rig, SLICE_END, 1);
	msleep(100);
	KUNIT_EXPECT_GE(test, queue->irqs, irqs + 501);
}

static void breaks_engines(struct kunit *test)
{
	struct rig *rig = begin(test);
	struct client *vf = &rig->client[1];
	const struct vfarb_event *end;
	u64 progress, run;

	/* Deaf: runs on through slice end and preempt, to the end of its work. */
	fault(rig, EMU_FAULT_DEAF, 1, 0);
	submit_timed(vf, 0, 20000000, 1);
	grant(rig, 0, 1, 1000000, 1);
	EVENT(rig, STARTED, 0);
	usleep_range(5000, 6000);
	command(rig, 0, VFARB_COMMAND_PREEMPT);
	end = EVENT(rig, SLICE_END, 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(end->run), 20000000ull);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(end->arg), VFARB_REASON_EMPTY);

	/* Hung: time goes on, progress does not, and only a reset helps. */
	fault(rig, EMU_FAULT_HANG, 1, 0);
	submit_timed(vf, 0, 1000, 2);
	grant(rig, 0, 1, 10000, 2);
	EVENT(rig, STARTED, 1);
	progress = read64(rig, VFARB_REG_FN(1) + VFARB_FN_ENGINE(0) + VFARB_FN_PROGRESS);
	run = read64(rig, VFARB_REG_FN(1) + VFARB_FN_ENGINE(0) + VFARB_FN_RUN_TIME);
	command(rig, 0, VFARB_COMMAND_PREEMPT);
	msleep(20);
	KUNIT_EXPECT_EQ(test, read32(rig, VFARB_REG_ENGINE(0) + VFARB_ENGINE_STATUS),
			VFARB_STATUS_RUNNING);
	KUNIT_EXPECT_EQ(test, progress, read64(rig, VFARB_REG_FN(1) + VFARB_FN_ENGINE(0) +
					       VFARB_FN_PROGRESS));
	KUNIT_EXPECT_GT(test, read64(rig, VFARB_REG_FN(1) + VFARB_FN_ENGINE(0) +
				     VFARB_FN_RUN_TIME), run);
	fault(rig, EMU_FAULT_RESET_LOST, 1, 0);
	write32(rig, VFARB_REG_FN(1) + VFARB_FN_CONTROL, VFARB_FN_ENABLE | VFARB_FN_RESET);
	EVENT(rig, SLICE_END, 1);
	msleep(20);
	KUNIT_EXPECT_EQ(test, count_events(rig, VFARB_EVENT_RESET_DONE), 0u);
	write32(rig, VFARB_REG_FN(1) + VFARB_FN_CONTROL, VFARB_FN_ENABLE | VFARB_FN_RESET);
	EVENT(rig, RESET_DONE, 0);
	set_up_ring(vf, 0);
	expect_conserved(rig, 0);

	/* A counter that lies. */
	fault(rig, EMU_FAULT_RUN_TIME, 1, 12345);
	submit_timed(vf, 0, 1000, 3);
	grant(rig, 0, 1, 10000, 3);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(EVENT(rig, SLICE_END, 2)->run), 1000ull + 12345);
}

static void breaks_events(struct kunit *test)
{
	struct rig *rig = begin(test);
	struct client *vf = &rig->client[1];
	const struct vfarb_event *event;
	unsigned int events;

	fault(rig, EMU_FAULT_EVENT_TYPE, 1, 0xee);
	submit_timed(vf, 0, 1000, 1);
	event = event_nth(rig, 0xee, 0);
	KUNIT_ASSERT_NOT_NULL(test, event);
	fault(rig, EMU_FAULT_EVENT_FN, 1, 0);
	fault(rig, EMU_FAULT_TIME_BACKWARDS, 1, 5000000);
	grant(rig, 0, 1, 10000, 3);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(EVENT(rig, STARTED, 0)->fn), 0x7fff);
	KUNIT_EXPECT_GE(test, le64_to_cpu(EVENT(rig, SLICE_END, 0)->time) -
			le64_to_cpu(EVENT(rig, STARTED, 0)->time), 5000000ull);

	fault(rig, EMU_FAULT_EVENT_ENGINE, 1, 0);
	submit_timed(vf, 0, 1000, 2);
	KUNIT_EXPECT_EQ(test, EVENT(rig, PENDING, 0)->engine, 77);
	fault(rig, EMU_FAULT_EVENT_SEQ, 1, 9);
	grant(rig, 0, 1, 10000, 4);
	EVENT(rig, SLICE_END, 1);
	KUNIT_EXPECT_EQ(test, rig->gaps, 1u);
	events = rig->events;
	fault(rig, EMU_FAULT_EVENT_LOST, 1, 0);
	submit_timed(vf, 0, 1000, 3);
	msleep(20);
	KUNIT_EXPECT_EQ(test, rig->events, events);
	KUNIT_EXPECT_EQ(test, read64(rig, VFARB_REG_ENGINE(0) + VFARB_ENGINE_PENDING), 2ull);
}

/* An overflowing queue drops events and counts them. */
static void counts_lost_events(struct kunit *test)
{
	struct rig *rig = begin(test);
	unsigned int i;

	disable_irq(rig->queue[1].irq);
	for (i = 0; i < ENTRIES + 10; i++)
		command(rig, 0, 99);
	KUNIT_EXPECT_EQ(test, read32(rig, VFARB_REG_EVQ(1) + VFARB_EVQ_LOST), 10u);
	enable_irq(rig->queue[1].irq);
	EVENT(rig, FAULT, ENTRIES - 1);
	command(rig, 0, 99);
	EVENT(rig, FAULT, ENTRIES);
}

/* The promise is for 6.1 where the clock counts instructions, which is where one CPU is. */
static void is_prompt(struct kunit *test)
{
	struct queue *queue;
	struct rig *rig;
	unsigned int i;
	u64 ns;

	if (num_online_cpus() > 1)
		kunit_skip(test, "time means something on one CPU only");
	rig = begin(test);
	queue = &rig->queue[1];
	for (i = 0; i < 100; i++) {
		submit_timed(&rig->client[1], 0, 20000, i);
		grant(rig, 0, 1, 100000, i);
		EVENT(rig, SLICE_END, i);
	}
	KUNIT_ASSERT_GE(test, queue->ways, 100u);
	ns = div_u64(queue->way_ns, queue->ways);
	kunit_info(test, "timer_to_handler %llu ns", ns);
	if (strstarts(init_utsname()->release, "6.1."))
		KUNIT_EXPECT_LE(test, ns, 500ull);
}

/* A VF's share of what the device itself needs, at most engines. */
static void is_small(struct kunit *test)
{
	size_t size = sizeof(struct emu_fn) + VFARB_MAX_ENGINES * sizeof(struct emu_context) +
		      VFARB_TENANT_PAGE_SIZE + VFARB_BAR_MSIX_SIZE;

	kunit_info(test, "%zu bytes per VF", size);
	KUNIT_EXPECT_LE(test, size, (size_t)SZ_64K);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(runs_exactly),
	KUNIT_CASE_PARAM(expires, expiry_gen_params),
	KUNIT_CASE(obeys_commands),
	KUNIT_CASE_PARAM(conserves, clock_gen_params),
	KUNIT_CASE(loses_no_work),
	KUNIT_CASE(works),
	KUNIT_CASE(refuses),
	KUNIT_CASE(survives_bad_addresses),
	KUNIT_CASE(resets),
	KUNIT_CASE(respects_bus_master),
	KUNIT_CASE(respects_masks),
	KUNIT_CASE(breaks_interrupts),
	KUNIT_CASE(breaks_engines),
	KUNIT_CASE(breaks_events),
	KUNIT_CASE(counts_lost_events),
	KUNIT_CASE(is_prompt),
	KUNIT_CASE(is_small),
	{}
};

static struct kunit_suite suite = {
	.name = "vfarb_emu",
	.init = set_up,
	.exit = tear_down,
	.test_cases = cases,
};

kunit_test_suites(&suite);

VFARB_IMPORT_NS;
MODULE_DESCRIPTION("KUnit suite of the software accelerator");
MODULE_AUTHOR("The vfarb authors");
MODULE_LICENSE("GPL");
