// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Random topologies. */
#include <stdio.h>
#include <string.h>

#include <linux/if_tun.h>

#include "eq.h"

const uint8_t sentinel_listed[6] = { 0x02, 0x5e, 0x00, 0x00, 0x00, 0x01 };
const uint8_t sentinel_unlisted[6] = { 0x02, 0x5e, 0x00, 0x00, 0x00, 0x02 };

#define M(mode) (1u << (mode))
#define MIXED	(M(BRIDGE) | M(PRIVATE) | M(VEPA) | M(SOURCE))

enum place { IN_NETNS, BESIDE, BOTH };

static const struct kind {
	const char *name;
	unsigned int modes;
	enum place place;
	unsigned int min_eps, max_eps;
	unsigned int taps; /* percentage of the endpoints */
	bool crowd; /* nearly all endpoints list the same stations, and get the same frames */
} kinds[] = {
	{ "mixed", MIXED, IN_NETNS, 6, 10, 0, false },
	{ "mixed, beside the parent", MIXED, BESIDE, 6, 10, 0, false },
	{ "passthru", M(PASSTHRU), IN_NETNS, 1, 1, 0, false },
	{ "all bridge", M(BRIDGE), IN_NETNS, 3, 8, 0, false },
	{ "mixed, some beside the parent", MIXED, BOTH, 6, 10, 0, false },
	{ "private and vepa", M(PRIVATE) | M(VEPA), IN_NETNS, 3, 8, 0, false },
	{ "source and bridge", M(SOURCE) | M(BRIDGE), IN_NETNS, 4, 8, 0, false },
	{ "source, many listeners", M(SOURCE), IN_NETNS, 9, 10, 0, .crowd = true },
	{ "passthru, beside the parent", M(PASSTHRU), BESIDE, 1, 1, 0, false },
	{ "taps and veths, all bridge", M(BRIDGE), BOTH, 4, 8, 60, false },
	{ "taps and veths, mixed", MIXED, BOTH, 6, 10, 60, false },
	{ "tap, passthru", M(PASSTHRU), BESIDE, 1, 1, 100, false },
};

const char *mode_text(enum mode mode)
{
	static const char *const text[MODES] = { "private", "vepa", "bridge", "passthru",
						 "source" };

	return text[mode];
}

bool mac_is_group(const uint8_t mac[6])
{
	return mac[0] & 1;
}

bool mac_equal(const uint8_t a[6], const uint8_t b[6])
{
	return !memcmp(a, b, 6);
}

void random_mac(struct xmt_prng *p, uint8_t mac[6])
{
	uint64_t r = xmt_rand64(p);

	memcpy(mac, &r, 6);
	mac[0] = 0x02;
	/* 02:5e… are MACs of sentinels. */
	if (mac[1] == 0x5e)
		mac[1] = 0x5d;
}

int topo_find(const struct topo *t, const uint8_t mac[6])
{
	unsigned int i;

	for (i = 0; i < t->n_eps; i++)
		if (t->ep[i].exists && mac_equal(t->ep[i].mac, mac))
			return i;
	return -1;
}

enum mode pick_mode(const struct topo *t, struct xmt_prng *p)
{
	enum mode mode;

	do {
		mode = xmt_rand(p, MODES);
	} while (!(t->modes & M(mode)));
	return mode;
}

/* A MAC for a source list: of a station, an endpoint (perhaps its own), the parent, the wire end */
static void pick_source(const struct topo *t, struct xmt_prng *p, uint8_t mac[6])
{
	unsigned int r = xmt_rand(p, 100);

	if (r < 55)
		/* No endpoint lists the last two stations. */
		memcpy(mac, t->ext[xmt_rand(p, EXT_MAX - 2)], 6);
	else if (r < 85)
		memcpy(mac, t->ep[xmt_rand(p, t->n_eps)].mac, 6);
	else if (r < 95)
		memcpy(mac, t->parent_mac, 6);
	else
		memcpy(mac, t->wire_mac, 6);
}

void pick_sources(const struct topo *t, struct xmt_prng *p, struct ep *ep)
{
	unsigned int i, n = xmt_rand(p, t->crowd ? 2 : 5);

	ep->n_sources = 0;
	for (i = 0; i < EXT_MAX - 2 && t->crowd; i++)
		if (xmt_rand_chance(p, 93))
			memcpy(ep->sources[ep->n_sources++], t->ext[i], 6);
	for (i = 0; i < n; i++) {
		uint8_t mac[6];
		unsigned int j;

		pick_source(t, p, mac);
		for (j = 0; j < ep->n_sources; j++)
			if (mac_equal(ep->sources[j], mac))
				break;
		if (j == ep->n_sources)
			memcpy(ep->sources[ep->n_sources++], mac, 6);
	}
}

void new_address(struct topo *t, struct xmt_prng *p, struct ep *ep)
{
	memcpy(t->old[t->n_old++ % OLD_MAX], ep->mac, 6);
	random_mac(p, ep->mac);
	if (t->passthru)
		memcpy(t->parent_mac, ep->mac, 6);
}

bool kernel_has_uso(void)
{
	return xmt_kernel() >= XMT_KERNEL(6, 2);
}

static void pick_tap(const struct topo *t, struct xmt_prng *p, struct ep *ep)
{
	static const unsigned int offloads[] = {
		0,
		TUN_F_CSUM,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | F_USO,
	};
	static const uint8_t headers[] = { 0, 10, 12 };

	ep->tap = t->taps && xmt_rand_chance(p, t->taps);
	if (!ep->tap)
		return;
	ep->beside = true;
	ep->header = headers[xmt_rand(p, 3)];
	if (ep->header)
		ep->offload = offloads[xmt_rand(p, 4)];
	if (!kernel_has_uso())
		ep->offload &= ~F_USO;
}

static void make_ep(struct topo *t, struct xmt_prng *p, unsigned int i, enum place place)
{
	struct ep *ep = &t->ep[i];

	snprintf(ep->name, sizeof(ep->name), "e%u", i);
	ep->exists = true;
	ep->up = xmt_rand_chance(p, 85);
	ep->beside = place == BESIDE || (place == BOTH && xmt_rand_chance(p, 50));
	pick_tap(t, p, ep);
	ep->netkit = !ep->tap && opt.netkit && xmt_rand_chance(p, opt.netkit);
	ep->mode = pick_mode(t, p);
	ep->mtu = t->mtu;
	if (!t->passthru && xmt_rand_chance(p, t->crowd ? 2 : 20))
		ep->mtu = t->mtu - xmt_rand_range(p, 1, 800);
	if (t->passthru)
		ep->nopromisc = xmt_rand_chance(p, 50);
	/* In another mode nodst has no effect until the mode becomes source */
	ep->nodst = xmt_rand_chance(p, t->crowd ? 2 : ep->mode == SOURCE ? 35 : 15);
	if (ep->mode == SOURCE)
		pick_sources(t, p, ep);
}

/* The kinds take turns, or those with taps, which are the last ones */
static const struct kind *kind_of(unsigned int index)
{
	unsigned int n = sizeof(kinds) / sizeof(kinds[0]), first = 0;

	while (opt.taps && !kinds[first].taps)
		first++;
	return &kinds[first + index % (n - first)];
}

void topo_make(struct topo *t, struct xmt_prng *p, uint64_t seed, unsigned int index)
{
	const struct kind *kind = kind_of(index);
	static const unsigned int mtus[] = { 1500, 1500, 1400, 1986 };
	unsigned int i;

	memset(t, 0, sizeof(*t));
	xmt_prng_seed(p, seed ^ (0x9e3779b97f4a7c15 * (index + 1)));
	t->seed = seed;
	t->index = index;
	t->kind = kind->name;
	t->modes = kind->modes;
	t->taps = kind->taps;
	t->crowd = kind->crowd;
	t->passthru = kind->modes == M(PASSTHRU);
	t->mtu = mtus[xmt_rand(p, 4)];
	random_mac(p, t->parent_mac);
	memcpy(t->first_mac, t->parent_mac, 6);
	random_mac(p, t->wire_mac);
	for (i = 0; i < EXT_MAX; i++)
		random_mac(p, t->ext[i]);
	for (i = 0; i < OLD_MAX; i++)
		random_mac(p, t->old[i]);
	t->n_eps = xmt_rand_range(p, kind->min_eps, kind->max_eps);
	for (i = 0; i < t->n_eps; i++)
		random_mac(p, t->ep[i].mac);
	for (i = 0; i < t->n_eps; i++)
		make_ep(t, p, i, kind->place);
	if (t->passthru)
		memcpy(t->ep[0].mac, t->parent_mac, 6);
}

void topo_print(const struct topo *t)
{
	unsigned int i, j;

	printf("  parent %s, wire end %s, mtu %u\n", xmt_mac_text(t->parent_mac),
	       xmt_mac_text(t->wire_mac), t->mtu);
	for (i = 0; i < t->n_eps; i++) {
		const struct ep *ep = &t->ep[i];

		if (!ep->exists)
			continue;
		printf("  %s %s %s%s%s %s %s%s mtu %u", ep->name, xmt_mac_text(ep->mac),
		       mode_text(ep->mode), ep->nodst ? " nodst" : "",
		       ep->nopromisc ? " nopromisc" : "", ep->up ? "up" : "DOWN",
		       ep->beside ? "beside" : "netns",
		       ep->tap	    ? " tap"
		       : ep->netkit ? " netkit"
				    : "",
		       ep->mtu);
		if (ep->tap)
			printf(" header %u offload %x", ep->header, ep->offload);
		for (j = 0; j < ep->n_sources; j++)
			printf("%s%s", j ? " " : " sources ", xmt_mac_text(ep->sources[j]));
		printf("\n");
	}
}
