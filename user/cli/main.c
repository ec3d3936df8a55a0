// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The options before the command */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "cli/batch.h"
#include "cli/command.h"
#include "cli/memory.h"
#include "cli/output.h"
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

/* Options without a value set a flag, those with a value a string */
static const struct option_row {
	struct option option; /* .val: the letter */
	size_t flag, string; /* offset in struct xm_context; 0: none */
} option_rows[] = {
	{ { "json", no_argument, NULL, 'j' }, offsetof(struct xm_context, json), 0 },
	{ { "pretty", no_argument, NULL, 'p' }, offsetof(struct xm_context, pretty), 0 },
	{ { "stats", no_argument, NULL, 's' }, offsetof(struct xm_context, stats), 0 },
	{ { "statistics", no_argument, NULL, 's' }, offsetof(struct xm_context, stats), 0 },
	{ { "details", no_argument, NULL, 'd' }, offsetof(struct xm_context, style.details), 0 },
	{ { "oneline", no_argument, NULL, 'o' }, offsetof(struct xm_context, style.oneline), 0 },
	{ { "brief", no_argument, NULL, 'B' }, offsetof(struct xm_context, style.brief), 0 },
	/* getopt accepts every unambiguous beginning of a long option, as `ip` does */
	{ { "human-readable", no_argument, NULL, 'H' },
	  offsetof(struct xm_context, style.human),
	  0 },
	{ { "color", optional_argument, NULL, 'c' }, 0, offsetof(struct xm_context, color) },
	{ { "timestamp", no_argument, NULL, 't' }, offsetof(struct xm_context, timestamp), 0 },
	{ { "ts", no_argument, NULL, 't' }, offsetof(struct xm_context, timestamp), 0 },
	{ { "netns", required_argument, NULL, 'n' }, 0, offsetof(struct xm_context, netns) },
	{ { "batch", required_argument, NULL, 'b' }, 0, offsetof(struct xm_context, batch) },
	{ { "force", no_argument, NULL, 'f' }, offsetof(struct xm_context, force), 0 },
	{ { "Version", no_argument, NULL, 'V' }, offsetof(struct xm_context, version), 0 },
	{ { "version", no_argument, NULL, 'V' }, offsetof(struct xm_context, version), 0 },
	{ { "help", no_argument, NULL, 'E' }, offsetof(struct xm_context, help), 0 },
	{ { "h", no_argument, NULL, 'h' }, offsetof(struct xm_context, h), 0 },
	{ { "timeout", required_argument, NULL, 'T' }, 0, offsetof(struct xm_context, timeout) },
};

#define OPTIONS (sizeof(option_rows) / sizeof(*option_rows))

static bool option_store(struct xm_context *ctx, int letter)
{
	size_t i = 0;

	while (i < OPTIONS && option_rows[i].option.val != letter)
		i++;
	if (i == OPTIONS)
		return false;
	if (option_rows[i].string)
		*(const char **)((char *)ctx + option_rows[i].string) = optarg ? optarg : "";
	else
		*(bool *)((char *)ctx + option_rows[i].flag) = true;
	return true;
}

/* Returns false when an option is unknown, or lacks its value */
static bool parse_options(int argc, char **argv, struct xm_context *ctx)
{
	struct option table[OPTIONS + 1] = {};
	int letter;

	for (size_t i = 0; i < OPTIONS; i++)
		table[i] = option_rows[i].option;
	opterr = 0;
	while ((letter = getopt_long_only(argc, argv, "+jpsdoc::tn:b:fVh", table, NULL)) != -1)
		if (!option_store(ctx, letter))
			return false;
	return true;
}

/* Reads --timeout: seconds, "1.5" for example, at most a day */
static bool parse_timeout(struct xm_context *ctx)
{
	char *end;
	double seconds = strtod(ctx->timeout, &end);

	if (end == ctx->timeout || *end || !(seconds >= 0 && seconds <= 86400))
		return false;
	ctx->timeout_ms = seconds * 1000;
	return true;
}

/* Reads --color as `ip` does: without a value it means `always`. Only text has colors. */
static bool parse_color(struct xm_context *ctx)
{
	const char *when = ctx->color + (*ctx->color == '=');

	if (!strcmp(when, "auto"))
		ctx->style.color = isatty(STDOUT_FILENO);
	else
		ctx->style.color = !*when || !strcmp(when, "always");
	return ctx->style.color || !strcmp(when, "auto") || !strcmp(when, "never");
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
	if (xm_output_release()) {
		fprintf(stderr, "xmacvlan: out of memory: the output is incomplete\n");
		ret = ret ? ret : XM_EXIT_STATE;
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct xm_context ctx = { .timeout_ms = XM_LOCK_WAIT_MS };
	bool understood = parse_options(argc, argv, &ctx);
	struct xm_err e = {};
	int ret;

	umask(077); /* for pins */
	xm_memory_init(ctx.json);
	ret = xm_caps_keep(XM_CAPS_WORK);
	if (ret) {
		xm_fail(&e, ret, "cannot lower the capabilities: %s", strerror(-ret));
		return xm_print_error(&ctx, NULL, &e);
	}
	if (understood && ctx.timeout && !parse_timeout(&ctx))
		return xm_command_line_error(&ctx, "option --timeout takes seconds, not",
					     ctx.timeout);
	if (understood && ctx.color && !parse_color(&ctx))
		return xm_command_line_error(
			&ctx, "option --color takes always, auto or never, not", ctx.color);
	if (!understood)
		return xm_command_line_error(&ctx, "unknown or incomplete option",
					     argv[optind - 1]);
	if (ctx.h && optind < argc && xm_command_is_show(argv[optind]))
		ctx.style.human = true;
	else
		ctx.help |= ctx.h;
	if (ctx.help) {
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
