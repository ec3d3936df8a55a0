// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvlan-top, which `xmacvlan top` runs: rates of endpoints, as a live table or as text. A
 * program of its own, for only it needs ncurses.
 */
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/caps.h"
#include "top/batch.h"
#include "top/screen.h"

static int print_error(const struct xm_top_options *o, const struct xm_err *e)
{
	json_t *doc;

	if (!o->json) {
		fprintf(stderr, "xmacvlan: %s\n", e->text);
		return e->exit_code;
	}
	doc = json_pack("{s:s, s:i}", "error", e->text, "exit_code", e->exit_code);
	json_dumpf(doc, stdout, o->pretty ? JSON_INDENT(4) : JSON_COMPACT);
	putchar('\n');
	json_decref(doc);
	return e->exit_code;
}

static int print_usage(void)
{
	puts("Usage: xmacvlan top [NAME|PARENT ...] [sort KEY] [-r] [-i SECONDS] [--count N]\n"
	     "                    [--once | --batch]\n"
	     "A live table of what endpoints receive, send and drop; see xmacvlan-top(8)\n"
	     "KEY: traffic, name, parent, mode, rx-packets, rx-bits, tx-packets, tx-bits,\n"
	     "     drops, reason");
	return 0;
}

/* Ends as the signal ends a program, so that a shell sees it. Ctrl-C is a way to quit. */
static int end_by(int number)
{
	if (number && number != SIGINT) {
		signal(number, SIG_DFL);
		raise(number);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct xm_top_options options;
	struct xm_err e = {};
	int number = 0, err;
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

	setlocale(LC_CTYPE, "");
	err = xm_top_parse(argc, argv, &options, &e);
	if (err)
		return print_error(&options, &e);
	if (options.help)
		return print_usage();
	xm_caps_drop(XM_CAPS_WORK, XM_CAPS_WORK);
	if (terminal && !options.batch && !options.json) {
		err = xm_top_screen(&options, &number, &e);
	} else {
		if (!options.batch && !options.count)
			options.count = 1;
		err = xm_top_batch(&options, &e);
	}
	return err ? print_error(&options, &e) : end_by(number);
}
