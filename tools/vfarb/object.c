// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "vfarb.h"

static const struct setting accel_settings[] = {
	{ .keyword = "overcommit", .attr = VFARB_A_ACCEL_OVERCOMMIT, .kind = VALUE_BOOL },
	{}
};

static const struct setting engine_settings[] = {
	{
		.keyword = "policy", .attr = VFARB_A_ENGINE_POLICY, .kind = VALUE_WORD,
		.words = policy_words,
	},
	{
		.keyword = "order", .attr = VFARB_A_ENGINE_ORDER, .kind = VALUE_WORD,
		.words = order_words,
	},
	{ .keyword = "cycle", .attr = VFARB_A_ENGINE_CYCLE_NS, .kind = VALUE_TIME },
	{
		.keyword = "affinity", .attr = VFARB_A_ENGINE_AFFINITY, .kind = VALUE_TEXT,
		.max = TEXT_MAX - 1,
	},
	{
		.keyword = "budget", .attr = VFARB_A_ENGINE_BUDGET_NS, .kind = VALUE_TIME,
		.zero = "off",
	},
	{
		.keyword = "faults-most", .attr = VFARB_A_ENGINE_FAULTS_MOST, .kind = VALUE_NUMBER,
		.quiet = true,
	},
	{
		.keyword = "faults-action", .attr = VFARB_A_ENGINE_FAULTS_ACTION,
		.kind = VALUE_WORD, .words = limit_action_words, .quiet = true,
	},
	{
		.keyword = "resets-most", .attr = VFARB_A_ENGINE_RESETS_MOST, .kind = VALUE_NUMBER,
		.quiet = true,
	},
	{
		.keyword = "resets-action", .attr = VFARB_A_ENGINE_RESETS_ACTION,
		.kind = VALUE_WORD, .words = limit_action_words, .quiet = true,
	},
	{
		.keyword = "doorbells-most", .attr = VFARB_A_ENGINE_DOORBELLS_MOST,
		.kind = VALUE_NUMBER, .quiet = true,
	},
	{
		.keyword = "doorbells-action", .attr = VFARB_A_ENGINE_DOORBELLS_ACTION,
		.kind = VALUE_WORD, .words = limit_action_words, .quiet = true,
	},
	{
		.keyword = "irqs-most", .attr = VFARB_A_ENGINE_IRQS_MOST, .kind = VALUE_NUMBER,
		.quiet = true,
	},
	{
		.keyword = "irqs-action", .attr = VFARB_A_ENGINE_IRQS_ACTION, .kind = VALUE_WORD,
		.words = limit_action_words, .quiet = true,
	},
	{}
};

static const struct setting vf_settings[] = {
	{
		.keyword = "label", .attr = VFARB_A_VF_LABEL, .kind = VALUE_TEXT,
		.max = VFARB_LABEL_MAX,
	},
	{ .keyword = "volume", .attr = VFARB_A_VF_VOLUME, .kind = VALUE_VOLUME },
	{ .keyword = "memory", .attr = VFARB_A_VF_MEMORY_MIB, .kind = VALUE_MEMORY },
	{
		.keyword = "priority", .attr = VFARB_A_VF_PRIORITY, .kind = VALUE_WORD,
		.words = priority_words,
	},
	{
		.keyword = "slice", .attr = VFARB_A_VF_SLICE_NS, .kind = VALUE_TIME,
		.zero = "auto",
	},
	{ .keyword = "cap", .attr = VFARB_A_VF_CAP, .kind = VALUE_VOLUME, .zero = "off" },
	{ .keyword = "run", .attr = VFARB_A_VF_RUN, .kind = VALUE_BOOL },
	{}
};

const struct object objects[OBJECTS] = {
	[ACCEL] = {
		.name = "accel",
		.get = VFARB_CMD_ACCEL_GET,
		.set = VFARB_CMD_ACCEL_SET,
		.ntf = VFARB_CMD_ACCEL_NTF,
		.del = VFARB_CMD_ACCEL_DEL_NTF,
		.nest = VFARB_A_CONFIG_ACCEL,
		.accel = VFARB_A_ACCEL_INDEX,
		.settings = accel_settings,
	},
	[ENGINE] = {
		.name = "engine",
		.get = VFARB_CMD_ENGINE_GET,
		.set = VFARB_CMD_ENGINE_SET,
		.ntf = VFARB_CMD_ENGINE_NTF,
		.nest = VFARB_A_CONFIG_ENGINE,
		.accel = VFARB_A_ENGINE_ACCEL,
		.index = VFARB_A_ENGINE_INDEX,
		.stats = VFARB_A_ENGINE_WANT_STATS,
		.settings = engine_settings,
	},
	[VF] = {
		.name = "vf",
		.get = VFARB_CMD_VF_GET,
		.set = VFARB_CMD_VF_SET,
		.ntf = VFARB_CMD_VF_NTF,
		.del = VFARB_CMD_VF_DEL_NTF,
		.nest = VFARB_A_CONFIG_VF,
		.accel = VFARB_A_VF_ACCEL,
		.index = VFARB_A_VF_FN,
		.stats = VFARB_A_VF_WANT_STATS,
		.settings = vf_settings,
	},
};

const char *name_print(enum object_kind kind, const struct name *name, char *text)
{
	if (kind == ACCEL || name->whole)
		snprintf(text, UNITS_MAX, "accel%" PRIu32, name->accel);
	else if (kind == ENGINE)
		snprintf(text, UNITS_MAX, "accel%" PRIu32 "/engine%" PRIu32, name->accel,
			 name->index);
	else if (!name->index)
		snprintf(text, UNITS_MAX, "accel%" PRIu32 "/pf", name->accel);
	else
		snprintf(text, UNITS_MAX, "accel%" PRIu32 "/vf%" PRIu32, name->accel,
			 name->index - 1);
	return text;
}

/* PREFIX and a number, up to END. */
static bool read_numbered(const char *word, const char *end, const char *prefix, uint32_t *number)
{
	size_t length = strlen(prefix);
	uint64_t value = 0;

	if (strncmp(word, prefix, length))
		return false;
	word += length;
	if (word == end || (*word == '0' && word + 1 != end))
		return false;
	for (; word < end; word++) {
		if (*word < '0' || *word > '9')
			return false;
		value = value * 10 + (uint64_t)(*word - '0');
		if (value >= UINT32_MAX)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

const char *name_read(enum object_kind kind, const char *word, struct name *name)
{
	static const char *const expected[] = {
		[ACCEL] = "is no accelerator: write accel0",
		[ENGINE] = "is no engine: write accel0/engine0",
		[VF] = "is no VF: write accel0/vf0, or accel0/pf for the physical function",
	};
	const char *slash = strchr(word, '/');
	const char *end = slash ? slash : word + strlen(word);
	uint32_t vf;

	*name = (struct name) { .whole = !slash };
	if (!read_numbered(word, end, "accel", &name->accel))
		return expected[kind];
	if (!slash)
		return NULL;
	word = slash + 1;
	end = word + strlen(word);
	if (kind == ENGINE && read_numbered(word, end, "engine", &name->index))
		return NULL;
	if (kind == VF && !strcmp(word, "pf"))
		return NULL;
	if (kind == VF && read_numbered(word, end, "vf", &vf)) {
		name->index = vf + 1;
		return NULL;
	}
	return expected[kind];
}

void name_put(struct nlmsghdr *message, enum object_kind kind, const struct name *name,
	      const char *word)
{
	const struct object *object = &objects[kind];

	nl_mark(message, NULL, word);
	mnl_attr_put_u32(message, object->accel, name->accel);
	if (object->index && !name->whole) {
		nl_mark(message, NULL, word);
		mnl_attr_put_u32(message, object->index, name->index);
	}
}

void name_get(enum object_kind kind, const struct nlattr *const *table, struct name *name)
{
	const struct object *object = &objects[kind];

	*name = (struct name) {
		.accel = (uint32_t)attr_number(table[object->accel]),
		.index = object->index ? (uint32_t)attr_number(table[object->index]) : 0,
		.whole = !object->index,
	};
}

static int read_value(const struct setting *setting, const char *word, struct value *value)
{
	static const char *const on_off[] = { "off", "on", NULL };
	const char *wrong = NULL;
	int found;

	if (setting->zero && !strcmp(word, setting->zero)) {
		value->number = 0;
		value->given = true;
		return DONE;
	}
	switch (setting->kind) {
	case VALUE_WORD:
	case VALUE_BOOL:
		found = find_word(word, setting->kind == VALUE_BOOL ? on_off : setting->words);
		if (found < 0) {
			const char *const *choice = setting->kind == VALUE_BOOL ? on_off :
						    setting->words;
			char list[512];
			size_t used = 0;

			for (list[0] = 0; *choice && used < sizeof(list) - 64; choice++)
				used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
							 used ? ", " : "", *choice);
			return bad(word, "is no %s: choose of %s", setting->keyword, list);
		}
		value->number = (uint64_t)found;
		break;
	case VALUE_TIME:
		wrong = units_read_time(word, &value->number);
		break;
	case VALUE_VOLUME:
		wrong = units_read_volume(word, &value->number);
		/* More than the wire can carry is more than any accelerator has. */
		if (!wrong && value->number > UINT32_MAX)
			wrong = "is too large";
		break;
	case VALUE_MEMORY:
		wrong = units_read_memory(word, &value->number);
		break;
	case VALUE_NUMBER:
		wrong = units_read_number(word, &value->number);
		if (!wrong && value->number > UINT32_MAX)
			wrong = "is too large";
		break;
	case VALUE_TEXT:
		if (strlen(word) > setting->max)
			return bad(word, "is too long: %s has %zu bytes at most", setting->keyword,
				   setting->max);
		snprintf(value->text, sizeof(value->text), "%s", word);
		break;
	}
	if (wrong)
		return bad(word, "%s %s", setting->keyword, wrong);
	value->given = true;
	return DONE;
}

int settings_read(enum object_kind kind, int argc, char **argv, struct value *values)
{
	const char *keywords[SETTINGS_MAX + 1] = {};
	const struct setting *settings = objects[kind].settings;
	int status, found;

	for (unsigned int i = 0; settings[i].keyword; i++)
		keywords[i] = settings[i].keyword;
	if (!argc)
		return bad(NULL, "%s set: what to set is missing", objects[kind].name);
	for (; argc; argc -= 2, argv += 2) {
		found = find_word(*argv, keywords);
		if (found == -2)
			return bad(*argv, "is ambiguous");
		if (found < 0)
			return bad(*argv, "is no setting of %s: see 'vfarb %s help'",
				   kind == ACCEL ? "an accelerator" :
				   kind == ENGINE ? "an engine" : "a VF", objects[kind].name);
		if (argc < 2)
			return bad(*argv, "needs a value");
		if (values[found].given)
			return bad(*argv, "is given twice");
		status = read_value(&settings[found], argv[1], &values[found]);
		if (status)
			return status;
	}
	return DONE;
}

void setting_put(struct nlmsghdr *message, const struct setting *setting,
		 const struct value *value, const char *word)
{
	nl_mark(message, setting->keyword, word);
	switch (setting->kind) {
	case VALUE_WORD:
	case VALUE_VOLUME:
	case VALUE_NUMBER:
		mnl_attr_put_u32(message, setting->attr, (uint32_t)value->number);
		break;
	case VALUE_BOOL:
		mnl_attr_put_u8(message, setting->attr, (uint8_t)value->number);
		break;
	case VALUE_TIME:
	case VALUE_MEMORY:
		mnl_attr_put_u64(message, setting->attr, value->number);
		break;
	case VALUE_TEXT:
		mnl_attr_put_strz(message, setting->attr, value->text);
		break;
	}
}

void setting_get(const struct setting *setting, const struct nlattr *attr, struct value *value)
{
	*value = (struct value) { .given = attr };
	if (!attr)
		return;
	if (setting->kind == VALUE_TEXT)
		snprintf(value->text, sizeof(value->text), "%s", mnl_attr_get_str(attr));
	else
		value->number = attr_number(attr);
}

const char *word_of(const char *const *list, uint64_t number, char *text)
{
	for (uint64_t i = 0; list[i]; i++)
		if (i == number)
			return list[i];
	snprintf(text, UNITS_MAX, "%" PRIu64, number);
	return text;
}

const char *setting_print(const struct setting *setting, const struct value *value, char *text)
{
	if (setting->zero && !value->number)
		return setting->zero;
	switch (setting->kind) {
	case VALUE_WORD:
		return word_of(setting->words, value->number, text);
	case VALUE_BOOL:
		return value->number ? "on" : "off";
	case VALUE_TIME:
		return units_time(value->number, text);
	case VALUE_MEMORY:
		return units_memory(value->number, text);
	case VALUE_VOLUME:
	case VALUE_NUMBER:
		snprintf(text, UNITS_MAX, "%" PRIu64, value->number);
		return text;
	case VALUE_TEXT:
		break;
	}
	return value->text;
}

void out_settings(enum object_kind kind, const struct nlattr *const *table)
{
	for (const struct setting *setting = objects[kind].settings; setting->keyword; setting++) {
		const struct nlattr *attr = table[setting->attr];
		char text[UNITS_MAX];

		if (!attr)
			continue;
		if (setting->quiet && !attr_number(attr) && !options.json)
			continue;
		if (setting->zero && !attr_number(attr) && !options.json) {
			out_word(setting->keyword, setting->zero);
			continue;
		}
		switch (setting->kind) {
		case VALUE_WORD:
			out_word(setting->keyword,
				 word_of(setting->words, attr_number(attr), text));
			break;
		case VALUE_BOOL:
			out_bool(setting->keyword, attr_number(attr));
			break;
		case VALUE_TIME:
			out_time(setting->keyword, attr_number(attr));
			break;
		case VALUE_VOLUME:
		case VALUE_NUMBER:
			out_number(setting->keyword, attr_number(attr));
			break;
		case VALUE_MEMORY:
			out_memory(setting->keyword, attr_number(attr));
			break;
		case VALUE_TEXT:
			/* In text an empty one is nothing to see. */
			if (options.json || *mnl_attr_get_str(attr))
				out_text(setting->keyword, mnl_attr_get_str(attr));
			break;
		}
	}
}

int object_set(enum object_kind kind, int argc, char **argv)
{
	static struct value values[SETTINGS_MAX];
	const struct object *object = &objects[kind];
	char buffer[NL_BUFFER];
	struct nlmsghdr *message;
	struct name name;
	const char *wrong;
	int status;

	if (!argc)
		return bad(NULL, "%s set: which one?", object->name);
	wrong = name_read(kind, *argv, &name);
	if (!wrong && name.whole && object->index)
		wrong = kind == VF ? "names no VF: write accel0/vf0 or accel0/pf" :
			"names no engine: write accel0/engine0";
	if (wrong)
		return bad(*argv, "%s", wrong);
	memset(values, 0, sizeof(values));
	status = settings_read(kind, argc - 1, argv + 1, values) ?: nl_open();
	if (status)
		return status;
	message = nl_begin(buffer, object->set, 0);
	name_put(message, kind, &name, *argv);
	for (int i = 0; object->settings[i].keyword; i++) {
		const struct setting *setting = &object->settings[i];
		const char *const keywords[] = { setting->keyword, NULL };

		if (!values[i].given)
			continue;
		/* The word it was written with, for messages. */
		for (int w = 1; w + 1 < argc; w += 2)
			if (!find_word(argv[w], keywords))
				setting_put(message, setting, &values[i], argv[w + 1]);
	}
	return nl_talk(message, NULL, NULL);
}

int object_release(enum object_kind kind, int argc, char **argv, uint8_t command)
{
	char buffer[NL_BUFFER];
	struct nlmsghdr *message;
	const char *wrong;
	struct name name;
	int status;

	if (argc != 1)
		return bad(argc ? argv[1] : NULL, argc ? "is one word too many" :
			   "release: which one?");
	wrong = name_read(kind, *argv, &name);
	if (!wrong && name.whole)
		wrong = "names an accelerator and no part of it";
	if (wrong)
		return bad(*argv, "%s", wrong);
	status = nl_open();
	if (status)
		return status;
	message = nl_begin(buffer, command, 0);
	name_put(message, kind, &name, *argv);
	return nl_talk(message, NULL, NULL);
}

static int each_message(const struct nlmsghdr *message, void *data)
{
	void (*each)(const struct nlmsghdr *message) = data;

	each(message);
	return MNL_CB_OK;
}

int object_show(enum object_kind kind, int argc, char **argv,
		void (*each)(const struct nlmsghdr *message))
{
	const struct object *object = &objects[kind];
	char buffer[NL_BUFFER];
	struct nlmsghdr *message;
	const char *wrong = NULL;
	struct name name;
	int status;

	if (argc > 1)
		return bad(argv[1], "is one word too many");
	if (argc)
		wrong = name_read(kind, *argv, &name);
	if (wrong)
		return bad(*argv, "%s", wrong);
	status = nl_open();
	if (status)
		return status;
	message = nl_begin(buffer, object->get, 0);
	if (argc)
		name_put(message, kind, &name, *argv);
	if (options.stats && object->stats)
		mnl_attr_put(message, object->stats, 0, NULL);
	out_list_begin();
	if (argc && (!name.whole || !object->index))
		status = nl_talk(message, each_message, each);
	else
		status = nl_dump(message, each_message, each);
	out_list_end();
	return status;
}
