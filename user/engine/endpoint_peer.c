// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The peer end is in another namespace as a rule: what the kernel does not let us change from outside */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "net/ethtool.h"
#include "net/netns.h"
#include "engine/internal.h"

struct job {
	uint32_t ifindex;
	const uint8_t *mac;
	uint32_t mtu;
	int (*fn)(struct xm_nl *nl, const struct job *job);
};

static int set_mac(struct xm_nl *nl, const struct job *job)
{
	return xm_link_set_mac(nl, job->ifindex, job->mac);
}

static int set_mtu(struct xm_nl *nl, const struct job *job)
{
	return xm_link_set_mtu(nl, job->ifindex, job->mtu);
}

static int do_job(void *data)
{
	const struct job *job = data;
	struct xm_nl nl;
	int err;

	err = xm_nl_open(&nl);
	if (err)
		return err;
	err = job->fn(&nl, job);
	xm_nl_close(&nl);
	return err;
}

/* netns_fd: of the peer's namespace, or -1: it is searched */
static int run_there(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd, int (*fn)(void *), void *data)
{
	int err, fd = netns_fd;

	if (fd < 0)
		fd = xm_netns_open_nsid(&p->engine->nl, ep->rec.peer_nsid);
	if (fd < 0)
		return fd;
	err = xm_netns_run(fd, fn, data);
	if (fd != netns_fd)
		close(fd);
	return err;
}

static int run(struct xm_parent *p, const struct xm_endpoint *ep, struct job *job)
{
	return ep->rec.peer_nsid == XM_NSID_SELF ? do_job(job) : run_there(p, ep, -1, do_job, job);
}

static int open_ethtool(void *unused)
{
	(void)unused;
	return xm_ethtool_open();
}

/*
 * A socket for the peer. The last one is kept: it holds its namespace, so that the namespace's id cannot
 * come to mean another one.
 */
static int peer_ethtool(struct xm_parent *p, const struct xm_endpoint *ep, int netns_fd)
{
	struct xm_engine *engine = p->engine;

	if (ep->rec.peer_nsid == XM_NSID_SELF)
		return engine->ethtool;
	if (engine->peer_ethtool >= 0 && engine->peer_nsid == ep->rec.peer_nsid)
		return engine->peer_ethtool;
	if (engine->peer_ethtool >= 0)
		close(engine->peer_ethtool);
	engine->peer_nsid = ep->rec.peer_nsid;
	engine->peer_ethtool = run_there(p, ep, netns_fd, open_ethtool, NULL);
	return engine->peer_ethtool;
}

static int said(int err, const char *what, const struct xm_endpoint *ep, struct xm_err *e)
{
	if (!err)
		return 0;
	return xm_fail(e, err, "cannot change the %s of %s: %s", what, ep->rec.name, xm_netns_why(err));
}

int xm_peer_set_mac(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac, struct xm_err *e)
{
	struct job job = { .ifindex = ep->rec.peer_ifindex, .mac = mac, .fn = set_mac };

	return said(run(p, ep, &job), "address", ep, e);
}

int xm_peer_set_mtu(struct xm_parent *p, const struct xm_endpoint *ep, uint32_t mtu, struct xm_err *e)
{
	struct job job = { .ifindex = ep->rec.peer_ifindex, .mtu = mtu, .fn = set_mtu };

	return said(run(p, ep, &job), "mtu", ep, e);
}

void xm_peer_give_napi(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd)
{
	if (xm_ethtool_set_gro(peer_ethtool(p, ep, netns_fd), ep->rec.peer_ifindex, true))
		return;
	ep->rec.port.flags |= XM_PORT_NAPI;
	/*
	 * The host end sends into its peer's NAPI ring only without TSO (veth_skb_is_eligible_for_gro). What
	 * has GSO does not come that way but by bpf_redirect_peer(), unless the peer is beside the parent:
	 * then TSO stays.
	 */
	xm_ethtool_set_tso(p->engine->ethtool, ep->rec.host_ifindex, ep->rec.peer_nsid == XM_NSID_SELF);
}

bool xm_peer_has_gro(struct xm_parent *p, const struct xm_endpoint *ep)
{
	int fd = peer_ethtool(p, ep, -1);

	/* Who may not look leaves it as it is known */
	if (fd == -EPERM)
		return ep->rec.port.flags & XM_PORT_NAPI;
	return xm_ethtool_has_gro(fd, ep->rec.peer_ifindex) == 1;
}
