// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The spoof check, drop reasons, and counters that equal the number of frames sent. */
#include <stdio.h>
#include <stdlib.h>

#include "reach_fixture.h"

static void make_world(struct reach *w, const char *xdp)
{
	reach_make(w);
	nt_xm_must(&w->net.host, "attach p0 xdp %s", xdp);
}

static long long world_number(struct reach *w, const char *name, const char *path)
{
	return nt_number(&w->net.host, name, path);
}

static void check_number(struct reach *w, const char *what, const char *name, const char *path,
			 long long want)
{
	long long got = world_number(w, name, path);

	xmt_check(got == want, "%s: %s %s is %lld, expected %lld", what, name, path, got, want);
}

/* Sends one frame from e0 and checks that exactly `to` receive it. */
static void check_reach(struct reach *w, const char *what, const char *dst, const char *src,
			uint32_t to)
{
	bool twice;
	uint32_t got = reach_send(w, E0, dst, src, to, &twice);

	xmt_check(got == to && !twice, "%s: %s from %s reaches %s", what, dst, src,
		  probe_text(&w->set, got));
}

static void check_source(struct reach *w, const char *what, const char *src, bool pass)
{
	check_reach(w, what, NT_WIRE_MAC, src, pass ? BIT(WIRE) : 0);
	check_reach(w, what, M_E1, src, pass ? BIT(E1) : 0);
	check_reach(w, what, NT_HOST_MAC, src, pass ? BIT(HOST) : 0);
	check_reach(w, what, M_ALL, src, pass ? BIT(WIRE) | BIT(E1) | BIT(HOST) : 0);
	check_reach(w, what, "01:00:5e:01:02:03", src, pass ? BIT(WIRE) | BIT(E1) | BIT(HOST) : 0);
}

static void spoof_bridge(void)
{
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "address " M_E0 " host on");
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	check_source(&w, "spoofchk on", M_ELSE, false);
	check_source(&w, "spoofchk on", M_E1, false);
	check_source(&w, "spoofchk on", NT_HOST_MAC, false);
	check_source(&w, "spoofchk on", M_E0, true);
	check_number(&w, "spoofchk on", "e0", "drops.spoofed_source", 15);
	check_number(&w, "spoofchk on", "e0", "stats64.tx.dropped", 15);
	check_number(&w, "spoofchk on", "e0", "stats64.tx.packets", 5);
	check_number(&w, "spoofchk on", "e1", "drops.spoofed_source", 0);
	nt_xm_must(&w.net.host, "set e0 spoofchk off");
	check_source(&w, "spoofchk off", M_ELSE, true);
	check_number(&w, "spoofchk off", "e0", "drops.spoofed_source", 15);
	check_number(&w, "spoofchk off", "e0", "stats64.tx.packets", 10);
	nt_xm_must(&w.net.host, "set e0 spoofchk on");
	check_source(&w, "spoofchk on again", M_ELSE, false);
	check_number(&w, "spoofchk on again", "e0", "drops.spoofed_source", 20);
}

/*
 * The user changes the MAC of e0. After the next command the spoof check accepts the new MAC only.
 */
static void spoof_follows_address(void)
{
	static const char new_mac[] = "02:00:00:00:00:55";
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "address " M_E0);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	xmt_must("ip -n %s link set e0 address %s", w.net.peer[0].name, new_mac);
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "changed address", M_E1, new_mac, BIT(E1));
	check_reach(&w, "changed address", M_E1, M_E0, 0);
	check_number(&w, "changed address", "e0", "drops.spoofed_source", 1);
	xmt_must("ip -n %s link set e0 address %s", w.net.peer[0].name, M_E1);
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "a sibling's address", NT_WIRE_MAC, M_E1, 0);
	check_number(&w, "a sibling's address", "e0", "drops.spoofed_source", 2);
}

static void spoof_other_modes(void)
{
	static const char *const modes[] = { "private", "vepa", "source" };
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "address " M_E0);
	w.set.rx[E0].off = true; /* a source endpoint receives no sentinel */
	for (int i = 0; i < 3; i++) {
		nt_xm_must(&w.net.host, "set e0 mode %s", modes[i]);
		check_reach(&w, modes[i], NT_WIRE_MAC, M_ELSE, 0);
		check_reach(&w, modes[i], M_ALL, M_ELSE, 0);
		check_reach(&w, modes[i], M_ALL, M_E0, BIT(WIRE));
		check_number(&w, modes[i], "e0", "drops.spoofed_source", 2 * (i + 1));
	}
}

static void spoof_passthru(void)
{
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "mode passthru");
	check_reach(&w, "passthru, default", NT_WIRE_MAC, M_ELSE, BIT(WIRE));
	check_reach(&w, "passthru, default", M_ALL, M_ELSE, BIT(WIRE));
	check_number(&w, "passthru, default", "e0", "drops.spoofed_source", 0);
	nt_xm_must(&w.net.host, "set e0 spoofchk on");
	check_reach(&w, "passthru, spoofchk on", NT_WIRE_MAC, M_ELSE, 0);
	check_reach(&w, "passthru, spoofchk on", NT_WIRE_MAC, NT_HOST_MAC, BIT(WIRE));
	check_number(&w, "passthru, spoofchk on", "e0", "drops.spoofed_source", 1);
}

/* e1 sends to the gateway, which is on the wire */
static void check_gateway(struct reach *w, const char *what, uint32_t to)
{
	bool twice;
	uint32_t got = reach_send(w, E1, NT_WIRE_MAC, M_E1, to, &twice);

	xmt_check(got == to, "%s: a frame of e1 for the gateway reaches %s", what,
		  probe_text(&w->set, got));
}

/* The user of e0 takes the address of the gateway */
static void spoof_trust(void)
{
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "host on trust off address " M_E0);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	xmt_must("ip -n %s link set e0 address " NT_WIRE_MAC, w.net.peer[0].name);
	nt_xm_must(&w.net.host, "sync");
	check_gateway(&w, "trust off", BIT(WIRE));
	check_source(&w, "trust off, the gateway's address", NT_WIRE_MAC, false);
	check_number(&w, "trust off", "e0", "drops.spoofed_source", 5);
	check_source(&w, "trust off, the administrator's address", M_E0, true);
	nt_xm_must(&w.net.host, "set e0 bclim 2");
	check_gateway(&w, "trust off, after a set", BIT(WIRE));
	nt_xm_must(&w.net.host, "set e0 address 02:00:00:00:00:55");
	check_source(&w, "trust off, set address", "02:00:00:00:00:55", true);
	xmt_check(!xmt_run("ip -n %s link show e0 | grep -q 02:00:00:00:00:55", w.net.peer[0].name),
		  "trust off: `set address` gives the device its address");
	xmt_must("ip -n %s link set e0 address " NT_WIRE_MAC, w.net.peer[0].name);
	nt_xm_must(&w.net.host, "set e0 trust on");
	nt_xm_must(&w.net.host, "sync");
	check_gateway(&w, "trust on", BIT(E0));
	nt_xm_must(&w.net.host, "set e0 trust off address " M_E0);
	check_gateway(&w, "trust off again", BIT(WIRE));
}

static void spoof_trust_passthru(void)
{
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "mode passthru trust off");
	xmt_must("ip -n %s link set e0 address " M_ELSE, w.net.peer[0].name);
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "passthru, trust off", NT_WIRE_MAC, M_ELSE, 0);
	check_reach(&w, "passthru, trust off", NT_WIRE_MAC, NT_HOST_MAC, BIT(WIRE));
	check_number(&w, "passthru, trust off", "e0", "drops.spoofed_source", 1);
	xmt_check(!xmt_run("ip -n %s link show p0 | grep -q " NT_HOST_MAC, w.net.host.name),
		  "passthru, trust off: the parent keeps its address");
	xmt_must("ip -n %s link set p0 address 02:00:00:00:00:56", w.net.host.name);
	nt_xm_must(&w.net.host, "sync");
	check_reach(&w, "passthru, trust off, the parent's new address", NT_WIRE_MAC,
		    "02:00:00:00:00:56", BIT(WIRE));
}

/* `set … trust off` drops what `add … trust off` drops */
static void spoof_trust_set(void)
{
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "mode passthru");
	check_reach(&w, "passthru, trust on", NT_WIRE_MAC, M_ELSE, BIT(WIRE));
	nt_xm_must(&w.net.host, "set e0 trust off");
	check_reach(&w, "passthru, set trust off", NT_WIRE_MAC, M_ELSE, 0);
	check_reach(&w, "passthru, set trust off", NT_WIRE_MAC, NT_HOST_MAC, BIT(WIRE));
	check_number(&w, "passthru, set trust off", "e0", "drops.spoofed_source", 1);
	nt_xm_must(&w.net.host, "set e0 trust off spoofchk off");
	check_reach(&w, "passthru, set trust off spoofchk off", NT_WIRE_MAC, M_ELSE, BIT(WIRE));
	nt_xm_must(&w.net.host, "set e0 trust on");
	check_reach(&w, "passthru, set trust on", NT_WIRE_MAC, M_ELSE, BIT(WIRE));
	nt_xm_must(&w.net.host, "set e0 spoofchk on");
	nt_xm_must(&w.net.host, "set e0 trust on");
	check_reach(&w, "passthru, spoofchk stays on", NT_WIRE_MAC, M_ELSE, 0);
}

struct sums {
	long long packets, bytes;
};

/* Sends `n` frames of all sizes and one more; waits until all have arrived at `rx`. */
static void send_burst(struct reach *w, int from, const char *dst, const char *src, unsigned int n,
		       int rx, struct sums *sums)
{
	static uint8_t buf[1514];

	for (unsigned int i = 0; i < n; i++) {
		unsigned int len = 60 + (i * 37) % (sizeof(buf) - 60 + 1);

		probe_frame(buf, len, dst, src, probe_next());
		if (xmt_pkt_send(w->send[from], buf, len))
			xmt_die("send failed");
		sums->packets++;
		sums->bytes += len;
	}
	probe_send(w->send[from], dst, src, probe_next());
	sums->packets++;
	sums->bytes += 100;
	for (unsigned int got = 0; got <= n;) {
		static struct xmt_pkt pkt;

		if (xmt_pkt_recv(w->set.rx[rx].fd, &pkt, 2000) <= 0) {
			xmt_fail("only %u of %u frames arrived at %s", got, n + 1,
				 w->set.rx[rx].name);
			return;
		}
		got += pkt.len >= 60;
	}
}

static void check_sums(struct reach *w, const char *what, const char *name, const char *side,
		       struct sums sums)
{
	char path[64];

	snprintf(path, sizeof(path), "stats64.%s.packets", side);
	check_number(w, what, name, path, sums.packets);
	snprintf(path, sizeof(path), "stats64.%s.bytes", side);
	check_number(w, what, name, path, sums.bytes);
}

static void check_counters(const char *xdp)
{
	struct sums rx0 = {}, rx1 = {}, tx0 = {}, group1 = {}, sent = {};
	struct reach w;
	char what[32];

	snprintf(what, sizeof(what), "counters, xdp %s", xdp);
	make_world(&w, xdp);
	reach_add_endpoint(&w, E0, "e0", "address " M_E0 " host on");
	reach_add_endpoint(&w, E1, "e1", "address " M_E1);
	send_burst(&w, WIRE, M_E0, NT_WIRE_MAC, 300, E0, &rx0);
	send_burst(&w, HOST, M_E0, NT_HOST_MAC, 100, E0, &rx0);
	send_burst(&w, E0, NT_WIRE_MAC, M_E0, 300, WIRE, &tx0);
	send_burst(&w, E0, NT_HOST_MAC, M_E0, 50, HOST, &tx0);
	send_burst(&w, E0, M_E1, M_E0, 200, E1, &rx1);
	send_burst(&w, WIRE, M_ALL, NT_WIRE_MAC, 70, E1, &group1);
	xmt_pkt_drain(w.set.rx[WIRE].fd);
	tx0.packets += rx1.packets;
	tx0.bytes += rx1.bytes;
	rx0.packets += group1.packets;
	rx0.bytes += group1.bytes;
	send_burst(&w, E0, M_ALL, M_E0, 40, WIRE, &sent);
	tx0.packets += sent.packets;
	tx0.bytes += sent.bytes;
	group1.packets += sent.packets;
	group1.bytes += sent.bytes;
	rx1.packets += group1.packets;
	rx1.bytes += group1.bytes;
	check_sums(&w, what, "e0", "rx", rx0);
	check_sums(&w, what, "e0", "tx", tx0);
	check_sums(&w, what, "e1", "rx", rx1);
	check_sums(&w, what, "e1", "tx", (struct sums){});
	check_number(&w, what, "e1", "stats64.rx.multicast", group1.packets);
	send_burst(&w, WIRE, M_ELSE, NT_WIRE_MAC, 25, HOST, &sent);
	check_number(&w, what, "p0", "drops.unknown_destination", 26);
	send_burst(&w, WIRE, NT_HOST_MAC, NT_WIRE_MAC, 25, HOST, &sent);
	check_number(&w, what, "p0", "drops.unknown_destination", 26);
}

static void counters_tc(void)
{
	check_counters("off");
}

static void counters_native(void)
{
	check_counters("native");
}

static void counters_skb(void)
{
	check_counters("skb");
}

static void counters_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_counters("off");
}

static void delivery_reasons(void)
{
	uint8_t buf[1514];
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "address " M_E0);
	reach_add_endpoint(&w, E1, "e1", "address " M_E1 " mtu 1300");
	/* larger than e1's MTU: only e0 receives it */
	probe_frame(buf, sizeof(buf), M_ALL, NT_WIRE_MAC, probe_next());
	xmt_pkt_send(w.send[WIRE], buf, sizeof(buf));
	check_reach(&w, "reasons", M_E1, M_E0, BIT(E1));
	check_number(&w, "reasons", "e0", "stats64.rx.packets", 2); /* with the sentinel */
	check_number(&w, "reasons", "e1", "drops.delivery_failed", 1);
	check_number(&w, "reasons", "e1", "stats64.rx.dropped", 1);
	check_number(&w, "reasons", "e1", "stats64.rx.packets", 2);
	xmt_must("ip -n %s link set w0 down", w.net.wire.name);
	probe_send(w.send[E0], M_E1, M_E0, probe_next());
	probe_send(w.send[E0], M_ALL, M_E0, probe_next());
	check_number(&w, "parent without a carrier", "e0", "drops.parent_down", 2);
	xmt_must("ip -n %s link set w0 up", w.net.wire.name);
	nt_wait_net(&w.net);
	check_reach(&w, "parent with a carrier again", M_E1, M_E0, BIT(E1));
	check_number(&w, "parent with a carrier again", "e0", "drops.parent_down", 2);
}

static void reasons_passthru(void)
{
	struct reach w;

	make_world(&w, "off");
	reach_add_endpoint(&w, E0, "e0", "mode passthru");
	xmt_must("ip -n %s link set e0 down", w.net.peer[0].name);
	probe_send(w.send[WIRE], NT_HOST_MAC, NT_WIRE_MAC, probe_next());
	probe_send(w.send[WIRE], M_ELSE, NT_WIRE_MAC, probe_next());
	w.set.rx[E0].off = true;
	probe_send(w.send[WIRE], M_ALL, NT_WIRE_MAC, 1000000);
	check_number(&w, "passthru down", "p0", "drops.endpoint_down", 0);
	check_number(&w, "passthru down", "e0", "drops.endpoint_down", 2);
}

static const struct nt_case cases[] = {
	{ "spoof bridge", 40, spoof_bridge },
	{ "spoof follows the address", 40, spoof_follows_address },
	{ "spoof other modes", 40, spoof_other_modes },
	{ "spoof passthru", 40, spoof_passthru },
	{ "spoof trust", 40, spoof_trust },
	{ "spoof trust passthru", 40, spoof_trust_passthru },
	{ "spoof trust set", 40, spoof_trust_set },
	{ "counters", 40, counters_tc },
	{ "counters, xdp native", 40, counters_native },
	{ "counters, xdp skb", 40, counters_skb },
	{ "counters, clsact", 40, counters_clsact },
	{ "drop reasons", 40, delivery_reasons },
	{ "drop reasons, passthru", 40, reasons_passthru },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
