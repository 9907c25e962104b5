// SPDX-License-Identifier: GPL-2.0
/* Events in words. */
#include "vfarb.h"

enum meaning { NOTHING, TIME, NUMBER, UNTIL, BY_OPERATOR };

/* What the two values of an event of each type say. */
static const struct {
	const char *x_key;
	enum meaning x;
	const char *y_key;
	enum meaning y;
} meanings[] = {
	[VFARB_NL_EVENT_TYPE_OVER_BUDGET] = { "ran", TIME, "budget", TIME },
	[VFARB_NL_EVENT_TYPE_OVERSTAY] = { "held", TIME, "budget", TIME },
	[VFARB_NL_EVENT_TYPE_PREEMPT_FAILED] = { NULL, NOTHING, "after", TIME },
	[VFARB_NL_EVENT_TYPE_THROTTLED] = { "until", UNTIL, "strike", NUMBER },
	[VFARB_NL_EVENT_TYPE_QUARANTINED] = { "until", UNTIL, "strike", NUMBER },
	[VFARB_NL_EVENT_TYPE_VF_RESET_FAILED] = { "errno", NUMBER, "after", TIME },
	[VFARB_NL_EVENT_TYPE_RELEASED] = { "by-operator", BY_OPERATOR, NULL, NOTHING },
	[VFARB_NL_EVENT_TYPE_FORGIVEN] = { "strikes-left", NUMBER, NULL, NOTHING },
	[VFARB_NL_EVENT_TYPE_ENGINE_RESET_FAILED] = { "errno", NUMBER, "after", TIME },
	[VFARB_NL_EVENT_TYPE_LIMIT] = { "most", NUMBER, "period", TIME },
};

static void out_value(const char *key, enum meaning meaning, uint64_t value)
{
	switch (meaning) {
	case NOTHING:
		break;
	case TIME:
		out_short_time(key, (int64_t)value);
		break;
	case NUMBER:
		out_number(key, value);
		break;
	case UNTIL:
		if (value == UINT64_MAX && !options.json)
			out_word(key, "released");
		else if (options.json)
			out_time(key, value);
		else
			out_short_time(key, (int64_t)value);
		break;
	case BY_OPERATOR:
		out_bool(key, value);
		break;
	}
}

void event_print(const struct nlmsghdr *message)
{
	const struct nlattr *table[VFARB_A_EVENT_MAX + 1];
	char text[UNITS_MAX];
	struct name name;
	uint64_t type;

	nl_attrs(message, table, VFARB_A_EVENT_MAX);
	name = (struct name) {
		.accel = (uint32_t)attr_number(table[VFARB_A_EVENT_ACCEL]),
		.index = (uint32_t)attr_number(table[VFARB_A_EVENT_ENGINE]),
	};
	type = attr_number(table[VFARB_A_EVENT_TYPE]);
	out_begin(name_print(ENGINE, &name, text));
	out_word("event", word_of(event_type_words, type, text));
	if (table[VFARB_A_EVENT_FN]) {
		name.index = (uint32_t)attr_number(table[VFARB_A_EVENT_FN]);
		out_word("vf", name_print(VF, &name, text));
	}
	if (type == VFARB_NL_EVENT_TYPE_LIMIT)
		out_word("limit",
			 word_of(limit_words, attr_number(table[VFARB_A_EVENT_CODE]), text));
	if (type < sizeof(meanings) / sizeof(*meanings)) {
		out_value(meanings[type].x_key, meanings[type].x,
			  attr_number(table[VFARB_A_EVENT_X]));
		out_value(meanings[type].y_key, meanings[type].y,
			  attr_number(table[VFARB_A_EVENT_Y]));
	}
	out_short_time("at", (int64_t)attr_number(table[VFARB_A_EVENT_TIME_NS]));
	out_number("seq", attr_number(table[VFARB_A_EVENT_SEQ]));
	if (attr_number(table[VFARB_A_EVENT_LOST]))
		out_number("lost", attr_number(table[VFARB_A_EVENT_LOST]));
	out_end();
}
