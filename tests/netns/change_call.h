/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a state-changing system call of a traced command does, and whether to a given parent. */
#ifndef NT_CHANGE_CALL_H
#define NT_CHANGE_CALL_H

#include "ns.h"
#include "tracer.h"

/* A kind of call: the same change of another device, map or folder is of the same kind */
struct change_kind {
	uint64_t nr;
	uint32_t what; /* bpf: the command; netlink: the message type; ioctl: the ethtool command */
	uint64_t detail; /* netlink: the attributes, as bits; bpf: a hash of the map or the pin */
};

#define CHANGE_MAX_MAPS 64

/* A parent, and everything that is known to be of it */
struct change_owner {
	const struct xmt_ns *host, *peer; /* of the parent; of the peer ends */
	const char *endpoints; /* their names, and those of their devices, begin so: "y" */
	const char *name; /* of the parent */
	uint32_t ifindex;
	uint32_t maps[CHANGE_MAX_MAPS]; /* ids of its pinned maps */
	unsigned int map_count;
};

/* Reads the ids of the parent's pinned maps. */
void change_owner_read_maps(struct change_owner *o);

/* Whether the call changes something; then fills *ret. The load of a program changes nothing. */
bool change_call_read(const struct tracer_call *call, struct change_kind *ret);
bool change_kinds_equal(const struct change_kind *a, const struct change_kind *b);
/* For messages (a static text) */
const char *change_kind_text(const struct change_kind *k);

/* Whether the call is about that parent, its endpoints, maps or pins */
bool change_call_is_of(const struct tracer_call *call, const struct change_owner *o);

#endif
