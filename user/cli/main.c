// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "cli/command.h"
#include "net/netns.h"

#define SETTINGS                                                                        \
	"       [mode private|vepa|bridge|passthru|source] [nopromisc] [nodst]\n"       \
	"       [macaddr add MAC | macaddr set MAC...] [bcqueuelen N] [bclim N]\n"      \
	"       [host on|off] [spoofchk on|off]\n"

static const struct command {
	const char *name;
	xm_command_fn *run;
	const char *usage;
} commands[] = {
	{ "add", xm_command_add,
	  "[name] NAME link PARENT [address MAC] [mtu N] [netns NAME|PID|PATH] [ifname DEV]\n" SETTINGS },
	{ "set", xm_command_set,
	  "NAME [mode private|vepa|bridge|source] [address MAC] [nopromisc|promisc] [nodst|dst]\n"
	  "       [macaddr add|del MAC | macaddr set MAC... | macaddr flush]\n"
	  "       [bcqueuelen N] [bclim N] [host on|off] [spoofchk on|off]\n" },
	{ "del", xm_command_del, "NAME\n" },
	{ "show", xm_command_show, "[NAME] [link PARENT]\n" },
	{ "attach", xm_command_attach, "PARENT [xdp auto|native|skb|off] [guard on|off]\n" },
	{ "detach", xm_command_detach, "PARENT [force]\n" },
	{ "upgrade", xm_command_upgrade, "[PARENT]\n" },
	{ "version", xm_command_version, "[-v]\n" },
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
	fputs("  help    this text; 'help' before or after a command tells of that one\n\n"
	      "Options:\n"
	      "  -j, --json           JSON output, errors too\n"
	      "  -p, --pretty         JSON for reading\n"
	      "  -s, --stats          show counters and drop reasons\n"
	      "  -n, --netns NETNS    parents of that network namespace (name, PID or path)\n"
	      "  -b, --batch FILE     commands from FILE ('-': standard input), one a line, in one session\n"
	      "  -f, --force          go on after a command of the batch that failed\n"
	      "  -V, --Version        as version\n"
	      "Exit codes: 0 done, 1 wrong command line, 2 refused by the kernel or the state\n",
	      to);
}

int xm_print_error(struct xm_context *ctx, const char *where, const struct xm_err *e)
{
	if (ctx->json) {
		json_t *doc = json_pack("{s:s, s:i}", "error", e->text, "exit_code", e->exit_code);

		if (where)
			json_object_set_new(doc, "where", json_string(where));
		json_dumpf(doc, stdout, ctx->pretty ? JSON_INDENT(4) : JSON_COMPACT);
		putchar('\n');
		json_decref(doc);
	} else {
		fprintf(stderr, "xmacvlan: %s%s%s\n", where ? where : "", where ? ": " : "", e->text);
	}
	return e->exit_code;
}

static int enter_netns(const char *name, struct xm_err *e)
{
	int fd, err = xm_caps_need(XM_CAPS_WORK | XM_CAPS_ENTER, "option -n", e);

	if (err)
		return err;
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

	if (!err && !ctx->open) {
		ctx->open = true;
		ctx->engine.gather = ctx->batch;
	}
	return err;
}

static int wrong(struct xm_context *ctx, const char *what, const char *word)
{
	struct xm_err e = {};

	xm_usage(&e, "%s '%s': see 'xmacvlan help'", what, word);
	return xm_print_error(ctx, ctx->where, &e);
}

int xm_command_run(struct xm_context *ctx, int argc, char **argv)
{
	bool first = !strcmp(argv[0], "help"), help = first || (argc > 1 && !strcmp(argv[1], "help"));
	const struct command *c;
	struct xm_err e = {};
	int err;

	if (first && (argc == 1 || !strcmp(argv[1], "help"))) {
		print_usage(stdout);
		return 0;
	}
	c = find(argv[first]);
	if (!c)
		return wrong(ctx, "unknown command", argv[first]);
	if (help) {
		printf("Usage: xmacvlan %s %s", c->name, c->usage);
		return 0;
	}
	err = c->run(ctx, argc - 1, argv + 1, &e);
	if (!err)
		return 0;
	if (!e.exit_code)
		xm_fail(&e, err, "%s: %s", c->name, strerror(-err));
	return xm_print_error(ctx, ctx->where, &e);
}

/* 0, 1: help was asked for, -1: wrong */
static int parse_options(int argc, char **argv, struct xm_context *o)
{
	static const struct option table[] = {
		{ "json", no_argument, NULL, 'j' },     { "pretty", no_argument, NULL, 'p' },
		{ "stats", no_argument, NULL, 's' },    { "statistics", no_argument, NULL, 's' },
		{ "netns", required_argument, NULL, 'n' }, { "batch", required_argument, NULL, 'b' },
		{ "force", no_argument, NULL, 'f' },    { "Version", no_argument, NULL, 'V' },
		{ "version", no_argument, NULL, 'V' },  { "help", no_argument, NULL, 'h' },
		{},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long_only(argc, argv, "+jpsn:b:fVh", table, NULL)) != -1) {
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
		case 'b':
			o->batch = optarg;
			break;
		case 'f':
			o->force = true;
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

static int run(struct xm_context *ctx, int argc, char **argv)
{
	static char *version[] = { "version", NULL };
	struct xm_err e = {};
	int ret;

	if (ctx->version)
		return xm_command_run(ctx, 1, version);
	if (ctx->batch && argc)
		return wrong(ctx, "a command beside -batch", argv[0]);
	if (!ctx->batch && !argc) {
		if (ctx->json)
			return wrong(ctx, "no command behind", "xmacvlan");
		print_usage(stderr);
		return XM_EXIT_USAGE;
	}
	if (ctx->netns && enter_netns(ctx->netns, &e))
		return xm_print_error(ctx, NULL, &e);
	ret = ctx->batch ? xm_batch(ctx) : xm_command_run(ctx, argc, argv);
	if (ctx->open)
		xm_engine_close(&ctx->engine);
	return ret;
}

int main(int argc, char **argv)
{
	struct xm_context ctx = {};
	int ret = parse_options(argc, argv, &ctx);

	umask(077); /* of pins too */
	xm_caps_keep(XM_CAPS_WORK);
	if (ret < 0)
		return wrong(&ctx, "unknown or incomplete option", argv[optind - 1]);
	if (ret > 0) {
		print_usage(stdout);
		return 0;
	}
	ret = run(&ctx, argc - optind, argv + optind);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xmacvlan: cannot write the output\n");
		ret = ret ? ret : XM_EXIT_STATE;
	}
	return ret;
}
