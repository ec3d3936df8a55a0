// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/nl.h"

#define DUMP_TRIES 5
#define MAX_ERRNO  4095 /* the kernel's */

int xm_nl_open(struct xm_nl *nl)
{
	int on = 1;

	memset(nl, 0, sizeof(*nl));
	nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl->socket)
		return -errno;
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		int err = -errno;

		xm_nl_close(nl);
		return err;
	}
	nl->portid = mnl_socket_get_portid(nl->socket);
	/* Both since 4.20; without them only the explanations are missing */
	mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return 0;
}

void xm_nl_close(struct xm_nl *nl)
{
	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->socket = NULL;
}

static void *begin(struct xm_req *req, void *at, uint16_t type, uint16_t flags, size_t extra)
{
	req->nlh = mnl_nlmsg_put_header(at);
	req->nlh->nlmsg_type = type;
	req->nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return mnl_nlmsg_put_extra_header(req->nlh, extra);
}

void *xm_nl_begin(struct xm_req *req, uint16_t type, uint16_t flags, size_t extra)
{
	memset(req->buf, 0, sizeof(req->buf)); /* libmnl leaves the padding behind attributes as it is */
	return begin(req, req->buf, type, flags, extra);
}

void *xm_nl_next(struct xm_req *req, uint16_t type, uint16_t flags, size_t extra)
{
	return begin(req, mnl_nlmsg_get_payload_tail(req->nlh), type, flags, extra);
}

static int ack_attr(const struct nlattr *attr, void *data)
{
	struct xm_nl *nl = data;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
		xm_attr_text(attr, nl->ack, sizeof(nl->ack));
	return MNL_CB_OK;
}

/* 0 or -errno, as the kernel says it. Whoever calls us takes anything else for what it is not. */
static int result(int error)
{
	return error > 0 || error < -MAX_ERRNO ? -EBADMSG : error;
}

/* Keeps the extended acknowledgement, as of a NLMSG_ERROR message. Returns the message's -errno. */
static int take_ack(struct xm_nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t hlen = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return -EBADMSG;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return result(err->error);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		hlen += mnl_nlmsg_get_payload_len(&err->msg);
	if (hlen <= mnl_nlmsg_get_payload_len(nlh))
		mnl_attr_parse(nlh, hlen, ack_attr, nl);
	return result(err->error);
}

static int dump_end(const struct nlmsghdr *nlh)
{
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(int))
		return 0;
	return result(*(const int *)mnl_nlmsg_get_payload(nlh));
}

bool xm_nl_message_ok(const struct nlmsghdr *nlh, int len)
{
	return len >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) && nlh->nlmsg_len <= (uint32_t)len;
}

/* One datagram of answers. 1: more to come, 0: done, -errno: refused; *interrupted as the kernel says. */
static int take_answers(struct xm_nl *nl, char *buf, int len, mnl_cb_t cb, void *data, int *interrupted)
{
	const struct nlmsghdr *nlh = (const void *)buf;

	for (; xm_nl_message_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (!mnl_nlmsg_seq_ok(nlh, nl->seq) || !mnl_nlmsg_portid_ok(nlh, nl->portid))
			continue; /* the answer to a request that was given up */
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			*interrupted = 1;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return take_ack(nl, nlh);
		if (nlh->nlmsg_type == NLMSG_DONE)
			return dump_end(nlh);
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && cb) {
			int ret = cb(nlh, data);

			if (ret < 0)
				return ret;
		}
	}
	return len > 0 ? -EBADMSG : 1;
}

uint32_t xm_attr_number(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(uint8_t):
		return mnl_attr_get_u8(attr);
	case sizeof(uint16_t):
		return mnl_attr_get_u16(attr);
	case sizeof(uint32_t):
		return mnl_attr_get_u32(attr);
	default:
		return 0;
	}
}

void xm_attr_text(const struct nlattr *attr, char *ret, size_t size)
{
	snprintf(ret, size, "%.*s", (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
}

/* Gives all messages the number; what is still to come of an earlier request is known by its own. Their size. */
static size_t number(struct xm_req *req, uint32_t seq)
{
	char *end = mnl_nlmsg_get_payload_tail(req->nlh), *at = req->buf;

	while (at < end) {
		struct nlmsghdr *nlh = (struct nlmsghdr *)at;

		nlh->nlmsg_seq = seq;
		at += MNL_ALIGN(nlh->nlmsg_len);
	}
	return end - req->buf;
}

/*
 * One datagram. 0: not the kernel's. Who may administer the namespace (root of a container, in a peer's) may
 * send to any socket there, and could guess its port and number; mnl_socket_recvfrom() does not ask who sent.
 */
static ssize_t receive(struct xm_nl *nl, void *buf, size_t size)
{
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct sockaddr_nl from = {};
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t len = recvmsg(mnl_socket_get_fd(nl->socket), &msg, 0);

	if (len < 0)
		return errno == EINTR ? 0 : -errno;
	if (from.nl_pid)
		return 0;
	return msg.msg_flags & MSG_TRUNC ? -ENOSPC : len;
}

static int talk_once(struct xm_nl *nl, struct xm_req *req, mnl_cb_t cb, void *data, int *interrupted)
{
	static char buf[64 * 1024];
	size_t size = number(req, ++nl->seq);
	int ret;

	nl->ack[0] = '\0';
	if (mnl_socket_sendto(nl->socket, req->buf, size) < 0)
		return -errno;
	do {
		ssize_t len = receive(nl, buf, sizeof(buf));

		ret = len < 0 ? len : take_answers(nl, buf, len, cb, data, interrupted);
	} while (ret == 1);
	return ret;
}

int xm_nl_talk(struct xm_nl *nl, struct xm_req *req, mnl_cb_t cb, void *data)
{
	int interrupted, ret, tries = 0;

	/* NLM_F_EXCL is one of the two bits of NLM_F_DUMP */
	if ((req->nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		req->nlh->nlmsg_flags |= NLM_F_ACK;
	do {
		interrupted = 0;
		ret = talk_once(nl, req, cb, data, &interrupted);
	} while (!ret && interrupted && ++tries < DUMP_TRIES);
	return !ret && interrupted ? -EAGAIN : ret;
}

const char *xm_nl_why(const struct xm_nl *nl, int err)
{
	return nl->ack[0] ? nl->ack : strerror(abs(err));
}
