// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stddef.h>
#include "lex.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int lex_line(char *line, char *words[LEX_WORDS_MAX + 1], const char **wrong)
{
	char *from = line, *to;
	int count = 0;

	for (;;) {
		bool quoted = false;

		while (is_blank(*from))
			from++;
		if (!*from || *from == '#')
			break;
		if (count == LEX_WORDS_MAX) {
			*wrong = "too many words";
			return -1;
		}
		words[count++] = from;
		to = from;
		for (; *from && (quoted || !is_blank(*from)); from++) {
			if (*from == '"') {
				quoted = !quoted;
				continue;
			}
			if (quoted && *from == '\\' && from[1])
				from++;
			*to++ = *from;
		}
		if (quoted) {
			*wrong = "a quote is not closed";
			return -1;
		}
		if (*from)
			from++;
		*to = 0;
	}
	words[count] = NULL;
	return count;
}
