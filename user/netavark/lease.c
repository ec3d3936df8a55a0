// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "mac.h"
#include "net/netns.h"
#include "netavark/lease.h"
#include "pins/pin_root.h"

#define RENEWER_MS 5000 /* how long xmacvlan-dhcp may take to start, as at boot */
#define LOOK_MS	   50

int netavark_lease_check(struct xm_err *e)
{
	int64_t end = xm_now_ms() + RENEWER_MS;
	uint64_t netns = 0;

	xm_netns_cookie(&netns);
	while (!xm_daemon_is_running(XM_DAEMON_DHCP, netns) && xm_now_ms() < end)
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000 }, NULL);
	return xm_daemon_is_running(XM_DAEMON_DHCP, netns)
		       ? 0
		       : xm_fail(e, ESRCH,
				 "no xmacvlan-dhcp runs here, which renews leases of the IPAM "
				 "driver dhcp: systemctl enable --now xmacvlan-dhcp.service");
}

/* The server may write the name into its DNS: a container whose name is no host name has none */
static void lease_set_hostname(struct xm_lease *l, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";
	size_t len = strlen(name);

	if (len < sizeof(l->hostname) && strspn(name, allowed) == len)
		snprintf(l->hostname, sizeof(l->hostname), "%s", name);
}

/* Before the server grants it: a setup that is killed leaves nothing that is not found again */
static int lease_keep_offer(const struct xm_dhcp_reply *offer, void *data, struct xm_err *e)
{
	struct xm_lease *l = data;

	xm_lease_take_offer(l, offer);
	return xm_lease_save(XM_LEASES_PODMAN, l, e);
}

/* The server may have another address for the MAC by now */
static int lease_ask(struct xm_lease *l, uint32_t former, struct xm_dhcp_reply *reply,
		     struct xm_err *e)
{
	const struct xm_dhcp_client client = { .parent = l->parent,
					       .mac = l->mac,
					       .hostname = l->hostname };

	if (former && !xm_dhcp_client_request(&client, former, 0, reply, NULL))
		return 0;
	return xm_lease_ask(&client, former, lease_keep_offer, l, reply, e);
}

static int lease_check_mask(const struct xm_dhcp_reply *reply, const char *parent, struct xm_err *e)
{
	return xm_dhcp_reply_bits(reply)
		       ? 0
		       : xm_fail(e, EPROTO, "the DHCP server on '%s' gives no subnet mask", parent);
}

/* As if podman had chosen the address */
static void lease_fill_request(const struct xm_lease *l, struct netavark_request *r)
{
	struct netavark_subnet *s = &r->leased;

	*s = (struct netavark_subnet){ .prefix = xm_lease_prefix(l) };
	if (l->router) {
		s->gateway = (struct xm_prefix){ .family = AF_INET, .len = 4, .bits = 32 };
		memcpy(s->gateway.bytes, &l->router, sizeof(l->router));
	}
	r->addresses[0] = s->prefix;
	r->subnets[0] = s;
	r->address_count = 1;
}

int netavark_lease_take(struct netavark_request *r, const char *parent,
			const uint8_t mac[XM_MAC_LEN], struct xm_lease *ret, struct xm_err *e)
{
	const struct netavark_network *n = &r->network;
	struct xm_lease former;
	char name[XM_NAME_LEN];
	uint32_t wanted = 0;
	int err;

	xm_attachment_name(&r->attachment, 'p', name);
	if (xm_lease_load(XM_LEASES_PODMAN, name, &former)) {
		if (xm_mac_equal(former.mac, mac) && !strcmp(former.parent, parent))
			wanted = former.address;
		else
			netavark_lease_end(r);
	}
	*ret = (struct xm_lease){ .default_route = !n->internal && !n->options.no_default_route,
				  .metric = n->options.metric };
	xm_netns_cookie(&ret->netns);
	snprintf(ret->id, sizeof(ret->id), "%s", name);
	snprintf(ret->parent, sizeof(ret->parent), "%s", parent);
	memcpy(ret->mac, mac, XM_MAC_LEN);
	lease_set_hostname(ret, r->container_name);
	err = lease_ask(ret, wanted, &r->reply, e);
	if (!err) {
		xm_lease_take(ret, &r->reply);
		err = lease_check_mask(&r->reply, parent, e);
	}
	if (!err)
		err = xm_lease_save(XM_LEASES_PODMAN, ret, e);
	if (!err)
		lease_fill_request(ret, r);
	return err;
}

void netavark_lease_end(const struct netavark_request *r)
{
	char name[XM_NAME_LEN];
	struct xm_lease l;

	xm_attachment_name(&r->attachment, 'p', name);
	if (xm_lease_load(XM_LEASES_PODMAN, name, &l)) {
		xm_lease_release(&l, NULL);
		xm_lease_forget(XM_LEASES_PODMAN, &l);
	}
}
