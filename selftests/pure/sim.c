// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "sim.h"

#define VFS		MODEL_VFS
#define NOBODY		(-1)
#define LAST		24
#define US		1000ull
#define MS		1000000ull
#define SHIFT_MOST	((long double)(1ull << 40))

/* How far the engine is with a grant. */
enum phase {
	IDLE,
	SWITCHING,
	RUNNING,
};

struct sim_vf {
	struct vfarb_line line;
	bool here;
	u64 truth;		/* what the device says it ran, running slice included */
	u64 slack;		/* provider lied: what its log is off by beyond the error bounds */
	long double due;	/* what a fluid scheduler owes it */
	u64 size;		/* of its submissions */
};

struct sim {
	const struct sim_config *config;
	struct vfarb_ledger ledger;
	struct vfarb_pick pick;
	struct vfarb_line *room[VFARB_PICK_ROOM(VFS)];
	struct sim_vf vf[VFS];
	struct model model;
	u64 now;
	u32 registrations;

	/* The grant under way. @who may be gone: its time is still its slot's no more. */
	enum phase phase;
	int who;
	u64 slice;
	u64 began;
	u64 switching;
	u64 run;		/* truly run in this grant, charged up to @charged */
	u64 charged;

	/* Independent sums. */
	u64 running_sum;
	u64 switching_sum;
	u64 idle_sum;
	u64 departed_sum;
	u64 volume_changes;
	u64 longest_slice;
	u64 window[VFARB_PRIORITIES];
	u64 windows;
	u64 window_total;
	u64 window_low;
	u64 clock_seen[VFARB_PRIORITIES];

	/*
	 * Promise P2, for each pair since both compete with unchanged settings: the longest charge
	 * of the first, in ns; the charges of the present grant; both began at the same virtual
	 * time. A lead that was brought along counts as a charge.
	 */
	u64 longest[VFS][VFS];
	u64 slice_sum[VFS][VFS];
	bool common[VFS][VFS];

	struct sim_figures figures;
	size_t at;
};

static struct sim sim;
static jmp_buf failure;
static char complaint[512];
static char last[LAST][160];
static unsigned int last_next;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	va_list args;
	int used = snprintf(last[last_next % LAST], sizeof(last[0]), "step %zu, clock %016llx: ",
			    sim.at, (unsigned long long)sim.now);

	va_start(args, format);
	vsnprintf(last[last_next % LAST] + used, sizeof(last[0]) - used, format, args);
	va_end(args);
	last_next++;
}

void sim_print_last(void)
{
	unsigned int i = last_next > LAST ? last_next - LAST : 0;

	for (; i < last_next; i++)
		printf("#   %s\n", last[i % LAST]);
}

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint, sizeof(complaint), format, args);
	va_end(args);
	longjmp(failure, 1);
}

#define must(condition, ...) do { if (!(condition)) fail(__VA_ARGS__); } while (0)

static struct vfarb_line *line_of(int id)
{
	return &sim.vf[id].line;
}

static const struct vfarb_line *const_line_of(int id)
{
	return line_of(id);
}

static int id_of(const struct vfarb_line *line)
{
	return line ? (int)line->fn : NOBODY;
}

static bool competes(int id)
{
	return sim.vf[id].here && sim.vf[id].line.joined;
}

/* ---- promise P2 ----------------------------------------------------------------------------- */

static u64 ahead_ns(int id)
{
	return (u64)((model_lead(&sim.model, id) + 999) / 1000);
}

static bool peers(int a, int b)
{
	return a != b && competes(a) && competes(b) &&
	       sim.vf[a].line.priority == sim.vf[b].line.priority;
}

/* @id begins to compete, or does so at another price: its pairs begin anew. */
static void lag_begin(int id)
{
	int i;

	for (i = 0; i < VFS; i++) {
		if (!peers(id, i))
			continue;
		sim.longest[id][i] = ahead_ns(id);
		sim.longest[i][id] = ahead_ns(i);
		/* Who runs now was not chosen among this pair: its slice adds to its lead. */
		sim.slice_sum[id][i] = sim.pick.running == line_of(id) ? ahead_ns(id) : 0;
		sim.slice_sum[i][id] = sim.pick.running == line_of(i) ? ahead_ns(i) : 0;
		sim.common[id][i] = !model_compare_vtime(&sim.model, id, i);
		sim.common[i][id] = sim.common[id][i];
	}
}

static void lag_begin_all(void)
{
	int i;

	for (i = 0; i < VFS; i++)
		if (competes(i))
			lag_begin(i);
}

static void lag_charge(int id, u64 run_ns)
{
	int i;

	if (!competes(id))
		return;
	for (i = 0; i < VFS; i++) {
		if (!peers(id, i))
			continue;
		sim.slice_sum[id][i] += run_ns;
		if (sim.longest[id][i] < sim.slice_sum[id][i])
			sim.longest[id][i] = sim.slice_sum[id][i];
	}
}

/*
 * From wherever a pair began, either is ahead of the other by at most its own longest charge. So
 * what both received between any two moments since differs by at most the sum of the two, and from
 * a common start by at most the larger.
 */
static void lag_check(int id)
{
	const struct model_vf *x = &sim.model.vf[id];
	s128 clock = sim.model.clock[x->priority];
	s128 ahead_x = (x->base - clock) * x->volume + x->ran * 1000 + x->part;
	int i;

	for (i = 0; i < VFS; i++) {
		const struct model_vf *y = &sim.model.vf[i];
		s128 ahead_y, lag, bound, other;

		if (!peers(id, i))
			continue;
		ahead_y = (y->base - clock) * y->volume + y->ran * 1000 + y->part;
		/* All in thousandths of an ns, times both volumes. */
		lag = ahead_x * y->volume - ahead_y * x->volume;
		bound = (s128)sim.longest[id][i] * 1000 * y->volume;
		other = (s128)sim.longest[i][id] * 1000 * x->volume;
		sim.figures.compared++;
		must(lag <= bound && -lag <= other,
		     "P2: vf%d and vf%d, longest charges %llu and %llu ns at volumes %u and %u: lag %.3f of its bound",
		     id, i, (unsigned long long)sim.longest[id][i],
		     (unsigned long long)sim.longest[i][id], x->volume, y->volume,
		     lag > 0 ? (double)lag / (double)bound : -(double)lag / (double)other);
		if (lag > 0 && sim.common[id][i] &&
		    (double)lag / (double)bound > sim.figures.worst_lag)
			sim.figures.worst_lag = (double)lag / (double)bound;
	}
}

/* ---- the floor of lower priorities ----------------------------------------------------------- */

/*
 * In each window of 100 ms of running time those of lower priority than the highest get 5 % of it
 * together, but for a slice at its ends; and not much more, else the highest would not be the
 * highest.
 */
static void floor_check(int id, u64 run_ns)
{
	const u64 floor_ns = VFARB_FLOOR_WINDOW_NS * VFARB_FLOOR_PERCENT / 100;
	u64 total = 0, low;
	double part;
	int p;

	if (!(sim.config->features & SIM_LEVELS))
		return;
	sim.window[line_of(id)->priority] += run_ns;
	sim.window_total += run_ns;
	if (line_of(id)->priority < VFARB_PRIORITIES - 1)
		sim.window_low += run_ns;
	for (p = 0; p < VFARB_PRIORITIES; p++)
		total += sim.window[p];
	if (total < VFARB_FLOOR_WINDOW_NS)
		return;
	low = total - sim.window[VFARB_PRIORITIES - 1];
	part = (double)low / (double)total;
	if (!sim.windows++ || part < sim.figures.least_low)
		sim.figures.least_low = part;
	if (part > sim.figures.most_low)
		sim.figures.most_low = part;
	must(low >= floor_ns, "floor: lower priorities got %llu ns of %llu",
	     (unsigned long long)low, (unsigned long long)total);
	must(low <= floor_ns + 2 * sim.longest_slice + total / 50,
	     "floor: lower priorities got %llu ns of %llu, the longest slice was %llu",
	     (unsigned long long)low, (unsigned long long)total,
	     (unsigned long long)sim.longest_slice);
	must((double)sim.window_low / (double)sim.window_total >= VFARB_FLOOR_PERCENT / 100.0,
	     "floor: lower priorities got %llu ns of all %llu",
	     (unsigned long long)sim.window_low, (unsigned long long)sim.window_total);
	memset(sim.window, 0, sizeof(sim.window));
}

/* ---- checks after every step ----------------------------------------------------------------- */

static void check_sums(void)
{
	const struct vfarb_ledger *l = &sim.ledger;
	u64 running = l->departed.running, switching = l->departed.switching;
	int i;

	for (i = 0; i < VFS; i++) {
		if (!sim.vf[i].here)
			continue;
		running += sim.vf[i].line.executed.running;
		switching += sim.vf[i].line.executed.switching;
	}
	must(running == l->total.running && switching == l->total.switching,
	     "P1: the lines sum up to %llu + %llu, the engine's totals are %llu + %llu",
	     (unsigned long long)running, (unsigned long long)switching,
	     (unsigned long long)l->total.running, (unsigned long long)l->total.switching);
	must(l->total.running + l->total.switching + l->idle_ns == l->clock_ns - l->opened_ns,
	     "P1: %llu running + %llu switching + %llu idle is not %llu",
	     (unsigned long long)l->total.running, (unsigned long long)l->total.switching,
	     (unsigned long long)l->idle_ns, (unsigned long long)(l->clock_ns - l->opened_ns));
	must(l->total.running == sim.running_sum && l->total.switching == sim.switching_sum &&
	     l->idle_ns == sim.idle_sum, "P1: the ledger's totals are not what it was told");
	must(l->idle_backlog_ns <= l->idle_ns, "P1: more idle time with backlog than idle time");
	must((s64)(sim.now - l->clock_ns) >= 0, "P1: the ledger is ahead of the engine's clock");
}

/* A line agrees with the device's own log within the error bounds of its charges. */
static void check_truth(int id)
{
	const struct sim_vf *v = &sim.vf[id];
	s64 off = v->line.executed.running - v->truth;

	if (off < 0)
		off = -off;
	must((u64)off <= v->line.error_ns + v->slack,
	     "P1: vf%d: off by %lld ns from the device's log, %llu allowed", id, (long long)off,
	     (unsigned long long)(v->line.error_ns + v->slack));
}

static void check_heaps(void)
{
	bool scan = sim.pick.policy == VFARB_POLICY_RELATIVE_LATENCY;
	unsigned int h, n, seen = 0;
	int i;

	for (h = 0; h < 2 * VFARB_PRIORITIES; h++) {
		unsigned int p = h / 2;
		bool late = h & 1;
		const struct vfarb_heap *heap = late ? &sim.pick.late[p] : &sim.pick.heap[p];

		for (n = 0; n < heap->count; n++) {
			const struct vfarb_line *line = heap->line[n];
			bool parent_first;

			must(line->slot == n && line->joined && line->priority == p &&
			     line->late == late && !line->running && sim.vf[line->fn].here &&
			     line_of(line->fn) == line,
			     "vf%u is in a heap where it does not belong", line->fn);
			if (n && late) {
				must((s64)(heap->line[(n - 1) / 4]->vtime - line->vtime) <= 0,
				     "late: vf%u stands before vf%u",
				     heap->line[(n - 1) / 4]->fn, line->fn);
			} else if (n && !scan) {
				vfarb_pick_compare(&sim.pick, heap->line[(n - 1) / 4], line,
						   &parent_first);
				must(parent_first, "heap: vf%u stands before vf%u",
				     heap->line[(n - 1) / 4]->fn, line->fn);
			}
			seen++;
		}
	}
	for (i = 0; i < VFS; i++) {
		const struct vfarb_line *line = line_of(i);

		if (!sim.vf[i].here)
			continue;
		must(line->running == (sim.pick.running == line), "vf%d: running is wrong", i);
		if (line->slot == VFARB_NO_SLOT)
			must(!line->joined || line->running, "vf%d waits in no heap", i);
		else
			seen--;
		must(line->joined == (line->backlogged && !line->blocked),
		     "vf%d: competes without work or permission, or not with both", i);
	}
	must(!seen, "a line is twice in a heap");
}

static void check_virtual_time(void)
{
	unsigned int p;
	int i;

	for (p = 0; p < VFARB_PRIORITIES; p++) {
		must(sim.pick.clock[p] == (u64)sim.model.clock[p],
		     "priority %u: virtual clock %llx, should be %llx", p,
		     (unsigned long long)sim.pick.clock[p],
		     (unsigned long long)(u64)sim.model.clock[p]);
		must((s64)(sim.pick.clock[p] - sim.clock_seen[p]) >= 0,
		     "priority %u: the virtual clock went back", p);
		sim.clock_seen[p] = sim.pick.clock[p];
	}
	if (!model_fair(&sim.model))
		return;
	for (i = 0; i < VFS; i++) {
		u64 vtime;
		u32 vrem;

		if (!competes(i))
			continue;
		model_vtime(&sim.model, i, &vtime, &vrem);
		must(line_of(i)->vtime == vtime && line_of(i)->vrem == vrem,
		     "vf%d: virtual time %llx + %u, should be %llx + %u", i,
		     (unsigned long long)line_of(i)->vtime, line_of(i)->vrem,
		     (unsigned long long)vtime, vrem);
	}
}

/* A line's rounding is below 1 ns; a change of volumes loses a remainder of the level. */
static void check_due(int id)
{
	struct vfarb_line *line = line_of(id);
	long double off;

	if (line->joined)
		vfarb_ledger_settle(&sim.ledger, line);
	off = (long double)line->entitled_ns - sim.vf[id].due;
	if (off < 0)
		off = -off;
	must(off <= 1.5L + sim.volume_changes * (128.0L / 1024),
	     "vf%d: entitled to %lld ns, a fluid scheduler gave %.1Lf", id,
	     (long long)line->entitled_ns, sim.vf[id].due);
}

static void check_all(void)
{
	int i;

	check_sums();
	check_heaps();
	check_virtual_time();
	if (sim.at % 64)
		return;
	for (i = 0; i < VFS; i++) {
		if (!sim.vf[i].here)
			continue;
		if (i != sim.who || sim.phase != RUNNING)
			check_truth(i);
		check_due(i);
	}
}

/* ---- what an arbiter does -------------------------------------------------------------------- */

static void fluid_give(unsigned int priority, long double time_ns)
{
	long double volume = 0;
	int i;

	for (i = 0; i < VFS; i++)
		if (competes(i) && line_of(i)->priority == priority)
			volume += line_of(i)->volume;
	for (i = 0; i < VFS; i++)
		if (competes(i) && line_of(i)->priority == priority)
			sim.vf[i].due += time_ns * (long double)line_of(i)->volume / volume;
}

/* A lag longer than any slice is a liar's, and its peers do not get or pay all of it. */
static long double shifted(long double lag)
{
	if (lag > SHIFT_MOST)
		return SHIFT_MOST;
	return lag < -SHIFT_MOST ? -SHIFT_MOST : lag;
}

/* The ledger moves whole ns; take its word for them if it is that near. */
static void adopt_due(int id)
{
	check_due(id);
	sim.vf[id].due = line_of(id)->entitled_ns;
}

static u64 ahead_given;

/* Before those who are entitled change under a running slice. */
static void give_ahead(void)
{
	u64 uncharged = sim.run - sim.charged;

	if (sim.phase != RUNNING || sim.who == NOBODY || !uncharged)
		return;
	vfarb_ledger_entitle_ahead(&sim.ledger, line_of(sim.who)->priority, uncharged);
	if (uncharged > ahead_given) {
		fluid_give(line_of(sim.who)->priority, uncharged - ahead_given);
		ahead_given = uncharged;
	}
}

/* Closes the ledger up to @until; @run and @switching are what the provider claims. */
static void charge(u64 until, u64 run, u64 switching)
{
	u64 before = sim.ledger.clock_ns, anomalies = 0, passed, idle, said_run = run, ahead;
	u64 said_switching = switching;
	bool believed, possible;
	int i;

	for (i = 0; i < VFARB_ANOMALIES; i++)
		anomalies -= sim.ledger.anomalies[i];
	believed = vfarb_ledger_close(&sim.ledger, sim.who == NOBODY ? NULL : line_of(sim.who),
				      until, &run, &switching, vfarb_pick_deck(&sim.pick), &idle);
	for (i = 0; i < VFARB_ANOMALIES; i++)
		anomalies += sim.ledger.anomalies[i];

	passed = sim.ledger.clock_ns - before;
	possible = (s64)(until - before) >= 0 && said_run <= passed &&
		   said_switching <= passed - said_run;
	must(passed == ((s64)(until - before) >= 0 ? until - before : 0),
	     "the clock is not closed");
	must(believed == possible, "a claim that can%s be was %s", possible ? "" : "not",
	     believed ? "believed" : "refused");
	must(anomalies == !believed, "%llu anomalies for one claim", (unsigned long long)anomalies);
	must(run <= said_run && switching <= said_switching && run + switching + idle == passed &&
	     (!believed || (run == said_run && switching == said_switching)),
	     "claims were changed without need");
	sim.figures.anomalies += anomalies;
	sim.running_sum += run;
	sim.switching_sum += switching;
	sim.idle_sum += idle;

	sim.charged += run;
	if (sim.who == NOBODY) {
		sim.departed_sum += run;
		return;
	}
	vfarb_ledger_entitle(&sim.ledger, line_of(sim.who)->priority, run);
	ahead = ahead_given < run ? ahead_given : run;
	fluid_give(line_of(sim.who)->priority, run - ahead);
	ahead_given -= ahead;
	vfarb_pick_charge(&sim.pick, line_of(sim.who), run);
	model_charge(&sim.model, sim.who, run);
	lag_charge(sim.who, run);
	floor_check(sim.who, run);
}

static void join(int id)
{
	u64 clock = sim.pick.clock[line_of(id)->priority];
	struct vfarb_line *line = line_of(id);
	long double lead;
	u64 debt;

	give_ahead();
	debt = vfarb_pick_debt_ns(&sim.pick, line);
	vfarb_ledger_enter(&sim.ledger, line, debt);
	sim.volume_changes++;
	lead = (long double)line->executed.running - line->entitled_ns;
	/* Before it counts as one of them: the others. */
	if (lead > 0)
		fluid_give(line->priority, shifted(lead));
	vfarb_pick_join(&sim.pick, line);
	must(lead <= debt, "vf%d owes %Lf ns to the fluid scheduler, %llu to the clock", id, lead,
	     (unsigned long long)debt);
	sim.vf[id].due = line->entitled_ns;
	must(sim.pick.policy == VFARB_POLICY_DEADLINE || (s64)(line_of(id)->vtime - clock) >= 0,
	     "vf%d begins before the virtual clock", id);
	model_join(&sim.model, id);
	if (model_fair(&sim.model)) {
		must(model_adopt(&sim.model, id, line_of(id)->vtime, line_of(id)->vrem, false),
		     "vf%d begins %lld ns after the virtual clock, should owe %lld own ns at volume %u",
		     id, (long long)(line_of(id)->vtime - clock),
		     (long long)(model_lead(&sim.model, id) / 1000), line_of(id)->volume);
		model_follow(&sim.model);
		lag_begin(id);
	}
}

static void leave(int id)
{
	struct vfarb_line *line = line_of(id);
	long double lag;

	give_ahead();
	vfarb_ledger_settle(&sim.ledger, line);
	adopt_due(id);
	lag = sim.vf[id].due - line->executed.running;
	vfarb_pick_leave(&sim.pick, line);
	vfarb_ledger_exit(&sim.ledger, line);
	sim.volume_changes++;
	model_leave(&sim.model, id);
	/* What it gives up is the others', and what it had too much they lack. */
	fluid_give(line->priority, shifted(lag));
	if (lag > 0)
		sim.vf[id].due = line->executed.running;
}

static void set(int id, bool backlogged, u32 blocked)
{
	struct vfarb_line *line = line_of(id);
	bool compete = backlogged && !blocked;

	vfarb_ledger_absence(line, sim.now);
	if (backlogged && (!line->joined || line->running)) {
		sim.model.vf[id].head_size = sim.vf[id].size;
		sim.model.vf[id].head_time = sim.now;
		line->head_size_ns = sim.vf[id].size;
		line->head_time_ns = sim.now;
	}
	if (line->joined && !compete)
		leave(id);
	line->backlogged = backlogged;
	line->blocked = blocked;
	if (!line->joined && compete)
		join(id);
}

static bool others(int id)
{
	int i;

	for (i = 0; i < VFS; i++)
		if (i != id && competes(i))
			return true;
	return false;
}

/*
 * Under deadline nobody is further from its entitlement than the longest slice there was. Each
 * coming and going may shift the others by less than an ns.
 */
static void due_check(void)
{
	s64 bound = sim.longest_slice + 1 + sim.volume_changes / 8;
	int i;

	for (i = 0; i < VFS; i++) {
		struct vfarb_line *line = line_of(i);
		s64 lag;

		if (!competes(i))
			continue;
		vfarb_ledger_settle(&sim.ledger, line);
		lag = vfarb_ledger_lag_ns(line);
		sim.figures.compared++;
		must(lag <= bound && -lag <= bound,
		     "P2: vf%d is %lld ns from what it is entitled to, the longest slice was %llu ns",
		     i, (long long)lag, (unsigned long long)sim.longest_slice);
		lag = lag < 0 ? -lag : lag;
		if ((double)lag / (double)bound > sim.figures.worst_lag)
			sim.figures.worst_lag = (double)lag / (double)bound;
	}
}

/* Decides, and compares the decision with the model's (promises P3 and P6). */
static void grant(u64 switching)
{
	struct vfarb_line *deck = vfarb_pick_deck(&sim.pick);
	struct vfarb_line *before = sim.pick.running;
	struct model_choice wanted;
	struct vfarb_choice choice;
	int i;

	if (before && before->joined && model_fair(&sim.model))
		lag_check(id_of(before));
	if (sim.config->policy == VFARB_POLICY_DEADLINE &&
	    !(sim.config->features & SIM_POLICY))
		due_check();
	for (i = 0; i < VFARB_PRIORITIES; i++)
		sim.model.level[i] = sim.ledger.fluid[i].level;
	sim.model.now = sim.now;
	choice = vfarb_pick_next(&sim.pick, sim.now);
	wanted = model_next(&sim.model, choice.winner ? choice.winner->priority : -1,
			    choice.runner_up ? choice.runner_up->priority : -1);
	must(choice.runner_up || !choice.winner || !others(id_of(choice.winner)),
	     "P6: vf%d had no runner-up", id_of(choice.winner));
	sim.figures.rule[choice.rule]++;
	must(choice.winner || !(deck || (before && before->joined)),
	     "P3: the engine stays idle though somebody may run");
	must(id_of(choice.winner) == wanted.winner && id_of(choice.runner_up) == wanted.runner_up &&
	     choice.rule == wanted.rule,
	     "P6: vf%d before vf%d by rule %d, should be vf%d before vf%d by rule %d",
	     id_of(choice.winner), id_of(choice.runner_up), choice.rule, wanted.winner,
	     wanted.runner_up, wanted.rule);
	sim.who = wanted.winner;
	sim.phase = IDLE;
	sim.run = 0;
	sim.charged = 0;
	if (sim.who == NOBODY)
		return;
	must(choice.winner->first_grant == sim.model.vf[sim.who].first_grant,
	     "P6: vf%d has first grant %llu", sim.who,
	     (unsigned long long)choice.winner->first_grant);
	for (i = 0; i < VFS; i++)
		sim.slice_sum[sim.who][i] = 0;
	sim.figures.grants++;
	choice.winner->grants++;
	choice.winner->last_designated_ns = choice.winner->designated_ns;
	sim.slice = choice.winner->designated_ns;
	sim.began = sim.now;
	sim.switching = switching;
	sim.phase = SWITCHING;
	note("grant vf%d %llu ns, rule %d", sim.who, (unsigned long long)sim.slice, choice.rule);
}

/* Time passes while the granted VF runs. */
static void run_for(u64 ns)
{
	sim.now += ns;
	sim.run += ns;
	if (sim.who != NOBODY)
		sim.vf[sim.who].truth += ns;
}

static void start_running(void)
{
	if (sim.phase != SWITCHING)
		return;
	sim.now += sim.switching;
	charge(sim.now, 0, sim.switching);
	sim.phase = RUNNING;
}

static void slice_over(bool more, u64 error, unsigned int provenance)
{
	u64 overruns, actual = sim.charged;
	int id = sim.who;

	sim.phase = IDLE;
	if (sim.longest_slice < actual)
		sim.longest_slice = actual;
	if (id != NOBODY) {
		struct vfarb_line *line = line_of(id);

		overruns = line->overruns;
		vfarb_ledger_slice(line, actual, error, provenance);
		must((line->overruns != overruns) == (actual > sim.slice + error),
		     "vf%d: %llu ns of %llu, off by %llu: overrun is wrong", id,
		     (unsigned long long)actual, (unsigned long long)sim.slice,
		     (unsigned long long)error);
		if (line->overruns != overruns) {
			vfarb_pick_overrun(line, actual - sim.slice);
			model_slice(&sim.model, id, actual, actual - sim.slice);
		} else {
			model_slice(&sim.model, id, actual, 0);
		}
		set(id, more, line->blocked);
	}
	note("slice end of vf%d after %llu ns", id, (unsigned long long)actual);
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* Spread evenly over magnitudes: 0..2^@bits. */
static u64 magnitude(u64 random, unsigned int bits)
{
	unsigned int shift = random % (bits + 1);

	return (random >> 6) & ((1ull << shift) - 1);
}

static void step_slice(u64 x)
{
	unsigned int how = x & 15;
	u64 length = sim.slice, ran, error = 0;
	bool more = true;

	if (sim.phase == IDLE)
		return;
	start_running();
	ran = sim.run;
	x >>= 4;
	if (how < 4) {			/* a little late */
		length += magnitude(x, 12);
	} else if (how < 7) {		/* ran dry */
		length = length * (x & 0xff) / 256;
		more = x >> 8 & 3 || sim.config->features & SIM_BUSY;
	} else if (how == 7 && !(sim.config->features & SIM_LEVELS)) {	/* would not stop */
		length += magnitude(x, 6) * length / 8;
	} else if (how == 8) {		/* preempted */
		length = length * (x & 0xff) / 256;
	} else if (sim.who != NOBODY && sim.vf[sim.who].size < length) {
		/* Ends with the last whole submission that fits. */
		length -= length % sim.vf[sim.who].size;
	}
	if (length > ran)
		run_for(length - ran);
	if (x & 0x100 && sim.config->features & SIM_LIES)
		error = (x >> 9) & 0xfff;
	charge(sim.now, sim.run - sim.charged, 0);
	slice_over(more, error, error ? 1 : 0);
	grant((x >> 24) & 1 ? magnitude(x >> 26, 16) : 0);
}

static void step_tick(u64 x)
{
	if (sim.phase == IDLE)
		return;
	start_running();
	run_for(magnitude(x, 18));
	if (x & 1)
		charge(sim.now, sim.run - sim.charged, 0);
}

/* The irq at the end is lost. A watchdog ends the slice by a bound on what it can have been. */
static void step_lost(u64 x)
{
	u64 waited = magnitude(x, 27), run;

	if (sim.phase == IDLE || sim.who == NOBODY)
		return;
	start_running();
	run_for(magnitude(x >> 20, 16));
	sim.now += waited;
	run = sim.now - sim.ledger.clock_ns;
	charge(sim.now, run, 0);
	slice_over(x & 1, run, 2);
	grant(0);
}

static void step_lie(u64 x)
{
	u64 much = magnitude(x, 60), run;

	if (sim.phase == IDLE || sim.who == NOBODY)
		return;
	start_running();
	run = sim.run - sim.charged;
	switch (x >> 60 & 3) {
	case 0:
		/* Time goes back. */
		if (sim.ledger.clock_ns == sim.now || !much)
			run_for(1);
		charge(sim.ledger.clock_ns - 1 - (much >> 1), sim.run - sim.charged, 0);
		break;
	case 1:
		/* The run-time counter jumps. */
		run_for(US);
		sim.vf[sim.who].slack += sim.now - sim.ledger.clock_ns;
		charge(sim.now, run + US + 1 + much, much >> 3);
		break;
	case 2:
		/* The engine's clock jumps; what it says of running is true. */
		sim.now += much >> 8;
		charge(sim.now, run, 0);
		break;
	default:
		/* Running and switching together are more than passed, and overflow. */
		sim.vf[sim.who].slack += sim.now - sim.ledger.clock_ns;
		charge(sim.now, run, ~0ull - (much >> 2));
		break;
	}
	if (sim.charged > sim.run)
		sim.run = sim.charged;
}

static void arrive(int id, u64 x)
{
	const struct sim_config *c = sim.config;
	struct sim_vf *v = &sim.vf[id];
	struct model_vf *m = &sim.model.vf[id];

	memset(v, 0, sizeof(*v));
	memset(m, 0, sizeof(*m));
	vfarb_pick_line_init(&v->line, id, sim.registrations, c->volume[id % c->volumes], 0);
	/* Sizes are spread over a factor of 100. */
	v->size = 10 * US + x % (990 * US);
	v->line.designated_ns = 100 * US + (x >> 20) % (2 * MS);
	v->line.since_ns = sim.now;
	if (c->features & SIM_LEVELS)
		v->line.priority = id % VFARB_PRIORITIES;
	v->here = true;
	m->here = true;
	m->volume = v->line.volume;
	m->priority = v->line.priority;
	m->order = sim.registrations++;
	m->designated = v->line.designated_ns;
	note("vf%d arrives, volume %u", id, m->volume);
}

static void depart(int id)
{
	struct vfarb_line *line = line_of(id);

	note("vf%d departs", id);
	if (line->joined)
		leave(id);
	vfarb_ledger_depart(&sim.ledger, line);
	sim.departed_sum += line->executed.running;
	must(sim.ledger.departed.running == sim.departed_sum, "P1: a departed line is lost");
	if (sim.pick.running == line) {
		vfarb_pick_drop(&sim.pick);
		model_drop(&sim.model);
		sim.who = NOBODY;
	}
	sim.vf[id].here = false;
	sim.model.vf[id].here = false;
}

static void reprice(int id, u32 volume, unsigned int priority)
{
	struct vfarb_line *line = line_of(id);
	bool joined = line->joined;

	note("vf%d: volume %u, priority %u", id, volume, priority);
	if (joined)
		leave(id);
	vfarb_pick_reprice(&sim.pick, line, volume, priority);
	model_reprice(&sim.model, id, volume, priority);
	must(model_adopt_debt(&sim.model, id, line->debt_ns),
	     "vf%d owes %llu own ns, should owe %lld", id, (unsigned long long)line->debt_ns,
	     (long long)(sim.model.vf[id].owes / 1000));
	if (joined)
		join(id);
}

static void step_config(int id, u64 x)
{
	unsigned int features = sim.config->features;
	struct vfarb_line *line = line_of(id);
	enum vfarb_policy policy;
	enum vfarb_order order;
	bool by_level;
	u32 blocked;
	int i;

	switch (x & 15) {
	case 0 ... 3:
		if (!(features & SIM_CHURN))
			return;
		/* Mostly here, or in the end half would be gone. */
		if (!sim.vf[id].here)
			arrive(id, x >> 4);
		else if (!(x >> 4 & 3))
			depart(id);
		return;
	case 4 ... 6:
		if (!(features & SIM_CHURN) || !sim.vf[id].here)
			return;
		/* Mostly let go of, or in the end all would be blocked. */
		blocked = x & 16 ? 0 : line->blocked ^ (1u << (x >> 5 & 3));
		note("vf%d: blocked %x", id, blocked);
		set(id, line->backlogged, blocked);
		return;
	case 7 ... 9:
		if (features & SIM_TUNE && sim.vf[id].here)
			reprice(id, x & 16 ? 1 + (x >> 5) % 1000 :
				sim.config->volume[(x >> 5) % sim.config->volumes],
				line->priority);
		return;
	case 10 ... 11:
		if (features & SIM_TUNE && sim.vf[id].here) {
			line->designated_ns = 10 * US + magnitude(x >> 4, 24);
			sim.model.vf[id].designated = line->designated_ns;
			note("vf%d: slice %llu ns", id, (unsigned long long)line->designated_ns);
		}
		return;
	case 12 ... 13:
		if (features & SIM_PRIORITY && sim.vf[id].here)
			reprice(id, line->volume, (x >> 4) % VFARB_PRIORITIES);
		return;
	case 14:
		if (!(features & SIM_POLICY) || (x >> 4 & 3))
			return;
		policy = (x >> 6) % VFARB_POLICIES;
		order = (x >> 8) % VFARB_ORDERS;
		by_level = sim.pick.policy == VFARB_POLICY_DEADLINE;
		note("policy %d, order %d", policy, order);
		vfarb_pick_set_policy(&sim.pick, policy, order);
		model_set_policy(&sim.model, policy, order);
		if (policy != VFARB_POLICY_DEADLINE && (by_level || model_fair(&sim.model))) {
			for (i = 0; i < VFS; i++)
				if (competes(i))
					must(model_adopt(&sim.model, i, line_of(i)->vtime,
							 line_of(i)->vrem, by_level),
					     "vf%d begins anew at %llx, the clock is %llx", i,
					     (unsigned long long)line_of(i)->vtime,
					     (unsigned long long)
					     sim.pick.clock[line_of(i)->priority]);
			model_follow(&sim.model);
		}
		if (model_fair(&sim.model))
			lag_begin_all();
		return;
	default:
		/* A grant that was refused: nobody runs, all wait as before. */
		if (sim.phase == SWITCHING && sim.who != NOBODY) {
			note("grant refused");
			vfarb_pick_drop(&sim.pick);
			model_drop(&sim.model);
			sim.phase = IDLE;
			sim.who = NOBODY;
		}
	}
}

static void step_idle(u64 x)
{
	if (sim.phase != IDLE)
		return;
	sim.now += magnitude(x, 22);
	charge(sim.now, 0, 0);
}

static void do_step(u64 step)
{
	unsigned int what = step & 31;
	int id = (step >> 5 & 0xff) % sim.config->vfs;
	u64 x = step >> 13;

	if (what < 16)
		step_slice(x);
	else if (what < 19)
		step_tick(x);
	else if (what < 25 && sim.vf[id].here)
		set(id, true, line_of(id)->blocked);
	else if (what < 28)
		step_config(id, x);
	else if (what < 30)
		step_idle(x);
	else if (what == 30 && sim.config->features & SIM_LIES)
		step_lost(x);
	else if (sim.config->features & SIM_LIES)
		step_lie(x | (step & 0x1800) << 49);

	if (sim.phase == IDLE && (what & 1))
		grant(x & 2 ? magnitude(x >> 2, 16) : 0);
}

static void begin(const struct sim_config *config)
{
	u64 clock[VFARB_PRIORITIES];
	unsigned int i;

	memset(&sim, 0, sizeof(sim));
	ahead_given = 0;
	last_next = 0;
	sim.config = config;
	sim.now = config->start;
	sim.who = NOBODY;
	vfarb_ledger_open(&sim.ledger, sim.now);
	vfarb_pick_init(&sim.pick, &sim.ledger, sim.room, VFS);
	sim.pick.policy = config->policy;
	sim.pick.order = config->order;
	for (i = 0; i < VFARB_PRIORITIES; i++) {
		clock[i] = config->start - i;
		sim.pick.clock[i] = clock[i];
		sim.clock_seen[i] = clock[i];
		sim.ledger.fluid[i].level = config->start;
	}
	model_init(&sim.model, clock);
	sim.model.line = const_line_of;
	sim.model.policy = config->policy;
	sim.model.order = config->order;
	for (i = 0; i < config->vfs; i++) {
		arrive(i, 0x9e3779b97f4a7c15ull * (i + 1) >> 8);
		set(i, true, 0);
	}
	grant(0);
}

static void finish(void)
{
	double sum = 0, squares = 0;
	unsigned int n = 0;
	int i;

	sim.figures.fewest_grants = ~0ull;
	for (i = 0; i < VFS; i++) {
		const struct vfarb_line *line = line_of(i);
		double x;

		if (!sim.vf[i].here || !line->entitled_ns)
			continue;
		x = (double)line->executed.running / (double)line->entitled_ns;
		sum += x;
		squares += x * x;
		n++;
		if (line->grants < sim.figures.fewest_grants)
			sim.figures.fewest_grants = line->grants;
	}
	sim.figures.jain = n ? sum * sum / (n * squares) : 1;
}

const char *sim_run(const struct sim_config *config, const u64 *step, size_t steps,
		    struct sim_figures *figures, size_t *failed)
{
	if (setjmp(failure)) {
		*failed = sim.at;
		return complaint;
	}
	begin(config);
	for (sim.at = 0; sim.at < steps; sim.at++) {
		do_step(step[sim.at]);
		check_all();
	}
	sim.figures.steps = steps;
	finish();
	*figures = sim.figures;
	return NULL;
}
