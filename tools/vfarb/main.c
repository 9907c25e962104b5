// SPDX-License-Identifier: GPL-2.0
/* Options, and the way from words to commands. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lex.h"
#include "vfarb.h"

#define VERSION	"0.1.0"

struct options options;
struct source source;

static int help_main(int argc, char **argv);

/* What the first word names, in the order of help. */
static const struct command subcommands[] = {
	{ "accel", accel_main, NULL },
	{ "engine", engine_main, NULL },
	{ "vf", vf_main, NULL },
	{ "monitor", monitor_main, "[all|config|events|cycles]..." },
	{
		"top", top_main, "[accelN] [interval TIME] [count N] [sort COLUMN]\n"
		"      COLUMN: name, label, vol, share, due, lag, slices, slice, wait, state\n"
		"      Without a terminal it prints COUNT times (1) and ends."
	},
	{ "explain", explain_main, explain_usage },
	{ "log", log_main, log_usage },
	{ "replay", replay_main, replay_usage },
	{ "save", save_main, "" },
	{
		"apply", apply_main, "FILE|- [--dry-run]\n"
		"      FILE: lines such as 'vf set accel0/vf3 volume 250'; # begins a comment"
	},
	{ "help", help_main, "" },
	{}
};

static void usage(FILE *to)
{
	fputs("Usage: vfarb [OPTIONS] OBJECT COMMAND [NAME] [KEYWORD VALUE]...\n"
	      "       vfarb [OPTIONS] monitor | top | explain | log | replay | save | apply ...\n"
	      "       vfarb [-force] -batch FILE\n\n"
	      "Share accelerators fairly between virtual functions.\n\n"
	      "Objects and commands; each has a 'help' of its own:\n"
	      "  accel     accelerators\n"
	      "  engine    their engines, and how VFs take turns on them\n"
	      "  vf        virtual functions, and the physical function: pf\n"
	      "  monitor   print changes, events and scheduling cycles as they come\n"
	      "  top       watch VFs live\n"
	      "  explain   say why a VF ran or did not\n"
	      "  log       print or save what an engine's arbiter decided\n"
	      "  replay    decide it again from the record, and compare\n"
	      "  save      print the configuration as commands\n"
	      "  apply     make the configuration what a file says, all of it or nothing\n\n"
	      "Options:\n"
	      "  -j, -json         print JSON, times in ns\n"
	      "  -p, -pretty       JSON for reading\n"
	      "  -s, -statistics   print statistics, too\n"
	      "  -t, -timestamp    print the time of each line\n"
	      "  -color=WHEN       auto (on a terminal), always or never\n"
	      "  -batch FILE       run the commands in FILE, - for standard input\n"
	      "  -force            go on after a command of a batch that failed\n"
	      "  -V, -version      print the version\n\n"
	      "Every word can be cut short as long as one meaning is left.\n"
	      "Exit status: 0 done, 1 refused by the kernel, 2 bad usage.\n", to);
}

void print_source(void)
{
	fflush(stdout);
	if (source.file)
		fprintf(stderr, "vfarb: %s:%u: ", source.file, source.line);
	else
		fprintf(stderr, "vfarb: error: ");
}

int bad(const char *word, const char *format, ...)
{
	va_list args;

	print_source();
	if (word)
		fprintf(stderr, "'%s' ", word);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return BAD_USAGE;
}

/* Which of WORDS is meant: its index, -1 none, -2 more than one. */
int find_word(const char *word, const char *const *words)
{
	size_t length = strlen(word);
	int found = -1;

	for (int i = 0; words[i]; i++) {
		if (!strcmp(word, words[i]))
			return i;
		if (length && !strncmp(word, words[i], length))
			found = found == -1 ? i : -2;
	}
	return found;
}

const struct command *find_command(const char *word, const struct command *commands,
				   const char *what)
{
	const char *names[32] = {};
	int found;

	for (unsigned int i = 0; commands[i].name && i < 31; i++)
		names[i] = commands[i].name;
	found = find_word(word, names);
	if (found >= 0)
		return &commands[found];
	if (found == -2)
		bad(word, "is ambiguous");
	else
		bad(word, "is no %s: see 'vfarb help'", what);
	return NULL;
}

void usage_of(const char *object, const struct command *commands, FILE *to)
{
	fprintf(to, "Usage:\n");
	for (; commands->name; commands++)
		fprintf(to, "  vfarb %s %s%s%s\n", object, commands->name,
			*commands->usage ? " " : "", commands->usage);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "help") || !strcmp(word, "-h") || !strcmp(word, "-help") ||
	       !strcmp(word, "--help");
}

/* A command of an object; show if none is given. */
int run_object(const char *object, const struct command *commands, int argc, char **argv)
{
	const struct command *command;
	char what[40];

	if (!argc)
		return commands->run(0, argv);
	if (is_help(*argv)) {
		usage_of(object, commands, stdout);
		return DONE;
	}
	snprintf(what, sizeof(what), "command of %s", object);
	command = find_command(*argv, commands, what);
	if (!command)
		return BAD_USAGE;
	if (argc > 1 && is_help(argv[1])) {
		printf("Usage:\n  vfarb %s %s %s\n", object, command->name, command->usage);
		return DONE;
	}
	return command->run(argc - 1, argv + 1);
}

static int help_main(int argc, char **argv)
{
	static char *help[] = { "help", NULL };
	const struct command *command;

	if (!argc) {
		usage(stdout);
		return DONE;
	}
	command = find_command(*argv, subcommands, "command");
	if (!command)
		return BAD_USAGE;
	if (command->run == help_main) {
		usage(stdout);
		return DONE;
	}
	if (command->usage) {
		printf("Usage:\n  vfarb %s %s\n", command->name, command->usage);
		return DONE;
	}
	return command->run(1, help);
}

int run_words(int argc, char **argv)
{
	const struct command *command;

	if (!argc) {
		usage(stderr);
		return BAD_USAGE;
	}
	if (is_help(*argv))
		return help_main(argc - 1, argv + 1);
	command = find_command(*argv, subcommands, "object or command");
	if (!command)
		return BAD_USAGE;
	if (command->usage && argc > 1 && is_help(argv[1])) {
		printf("Usage:\n  vfarb %s %s\n", command->name, command->usage);
		return DONE;
	}
	return command->run(argc - 1, argv + 1);
}

/* Each line of FILE is a command. The first that fails ends it, unless forced to go on. */
int run_batch(const char *file)
{
	FILE *stream = strcmp(file, "-") ? fopen(file, "re") : stdin;
	char *words[LEX_WORDS_MAX + 1], *line = NULL;
	struct source here = { .file = strcmp(file, "-") ? file : "standard input" };
	int status = DONE, count, one;
	const char *wrong;
	size_t room = 0;
	ssize_t length;

	if (!stream)
		return bad(file, "cannot be read: %s", strerror(errno));
	while ((length = getline(&line, &room, stream)) >= 0) {
		here.line++;
		source = here;
		if (strlen(line) != (size_t)length)
			wrong = "the line has a zero byte";
		else
			wrong = NULL;
		count = wrong ? -1 : lex_line(line, words, &wrong);
		if (!count)
			continue;
		one = count < 0 ? bad(NULL, "%s", wrong) : run_words(count, words);
		fflush(stdout);
		if (one && one > status)
			status = one;
		if (one && !options.force)
			break;
	}
	source = (struct source) {};
	free(line);
	if (stream != stdin)
		fclose(stream);
	return status;
}

/* One letter of an option, several of which may stand together. */
static bool letter(char c)
{
	switch (c) {
	case 'j':
		options.json = true;
		return true;
	case 'p':
		options.pretty = true;
		return true;
	case 's':
		options.stats = true;
		return true;
	case 't':
		options.timestamps = true;
		return true;
	}
	return false;
}

static bool letters(const char *word)
{
	for (; *word; word++)
		if (!letter(*word))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	static const char *const names[] = {
		"json", "pretty", "statistics", "timestamp", "color", "batch", "force",
		"version", "help", NULL
	};
	const char *batch = NULL, *when = "auto";
	int status;

	for (argc--, argv++; argc && **argv == '-' && (*argv)[1]; argc--, argv++) {
		const char *word = *argv + 1;

		if (!strcmp(word, "-")) {
			argc--, argv++;
			break;
		}
		if (*word == '-')
			word++;
		if (!strncmp(word, "color=", 6)) {
			when = word + 6;
			continue;
		}
		if (!strcmp(word, "V"))
			word = "version";
		if (letters(word))
			continue;
		switch (find_word(word, names)) {
		case 0 ... 3:
			letter(*word);
			break;
		case 4:
			when = "always";
			break;
		case 5:
			if (argc < 2)
				return bad(*argv, "needs a file");
			argc--, argv++;
			batch = *argv;
			break;
		case 6:
			options.force = true;
			break;
		case 7:
			printf("vfarb %s\n", VERSION);
			return DONE;
		case 8:
			usage(stdout);
			return DONE;
		default:
			return bad(*argv, "is no option: see 'vfarb help'");
		}
	}
	if (!out_colour_wanted(when, &options.colour))
		return bad(when, "is not auto, always or never");
	if (options.json)
		options.colour = false;
	if (batch && argc)
		return bad(*argv, "is one word too many beside -batch");
	status = batch ? run_batch(batch) : run_words(argc, argv);
	/* What could not be written was not done. */
	if ((fflush(stdout) || ferror(stdout)) && !status) {
		fprintf(stderr, "vfarb: error: cannot write: %s\n", strerror(errno));
		status = REFUSED;
	}
	return status;
}
