// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger. Told anything at all, it closes to the nanosecond after every step (promise P1). Told
 * what the arbiter tells it, those who are there are entitled to just what was executed.
 */
#include "fuzz.h"
#include "../../kernel/core/ledger.h"

#define LINES	4

/* Where a lag is clamped, nothing is conserved; no arbiter's slice comes near. */
#define LONGEST_NS	((1u << 24) - 1)

struct model {
	struct vfarb_ledger ledger;
	struct vfarb_line line[LINES];
	bool entered[LINES];
	u64 running, switching, idle;
	struct vfarb_line *run;		/* holds the engine */
	u64 ran;			/* since its last charge */
	u64 changes;
};

static void check_sums(const struct model *m)
{
	const struct vfarb_ledger *ledger = &m->ledger;
	u64 running = ledger->departed.running, switching = ledger->departed.switching;
	int i;

	for (i = 0; i < LINES; i++) {
		running += m->line[i].executed.running;
		switching += m->line[i].executed.switching;
	}
	must(ledger->total.running == running && ledger->total.running == m->running);
	must(ledger->total.switching == switching && ledger->total.switching == m->switching);
	must(ledger->idle_ns == m->idle && ledger->idle_backlog_ns <= m->idle);
	must(ledger->clock_ns - ledger->opened_ns == running + switching + ledger->idle_ns);
}

static void close_up(struct model *m, struct vfarb_line *line, s64 passed, u64 run, u64 change,
		     bool backlog)
{
	u64 before = m->ledger.clock_ns, claimed = run, claimed_change = change, idle;
	u64 anomalies = 0, anomalies_before = 0;
	bool believed;
	int i;

	for (i = 0; i < VFARB_ANOMALIES; i++)
		anomalies_before += m->ledger.anomalies[i];
	believed = vfarb_ledger_close(&m->ledger, line, before + passed, &run, &change, backlog,
				      &idle);
	for (i = 0; i < VFARB_ANOMALIES; i++)
		anomalies += m->ledger.anomalies[i];
	must(anomalies - anomalies_before == !believed);
	must(run <= claimed && change <= claimed_change);
	must(believed == (run == claimed && change == claimed_change && passed >= 0));
	must(m->ledger.clock_ns == before + (passed < 0 ? 0 : passed));
	m->running += run;
	m->switching += change;
	m->idle += idle;
}

/* A provider that lies. */
static void step_wild(struct model *m, struct input *in)
{
	u8 how = take(in, 1);
	struct vfarb_line *line = how & 0x80 ? NULL : &m->line[how % LINES];
	u64 run = take(in, how & 0x40 ? 8 : 3), change = take(in, how & 0x40 ? 8 : 2);
	/* An engine's whole life is some centuries long. */
	s64 passed = how & 0x20 ? (s64)take(in, how & 0x10 ? 8 : 4) >> 10 : (s64)take(in, 2);

	if (!(how & 0x60))
		passed += run + change;
	close_up(m, line, passed, run, change, how & 8);
	if (line && (how & 0x70) == 0x10) {
		vfarb_ledger_depart(&m->ledger, line);
		line->executed = (struct vfarb_times){};
	}
}

/* Executed and entitled time of those of one priority are the same, but for rounding. */
static void check_lags(struct model *m)
{
	int i, priority;

	for (priority = 0; priority < VFARB_PRIORITIES; priority++) {
		s64 sum = 0, slack = LINES + 2 * m->changes;

		for (i = 0; i < LINES; i++) {
			if (!m->entered[i] || m->line[i].priority != priority)
				continue;
			vfarb_ledger_settle(&m->ledger, &m->line[i]);
			sum += vfarb_ledger_lag_ns(&m->line[i]);
		}
		if (m->run && m->run->priority == priority)
			sum -= m->ledger.ahead_ns;
		must(sum <= slack && -sum <= slack);
	}
}

static void charge(struct model *m)
{
	if (!m->run)
		return;
	close_up(m, m->run, m->ran, m->ran, 0, false);
	vfarb_ledger_entitle(&m->ledger, m->run->priority, m->ran);
	must(!m->ledger.ahead_ns);
	m->ran = 0;
}

static void change(struct model *m, int i, u64 debt_ns)
{
	struct vfarb_line *line = &m->line[i];

	/* Who runs is charged before it leaves. */
	if (line == m->run) {
		charge(m);
		m->run = NULL;
	}
	if (m->run)
		vfarb_ledger_entitle_ahead(&m->ledger, m->run->priority, m->ran);
	if (m->entered[i])
		vfarb_ledger_exit(&m->ledger, line);
	else
		vfarb_ledger_enter(&m->ledger, line, debt_ns);
	m->entered[i] = !m->entered[i];
	m->changes++;
}

static void step_orderly(struct model *m, struct input *in)
{
	u8 op = take(in, 1);
	int i = op >> 4 & (LINES - 1);

	switch (op % 4) {
	case 0:
		change(m, i, take(in, 3) & LONGEST_NS);
		break;
	case 1:
		charge(m);
		m->run = m->entered[i] ? &m->line[i] : NULL;
		break;
	case 2:
		if (m->run)
			m->ran += take(in, op & 0x80 ? 3 : 2) & LONGEST_NS;
		break;
	default:
		charge(m);
		if (m->entered[i] || m->run)
			break;
		/* A new price, for one that is not there; it owes no one. */
		m->line[i].volume = 1 + take(in, 2) % VFARB_VOLUME_MAX;
		m->line[i].priority = take(in, 1) % VFARB_PRIORITIES;
		m->line[i].entitled_ns = m->line[i].executed.running;
		break;
	}
	if (op & 0x80)
		check_lags(m);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { data, size }, *in = &input;
	struct model model = {}, *m = &model;
	bool wild = take(in, 1) & 1;
	unsigned int i, steps = 0;

	vfarb_ledger_open(&m->ledger, take(in, 8));
	for (i = 0; i < LINES; i++) {
		m->line[i].volume = 1 + take(in, 2) % VFARB_VOLUME_MAX;
		m->line[i].priority = take(in, 1) % VFARB_PRIORITIES;
	}
	while (in->left && steps++ < 500) {
		if (wild)
			step_wild(m, in);
		else
			step_orderly(m, in);
		check_sums(m);
	}
	if (!wild)
		check_lags(m);
	return 0;
}
