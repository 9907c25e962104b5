// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "units.h"

struct unit {
	const char *name;
	uint64_t size;
};

static const struct unit times[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{}
};

/* In KiB, so that what is no whole number of MiB is seen. */
static const struct unit memories[] = {
	{ "", 1024 },
	{ "KiB", 1 },
	{ "MiB", 1024 },
	{ "GiB", 1024 * 1024 },
	{ "TiB", 1024 * 1024 * 1024ull },
	{}
};

/* In thousandths of a percent point, so that only whole thousandths of all pass. */
static const struct unit volumes[] = {
	{ "", 100 },
	{ "%", 1000 },
	{}
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, perhaps a point and digits, and a unit, without rounding. */
static const char *read_quantity(const char *text, const struct unit *unit, const char *no_unit,
				 uint64_t *out)
{
	uint64_t whole = 0, part = 0, scale = 1;
	const char *at = text;
	uint64_t sum, rest;

	if (!is_digit(*at))
		return "is not a number";
	for (; is_digit(*at); at++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, *at - '0', &whole))
			return "is too large";
	if (*at == '.') {
		if (!is_digit(*++at))
			return "is not a number";
		for (; is_digit(*at); at++) {
			if (scale == 1000000000000000000ull)
				return "has too many digits";
			part = part * 10 + (*at - '0');
			scale *= 10;
		}
	}
	while (unit->name && strcmp(unit->name, at))
		unit++;
	if (!unit->name)
		return *at ? "has an unknown unit" : no_unit;
	/* What is left of the point after all trailing zeros are gone fits or is not exact. */
	while (scale > 1 && part % 10 == 0) {
		part /= 10;
		scale /= 10;
	}
	if (__builtin_mul_overflow(part, unit->size, &rest))
		return "has too many digits";
	if (rest % scale)
		return "is too fine";
	if (__builtin_mul_overflow(whole, unit->size, &sum) ||
	    __builtin_add_overflow(sum, rest / scale, &sum))
		return "is too large";
	*out = sum;
	return NULL;
}

const char *units_read_time(const char *text, uint64_t *out)
{
	return read_quantity(text, times, "has no unit: write ns, us, ms or s", out);
}

const char *units_read_volume(const char *text, uint64_t *out)
{
	uint64_t fine;
	const char *wrong = read_quantity(text, volumes, "has an unknown unit", &fine);

	if (wrong)
		return wrong;
	if (fine % 100)
		return "is not a whole number of thousandths";
	*out = fine / 100;
	return NULL;
}

const char *units_read_memory(const char *text, uint64_t *out)
{
	uint64_t kib;
	const char *wrong = read_quantity(text, memories, "has an unknown unit", &kib);

	if (wrong)
		return wrong;
	if (kib % 1024)
		return "is not a whole number of MiB";
	*out = kib / 1024;
	return NULL;
}

const char *units_read_number(const char *text, uint64_t *out)
{
	static const struct unit none[] = { { "", 1 }, {} };

	return read_quantity(text, none, "", out);
}

/* VALUE / SIZE with all digits that it takes. */
static const char *print_exact(uint64_t value, uint64_t size, const char *name, char *text)
{
	uint64_t rest = value % size;
	int length = snprintf(text, UNITS_MAX, "%" PRIu64, value / size);

	if (rest) {
		text[length++] = '.';
		while (rest) {
			size /= 10;
			text[length++] = (char)('0' + rest / size);
			rest %= size;
		}
	}
	snprintf(text + length, UNITS_MAX - length, "%s", name);
	return text;
}

const char *units_time(uint64_t ns, char *text)
{
	if (ns >= 1000000000)
		return print_exact(ns, 1000000000, "s", text);
	if (ns >= 1000000)
		return print_exact(ns, 1000000, "ms", text);
	if (ns >= 1000)
		return print_exact(ns, 1000, "us", text);
	return print_exact(ns, 1, "ns", text);
}

const char *units_memory(uint64_t mib, char *text)
{
	if (mib && mib % (1024 * 1024) == 0)
		snprintf(text, UNITS_MAX, "%" PRIu64 "TiB", mib / (1024 * 1024));
	else if (mib && mib % 1024 == 0)
		snprintf(text, UNITS_MAX, "%" PRIu64 "GiB", mib / 1024);
	else
		snprintf(text, UNITS_MAX, "%" PRIu64 "MiB", mib);
	return text;
}

/* VALUE in units of SIZE, with digits after the point while there are less than three before it. */
static void print_short(uint64_t value, uint64_t size, const char *name, const char *sign,
			char *text)
{
	uint64_t whole = value / size, rest = value % size;

	if (size == 1 || whole >= 1000)
		snprintf(text, UNITS_MAX, "%s%" PRIu64 "%s", sign, whole, name);
	else if (whole >= 100)
		snprintf(text, UNITS_MAX, "%s%" PRIu64 ".%" PRIu64 "%s", sign, whole,
			 rest / (size / 10), name);
	else
		snprintf(text, UNITS_MAX, "%s%" PRIu64 ".%02" PRIu64 "%s", sign, whole,
			 rest / (size / 100), name);
}

const char *units_short_time(int64_t ns, char *text)
{
	uint64_t value = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	const char *sign = ns < 0 ? "-" : "";

	if (value >= 1000000000)
		print_short(value, 1000000000, "s", sign, text);
	else if (value >= 1000000)
		print_short(value, 1000000, "ms", sign, text);
	else if (value >= 1000)
		print_short(value, 1000, "us", sign, text);
	else
		print_short(value, 1, "ns", sign, text);
	return text;
}

const char *units_short_count(uint64_t count, char *text)
{
	if (count >= 10000000000)
		print_short(count, 1000000000, "G", "", text);
	else if (count >= 10000000)
		print_short(count, 1000000, "M", "", text);
	else if (count >= 10000)
		print_short(count, 1000, "k", "", text);
	else
		print_short(count, 1, "", "", text);
	return text;
}

const char *units_percent(int64_t ppm, char *text)
{
	/* Half a hundredth of a percent goes away from zero. */
	uint64_t value = ((ppm < 0 ? -(uint64_t)ppm : (uint64_t)ppm) + 50) / 100;

	snprintf(text, UNITS_MAX, "%s%" PRIu64 ".%02" PRIu64 "%%", ppm < 0 && value ? "-" : "",
		 value / 100, value % 100);
	return text;
}
