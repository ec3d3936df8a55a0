// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/nl.h"

#define DUMP_TRIES   5
#define MAX_ERRNO    4095 /* the kernel's */
#define REQUEST_SIZE 2048
#define ANSWER_SIZE  (64 * 1024) /* the kernel's dumps have at most 32 KiB a datagram */

static int nl_bind(struct xm_nl *nl)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(self);
	int on = 1;

	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (nl->fd < 0 || bind(nl->fd, (struct sockaddr *)&self, len) ||
	    getsockname(nl->fd, (struct sockaddr *)&self, &len))
		return -errno;
	nl->portid = self.nl_pid;
	/* NETLINK_EXT_ACK is of 4.12, NETLINK_GET_STRICT_CHK of 4.20. Requests work without. */
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return 0;
}

static int nl_alloc(struct xm_nl *nl)
{
	for (int i = 0; i < XM_NL_MESSAGES; i++) {
		nl->messages[i] = nlmsg_alloc_size(REQUEST_SIZE);
		if (!nl->messages[i])
			return -ENOMEM;
	}
	nl->answers = malloc(ANSWER_SIZE);
	return nl->answers ? 0 : -ENOMEM;
}

int xm_nl_open(struct xm_nl *nl)
{
	int err;

	*nl = (struct xm_nl){ .fd = -1 };
	err = nl_alloc(nl);
	err = err ? err : nl_bind(nl);
	if (err)
		xm_nl_close(nl);
	return err;
}

void xm_nl_close(struct xm_nl *nl)
{
	/* All requests need the buffer: it is NULL in a zeroed struct, whose descriptor is 0 */
	if (nl->answers && nl->fd >= 0)
		close(nl->fd);
	for (int i = 0; i < XM_NL_MESSAGES; i++)
		if (nl->messages[i])
			nlmsg_free(nl->messages[i]);
	free(nl->answers);
	memset(nl->messages, 0, sizeof(nl->messages));
	nl->answers = NULL;
	nl->fd = -1;
}

static struct nl_msg *last_message(const struct xm_nl *nl)
{
	return nl->messages[nl->count - 1];
}

void *xm_nl_begin(struct xm_nl *nl, uint16_t type, uint16_t flags, size_t extra)
{
	nl->count = 0;
	nl->too_long = false;
	return xm_nl_begin_second(nl, type, flags, extra);
}

void *xm_nl_begin_second(struct xm_nl *nl, uint16_t type, uint16_t flags, size_t extra)
{
	struct nlmsghdr *nlh = nlmsg_hdr(nl->messages[nl->count++]);

	nlh->nlmsg_len = NLMSG_HDRLEN; /* drops the message before, which libnl has no call for */
	nlmsg_put(last_message(nl), 0, 0, type, extra, NLM_F_REQUEST | flags);
	return memset(nlmsg_data(nlh), 0, extra);
}

void xm_nl_put(struct xm_nl *nl, uint16_t type, const void *data, size_t size)
{
	nl->too_long |= nla_put(last_message(nl), type, size, data) < 0;
}

void xm_nl_put_u8(struct xm_nl *nl, uint16_t type, uint8_t value)
{
	xm_nl_put(nl, type, &value, sizeof(value));
}

void xm_nl_put_u32(struct xm_nl *nl, uint16_t type, uint32_t value)
{
	xm_nl_put(nl, type, &value, sizeof(value));
}

void xm_nl_put_text(struct xm_nl *nl, uint16_t type, const char *text)
{
	xm_nl_put(nl, type, text, strlen(text) + 1);
}

struct nlattr *xm_nl_nest(struct xm_nl *nl, uint16_t type)
{
	struct nlattr *nest = nla_nest_start(last_message(nl), type);

	nl->too_long |= !nest;
	return nest;
}

void xm_nl_nest_end(struct xm_nl *nl, struct nlattr *nest)
{
	if (nest)
		nl->too_long |= nla_nest_end(last_message(nl), nest) < 0;
}

void *xm_nl_put_header(struct xm_nl *nl, size_t size)
{
	void *header = nlmsg_reserve(last_message(nl), size, NLMSG_ALIGNTO);

	nl->too_long |= !header;
	return header ? memset(header, 0, size) : NULL;
}

/* Clamps: callers treat a positive value as success */
static int kernel_error(int error)
{
	return error > 0 || error < -MAX_ERRNO ? -EBADMSG : error;
}

/* Keeps the extended acknowledgement of a NLMSG_ERROR message. Returns the error of the message. */
static int read_ack(struct xm_nl *nl, const struct nlmsghdr *nlh)
{
	static const struct nla_policy policy[NLMSGERR_ATTR_MAX + 1] = {
		[NLMSGERR_ATTR_MSG] = { .type = NLA_STRING },
	};
	const struct nlmsgerr *err = xm_nlmsg_header(nlh, sizeof(*err));
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	size_t size = sizeof(*err);

	if (!err)
		return -EBADMSG;
	nl->answered = true;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return kernel_error(err->error);
	/* The request comes back in front of the attributes, unless it is capped */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len > NLMSG_HDRLEN)
		size += err->msg.nlmsg_len - NLMSG_HDRLEN;
	if (size <= nlh->nlmsg_len - NLMSG_HDRLEN &&
	    !xm_nlmsg_parse(nlh, size, tb, NLMSGERR_ATTR_MAX, policy))
		xm_attr_text(tb[NLMSGERR_ATTR_MSG], nl->ack, sizeof(nl->ack));
	return kernel_error(err->error);
}

static int dump_error(const struct nlmsghdr *nlh)
{
	const int *error = xm_nlmsg_header(nlh, sizeof(*error));

	return error ? kernel_error(*error) : 0;
}

/* What the answers of one request go to */
struct exchange {
	struct xm_nl *nl;
	xm_nl_fn fn;
	void *data;
	bool interrupted; /* NLM_F_DUMP_INTR */
};

/* Another number or port: an answer to a request that was given up */
static bool is_answer(const struct xm_nl *nl, const struct nlmsghdr *nlh)
{
	return (!nlh->nlmsg_seq || nlh->nlmsg_seq == nl->seq) &&
	       (!nlh->nlmsg_pid || nlh->nlmsg_pid == nl->portid);
}

/* Returns 1 when more messages are to come, 0 after the last one, or a negative errno */
static int take_message(struct exchange *x, const struct nlmsghdr *nlh)
{
	int err;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		x->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return read_ack(x->nl, nlh);
	if (nlh->nlmsg_type == NLMSG_DONE)
		return dump_error(nlh);
	err = nlh->nlmsg_type >= NLMSG_MIN_TYPE && x->fn ? x->fn(nlh, x->data) : 0;
	return err < 0 ? err : 1;
}

/* One datagram of answers. Returns as take_message(). */
static int take_answers(struct exchange *x, int len)
{
	const struct nlmsghdr *nlh = x->nl->answers;
	int ret = 1;

	for (; ret == 1 && xm_nlmsg_ok(nlh, len); nlh = xm_nlmsg_next(nlh, &len))
		if (is_answer(x->nl, nlh))
			ret = take_message(x, nlh);
	return ret == 1 && len > 0 ? -EBADMSG : ret;
}

/* Both messages in one datagram, with one number: answers to an earlier request have another */
static int send_request(struct xm_nl *nl)
{
	struct iovec parts[XM_NL_MESSAGES];
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &kernel,
			      .msg_namelen = sizeof(kernel),
			      .msg_iov = parts,
			      .msg_iovlen = nl->count };

	nl->seq++;
	for (unsigned int i = 0; i < nl->count; i++) {
		struct nlmsghdr *nlh = nlmsg_hdr(nl->messages[i]);

		nlh->nlmsg_seq = nl->seq;
		parts[i] = (struct iovec){ .iov_base = nlh, .iov_len = nlh->nlmsg_len };
	}
	return sendmsg(nl->fd, &msg, 0) < 0 ? -errno : 0;
}

/*
 * One datagram. Returns its size, 0 when it is not the kernel's, or a negative errno. Who may
 * administer the namespace (root of a container, in a peer's) may send to any socket there and
 * could guess its port and number; only the sender's address cannot be forged.
 */
static ssize_t receive(struct xm_nl *nl)
{
	struct iovec iov = { .iov_base = nl->answers, .iov_len = ANSWER_SIZE };
	struct sockaddr_nl from = {};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1
	};
	ssize_t len = recvmsg(nl->fd, &msg, 0);

	if (len < 0)
		return errno == EINTR ? 0 : -errno;
	if (from.nl_pid)
		return 0;
	return msg.msg_flags & MSG_TRUNC ? -ENOSPC : len;
}

static int talk_once(struct exchange *x)
{
	int ret;

	x->interrupted = false;
	x->nl->ack[0] = '\0';
	x->nl->answered = false;
	ret = send_request(x->nl);
	if (ret)
		return ret;
	do {
		ssize_t len = receive(x->nl);

		ret = len < 0 ? (int)len : take_answers(x, len);
	} while (ret == 1);
	return ret;
}

int xm_nl_talk(struct xm_nl *nl, xm_nl_fn fn, void *data)
{
	struct exchange x = { .nl = nl, .fn = fn, .data = data };
	struct nlmsghdr *nlh = nlmsg_hdr(last_message(nl));
	int ret, tries = 0;

	if (nl->too_long) {
		nl->ack[0] = '\0';
		nl->answered = false;
		return -EMSGSIZE;
	}
	/* NLM_F_EXCL is one of the two bits of NLM_F_DUMP */
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	do {
		ret = talk_once(&x);
	} while (!ret && x.interrupted && ++tries < DUMP_TRIES);
	return !ret && x.interrupted ? -EAGAIN : ret;
}

const char *xm_nl_why(const struct xm_nl *nl, int err)
{
	return nl->ack[0] ? nl->ack : strerror(abs(err));
}

bool xm_nlmsg_ok(const struct nlmsghdr *nlh, int len)
{
	return nlmsg_ok(nlh, len);
}

const struct nlmsghdr *xm_nlmsg_next(const struct nlmsghdr *nlh, int *len)
{
	return nlmsg_next((struct nlmsghdr *)nlh, len);
}

const void *xm_nlmsg_header(const struct nlmsghdr *nlh, size_t size)
{
	return nlh->nlmsg_len - NLMSG_HDRLEN >= size ? nlmsg_data(nlh) : NULL;
}

int xm_nlmsg_parse(const struct nlmsghdr *nlh, size_t size, struct nlattr *tb[], int max,
		   const struct nla_policy *policy)
{
	return nlmsg_parse((struct nlmsghdr *)nlh, size, tb, max, policy) < 0 ? -EBADMSG : 0;
}

int xm_attr_parse(const struct nlattr *attr, struct nlattr *tb[], int max,
		  const struct nla_policy *policy)
{
	if (!attr) {
		memset(tb, 0, (max + 1) * sizeof(*tb));
		return 0;
	}
	return nla_parse_nested(tb, max, (struct nlattr *)attr, policy) < 0 ? -EBADMSG : 0;
}

uint8_t xm_attr_u8(const struct nlattr *attr)
{
	return attr ? nla_get_u8(attr) : 0;
}

uint16_t xm_attr_u16(const struct nlattr *attr)
{
	return attr ? nla_get_u16(attr) : 0;
}

uint32_t xm_attr_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

void xm_attr_text(const struct nlattr *attr, char *ret, size_t size)
{
	snprintf(ret, size, "%s", attr ? nla_get_string(attr) : "");
}
