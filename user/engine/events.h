/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reports of the programs: drops, and frames with their verdicts. A listener takes no lock and
 * changes nothing but its place in the map `listeners` of each parent, which is free three seconds
 * after the listener has stopped renewing it. Needs no session. Functions return 0 or a negative
 * errno and fill *e, unless their comment says more.
 */
#ifndef XM_ENGINE_EVENTS_H
#define XM_ENGINE_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"

struct xm_events;

struct xm_report {
	uint32_t parent_ifindex;
	uint32_t cpu;
	/*
	 * drop: those of its reason that were counted on this CPU since the last report, and that
	 * no event tells of
	 */
	uint64_t more;
	const struct xm_event *event;
	const uint8_t *frame; /* event->cap_len octets */
};

struct xm_events_options {
	uint64_t netns_cookie; /* of the parents */
	uint32_t what; /* enum xm_listen */
	uint32_t snap_len; /* octets of each frame, at most 0xffff */
	size_t pages; /* of the ring of each CPU, a power of two */
	uint32_t wakeup; /* xm_events_fd() becomes readable after so many events of a CPU */
	void (*report)(const struct xm_report *report, void *data);
	/* drops of a reason that no event tells of: from xm_events_tell_more() */
	void (*more)(uint32_t parent_ifindex, uint32_t reason, uint64_t count, void *data);
	/* the process was too slow: so many events were lost */
	void (*lost)(uint64_t count, void *data);
	void *data; /* of the three */
};

/* The caller closes *ret. -EPERM, -EACCES: CAP_PERFMON is missing. */
int xm_events_open(const struct xm_events_options *options, struct xm_events **ret,
		   struct xm_err *e);
/* Gives all places back. NULL is allowed. */
void xm_events_close(struct xm_events *events);
/* A descriptor for poll(), readable when there are events */
int xm_events_fd(const struct xm_events *events);

/*
 * Listens at a parent too; does nothing when it listens there already. slot: of the only endpoint
 * that is of interest; 0: all, and the parent. -EBUSY: XM_LISTENERS others listen; -EOPNOTSUPP: its
 * programs are too old, *e names the remedy; -ENOENT: it is not attached.
 */
int xm_events_listen(struct xm_events *events, uint32_t parent_ifindex, const char *parent,
		     uint32_t slot, struct xm_err *e);
/*
 * To be called every second: renews the places. Gives those up whose parent was detached or has
 * moved, and those that others have taken: the caller listens there again if it can.
 */
void xm_events_renew(struct xm_events *events);
/* Calls report() and lost() for what is there */
int xm_events_consume(struct xm_events *events, struct xm_err *e);
/* Calls more() for drops that no event has told of so far */
void xm_events_tell_more(struct xm_events *events);

#endif
