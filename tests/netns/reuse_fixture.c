// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Unrelated devices that have an endpoint's ifindexes. See reuse_fixture.h. */
#include <stdio.h>
#include <string.h>

#include "reuse_fixture.h"
#include "leftovers.h"

struct nt_net reuse_net;
int reuse_tx[SENDERS];
struct flush reuse_flush;

static struct probe_set set;
static struct sentinel sentinels[PROBE_MAX_RX];
static struct device saved_devices[4];
static unsigned int saved_device_count;
static char saved_state[8192];

static void send_sentinels(void *arg, uint64_t id)
{
	const struct flush *f = arg;

	if (!probe_arrives(f->tx, f->rx, f->dst, f->src))
		xmt_fail("the frame that flushes the others is lost");
	for (unsigned int i = 0; i < set.n; i++)
		probe_send(reuse_tx[sentinels[i].by], sentinels[i].dst, sentinels[i].src, id);
}

uint32_t reuse_add_receiver(const char *name, const struct xmt_ns *ns, const char *dev,
			    uint16_t proto, struct sentinel s)
{
	int i = probe_add(&set, name, ns, dev, proto);

	sentinels[i] = s;
	return 1u << i;
}

void reuse_close_receivers(void)
{
	probe_close(&set);
}

void reuse_make_net(const char *attach)
{
	nt_one_cpu();
	nt_net(&reuse_net, 3, 0);
	for (int i = 0; i < SENDERS; i++)
		reuse_tx[i] = -1;
	reuse_flush = (struct flush){ .rx = -1 };
	set = (struct probe_set){ .sentinels = send_sentinels, .arg = &reuse_flush };
	if (attach)
		nt_xm_must(&reuse_net.host, "attach p0 %s", attach);
	reuse_tx[TX_WIRE] = probe_sender(&reuse_net.wire, "w0");
	reuse_tx[TX_HOST] = probe_sender(&reuse_net.host, "p0");
}

void reuse_check_end(const char *what)
{
	const char *left;

	probe_close(&set);
	xmt_pkt_close(reuse_tx, SENDERS);
	xmt_pkt_close(&reuse_flush.rx, 1);
	nt_xm(&reuse_net.host, "detach p0 force");
	left = leftovers_on_parent(&reuse_net.host);
	xmt_check(!left, "%s: after detach, left on p0: %s", what, left ?: "nothing");
}

void reuse_add_endpoint(const char *name, unsigned int peer, const char *mac, const char *options)
{
	const char *ns = reuse_net.peer[peer].name;

	nt_xm_must(&reuse_net.host, "add %s link p0 netns %s address %s %s", name, ns, mac,
		   options);
	xmt_must("ip -n %s link set %s up", ns, name);
}

void reuse_check_frame(const char *what, enum sender by, const char *dst, const char *src,
		       uint32_t want)
{
	uint64_t id = probe_next();
	bool twice;
	uint32_t got;

	probe_send(reuse_tx[by], dst, src, id);
	got = probe_collect(&set, id, want, &twice);
	xmt_check(got == want && !twice, "%s: received by %s%s, expected %s", what,
		  probe_text(&set, got), twice ? ", twice" : "", probe_text(&set, want));
}

static void read_devices(char *ret, size_t size)
{
	size_t at = 0;

	for (unsigned int i = 0; i < saved_device_count; i++) {
		const char *ns = saved_devices[i].ns->name, *dev = saved_devices[i].name;

		xmt_run("ip -n %s -d -o link show dev %s 2>/dev/null | "
			"sed 's/state [A-Z]*//; s/qlen [0-9]*//'; tc -n %s qdisc show dev %s "
			"2>/dev/null; "
			"bridge -n %s fdb show dev %s 2>/dev/null",
			ns, dev, ns, dev, ns, dev);
		at += snprintf(ret + at, size - at, "%.1900s\n", xmt_output());
	}
}

void reuse_save_devices(const struct device *devices, unsigned int n)
{
	memcpy(saved_devices, devices, n * sizeof(*devices));
	saved_device_count = n;
	read_devices(saved_state, sizeof(saved_state));
}

void reuse_check_devices(const char *what)
{
	static char now[sizeof(saved_state)];

	read_devices(now, sizeof(now));
	if (!strcmp(saved_state, now))
		xmt_pass("%s: the unrelated devices have not changed", what);
	else
		xmt_fail("%s: an unrelated device has changed\n--- before\n%s--- now\n%s", what,
			 saved_state, now);
}

struct veth_pair reuse_pair_of(const char *name, const struct xmt_ns *peer)
{
	struct veth_pair p = { .peer = xmt_ifindex(peer, name) };

	/* "5: e0@if7: ..." */
	xmt_must("ip -n %s -o link show dev %s 2>/dev/null", peer->name, name);
	if (sscanf(xmt_output(), "%*u: %*[^@]@if%u:", &p.host) != 1 || !p.peer)
		xmt_die("no ifindex of the host end in: %s", xmt_output());
	return p;
}

void reuse_add_pair(struct veth_pair p)
{
	const char *host = reuse_net.host.name, *peer = reuse_net.peer[0].name;

	xmt_must("ip -n %s link add f0 index %u address " M_F0 " type veth peer name f1 index %u "
		 "address " M_F1 " netns %s",
		 host, p.host, p.peer, peer);
	xmt_must("ip -n %s link set f0 addrgenmode none up && "
		 "ip -n %s link set f1 addrgenmode none up",
		 host, peer);
	if (xmt_ifindex(&reuse_net.host, "f0") != p.host ||
	    xmt_ifindex(&reuse_net.peer[0], "f1") != p.peer)
		xmt_die("the new veth does not have the ifindexes of the endpoint");
	reuse_tx[TX_F0] = probe_sender(&reuse_net.host, "f0");
	reuse_tx[TX_F1] = probe_sender(&reuse_net.peer[0], "f1");
}

void reuse_check_rows(const char *when, const struct reuse_row *rows, unsigned int n)
{
	char what[100];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(what, sizeof(what), "%s: %s", when, rows[i].what);
		reuse_check_frame(what, rows[i].by, rows[i].dst, rows[i].src, rows[i].want);
	}
}

unsigned int reuse_shown_endpoints(void)
{
	json_t *doc, *o;
	unsigned int n = 0;
	size_t i;

	nt_xm(&reuse_net.host, "sync"); /* removes those without devices */
	doc = nt_xm_json(&reuse_net.host, "show");
	json_array_foreach(doc, i, o) {
		n += json_object_get(o, "mode") != NULL;
	}
	json_decref(doc);
	return n;
}
