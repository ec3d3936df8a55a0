/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `monitor`: a line for each event. An event is a JSON object; text is made of its keys. */
#ifndef XM_MONITOR_H
#define XM_MONITOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/events.h"
#include "engine/snapshot.h"

/* monitor_request.c: the command line */

struct xm_monitor_request {
	const char *name;
	bool drops, changes;
	int64_t for_ms; /* 0: no limit */
	long long count; /* 0: no limit */
};

int xm_monitor_parse(int argc, char **argv, struct xm_monitor_request *ret, struct xm_err *e);

/* monitor_line.c: the output. It never waits for its reader longer than a second. */

struct xm_monitor_out {
	bool json, timestamp;
	uint64_t left; /* lines until --count; 0: no limit */
	uint64_t unread; /* lines that were left out because nobody read */
	bool stuck; /* the reader has not read for a second */
	bool ended; /* the reader has gone, or --count lines were written */
};

/* A new event with its time. at_ns: CLOCK_MONOTONIC in ns; 0: the present */
json_t *xm_monitor_event(const char *event, uint64_t at_ns);
/* Writes the event as a line. Takes the reference. */
void xm_monitor_write(struct xm_monitor_out *out, json_t *event);
/* Writes how many lines were left out, when it is possible again */
void xm_monitor_write_unread(struct xm_monitor_out *out);

/* monitor_state.c: what was seen last, and how the present differs */

/* Of whom events are of interest */
struct xm_monitor_filter {
	const char *name; /* of an endpoint or a parent; NULL: all */
	bool is_parent; /* it is that of a parent */
};

struct xm_monitor_state {
	/* "IFINDEX" -> parent, "IFINDEX:SLOT" -> endpoint, as `show -j` prints them */
	json_t *parents, *endpoints;
	json_t *host_ends; /* of the endpoints: "IFINDEX" -> true */
	json_t *unsettled; /* what a command may be changing, by the same keys */
};

/*
 * Takes a snapshot in and writes how it differs from the one before. The first one is only kept,
 * and none is written when out is NULL. Returns whether something is not settled: another snapshot
 * should follow soon.
 */
bool xm_monitor_take(struct xm_monitor_state *state, const struct xm_snapshot *snapshot,
		     const struct xm_monitor_filter *filter, struct xm_monitor_out *out);
void xm_monitor_state_free(struct xm_monitor_state *state);
/* Whether the filter admits events of an endpoint of that name, of that parent */
bool xm_monitor_admits(const struct xm_monitor_filter *filter, const char *endpoint,
		       const char *parent);
/* Whether the endpoint with this host end was there at the last snapshot */
bool xm_monitor_has_host_end(const struct xm_monitor_state *state, uint32_t ifindex);
/* Name of the only parent; "?" when there are several, or none */
const char *xm_monitor_sole_parent(const struct xm_monitor_state *state);
/* Name of an endpoint; NULL: it was not seen */
const char *xm_monitor_endpoint(const struct xm_monitor_state *state, uint32_t ifindex,
				uint32_t slot);
/* Name of a parent, "?" when it was not seen */
const char *xm_monitor_parent(const struct xm_monitor_state *state, uint32_t ifindex);

/* monitor_links.c: endpoints that were added and deleted between two snapshots */

struct xm_monitor_link;

struct xm_monitor_links {
	struct xm_monitor_link *list; /* the caller frees it */
	size_t count;
};

/* Notes a notification of the kernel. data: struct xm_monitor_links */
void xm_monitor_links_take(const struct xm_link *link, bool deleted, void *data);
/*
 * To be called before xm_monitor_take(), with a snapshot that was taken after the notifications
 * were read: writes the additions and deletions since the snapshot before, and forgets what that
 * one has. out NULL: none is written.
 */
void xm_monitor_links_tell(struct xm_monitor_links *links, const struct xm_monitor_state *state,
			   const struct xm_monitor_filter *filter, struct xm_monitor_out *out);

/* monitor_drop.c: events of drops; new references */
json_t *xm_monitor_drop(const struct xm_monitor_state *state, const struct xm_report *report);
json_t *xm_monitor_more(const struct xm_monitor_state *state, uint32_t parent_ifindex,
			uint32_t reason, uint64_t count);

#endif
