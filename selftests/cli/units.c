// SPDX-License-Identifier: GPL-2.0
/* Quantities and lines as people write them: what is read, what is refused, what is printed. */
#include <string.h>
#include "../../tools/vfarb/lex.h"
#include "../../tools/vfarb/units.h"
#include "../dev/tap.h"

typedef const char *read_fn(const char *text, uint64_t *out);

#define REFUSED	(~0ull)

static const struct {
	read_fn *read;
	const char *text;
	uint64_t wanted;
} reads[] = {
	{ units_read_time, "2ms", 2000000 },
	{ units_read_time, "0ns", 0 },
	{ units_read_time, "1.5ms", 1500000 },
	{ units_read_time, "500us", 500000 },
	{ units_read_time, "500\xc2\xb5s", 500000 },
	{ units_read_time, "10s", 10000000000 },
	{ units_read_time, "0.000000001s", 1 },
	{ units_read_time, "1.50000000000ms", 1500000 },
	{ units_read_time, "0.0000000001s", REFUSED },
	{ units_read_time, "0.5ns", REFUSED },
	{ units_read_time, "2", REFUSED },
	{ units_read_time, "", REFUSED },
	{ units_read_time, "ms", REFUSED },
	{ units_read_time, "-2ms", REFUSED },
	{ units_read_time, "+2ms", REFUSED },
	{ units_read_time, " 2ms", REFUSED },
	{ units_read_time, "2 ms", REFUSED },
	{ units_read_time, "2ms ", REFUSED },
	{ units_read_time, "2.ms", REFUSED },
	{ units_read_time, ".5ms", REFUSED },
	{ units_read_time, "2m", REFUSED },
	{ units_read_time, "0x10ms", REFUSED },
	{ units_read_time, "18446744073709551614ns", 18446744073709551614u },
	{ units_read_time, "18446744073709551616ns", REFUSED },
	{ units_read_time, "18446744074s", REFUSED },
	{ units_read_time, "99999999999999999999999999s", REFUSED },
	{ units_read_volume, "250", 250 },
	{ units_read_volume, "25%", 250 },
	{ units_read_volume, "0.1%", 1 },
	{ units_read_volume, "12.5%", 125 },
	{ units_read_volume, "100%", 1000 },
	{ units_read_volume, "0", 0 },
	{ units_read_volume, "0.05%", REFUSED },
	{ units_read_volume, "0.5", REFUSED },
	{ units_read_volume, "25 %", REFUSED },
	{ units_read_volume, "25%%", REFUSED },
	{ units_read_memory, "512MiB", 512 },
	{ units_read_memory, "512", 512 },
	{ units_read_memory, "1.5GiB", 1536 },
	{ units_read_memory, "2TiB", 2097152 },
	{ units_read_memory, "2048KiB", 2 },
	{ units_read_memory, "1KiB", REFUSED },
	{ units_read_memory, "512MB", REFUSED },
	{ units_read_memory, "0.5", REFUSED },
	{ units_read_memory, "99999999999999TiB", REFUSED },
	{ units_read_number, "7", 7 },
	{ units_read_number, "7.5", REFUSED },
	{ units_read_number, "x", REFUSED },
};

static const struct {
	uint64_t ns;
	const char *exact, *brief;
} times[] = {
	{ 0, "0ns", "0ns" },
	{ 999, "999ns", "999ns" },
	{ 1000, "1us", "1.00us" },
	{ 2000000, "2ms", "2.00ms" },
	{ 1500000, "1.5ms", "1.50ms" },
	{ 1234567, "1.234567ms", "1.23ms" },
	{ 123456789, "123.456789ms", "123.4ms" },
	{ 1000000001, "1.000000001s", "1.00s" },
	{ 18446744073709551615u, "18446744073.709551615s", "-1ns" },
};

static const struct {
	const char *line;
	int count;
	const char *words[4];
} lines[] = {
	{ "", 0, {} },
	{ "  \t\n", 0, {} },
	{ "# all of it", 0, {} },
	{ "a b c\n", 3, { "a", "b", "c" } },
	{ "a\tb # c", 2, { "a", "b" } },
	{ "a b#c", 2, { "a", "b#c" } },
	{ "a \"b c\" d", 3, { "a", "b c", "d" } },
	{ "a \"\" d", 3, { "a", "", "d" } },
	{ "a x\"b # c\"y", 2, { "a", "xb # cy" } },
	{ "a \"b \\\" \\\\ c\"", 2, { "a", "b \" \\ c" } },
	{ "a \"b", -1, {} },
	{ "a\r\n", 1, { "a" } },
};

int main(void)
{
	char text[4096], *words[LEX_WORDS_MAX + 1];
	const char *wrong;
	uint64_t out;

	for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++) {
		out = REFUSED;
		wrong = reads[i].read(reads[i].text, &out);
		ok(out == reads[i].wanted && !!wrong == (reads[i].wanted == REFUSED),
		   "'%s' %s", reads[i].text, wrong ? wrong : "is read");
	}
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		ok(!strcmp(units_time(times[i].ns, text), times[i].exact), "%s", text);
		ok(!units_read_time(text, &out) && out == times[i].ns, "%s reads back", text);
		ok(!strcmp(units_short_time((int64_t)times[i].ns, text), times[i].brief),
		   "%s", text);
	}
	ok(!strcmp(units_short_time(INT64_MIN, text), "-9223372036s"), "%s", text);
	ok(!strcmp(units_short_time(-2500, text), "-2.50us"), "%s", text);
	ok(!strcmp(units_percent(-12345, text), "-1.23%"), "%s", text);
	ok(!strcmp(units_percent(-49, text), "0.00%"), "%s", text);
	ok(!strcmp(units_percent(1000000, text), "100.00%"), "%s", text);
	ok(!strcmp(units_memory(0, text), "0MiB"), "%s", text);
	ok(!strcmp(units_memory(1536, text), "1536MiB"), "%s", text);
	ok(!strcmp(units_memory(2048, text), "2GiB"), "%s", text);
	ok(!strcmp(units_short_count(9999, text), "9999"), "%s", text);
	ok(!strcmp(units_short_count(123456, text), "123.4k"), "%s", text);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		bool same;
		int count;

		snprintf(text, sizeof(text), "%s", lines[i].line);
		count = lex_line(text, words, &wrong);
		same = count == lines[i].count;
		for (int w = 0; same && w < count; w++)
			same = !strcmp(words[w], lines[i].words[w]);
		ok(same && (count < 0 || !words[count]), "line %zu has %d words", i + 1, count);
	}
	memset(text, 0, sizeof(text));
	for (int i = 0; i < LEX_WORDS_MAX; i++)
		memcpy(text + 2 * i, "w ", 2);
	ok(lex_line(text, words, &wrong) == LEX_WORDS_MAX, "as many words as there may be");
	memset(text, 0, sizeof(text));
	for (int i = 0; i <= LEX_WORDS_MAX; i++)
		memcpy(text + 2 * i, "w ", 2);
	ok(lex_line(text, words, &wrong) < 0, "one word too many");
	return finish();
}
