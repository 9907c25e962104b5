// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger, told anything at all: it closes to the nanosecond after every step (promise P1), and
 * the fluid scheduler gives out what it was given, by volume, but for rounding.
 */
#include "fuzz.h"
#include "../../kernel/core/ledger.h"

#define LINES	4

/* A change of the set of lines loses less than one step of the level, 1 / 2^10 ns at most. */
#define CHANGE_ERROR	(1.0L / (1 << VFARB_FLUID_SHIFT))

/* Lines are to be settled at least once in 2^44 ns. */
#define LONGEST_NS	((1ull << 42) - 1)

struct model {
	struct vfarb_ledger ledger;
	struct vfarb_line line[LINES];
	bool entered[LINES];
	u64 running, switching, idle, gone_running, gone_switching;
	long double due[LINES];
	u64 given, unsettled, changes, ahead;
};

static void give(struct model *m, u64 time_ns)
{
	int priority, i;

	for (priority = VFARB_PRIORITIES - 1; priority >= 0; priority--) {
		u64 volumes = 0;

		for (i = 0; i < LINES; i++)
			if (m->entered[i] && m->line[i].priority == priority)
				volumes += m->line[i].volume;
		must(volumes == m->ledger.fluid[priority].volume);
		if (!volumes)
			continue;
		for (i = 0; i < LINES; i++)
			if (m->entered[i] && m->line[i].priority == priority)
				m->due[i] += (long double)time_ns * m->line[i].volume / volumes;
		m->given += time_ns;
		m->unsettled += time_ns;
		return;
	}
}

static void close_up(struct model *m, struct input *in)
{
	u8 how = take(in, 1);
	struct vfarb_line *line = how & 0x80 ? NULL : &m->line[how % LINES];
	/* Mostly sound claims, as a provider's are; the rest is anything. */
	u64 run = take(in, how & 0x40 ? 8 : 3), change = take(in, how & 0x40 ? 8 : 2), idle;
	/* An engine's whole life is some centuries long. */
	s64 passed = how & 0x20 ? (s64)take(in, how & 0x10 ? 8 : 4) >> 10 : (s64)take(in, 2);
	u64 before = m->ledger.clock_ns, claimed = run, claimed_change = change;
	u64 anomalies = 0, anomalies_before = 0;
	bool believed;
	int i;

	if (!(how & 0x60))
		passed += run + change;
	for (i = 0; i < VFARB_ANOMALIES; i++)
		anomalies_before += m->ledger.anomalies[i];
	believed = vfarb_ledger_close(&m->ledger, line, before + passed, &run, &change, how & 8,
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
	if (!line) {
		m->gone_running += run;
		m->gone_switching += change;
	}
}

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

static void check_dues(struct model *m)
{
	/* A settled line holds back less than 1 ns. */
	long double sum = 0, slack = 1 + m->changes * CHANGE_ERROR, error;
	int i;

	for (i = 0; i < LINES; i++) {
		if (m->entered[i])
			vfarb_ledger_settle(&m->ledger, &m->line[i]);
		error = m->due[i] - m->line[i].entitled_ns;
		must(error <= slack + m->due[i] * 1e-16L);
		must(error >= -m->due[i] * 1e-16L);
		sum += m->line[i].entitled_ns;
	}
	must(sum <= m->given);
	m->unsettled = 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { data, size }, *in = &input;
	struct model model = {}, *m = &model;
	u64 opened = take(in, 8), time_ns;
	unsigned int i, steps = 0;

	for (i = 0; i < LINES; i++) {
		m->line[i].volume = 1 + take(in, 2) % VFARB_VOLUME_MAX;
		m->line[i].priority = take(in, 1) % VFARB_PRIORITIES;
	}
	vfarb_ledger_open(&m->ledger, opened);
	while (in->left && steps++ < 500) {
		u8 op = take(in, 1);

		i = op >> 4 & (LINES - 1);
		switch (op % 5) {
		case 0:
			close_up(m, in);
			break;
		case 1:
			if (m->entered[i])
				vfarb_ledger_exit(&m->ledger, &m->line[i]);
			else
				vfarb_ledger_enter(&m->ledger, &m->line[i]);
			m->entered[i] = !m->entered[i];
			m->changes++;
			break;
		case 2:
			/* What was given ahead is not given again. */
			time_ns = take(in, op & 0x80 ? 6 : 3) & LONGEST_NS;
			vfarb_ledger_entitle(&m->ledger, time_ns);
			give(m, time_ns - min(time_ns, m->ahead));
			m->ahead -= min(time_ns, m->ahead);
			must(m->ledger.ahead_ns == m->ahead);
			break;
		case 3:
			time_ns = take(in, 3);
			vfarb_ledger_entitle_ahead(&m->ledger, time_ns);
			if (time_ns > m->ahead) {
				give(m, time_ns - m->ahead);
				m->ahead = time_ns;
			}
			must(m->ledger.ahead_ns == m->ahead);
			break;
		case 4:
			if (m->entered[i])
				break;
			vfarb_ledger_depart(&m->ledger, &m->line[i]);
			m->line[i].executed = (struct vfarb_times){};
			break;
		}
		check_sums(m);
		if (op & 0x80 || m->unsettled > LONGEST_NS)
			check_dues(m);
	}
	check_dues(m);
	return 0;
}
