// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "metrics/collector.h"
#include "metrics/question.h"

int xm_question_ask(struct xm_question *q, enum xm_format format)
{
	const uint8_t octet = format;

	/* One octet, and the answer to the one before has been read: there is room */
	if (send(q->collector, &octet, sizeof(octet), MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof(octet))
		return -EPIPE;
	q->asked = true;
	q->format = format;
	q->since = xm_now_ms();
	q->length_got = q->got = 0;
	q->text = NULL;
	return 0;
}

/* Returns 1 when all `size` octets have come, *got counts them; 0: not yet; -EPIPE */
static int receive_part(int fd, void *to, size_t size, size_t *got)
{
	while (*got < size) {
		ssize_t n = recv(fd, (char *)to + *got, size - *got, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -EPIPE;
		*got += n;
	}
	return 1;
}

static int receive_length(struct xm_question *q)
{
	int ret;

	if (q->length_got == sizeof(q->length))
		return 1;
	ret = receive_part(q->collector, &q->length, sizeof(q->length), &q->length_got);
	if (ret <= 0 || q->length == XM_COLLECTOR_FAILED)
		return ret;
	q->text = malloc(q->length ? q->length : 1);
	return q->text ? 1 : -ENOMEM;
}

int xm_question_receive(struct xm_question *q, char **ret, size_t *size)
{
	int done = receive_length(q);

	if (done > 0 && q->text)
		done = receive_part(q->collector, q->text, q->length, &q->got);
	if (done <= 0)
		return done;
	*ret = q->text;
	*size = q->text ? q->length : 0;
	q->text = NULL;
	q->length_got = 0;
	q->asked = false;
	return 1;
}
