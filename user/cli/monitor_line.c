// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/monitor.h"

#define READER_MS 1000 /* the first line that a reader does not take waits so long */
#define NS	  1000000000ll

/* "2026-11-29T08:10:00.123456Z" */
static json_t *time_json(uint64_t at_ns)
{
	struct timespec now;
	struct tm utc;
	char day[32];
	int64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = now.tv_sec * NS + now.tv_nsec;
	if (at_ns)
		ns -= (int64_t)(xm_now_ns() - at_ns);
	now.tv_sec = ns / NS;
	gmtime_r(&now.tv_sec, &utc);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
	return json_sprintf("%s.%06dZ", day, (int)(ns % NS / 1000));
}

json_t *xm_monitor_event(const char *event, uint64_t at_ns)
{
	json_t *object = json_object();

	json_object_set_new(object, "time", time_json(at_ns));
	json_object_set_new(object, "event", json_string(event));
	return object;
}

/* Lists and objects as JSON, other values bare */
static void print_value(FILE *to, const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	char bare[XM_SANITIZED_LEN];

	if (json_is_string(value))
		fputs(xm_sanitized(json_string_value(value), bare), to);
	else
		fputs(!text || json_is_null(value) ? "none" : text, to);
	free(text);
}

/* "EVENT KEY VALUE KEY VALUE ...", and for a change "FIELD FROM -> TO" */
static void print_text(FILE *to, json_t *event, bool timestamp)
{
	const json_t *field = json_object_get(event, "field");
	const char *key;
	json_t *value;

	if (timestamp)
		fprintf(to, "[%s] ", json_string_value(json_object_get(event, "time")));
	fputs(json_string_value(json_object_get(event, "event")), to);
	json_object_foreach(event, key, value) {
		if (!strcmp(key, "time") || !strcmp(key, "event") || !strcmp(key, "field") ||
		    !strcmp(key, "from") || !strcmp(key, "to"))
			continue;
		fprintf(to, " %s ", key);
		print_value(to, value);
	}
	if (!field)
		return;
	fprintf(to, " %s ", json_string_value(field));
	print_value(to, json_object_get(event, "from"));
	fputs(" -> ", to);
	print_value(to, json_object_get(event, "to"));
}

static char *line_of(json_t *event, const struct xm_monitor_out *out, size_t *len)
{
	char *line = NULL;
	FILE *to = open_memstream(&line, len);

	if (!to)
		return NULL;
	if (out->json)
		json_dumpf(event, to, JSON_COMPACT);
	else
		print_text(to, event, out->timestamp);
	fputc('\n', to);
	if (!fclose(to))
		return line;
	free(line);
	return NULL;
}

/* Waits until the reader takes something. Returns false when it does not. */
static bool reader_is_ready(struct xm_monitor_out *out)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int n = poll(&p, 1, out->stuck ? 0 : READER_MS);

	out->stuck = n == 0;
	if (n > 0 && p.revents & (POLLERR | POLLNVAL))
		out->ended = true;
	return n > 0 && !out->ended;
}

/* A pipe that is ready takes a line (PIPE_BUF); a terminal may take less */
static bool write_line(struct xm_monitor_out *out, const char *line, size_t len)
{
	while (len) {
		ssize_t n = -1;

		if (reader_is_ready(out))
			n = write(STDOUT_FILENO, line, len);
		else
			return false;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			out->ended = true;
		if (n < 0 && errno != EAGAIN)
			return false;
		line += n > 0 ? n : 0;
		len -= n > 0 ? n : 0;
	}
	return true;
}

static bool event_write(struct xm_monitor_out *out, json_t *event)
{
	size_t len = 0;
	char *line = line_of(event, out, &len);
	bool written = line && write_line(out, line, len);

	free(line);
	json_decref(event);
	if (written && out->left && !--out->left)
		out->ended = true;
	return written;
}

void xm_monitor_write_unread(struct xm_monitor_out *out)
{
	json_t *event;

	if (!out->unread || out->ended || !reader_is_ready(out))
		return;
	event = xm_monitor_event("lost", 0);
	json_object_set_new(event, "lines", json_integer(out->unread));
	if (event_write(out, event))
		out->unread = 0;
}

void xm_monitor_write(struct xm_monitor_out *out, json_t *event)
{
	xm_monitor_write_unread(out);
	if (out->ended)
		json_decref(event);
	else if (!event_write(out, event))
		out->unread++;
}
