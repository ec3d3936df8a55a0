// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The options before the command, and what they change about its run */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "cli/batch.h"
#include "cli/command.h"
#include "cli/memory.h"
#include "cli/options.h"
#include "cli/output.h"

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
	if (ctx->netns && xm_context_enter(ctx->netns, &e))
		return xm_print_error(ctx, NULL, &e);
	ret = ctx->batch ? xm_batch_run(ctx) : xm_command_run(ctx, argc, argv);
	xm_engine_close(ctx->engine);
	if (xm_output_release()) {
		fprintf(stderr, "xmacvlan: out of memory: the output is incomplete\n");
		ret = ret ? ret : XM_EXIT_STATE;
	}
	return ret;
}

static int print_option_error(const struct xm_context *ctx, const char *word)
{
	const char *nearest = xm_option_nearest(word);
	struct xm_err e = {};

	xm_fail_usage(&e, "unknown or incomplete option '%s'%s%s%s: see 'xmacvlan help'", word,
		      nearest ? " (--" : "", nearest ?: "", nearest ? "?)" : "");
	return xm_print_error(ctx, ctx->where, &e);
}

int main(int argc, char **argv)
{
	struct xm_context ctx = { .timeout_ms = XM_LOCK_WAIT_MS };
	bool understood = xm_options_read(argc, argv, &ctx);
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
		return print_option_error(&ctx, argv[optind - 1]);
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
