// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "vfarb.h"

/* JSON: how deep, and whether something stands before on each level. */
static unsigned int depth;
static bool follows[16];

static void newline(void)
{
	if (options.pretty) {
		putchar('\n');
		for (unsigned int i = 0; i < depth; i++)
			fputs("    ", stdout);
	}
}

static void json_string(const char *text)
{
	putchar('"');
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else if (*c < 0x20 || *c == 0x7f)
			printf("\\u%04x", *c);
		else
			putchar(*c);
	}
	putchar('"');
}

static void json_key(const char *key, const char *unit)
{
	char name[64];
	char *c;

	if (follows[depth])
		putchar(',');
	follows[depth] = true;
	newline();
	if (!key)
		return;
	snprintf(name, sizeof(name), "%s%s", key, unit);
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	json_string(name);
	fputs(options.pretty ? ": " : ":", stdout);
}

static void json_open(char c)
{
	putchar(c);
	follows[++depth] = false;
}

static void json_close(char c)
{
	depth--;
	newline();
	putchar(c);
}

/* Text from elsewhere must not move the cursor. */
static void plain_string(const char *text)
{
	bool quote = !*text || strpbrk(text, " \t\"#\\");

	if (quote)
		putchar('"');
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c == 0x7f) {
			putchar('?');
			continue;
		}
		if (*c == '"' || *c == '\\')
			putchar('\\');
		putchar(*c);
	}
	if (quote)
		putchar('"');
}

static void colour(const char *code)
{
	if (options.colour)
		printf("\033[%sm", code);
}

static void text_key(const char *key)
{
	printf(" %s ", key);
}

bool out_colour_wanted(const char *when, bool *colour)
{
	if (!strcmp(when, "always"))
		*colour = true;
	else if (!strcmp(when, "never"))
		*colour = false;
	else if (!strcmp(when, "auto"))
		*colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	else
		return false;
	return true;
}

void out_list_begin(void)
{
	if (options.json)
		json_open('[');
}

void out_list_end(void)
{
	if (!options.json)
		return;
	json_close(']');
	putchar('\n');
}

void out_stamp(void)
{
	struct timespec now;
	struct tm tm;
	char text[40], full[64];

	if (!options.timestamps)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(full, sizeof(full), "%s.%06ld", text, now.tv_nsec / 1000);
	if (options.json)
		out_word("time", full);
	else
		printf("[%s] ", full);
}

void out_begin(const char *name)
{
	if (options.json) {
		/* Outside a list each object is a line of its own. */
		if (depth)
			json_key(NULL, "");
		json_open('{');
		out_stamp();
		out_word("name", name);
		return;
	}
	out_stamp();
	colour("1");
	fputs(name, stdout);
	colour("0");
	putchar(':');
}

void out_end(void)
{
	if (options.json)
		json_close('}');
	if (!options.json || !depth)
		putchar('\n');
}

void out_nest_begin(const char *key)
{
	if (!options.json)
		return;
	json_key(key, "");
	json_open('[');
}

void out_nest_end(void)
{
	if (options.json)
		json_close(']');
}

void out_nested_begin(const char *key, const char *name)
{
	if (options.json) {
		json_key(key, "");
		json_open('{');
		if (name)
			out_word("name", name);
		return;
	}
	fputs("\n    ", stdout);
	colour("36");
	fputs(name ? name : key, stdout);
	colour("0");
	putchar(':');
}

void out_nested_end(void)
{
	if (options.json)
		json_close('}');
}

void out_text(const char *key, const char *value)
{
	if (options.json) {
		json_key(key, "");
		json_string(value);
		return;
	}
	text_key(key);
	plain_string(value);
}

void out_word(const char *key, const char *value)
{
	if (options.json) {
		out_text(key, value);
		return;
	}
	text_key(key);
	fputs(value, stdout);
}

void out_number(const char *key, uint64_t value)
{
	if (options.json)
		json_key(key, "");
	else
		text_key(key);
	printf("%" PRIu64, value);
}

void out_count(const char *key, uint64_t value)
{
	out_number(key, value);
}

void out_bool(const char *key, bool value)
{
	if (options.json) {
		json_key(key, "");
		fputs(value ? "true" : "false", stdout);
		return;
	}
	text_key(key);
	fputs(value ? "on" : "off", stdout);
}

void out_time(const char *key, uint64_t ns)
{
	char text[UNITS_MAX];

	if (options.json) {
		json_key(key, "_ns");
		printf("%" PRIu64, ns);
		return;
	}
	text_key(key);
	fputs(units_time(ns, text), stdout);
}

void out_short_time(const char *key, int64_t ns)
{
	char text[UNITS_MAX];

	if (options.json) {
		json_key(key, "_ns");
		printf("%" PRId64, ns);
		return;
	}
	text_key(key);
	fputs(units_short_time(ns, text), stdout);
}

void out_memory(const char *key, uint64_t mib)
{
	char text[UNITS_MAX];

	if (options.json) {
		json_key(key, "_mib");
		printf("%" PRIu64, mib);
		return;
	}
	text_key(key);
	fputs(units_memory(mib, text), stdout);
}

void out_ppm(const char *key, int64_t ppm)
{
	char text[UNITS_MAX];

	if (options.json) {
		json_key(key, "_ppm");
		printf("%" PRId64, ppm);
		return;
	}
	text_key(key);
	fputs(units_percent(ppm, text), stdout);
}

void out_flags(const char *key, uint32_t flags, const char *const *words)
{
	bool first = true;

	if (options.json) {
		json_key(key, "");
		json_open('[');
	} else {
		text_key(key);
		colour("31");
	}
	for (unsigned int bit = 0; words[bit]; bit++) {
		if (!(flags & (1u << bit)))
			continue;
		if (options.json) {
			json_key(NULL, "");
			json_string(words[bit]);
		} else {
			printf("%s%s", first ? "" : ",", words[bit]);
		}
		first = false;
	}
	if (options.json)
		json_close(']');
	else
		colour("0");
}
