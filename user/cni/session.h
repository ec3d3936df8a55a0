/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An engine session in the network namespace of the master. Unless it is a reader's it may hold
 * locks of parents. An IPAM plugin must not run during it, because that may call xmacvlan itself.
 */
#ifndef XM_CNI_SESSION_H
#define XM_CNI_SESSION_H

#include "cni/request.h"
#include "engine/engine.h"
#include "net/netns.h"

struct cni_session {
	struct xm_engine *engine;
	bool entered; /* another network namespace, until the session is closed */
	struct xm_netns_scope scope;
};

/*
 * Opens a session in the network namespace of a descriptor, or in the current one (-1). After an
 * error there is nothing to close.
 */
int cni_session_open(struct cni_session *s, int netns_fd, struct cni_error *e);
/*
 * Opens a reader's session (engine.h), without the lock. When there is no bpffs, it has no
 * endpoints.
 */
int cni_session_open_reader(struct cni_session *s, int netns_fd, struct cni_error *e);
void cni_session_close(struct cni_session *s);

/*
 * Finds the master in the network namespace of the session that is open: the configured one, or the
 * device of the default route. Returns 0, or the code and fills *e.
 */
int cni_session_master(const struct cni_request *r, struct xm_link *ret, struct cni_error *e);
/*
 * Checks that the master is a parent or can become one, as xm_engine_may_attach(), which may
 * replace *master. Returns 0 or a negative errno and fills *why.
 */
int cni_session_parent(struct cni_session *s, struct xm_link *master, struct xm_err *why);
/*
 * Checks that the configured MTU is not above the parent's, and the configured MAC is not the
 * parent's. Returns 0, or the code and fills *e.
 */
int cni_session_check_settings(const struct cni_request *r, const struct xm_link *parent,
			       struct cni_error *e);
/*
 * Finds the endpoint of (container, interface) in any network. Returns 1 and fills `name` and *ret
 * (may be NULL), 0 when there is none, or -1 and fills *e. ret->owner is NULL.
 */
int cni_session_find(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
		     struct xm_endpoint_info *ret, struct cni_error *e);
/* Finds the endpoint of (network, container, interface). Returns as cni_session_find(). */
int cni_session_find_own(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
			 struct cni_error *e);
/*
 * Whether the endpoint belongs to the request's (network, container, interface). info->owner is not
 * NULL.
 */
bool cni_request_owns(const struct cni_request *r, const struct xm_endpoint_info *info);
/* Removes an endpoint; a missing one is no error */
int cni_session_del(struct cni_session *s, const char *name, struct cni_error *e);

#endif
