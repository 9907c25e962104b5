/* SPDX-License-Identifier: GPL-2.0 */
/* Decision records: files of them, and the kernel's own. */
#ifndef _VFARB_TOOL_RECORD_H
#define _VFARB_TOOL_RECORD_H

#include <linux/vfarb_event.h>
#include <linux/vfarb_record.h>
#include <stdio.h>
#include "vfarb.h"
#include "../../kernel/core/replay.h"

/* An open record. */
struct record {
	int fd;
	const char *what;		/* for messages */
	struct vfarb_record_head head;
	bool live;
};

/* Exit statuses. FOLLOW: wait for what is yet to come. */
int record_open(struct record *record, const char *word, bool follow);
void record_close(struct record *record);

/* The next entry: 1, 0 at the end, -1 after a message. */
int record_next(struct record *record, struct vfarb_record_entry *entry);

/* Names of a function, "vf3", and of what may be in an entry; TEXT has room for UNITS_MAX. */
const char *record_fn(unsigned int fn, char *text);
const char *record_rule(unsigned int rule);
const char *record_event(unsigned int type);
const char *record_limit(unsigned int limit);
const char *record_blocked(unsigned int blocked, char *text, size_t size);

#endif /* _VFARB_TOOL_RECORD_H */
