// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether all is whole after a command was killed. See invariants.h. */
#include <linux/if_ether.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "mark.h"
#include "invariants.h"

int invariants_fail(struct invariants *w, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->bad++;
	xmt_fail("after %s: %s", w->last, text);
	return -1;
}

/* An endpoint of `show`: its device is there with its MAC, the filter has it, the wire reaches it
 */
static int check_endpoint(struct invariants *w, const json_t *ep)
{
	const char *name = json_string_value(json_object_get(ep, "name"));
	const char *mac = json_string_value(json_object_get(ep, "address"));
	const char *mode = json_string_value(json_object_get(ep, "mode"));
	const struct xmt_ns *ns = &w->net.peer[strcmp(name, "k0") ? 1 : 0];
	uint8_t is[6];
	int rx;
	bool ok;

	if (nt_exists(&w->net.host, name))
		ns = &w->net.host; /* beside the parent */
	if (xmt_link_mac(ns, name, is))
		return invariants_fail(w, "%s is shown but has no device", name);
	if (strcmp(xmt_mac_text(is), mac))
		return invariants_fail(w, "%s has %s, shown is %s", name, xmt_mac_text(is), mac);
	if (strcmp(mode, "passthru") && !leftovers_in_filter(&w->net.host, mac))
		return invariants_fail(w, "%s is not in the parent's filter", mac);
	if (!strcmp(mode, "source"))
		return 0;
	xmt_must("ip -n %s link set %s up", ns->name, name);
	rx = xmt_pkt_open(ns, xmt_ifindex(ns, name), ETH_P_ALL);
	ok = mark_arrives(w->wire_tx, rx, mac, NT_WIRE_MAC);
	if (!ok) { /* it has just come up: see nt_settle() */
		nt_settle(&w->net.host);
		ok = mark_arrives(w->wire_tx, rx, mac, NT_WIRE_MAC);
	}
	xmt_pkt_close(&rx, 1);
	return ok ? 0 : invariants_fail(w, "%s (%s) does not receive", name, mode);
}

/* Our addresses in p0's filter */
unsigned int invariants_filter_entries(const struct invariants *w)
{
	const char *at;
	unsigned int n = 0;

	xmt_must("bridge -n %s fdb show dev p0", w->net.host.name);
	for (at = xmt_output(); (at = strstr(at, "02:00:00:00:0")); at++)
		n++;
	return n;
}

unsigned int invariants_devices(const struct invariants *w)
{
	char name[16];
	unsigned int n = nt_exists(&w->net.peer[0], "k0");

	for (int i = 0; i < INVARIANTS_DEVICES; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		n += nt_exists(&w->net.peer[1], name) + nt_exists(&w->net.host, name);
	}
	return n;
}

/* Endpoints among the objects; parents have no mode */
static size_t count_endpoints(struct invariants *w, const json_t *doc)
{
	size_t i, n = 0;
	json_t *o;

	json_array_foreach((json_t *)doc, i, o) {
		if (!json_object_get(o, "mode"))
			continue;
		n++;
		if (check_endpoint(w, o))
			break;
	}
	return n;
}

/*
 * Once for all endpoints: allmulticast, and promiscuous. A veth has no unicast filter, so the kernel
 * makes it promiscuous while there are addresses; a passthru endpoint has none, and may be nopromisc.
 */
static void check_counts(struct invariants *w, size_t n)
{
	const char *counts = leftovers_promiscuity(&w->net.host);
	unsigned int promiscuity, allmulti;

	sscanf(counts, "promiscuity %u allmulti %u", &promiscuity, &allmulti);
	if (allmulti != (n > 0) || (w->passthru ? promiscuity > (n > 0) : promiscuity != (n > 0)))
		invariants_fail(w, "%zu endpoints, %s", n, counts);
}

/* parent_tx is there while an endpoint has host access; no folder is half made */
static void check_pins(struct invariants *w, const json_t *doc)
{
	bool host = false, tx;
	size_t i;
	json_t *o;

	json_array_foreach((json_t *)doc, i, o)
		host |= json_is_true(json_object_get(
			json_object_get(json_object_get(o, "linkinfo"), "info_data"), "host"));
	tx = !access("/sys/fs/bpf/xmacvlan", F_OK) &&
	     !xmt_run("ls /sys/fs/bpf/xmacvlan/*/parent_tx_link");
	if (tx != host && !getenv("XMACVLAN_TC"))
		invariants_fail(w, "host access is %s, parent_tx is %s", host ? "on" : "off",
				tx ? "there" : "not there");
	if (!xmt_run("ls -d /sys/fs/bpf/xmacvlan/new-*"))
		invariants_fail(w, "half made: %s", xmt_output());
}

bool invariants_k0_communicates(const struct invariants *w)
{
	return w->k0_rx < 0 || (mark_arrives(w->wire_tx, w->k0_rx, K0_MAC, NT_WIRE_MAC) &&
				mark_arrives(w->k0_tx, w->wire_rx, NT_WIRE_MAC, K0_MAC));
}

void invariants_check(struct invariants *w)
{
	json_t *doc = nt_xm_json(&w->net.host, "show");
	const char *left;
	size_t n;

	if (!json_is_array(doc)) {
		nt_xm(&w->net.host, "show");
		invariants_fail(w, "show: %s", xmt_output());
		json_decref(doc);
		return;
	}
	n = count_endpoints(w, doc);
	if (leftovers_host_ends(&w->net.host) != n || invariants_devices(w) != n)
		invariants_fail(w, "%zu endpoints, %u host ends, %u devices", n,
				leftovers_host_ends(&w->net.host), invariants_devices(w));
	if (!strstr(w->last, "passthru") && !w->passthru && invariants_filter_entries(w) != n)
		invariants_fail(w, "%zu endpoints, filter:\n%s", n, xmt_output());
	if (!!(leftovers_flags(&w->net.host) & IFF_ALLMULTI) != (n > 0))
		invariants_fail(w, "%zu endpoints, allmulticast %s", n, n ? "off" : "on");
	check_counts(w, n);
	check_pins(w, doc);
	if (!json_array_size(doc)) {
		left = leftovers_on_parent(&w->net.host);
		if (left)
			invariants_fail(w, "nothing shown, but left: %s", left);
	}
	if (!invariants_k0_communicates(w))
		invariants_fail(w, "k0, which nobody touched, does not communicate");
	json_decref(doc);
}

void invariants_make_net(struct invariants *w)
{
	nt_net(&w->net, 2, 0);
	w->wire_tx = mark_sender(&w->net.wire, "w0");
	w->wire_rx = xmt_pkt_open(&w->net.wire, xmt_ifindex(&w->net.wire, "w0"), ETH_P_ALL);
	w->k0_rx = w->k0_tx = -1;
}

void invariants_add_k0(struct invariants *w)
{
	nt_xm_must(&w->net.host, "add k0 link p0 netns %s address " K0_MAC, w->net.peer[0].name);
	xmt_must("ip -n %s link set k0 up", w->net.peer[0].name);
	w->k0_rx = xmt_pkt_open(&w->net.peer[0], xmt_ifindex(&w->net.peer[0], "k0"), ETH_P_ALL);
	w->k0_tx = mark_sender(&w->net.peer[0], "k0");
}
