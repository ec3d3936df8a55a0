/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One rtnetlink socket: a request, its answers, the kernel's explanation when it refuses. libnl-3
 * constructs and parses the messages; the socket and the receive loop are in nl.c. Files outside
 * user/net use these names and do not include the library.
 */
#ifndef XM_NL_H
#define XM_NL_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl_msg;
struct nla_policy;

#define XM_NL_MESSAGES 2 /* messages of one request */

/* Copying it copies pointers: one owner closes it */
struct xm_nl {
	int fd;
	uint32_t portid;
	uint32_t seq;
	/* The request under construction: one message, or two that the kernel handles in order */
	struct nl_msg *messages[XM_NL_MESSAGES];
	unsigned int count;
	bool too_long; /* an attribute did not fit */
	void *answers; /* one datagram */
	char ack[256]; /* extended acknowledgement of the last refusal, or "" */
	bool answered; /* the kernel has answered the last request: its error is the kernel's */
};

/* Opens a socket in the current network namespace. Returns 0 or a negative errno. */
int xm_nl_open(struct xm_nl *nl);
/* Closes it. Does nothing if it is not open, also when *nl is zeroed. */
void xm_nl_close(struct xm_nl *nl);

/*
 * Begins a request of `type`. Returns its family header: `extra` zeroed bytes. NLM_F_REQUEST is
 * implied. The request belongs to nl: xm_nl_talk() sends the one that was begun last.
 */
void *xm_nl_begin(struct xm_nl *nl, uint16_t type, uint16_t flags, size_t extra);

/* Begins the second message of the same request. The first one is answered only by an error. */
void *xm_nl_begin_second(struct xm_nl *nl, uint16_t type, uint16_t flags, size_t extra);

/* Appends an attribute to the last message. What does not fit makes xm_nl_talk() fail. */
void xm_nl_put(struct xm_nl *nl, uint16_t type, const void *data, size_t size);
void xm_nl_put_u8(struct xm_nl *nl, uint16_t type, uint8_t value);
void xm_nl_put_u32(struct xm_nl *nl, uint16_t type, uint32_t value);
void xm_nl_put_text(struct xm_nl *nl, uint16_t type, const char *text);

/* Appends the attributes that follow inside of one attribute, until xm_nl_nest_end() */
struct nlattr *xm_nl_nest(struct xm_nl *nl, uint16_t type);
void xm_nl_nest_end(struct xm_nl *nl, struct nlattr *nest);

/* Appends a family header inside of an attribute (VETH_INFO_PEER). Returns `size` zeroed bytes. */
void *xm_nl_put_header(struct xm_nl *nl, size_t size);

/* Called for one message of an answer. A negative return value ends xm_nl_talk() with it. */
typedef int (*xm_nl_fn)(const struct nlmsghdr *nlh, void *data);

/*
 * Sends the request and calls fn (may be NULL) for every message of the answer until the kernel's
 * acknowledgement or the end of the dump. fn may talk on another socket. A dump that a change
 * interrupted (NLM_F_DUMP_INTR) is repeated, five times at most; fn then sees entries twice.
 * Returns 0 or a negative errno and fills nl->ack. When a request has two messages, the kernel
 * handles the second one also after an error of the first; the first error is returned. -EMSGSIZE:
 * the request was too long and was not sent. -EAGAIN: the dump was interrupted five times.
 */
int xm_nl_talk(struct xm_nl *nl, xm_nl_fn fn, void *data);

/* The kernel's explanation of `err` (either sign): nl->ack, else errno's text */
const char *xm_nl_why(const struct xm_nl *nl, int err);

/* Walks the messages of a datagram of `len` bytes, as NLMSG_OK() and NLMSG_NEXT() */
bool xm_nlmsg_ok(const struct nlmsghdr *nlh, int len);
const struct nlmsghdr *xm_nlmsg_next(const struct nlmsghdr *nlh, int *len);

/* The family header. NULL: the message has less than `size` bytes of it. */
const void *xm_nlmsg_header(const struct nlmsghdr *nlh, size_t size);

/*
 * Finds the attributes behind a family header of `size` bytes: tb[type], 0 <= type <= max, NULL
 * where the message has none. `policy` has max + 1 entries: the size that each type must have.
 * Returns 0, or -EBADMSG: the header is short, or an attribute breaks the policy.
 */
int xm_nlmsg_parse(const struct nlmsghdr *nlh, size_t size, struct nlattr *tb[], int max,
		   const struct nla_policy *policy);
/* The same of the attributes inside of `attr`; NULL has none */
int xm_attr_parse(const struct nlattr *attr, struct nlattr *tb[], int max,
		  const struct nla_policy *policy);

/* An attribute's value, whose size the policy has checked; 0 or "" when attr is NULL */
uint8_t xm_attr_u8(const struct nlattr *attr);
uint16_t xm_attr_u16(const struct nlattr *attr);
uint32_t xm_attr_u32(const struct nlattr *attr);
/* Cuts the text to `size`, including its NUL */
void xm_attr_text(const struct nlattr *attr, char *ret, size_t size);

#endif
