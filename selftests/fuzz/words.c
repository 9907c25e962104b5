// SPDX-License-Identifier: GPL-2.0
/*
 * What the vfarb tool reads of people: quantities and lines of files. Whatever is written, what is
 * taken prints such that it reads back as the same, and words lie in their line.
 */
#include <string.h>
#include "fuzz.h"
#include "../../tools/vfarb/lex.c"
#include "../../tools/vfarb/units.c"

#define UNTOUCHED	0x5a5a5a5a5a5a5a5aull

static void try_time(const char *text)
{
	uint64_t ns = UNTOUCHED, again;
	char printed[UNITS_MAX], brief[UNITS_MAX];

	if (units_read_time(text, &ns)) {
		must(ns == UNTOUCHED);
		return;
	}
	must(!units_read_time(units_time(ns, printed), &again));
	must(again == ns);
	units_short_time((int64_t)ns, brief);
	must(strlen(printed) < UNITS_MAX && strlen(brief) < 16);
}

static void try_memory(const char *text)
{
	uint64_t mib = UNTOUCHED, again;
	char printed[UNITS_MAX];

	if (units_read_memory(text, &mib)) {
		must(mib == UNTOUCHED);
		return;
	}
	must(!units_read_memory(units_memory(mib, printed), &again));
	must(again == mib);
}

static void try_numbers(const char *text)
{
	uint64_t volume = UNTOUCHED, number = UNTOUCHED;
	char printed[UNITS_MAX];

	if (units_read_volume(text, &volume))
		must(volume == UNTOUCHED);
	if (units_read_number(text, &number))
		must(number == UNTOUCHED);
	else
		must(!units_read_volume(text, &volume) || number > UINT64_MAX / 100);
	units_percent((int64_t)number, printed);
	units_short_count(number, printed);
	must(strlen(printed) < UNITS_MAX);
}

static void try_line(const char *text, size_t size)
{
	char *words[LEX_WORDS_MAX + 1], line[4097];
	const char *wrong = NULL;
	int count;

	memcpy(line, text, size + 1);
	count = lex_line(line, words, &wrong);
	must(count <= LEX_WORDS_MAX);
	if (count < 0) {
		must(wrong);
		return;
	}
	must(!words[count]);
	for (int i = 0; i < count; i++) {
		must(words[i] >= line && words[i] <= line + size);
		must(words[i] + strlen(words[i]) <= line + size);
		must(!i || words[i] > words[i - 1] + strlen(words[i - 1]));
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char text[4097];

	if (size > sizeof(text) - 1)
		size = sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = 0;
	try_time(text);
	try_memory(text);
	try_numbers(text);
	try_line(text, strlen(text));
	return 0;
}
