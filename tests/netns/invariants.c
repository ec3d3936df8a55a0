// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The invariants of a parent and its endpoints. See invariants.h. */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "probe.h"
#include "invariants.h"
#include "tap_fixture.h"

int invariants_fail(struct invariants *inv, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	inv->failures++;
	xmt_fail("after %s: %s", inv->what, text);
	return -1;
}

/* Whether the wire reaches a MAC of the endpoint */
static bool invariants_receives(const struct invariants *inv, int rx, const char *mac)
{
	if (probe_arrives(inv->wire_tx, rx, mac, NT_WIRE_MAC))
		return true;
	nt_wait_net(&inv->net); /* the device has just come up */
	return probe_arrives(inv->wire_tx, rx, mac, NT_WIRE_MAC);
}

/* The additional addresses: the filter has them, the wire reaches them */
static int invariants_check_addresses(struct invariants *inv, const json_t *ep, int rx)
{
	const char *name = json_string_value(json_object_get(ep, "name"));
	json_t *value;
	size_t i;

	json_array_foreach(json_object_get(ep, "addresses"), i, value) {
		const char *mac = json_string_value(value);

		if (!leftovers_in_filter(&inv->net.host, mac))
			return invariants_fail(inv, "%s is not in the filter of p0", mac);
		if (!invariants_receives(inv, rx, mac))
			return invariants_fail(inv, "%s of %s does not receive", mac, name);
	}
	return 0;
}

/* Opens what the endpoint receives. Returns a descriptor or a negative errno. */
static int invariants_open(const struct xmt_ns *ns, const char *name, bool tap)
{
	int fd;

	xmt_must("ip -n %s link set %s up", ns->name, name);
	if (!tap)
		return xmt_pkt_open(ns, xmt_ifindex(ns, name), ETH_P_ALL);
	fd = tap_open(ns, name, 0);
	if (fd == -EINVAL) /* it has several queues */
		fd = tap_open(ns, name, IFF_MULTI_QUEUE);
	if (fd >= 0)
		tap_wait(ns, name, true);
	return fd;
}

static bool invariants_is_tap(const json_t *ep)
{
	return json_object_get(ep, "tap") != NULL;
}

/* An endpoint of `show`: its device exists, device and filter have its MAC, the wire reaches it */
static int invariants_check_endpoint(struct invariants *inv, const json_t *ep)
{
	const char *name = json_string_value(json_object_get(ep, "name"));
	const char *mac = json_string_value(json_object_get(ep, "address"));
	const char *mode = json_string_value(json_object_get(ep, "mode"));
	const struct xmt_ns *ns = &inv->net.peer[strcmp(name, "k0") ? 1 : 0];
	uint8_t is[6];
	int rx, err;

	if (nt_exists(&inv->net.host, name))
		ns = &inv->net.host; /* beside the parent */
	if (xmt_link_mac(ns, name, is))
		return invariants_fail(inv, "%s is shown, but its device does not exist", name);
	if (!invariants_is_tap(ep) && strcmp(xmt_mac_text(is), mac))
		return invariants_fail(inv, "MAC of %s is %s, show prints %s", name,
				       xmt_mac_text(is), mac);
	if (strcmp(mode, "passthru") && !leftovers_in_filter(&inv->net.host, mac))
		return invariants_fail(inv, "%s is not in the filter of p0", mac);
	if (!strcmp(mode, "source"))
		return 0;
	rx = invariants_open(ns, name, invariants_is_tap(ep));
	if (invariants_receives(inv, rx, mac))
		err = invariants_check_addresses(inv, ep, rx);
	else
		err = invariants_fail(inv, "%s (mode %s) does not receive", name, mode);
	xmt_pkt_close(&rx, 1);
	return err;
}

unsigned int invariants_filter_entries(const struct invariants *inv)
{
	const char *at;
	unsigned int n = 0;

	xmt_must("bridge -n %s fdb show dev p0", inv->net.host.name);
	for (at = xmt_output(); (at = strstr(at, "02:00:00:00:0")); at++)
		n++;
	return n;
}

/* All MACs that the document's endpoints need in the filter: their own and the additional ones */
static size_t invariants_macs(const json_t *doc)
{
	size_t i, n = 0;
	json_t *o;

	json_array_foreach((json_t *)doc, i, o)
		if (json_object_get(o, "mode"))
			n += 1 + json_array_size(json_object_get(o, "addresses"));
	return n;
}

unsigned int invariants_devices(const struct invariants *inv)
{
	char name[16];
	unsigned int n = nt_exists(&inv->net.peer[0], "k0");

	for (int i = 0; i < INVARIANTS_DEVICES; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		n += nt_exists(&inv->net.peer[1], name) + nt_exists(&inv->net.host, name);
	}
	return n;
}

/* Checks the endpoints of the document and returns their number; parents have no mode. */
static size_t invariants_check_endpoints(struct invariants *inv, const json_t *doc)
{
	size_t i, n = 0;
	json_t *o;

	json_array_foreach((json_t *)doc, i, o) {
		if (!json_object_get(o, "mode"))
			continue;
		n++;
		if (invariants_check_endpoint(inv, o))
			break;
	}
	return n;
}

/*
 * Both counters are 1 for all endpoints together. A veth has no unicast filter: the kernel makes it
 * promiscuous while its filter has addresses. A passthru endpoint adds only additional ones and may
 * be nopromisc. macs: all that the endpoints have.
 */
static void invariants_check_promiscuity(struct invariants *inv, size_t n, size_t macs)
{
	const char *counts = leftovers_promiscuity(&inv->net.host);
	unsigned int promiscuity, allmulti;

	sscanf(counts, "promiscuity %u allmulti %u", &promiscuity, &allmulti);
	if (allmulti != (n > 0) ||
	    (inv->passthru ? promiscuity > 0u + (n > 0) + (macs > n) : promiscuity != (n > 0)))
		invariants_fail(inv, "%zu endpoints, but %s", n, counts);
}

/* parent_tx is attached while an endpoint has host access; no unfinished folder is left */
static void invariants_check_pins(struct invariants *inv, const json_t *doc)
{
	bool host = false, tx;
	size_t i;
	json_t *o;

	json_array_foreach((json_t *)doc, i, o)
		host |= json_is_true(json_object_get(
			json_object_get(json_object_get(o, "linkinfo"), "info_data"), "host"));
	tx = !access("/sys/fs/bpf/xmacvlan", F_OK) &&
	     !xmt_run("ls /sys/fs/bpf/xmacvlan/*/parent_tx_link");
	/* without tcx no link is pinned */
	if (tx != host && !xmt_run("ls /sys/fs/bpf/xmacvlan/*/parent_rx_link"))
		invariants_fail(inv, "host access is %s, parent_tx is %s", host ? "on" : "off",
				tx ? "pinned" : "not pinned");
	if (!xmt_run("ls -d /sys/fs/bpf/xmacvlan/new-*"))
		invariants_fail(inv, "unfinished folder: %s", xmt_output());
}

bool invariants_k0_communicates(const struct invariants *inv)
{
	return inv->k0_rx < 0 || (probe_arrives(inv->wire_tx, inv->k0_rx, K0_MAC, NT_WIRE_MAC) &&
				  probe_arrives(inv->k0_tx, inv->wire_rx, NT_WIRE_MAC, K0_MAC));
}

void invariants_check(struct invariants *inv)
{
	const char *left;
	json_t *doc;
	size_t n;

	nt_xm(&inv->net.host, "sync");
	doc = nt_xm_json(&inv->net.host, "show");
	if (!json_is_array(doc)) {
		nt_xm(&inv->net.host, "show");
		invariants_fail(inv, "show: %s", xmt_output());
		json_decref(doc);
		return;
	}
	n = invariants_check_endpoints(inv, doc);
	if (leftovers_host_ends(&inv->net.host) != n || invariants_devices(inv) != n)
		invariants_fail(inv, "%zu endpoints, but %u host ends and %u devices", n,
				leftovers_host_ends(&inv->net.host), invariants_devices(inv));
	if (!strstr(inv->what, "passthru") && !inv->passthru &&
	    invariants_filter_entries(inv) != invariants_macs(doc))
		invariants_fail(inv, "%zu addresses, but the filter of p0 is:\n%s",
				invariants_macs(doc), xmt_output());
	if (!!(leftovers_flags(&inv->net.host) & IFF_ALLMULTI) != (n > 0))
		invariants_fail(inv, "%zu endpoints, but allmulticast is %s", n, n ? "off" : "on");
	invariants_check_promiscuity(inv, n, invariants_macs(doc));
	invariants_check_pins(inv, doc);
	if (!json_array_size(doc)) {
		left = leftovers_on_parent(&inv->net.host);
		if (left)
			invariants_fail(inv, "nothing is shown, but this is left: %s", left);
	}
	if (!invariants_k0_communicates(inv))
		invariants_fail(inv, "k0, which no command changed, does not communicate");
	json_decref(doc);
}

void invariants_make_net(struct invariants *inv)
{
	nt_net(&inv->net, 2, 0);
	inv->wire_tx = probe_sender(&inv->net.wire, "w0");
	inv->wire_rx = xmt_pkt_open(&inv->net.wire, xmt_ifindex(&inv->net.wire, "w0"), ETH_P_ALL);
	inv->k0_rx = inv->k0_tx = -1;
}

void invariants_add_k0(struct invariants *inv)
{
	nt_xm_must(&inv->net.host, "add k0 link p0 netns %s address " K0_MAC,
		   inv->net.peer[0].name);
	xmt_must("ip -n %s link set k0 up", inv->net.peer[0].name);
	inv->k0_rx =
		xmt_pkt_open(&inv->net.peer[0], xmt_ifindex(&inv->net.peer[0], "k0"), ETH_P_ALL);
	inv->k0_tx = probe_sender(&inv->net.peer[0], "k0");
}
