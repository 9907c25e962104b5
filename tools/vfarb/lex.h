/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of commands in files, split into words. Pure. */
#ifndef _VFARB_LEX_H
#define _VFARB_LEX_H

/* Words that a line may have. */
#define LEX_WORDS_MAX	64

/*
 * Splits LINE in place into words. Words are separated by blanks; what stands between double quotes
 * is one word or part of one, in which a backslash takes the next character as it is; # begins a
 * comment. Returns how many, or -1 with *WRONG.
 */
int lex_line(char *line, char *words[LEX_WORDS_MAX + 1], const char **wrong);

#endif /* _VFARB_LEX_H */
