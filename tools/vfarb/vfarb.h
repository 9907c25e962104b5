/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the vfarb tool, and what they have of each other. */
#ifndef _VFARB_TOOL_H
#define _VFARB_TOOL_H

#include <libmnl/libmnl.h>
#include <linux/vfarb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "units.h"
#include "words_gen.h"

/* Exit statuses. */
enum {
	DONE,
	REFUSED,	/* by the kernel */
	BAD_USAGE,
};

/* Options. */
struct options {
	bool json;
	bool pretty;
	bool stats;
	bool timestamps;
	bool force;
	bool colour;
};

extern struct options options;

/* A command of an object; ARGV ends with NULL. Returns an exit status. */
typedef int command_fn(int argc, char **argv);

/* ---- main.c: finding commands ---- */

struct command {
	const char *name;
	command_fn *run;
	const char *usage;	/* what follows the name in help, lines */
};

/*
 * Whether WORD means NAME: is all of it or, if no other of those asked for begins like that, its
 * beginning. Used by find_word() and find_command().
 */
int find_word(const char *word, const char *const *words);
const struct command *find_command(const char *word, const struct command *commands,
				   const char *what);
int run_object(const char *object, const struct command *commands, int argc, char **argv);
int run_words(int argc, char **argv);
void usage_of(const char *object, const struct command *commands, FILE *to);

/* Says what is wrong with WORD of the command (may be NULL); returns BAD_USAGE. */
int bad(const char *word, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where the words that are read come from, for messages; file NULL: the command line. */
struct source {
	const char *file;
	unsigned int line;
};

extern struct source source;
void print_source(void);

int accel_main(int argc, char **argv);
int engine_main(int argc, char **argv);
int vf_main(int argc, char **argv);
int monitor_main(int argc, char **argv);
int top_main(int argc, char **argv);
int explain_main(int argc, char **argv);
int log_main(int argc, char **argv);
int replay_main(int argc, char **argv);
int save_main(int argc, char **argv);
int apply_main(int argc, char **argv);
int run_batch(const char *file);

extern const char explain_usage[], log_usage[], replay_usage[];

/* ---- nl.c: the kernel ---- */

#define NL_BUFFER	8192

/* Opens the socket and finds the family, which loads the module. An exit status. */
int nl_open(void);
struct nlmsghdr *nl_begin(void *buffer, uint8_t command, uint16_t flags);

/* Sends and reads the reply, if EACH is there, and the acknowledgment. */
int nl_talk(struct nlmsghdr *message, mnl_cb_t each, void *data);

/* Reads a dump until it is consistent, then hands each message to EACH. */
int nl_dump(struct nlmsghdr *message, mnl_cb_t each, void *data);

/* The attributes of a message or nest by type; those beyond MAX are newer than this program. */
void nl_attrs(const struct nlmsghdr *message, const struct nlattr **table, unsigned int max);
void nl_nested(const struct nlattr *nest, const struct nlattr **table, unsigned int max);

/* Notes which words the attribute that is added to MESSAGE next comes from. */
void nl_mark(const struct nlmsghdr *message, const char *keyword, const char *word);
void nl_forget_marks(void);

/* Makes room for large messages. */
int nl_large(size_t size);

/* Subscribes to a group: its number, or 0. */
int nl_subscribe(const char *name);
struct mnl_socket *nl_socket(void);

/* The errno that the kernel refused the last message with. */
extern int nl_errno;

/* The caller tries again when its view of the configuration is too old: nothing to tell. */
extern bool nl_stale_is_fine;

/* ---- out.c: text or JSON by the same calls ---- */

void out_list_begin(void);
void out_list_end(void);

/* An object of the list; in text a line that begins with its name. */
void out_begin(const char *name);
void out_end(void);

/* A list of objects in an object; in text lines of their own. */
void out_nest_begin(const char *key);
void out_nest_end(void);
void out_nested_begin(const char *key, const char *name);
void out_nested_end(void);

void out_word(const char *key, const char *value);
void out_text(const char *key, const char *value);
void out_number(const char *key, uint64_t value);
void out_count(const char *key, uint64_t value);
void out_bool(const char *key, bool value);
void out_time(const char *key, uint64_t ns);
void out_short_time(const char *key, int64_t ns);
void out_memory(const char *key, uint64_t mib);
void out_ppm(const char *key, int64_t ppm);
void out_flags(const char *key, uint32_t flags, const char *const *words);
void out_stamp(void);

/* Whether output goes to a terminal that is to be coloured. */
bool out_colour_wanted(const char *when, bool *colour);

/* ---- object.c: names and settings, one table each ---- */

enum object_kind { ACCEL, ENGINE, VF, OBJECTS };

struct name {
	uint32_t accel;
	uint32_t index;		/* of the engine, or function number */
	bool whole;		/* names an accelerator and no part of it */
};

enum value_kind { VALUE_WORD, VALUE_BOOL, VALUE_TIME, VALUE_VOLUME, VALUE_MEMORY, VALUE_NUMBER,
	VALUE_TEXT };

struct setting {
	const char *keyword;
	uint16_t attr;
	enum value_kind kind;
	const char *const *words;	/* of VALUE_WORD */
	size_t max;			/* bytes of VALUE_TEXT */
	const char *zero;		/* what a number of 0 is called, or NULL */
	bool quiet;			/* in text, 0 is nothing to see */
};

#define SETTINGS_MAX	32
#define TEXT_MAX	1024

struct value {
	bool given;
	uint64_t number;
	char text[TEXT_MAX];
};

struct object {
	const char *name;
	uint8_t get, set, ntf, del;
	uint16_t nest;			/* in a set of many */
	uint16_t accel, index;		/* attributes that name one; an accelerator has no index */
	uint16_t stats;			/* attribute that asks for statistics, or 0 */
	const struct setting *settings;	/* ends with a keyword of NULL */
};

extern const struct object objects[OBJECTS];

/* A word of LIST, or its number where the kernel is newer than this program. */
const char *word_of(const char *const *list, uint64_t number, char *text);
const char *name_print(enum object_kind kind, const struct name *name, char *text);
const char *name_read(enum object_kind kind, const char *word, struct name *name);
void name_put(struct nlmsghdr *message, enum object_kind kind, const struct name *name,
	      const char *word);
void name_get(enum object_kind kind, const struct nlattr *const *table, struct name *name);

/* Reads pairs of keyword and value. An exit status. */
int settings_read(enum object_kind kind, int argc, char **argv, struct value *values);
void setting_put(struct nlmsghdr *message, const struct setting *setting,
		 const struct value *value, const char *word);
void setting_get(const struct setting *setting, const struct nlattr *attr, struct value *value);
const char *setting_print(const struct setting *setting, const struct value *value, char *text);
void out_settings(enum object_kind kind, const struct nlattr *const *table);

/* `OBJECT set NAME KEYWORD VALUE...` */
int object_set(enum object_kind kind, int argc, char **argv);

/* `OBJECT release NAME` */
int object_release(enum object_kind kind, int argc, char **argv, uint8_t command);

/* `OBJECT show [NAME]`: EACH prints one message. */
int object_show(enum object_kind kind, int argc, char **argv,
		void (*each)(const struct nlmsghdr *message));

void accel_print(const struct nlmsghdr *message);
void engine_print(const struct nlmsghdr *message);
void vf_print(const struct nlmsghdr *message);
void event_print(const struct nlmsghdr *message);
void cycle_print(const struct nlattr *nest);

static inline uint64_t attr_number(const struct nlattr *attr)
{
	if (!attr)
		return 0;
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	}
	return 0;
}

#endif /* _VFARB_TOOL_H */
