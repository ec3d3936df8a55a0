// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "trace/output.h"

#define FULL (1u << 20)

int xm_output_open(struct xm_output *o, const char *path, struct xm_err *e)
{
	bool is_stdout = !path || !strcmp(path, "-");
	struct stat is;

	*o = (struct xm_output){ .fd = STDOUT_FILENO, .name = "the output" };
	if (!is_stdout) {
		o->name = path;
		o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0600);
	}
	if (o->fd < 0 || fstat(o->fd, &is))
		return xm_fail(e, errno, "cannot write %s: %s", o->name, strerror(errno));
	o->is_file = S_ISREG(is.st_mode);
	return 0;
}

static int output_fail(struct xm_output *o, int err, struct xm_err *e)
{
	if (err == -EPIPE) {
		o->gone = true;
		return 0;
	}
	return xm_fail(e, err, "cannot write %s: %s", o->name, strerror(-err));
}

/* What was written of a block is taken back: the file ends behind a whole one */
static int file_take_back(struct xm_output *o, ssize_t written, int err, struct xm_err *e)
{
	off_t end = lseek(o->fd, 0, SEEK_CUR);

	if (written > 0 && end >= written && !ftruncate(o->fd, end - written))
		lseek(o->fd, end - written, SEEK_SET);
	return output_fail(o, err, e);
}

static int file_flush(struct xm_output *o, struct xm_err *e)
{
	size_t done = 0;

	while (done < o->pending.len) {
		ssize_t n = write(o->fd, o->pending.data + done, o->pending.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return file_take_back(o, done, n ? -errno : -ENOSPC, e);
		done += n;
	}
	o->pending.len = 0;
	return 0;
}

void xm_output_wait(const struct xm_output *o, int ms)
{
	struct pollfd wait = { .fd = o->fd, .events = POLLOUT };

	poll(&wait, 1, ms);
}

/* A pipe that polls as writable takes PIPE_BUF octets without a wait */
static int stream_write(struct xm_output *o, struct xm_err *e)
{
	struct pollfd ready = { .fd = o->fd, .events = POLLOUT };
	size_t len = o->pending.len < PIPE_BUF ? o->pending.len : PIPE_BUF;
	ssize_t n = -1;

	if (poll(&ready, 1, 0) == 1)
		n = write(o->fd, o->pending.data, len);
	else
		errno = EAGAIN;
	if (n > 0) {
		xm_bytes_take(&o->pending, n);
		o->stalled = 0;
		return n;
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return output_fail(o, -errno, e);
	if (!o->stalled)
		o->stalled = xm_now_ms();
	if (xm_now_ms() - o->stalled < XM_OUTPUT_PATIENCE_MS)
		return 0;
	return xm_fail(e, ETIMEDOUT, "nobody has read %s for %d s", o->name,
		       XM_OUTPUT_PATIENCE_MS / 1000);
}

int xm_output_flush(struct xm_output *o, struct xm_err *e)
{
	int n = 1;

	if (o->pending.failed)
		return xm_fail(e, ENOMEM, "out of memory");
	if (o->is_file)
		return file_flush(o, e);
	while (o->pending.len && n > 0 && !o->gone)
		n = stream_write(o, e);
	return n < 0 ? n : 0;
}

bool xm_output_is_full(const struct xm_output *o)
{
	return o->pending.len > FULL;
}

int xm_output_close(struct xm_output *o, struct xm_err *e)
{
	int err = 0;

	if (o->fd > STDERR_FILENO && close(o->fd))
		err = xm_fail(e, errno, "cannot write %s: %s", o->name, strerror(errno));
	xm_bytes_free(&o->pending);
	o->fd = -1;
	return err;
}
