// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The options before the command */
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "cli/command.h"
#include "net/netns.h"

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

/* Returns 0; 1: help was asked for; -1: an option is wrong */
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

static int run_command(struct xm_context *ctx, int argc, char **argv)
{
	static char *version[] = { "version", NULL };
	struct xm_err e = {};
	int ret;

	if (ctx->version)
		return xm_command_run(ctx, 1, version);
	if (ctx->batch && argc)
		return xm_command_line_error(ctx, "a command beside -batch", argv[0]);
	if (!ctx->batch && !argc) {
		if (ctx->json)
			return xm_command_line_error(ctx, "no command behind", "xmacvlan");
		xm_print_usage(stderr);
		return XM_EXIT_USAGE;
	}
	if (ctx->netns && enter_netns(ctx->netns, &e))
		return xm_print_error(ctx, NULL, &e);
	ret = ctx->batch ? xm_batch_run(ctx) : xm_command_run(ctx, argc, argv);
	xm_engine_close(ctx->engine);
	return ret;
}

int main(int argc, char **argv)
{
	struct xm_context ctx = {};
	int ret = parse_options(argc, argv, &ctx);

	umask(077); /* for pins */
	xm_caps_keep(XM_CAPS_WORK);
	if (ret < 0)
		return xm_command_line_error(&ctx, "unknown or incomplete option", argv[optind - 1]);
	if (ret > 0) {
		xm_print_usage(stdout);
		return 0;
	}
	ret = run_command(&ctx, argc - optind, argv + optind);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "xmacvlan: cannot write the output\n");
		ret = ret ? ret : XM_EXIT_STATE;
	}
	return ret;
}
