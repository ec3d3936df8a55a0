// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many commands in one session, as `ip -batch`: one a line, # begins a comment, \ continues a line
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/text.h"
#include "cli/batch.h"
#include "cli/command.h"

#define SPACE " \t\r\n"

/* A line of the batch, with those that continue it */
struct batch_line {
	char *text;
	size_t len, size;
	unsigned int number; /* of the last line of the file that it consists of */
};

static bool line_append(struct batch_line *l, const char *part, size_t n)
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

/* Reads a line and those that continue it. Returns 1, 0 at the end, or a negative errno. */
static int line_read(FILE *file, struct batch_line *l)
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
		ret = line_append(l, part, n - more) ? 1 : -ENOMEM;
	}
	free(part);
	return ret;
}

/*
 * Cuts the line into words in place; quotes keep spaces. *ret is allocated. Returns the number of
 * words or a negative errno; -EINVAL: a quote is not closed.
 */
static int line_split(char *line, char ***ret)
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

static int batch_run_line(struct xm_context *ctx, const struct batch_line *l)
{
	char **words = NULL;
	int ret = 0, n = 0;
	struct xm_err e = {};

	if (strlen(l->text) != l->len)
		xm_fail_usage(&e, "the line contains a NUL");
	else
		n = line_split(l->text, &words);
	if (n == -EINVAL)
		xm_fail_usage(&e, "a quote is not closed");
	else if (n < 0)
		xm_fail(&e, n, "out of memory");
	if (e.exit_code)
		return xm_print_error(ctx, ctx->where, &e);
	if (n)
		ret = xm_command_run(ctx, n, words);
	free(words);
	return ret;
}

static int batch_run_file(struct xm_context *ctx, FILE *file, const char *name)
{
	struct batch_line line = {};
	int ret = 0, got;
	char where[300];

	do {
		unsigned int begin = line.number + 1;
		int one;

		got = line_read(file, &line);
		if (got <= 0)
			break;
		snprintf(where, sizeof(where), "%.200s:%u", name, begin);
		xm_sanitize(where);
		ctx->where = where;
		one = batch_run_line(ctx, &line);
		ret = ret ? ret : one;
	} while (!ret || ctx->force);
	ctx->where = NULL;
	free(line.text);
	return got < 0 ? XM_EXIT_STATE : ret;
}

/*
 * Reads the batch to its end before the lock is taken: a slow writer must not make others wait for
 * the lock. It is kept in memory, because /tmp may be read-only. Returns NULL and sets errno when
 * that fails.
 */
static FILE *batch_slurp(FILE *from)
{
	int fd = memfd_create("batch", MFD_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
	char buf[4096];
	size_t n;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	while ((n = fread(buf, 1, sizeof(buf), from)) > 0 && fwrite(buf, 1, n, file) == n)
		;
	/* Without a check a file that could not be rewound would be an empty batch */
	if (ferror(from) || fflush(file) || fseek(file, 0, SEEK_SET)) {
		fclose(file);
		return NULL;
	}
	return file;
}

/*
 * Error messages contain words of the batch file. A user who has capabilities only by executing
 * this program (setcap, not ambient ones) must not read files by them.
 */
static xm_caps batch_raise_caps(void)
{
	return getauxval(AT_SECURE) ? 0 : xm_caps_raise(XM_CAPS_FIND);
}

/*
 * A regular file is read while the batch runs. Anything else (a FIFO, /dev/stdin, <(command)) is
 * read to its end first.
 */
static FILE *batch_open(const char *path)
{
	xm_caps raised = batch_raise_caps();
	FILE *whole, *file = fopen(path, "re");
	struct stat st;

	xm_caps_lower(raised);
	if (!file || (!fstat(fileno(file), &st) && S_ISREG(st.st_mode)))
		return file;
	whole = batch_slurp(file);
	fclose(file);
	return whole;
}

int xm_batch_run(struct xm_context *ctx)
{
	bool input = !strcmp(ctx->batch, "-");
	FILE *file = input ? batch_slurp(stdin) : batch_open(ctx->batch);
	struct xm_err e = {};
	int ret;

	if (!file) {
		xm_fail_usage(&e, "cannot open '%s': %s", ctx->batch, strerror(errno));
		return xm_print_error(ctx, NULL, &e);
	}
	ret = batch_run_file(ctx, file, input ? "-" : ctx->batch);
	if (ferror(file)) {
		xm_fail_usage(&e, "cannot read '%s': %s", ctx->batch, strerror(errno));
		ret = xm_print_error(ctx, NULL, &e);
	}
	fclose(file);
	if (ctx->engine && xm_engine_flush(ctx->engine, &e))
		ret = xm_print_error(ctx, NULL, &e);
	return ret;
}
