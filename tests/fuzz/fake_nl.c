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
static unsigned int head, tail;
static void (*answer_request)(const void *request, size_t len);

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

void fz_nl_reset(void (*answer)(const void *request, size_t len))
{
	unpoison();
	drop();
	answer_request = answer;
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

int fz_nl_socket(void)
{
	/* Another socket may have had the buffer that was poisoned */
	unpoison();
	return fz_socket();
}

int fz_nl_getsockname(void *address)
{
	*(struct sockaddr_nl *)address =
		(struct sockaddr_nl){ .nl_family = AF_NETLINK, .nl_pid = FZ_PORTID };
	return fz_succeed();
}

ssize_t fz_sendmsg(const struct msghdr *msg)
{
	static _Alignas(8) char buf[8192];
	size_t len = 0;

	drop();
	if (fz_shall_fail())
		return -1;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		const struct iovec *part = &msg->msg_iov[i];

		fz_check(part->iov_len <= sizeof(buf) - len, "a request of %zu octets",
			 part->iov_len);
		memcpy(buf + len, part->iov_base, part->iov_len);
		len += part->iov_len;
	}
	answer_request(buf, len);
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
		*from = (struct sockaddr_nl){ .nl_family = AF_NETLINK,
					      .nl_pid = queue[head].sender };
	free(queue[head++].bytes);
	len = n;
	n = (n + 3) & ~3ul; /* libnl takes the padding of a message for granted */
	poisoned = (char *)iov->iov_base + n;
	poisoned_len = iov->iov_len - n;
	ASAN_POISON_MEMORY_REGION(poisoned, poisoned_len);
	return len;
}

struct nlmsghdr *fz_msg(void *buf, uint16_t type)
{
	struct nlmsghdr *nlh = buf;

	*nlh = (struct nlmsghdr){ .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type };
	return nlh;
}

void *fz_msg_header(struct nlmsghdr *nlh, size_t size)
{
	void *ret = (char *)nlh + nlh->nlmsg_len;

	memset(ret, 0, NLMSG_ALIGN(size));
	nlh->nlmsg_len += NLMSG_ALIGN(size);
	return ret;
}

void fz_put(struct nlmsghdr *nlh, uint16_t type, size_t size, const void *data)
{
	struct nlattr *attr = fz_msg_header(nlh, NLA_HDRLEN + size);

	*attr = (struct nlattr){ .nla_len = NLA_HDRLEN + size, .nla_type = type };
	if (size)
		memcpy((char *)attr + NLA_HDRLEN, data, size);
}

void fz_put_u8(struct nlmsghdr *nlh, uint16_t type, uint8_t value)
{
	fz_put(nlh, type, sizeof(value), &value);
}

void fz_put_u16(struct nlmsghdr *nlh, uint16_t type, uint16_t value)
{
	fz_put(nlh, type, sizeof(value), &value);
}

void fz_put_u32(struct nlmsghdr *nlh, uint16_t type, uint32_t value)
{
	fz_put(nlh, type, sizeof(value), &value);
}

void fz_put_text(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	fz_put(nlh, type, strlen(text) + 1, text);
}

struct nlattr *fz_nest(struct nlmsghdr *nlh, uint16_t type)
{
	struct nlattr *nest = (struct nlattr *)((char *)nlh + nlh->nlmsg_len);

	fz_put(nlh, NLA_F_NESTED | type, 0, NULL);
	return nest;
}

void fz_nest_end(struct nlmsghdr *nlh, struct nlattr *nest)
{
	nest->nla_len = (char *)nlh + nlh->nlmsg_len - (char *)nest;
}
