// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Malformed virtio-net headers and frames from a hostile guest, at random. The kernel's macvtap
 * beside it gets the same: the sibling of the tap receives nothing that the sibling of the macvtap
 * does not. What anybody receives can be taken as it is. The seed is printed; XMT_SEED sets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gso_frame.h"
#include "pkt.h"
#include "prng.h"
#include "tap_fixture.h"

#define MAC_GUEST   "02:00:00:00:00:10"
#define MAC_SIBLING "02:00:00:00:00:11"
#define MAC_C0	    "02:00:00:00:00:12"
#define MAC_ALL	    "ff:ff:ff:ff:ff:ff"

#define LONGEST 1518 /* the MTU of all devices, Ethernet header, VLAN tag */
#define HEADERS 100 /* of a segment: not counted by the program that looks at gso_size */
#define FRAMES	20000

enum receiver { SIBLING, CONTAINER, HOST, WIRE, RECEIVERS };

struct arrived {
	struct virtio_net_hdr hdr;
	int len;
	uint8_t frame[GSO_FRAME_MAX];
};

struct world {
	struct nt_net net;
	struct xmt_prng prng;
	struct gso_end guest, macvtap_guest, macvtap_sibling, rx[RECEIVERS];
	unsigned int accepted, refused, received[RECEIVERS], less, differ, failures;
};

/* Opens the macvtap, whose file is in the class folder of its namespace */
static int macvtap_open(const struct xmt_ns *ns, const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	unsigned int major, minor;
	char path[64];
	int fd;

	xmt_must("ip netns exec %s cat /sys/class/net/%s/tap%u/dev", ns->name, name,
		 xmt_ifindex(ns, name));
	if (sscanf(xmt_output(), "%u:%u", &major, &minor) != 2)
		xmt_die("no device number of %s", name);
	snprintf(path, sizeof(path), "/tmp/%s%s", xmt_prefix(), name);
	xmt_undo("rm -f %s", path);
	if (mknod(path, S_IFCHR | 0600, makedev(major, minor)))
		xmt_die("mknod: %s", strerror(errno));
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	unlink(path);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		xmt_die("cannot open %s: %s", name, strerror(errno));
	tap_set_offloads(fd, tap_offloads());
	return fd;
}

/* m0 and m1 on q0 are for macvtap what t0 and t1 on p0 are for xmacvlan */
static bool make_macvtaps(struct world *w)
{
	const char *host = w->net.host.name;

	xmt_veth(&w->net.wire, "v0", "02:00:00:00:00:03", &w->net.host, "q0", NULL);
	if (xmt_run("ip -n %s link add link q0 name m0 address " MAC_GUEST
		    " type macvtap mode bridge && ip -n %s link add link q0 name m1 "
		    "address " MAC_SIBLING
		    " type macvtap mode bridge && ip -n %s link set m0 up && "
		    "ip -n %s link set m1 up",
		    host, host, host, host))
		return false;
	gso_end_tap(&w->macvtap_guest, "macvtap", macvtap_open(&w->net.host, "m0"), MAC_GUEST);
	gso_end_tap(&w->macvtap_sibling, "macvtap's sibling", macvtap_open(&w->net.host, "m1"),
		    MAC_SIBLING);
	return true;
}

static void make_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	xmt_prng_seed(&w->prng, nt_seed());
	nt_one_cpu();
	nt_net(&w->net, 1, 0);
	nt_xm_must(&w->net.host, "add t0 link p0 type tap host on spoofchk off address " MAC_GUEST);
	nt_xm_must(&w->net.host, "add t1 link p0 type tap host on address " MAC_SIBLING);
	nt_xm_must(&w->net.host, "add c0 link p0 netns %s host on address " MAC_C0,
		   w->net.peer[0].name);
	xmt_must("ip -n %s link set c0 addrgenmode none up", w->net.peer[0].name);
	nt_wait_net(&w->net);
	gso_end_tap(&w->guest, "tap", tap_must_open(&w->net.host, "t0", IFF_VNET_HDR), MAC_GUEST);
	gso_end_tap(&w->rx[SIBLING], "sibling", tap_must_open(&w->net.host, "t1", IFF_VNET_HDR),
		    MAC_SIBLING);
	tap_set_offloads(w->rx[SIBLING].fd, tap_offloads());
	gso_end_open(&w->rx[CONTAINER], "container", &w->net.peer[0], "c0", ETH_P_ALL);
	gso_end_open(&w->rx[HOST], "host", &w->net.host, "p0", ETH_P_IP);
	gso_end_open(&w->rx[WIRE], "wire", &w->net.wire, "w0", ETH_P_ALL);
}

static uint64_t draw(struct world *w, uint64_t below)
{
	return xmt_rand(&w->prng, below);
}

/* A number that somebody may have forgotten to check, or any */
static uint16_t draw_u16(struct world *w, const struct gso_frame *f)
{
	const uint16_t odd[] = { 0,
				 1,
				 2,
				 13,
				 14,
				 0xffff,
				 0xfffe,
				 0x8000,
				 f->len,
				 f->len - 1,
				 f->len - 2,
				 f->len + 1,
				 f->l4,
				 f->payload,
				 f->payload + 1,
				 f->payload - 1 };

	return draw(w, 3) ? odd[draw(w, sizeof(odd) / sizeof(odd[0]))] : draw(w, 65536);
}

static void spoil_header(struct world *w, struct gso_frame *f)
{
	switch (draw(w, 6)) {
	case 0:
		f->hdr.flags = draw(w, 2) ? draw(w, 8) : draw(w, 256);
		break;
	case 1:
		f->hdr.gso_type = draw(w, 2) ? draw(w, 7) | (draw(w, 4) ? 0 : 0x80) : draw(w, 256);
		break;
	case 2:
		f->hdr.hdr_len = draw_u16(w, f);
		break;
	case 3:
		f->hdr.gso_size = draw_u16(w, f);
		break;
	case 4:
		f->hdr.csum_start = draw_u16(w, f);
		break;
	default:
		f->hdr.csum_offset = draw_u16(w, f);
	}
}

static void spoil_frame(struct world *w, struct gso_frame *f)
{
	switch (draw(w, 3)) {
	case 0:
		f->len = draw(w, 2) ? draw(w, f->len + 1) : draw(w, 80);
		break;
	case 1: /* a field of the IP or transport header, or the ethertype */
		f->data[12 + draw(w, f->payload - 12)] = draw(w, 256);
		break;
	default:
		f->data[ETH_HLEN] = draw(w, 256); /* version and length of the IP header */
	}
}

static void draw_frame(struct world *w, struct gso_frame *f)
{
	static const char *const to[] = { MAC_SIBLING, MAC_SIBLING, MAC_C0,
					  NT_HOST_MAC, NT_WIRE_MAC, MAC_ALL };
	struct gso_spec spec = {
		.family = draw(w, 2) ? AF_INET : AF_INET6,
		.udp = draw(w, 2),
		.payload = 1 + draw(w, draw(w, 8) ? 4000 : 60000),
		.gso_size = draw(w, 3) ? 1 + draw(w, 1448) : 0,
		.partial = draw(w, 2),
	};
	uint8_t dst[6], src[6];

	if (!spec.gso_size && spec.payload > 1400)
		spec.payload = 1400;
	if (spec.gso_size && spec.payload / spec.gso_size > 60)
		spec.gso_size = 1400;
	xmt_mac_parse(to[draw(w, 6)], dst);
	xmt_mac_parse(MAC_GUEST, src);
	gso_frame_build(f, &spec, dst, src);
	for (unsigned int n = draw(w, 4); n; n--)
		spoil_header(w, f);
	if (!draw(w, 3))
		spoil_frame(w, f);
}

static void world_fail(struct world *w, const struct gso_frame *f, const char *who,
		       const char *what)
{
	const struct virtio_net_hdr *h = &f->hdr;

	if (w->failures++ < 10)
		xmt_fail("%s: %s: sent %zu octets, flags %#x gso_type %#x hdr_len %u gso_size %u "
			 "csum_start %u csum_offset %u",
			 who, what, f->len, h->flags, h->gso_type, h->hdr_len, h->gso_size,
			 h->csum_start, h->csum_offset);
}

/* Reads and checks what has arrived of a frame. Returns the number of frames. */
static unsigned int read_all(struct world *w, const struct gso_frame *f, const struct gso_end *end)
{
	static struct arrived a;
	unsigned int n = 0;
	const char *wrong;

	while ((a.len = gso_end_recv(end, &a.hdr, a.frame, 0)) > 0) {
		n++;
		wrong = gso_malformed(&a.hdr, a.frame, a.len);
		/* the host's stack takes any length, as from a tap in a bridge */
		if (end != &w->macvtap_sibling && end != &w->rx[HOST] && !a.hdr.gso_type &&
		    a.len > LONGEST + (f->hdr.gso_type ? HEADERS : 0))
			wrong = "longer than the MTU";
		if (wrong)
			world_fail(w, f, end->name, wrong);
	}
	/* A packet socket cannot describe UFO (virtio_net_hdr_from_skb()) */
	if (a.len < 0 && (end->tap || a.len != -EINVAL))
		world_fail(w, f, end->name, "cannot be read");
	return n;
}

static void try_frame(struct world *w, bool compare)
{
	static struct gso_frame f;
	unsigned int ours, theirs;
	int err, other;

	draw_frame(w, &f);
	err = gso_end_send(&w->guest, &f.hdr, f.data, f.len);
	*(err ? &w->refused : &w->accepted) += 1;
	w->received[SIBLING] += ours = read_all(w, &f, &w->rx[SIBLING]);
	for (int i = SIBLING + 1; i < RECEIVERS; i++)
		w->received[i] += read_all(w, &f, &w->rx[i]);
	if (!compare)
		return;
	other = gso_end_send(&w->macvtap_guest, &f.hdr, f.data, f.len);
	theirs = read_all(w, &f, &w->macvtap_sibling);
	/* The drivers differ in what they refuse: tun_get_user(), tap_get_user() */
	w->differ += !err != !other;
	/* Nobody takes UFO any more: its many fragments may not fit into macvtap's ring */
	if ((f.hdr.gso_type & ~VIRTIO_NET_HDR_GSO_ECN) == VIRTIO_NET_HDR_GSO_UDP)
		return;
	/*
	 * A frame that is not longer than its headers and gso_size is none of GSO for tun; macvtap,
	 * which finds its headers in another way, may take it for one and fail to split it
	 */
	if (f.hdr.gso_type && f.len <= (size_t)f.hdr.gso_size + HEADERS)
		return;
	if (!other && ours && !theirs)
		world_fail(w, &f, "sibling", "macvtap's receives nothing");
	w->less += theirs && !ours;
}

static void check_still_works(struct world *w)
{
	static const struct gso_spec good = { AF_INET, false, 64000, 1448, true };
	static struct gso_frame f;
	struct gso_arrival a;

	for (int i = 0; i < RECEIVERS; i++) {
		gso_frame_build(&f, &good, w->rx[i].mac, w->guest.mac);
		gso_end_send(&w->guest, &f.hdr, f.data, f.len);
		gso_frame_collect(&f, &w->rx[i], 1514, &a);
		xmt_check(!a.error && a.octets == good.payload && a.frames == 1,
			  "afterwards %s receives a good frame of %u octets", w->rx[i].name,
			  good.payload);
	}
}

static void run_frames(bool compare)
{
	static struct world w;

	make_world(&w);
	compare = compare && make_macvtaps(&w);
	for (unsigned int i = 0; i < FRAMES; i++)
		try_frame(&w, compare);
	xmt_check(!w.failures,
		  "%u frames accepted, %u refused; the sibling received %u frames, the container "
		  "%u, the host %u, the wire %u: none malformed",
		  w.accepted, w.refused, w.received[SIBLING], w.received[CONTAINER],
		  w.received[HOST], w.received[WIRE]);
	printf("     macvtap %s; it differs in %u writes; %u frames only its sibling received\n",
	       compare ? "compared" : "is not there", w.differ, w.less);
	check_still_works(&w);
}

static void hostile_headers(void)
{
	run_frames(true);
}

static void check_length(struct world *w, int to, unsigned int len, const char *dst, bool arrives)
{
	struct gso_spec spec = { AF_INET, true, len - ETH_HLEN - 28, 0, false };
	static struct gso_frame f;
	struct gso_arrival a;
	uint8_t mac[6];

	xmt_mac_parse(dst, mac);
	gso_frame_build(&f, &spec, mac, w->guest.mac);
	gso_end_send(&w->guest, &f.hdr, f.data, f.len);
	gso_frame_collect(&f, &w->rx[to], LONGEST, &a);
	xmt_check(!a.error && a.frames == arrives, "%u octets for %s: %s receives %u frames", len,
		  dst, w->rx[to].name, a.frames);
}

static void longer_than_mtu(void)
{
	static struct world w;

	make_world(&w);
	for (int i = SIBLING; i <= CONTAINER; i++) {
		const char *mac = i == SIBLING ? MAC_SIBLING : MAC_C0;

		check_length(&w, i, LONGEST, mac, true);
		check_length(&w, i, LONGEST + 1, mac, false);
		check_length(&w, i, 40000, mac, false);
		check_length(&w, i, LONGEST, MAC_ALL, true);
		check_length(&w, i, LONGEST + 1, MAC_ALL, false);
	}
	xmt_check(nt_number(&w.net.host, "t1", "drops.not_copied") == 4,
		  "what is too long for the tap is counted");
	xmt_check(nt_number(&w.net.host, "c0", "drops.delivery_failed") == 4,
		  "what is too long for the veth is counted");
}

static const struct nt_case cases[] = {
	{ "longer than the MTU", 30, longer_than_mtu },
	{ "hostile headers", 120, hostile_headers },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
