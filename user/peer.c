// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The peer end is in another namespace as a rule: what the kernel does not let us change from outside */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"
#include "parent.h"

struct job {
	uint32_t ifindex;
	const uint8_t *mac; /* NULL: GRO */
};

static int set_mac(const struct job *job)
{
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return err;
	err = xm_link_set_mac(&nl, job->ifindex, job->mac);
	xm_nl_close(&nl);
	return err;
}

static int set_gro(const struct job *job)
{
	char name[IF_NAMESIZE];

	return if_indextoname(job->ifindex, name) ? xm_link_set_gro(name, true) : -errno;
}

static int do_job(void *data)
{
	const struct job *job = data;

	return job->mac ? set_mac(job) : set_gro(job);
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

int xm_peer_set_mac(struct xm_parent *p, const struct xm_slot *ep, const uint8_t *mac, struct xm_err *e)
{
	struct job job = { ep->rec.peer_ifindex, mac };
	int err = run(p, ep, -1, &job);

	return err ? xm_fail(e, err, "cannot change the address of %s: %s", ep->rec.name,
			     err == -ENOENT ? "its namespace cannot be found" : strerror(-err)) :
		     0;
}

int xm_peer_set_gro(struct xm_parent *p, const struct xm_slot *ep, int netns_fd)
{
	struct job job = { ep->rec.peer_ifindex, NULL };

	return run(p, ep, netns_fd, &job);
}
