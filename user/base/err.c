// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

static void err_fill(struct xm_err *e, int exit_code, const char *fmt, va_list ap)
{
	if (!e || e->exit_code)
		return;
	e->exit_code = exit_code;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	xm_sanitize(e->text);
}

int xm_fail(struct xm_err *e, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_fill(e, XM_EXIT_STATE, fmt, ap);
	va_end(ap);
	return -abs(err);
}

int xm_fail_usage(struct xm_err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_fill(e, XM_EXIT_USAGE, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void print_fatal(const char *text)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}

static void (*fatal_handler)(const char *text) = print_fatal;

void xm_fatal_set_handler(void (*handler)(const char *text))
{
	fatal_handler = handler;
}

void xm_fatal(const char *fmt, ...)
{
	struct xm_err e = {};
	va_list ap;

	va_start(ap, fmt);
	err_fill(&e, XM_EXIT_STATE, fmt, ap);
	va_end(ap);
	fatal_handler(e.text);
	_exit(XM_EXIT_STATE);
}

void *xm_need(void *memory)
{
	if (!memory)
		xm_fatal("out of memory");
	return memory;
}
