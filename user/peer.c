// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The peer end is in another namespace as a rule: what the kernel does not let us change from outside */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "parent.h"

struct job {
	uint32_t ifindex;
	const uint8_t *mac;
	uint32_t mtu;
	bool ask; /* whether it has GRO, not to set it */
	int (*in_nl)(struct xm_nl *nl, const struct job *job); /* NULL: GRO */
};

static int set_mac(struct xm_nl *nl, const struct job *job)
{
	return xm_link_set_mac(nl, job->ifindex, job->mac);
}

static int set_mtu(struct xm_nl *nl, const struct job *job)
{
	return xm_link_set_mtu(nl, job->ifindex, job->mtu);
}

static int gro(const struct job *job)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(job->ifindex, name))
		return -errno;
	return job->ask ? xm_link_has_gro(name) : xm_link_set_gro(name, true);
}

static int do_job(void *data)
{
	const struct job *job = data;
	struct xm_nl nl;
	int err;

	if (!job->in_nl)
		return gro(job);
	err = xm_nl_open(&nl);
	if (err)
		return err;
	err = job->in_nl(&nl, job);
	xm_nl_close(&nl);
	return err;
}

static int run(struct xm_parent *p, const struct xm_slot *ep, int netns_fd, struct job *job)
{
	int err, fd = netns_fd;

	if (ep->rec.peer_nsid == XM_NSID_SELF)
		return do_job(job);
	if (fd < 0)
		fd = xm_netns_open_nsid(&p->engine->nl, ep->rec.peer_nsid);
	if (fd < 0)
		return fd;
	err = xm_netns_run(fd, do_job, job);
	if (fd != netns_fd)
		close(fd);
	return err;
}

static int said(int err, const char *what, const struct xm_slot *ep, struct xm_err *e)
{
	if (!err)
		return 0;
	return xm_fail(e, err, "cannot change the %s of %s: %s", what, ep->rec.name,
		       err == -ENOENT ? "its namespace cannot be found" : strerror(-err));
}

int xm_peer_set_mac(struct xm_parent *p, const struct xm_slot *ep, const uint8_t *mac, struct xm_err *e)
{
	struct job job = { .ifindex = ep->rec.peer_ifindex, .mac = mac, .in_nl = set_mac };

	return said(run(p, ep, -1, &job), "address", ep, e);
}

int xm_peer_set_mtu(struct xm_parent *p, const struct xm_slot *ep, uint32_t mtu, struct xm_err *e)
{
	struct job job = { .ifindex = ep->rec.peer_ifindex, .mtu = mtu, .in_nl = set_mtu };

	return said(run(p, ep, -1, &job), "mtu", ep, e);
}

/*
 * The host end sends into its peer's NAPI ring only without TSO (veth_skb_is_eligible_for_gro). What has GSO
 * does not come that way but by bpf_redirect_peer(), unless the peer is beside the parent: then TSO stays.
 */
static void use_ring(struct xm_parent *p, const struct xm_slot *ep)
{
	char name[XM_NAME_LEN];

	snprintf(name, sizeof(name), XM_HOST_END_FORMAT, p->meta.parent_ifindex, ep->slot);
	xm_link_set_tso(name, ep->rec.peer_nsid == XM_NSID_SELF);
}

void xm_peer_give_napi(struct xm_parent *p, struct xm_slot *ep, int netns_fd)
{
	struct job job = { .ifindex = ep->rec.peer_ifindex };

	if (run(p, ep, netns_fd, &job))
		return;
	ep->rec.port.flags |= XM_PORT_NAPI;
	use_ring(p, ep);
}

bool xm_peer_has_gro(struct xm_parent *p, const struct xm_slot *ep)
{
	struct job job = { .ifindex = ep->rec.peer_ifindex, .ask = true };

	return run(p, ep, -1, &job) == 1;
}
