// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Writes lines to standard error, under journald with a priority in front (sd-daemon(3)).
 *
 * Standard error may be a pipe that nobody reads or a stopped terminal, and then its writer sleeps.
 * O_NONBLOCK is no remedy: it would apply to all processes that share the descriptor. So the
 * watcher puts lines into a queue, and a thread writes them. When the queue is full a line is
 * counted, and the number is logged when lines can be written again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "watcher/watcher.h"

#define LINES	  256
#define LINE_SIZE 1024
/* How long log_close() waits for the lines that are still in the queue */
#define CLOSE_MS 200

struct log_line {
	int priority;
	unsigned int lost_before; /* lines that were lost before this one */
	char text[LINE_SIZE];
};

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool started; /* the thread runs */
	struct log_line lines[LINES];
	unsigned int first, count; /* the first line in the queue is being written */
	unsigned int lost; /* lines that were lost since the last line in the queue */
} queue = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* Returns whether all of it was written. Another process may have set O_NONBLOCK. */
static bool write_all(const char *text, size_t len)
{
	struct pollfd room = { STDERR_FILENO, POLLOUT, 0 };

	while (len) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n > 0) {
			text += n;
			len -= n;
		} else if (n < 0 && errno == EAGAIN) {
			poll(&room, 1, -1);
		} else if (n == 0 || errno != EINTR) {
			return false;
		}
	}
	return true;
}

static bool write_line(int priority, const char *text)
{
	char line[LINE_SIZE + 20];
	int len;

	if (getenv("JOURNAL_STREAM"))
		len = snprintf(line, sizeof(line), "<%d>%s\n", priority, text);
	else
		len = snprintf(line, sizeof(line), "xmacvland: %s\n", text);
	return write_all(line, len);
}

/* Reports lost lines. Returns 0, or `lost` when that failed. */
static unsigned int report_lost(unsigned int lost)
{
	char text[80];

	if (!lost)
		return 0;
	snprintf(text, sizeof(text), "the log lost %u line%s: standard error did not accept more",
		 lost, lost == 1 ? "" : "s");
	return write_line(LOG_WARNING, text) ? 0 : lost;
}

/* Waits for a line. Its text is "" when lines were lost and none is in the queue. */
static void queue_take(struct log_line *ret)
{
	while (!queue.count && !queue.lost)
		pthread_cond_wait(&queue.changed, &queue.mutex);
	if (queue.count) {
		*ret = queue.lines[queue.first];
		return;
	}
	*ret = (struct log_line){ .lost_before = queue.lost };
	queue.lost = 0;
}

/* Removes a line that was written, or cannot be written */
static void queue_drop(const struct log_line *line)
{
	if (line->text[0]) {
		queue.first = (queue.first + 1) % LINES;
		queue.count--;
	}
	pthread_cond_broadcast(&queue.changed);
}

static void *log_thread(void *unused)
{
	struct log_line line;
	unsigned int lost = 0;

	(void)unused;
	pthread_mutex_lock(&queue.mutex);
	for (;;) {
		queue_take(&line);
		pthread_mutex_unlock(&queue.mutex);
		lost = report_lost(lost + line.lost_before);
		if (line.text[0])
			lost += lost || !write_line(line.priority, line.text);
		pthread_mutex_lock(&queue.mutex);
		queue_drop(&line);
	}
	return NULL;
}

/*
 * Opens closed standard files: otherwise a socket of the watcher would get the number of standard
 * error, and the lines
 */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int log_open(struct xm_err *e)
{
	sigset_t all, before;
	pthread_t thread;
	int err;

	open_standard_files();
	signal(SIGPIPE, SIG_IGN);
	/* Blocks all signals in the thread: the watcher reads them from a descriptor */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = pthread_create(&thread, NULL, log_thread, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return xm_fail(e, err, "cannot start the thread of the log: %s", strerror(err));
	pthread_detach(thread);
	queue.started = true;
	return 0;
}

void log_close(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += CLOSE_MS * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	pthread_mutex_lock(&queue.mutex);
	while (queue.started && (queue.count || queue.lost) &&
	       !pthread_cond_clockwait(&queue.changed, &queue.mutex, CLOCK_MONOTONIC, &end))
		;
	pthread_mutex_unlock(&queue.mutex);
}

static void queue_put(int priority, const char *text)
{
	pthread_mutex_lock(&queue.mutex);
	if (queue.count == LINES) {
		queue.lost++;
	} else {
		struct log_line *line = &queue.lines[(queue.first + queue.count++) % LINES];

		line->priority = priority;
		line->lost_before = queue.lost;
		snprintf(line->text, sizeof(line->text), "%s", text);
		queue.lost = 0;
	}
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.mutex);
}

void log_about(int priority, const char *about, const char *fmt, va_list ap)
{
	char text[LINE_SIZE];
	size_t used = snprintf(text, sizeof(text), "%s", about);

	vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	xm_sanitize(text);
	if (queue.started)
		queue_put(priority, text);
	else
		write_line(priority, text);
}

void log_line(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_about(priority, "", fmt, ap);
	va_end(ap);
}

void log_fatal(const char *text)
{
	log_line(LOG_WARNING, "%s", text);
	log_close();
}
