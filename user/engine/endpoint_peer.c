// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The peer end: changes that the kernel allows only from inside its network namespace */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/endpoint_peer.h"
#include "engine/kinds.h"
#include "net/ethtool.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/sysctl.h"
#include "net/uc_filter.h"

/*
 * Calls `open` in the namespace of the peer end, for example to open a socket, which works there
 * also after this thread has left the namespace. netns_fd: that namespace; -1: it is searched for.
 */
static int peer_open(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd,
		     int (*open_socket)(void *), void *data)
{
	struct xm_netns_scope scope;
	int err, fd = netns_fd;

	if (ep->rec.peer_nsid == XM_NSID_SELF)
		return open_socket(data);
	if (fd < 0)
		fd = xm_netns_open_nsid(&p->engine->nl, ep->rec.peer_nsid);
	if (fd < 0)
		return fd;
	err = xm_netns_scope_enter(&scope, fd);
	if (!err) {
		err = open_socket(data);
		xm_netns_scope_leave(&scope);
	}
	if (fd != netns_fd)
		close(fd);
	return err;
}

static int open_nl(void *nl)
{
	return xm_nl_open(nl);
}

static int open_ethtool(void *unused)
{
	(void)unused;
	return xm_ethtool_open();
}

static int peer_fail(int err, const char *what, const struct xm_endpoint *ep, const char *why,
		     struct xm_err *e)
{
	return xm_fail(e, err, "cannot change the %s of %s: %s", what, ep->rec.name, why);
}

int xm_peer_set_mac(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		    struct xm_err *e)
{
	struct xm_nl nl;
	int err;

	if (!xm_kind_of(ep)->has_peer)
		return 0;
	err = peer_open(p, ep, -1, open_nl, &nl);
	if (err)
		return peer_fail(err, "address", ep, xm_netns_why(err), e);
	err = xm_link_set_mac(&nl, ep->rec.peer_ifindex, mac);
	if (err)
		peer_fail(err, "address", ep, xm_nl_why(&nl, err), e);
	xm_nl_close(&nl);
	return err;
}

int xm_peer_set_mtu(struct xm_parent *p, const struct xm_endpoint *ep, uint32_t mtu,
		    struct xm_err *e)
{
	struct xm_nl nl;
	int err = peer_open(p, ep, -1, open_nl, &nl);

	if (err)
		return peer_fail(err, "mtu", ep, xm_netns_why(err), e);
	err = xm_link_set_mtu(&nl, ep->rec.peer_ifindex, mtu);
	if (err)
		peer_fail(err, "mtu", ep, xm_nl_why(&nl, err), e);
	xm_nl_close(&nl);
	return err;
}

static int mac_list_take(const uint8_t *mac, void *data)
{
	struct xm_mac_list *list = data;

	if (list->count < XM_MAC_LIST_MAX)
		memcpy(list->macs[list->count++], mac, XM_MAC_LEN);
	return 0;
}

int xm_peer_read_macs(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_mac_list *ret,
		      struct xm_err *e)
{
	struct xm_nl nl;
	int err = peer_open(p, ep, -1, open_nl, &nl);

	ret->count = 0;
	if (err)
		return xm_fail(e, err, "cannot read the addresses of %s: %s", ep->rec.name,
			       xm_netns_why(err));
	err = xm_uc_filter_each(&nl, ep->rec.peer_ifindex, mac_list_take, ret);
	if (err)
		xm_fail(e, err, "cannot read the addresses of %s: %s", ep->rec.name,
			xm_nl_why(&nl, err));
	xm_nl_close(&nl);
	return err;
}

struct peer_sysctls {
	const char *ifname;
	const struct xm_add *add;
	const char *failed; /* sysctl that could not be set */
};

static int peer_write_sysctl(struct peer_sysctls *s, const char *key, bool on, const char *value)
{
	int err = xm_sysctl_set("ipv6", s->ifname, key, value);

	/* A kernel without IPv6 has no such sysctl, and IPv6 is off */
	if (err == -ENOENT && !on)
		return 0;
	s->failed = key;
	return err == -ENOENT ? -EAFNOSUPPORT : err;
}

static int peer_write_sysctls(void *data)
{
	struct peer_sysctls *s = data;
	const struct xm_add *add = s->add;
	int err = 0;

	if (add->has_accept_ra)
		err = peer_write_sysctl(s, "accept_ra", add->accept_ra, add->accept_ra ? "2" : "0");
	if (!err && add->has_ipv6)
		err = peer_write_sysctl(s, "disable_ipv6", add->ipv6, add->ipv6 ? "0" : "1");
	return err;
}

int xm_peer_set_sysctls(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd,
			const struct xm_add *add, struct xm_err *e)
{
	struct peer_sysctls s = { .ifname = ep->rec.requested_ifname,
				  .add = add,
				  .failed = "IPv6" };
	int err;

	if (!add->has_ipv6 && !add->has_accept_ra)
		return 0;
	err = peer_open(p, ep, netns_fd, peer_write_sysctls, &s);
	return err ? peer_fail(err, s.failed, ep, xm_netns_why(err), e) : 0;
}

/*
 * The ethtool socket for the peer end. The last one is kept: it holds its namespace, so that the id
 * of that namespace cannot come to mean another one.
 */
static int peer_ethtool(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd)
{
	struct xm_add_cache *cache = &p->engine->add_cache;

	if (ep->rec.peer_nsid == XM_NSID_SELF)
		return p->engine->ethtool;
	if (cache->peer_ethtool >= 0 && cache->peer_nsid == ep->rec.peer_nsid)
		return cache->peer_ethtool;
	if (cache->peer_ethtool >= 0)
		close(cache->peer_ethtool);
	cache->peer_nsid = ep->rec.peer_nsid;
	cache->peer_ethtool = peer_open(p, ep, netns_fd, open_ethtool, NULL);
	return cache->peer_ethtool;
}

void xm_peer_give_napi(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd)
{
	if (!xm_kind_of(ep)->has_napi ||
	    xm_ethtool_set_gro(peer_ethtool(p, ep, netns_fd), ep->rec.peer_ifindex, true))
		return;
	ep->rec.port.flags |= XM_PORT_NAPI;
	/*
	 * Only without TSO does the host end send into the NAPI ring of its peer
	 * (veth_skb_is_eligible_for_gro()). Frames with GSO take bpf_redirect_peer() instead. A
	 * peer end beside the parent cannot be reached by that, so its host end keeps TSO.
	 */
	xm_ethtool_set_tso(p->engine->ethtool, ep->rec.host_ifindex,
			   ep->rec.peer_nsid == XM_NSID_SELF);
}

bool xm_peer_has_gro(struct xm_parent *p, const struct xm_endpoint *ep)
{
	int fd = peer_ethtool(p, ep, -1);

	/* Without the capability to look there, the record's flag stays as it is */
	if (fd == -EPERM)
		return ep->rec.port.flags & XM_PORT_NAPI;
	return xm_ethtool_has_gro(fd, ep->rec.peer_ifindex) == 1;
}
