// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Many commands in one session, as `ip -batch`: one a line, # begins a comment, \ continues a line */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caps.h"
#include "command.h"

#define SPACE " \t\r\n"

/* Joins continued lines into *line. 1, 0: the end, -errno. Counts the lines in *number. */
static int read_line(FILE *file, char **line, size_t *size, unsigned int *number)
{
	size_t used = 0;
	char *part = NULL;
	size_t part_size = 0;
	ssize_t n;

	while ((n = getline(&part, &part_size, file)) > 0) {
		bool more;

		++*number;
		while (n && strchr("\r\n", part[n - 1]))
			n--;
		more = n && part[n - 1] == '\\';
		if (more)
			n--;
		if (used + n + 1 > *size) {
			char *bigger = realloc(*line, used + n + 1);

			if (!bigger) {
				free(part);
				return -ENOMEM;
			}
			*line = bigger;
			*size = used + n + 1;
		}
		memcpy(*line + used, part, n);
		used += n;
		(*line)[used] = '\0';
		if (!more) {
			free(part);
			return 1;
		}
	}
	free(part);
	return used ? 1 : 0;
}

/* Cuts the line into words in place; quotes keep spaces. malloc'ed *ret. The number of words or -errno. */
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
		if (*line)
			*line++ = '\0';
	}
	*ret = words;
	return n;
}

static int run_line(struct xm_context *ctx, char *line)
{
	char **words;
	int ret = 0, n = split(line, &words);
	struct xm_err e = {};

	if (n < 0) {
		xm_fail(&e, n, "out of memory");
		return xm_tell(ctx, ctx->where, &e);
	}
	if (n)
		ret = xm_command_run(ctx, n, words);
	free(words);
	return ret;
}

static int run_file(struct xm_context *ctx, FILE *file, const char *name)
{
	unsigned int number = 0, begin;
	int ret = 0, got;
	char *line = NULL;
	size_t size = 0;
	char where[300];

	do {
		int one;

		begin = number + 1;
		got = read_line(file, &line, &size, &number);
		if (got <= 0)
			break;
		snprintf(where, sizeof(where), "%.200s:%u", name, begin);
		ctx->where = where;
		one = run_line(ctx, line);
		ret = ret ? ret : one;
	} while (!ret || ctx->force);
	ctx->where = NULL;
	free(line);
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
	if (file)
		rewind(file);
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
		return xm_tell(ctx, NULL, &e);
	}
	ret = run_file(ctx, file, input ? "-" : ctx->batch);
	if (ferror(file)) {
		xm_usage(&e, "cannot read '%s': %s", ctx->batch, strerror(errno));
		ret = xm_tell(ctx, NULL, &e);
	}
	fclose(file);
	if (ctx->open && xm_engine_flush(&ctx->engine, &e))
		ret = xm_tell(ctx, NULL, &e);
	return ret;
}
