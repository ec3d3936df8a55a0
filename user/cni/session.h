/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An engine session where the master is. Unless it only reads, it holds the engine's lock, so no
 * IPAM plugin runs meanwhile: that may call xmacvlan itself.
 */
#ifndef XM_CNI_SESSION_H
#define XM_CNI_SESSION_H

#include "cni/request.h"
#include "engine/engine.h"
#include "net/netns.h"

struct cni_session {
	struct xm_engine *engine;
	struct xm_nl nl; /* in the same network namespace */
	bool entered; /* another network namespace, until the session is closed */
	struct xm_netns_scope scope;
};

/*
 * Opens a session in the network namespace of a descriptor, or in the current one (-1). After an
 * error there is nothing to close.
 */
int cni_session_open(struct cni_session *s, int netns_fd, struct cni_error *e);
/* The same without the lock: only to look. Without a bpffs there are no endpoints. */
int cni_session_open_reader(struct cni_session *s, int netns_fd, struct cni_error *e);
void cni_session_close(struct cni_session *s);

/* Finds the master, configured or by the default route */
int cni_session_master(struct cni_session *s, const struct cni_request *r, struct xm_link *ret,
		       struct cni_error *e);
/*
 * Checks that the master can be a parent, or is one; *master becomes that parent, as
 * xm_engine_may_attach(). Returns 0 or a negative errno and fills *why.
 */
int cni_session_parent(struct cni_session *s, struct xm_link *master, struct xm_err *why);
/* Checks that the configured MTU and MAC suit the parent */
int cni_session_check_settings(const struct cni_request *r, const struct xm_link *parent,
			       struct cni_error *e);
/*
 * Finds the endpoint of (container, interface) in any network. Returns 1 and fills `name` and *ret
 * (may be NULL; without the owner), 0 when there is none, or -1 and fills *e.
 */
int cni_session_find(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
		     struct xm_endpoint_info *ret, struct cni_error *e);
/* The same of (network, container, interface) */
int cni_session_find_own(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
			 struct cni_error *e);
/* Whether the endpoint, which has an owner, is that of (network, container, interface) */
bool cni_request_owns(const struct cni_request *r, const struct xm_endpoint_info *info);
/* Removes an endpoint; a missing one is no error */
int cni_session_del(struct cni_session *s, const char *name, struct cni_error *e);

#endif
