/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xmacvland: what it knows. Nothing here is state that anybody else needs: started anew it finds all of
 * it in the maps and in the kernel, and changes it by the engine alone.
 *
 * One socket hears all namespaces that have an id in the watcher's own (NETLINK_LISTEN_ALL_NSID), so that
 * no descriptor holds a namespace that everybody else has left.
 */
#ifndef XM_WATCHER_H
#define XM_WATCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "engine/engine.h"
#include "net/mcast.h"

#define NSID_NONE (-2) /* the namespace is gone */

/* A network namespace with endpoints or parents in it */
struct place {
	struct place *next;
	ino_t ino; /* of nsfs */
	int32_t nsid; /* in the watcher's namespace; XM_NSID_SELF: it is that; or NSID_NONE */
	char path[64]; /* where it was opened last, "" */
	unsigned int users;
	bool read; /* groups are those of now */
	bool stale; /* somebody has joined or left */
	int64_t shunned; /* xm_now_ms(): not read before this: it has more groups than anybody needs */
	struct xm_groups groups;
};

struct endpoint {
	struct endpoint *chain; /* of the same hash of its peer end */
	struct watched *parent;
	struct place *place; /* of the peer end; NULL: not found */
	uint32_t slot, host_ifindex, peer_ifindex;
	int32_t peer_nsid;
	bool wanted; /* to be looked at */
	bool there; /* was, in this session */
	bool tell; /* it has a new MAC, which the neighbours are to be told */
	char name[XM_NAME_LEN];
	struct xm_port port;
	bool known; /* its groups were read and entered, at the last look */
	uint8_t (*groups)[XM_MAC_LEN]; /* its entries in the map, in order */
	size_t group_count;
	char refused[160]; /* what was logged last of what could not be followed */
};

enum tell { TELL_NONE, TELL_SOME, TELL_ALL };

/* A parent */
struct watched {
	struct watched *next;
	struct space *space;
	uint32_t ifindex;
	int groups, watch; /* maps */
	uint32_t groups_id; /* of the first: the parent may be detached and attached between two looks */
	enum xm_follow_how how; /* to be looked at */
	bool there;
	bool exact; /* the map `mcast_groups` holds for all endpoints that say so */
	bool gone; /* deleted, not moved: the kernel has said so */
	int64_t missed; /* xm_now_ms() when a session did not find it; 0: it is there */
	bool freed; /* an address is nobody's any more */
	enum tell tell; /* the endpoints' addresses to the neighbours */
	uint32_t moved_ifindex; /* it is this in moved_nsid now; 0: was not moved */
	int32_t moved_nsid; /* as its old namespace calls it; NSID_NONE: only moved_to knows */
	struct place *moved_to; /* NULL: not found */
	int64_t moved_at; /* xm_now_ms() */
	struct xm_link link; /* as last seen */
	struct endpoint **at; /* by slot */
	uint32_t reached; /* slots that `at` has */
};

/* A namespace that has parents */
struct space {
	struct space *next;
	uint64_t cookie;
	struct place *place;
	struct watched *parents;
	bool all; /* every parent is to be looked at */
	bool retry; /* ... because it failed */
	char broken[160]; /* what was logged last of pins that could not be loaded */
};

struct watcher {
	struct xm_nl nl; /* in the watcher's own namespace: the ids of others */
	int self; /* that namespace */
	int32_t own_nsid; /* its id in itself, if it has one */
	int events, changes, signals; /* netlink, inotify, signalfd */
	bool joins_told; /* the kernel tells who joins a group (6.14) */
	bool scan; /* the folders of pins are to be looked at */
	unsigned int scans; /* ... so often again */
	bool stopping;
	bool lost; /* the bpffs was unmounted */
	bool insist; /* a session waits for the lock */
	bool locked_out; /* one did not get it */
	struct space *spaces;
	struct place *places;
	struct endpoint *peers[4096]; /* chains by (place, peer_ifindex) */
};

/* places.c */

/* The namespace that fd is of, made known if need be. NULL: no memory, or it has no id and gets none. */
struct place *place_of(struct watcher *w, int fd);
struct place *place_by_nsid(struct watcher *w, int32_t nsid);
/* The namespace that `from` calls nsid. NULL: it cannot be found. */
struct place *place_from(struct watcher *w, struct place *from, int32_t nsid);
/* What nl's namespace calls that of fd, which is given an id if it has none. Negative: it gets none. */
int32_t place_id(struct xm_nl *nl, int fd);
/* The namespace of that cookie, searched among mounts and processes. NULL: not found. */
struct place *place_by_cookie(struct watcher *w, uint64_t cookie);
/* A file descriptor or -errno */
int place_open(struct watcher *w, struct place *place);
/* Asks again what the watcher's own namespace is called by itself */
void places_own_id(struct watcher *w);
/* Forgets those that nobody uses */
void places_sweep(struct watcher *w);

/* model.c: the lists */
struct space *space_add(struct watcher *w, uint64_t cookie, struct place *place);
struct space *space_by_place(struct watcher *w, const struct place *place);
void space_drop(struct watcher *w, struct space *s);
struct watched *parent_by_ifindex(struct space *s, uint32_t ifindex);
struct watched *parent_add(struct space *s, struct xm_parent *p);
/* Also takes what it has in the map `mcast_groups` out of it */
void parent_drop(struct watcher *w, struct watched *p);
/* It is ifindex in that namespace now, which may not be found (NULL) and is called nsid by its old one */
void parent_moved(struct watched *p, struct place *to, int32_t nsid, uint32_t ifindex);
/* The one that was moved there and is to be followed. NULL: none. */
struct watched *parent_by_move(struct watcher *w, const struct place *place, uint32_t ifindex);
/* To be looked at by the next session, an endpoint as one of some */
void parent_want(struct watched *p, enum xm_follow_how how);

struct endpoint *endpoint_at(struct watched *p, uint32_t slot);
struct endpoint *endpoint_add(struct watched *p, uint32_t slot);
void endpoint_want(struct endpoint *e);
void endpoint_drop(struct watcher *w, struct endpoint *e);
/* Where the peer end is, known to endpoint_by_peer() from then on; place may be NULL */
void endpoint_settle(struct watcher *w, struct endpoint *e, struct place *place, uint32_t ifindex);
struct endpoint *endpoint_by_peer(struct watcher *w, const struct place *place, uint32_t ifindex);
/* Anything to be done? */
bool work_waits(const struct watcher *w);
/* ... for which no lock is needed */
bool joins_wait(const struct watcher *w);

/* events.c */

/* Opens the sockets. 0 or -errno, said. */
int events_open(struct watcher *w, struct xm_err *e);
/* Reads what has come and marks what is to be looked at */
void events_take(struct watcher *w);
void changes_take(struct watcher *w);
/* Everything is to be looked at */
void want_all(struct watcher *w);

/* session.c */

/*
 * One space brought into line as it is marked, in its namespace. 0 or -errno, said; -EAGAIN, not said: something was not
 * looked at.
 */
int session_follow(struct watcher *w, struct space *space, struct xm_engine *engine, struct xm_err *e);

/* follow.c */

/* Brings what is marked into line */
void follow(struct watcher *w);
/* What is to be tried again every second */
void follow_again(struct watcher *w);
/* The end: endpoints are left to themselves */
void unfollow(struct watcher *w);

/* joined.c */

/* Brings the endpoint's entries of the map `mcast_groups` to what its device has joined. 0 or -errno. */
int joined_update(struct endpoint *e);
/* The endpoint leaves: none of its entries stays */
void joined_clear(struct endpoint *e);
/* Entries that an earlier watcher left, as if we had made them */
int joined_adopt(struct watched *p);
/* The namespace's groups of now, once a round. 0 or -errno. Entering it changes nothing for the caller. */
int joined_read(struct watcher *w, struct place *place);
/* For kernels, and ways to join, that tell nobody */
void joined_poll(struct watcher *w);
/* Where somebody has joined or left */
void joined_refresh(struct watcher *w);
/* What is known holds for some seconds more, or no longer */
void joined_beat(struct watcher *w, bool on);

/*
 * announce.c: the addresses of all endpoints to the neighbours, as NETDEV_NOTIFY_PEERS has macvlan's do, or of those
 * that have a new MAC: what their own stacks said of it was dropped, for it was not followed yet
 */
void announce(struct watched *p, struct xm_parent *xp);

/* log.c */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
