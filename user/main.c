// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "netns.h"

#define SETTINGS                                                                        \
	"       [mode private|vepa|bridge|passthru|source] [nopromisc] [nodst]\n"       \
	"       [macaddr add MAC | macaddr set MAC...] [bcqueuelen N] [bclim N]\n"      \
	"       [host on|off] [spoofchk on|off]\n"

static const struct command {
	const char *name;
	xm_command_fn *run;
	bool bare; /* needs neither root nor the namespace */
	const char *usage;
} commands[] = {
	{ "add", xm_command_add, false,
	  "[name] NAME link PARENT [address MAC] [mtu N] [netns NAME|PID|PATH] [ifname DEV]\n" SETTINGS },
	{ "set", xm_command_set, false,
	  "NAME [mode private|vepa|bridge|source] [address MAC] [nopromisc|promisc] [nodst|dst]\n"
	  "       [macaddr add|del MAC | macaddr set MAC... | macaddr flush]\n"
	  "       [bcqueuelen N] [bclim N] [host on|off] [spoofchk on|off]\n" },
	{ "del", xm_command_del, false, "NAME\n" },
	{ "show", xm_command_show, false, "[NAME] [link PARENT]\n" },
	{ "attach", xm_command_attach, false, "PARENT [xdp auto|native|skb|off]\n" },
	{ "detach", xm_command_detach, false, "PARENT [force]\n" },
	{ "version", xm_command_version, true, "[-v]\n" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

static void print_usage(FILE *to)
{
	fputs("Usage: xmacvlan [OPTIONS] COMMAND ...\n"
	      "macvlan sub-interfaces built from eBPF; see xmacvlan(8)\n\nCommands:\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-7s %s", commands[i].name, commands[i].usage);
	fputs("  help    this text; 'help' after a command tells of that one\n\n"
	      "Options:\n"
	      "  -j, --json           JSON output, errors too\n"
	      "  -p, --pretty         JSON for reading\n"
	      "  -s, --stats          show counters and drop reasons\n"
	      "  -n, --netns NETNS    parents of that network namespace (name, PID or path)\n"
	      "  -V, --Version        as version\n"
	      "Exit codes: 0 done, 1 wrong command line, 2 refused by the kernel or the state\n",
	      to);
}

static int tell(struct xm_context *ctx, const struct xm_err *e)
{
	if (ctx->json) {
		json_t *doc = json_pack("{s:s, s:i}", "error", e->text, "exit_code", e->exit_code);

		json_dumpf(doc, stdout, ctx->pretty ? JSON_INDENT(4) : JSON_COMPACT);
		putchar('\n');
		json_decref(doc);
	} else {
		fprintf(stderr, "xmacvlan: %s\n", e->text);
	}
	return e->exit_code;
}

static int enter_netns(const char *name, struct xm_err *e)
{
	int err, fd;

	if (geteuid())
		return xm_fail(e, 1, "xmacvlan has to be run as root");
	fd = xm_netns_open(name, e);
	if (fd < 0)
		return fd;
	err = xm_netns_enter(fd, name, e);
	close(fd);
	return err;
}

int xm_context_open(struct xm_context *ctx, struct xm_err *e)
{
	int err = ctx->open ? 0 : xm_engine_open(&ctx->engine, e);

	ctx->open |= !err;
	return err;
}

static void close_context(struct xm_context *ctx)
{
	if (ctx->open)
		xm_engine_close(&ctx->engine);
	ctx->open = false;
}

static int run(struct xm_context *ctx, const struct command *c, int argc, char **argv)
{
	struct xm_err e = {};
	int err = 0;

	if (ctx->netns && !c->bare)
		err = enter_netns(ctx->netns, &e);
	if (!err)
		err = c->run(ctx, argc, argv, &e);
	close_context(ctx);
	if (!err)
		return 0;
	if (!e.exit_code)
		xm_fail(&e, err, "%s: %s", c->name, strerror(-err));
	return tell(ctx, &e);
}

static int wrong(struct xm_context *ctx, const char *what, const char *word)
{
	struct xm_err e = {};

	xm_usage(&e, "%s '%s': see 'xmacvlan help'", what, word);
	return tell(ctx, &e);
}

/* 0, 1: help was asked for, -1: wrong */
static int parse_options(int argc, char **argv, struct xm_context *o)
{
	static const struct option table[] = {
		{ "json", no_argument, NULL, 'j' },     { "pretty", no_argument, NULL, 'p' },
		{ "stats", no_argument, NULL, 's' },    { "statistics", no_argument, NULL, 's' },
		{ "netns", required_argument, NULL, 'n' }, { "Version", no_argument, NULL, 'V' },
		{ "version", no_argument, NULL, 'V' },  { "help", no_argument, NULL, 'h' },
		{},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long_only(argc, argv, "+jpsn:Vh", table, NULL)) != -1) {
		switch (c) {
		case 'j':
			o->json = true;
			break;
		case 'p':
			o->pretty = true;
			break;
		case 's':
			o->stats = true;
			break;
		case 'n':
			o->netns = optarg;
			break;
		case 'V':
			o->version = true;
			break;
		case 'h':
			return 1;
		default:
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct xm_context ctx = {};
	const struct command *c;
	int ret = parse_options(argc, argv, &ctx);

	if (ret < 0)
		return wrong(&ctx, "unknown or incomplete option", argv[optind - 1]);
	if (ctx.version)
		return run(&ctx, find("version"), 0, NULL);
	if (ret > 0 || (optind < argc && !strcmp(argv[optind], "help"))) {
		print_usage(stdout);
		return 0;
	}
	if (optind == argc) {
		print_usage(stderr);
		return XM_EXIT_USAGE;
	}
	c = find(argv[optind]);
	if (!c)
		return wrong(&ctx, "unknown command", argv[optind]);
	argc -= optind + 1;
	argv += optind + 1;
	if (argc && !strcmp(argv[0], "help")) {
		printf("Usage: xmacvlan %s %s", c->name, c->usage);
		return 0;
	}
	return run(&ctx, c, argc, argv);
}
