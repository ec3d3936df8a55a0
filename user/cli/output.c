// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/output.h"

/* A part of the kept text that goes to stderr */
struct error_range {
	size_t begin, end;
};

static struct {
	FILE *real; /* the process's stdout; NULL: nothing is kept */
	char *text;
	size_t len;
	struct error_range *errors;
	size_t error_count;
} held;

void xm_output_hold(void)
{
	FILE *memory = held.real ? NULL : open_memstream(&held.text, &held.len);

	if (!memory)
		return;
	held.real = stdout;
	stdout = memory;
}

static void output_write(FILE *to, size_t begin, size_t end)
{
	if (begin == end)
		return;
	fwrite(held.text + begin, 1, end - begin, to);
	fflush(to);
}

int xm_output_release(void)
{
	size_t at = 0;
	int err = 0;

	if (!held.real)
		return 0;
	if (ferror(stdout))
		err = -ENOMEM;
	if (fclose(stdout))
		err = -ENOMEM;
	stdout = held.real;
	held.real = NULL;
	fflush(stdout); /* what was printed before */
	for (size_t i = 0; i < held.error_count; i++) {
		output_write(stdout, at, held.errors[i].begin);
		output_write(stderr, held.errors[i].begin, held.errors[i].end);
		at = held.errors[i].end;
	}
	output_write(stdout, at, held.len);
	free(held.text);
	free(held.errors);
	held.errors = NULL;
	held.error_count = 0;
	return err;
}

/* Begins a range for stderr. NULL: nothing is kept, or no memory. */
static struct error_range *output_begin_error(void)
{
	struct error_range *more;

	if (!held.real)
		return NULL;
	more = realloc(held.errors, (held.error_count + 1) * sizeof(*more));
	if (!more)
		return NULL;
	held.errors = more;
	fflush(stdout);
	more[held.error_count].begin = held.len;
	return &more[held.error_count++];
}

void xm_output_error(const char *fmt, ...)
{
	struct error_range *range = output_begin_error();
	FILE *to = range ? stdout : stderr;
	va_list ap;

	fputs("xmacvlan: ", to);
	va_start(ap, fmt);
	vfprintf(to, fmt, ap);
	va_end(ap);
	fputc('\n', to);
	if (!range)
		return;
	fflush(stdout);
	range->end = held.len;
}
