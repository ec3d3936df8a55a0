/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of xmacvland. It is a cache: a watcher that starts reads all of it from the maps and
 * the kernel, and changes these only by the engine.
 *
 * One socket hears all namespaces that have an id in the watcher's own (NETLINK_LISTEN_ALL_NSID).
 * So the watcher holds no descriptor that would keep a namespace alive.
 */
#ifndef XM_WATCHER_H
#define XM_WATCHER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "engine/engine.h"
#include "engine/mcast_filter.h"
#include "net/mcast.h"
#include "net/netns.h"

#define NSID_NONE (-2) /* the namespace has ended */

/*
 * A container can cause lines about its own devices. Of the lines about one endpoint, parent or
 * namespace LOG_BURST are printed in LOG_PERIOD_MS; the others are counted.
 */
#define LOG_BURST     10
#define LOG_PERIOD_MS 10000

struct log_limit {
	int64_t since; /* xm_now_ms() */
	unsigned int lines, omitted; /* printed and omitted lines since then */
};

/* A network namespace with endpoints or parents in it */
struct netns_ref {
	struct xm_netns_handle handle;
	struct netns_ref *next;
	ino_t ino; /* of nsfs */
	int32_t nsid; /* in the watcher's namespace; XM_NSID_SELF: it is that; or NSID_NONE */
	char path[64]; /* by which it was opened last, "" */
	char label[64]; /* for the log: "netns blue", "netns net:[4026532211]", "own netns" */
	unsigned int users;
	bool read; /* `mcast_groups` are those of now */
	bool groups_changed; /* a group was joined or left */
	/* when it may be read again, xm_now_ms(): it had more groups than XM_MCAST_READ_MAX */
	int64_t retry_after;
	struct xm_mcast_groups mcast_groups;
};

struct watched_endpoint {
	struct watched_endpoint *chain; /* of the same hash of its peer end */
	struct watched_parent *parent;
	struct netns_ref *ref; /* of the peer end; NULL: not found */
	uint32_t slot, host_ifindex, peer_ifindex;
	int32_t peer_nsid;
	uint8_t kind; /* enum xm_endpoint_kind */
	bool marked; /* to be reconciled */
	bool seen; /* in this session */
	bool mac_changed; /* in this session */
	unsigned int announce_rounds; /* announcements that are still to be made */
	int64_t announce_at, announced_at; /* the next and the last round, xm_now_ms() */
	char name[XM_NAME_LEN];
	uint8_t mac[XM_MAC_LEN];
	uint32_t mtu;
	bool follows; /* `addresses follow` is set */
	/* sum over the peer end's list, when it last differed from the endpoint's addresses */
	uint64_t uc_sum;
	int64_t retry_at; /* when a refused address is tried again, xm_now_ms() */
	struct xm_additional_mac
		additional_macs[XM_MAX_ADDITIONAL_MACS]; /* additional ones, additional_mac_count */
	size_t additional_mac_count;
	bool shares_mac; /* one of its addresses is also the parent's: logged */
	bool known; /* its groups were read and entered, at the last reconciliation */
	uint8_t (*mcast_groups)[XM_MAC_LEN]; /* its entries in the multicast filter, sorted */
	size_t mcast_group_count;
	char refused[160]; /* the last logged reason why something could not be followed */
	struct log_limit limit;
};

/*
 * What of a parent is to be reconciled: nothing; itself and its marked endpoints; itself and all of
 * them
 */
enum reconcile_scope { RECONCILE_NONE, RECONCILE_SOME, RECONCILE_ALL };

struct watched_parent {
	struct watched_parent *next;
	struct watched_netns *netns;
	uint32_t ifindex;
	struct xm_mcast_filter
		*mcast_filter; /* NULL: the parent was broken when it was first seen */
	enum reconcile_scope scope; /* of the next session */
	bool seen; /* in this session */
	bool exact; /* the multicast filter holds for all endpoints that are marked as filtered */
	bool deleted; /* the kernel has reported that it was deleted, not moved */
	int64_t missed; /* xm_now_ms() when a session did not find it; 0: it was found */
	bool mac_freed; /* a MAC is free that an endpoint had */
	bool notify_peers; /* the addresses of all its endpoints are to be announced */
	uint32_t moved_ifindex; /* its ifindex in moved_nsid now; 0: it was not moved */
	/* the target's id in its old namespace; NSID_NONE: only `target` is known */
	int32_t moved_nsid;
	struct netns_ref *target; /* where it was moved to; NULL: not found */
	int64_t moved_at; /* xm_now_ms() */
	bool followed; /* the move is complete: the parent is watched in its new namespace */
	/*
	 * the device as last seen. ifindex 0: the parent was never reconciled, and only the name is
	 * known.
	 */
	struct xm_link link;
	char broken[160]; /* the logged reason why it is broken; "": it is not */
	int64_t retry_at; /* when a broken parent is tried again without an event, xm_now_ms() */
	int64_t retry_ms; /* the pause before that; each is twice the one before */
	struct watched_endpoint **by_slot;
	uint32_t slots; /* elements of by_slot */
	struct log_limit limit;
};

/* A namespace that has parents */
struct watched_netns {
	struct watched_netns *next;
	uint64_t cookie;
	struct netns_ref *ref;
	struct watched_parent *parents;
	bool marked; /* every parent is to be reconciled */
	bool postponed; /* an unknown parent was locked by another process: it stays marked */
	bool retry; /* the last session failed and is to be repeated */
	struct log_limit limit;
};

struct watcher {
	struct xm_nl nl; /* in the watcher's own namespace: the ids of others */
	int self; /* that namespace */
	int32_t own_nsid; /* its id in itself, if it has one */
	int events, changes, signals; /* netlink, inotify, signalfd */
	bool joins_heard; /* the kernel reports joins (6.14) */
	bool scan; /* the folders of pins are to be looked at */
	unsigned int scans; /* so often again */
	bool stopping;
	bool stop_again; /* a parent could not be locked in the first round of the end */
	unsigned int stop_wait_ms; /* for a lock; 0 until the second round */
	bool bpffs_lost; /* the bpffs was unmounted */
	bool lock_busy; /* another process has the lock of a parent */
	struct log_limit lost_events, lost_announcements;
	int64_t announce_at; /* when announce_due() is to be called, xm_now_ms(); 0: never */
	struct watched_netns *netns;
	struct netns_ref *refs;
	struct watched_endpoint *by_peer[4096]; /* chains by (ref, peer_ifindex) */
};

/* netns_table.c: the namespaces */

/*
 * The namespace of the descriptor, added if need be. NULL: no memory, or it has no id and gets
 * none.
 */
struct netns_ref *netns_ref_of(struct watcher *w, int fd);
struct netns_ref *netns_ref_by_nsid(struct watcher *w, int32_t nsid);
/* The namespace that `from` calls nsid. NULL: it cannot be found. */
struct netns_ref *netns_ref_from(struct watcher *w, struct netns_ref *from, int32_t nsid);
/* The namespace with that cookie, searched for among mounts and processes. NULL: not found. */
struct netns_ref *netns_ref_by_cookie(struct watcher *w, uint64_t cookie);
/* Returns a descriptor or a negative errno */
int netns_ref_open(struct watcher *w, struct netns_ref *ref);
/* Enters the namespace until xm_netns_scope_leave(). Returns 0 or a negative errno. */
int netns_ref_enter(struct watcher *w, struct netns_ref *ref, struct xm_netns_scope *scope);
/*
 * The id of fd's namespace in that of nl; it is given one if it has none. Negative: it gets none.
 */
int32_t netns_assign_id(struct xm_nl *nl, int fd);
/* Reads again which id the watcher's own namespace has in itself */
void netns_refs_read_own_id(struct watcher *w);
/* Frees the namespaces without users */
void netns_refs_free_unused(struct watcher *w);

/* state.c: namespaces with parents, their parents, their endpoints */

struct watched_netns *watched_netns_add(struct watcher *w, uint64_t cookie, struct netns_ref *ref);
struct watched_netns *watched_netns_by_ref(struct watcher *w, const struct netns_ref *ref);
void watched_netns_remove(struct watcher *w, struct watched_netns *n);

struct watched_parent *watched_parent_by_ifindex(struct watched_netns *n, uint32_t ifindex);
/* The parent owns `filter` (may be NULL) from now on. Returns NULL without memory. */
struct watched_parent *watched_parent_add(struct watched_netns *n, const struct xm_link *link,
					  struct xm_mcast_filter *filter);
/* Removes its endpoints' entries of the multicast filter, too */
void watched_parent_remove(struct watcher *w, struct watched_parent *p);
/* It was moved: its namespace is `to` (NULL: not found), which its old one calls nsid */
void watched_parent_set_target(struct watched_parent *p, struct netns_ref *to, int32_t nsid,
			       uint32_t ifindex);
/* The parent that was moved there and is to be followed. NULL: none. */
struct watched_parent *watched_parent_by_target(struct watcher *w, const struct netns_ref *ref,
						uint32_t ifindex);
/* At least that much is reconciled in the next session */
void watched_parent_mark(struct watched_parent *p, enum reconcile_scope scope);
/*
 * Whether the next session does not try to repair a broken parent: no event has concerned it, and
 * its pause is not over
 */
bool watched_parent_rests(const struct watched_parent *p);

struct watched_endpoint *watched_endpoint_by_slot(struct watched_parent *p, uint32_t slot);
struct watched_endpoint *watched_endpoint_add(struct watched_parent *p, uint32_t slot);
void watched_endpoint_mark(struct watched_endpoint *e);
void watched_endpoint_remove(struct watcher *w, struct watched_endpoint *e);
/* Where the peer end is, known to watched_endpoint_by_peer() from then on; ref may be NULL */
void watched_endpoint_set_peer(struct watcher *w, struct watched_endpoint *e, struct netns_ref *ref,
			       uint32_t ifindex);
struct watched_endpoint *watched_endpoint_by_peer(struct watcher *w, const struct netns_ref *ref,
						  uint32_t ifindex);

/* Whether there is something to reconcile */
bool work_is_pending(const struct watcher *w);
/* Whether there is something that needs no lock */
bool joins_are_pending(const struct watcher *w);

/* events.c */

/* Opens the sockets. Returns 0 or a negative errno and fills *e. */
int events_open(struct watcher *w, struct xm_err *e);
/* Reads what has come and marks what is to be reconciled */
void events_take(struct watcher *w);
void changes_take(struct watcher *w);
/* Marks everything */
void mark_all(struct watcher *w);

/* reconcile_endpoint.c */

/* One session in one namespace */
struct reconcile_round {
	struct watcher *w;
	struct watched_netns *netns;
	struct xm_nl *nl; /* in that namespace */
};

/*
 * Brings the marked endpoints of a parent into line, or all, and marks those that the engine has as
 * seen. Returns 0, or a negative errno and fills *e.
 */
int reconcile_endpoints(struct reconcile_round *r, struct watched_parent *p,
			struct xm_parent *engine_parent, bool all, struct xm_err *e);
/* Forgets the endpoints that are not seen; marks those that may have their MACs now */
void reconcile_removed(struct watcher *w, struct watched_parent *p);

/* reconcile_parent.c */

/*
 * Brings the marked parents of a namespace into line by the engine, from inside the namespace; nl
 * is there, too. Returns 0; -EAGAIN: something was not looked at (*e is not filled); or a negative
 * errno and fills *e.
 */
int reconcile_parents(struct watcher *w, struct watched_netns *netns, struct xm_engine *engine,
		      struct xm_nl *nl, struct xm_err *e);

/* reconcile.c */

/* Brings everything that is marked into line */
void reconcile(struct watcher *w);
/* Marks namespaces and parents whose session failed and whose pause is over; called every second */
void reconcile_mark_failed(struct watcher *w);
/* The watcher ends: gives back what only it can keep true */
void reconcile_stop(struct watcher *w);

/* mcast_groups.c */

/*
 * Brings the endpoint's entries of the multicast filter to the groups that its device has joined.
 * Returns 0 or a negative errno.
 */
int mcast_update(struct watched_endpoint *e);
/* Takes over the entries that an earlier watcher left. Returns 0 or a negative errno. */
int mcast_load_entries(struct watched_parent *p);
/* Reads the groups of a namespace, once a round. Returns 0 or a negative errno. */
int mcast_read(struct watcher *w, struct netns_ref *ref);
/* Looks at all endpoints: for kernels, and ways to join, that nobody tells of */
void mcast_poll(struct watcher *w);
/* Looks at the endpoints of the namespaces whose groups have changed */
void mcast_refresh(struct watcher *w);
/* Extends the time for which the multicast filters are valid, or ends it */
void mcast_beat(struct watcher *w, bool on);

/* peer_macs.c: additional MACs, whose changes the kernel does not report */

/* Logs the addresses that were added and removed, and remembers the list */
void peer_macs_note(struct watched_endpoint *e, const struct xm_endpoint_info *now);
/* Marks the endpoints with `addresses follow` whose list has changed. Called every second. */
void peer_macs_poll(struct watcher *w);

/* order.c: TC programs of others that run before xmacvlan's; programs that others have detached */

/* Marks the parents whose programs a session has to put first again */
void order_check(struct watcher *w);
/* Logs the programs that ran before xmacvlan's, and those that the session has attached again */
void order_log(struct watched_parent *p, const struct xm_parent *engine_parent);

/* neigh_announce.c */

/*
 * Has the addresses of an endpoint announced three times: its MAC has changed, or the parent's
 * neighbours have to be notified (NETDEV_NOTIFY_PEERS, as macvlan does)
 */
void announce_request(struct watcher *w, struct watched_endpoint *e);
/* Makes the announcements that are due. Called at w->announce_at. Needs no lock. */
void announce_due(struct watcher *w);

/* appear.c: devices of the own namespace, mounted namespaces; nothing without appear_open() */

/* nl: a socket in the watcher's own namespace. Returns 0 or a negative errno and fills *e. */
int appear_open(struct xm_nl *nl, struct xm_err *e);
/* A message about a device of the watcher's own namespace, and the same, read */
void appear_take_link(const struct nlmsghdr *nlh, const struct xm_link *link);
/* A descriptor that poll(2) reports (POLLPRI) when something was mounted; -1: none */
int appear_fd(void);
void appear_take_mounts(void);
/* When appear_run_due() is to be called, xm_now_ms(); 0: never */
int64_t appear_due(void);
void appear_run_due(void);

/* command.c: the command that is run when something has appeared; nothing without command_open() */

/*
 * Starts the process that runs it, and marks it. words: NULL behind the last. Called before the
 * process has threads. Returns 0 or a negative errno and fills *e.
 */
int command_open(char **words, struct xm_err *e);
/* It is to be run once more; again, if it runs now */
void command_mark(void);
/* A descriptor that can be read when the command has ended, for command_take(); -1: none */
int command_fd(void);
void command_take(void);
/* When command_run_due() is to be called, xm_now_ms(); 0: never */
int64_t command_due(void);
void command_run_due(void);

/*
 * log.c. No function waits for the reader of standard error, except log_close() for a short time.
 */

/*
 * Opens standard files that are closed, and starts the thread that writes. Before this call lines
 * are written directly. Returns 0 or a negative errno and fills *e.
 */
int log_open(struct xm_err *e);
/* At the end of the process: waits a short time for the lines that are still in the queue */
void log_close(void);
/* Handler of xm_fatal() */
void log_fatal(const char *text);
/* Logs a line about the watcher itself. priority: LOG_... of syslog.h. */
void log_line(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with `about` before the text: "netns blue: eth0: " */
void log_about(int priority, const char *about, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

/* log_limited.c: lines that begin with namespace, parent and endpoint, and are limited */

struct log_subject {
	struct log_limit *limit;
	char name[160]; /* "netns blue: eth0: web: " */
};

struct log_subject subject_watcher(struct log_limit *limit);
struct log_subject subject_netns(struct watched_netns *n);
struct log_subject subject_parent(struct watched_parent *p);
struct log_subject subject_endpoint(struct watched_endpoint *e);

void log_of(struct log_subject s, int priority, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Logs the number of omitted lines, and begins a new period. Called before the last line about a
 * subject that is removed; so that line is not omitted.
 */
void log_omitted(struct log_subject s);
/* The same for all subjects whose period is over; called every second */
void log_all_omitted(struct watcher *w);

#endif
