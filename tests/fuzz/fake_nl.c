// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A netlink socket whose other side is the harness. See fuzz.h. */
#define FZ_HARNESS
#include "fakes.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static struct {
	void *bytes;
	size_t len;
	uint32_t sender;
} queue[FZ_QUEUE];
static unsigned int head, tail, sockets;
static void (*answer)(const void *request, size_t len);

/* What is behind the last datagram in the reader's buffer, which is to be read by nobody */
static void *poisoned;
static size_t poisoned_len;

static void unpoison(void)
{
	if (poisoned)
		ASAN_UNPOISON_MEMORY_REGION(poisoned, poisoned_len);
	poisoned = NULL;
}

static void drop(void)
{
	while (head != tail)
		free(queue[head++].bytes);
	head = tail = 0;
}

void fz_nl_reset(void (*fn)(const void *request, size_t len))
{
	fz_check(!sockets, "%u netlink sockets are open", sockets);
	unpoison();
	drop();
	answer = fn;
}

void fz_nl_queue(const void *datagram, size_t len, uint32_t sender)
{
	if (tail == FZ_QUEUE)
		return;
	queue[tail].bytes = malloc(len + 1);
	memcpy(queue[tail].bytes, datagram, len);
	queue[tail].len = len;
	queue[tail++].sender = sender;
}

struct mnl_socket *fz_nl_socket(void)
{
	static int something;

	if (fz_shall_fail())
		return NULL;
	sockets++;
	return (struct mnl_socket *)&something;
}

int fz_nl_close(struct mnl_socket *nl)
{
	(void)nl;
	fz_check(sockets, "a netlink socket is closed twice");
	sockets--;
	return 0;
}

ssize_t fz_sendto(const void *buf, size_t len)
{
	drop();
	if (fz_shall_fail())
		return -1;
	answer(buf, len);
	return len;
}

ssize_t fz_recvmsg(struct msghdr *msg)
{
	struct iovec *iov = msg->msg_iov;
	struct sockaddr_nl *from = msg->msg_name;
	size_t n, len;

	unpoison();
	if (head == tail) {
		errno = EAGAIN;
		return -1;
	}
	if (fz_shall_fail())
		return -1;
	n = queue[head].len < iov->iov_len ? queue[head].len : iov->iov_len;
	memcpy(iov->iov_base, queue[head].bytes, n);
	msg->msg_flags = n < queue[head].len ? MSG_TRUNC : 0;
	if (from)
		*from = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = queue[head].sender};
	free(queue[head++].bytes);
	len = n;
	n = (n + 3) & ~3ul; /* libmnl takes a message's padding for granted */
	poisoned = (char *)iov->iov_base + n;
	poisoned_len = iov->iov_len - n;
	ASAN_POISON_MEMORY_REGION(poisoned, poisoned_len);
	return len;
}
