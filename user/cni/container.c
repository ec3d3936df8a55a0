// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <linux/if_addr.h>

#include "cni/container.h"
#include "cni/naming.h"
#include "cni/route_check.h"
#include "runtime/container.h"

/* The calling thread is in the container's network namespace from enter to leave */
struct container {
	const struct cni_request *r;
	struct xm_container device;
	struct cni_error *e;
};

static int container_enter(struct container *c, const struct cni_request *r, int netns_fd,
			   struct cni_error *e)
{
	struct xm_err why = {};

	*c = (struct container){ .r = r, .e = e };
	return xm_container_enter(&c->device, netns_fd, r->env.ifname, &why)
		       ? cni_fail(e, CNI_E_NETNS, "CNI_NETNS '%s': %s", r->env.netns, why.text)
		       : 0;
}

static void container_leave(struct container *c)
{
	xm_container_leave(&c->device);
}

static int container_fail(struct container *c, int err, const struct xm_err *why)
{
	return err ? cni_fail_engine(c->e, CNI_E_REFUSED, err, why) : 0;
}

int cni_container_set_up(const struct cni_request *r, int netns_fd, struct xm_link *ret,
			 struct cni_error *e)
{
	struct xm_err why = {};
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	/* As the reference plugin */
	err = xm_container_set_up(&c.device, r->config.ipam_type, &why);
	err = container_fail(&c, err, &why);
	if (!err)
		*ret = c.device.link;
	container_leave(&c);
	return err;
}

int cni_container_configure(const struct cni_request *r, int netns_fd,
			    const struct cni_ip_config *ip, bool has_carrier, struct cni_error *e)
{
	const struct xm_container_ip what = {
		.addresses = ip->addresses,
		.address_count = ip->address_count,
		.routes = ip->routes,
		.route_count = ip->route_count,
		.has_carrier = has_carrier,
	};
	struct xm_err why = {};
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	err = xm_container_configure(&c.device, &what, &why);
	err = container_fail(&c, err, &why);
	container_leave(&c);
	return err;
}

/* ifindex: the device that has to have the address; 0: any device */
static int container_check_address(struct container *c, const struct xm_prefix *a, uint32_t ifindex)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t flags = 0;
	struct xm_err why = {};
	int ret = xm_ipaddr_has(&c->device.nl, ifindex, a, &flags);

	if (ret < 0) {
		xm_container_refused(&c->device, ret, "read the addresses of", &why);
		return container_fail(c, ret, &why);
	}
	if (ret && !(flags & IFA_F_DADFAILED))
		return 0;
	return cni_fail(c->e, CNI_E_CHECK, "%s'%s' no longer has the address %s/%u of prevResult",
			ifindex ? "" : "the container of ", c->r->env.ifname,
			inet_ntop(a->family, a->bytes, text, sizeof(text)), a->bits);
}

/* An address without `interface` may belong to another plugin and be on any device */
static int container_check_addresses(struct container *c, const struct cni_ip_config *ip)
{
	int err = 0;

	for (size_t i = 0; i < ip->address_count && !err; i++)
		err = container_check_address(c, &ip->addresses[i], c->device.link.ifindex);
	for (size_t i = 0; i < ip->any_address_count && !err; i++)
		err = container_check_address(c, &ip->any_addresses[i], 0);
	return err;
}

int cni_container_check(const struct cni_request *r, int netns_fd, const struct cni_ip_config *ip,
			struct xm_link *ret, struct cni_error *e)
{
	struct xm_err why = {};
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	err = xm_container_find_link(&c.device, &why);
	err = container_fail(&c, err, &why);
	/* First: the kernel drops the routes and IPv6 addresses of a device that is down */
	if (!err && !(c.device.link.flags & IFF_UP))
		err = cni_fail(e, CNI_E_CHECK, "'%s' is down", r->env.ifname);
	if (!err)
		err = container_check_addresses(&c, ip);
	if (!err)
		err = cni_routes_check(r, &c.device.nl, c.device.link.ifindex, ip, e);
	if (!err)
		*ret = c.device.link;
	container_leave(&c);
	return err;
}

int cni_container_remove(const struct cni_request *r, int netns_fd, struct cni_error *e)
{
	char name[XM_NAME_LEN];
	struct xm_err why = {};
	struct container c;
	int err = container_enter(&c, r, netns_fd, e);

	if (err)
		return err;
	cni_endpoint_name(r, name);
	err = xm_container_remove(&c.device, name, &why);
	err = container_fail(&c, err, &why);
	container_leave(&c);
	return err;
}
