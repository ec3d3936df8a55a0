// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metrics/collect.h"
#include "metrics/collector.h"

static bool send_all(int fd, const void *data, size_t size)
{
	while (size) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data = (const char *)data + n;
			size -= n;
		}
	}
	return true;
}

static bool receive_all(int fd, void *data, size_t size)
{
	while (size) {
		ssize_t n = recv(fd, data, size, 0);

		if (!n || (n < 0 && errno != EINTR))
			return false;
		if (n > 0) {
			data = (char *)data + n;
			size -= n;
		}
	}
	return true;
}

static bool answer(int server, uint8_t format)
{
	struct xm_err e = {};
	uint64_t length;
	char *text;
	size_t size;
	bool ok;

	if (xm_metrics_collect(format, &text, &size, &e)) {
		fprintf(stderr, "xmacvlan-metrics: %s\n", e.text);
		length = XM_COLLECTOR_FAILED;
		return send_all(server, &length, sizeof(length));
	}
	length = size;
	ok = send_all(server, &length, sizeof(length)) && send_all(server, text, size);
	free(text);
	return ok;
}

void xm_collector_answer(int server)
{
	uint8_t format;

	while (receive_all(server, &format, sizeof(format)) && format < XM_FORMAT_COUNT)
		if (!answer(server, format))
			return;
}
