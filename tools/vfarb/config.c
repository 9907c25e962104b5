// SPDX-License-Identifier: GPL-2.0
/* vfarb save, vfarb apply */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lex.h"
#include "vfarb.h"

/* How often a configuration that changed since it was read is read anew. */
#define APPLY_TRIES	5

/* An object as it is, and as the file's lines make it. */
struct entry {
	enum object_kind kind;
	struct name name;
	struct value values[SETTINGS_MAX];
};

static struct entry **entries;
static size_t entry_count, entry_room;

static struct entry *entry_add(enum object_kind kind, const struct name *name)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry_count == entry_room) {
		entry_room = entry_room ? 2 * entry_room : 64;
		entries = realloc(entries, entry_room * sizeof(*entries));
	}
	if (!entry || !entries)
		abort();
	entry->kind = kind;
	entry->name = *name;
	entries[entry_count++] = entry;
	return entry;
}

static void entries_free(void)
{
	while (entry_count)
		free(entries[--entry_count]);
}

static struct entry *entry_find(enum object_kind kind, const struct name *name)
{
	for (size_t i = 0; i < entry_count; i++)
		if (entries[i]->kind == kind && entries[i]->name.accel == name->accel &&
		    (kind == ACCEL || entries[i]->name.index == name->index))
			return entries[i];
	return NULL;
}

static int take_object(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *table[VFARB_A_ACCEL_MAX + VFARB_A_ENGINE_MAX + VFARB_A_VF_MAX + 1];
	const enum object_kind *kind = data;
	const struct setting *setting;
	struct entry *entry;
	struct name name;
	int i;

	nl_attrs(message, table, sizeof(table) / sizeof(*table) - 1);
	name_get(*kind, table, &name);
	entry = entry_add(*kind, &name);
	for (i = 0, setting = objects[*kind].settings; setting->keyword; i++, setting++)
		setting_get(setting, table[setting->attr], &entry->values[i]);
	return MNL_CB_OK;
}

static int take_generation(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *table[VFARB_A_CONFIG_MAX + 1];
	uint64_t *generation = data;

	nl_attrs(message, table, VFARB_A_CONFIG_MAX);
	*generation = attr_number(table[VFARB_A_CONFIG_GENERATION]);
	return MNL_CB_OK;
}

/* Reads all objects as they are at one generation, or later. */
static int read_all(uint64_t *generation)
{
	char buffer[NL_BUFFER];
	int status;

	entries_free();
	status = nl_talk(nl_begin(buffer, VFARB_CMD_CONFIG_GET, 0), take_generation, generation);
	for (enum object_kind kind = 0; !status && kind < OBJECTS; kind++)
		status = nl_dump(nl_begin(buffer, objects[kind].get, 0), take_object, &kind);
	return status;
}

static void print_quoted(const char *text)
{
	if (*text && !strpbrk(text, " \t\"\\#")) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

int save_main(int argc, char **argv)
{
	uint64_t generation;
	int status;

	if (argc)
		return bad(*argv, "is one word too many");
	status = nl_open() ?: read_all(&generation);
	if (status)
		return status;
	puts("# vfarb configuration; 'vfarb apply' reads it");
	for (size_t i = 0; i < entry_count; i++) {
		const struct entry *entry = entries[i];
		const struct object *object = &objects[entry->kind];
		char text[UNITS_MAX];

		printf("%s set %s", object->name, name_print(entry->kind, &entry->name, text));
		for (int s = 0; object->settings[s].keyword; s++) {
			if (!entry->values[s].given)
				continue;
			printf(" %s ", object->settings[s].keyword);
			print_quoted(setting_print(&object->settings[s], &entry->values[s], text));
		}
		putchar('\n');
	}
	return DONE;
}

/* A line of the file that sets something. */
struct line {
	struct source source;
	char *text;		/* split into words in place */
	char *words[LEX_WORDS_MAX + 1];
	int count;
	enum object_kind kind;
	struct name name;
	struct value *values;
};

static struct line *lines;
static size_t line_count, line_room;

static int read_line(struct line *line)
{
	static const char *const names[] = { "accel", "engine", "vf", NULL };
	static const char *const verbs[] = { "set", NULL };
	const char *wrong;
	int kind;

	kind = find_word(line->words[0], names);
	if (kind < 0)
		return bad(line->words[0], "is not accel, engine or vf");
	line->kind = (enum object_kind)kind;
	if (line->count < 2 || find_word(line->words[1], verbs) < 0)
		return bad(line->count < 2 ? NULL : line->words[1], "should be 'set'");
	if (line->count < 3)
		return bad(NULL, "%s set: which one?", names[kind]);
	wrong = name_read(line->kind, line->words[2], &line->name);
	if (!wrong && line->name.whole && line->kind != ACCEL)
		wrong = line->kind == VF ? "names no VF: write accel0/vf0 or accel0/pf" :
			"names no engine: write accel0/engine0";
	if (wrong)
		return bad(line->words[2], "%s", wrong);
	line->values = calloc(SETTINGS_MAX, sizeof(*line->values));
	if (!line->values)
		abort();
	return settings_read(line->kind, line->count - 3, line->words + 3, line->values);
}

/* Reads all lines; what is wrong with any is told before the kernel is asked. */
static int read_file(const char *file)
{
	FILE *stream = strcmp(file, "-") ? fopen(file, "re") : stdin;
	struct source here = { .file = strcmp(file, "-") ? file : "standard input" };
	int status = DONE;
	const char *wrong;
	char *text = NULL;
	size_t room = 0;
	ssize_t length;

	if (!stream)
		return bad(file, "cannot be read: %s", strerror(errno));
	while (!status && (length = getline(&text, &room, stream)) >= 0) {
		struct line *line;

		if (line_count == line_room) {
			line_room = line_room ? 2 * line_room : 64;
			lines = realloc(lines, line_room * sizeof(*lines));
			if (!lines)
				abort();
		}
		here.line++;
		source = here;
		line = &lines[line_count];
		*line = (struct line) { .source = here, .text = text };
		if (strlen(text) != (size_t)length) {
			status = bad(NULL, "the line has a zero byte");
			break;
		}
		line->count = lex_line(text, line->words, &wrong);
		if (line->count < 0)
			status = bad(NULL, "%s", wrong);
		if (line->count <= 0)
			continue;
		line_count++;
		/* The words stay where they are. */
		text = NULL;
		room = 0;
		status = read_line(line);
	}
	if (!status && ferror(stream))
		status = bad(file, "cannot be read: %s", strerror(errno));
	if (stream != stdin)
		fclose(stream);
	source = (struct source) {};
	return status;
}

static bool same(const struct setting *setting, const struct value *a, const struct value *b)
{
	if (!a->given || !b->given)
		return a->given == b->given;
	return setting->kind == VALUE_TEXT ? !strcmp(a->text, b->text) : a->number == b->number;
}

static const char *word_for(const struct line *line, const char *keyword)
{
	const char *const keywords[] = { keyword, NULL };

	for (int i = 3; i + 1 < line->count; i += 2)
		if (!find_word(line->words[i], keywords))
			return line->words[i + 1];
	return keyword;
}

/* Adds what LINE changes to MESSAGE, and makes the change to what is known. */
static unsigned int add_line(struct nlmsghdr *message, struct line *line, bool show)
{
	const struct object *object = &objects[line->kind];
	struct entry *entry = entry_find(line->kind, &line->name);
	struct nlattr *nest = NULL;
	unsigned int changes = 0;
	char name[UNITS_MAX], old[UNITS_MAX], new[UNITS_MAX];

	/* An object that is not there is for the kernel to refuse. */
	if (!entry)
		entry = entry_add(line->kind, &line->name);
	source = line->source;
	for (int i = 0; object->settings[i].keyword; i++) {
		const struct setting *setting = &object->settings[i];

		if (!line->values[i].given || same(setting, &line->values[i], &entry->values[i]))
			continue;
		if (!nest) {
			nl_mark(message, NULL, line->words[2]);
			nest = mnl_attr_nest_start(message, object->nest);
			name_put(message, line->kind, &line->name, line->words[2]);
		}
		setting_put(message, setting, &line->values[i], word_for(line, setting->keyword));
		changes++;
		if (show)
			printf("%s: %s %s -> %s\n", name_print(line->kind, &line->name, name),
			       setting->keyword,
			       entry->values[i].given ?
			       setting_print(setting, &entry->values[i], old) : "none",
			       setting_print(setting, &line->values[i], new));
		entry->values[i] = line->values[i];
	}
	if (nest)
		mnl_attr_nest_end(message, nest);
	source = (struct source) {};
	return changes;
}

/* One message with all lines, made for the configuration as it is now. */
static int apply_once(char *buffer, bool dry_run, bool show, unsigned int *changes)
{
	struct nlmsghdr *message;
	uint64_t generation = 0;
	int status;

	status = read_all(&generation);
	if (status)
		return status;
	message = nl_begin(buffer, VFARB_CMD_CONFIG_SET, 0);
	nl_mark(message, NULL, "generation");
	mnl_attr_put_u64(message, VFARB_A_CONFIG_GENERATION, generation);
	if (dry_run)
		mnl_attr_put(message, VFARB_A_CONFIG_VALIDATE_ONLY, 0, NULL);
	*changes = 0;
	for (size_t i = 0; i < line_count; i++)
		*changes += add_line(message, &lines[i], show);
	nl_large(message->nlmsg_len);
	fflush(stdout);
	return nl_talk(message, NULL, NULL);
}

int apply_main(int argc, char **argv)
{
	static const char *const flags[] = { "--dry-run", "-dry-run", NULL };
	unsigned int changes = 0;
	const char *file = NULL;
	bool dry_run = false;
	char *buffer;
	int status;

	for (; argc; argc--, argv++) {
		if (**argv != '-' || !(*argv)[1]) {
			if (file)
				return bad(*argv, "is one word too many");
			file = *argv;
			continue;
		}
		if (find_word(*argv, flags) < 0)
			return bad(*argv, "is no option of apply");
		dry_run = true;
	}
	if (!file)
		return bad(NULL, "apply: which file?");
	status = read_file(file) ?: nl_open();
	if (status)
		return status;
	buffer = malloc(NL_BUFFER + line_count * (TEXT_MAX + 512));
	if (!buffer)
		abort();
	for (int tries = 1; ; tries++) {
		nl_stale_is_fine = tries < APPLY_TRIES;
		status = apply_once(buffer, dry_run, tries == 1, &changes);
		if (status != REFUSED || nl_errno != ESTALE || tries == APPLY_TRIES)
			break;
	}
	if (status)
		fprintf(stderr, "vfarb: nothing is changed\n");
	else if (dry_run)
		printf("%u changes would be made\n", changes);
	else
		printf("%u changes made\n", changes);
	free(buffer);
	entries_free();
	return status;
}
