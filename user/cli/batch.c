// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Many commands in one session, as `ip -batch`: one a line, # begins a comment, \ continues a line */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/caps.h"
#include "base/text.h"
#include "cli/command.h"

#define SPACE " \t\r\n"

struct line {
	char *text;
	size_t len, size;
	unsigned int number; /* of the last line of the file that is in it */
};

static bool append(struct line *l, const char *part, size_t n)
{
	if (l->len + n >= l->size) {
		char *bigger = realloc(l->text, l->len + n + 1);

		if (!bigger)
			return false;
		l->text = bigger;
		l->size = l->len + n + 1;
	}
	memcpy(l->text + l->len, part, n);
	l->len += n;
	l->text[l->len] = '\0';
	return true;
}

/* Joins continued lines. 1, 0: the end, -errno. */
static int read_line(FILE *file, struct line *l)
{
	char *part = NULL;
	size_t part_size = 0;
	int ret = 0;
	bool more = true;
	ssize_t n;

	l->len = 0;
	while (more && ret >= 0 && (n = getline(&part, &part_size, file)) > 0) {
		l->number++;
		while (n && (part[n - 1] == '\n' || part[n - 1] == '\r'))
			n--;
		more = n && part[n - 1] == '\\';
		ret = append(l, part, n - more) ? 1 : -ENOMEM;
	}
	free(part);
	return ret;
}

/*
 * Cuts the line into words in place; quotes keep spaces. malloc'ed *ret. The number of words or -errno,
 * -EINVAL: a quote is not closed.
 */
static int split(char *line, char ***ret)
{
	char **words = calloc(strlen(line) / 2 + 2, sizeof(*words));
	int n = 0;

	if (!words)
		return -ENOMEM;
	while (*(line += strspn(line, SPACE)) && *line != '#') {
		const char *end = SPACE;

		if (*line == '"' || *line == '\'') {
			end = *line == '"' ? "\"" : "'";
			line++;
		}
		words[n++] = line;
		line += strcspn(line, end);
		if (!*line && end[1] == '\0') {
			free(words);
			return -EINVAL;
		}
		if (*line)
			*line++ = '\0';
	}
	*ret = words;
	return n;
}

static int run_line(struct xm_context *ctx, const struct line *l)
{
	char **words = NULL;
	int ret = 0, n = 0;
	struct xm_err e = {};

	if (strlen(l->text) != l->len)
		xm_usage(&e, "the line has a NUL in it");
	else
		n = split(l->text, &words);
	if (n == -EINVAL)
		xm_usage(&e, "a quote is not closed");
	else if (n < 0)
		xm_fail(&e, n, "out of memory");
	if (e.exit_code)
		return xm_print_error(ctx, ctx->where, &e);
	if (n)
		ret = xm_command_run(ctx, n, words);
	free(words);
	return ret;
}

static int run_file(struct xm_context *ctx, FILE *file, const char *name)
{
	struct line line = {};
	int ret = 0, got;
	char where[300];

	do {
		unsigned int begin = line.number + 1;
		int one;

		got = read_line(file, &line);
		if (got <= 0)
			break;
		snprintf(where, sizeof(where), "%.200s:%u", name, begin);
		xm_sanitize(where);
		ctx->where = where;
		one = run_line(ctx, &line);
		ret = ret ? ret : one;
	} while (!ret || ctx->force);
	ctx->where = NULL;
	free(line.text);
	return got < 0 ? XM_EXIT_STATE : ret;
}

/* All of standard input first: who types slowly shall not hold the lock */
static FILE *slurp(FILE *from)
{
	FILE *file = tmpfile();
	char buf[4096];
	size_t n;

	while (file && (n = fread(buf, 1, sizeof(buf), from)) > 0)
		if (fwrite(buf, 1, n, file) != n) {
			fclose(file);
			return NULL;
		}
	/* From a file that is not rewound nothing would be read, and nobody told */
	if (file && (ferror(from) || fflush(file) || fseek(file, 0, SEEK_SET))) {
		fclose(file);
		return NULL;
	}
	return file;
}

static FILE *open_file(const char *path)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_FIND);
	FILE *file = fopen(path, "re");

	xm_caps_lower(raised);
	return file;
}

int xm_batch(struct xm_context *ctx)
{
	bool input = !strcmp(ctx->batch, "-");
	FILE *file = input ? slurp(stdin) : open_file(ctx->batch);
	struct xm_err e = {};
	int ret;

	if (!file) {
		xm_usage(&e, "cannot open '%s': %s", ctx->batch, strerror(errno));
		return xm_print_error(ctx, NULL, &e);
	}
	ret = run_file(ctx, file, input ? "-" : ctx->batch);
	if (ferror(file)) {
		xm_usage(&e, "cannot read '%s': %s", ctx->batch, strerror(errno));
		ret = xm_print_error(ctx, NULL, &e);
	}
	fclose(file);
	if (ctx->open && xm_engine_flush(&ctx->engine, &e))
		ret = xm_print_error(ctx, NULL, &e);
	return ret;
}
