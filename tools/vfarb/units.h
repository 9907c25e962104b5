/* SPDX-License-Identifier: GPL-2.0 */
/* Quantities as people write them. Pure: no input, no output, no memory of its own. */
#ifndef _VFARB_UNITS_H
#define _VFARB_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any quantity that is printed. */
#define UNITS_MAX	40

/*
 * Each reads all of TEXT. They return NULL, or what is wrong with it in a few words; then *OUT is
 * as it was.
 */
const char *units_read_time(const char *text, uint64_t *out);
const char *units_read_volume(const char *text, uint64_t *out);
const char *units_read_memory(const char *text, uint64_t *out);
const char *units_read_number(const char *text, uint64_t *out);

/* Exactly, such that it reads back as the same. */
const char *units_time(uint64_t ns, char *text);
const char *units_memory(uint64_t mib, char *text);

/* With four digits at most, for eyes. */
const char *units_short_time(int64_t ns, char *text);
const char *units_short_count(uint64_t count, char *text);
const char *units_percent(int64_t ppm, char *text);

#endif /* _VFARB_UNITS_H */
