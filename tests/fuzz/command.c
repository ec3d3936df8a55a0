// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs the command in this process, with streams in memory. See fuzz.h. */
#define FZ_HARNESS
#include "fakes.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int xmacvlan_main(int argc, char **argv);

static char *outputs[2];

void fz_main(struct fz_run *ret, int argc, char **argv, const void *input, size_t size)
{
	FILE *was_in = stdin, *was_out = stdout, *was_err = stderr;

	free(outputs[0]);
	free(outputs[1]);
	stdout = open_memstream(&outputs[0], &ret->out_len);
	stderr = open_memstream(&outputs[1], &ret->err_len);
	stdin = size ? fmemopen((void *)input, size, "r") : fopen("/dev/null", "re");
	fz_check(stdin && stdout && stderr, "cannot open the streams");
	optind = 0;
	ret->code = xmacvlan_main(argc, argv);
	fclose(stdin);
	fclose(stdout);
	fclose(stderr);
	stdin = was_in;
	stdout = was_out;
	stderr = was_err;
	ret->out = outputs[0];
	ret->err = outputs[1];
}

static void check_printable(const char *what, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fz_check(text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f),
			 "%s has the byte 0x%02x: %s", what, (uint8_t)text[i], text);
}

/* A run with -j prints one document: with an exit code it is an object with the key `error` */
static void check_json(const struct fz_run *run)
{
	json_error_t error;
	json_t *doc = json_loads(run->out, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	const char *text = json_string_value(json_object_get(doc, "error"));

	fz_check(doc, "no JSON: %s: %s", error.text, run->out);
	if (run->code) {
		fz_check(text, "no error in %s", run->out);
		check_printable("the error", text, strlen(text));
		fz_check(!strchr(text, '\n'), "an error of two lines: %s", text);
		fz_check(json_integer_value(json_object_get(doc, "exit_code")) == run->code,
			 "exit code %d but %s", run->code, run->out);
	}
	json_decref(doc);
}

void fz_check_run(const struct fz_run *run, bool json, bool batch)
{
	fz_check(run->code >= 0 && run->code <= 2, "exit code %d", run->code);
	check_printable("stderr", run->err, run->err_len);
	if (!json)
		check_printable("stdout", run->out, run->out_len);
	if (batch)
		return;
	if (json) {
		check_json(run);
	} else if (run->code && strncmp(run->err, "Usage:", 6)) {
		const char *end = strchr(run->err, '\n');

		fz_check(!strncmp(run->err, "xmacvlan: ", 10) && end && !end[1],
			 "exit code %d, not one line: '%s'", run->code, run->err);
	}
}
