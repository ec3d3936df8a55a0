// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of commands */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/grammar.h"
#include "cli/ip_link.h"
#include "cli/keywords.h"
#include "cli/options.h"
#include "cli/words.h"

static xm_command_fn command_complete;

/* clang-format off */
static const struct command {
	struct xm_command_text text;
	xm_command_fn *run;
} commands[] = {
	{ { "add", XM_CMD_ADD, "[name] NAME link PARENT",
	    "creates an endpoint" },
	  xm_command_add },
	{ { "set", XM_CMD_SET, "NAME",
	    "changes an endpoint" },
	  xm_command_set },
	{ { "del", XM_CMD_DEL, "NAME",
	    "deletes an endpoint" },
	  xm_command_del },
	{ { "show", XM_CMD_SHOW, "[NAME|PARENT] [--tree|--dot]",
	    "prints parents and endpoints" },
	  xm_command_show },
	{ { "attach", XM_CMD_ATTACH, "PARENT",
	    "attaches the programs to a parent, changes its settings" },
	  xm_command_attach },
	{ { "detach", XM_CMD_DETACH, "PARENT",
	    "detaches a parent" },
	  xm_command_detach },
	{ { "sync", XM_CMD_SYNC, "[PARENT]",
	    "brings parents and endpoints into line with their devices" },
	  xm_command_sync },
	{ { "upgrade", XM_CMD_UPGRADE, "[PARENT]",
	    "replaces the running programs" },
	  xm_command_upgrade },
	{ { "metrics", 0, "[--listen ADDR:PORT|unix:PATH] [--format openmetrics|text]",
	    "prints or serves counters for Prometheus" },
	  xm_command_metrics },
	{ { "top", 0, "[NAME|PARENT ...] [sort KEY] [-r|--reverse] [-i|--interval SECONDS] "
	    "[--count N] [--once] [-b|--batch]",
	    "shows the traffic and the drops of endpoints, live" },
	  xm_command_top },
	{ { "apply", 0, "[FILE|DIR] [--dry-run] [--prune] [--skip-missing] [--dhcp-units]",
	    "brings the kernel to what files say" },
	  xm_command_apply },
	{ { "save", 0, "",
	    "prints what is as a file for xmacvlan apply" },
	  xm_command_save },
	{ { "migrate", 0, "cni|docker|podman FILE|NETWORK [FILE ...] [--apply]",
	    "turns networks of macvlan into networks of xmacvlan" },
	  xm_command_migrate },
	{ { "monitor", 0, "[NAME|PARENT] [drops|changes] [--for SECONDS] [--count N]",
	    "prints changes and drops as they happen" },
	  xm_command_monitor },
	{ { "trace", 0,
	    "NAME|PARENT [pcap FILE] [count N] [for SECONDS] [snap OCTETS] [filter EXPR]",
	    "prints frames and what the programs decided about them" },
	  xm_command_trace },
	{ { "complete", 0, "[--] [WORD ...]",
	    "prints what may come next in a command line" },
	  command_complete },
	{ { "version", 0, "[-v]",
	    "prints the version, and what the kernel lacks" },
	  xm_command_version },
};
/* clang-format on */

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
		if (!strcmp(name, commands[i].text.name))
			return &commands[i];
	return NULL;
}

/* Abbreviations are refused: a command that is added later could change their meaning */
static int command_fail_unknown(struct xm_context *ctx, const char *name)
{
	char list[128] = "";
	size_t len = 0;
	const char *names[COMMANDS + 1] = { [COMMANDS] = "help" }, *nearest;
	struct xm_err e = {};

	for (size_t i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].text.name;
		if (name[0] && !strncmp(names[i], name, strlen(name)))
			len += snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : " (",
					names[i]);
	}
	nearest = len ? NULL : xm_nearest(name, names, COMMANDS + 1);
	if (nearest)
		len = snprintf(list, sizeof(list), " (%s", nearest);
	xm_fail_usage(&e, "unknown command '%s'%s%s: see 'xmacvlan help'", name, list,
		      len ? "?)" : "");
	return xm_print_error(ctx, ctx->where, &e);
}

static void command_print_usage(FILE *to, const struct command *c)
{
	fprintf(to, "%s\n", c->text.usage);
	xm_keywords_print_usage(to, c->text.id);
}

void xm_print_usage(FILE *to)
{
	fputs("Usage: xmacvlan [OPTIONS] COMMAND ...\n"
	      "macvlan sub-interfaces built from eBPF; see xmacvlan(8)\n\nCommands:\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++) {
		fprintf(to, "  %-8s ", commands[i].text.name);
		command_print_usage(to, &commands[i]);
	}
	fputs("  help     this text; 'help' before or after a command: the help of that command\n"
	      "Also: list, lst, ls, sh for show; delete for del; change for set; 'link' before a\n"
	      "command, as in 'ip link'\n\n"
	      "Options:\n",
	      to);
	xm_options_print_usage(to);
	fputs("Exit codes: 0 done, 1 wrong command line, 2 refused by the kernel or the state\n",
	      to);
}

/* What may come next in a command line: the words so far, with the one that is being typed */
static int command_complete(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	const struct xm_command_text *list[COMMANDS + 1] = {};
	const struct command *c;
	struct xm_completion completion;

	if (ctx->json || ctx->batch)
		return xm_fail_usage(e, "complete: without -j, and not in a batch");
	for (size_t i = 0; i < COMMANDS; i++)
		list[i] = &commands[i].text;
	xm_completion_read(argc, argv, &completion);
	c = completion.command ? command_find(completion.command) : NULL;
	xm_completion_print(&completion, list, c ? &c->text : NULL);
	return 0;
}

static int command_print_help(const struct command *c)
{
	printf("Usage: xmacvlan %s ", c->text.name);
	command_print_usage(stdout, c);
	xm_keywords_print_help(stdout, c->text.id);
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
		xm_fail(&e, err, "%s: %s", c->text.name, strerror(-err));
	return xm_print_error(ctx, ctx->where, &e);
}

bool xm_command_is_show(const char *word)
{
	const struct command *c = command_find(word);

	return c && c->text.id == XM_CMD_SHOW;
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
	if (as_ip && !help && !ctx->json && c->text.id & (XM_CMD_ADD | XM_CMD_SET | XM_CMD_DEL))
		xm_ip_link_print(argc, argv);
	return help ? command_print_help(c) : command_call(ctx, c, argc - 1, argv + 1);
}
