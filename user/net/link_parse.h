/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a netlink message says of a network device */
#ifndef XM_LINK_PARSE_H
#define XM_LINK_PARSE_H

#include "net/link.h"

/* Reads a RTM_NEWLINK or RTM_DELLINK message. ret->ifindex is 0 when it is malformed. */
void xm_link_parse(const struct nlmsghdr *nlh, struct xm_link *ret);

#endif
