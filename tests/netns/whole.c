// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether all is whole after a command was killed. See whole.h. */
#include <linux/if_ether.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "left.h"
#include "mark.h"
#include "whole.h"

int whole_wrong(struct whole *w, const char *fmt, ...)
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

bool whole_passes(int tx, int rx, const char *dst, const char *src)
{
	static struct xmt_pkt pkt;
	uint8_t frame[100], mac[6];

	xmt_mac_parse(src, mac);
	mark_frame(frame, sizeof(frame), dst, src, mark_next());
	if (xmt_pkt_send(tx, frame, sizeof(frame)))
		return false;
	while (xmt_pkt_recv(rx, &pkt, 1000) > 0)
		if (pkt.len == sizeof(frame) && !memcmp(pkt.data, frame, sizeof(frame)))
			return true;
	return false;
}

/* An endpoint of `show`: its device is there with its MAC, the filter has it, the wire reaches it
 */
static int check_endpoint(struct whole *w, const json_t *ep)
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
		return whole_wrong(w, "%s is shown but has no device", name);
	if (strcmp(xmt_mac_text(is), mac))
		return whole_wrong(w, "%s has %s, shown is %s", name, xmt_mac_text(is), mac);
	if (strcmp(mode, "passthru") && !left_in_filter(&w->net.host, mac))
		return whole_wrong(w, "%s is not in the parent's filter", mac);
	if (!strcmp(mode, "source"))
		return 0;
	xmt_must("ip -n %s link set %s up", ns->name, name);
	rx = xmt_pkt_open(ns, xmt_ifindex(ns, name), ETH_P_ALL);
	ok = whole_passes(w->wire_tx, rx, mac, NT_WIRE_MAC);
	if (!ok) { /* it has just come up: see nt_settle() */
		nt_settle(&w->net.host);
		ok = whole_passes(w->wire_tx, rx, mac, NT_WIRE_MAC);
	}
	xmt_pkt_close(&rx, 1);
	return ok ? 0 : whole_wrong(w, "%s (%s) does not receive", name, mode);
}

/* Our addresses in p0's filter */
unsigned int whole_filter_entries(const struct whole *w)
{
	const char *at;
	unsigned int n = 0;

	xmt_must("bridge -n %s fdb show dev p0", w->net.host.name);
	for (at = xmt_output(); (at = strstr(at, "02:00:00:00:0")); at++)
		n++;
	return n;
}

unsigned int whole_devices(const struct whole *w)
{
	char name[16];
	unsigned int n = nt_exists(&w->net.peer[0], "k0");

	for (int i = 0; i < WHOLE_DEVICES; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		n += nt_exists(&w->net.peer[1], name) + nt_exists(&w->net.host, name);
	}
	return n;
}

/* Endpoints among the objects; parents have no mode */
static size_t count_endpoints(struct whole *w, const json_t *doc)
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
static void check_counts(struct whole *w, size_t n)
{
	const char *counts = left_counts(&w->net.host);
	unsigned int promiscuity, allmulti;

	sscanf(counts, "promiscuity %u allmulti %u", &promiscuity, &allmulti);
	if (allmulti != (n > 0) || (w->passthru ? promiscuity > (n > 0) : promiscuity != (n > 0)))
		whole_wrong(w, "%zu endpoints, %s", n, counts);
}

/* parent_tx is there while an endpoint has host access; no folder is half made */
static void check_pins(struct whole *w, const json_t *doc)
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
		whole_wrong(w, "host access is %s, parent_tx is %s", host ? "on" : "off",
			    tx ? "there" : "not there");
	if (!xmt_run("ls -d /sys/fs/bpf/xmacvlan/new-*"))
		whole_wrong(w, "half made: %s", xmt_output());
}

void whole_check(struct whole *w)
{
	json_t *doc = nt_xm_json(&w->net.host, "show");
	const char *left;
	size_t n;

	if (!json_is_array(doc)) {
		nt_xm(&w->net.host, "show");
		whole_wrong(w, "show: %s", xmt_output());
		json_decref(doc);
		return;
	}
	n = count_endpoints(w, doc);
	if (left_host_ends(&w->net.host) != n || whole_devices(w) != n)
		whole_wrong(w, "%zu endpoints, %u host ends, %u devices", n,
			    left_host_ends(&w->net.host), whole_devices(w));
	if (!strstr(w->last, "passthru") && !w->passthru && whole_filter_entries(w) != n)
		whole_wrong(w, "%zu endpoints, filter:\n%s", n, xmt_output());
	if (!!(left_flags(&w->net.host) & IFF_ALLMULTI) != (n > 0))
		whole_wrong(w, "%zu endpoints, allmulticast %s", n, n ? "off" : "on");
	check_counts(w, n);
	check_pins(w, doc);
	if (!json_array_size(doc)) {
		left = left_on_parent(&w->net.host);
		if (left)
			whole_wrong(w, "nothing shown, but left: %s", left);
	}
	if (w->kept_rx >= 0 && (!whole_passes(w->wire_tx, w->kept_rx, WHOLE_KEPT, NT_WIRE_MAC) ||
				!whole_passes(w->kept_tx, w->wire_rx, NT_WIRE_MAC, WHOLE_KEPT)))
		whole_wrong(w, "k0, which nobody touched, does not communicate");
	json_decref(doc);
}

void whole_make(struct whole *w)
{
	nt_net(&w->net, 2, 0);
	w->wire_tx = mark_sender(&w->net.wire, "w0");
	w->wire_rx = xmt_pkt_open(&w->net.wire, xmt_ifindex(&w->net.wire, "w0"), ETH_P_ALL);
	w->kept_rx = w->kept_tx = -1;
}

void whole_keep(struct whole *w)
{
	nt_xm_must(&w->net.host, "add k0 link p0 netns %s address " WHOLE_KEPT,
		   w->net.peer[0].name);
	xmt_must("ip -n %s link set k0 up", w->net.peer[0].name);
	w->kept_rx = xmt_pkt_open(&w->net.peer[0], xmt_ifindex(&w->net.peer[0], "k0"), ETH_P_ALL);
	w->kept_tx = mark_sender(&w->net.peer[0], "k0");
}
