// SPDX-License-Identifier: GPL-2.0
/* vfarb top */
#define NCURSES_WIDECHAR 1
#include <linux/genetlink.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "vfarb.h"

#define WIDTH_MAX	512
#define LABEL_WIDTH	9

enum column {
	COL_NAME, COL_ENGINE, COL_LABEL, COL_VOLUME, COL_SHARE, COL_DUE, COL_LAG, COL_RATE,
	COL_SLICE, COL_WAIT, COL_STATE, COLUMNS_ALL
};

static const char *const column_names[] = {
	"name", "engine", "label", "vol", "share", "due", "lag", "slices", "slice", "wait",
	"state", NULL
};

static const struct {
	const char *head;
	int width;		/* negative: to the left */
} columns[] = {
	[COL_NAME] = { "NAME", -11 },
	[COL_ENGINE] = { "E", 2 },
	[COL_LABEL] = { "LABEL", -LABEL_WIDTH },
	[COL_VOLUME] = { "VOL", 4 },
	[COL_SHARE] = { "SHARE", 6 },
	[COL_DUE] = { "DUE", 6 },
	[COL_LAG] = { "LAG", 8 },
	[COL_RATE] = { "SLIC/s", 6 },
	[COL_SLICE] = { "SLICE", 7 },
	[COL_WAIT] = { "WAIT", 7 },
	[COL_STATE] = { "STAT", -4 },
};

/* A VF at an engine. The first group is as read, the second since the sample before. */
struct row {
	uint32_t accel, fn, engine;
	char label[VFARB_LABEL_MAX + 1];
	uint32_t volume, blocked;
	bool running, backlogged;
	uint64_t executed_ns, entitled_ns, grants, slice_ns, wait_ns, completed;

	int64_t share_ppm, due_ppm;
	uint64_t rate, mean_wait_ns;
};

/* An engine. */
struct total {
	uint32_t accel, engine;
	uint64_t elapsed_ns, running_ns, switching_ns;
	uint32_t jain_ppm;
	uint64_t passed_ns;
	int64_t running_ppm, switching_ppm;
};

struct sample {
	struct row *rows;
	size_t row_count, row_room;
	struct total *totals;
	size_t total_count, total_room;
	struct timespec time;
};

struct view {
	uint32_t accel;
	bool one_accel;
	enum column sort;
	bool reverse, hide_idle, paused;
	char filter[64];
	size_t first;
};

static void *room_for(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 64;
	array = realloc(array, *room * size);
	if (!array)
		abort();
	return array;
}

/* What the seats of a message have in common. */
struct vf_state {
	struct sample *sample;
	const struct nlattr *const *table;
};

static int take_seat(const struct nlattr *nest, void *data)
{
	const struct nlattr *table[VFARB_A_SEAT_MAX + 1];
	struct vf_state *vf = data;
	struct sample *sample = vf->sample;
	struct row *row;

	if (mnl_attr_get_type(nest) != VFARB_A_VF_SEAT)
		return MNL_CB_OK;
	nl_nested(nest, table, VFARB_A_SEAT_MAX);
	sample->rows = room_for(sample->rows, sample->row_count, &sample->row_room,
				sizeof(*sample->rows));
	row = &sample->rows[sample->row_count++];
	*row = (struct row) {
		.accel = (uint32_t)attr_number(vf->table[VFARB_A_VF_ACCEL]),
		.fn = (uint32_t)attr_number(vf->table[VFARB_A_VF_FN]),
		.volume = (uint32_t)attr_number(vf->table[VFARB_A_VF_VOLUME]),
		.engine = (uint32_t)attr_number(table[VFARB_A_SEAT_ENGINE]),
		.blocked = (uint32_t)attr_number(table[VFARB_A_SEAT_BLOCKED]),
		.running = attr_number(table[VFARB_A_SEAT_RUNNING]),
		.backlogged = attr_number(table[VFARB_A_SEAT_BACKLOGGED]),
		.executed_ns = attr_number(table[VFARB_A_SEAT_EXECUTED_NS]),
		.entitled_ns = attr_number(table[VFARB_A_SEAT_ENTITLED_NS]),
		.grants = attr_number(table[VFARB_A_SEAT_GRANTS]),
		.slice_ns = attr_number(table[VFARB_A_SEAT_LAST_ACTUAL_NS]),
		.wait_ns = attr_number(table[VFARB_A_SEAT_WAIT_NS]),
		.completed = attr_number(table[VFARB_A_SEAT_COMPLETED]) +
			     attr_number(table[VFARB_A_SEAT_FAILED]),
	};
	if (vf->table[VFARB_A_VF_LABEL])
		snprintf(row->label, sizeof(row->label), "%s",
			 mnl_attr_get_str(vf->table[VFARB_A_VF_LABEL]));
	/* Text from elsewhere must not move the cursor. */
	for (char *c = row->label; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return MNL_CB_OK;
}

static int take_vf(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *table[VFARB_A_VF_MAX + 1];
	struct vf_state vf = { data, table };

	nl_attrs(message, table, VFARB_A_VF_MAX);
	mnl_attr_parse(message, sizeof(struct genlmsghdr), take_seat, &vf);
	return MNL_CB_OK;
}

static int take_engine(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *table[VFARB_A_ENGINE_MAX + 1];
	const struct nlattr *stats[VFARB_A_ENGINE_STATS_MAX + 1];
	const struct nlattr *cycle[VFARB_A_CYCLE_MAX + 1];
	struct sample *sample = data;

	nl_attrs(message, table, VFARB_A_ENGINE_MAX);
	nl_nested(table[VFARB_A_ENGINE_STATS], stats, VFARB_A_ENGINE_STATS_MAX);
	nl_nested(table[VFARB_A_ENGINE_CYCLE], cycle, VFARB_A_CYCLE_MAX);
	sample->totals = room_for(sample->totals, sample->total_count, &sample->total_room,
				  sizeof(*sample->totals));
	sample->totals[sample->total_count++] = (struct total) {
		.accel = (uint32_t)attr_number(table[VFARB_A_ENGINE_ACCEL]),
		.engine = (uint32_t)attr_number(table[VFARB_A_ENGINE_INDEX]),
		.elapsed_ns = attr_number(stats[VFARB_A_ENGINE_STATS_ELAPSED_NS]),
		.running_ns = attr_number(stats[VFARB_A_ENGINE_STATS_RUNNING_NS]),
		.switching_ns = attr_number(stats[VFARB_A_ENGINE_STATS_SWITCHING_NS]),
		.jain_ppm = (uint32_t)attr_number(cycle[VFARB_A_CYCLE_JAIN_PPM]),
	};
	return MNL_CB_OK;
}

static int read_kind(enum object_kind kind, const struct view *view, mnl_cb_t each,
		     struct sample *sample)
{
	char buffer[NL_BUFFER];
	struct nlmsghdr *message = nl_begin(buffer, objects[kind].get, 0);
	char text[UNITS_MAX];

	if (view->one_accel) {
		struct name name = { .accel = view->accel, .whole = true };

		name_put(message, kind, &name, name_print(ACCEL, &name, text));
	}
	mnl_attr_put(message, objects[kind].stats, 0, NULL);
	return nl_dump(message, each, sample);
}

static int read_sample(const struct view *view, struct sample *sample)
{
	sample->row_count = 0;
	sample->total_count = 0;
	clock_gettime(CLOCK_MONOTONIC, &sample->time);
	return read_kind(VF, view, take_vf, sample) ?:
	       read_kind(ENGINE, view, take_engine, sample);
}

static int64_t ppm(uint64_t part, uint64_t whole)
{
	return whole ? (int64_t)((double)part * 1e6 / (double)whole) : 0;
}

/* What passed between two samples. Who was not there before starts from nothing. */
static void compare_samples(const struct sample *old, struct sample *new)
{
	double seconds = (double)(new->time.tv_sec - old->time.tv_sec) +
			 (double)(new->time.tv_nsec - old->time.tv_nsec) / 1e9;

	for (size_t i = 0; i < new->total_count; i++) {
		struct total *total = &new->totals[i];

		total->passed_ns = 0;
		for (size_t o = 0; o < old->total_count; o++) {
			const struct total *was = &old->totals[o];

			if (was->accel != total->accel || was->engine != total->engine ||
			    was->elapsed_ns > total->elapsed_ns)
				continue;
			total->passed_ns = total->elapsed_ns - was->elapsed_ns;
			total->running_ppm = ppm(total->running_ns - was->running_ns,
						 total->passed_ns);
			total->switching_ppm = ppm(total->switching_ns - was->switching_ns,
						   total->passed_ns);
		}
	}
	/* Dumps are in order, so the same row is found a little further on. */
	for (size_t i = 0, o = 0; i < new->row_count; i++) {
		struct row *row = &new->rows[i];
		const struct row *was = NULL;
		uint64_t passed = 0;

		for (size_t tries = 0; tries < old->row_count; tries++, o++) {
			if (o >= old->row_count)
				o = 0;
			if (old->rows[o].accel == row->accel && old->rows[o].fn == row->fn &&
			    old->rows[o].engine == row->engine) {
				was = &old->rows[o++];
				break;
			}
		}
		for (size_t t = 0; t < new->total_count; t++)
			if (new->totals[t].accel == row->accel &&
			    new->totals[t].engine == row->engine)
				passed = new->totals[t].passed_ns;
		if (!was || was->executed_ns > row->executed_ns)
			continue;
		row->share_ppm = ppm(row->executed_ns - was->executed_ns, passed);
		row->due_ppm = ppm(row->entitled_ns - was->entitled_ns, passed);
		if (seconds > 0)
			row->rate = (uint64_t)((double)(row->grants - was->grants) / seconds);
		if (row->completed > was->completed)
			row->mean_wait_ns = (row->wait_ns - was->wait_ns) /
					    (row->completed - was->completed);
	}
}

static const char *state_of(const struct row *row)
{
	static const char *const blocked[] = { "off", "cap", "thrt", "quar" };

	for (int bit = 3; bit >= 0; bit--)
		if (row->blocked & (1u << bit))
			return blocked[bit];
	return row->running ? "run" : row->backlogged ? "wait" : "idle";
}

static const struct view *sorting;

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int c = 0;

	/* Figures: the largest first. Names: as people read. */
	switch (sorting->sort) {
	case COL_ENGINE:
		c = order(a->engine, b->engine);
		break;
	case COL_LABEL:
		c = strcmp(a->label, b->label);
		break;
	case COL_VOLUME:
		c = order(b->volume, a->volume);
		break;
	case COL_SHARE:
		c = order((uint64_t)b->share_ppm, (uint64_t)a->share_ppm);
		break;
	case COL_DUE:
		c = order((uint64_t)b->due_ppm, (uint64_t)a->due_ppm);
		break;
	case COL_LAG: {
		int64_t x = (int64_t)(a->entitled_ns - a->executed_ns);
		int64_t y = (int64_t)(b->entitled_ns - b->executed_ns);

		c = x > y ? -1 : x < y;
		break;
	}
	case COL_RATE:
		c = order(b->rate, a->rate);
		break;
	case COL_SLICE:
		c = order(b->slice_ns, a->slice_ns);
		break;
	case COL_WAIT:
		c = order(b->mean_wait_ns, a->mean_wait_ns);
		break;
	case COL_STATE:
		c = strcmp(state_of(b), state_of(a));
		break;
	default:
		break;
	}
	if (sorting->reverse)
		c = -c;
	if (!c)
		c = order(a->accel, b->accel) ?: order(a->fn, b->fn) ?:
		    order(a->engine, b->engine);
	return c;
}

static void row_name(const struct row *row, char *text)
{
	struct name name = { .accel = row->accel, .index = row->fn };

	name_print(VF, &name, text);
}

static bool wanted(const struct row *row, const struct view *view)
{
	char name[UNITS_MAX];

	if (view->hide_idle && !row->running && !row->backlogged && !row->share_ppm)
		return false;
	row_name(row, name);
	return !*view->filter || strstr(name, view->filter) || strstr(row->label, view->filter);
}

/* One cell; what is too wide loses its end, so that columns stay where they are. */
static int put_cell(char *line, size_t size, enum column column, int width, const char *text)
{
	int most = width < 0 ? -width : width;

	return snprintf(line, size, "%*.*s%s", width, most, text,
			column + 1 == COLUMNS_ALL ? "" : " ");
}

static int cell_width(enum column column, int screen)
{
	int spare = screen - 80;

	/* What a wide screen has more is for labels. */
	if (column == COL_LABEL && spare > 0)
		return -(LABEL_WIDTH + (spare > VFARB_LABEL_MAX - LABEL_WIDTH ?
					VFARB_LABEL_MAX - LABEL_WIDTH : spare));
	return columns[column].width;
}

static void print_head(char *line, int screen)
{
	int used = 0;

	for (enum column c = 0; c < COLUMNS_ALL; c++)
		used += put_cell(line + used, (size_t)(WIDTH_MAX - used), c, cell_width(c, screen),
				 columns[c].head);
}

static void short_percent(int64_t value, char *text)
{
	snprintf(text, UNITS_MAX, "%.1f%%", (double)value / 1e4);
}

static void print_row(const struct row *row, char *line, int screen)
{
	char cell[UNITS_MAX];
	int used = 0;

	for (enum column c = 0; c < COLUMNS_ALL; c++) {
		const char *text = cell;

		switch (c) {
		case COL_NAME:
			row_name(row, cell);
			break;
		case COL_ENGINE:
			snprintf(cell, sizeof(cell), "%u", row->engine);
			break;
		case COL_LABEL:
			text = row->label;
			break;
		case COL_VOLUME:
			snprintf(cell, sizeof(cell), "%u", row->volume);
			break;
		case COL_SHARE:
			short_percent(row->share_ppm, cell);
			break;
		case COL_DUE:
			short_percent(row->due_ppm, cell);
			break;
		case COL_LAG:
			units_short_time((int64_t)(row->entitled_ns - row->executed_ns), cell);
			break;
		case COL_RATE:
			units_short_count(row->rate, cell);
			break;
		case COL_SLICE:
			units_short_time((int64_t)row->slice_ns, cell);
			break;
		case COL_WAIT:
			units_short_time((int64_t)row->mean_wait_ns, cell);
			break;
		default:
			text = state_of(row);
			break;
		}
		used += put_cell(line + used, (size_t)(WIDTH_MAX - used), c, cell_width(c, screen),
				 text);
	}
}

static void print_total(const struct total *total, char *line)
{
	char running[UNITS_MAX], switching[UNITS_MAX], idle[UNITS_MAX];
	int64_t rest = total->passed_ns ? 1000000 - total->running_ppm - total->switching_ppm : 0;

	short_percent(total->running_ppm, running);
	short_percent(total->switching_ppm, switching);
	short_percent(rest < 0 ? 0 : rest, idle);
	snprintf(line, WIDTH_MAX,
		 "accel%u/engine%u: running %s switching %s idle %s, last cycle's Jain index %.4f",
		 total->accel, total->engine, running, switching, idle,
		 (double)total->jain_ppm / 1e6);
}

/* Where lines go: a terminal or standard output. */
static void put_line(bool screen, int y, int width, int attributes, const char *line)
{
	if (!screen) {
		printf("%s\n", line);
		return;
	}
	attron(attributes);
	mvaddnstr(y, 0, line, width);
	attroff(attributes);
	clrtoeol();
}

static void draw(struct sample *sample, struct view *view, bool screen, int height, int width)
{
	size_t shown = 0, matching = 0, engines = sample->total_count;
	char line[WIDTH_MAX];
	int y = 0;

	if (width >= WIDTH_MAX)
		width = WIDTH_MAX - 1;
	/* Totals must leave room for VFs. */
	if (screen && engines > (size_t)(height > 8 ? height / 4 : 0))
		engines = (size_t)(height > 8 ? height / 4 : 0);
	for (size_t i = 0; i < engines; i++) {
		print_total(&sample->totals[i], line);
		put_line(screen, y++, width, A_NORMAL, line);
	}
	sorting = view;
	if (sample->row_count)
		qsort(sample->rows, sample->row_count, sizeof(*sample->rows), compare_rows);
	print_head(line, width);
	put_line(screen, y++, width, A_REVERSE, line);
	for (size_t i = 0; i < sample->row_count; i++) {
		const struct row *row = &sample->rows[i];

		if (!wanted(row, view) || matching++ < view->first)
			continue;
		if (screen && y >= height - 1)
			continue;
		print_row(row, line, width);
		put_line(screen, y++, width, row->blocked ? A_BOLD : A_NORMAL, line);
		shown++;
	}
	if (!screen)
		return;
	for (; y < height - 1; y++) {
		move(y, 0);
		clrtoeol();
	}
	snprintf(line, sizeof(line), "%zu of %zu  sort %s%s%s%s%s%s  q quit  h help", shown,
		 matching, column_names[view->sort], view->reverse ? " reversed" : "",
		 *view->filter ? "  filter " : "", view->filter,
		 view->hide_idle ? "  idle hidden" : "", view->paused ? "  PAUSED" : "");
	put_line(screen, height - 1, width, A_REVERSE, line);
	if (view->first && view->first >= matching)
		view->first = matching ? matching - 1 : 0;
	refresh();
}

static void show_help(void)
{
	static const char *const lines[] = {
		"vfarb top: VFs and what they get of their engines", "",
		"  SHARE  part of the engine's time that it executed since the last look",
		"  DUE    part that it was entitled to",
		"  LAG    entitled less executed, since it began",
		"  SLIC/s slices granted a second; SLICE the last one",
		"  WAIT   mean from submit to first grant",
		"  STAT   run, wait, idle; off, cap, thrt (throttled), quar (quarantined)", "",
		"  < > or left, right   choose the column to sort by      r  reverse",
		"  up, down, page       scroll                            i  hide idle VFs",
		"  /                    show only names or labels with a text, empty: all",
		"  space                pause                             q  quit", "",
		"Any key goes back.",
	};

	erase();
	for (int i = 0; i < (int)(sizeof(lines) / sizeof(*lines)); i++)
		mvaddnstr(i, 0, lines[i], COLS);
	refresh();
	timeout(-1);
	getch();
}

static void read_filter(struct view *view)
{
	timeout(-1);
	move(LINES - 1, 0);
	clrtoeol();
	addstr("show only: ");
	echo();
	getnstr(view->filter, (int)sizeof(view->filter) - 1);
	noecho();
	view->first = 0;
}

/* One key; false to end. */
static bool take_key(int key, struct view *view)
{
	size_t page = LINES > 8 ? (size_t)LINES / 2 : 1;

	switch (key) {
	case 'q':
		return false;
	case 'h':
	case '?':
		show_help();
		break;
	case '/':
		read_filter(view);
		break;
	case 'r':
		view->reverse = !view->reverse;
		break;
	case 'i':
		view->hide_idle = !view->hide_idle;
		break;
	case ' ':
		view->paused = !view->paused;
		break;
	case '>':
	case KEY_RIGHT:
		view->sort = (view->sort + 1) % COLUMNS_ALL;
		break;
	case '<':
	case KEY_LEFT:
		view->sort = (view->sort + COLUMNS_ALL - 1) % COLUMNS_ALL;
		break;
	case KEY_DOWN:
		view->first++;
		break;
	case KEY_UP:
		view->first -= view->first > 0;
		break;
	case KEY_NPAGE:
		view->first += page;
		break;
	case KEY_PPAGE:
		view->first -= view->first < page ? view->first : page;
		break;
	case KEY_RESIZE:
		erase();
		break;
	}
	return true;
}

static void swap(struct sample *a, struct sample *b)
{
	struct sample c = *a;

	*a = *b;
	*b = c;
}

static int64_t passed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static int run_screen(struct view *view, int64_t interval_ms, uint64_t count)
{
	struct sample old = {}, new = {};
	int status;

	status = read_sample(view, &new);
	if (status)
		return status;
	setlocale(LC_ALL, "");
	if (!newterm(NULL, stdout, stdin))
		return bad(getenv("TERM") ? getenv("TERM") : "", "is no terminal that is known");
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	for (;;) {
		int64_t left = interval_ms - passed_ms(&new.time);

		draw(&new, view, true, LINES, COLS);
		timeout(view->paused ? -1 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
		if (!take_key(getch(), view))
			break;
		if (view->paused || passed_ms(&new.time) < interval_ms)
			continue;
		if (count && !--count)
			break;
		swap(&old, &new);
		status = read_sample(view, &new);
		if (status)
			break;
		compare_samples(&old, &new);
	}
	endwin();
	return status;
}

static int run_plain(struct view *view, int64_t interval_ms, uint64_t count)
{
	struct timespec wait = { interval_ms / 1000, interval_ms % 1000 * 1000000 };
	struct sample old = {}, new = {};
	int status = read_sample(view, &new);

	while (!status && count--) {
		nanosleep(&wait, NULL);
		swap(&old, &new);
		status = read_sample(view, &new);
		if (status)
			break;
		compare_samples(&old, &new);
		draw(&new, view, false, 0, 80);
		fflush(stdout);
	}
	return status;
}

int top_main(int argc, char **argv)
{
	static const char *const keywords[] = { "interval", "count", "sort", NULL };
	struct view view = { .sort = COL_SHARE };
	uint64_t interval_ns = 1000000000, count = 0;
	bool screen = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
	const char *wrong;
	int status, found;

	if (argc && find_word(*argv, keywords) < 0) {
		struct name name;

		wrong = name_read(ACCEL, *argv, &name);
		if (wrong)
			return bad(*argv, "%s", wrong);
		view.accel = name.accel;
		view.one_accel = true;
		argc--, argv++;
	}
	for (; argc; argc -= 2, argv += 2) {
		found = find_word(*argv, keywords);
		if (found < 0)
			return bad(*argv, "is not interval, count or sort");
		if (argc < 2)
			return bad(*argv, "needs a value");
		wrong = NULL;
		if (found == 0) {
			wrong = units_read_time(argv[1], &interval_ns);
			if (!wrong && (interval_ns < 50000000 || interval_ns > 3600000000000))
				wrong = "is not in 50ms to 3600s";
		} else if (found == 1) {
			wrong = units_read_number(argv[1], &count);
		} else {
			int column = find_word(argv[1], column_names);

			if (column < 0)
				wrong = "is no column";
			else
				view.sort = (enum column)column;
		}
		if (wrong)
			return bad(argv[1], "%s", wrong);
	}
	status = nl_open();
	if (status)
		return status;
	if (screen)
		return run_screen(&view, (int64_t)(interval_ns / 1000000), count);
	return run_plain(&view, (int64_t)(interval_ns / 1000000), count ? count : 1);
}
