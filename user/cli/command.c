// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of commands */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/ip_link.h"
#include "cli/keywords.h"
#include "cli/words.h"

static const struct command {
	const char *name;
	xm_command_fn *run;
	unsigned int id; /* enum xm_command_id; 0: without keywords */
	const char *usage; /* what comes before the optional keywords */
} commands[] = {
	{ "add", xm_command_add, XM_CMD_ADD, "[name] NAME link PARENT" },
	{ "set", xm_command_set, XM_CMD_SET, "NAME" },
	{ "del", xm_command_del, XM_CMD_DEL, "NAME" },
	{ "show", xm_command_show, XM_CMD_SHOW, "[NAME|PARENT] [--tree|--dot]" },
	{ "attach", xm_command_attach, XM_CMD_ATTACH, "PARENT" },
	{ "detach", xm_command_detach, XM_CMD_DETACH, "PARENT" },
	{ "sync", xm_command_sync, XM_CMD_SYNC, "[PARENT]" },
	{ "upgrade", xm_command_upgrade, XM_CMD_UPGRADE, "[PARENT]" },
	{ "metrics", xm_command_metrics, 0,
	  "[--listen ADDR:PORT|unix:PATH] [--format openmetrics|text]" },
	{ "top", xm_command_top, 0,
	  "[NAME|PARENT ...] [sort KEY] [-r|--reverse] [-i|--interval SECONDS] [--count N] "
	  "[--once] [-b|--batch]" },
	{ "apply", xm_command_apply, 0, "[FILE|DIR] [--dry-run] [--prune] [--skip-missing]" },
	{ "save", xm_command_save, 0, "" },
	{ "monitor", xm_command_monitor, 0,
	  "[NAME|PARENT] [drops|changes] [--for SECONDS] [--count N]" },
	{ "trace", xm_command_trace, 0,
	  "NAME|PARENT [pcap FILE] [count N] [for SECONDS] [snap OCTETS] [filter EXPR]" },
	{ "version", xm_command_version, 0, "[-v]" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

/* Other spellings, those of `ip link` */
static const struct {
	const char *word, *command;
} aliases[] = {
	{ "change", "set" }, { "delete", "del" }, { "list", "show" },
	{ "ls", "show" },    { "lst", "show" },	  { "sh", "show" },
};

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (!strcmp(name, aliases[i].word))
			name = aliases[i].command;
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/* Abbreviations are refused: a command that is added later could change their meaning */
static int command_fail_unknown(struct xm_context *ctx, const char *name)
{
	char list[128] = "";
	size_t len = 0;
	const char *names[COMMANDS], *nearest;
	struct xm_err e = {};

	for (size_t i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
		if (name[0] && !strncmp(names[i], name, strlen(name)))
			len += snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : " (",
					names[i]);
	}
	nearest = len ? NULL : xm_nearest(name, names, COMMANDS);
	if (nearest)
		len = snprintf(list, sizeof(list), " (%s", nearest);
	xm_fail_usage(&e, "unknown command '%s'%s%s: see 'xmacvlan help'", name, list,
		      len ? "?)" : "");
	return xm_print_error(ctx, ctx->where, &e);
}

static void command_print_usage(FILE *to, const struct command *c)
{
	fprintf(to, "%s\n", c->usage);
	xm_keywords_print_usage(to, c->id);
}

void xm_print_usage(FILE *to)
{
	fputs("Usage: xmacvlan [OPTIONS] COMMAND ...\n"
	      "macvlan sub-interfaces built from eBPF; see xmacvlan(8)\n\nCommands:\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++) {
		fprintf(to, "  %-7s ", commands[i].name);
		command_print_usage(to, &commands[i]);
	}
	fputs("  help    this text; 'help' before or after a command: the help of that command\n"
	      "Also: list, lst, ls, sh for show; delete for del; change for set; 'link' before a\n"
	      "command, as in 'ip link'\n\n"
	      "Options:\n"
	      "  -j, --json           JSON output, errors too\n"
	      "  -p, --pretty         JSON with line breaks\n"
	      "  -s, --stats          show counters and drop reasons\n"
	      "  -d, --details        show also what 'ip -d link' prints of the device\n"
	      "      --human          show counters as 1.2k, 3.4M; '-h' before 'show' is the same\n"
	      " -br, --brief          show one line for each endpoint: state, MAC address, flags\n"
	      "  -o, --oneline        show each endpoint on one line, with \\ for a line break\n"
	      "  -c, --color[=WHEN]   show colors: always (without WHEN), auto, never\n"
	      "  -t, --timestamp      monitor: each line begins with its time; also -ts\n"
	      "  -n, --netns NETNS    parents of that network namespace (name, PID or path)\n"
	      "  -b, --batch FILE     commands from FILE ('-': standard input), one a line, in one "
	      "session\n"
	      "  -f, --force          go on after a command of the batch that failed\n"
	      "      --timeout S      wait at most S seconds for the lock (default: 30)\n"
	      "  -V, --Version        as version\n"
	      "Exit codes: 0 done, 1 wrong command line, 2 refused by the kernel or the state\n",
	      to);
}

static int command_print_help(const struct command *c)
{
	printf("Usage: xmacvlan %s ", c->name);
	command_print_usage(stdout, c);
	xm_keywords_print_help(stdout, c->id);
	return 0;
}

int xm_command_line_error(struct xm_context *ctx, const char *what, const char *word)
{
	struct xm_err e = {};

	xm_fail_usage(&e, "%s '%s': see 'xmacvlan help'", what, word);
	return xm_print_error(ctx, ctx->where, &e);
}

static int command_call(struct xm_context *ctx, const struct command *c, int argc, char **argv)
{
	struct xm_err e = {};
	int err = c->run(ctx, argc, argv, &e);

	if (!err)
		return 0;
	if (!e.exit_code)
		xm_fail(&e, err, "%s: %s", c->name, strerror(-err));
	return xm_print_error(ctx, ctx->where, &e);
}

bool xm_command_is_show(const char *word)
{
	const struct command *c = command_find(word);

	return c && c->id == XM_CMD_SHOW;
}

int xm_command_run(struct xm_context *ctx, int argc, char **argv)
{
	bool as_ip = xm_ip_link_take(&argc, &argv);
	bool help_first = !strcmp(argv[0], "help");
	bool help = help_first || (argc > 1 && xm_word_is_help(argv[1]));
	const struct command *c;

	if (help_first && (argc == 1 || xm_word_is_help(argv[1]))) {
		xm_print_usage(stdout);
		return 0;
	}
	c = command_find(argv[help_first]);
	if (!c)
		return command_fail_unknown(ctx, argv[help_first]);
	if (as_ip && !help && !ctx->json && c->id & (XM_CMD_ADD | XM_CMD_SET | XM_CMD_DEL))
		xm_ip_link_print(argc, argv);
	return help ? command_print_help(c) : command_call(ctx, c, argc - 1, argv + 1);
}
