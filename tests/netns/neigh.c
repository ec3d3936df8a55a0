// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `attach PARENT neigh direct`: which endpoints receive a request for an address. The endpoints are
 * IP stacks, which answer and so teach. Requests are raw frames; a broadcast behind a request
 * proves who has not received it.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "ip.h"
#include "leftovers.h"
#include "plugin.h"
#include "probe.h"

#define M_ALL	  "ff:ff:ff:ff:ff:ff"
#define ENDPOINTS 3
#define ALL	  7u /* all endpoints, as a set of 1 << number */
#define ID(i)	  (16 + (i)) /* of endpoint i: 10.9.0.ID, fd09::ID, 02:00:00:00:00:ID */
#define NOBODY	  99 /* an id that nobody has */

enum { FROM_WIRE = ENDPOINTS, FROM_HOST, SENDERS };

struct world {
	struct nt_net net;
	struct nt_station station[SENDERS];
	int tx[SENDERS], rx[ENDPOINTS];
};

static void open_sockets(struct world *w)
{
	for (int i = 0; i < SENDERS; i++) {
		const struct nt_station *s = &w->station[i];
		unsigned int ifindex = xmt_ifindex(s->ns, s->dev);

		w->tx[i] = xmt_pkt_open(s->ns, ifindex, 0);
		if (i < ENDPOINTS)
			w->rx[i] = xmt_pkt_open(s->ns, ifindex, ETH_P_ALL);
	}
}

/* options: of the endpoints */
static void world_make(struct world *w, const char *attach, const char *options)
{
	char dev[8];

	memset(w, 0, sizeof(*w));
	nt_one_cpu();
	nt_net(&w->net, ENDPOINTS, XMT_NS_IPV6);
	nt_xm_must(&w->net.host, "attach p0 xdp off %s", attach);
	nt_stations(&w->net, &w->station[FROM_WIRE], &w->station[FROM_HOST]);
	for (int i = 0; i < ENDPOINTS; i++) {
		snprintf(dev, sizeof(dev), "e%d", i);
		nt_endpoint(&w->net, &w->station[i], &w->net.peer[i], dev, ID(i), options);
	}
	nt_wait_operstate(&w->net.host);
	open_sockets(w);
}

static int open_pin(const char *name)
{
	char path[256];
	int fd;

	xmt_must("echo /sys/fs/bpf/xmacvlan/n[0-9]*");
	snprintf(path, sizeof(path), "%s/%s", xmt_output(), name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		xmt_die("cannot open %s: %s", path, strerror(errno));
	return fd;
}

static void fill_address(int family, unsigned int id, uint8_t ret[16])
{
	memset(ret, 0, 16);
	if (family == AF_INET)
		memcpy(ret + 10, (uint8_t[6]){ 0xff, 0xff, 10, 9, id >> 8, id }, 6);
	else
		memcpy(ret, (uint8_t[16]){ 0xfd, 9, [14] = id >> 8, [15] = id }, 16);
}

/* The slot that has taught an address; 0: none */
static unsigned int slot_of(int family, unsigned int id)
{
	struct xm_neigh_key key = { .bits = XM_NEIGH_BITS };
	struct xm_neigh_owner owner = {};
	int fd = open_pin("neigh_owners");

	fill_address(family, id, (uint8_t *)key.word);
	bpf_map_lookup_elem(fd, &key, &owner);
	close(fd);
	return owner.slot;
}

static unsigned int count_entries(const char *pin)
{
	struct xm_neigh_key key, next; /* the larger key */
	int fd = open_pin(pin);
	unsigned int n = 0;

	for (int err = bpf_map_get_next_key(fd, NULL, &next); !err; n++) {
		key = next;
		err = bpf_map_get_next_key(fd, &key, &next);
	}
	close(fd);
	return n;
}

/* Waits until the address is taught by endpoint `who`: its stack has answered */
static void wait_taught(int family, unsigned int id, int who)
{
	for (int i = 0; i < 1000 && slot_of(family, id) != (unsigned int)who + 1; i++)
		usleep(2000);
	xmt_check(slot_of(family, id) == (unsigned int)who + 1, "IPv%d: e%d has taught address %u",
		  family == AF_INET ? 4 : 6, who, id);
}

/* Makes a frame differ from all others, behind what the stacks read. Returns its length. */
static size_t number_frame(uint8_t *frame, size_t len)
{
	uint64_t id = probe_next();

	memcpy(frame + len, &id, sizeof(id));
	return len + sizeof(id);
}

/* An ARP frame, by ids; `op` 1: request; spa 0: a probe. Returns its length. */
static size_t fill_arp(const struct nt_station *from, uint16_t op, unsigned int spa,
		       unsigned int tpa, uint8_t frame[128])
{
	uint8_t address[16];

	memset(frame, 0, 60);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, from->mac, 6);
	memcpy(frame + 12, (uint8_t[10]){ 8, 6, 0, 1, 8, 0, 6, 4, 0, op }, 10);
	memcpy(frame + 22, from->mac, 6);
	if (spa) {
		fill_address(AF_INET, spa, address);
		memcpy(frame + 28, address + 12, 4);
	}
	fill_address(AF_INET, tpa, address);
	memcpy(frame + 38, address + 12, 4);
	return number_frame(frame, 52);
}

static void finish_icmp6(uint8_t *frame, unsigned int len)
{
	uint16_t pseudo[2] = { htons(len), htons(58) }, sum;

	frame[18] = len >> 8;
	frame[19] = len;
	sum = xmt_csum_add(0, frame + 22, 32);
	sum = ~xmt_csum_add(xmt_csum_add(sum, pseudo, sizeof(pseudo)), frame + 54, len);
	frame[56] = sum >> 8;
	frame[57] = sum;
}

/* A solicitation (135) or an advertisement (136) with the override flag to all nodes */
static size_t fill_nd(const struct nt_station *from, uint8_t type, unsigned int source,
		      unsigned int target, uint8_t frame[128])
{
	uint8_t address[16];

	memset(frame, 0, 128);
	fill_address(AF_INET6, target, address);
	memcpy(frame, (uint8_t[6]){ 0x33, 0x33, 0xff, 0, address[14], address[15] }, 6);
	memcpy(frame + 6, from->mac, 6);
	memcpy(frame + 12, (uint8_t[3]){ 0x86, 0xdd, 0x60 }, 3);
	frame[20] = 58;
	frame[21] = 255;
	memcpy(frame + 62, address, 16);
	if (source)
		fill_address(AF_INET6, source, frame + 22);
	memcpy(frame + 38, (uint8_t[16]){ 0xff, 2, [11] = 1, 0xff, 0, address[14], address[15] },
	       16);
	if (type == 136) {
		memcpy(frame, (uint8_t[6]){ 0x33, 0x33, 0, 0, 0, 1 }, 6);
		memcpy(frame + 38, (uint8_t[16]){ 0xff, 2, [15] = 1 }, 16);
		frame[58] = 0x20;
	}
	frame[54] = type;
	memcpy(frame + 78, (uint8_t[2]){ type == 136 ? 2 : 1, 1 }, 2);
	memcpy(frame + 80, from->mac, 6);
	/* Duplicate address detection has no link-layer address (RFC 4861, 4.3) */
	finish_icmp6(frame, source ? 32 : 24);
	return number_frame(frame, source ? 86 : 78);
}

static size_t fill_request(const struct world *w, int family, int from, unsigned int source,
			   unsigned int target, uint8_t frame[128])
{
	if (family == AF_INET)
		return fill_arp(&w->station[from], 1, source, target, frame);
	return fill_nd(&w->station[from], 135, source, target, frame);
}

/* Whether the socket has received the frame; reads up to a sentinel, which the wire broadcasts */
static bool frame_arrived(struct world *w, int fd, const uint8_t *frame, size_t len)
{
	static struct xmt_pkt pkt;
	uint64_t id = probe_next();
	bool arrived = false;

	probe_send(w->tx[FROM_WIRE], M_ALL, NT_WIRE_MAC, id);
	while (xmt_pkt_recv(fd, &pkt, 1500) > 0) {
		if (probe_number(&pkt) == id)
			return arrived;
		arrived |= pkt.len >= len && !memcmp(pkt.data, frame, len);
	}
	xmt_fail("no sentinel");
	return arrived;
}

/* Sends a frame. Returns the set of endpoints that receive it. */
static unsigned int send_frame(struct world *w, int from, const uint8_t *frame, size_t len)
{
	unsigned int ret = 0;

	xmt_pkt_send(w->tx[from], frame, len);
	for (int i = 0; i < ENDPOINTS; i++)
		if (i != from && frame_arrived(w, w->rx[i], frame, len))
			ret |= 1u << i;
	return ret;
}

static void check_request(struct world *w, int family, int from, unsigned int target,
			  unsigned int expected, const char *what)
{
	uint8_t frame[128];
	size_t len = fill_request(w, family, from, w->station[from].id, target, frame);
	unsigned int got = send_frame(w, from, frame, len);

	xmt_check(got == expected, "IPv%d: %s: endpoints %x, expected %x",
		  family == AF_INET ? 4 : 6, what, got, expected);
}

/* The request that makes endpoint `who` answer: its address is known afterwards */
static void teach(struct world *w, int family, int who)
{
	uint8_t frame[128];
	size_t len = fill_request(w, family, FROM_WIRE, NT_ID_WIRE, ID(who), frame);

	/* A queue that has just come up may drop it */
	for (int i = 0; i < 20 && slot_of(family, ID(who)) != (unsigned int)who + 1; i++) {
		xmt_pkt_send(w->tx[FROM_WIRE], frame, len);
		usleep(50000 * i);
	}
	wait_taught(family, ID(who), who);
}

static void check_direct(int family)
{
	struct world w;

	world_make(&w, "neigh direct", "host on");
	check_request(&w, family, FROM_WIRE, ID(0), ALL, "not known yet, from the wire");
	wait_taught(family, ID(0), 0);
	check_request(&w, family, FROM_WIRE, ID(0), 1, "known, from the wire");
	check_request(&w, family, FROM_HOST, ID(0), 1, "known, from the host");
	check_request(&w, family, 1, ID(0), 1, "known, from a sibling");
	check_request(&w, family, 1, ID(2), 5, "not known yet, from a sibling");
	wait_taught(family, ID(2), 2);
	check_request(&w, family, 1, ID(2), 4, "known now");
	check_request(&w, family, FROM_WIRE, NOBODY, ALL, "nobody's");
	check_request(&w, family, FROM_WIRE, ID(1), 2, "taught by its own requests");
	ip_check_ping("wire and e0", &w.station[FROM_WIRE], &w.station[0]);
	ip_check_ping("host and e1", &w.station[FROM_HOST], &w.station[1]);
	ip_check_ping("e0 and e2", &w.station[0], &w.station[2]);
	nt_xm_must(&w.net.host, "attach p0 neigh flood");
	xmt_check(!count_entries("neigh_owners") && !count_entries("neigh_taught"),
		  "neigh flood forgets all addresses");
	check_request(&w, family, FROM_WIRE, ID(0), ALL, "neigh flood");
}

static void arp_direct(void)
{
	check_direct(AF_INET);
}

static void nd_direct(void)
{
	check_direct(AF_INET6);
}

/* The default, and what `attach` without the option keeps */
static void default_floods(void)
{
	struct world w;

	world_make(&w, "", "");
	check_request(&w, AF_INET, FROM_WIRE, ID(0), ALL, "default");
	check_request(&w, AF_INET, FROM_WIRE, ID(0), ALL, "default, again");
	xmt_check(!count_entries("neigh_owners"), "nothing is learned");
	xmt_check(!nt_xm(&w.net.host, "-j show p0") && strstr(xmt_output(), "\"neigh\":\"flood\""),
		  "JSON: flood");
	nt_xm_must(&w.net.host, "attach p0 neigh direct");
	xmt_check(!nt_xm(&w.net.host, "-j show p0") && strstr(xmt_output(), "\"neigh\":\"direct\""),
		  "JSON: direct");
	xmt_check(!nt_xm(&w.net.host, "show") && strstr(xmt_output(), " neigh direct,"), "show: %s",
		  xmt_output());
	nt_xm_must(&w.net.host, "attach p0 xdp off");
	teach(&w, AF_INET, 0);
	check_request(&w, AF_INET, FROM_WIRE, ID(0), 1, "attach without the option keeps it");
}

static void check_modes(const char *options, unsigned int from_sibling)
{
	struct world w;

	world_make(&w, "neigh direct", options);
	teach(&w, AF_INET, 0);
	teach(&w, AF_INET6, 0);
	check_request(&w, AF_INET, FROM_WIRE, ID(0), 1, options);
	check_request(&w, AF_INET6, FROM_WIRE, ID(0), 1, options);
	check_request(&w, AF_INET, 1, ID(0), from_sibling, options);
	check_request(&w, AF_INET, FROM_WIRE, ID(0), 1, options);
}

static void mode_private(void)
{
	check_modes("mode private", 0);
}

static void mode_vepa(void)
{
	check_modes("mode vepa", 0);
}

/* The kernel of e1 detects that e0 has the address */
static void check_dad(struct world *w)
{
	xmt_must("ip -n %s addr add fd09::%x/64 dev e1", w->net.peer[1].name, ID(0));
	for (int i = 0; i < 300; i++) {
		xmt_run("ip -n %s -6 addr show dev e1 to fd09::%x", w->net.peer[1].name, ID(0));
		if (strstr(xmt_output(), "dadfailed"))
			break;
		usleep(20000);
	}
	xmt_check(!!strstr(xmt_output(), "dadfailed"), "e1 finds the duplicate: %s", xmt_output());
	xmt_check(slot_of(AF_INET6, ID(0)) == 1, "the address stays e0's");
}

static void probes_flooded(void)
{
	uint8_t frame[128];
	struct world w;
	size_t len;

	world_make(&w, "neigh direct", "");
	teach(&w, AF_INET, 0);
	teach(&w, AF_INET6, 0);
	len = fill_arp(&w.station[FROM_WIRE], 1, 0, ID(0), frame);
	xmt_check(send_frame(&w, FROM_WIRE, frame, len) == ALL, "ARP probe, from the wire");
	len = fill_arp(&w.station[1], 1, 0, ID(0), frame);
	xmt_check(send_frame(&w, 1, frame, len) == 5, "ARP probe, from a sibling");
	len = fill_nd(&w.station[1], 135, 0, ID(0), frame);
	xmt_check(send_frame(&w, 1, frame, len) == 5, "duplicate address detection");
	xmt_check(slot_of(AF_INET, ID(0)) == 1 && slot_of(AF_INET6, ID(0)) == 1,
		  "probes teach nothing");
	check_dad(&w);
}

static void announce(struct world *w, int family, int from, unsigned int id, unsigned int expected)
{
	uint8_t frame[128];
	size_t len = family == AF_INET ? fill_arp(&w->station[from], 1, id, id, frame)
				       : fill_nd(&w->station[from], 136, id, id, frame);
	unsigned int got = send_frame(w, from, frame, len);

	xmt_check(got == expected, "an announcement is flooded: endpoints %x, expected %x", got,
		  expected);
}

static void check_takeover(int family)
{
	struct world w;

	world_make(&w, "neigh direct", "");
	teach(&w, family, 0);
	announce(&w, family, 1, ID(0), 5);
	check_request(&w, family, FROM_WIRE, ID(0), 2, "e1 has announced it");
	announce(&w, family, 0, ID(0), 6);
	check_request(&w, family, FROM_WIRE, ID(0), 1, "e0 has announced it again");
	announce(&w, family, FROM_WIRE, ID(0), ALL);
	check_request(&w, family, 1, ID(0), 5, "the wire has announced it");
}

static void takeover(void)
{
	check_takeover(AF_INET);
}

static void takeover_nd(void)
{
	check_takeover(AF_INET6);
}

/* The address moves without an announcement: a stack asks again after a second */
static void moved_silently(void)
{
	struct world w;
	int ok;

	world_make(&w, "neigh direct", "");
	teach(&w, AF_INET, 0);
	teach(&w, AF_INET6, 0);
	xmt_must("ip -n %s addr del 10.9.0.%u/24 dev e0 && ip -n %s addr add 10.9.0.%u/24 dev e1",
		 w.net.peer[0].name, ID(0), w.net.peer[1].name, ID(0));
	xmt_must("ip -n %s addr del fd09::%x/64 dev e0 && ip -n %s addr add fd09::%x/64 dev e1 "
		 "nodad",
		 w.net.peer[0].name, ID(0), w.net.peer[1].name, ID(0));
	xmt_must("ip -n %s neigh flush dev w0", w.net.wire.name);
	ok = ip_ping(&w.station[FROM_WIRE], &w.station[0], AF_INET, 4000);
	xmt_check(ok, "IPv4: the wire finds the address at e1");
	ok = ip_ping(&w.station[FROM_WIRE], &w.station[0], AF_INET6, 4000);
	xmt_check(ok, "IPv6: the wire finds the address at e1");
	wait_taught(AF_INET, ID(0), 1);
	wait_taught(AF_INET6, ID(0), 1);
	check_request(&w, AF_INET, FROM_WIRE, ID(0), 2, "it is e1's");
}

static void deleted(void)
{
	struct world w;
	unsigned int before;

	world_make(&w, "neigh direct", "");
	teach(&w, AF_INET, 0);
	teach(&w, AF_INET, 1);
	before = count_entries("neigh_taught");
	xmt_pkt_close(&w.rx[0], 1);
	nt_xm_must(&w.net.host, "del e0");
	xmt_check(!slot_of(AF_INET, ID(0)) && count_entries("neigh_taught") == before - 1,
		  "del forgets the addresses of the endpoint");
	xmt_check(slot_of(AF_INET, ID(1)) == 2, "those of e1 stay");
	nt_endpoint(&w.net, &w.station[0], &w.net.peer[0], "e0", 40, "");
	nt_wait_operstate(&w.net.host);
	w.rx[0] = xmt_pkt_open(&w.net.peer[0], xmt_ifindex(&w.net.peer[0], "e0"), ETH_P_ALL);
	check_request(&w, AF_INET, FROM_WIRE, ID(0), ALL, "slot 1 is another endpoint's");
	/* The device goes without the command */
	xmt_must("ip -n %s link del e1", w.net.peer[1].name);
	nt_xm_must(&w.net.host, "sync");
	xmt_check(!slot_of(AF_INET, ID(1)), "sync forgets those of an endpoint that has gone");
}

/* A frame for an endpoint that is down goes nowhere, until it is unanswered for half a second */
static void down(void)
{
	uint8_t frame[128];
	struct world w;
	size_t len;

	world_make(&w, "neigh direct", "");
	teach(&w, AF_INET, 0);
	xmt_pkt_close(&w.rx[0], 1);
	xmt_must("ip -n %s link set e0 down", w.net.peer[0].name);
	len = fill_request(&w, AF_INET, FROM_WIRE, NT_ID_WIRE, ID(0), frame);
	xmt_pkt_send(w.tx[FROM_WIRE], frame, len);
	xmt_check(!frame_arrived(&w, w.rx[1], frame, len), "e0 is down: e1 does not receive it");
	usleep(600000);
	len = fill_request(&w, AF_INET, FROM_WIRE, NT_ID_WIRE, ID(0), frame);
	xmt_pkt_send(w.tx[FROM_WIRE], frame, len);
	xmt_check(frame_arrived(&w, w.rx[1], frame, len), "unanswered: e1 receives the next one");
}

/* One endpoint teaches many addresses: the others keep theirs */
static void many_addresses(void)
{
	uint8_t frame[128];
	struct world w;
	unsigned int n;

	world_make(&w, "neigh direct", "");
	teach(&w, AF_INET, 1);
	teach(&w, AF_INET6, 2);
	for (unsigned int i = 0; i < 4096; i++) {
		int family = i % 2 ? AF_INET : AF_INET6;

		xmt_pkt_send(w.tx[0], frame, fill_request(&w, family, 0, 1000 + i, NOBODY, frame));
	}
	frame_arrived(&w, w.rx[0], frame, 60);
	n = count_entries("neigh_owners");
	xmt_check(n >= XM_NEIGH_PLACES && n <= XM_NEIGH_PLACES + 12, "%u addresses are known", n);
	xmt_check(slot_of(AF_INET, 1000 + 4095) == 1 && slot_of(AF_INET6, 1000 + 4094) == 1 &&
			  slot_of(AF_INET6, 1000 + 4096 - XM_NEIGH_PLACES) == 1,
		  "the last %u of e0 are", XM_NEIGH_PLACES);
	xmt_check(!slot_of(AF_INET6, 1000 + 4096 - XM_NEIGH_PLACES - 2), "those before are not");
	check_request(&w, AF_INET, FROM_WIRE, ID(1), 2, "e1 keeps its address");
	check_request(&w, AF_INET6, FROM_WIRE, ID(2), 4, "e2 keeps its address");
}

static void check_spoofed(struct world *w, const struct nt_station *as, bool passes)
{
	uint8_t frame[128];
	size_t len = fill_arp(as, 1, ID(0), NOBODY, frame);
	unsigned int got = send_frame(w, 1, frame, len);

	xmt_check(got == (passes ? 5 : 0), "the frame reaches %x", got);
	xmt_check(slot_of(AF_INET, ID(0)) == 1, "e1 has not taught e0's address");
}

static void spoofed(void)
{
	struct nt_station nobody;
	struct world w;

	world_make(&w, "neigh direct", "");
	teach(&w, AF_INET, 0);
	nobody = w.station[1];
	nobody.mac[5] = 0x77;
	check_spoofed(&w, &w.station[0], false);
	check_spoofed(&w, &nobody, false);
	nt_xm_must(&w.net.host, "set e1 spoofchk off");
	check_spoofed(&w, &w.station[0], true);
	check_spoofed(&w, &nobody, true);
	check_request(&w, AF_INET, FROM_WIRE, ID(0), 1, "it is still e0's");
	nt_xm_must(&w.net.host, "set e1 address add 02:00:00:00:00:77");
	xmt_pkt_send(w.tx[1], (uint8_t[128]){}, 60);
	{
		uint8_t frame[128];
		size_t len = fill_arp(&nobody, 1, 77, NOBODY, frame);

		send_frame(&w, 1, frame, len);
	}
	xmt_check(slot_of(AF_INET, 77) == 2, "with an additional address of its own it teaches");
}

/* Pins and programs of ABI 1.0: refused until `upgrade` */
static void forget_version(struct xm_parent_record *rec)
{
	rec->abi_minor = rec->programs_minor = 0;
}

static void older_pins(void)
{
	struct world w;

	world_make(&w, "", "");
	nt_edit_record(&w.net.host, forget_version);
	xmt_must("rm /sys/fs/bpf/xmacvlan/n[0-9]*/neigh_*");
	nt_xm_must(&w.net.host, "set e0 mode private");
	nt_xm_must(&w.net.host, "set e0 mode bridge");
	xmt_check(nt_xm(&w.net.host, "attach p0 neigh direct") == 2 &&
			  strstr(xmt_output(), "xmacvlan upgrade"),
		  "ABI 1.0: %s", xmt_output());
	nt_xm_must(&w.net.host, "attach p0 neigh flood");
	nt_xm_must(&w.net.host, "del e2");
	nt_xm_must(&w.net.host, "upgrade");
	nt_xm_must(&w.net.host, "attach p0 neigh direct");
	teach(&w, AF_INET, 0);
	nt_xm_must(&w.net.host, "upgrade");
	xmt_check(slot_of(AF_INET, ID(0)) == 1, "upgrade keeps what is known");
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&w.net.host) && !leftovers_pins(), "nothing is left");
}

/* The plugin announces what IPAM gave: the address is known when ADD ends */
static void cni_teaches(void)
{
	struct nt_net net;

	plugin_net(&net, 1, XMT_NS_IPV6);
	nt_xm_must(&net.host, "attach p0 neigh direct");
	plugin_check_success("ADD", PLUGIN("ADD", "{'cniVersion':'1.0.0','name':'net','type':"
						  "'xmacvlan','master':'p0'" PLUGIN_STATIC6));
	wait_taught(AF_INET, 3, 0);
	wait_taught(AF_INET6, 3, 0);
	plugin_check_success("DEL", PLUGIN("DEL", "{'cniVersion':'1.0.0','name':'net','type':"
						  "'xmacvlan','master':'p0'" PLUGIN_STATIC6));
	xmt_check(!slot_of(AF_INET, 3) && !slot_of(AF_INET6, 3), "DEL forgets the addresses");
}

static const struct nt_case cases[] = {
	{ "arp", 60, arp_direct },
	{ "nd", 60, nd_direct },
	{ "default", 60, default_floods },
	{ "private", 60, mode_private },
	{ "vepa", 60, mode_vepa },
	{ "probes", 60, probes_flooded },
	{ "takeover", 60, takeover },
	{ "takeover_nd", 60, takeover_nd },
	{ "moved", 60, moved_silently },
	{ "deleted", 60, deleted },
	{ "down", 60, down },
	{ "many", 60, many_addresses },
	{ "spoofed", 60, spoofed },
	{ "older_pins", 60, older_pins },
	{ "cni", 60, cni_teaches },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
