/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One rtnetlink socket: a request, its answers, the kernel's own words when it refuses */
#ifndef XM_NL_H
#define XM_NL_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>

struct xm_nl {
	struct mnl_socket *socket;
	unsigned int portid;
	uint32_t seq;
	char ack[256]; /* extended acknowledgement of the last refusal, or "" */
};

/* A request under construction: one message, or several that the kernel takes one after the other */
struct xm_req {
	char buf[2048];
	struct nlmsghdr *nlh; /* the last message */
};

/* Opens a socket in the current network namespace. 0 or -errno. */
int xm_nl_open(struct xm_nl *nl);
void xm_nl_close(struct xm_nl *nl);

/* Begins a request of `type`; `extra` bytes of family header come back zeroed. NLM_F_REQUEST is implied. */
void *xm_nl_begin(struct xm_req *req, uint16_t type, uint16_t flags, size_t extra);

/* Begins another message of the same request; only for what has no answer but an error */
void *xm_nl_next(struct xm_req *req, uint16_t type, uint16_t flags, size_t extra);

/*
 * Sends and takes every answer to `cb` (may be NULL) until the kernel's acknowledgement or the end of
 * the dump. A dump that was interrupted by a change is asked again, five times at most; cb then sees
 * entries twice. Returns 0 or -errno, with nl->ack filled; of several messages the first error, but the
 * kernel does those behind it all the same.
 */
int xm_nl_talk(struct xm_nl *nl, struct xm_req *req, mnl_cb_t cb, void *data);

/* As mnl_nlmsg_ok(), which takes a length above INT_MAX: mnl_nlmsg_next() never comes to an end then */
bool xm_nl_message_ok(const struct nlmsghdr *nlh, int len);

/* An attribute's number of 8, 16 or 32 bits, 0 when it has another size */
uint32_t xm_attr_number(const struct nlattr *attr);
/* An attribute's text, cut where it ends or `size` does */
void xm_attr_text(const struct nlattr *attr, char *ret, size_t size);

/* The kernel's explanation of `err` (either sign): nl->ack, else errno's text */
const char *xm_nl_why(const struct xm_nl *nl, int err);

#endif
