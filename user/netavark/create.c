// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "net/link.h"
#include "netavark/commands.h"
#include "netavark/json.h"
#include "netavark/network.h"
#include "runtime/options.h"

/*
 * podman allocates addresses by itself (host-local), and knows the drivers dhcp and none. netavark
 * runs its DHCP client for its own drivers only: here the plugin is the client (lease.h).
 */
static int create_check_ipam(const struct netavark_network *n, struct xm_err *e)
{
	const char *ipam = n->ipam;

	if (n->leases && n->subnet_count)
		return xm_fail(e, EINVAL,
			       "the IPAM driver dhcp takes no subnet: addresses are those of the "
			       "LAN's DHCP server");
	if (n->leases || !strcmp(ipam, "none"))
		return 0;
	if (ipam[0] && strcmp(ipam, "host-local"))
		return xm_fail(e, EINVAL,
			       "the IPAM driver '%.100s' is none of dhcp, host-local and none",
			       ipam);
	return n->subnet_count || !ipam[0]
		       ? 0
		       : xm_fail(e, EINVAL,
				 "the network has no subnet: give --subnet, --ipam-driver dhcp or "
				 "--ipam-driver none");
}

/* As for podman's own macvlan driver the parent has to exist */
static int create_check_parent(const struct netavark_network *n, struct xm_err *e)
{
	struct xm_link link;
	struct xm_nl nl;
	int err;

	if (!n->parent[0])
		return 0;
	err = xm_nl_open(&nl);
	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	err = xm_link_get(&nl, XM_NSID_SELF, n->parent, 0, &link);
	if (err)
		xm_fail(e, err, "parent '%s': %s", n->parent, xm_nl_why(&nl, err));
	else
		err = xm_option_mtu_fits("mtu", n->options.mtu, &link, e);
	xm_nl_close(&nl);
	return err;
}

/*
 * aardvark-dns serves no network of a plugin. `dns_enabled` stays only with servers of the network,
 * which podman keeps only then.
 */
static json_t *create_document(const json_t *document, const struct netavark_network *n)
{
	json_t *ret = json_deep_copy(document);
	json_t *ipam = netavark_json_get(ret, "ipam_options");
	json_t *options = netavark_json_get(ret, "options");

	json_object_set_new(ret, "network_interface", json_string(n->parent));
	json_object_del(options, "parent");
	if (!ipam) {
		ipam = json_object();
		json_object_set_new(ret, "ipam_options", ipam);
	}
	/* Without a subnet podman's macvlan driver takes dhcp, too */
	json_object_set_new(ipam, "driver",
			    json_string(n->ipam[0]	  ? n->ipam
					: n->subnet_count ? "host-local"
							  : "dhcp"));
	json_object_set_new(ret, "dns_enabled", json_boolean(json_array_size(n->dns_servers)));
	return ret;
}

int netavark_create(const json_t *document, json_t **ret, struct xm_err *e)
{
	struct netavark_network network;
	int err = netavark_network_read(document, &network, e);

	if (!err)
		err = create_check_ipam(&network, e);
	if (!err)
		err = create_check_parent(&network, e);
	if (!err)
		*ret = create_document(document, &network);
	netavark_network_free(&network);
	return err;
}
