// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See world.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "world.h"

#define SLOTS (sizeof(NET_ENDPOINTS)) /* slot 0 and one for each letter */
#define GEN   7 /* present generation of the source lists */

static void hash_clear(int map, size_t key_size)
{
	__u8 key[key_size];

	while (!bpf_map_get_next_key(map, NULL, key))
		if (bpf_map_delete_elem(map, key))
			exit(1);
}

static void maps_clear(const struct objs *o)
{
	const struct xm_port none = { 0 };
	const __u64 no_vlans = 0;

	hash_clear(o->mac_table, sizeof(struct xm_mac_key));
	hash_clear(o->host_ends, sizeof(__u32));
	hash_clear(o->sources, sizeof(struct xm_source_key));
	hash_clear(o->neigh_owners, sizeof(struct xm_neigh_key));
	hash_clear(o->neigh_taught, sizeof(struct xm_neigh_slot_key));
	for (__u32 slot = 0; slot < SLOTS; slot++) {
		objs_put(o->ports, &slot, &none);
		bpf_map_delete_elem(o->tc_devices, &slot);
		bpf_map_delete_elem(o->xdp_devices, &slot);
		objs_clear_stats(o, slot);
	}
	for (__u32 word = 0; word < XM_VLAN_WORDS; word++)
		objs_put(o->vlans, &word, &no_vlans);
}

static __u8 mode_by_letter(char letter)
{
	switch (letter) {
	case 'p':
		return XM_MODE_PRIVATE;
	case 'v':
		return XM_MODE_VEPA;
	case 'b':
		return XM_MODE_BRIDGE;
	case 't':
		return XM_MODE_PASSTHRU;
	case 's':
		return XM_MODE_SOURCE;
	}
	fprintf(stderr, "unknown mode: %c\n", letter);
	exit(1);
}

static void source_add(const struct objs *o, char letter, __u16 slot, __u16 gen)
{
	struct xm_source value = { .slot = slot, .gen = gen };
	struct xm_source_key key = { 0 };
	struct xm_source old;

	mac_of(letter, key.mac);
	while (!bpf_map_lookup_elem(o->sources, &key, &old))
		key.index++;
	objs_put(o->sources, &key, &value);
}

static __u8 flag_by_char(char c)
{
	static const char chars[] = "+!/@~#";
	static const __u8 flags[] = { XM_PORT_HOST_ACCESS, XM_PORT_SPOOFCHK, XM_PORT_NODST,
				      XM_PORT_OTHER_NETNS, XM_PORT_NAPI,     XM_PORT_TAP };
	const char *at = strchr(chars, c);

	return at ? flags[at - chars] : 0;
}

static void endpoint_add_uses(struct xm_config *c, const struct xm_port *port, __u32 slot)
{
	if (port->flags & XM_PORT_HOST_ACCESS)
		c->uses |= XM_USES_HOST_ACCESS;
	if (port->mode == XM_MODE_SOURCE)
		c->uses |= XM_USES_SOURCES;
	if (port->mode == XM_MODE_PASSTHRU) {
		c->uses |= XM_USES_PASSTHRU;
		c->passthru_slot = slot;
	}
	if (c->slots <= slot)
		c->slots = slot + 1;
}

static void endpoint_add(const struct objs *o, struct xm_config *config, const char *word,
			 struct world *w)
{
	struct xm_port port = { .mtu = word[0] == 'L' ? NET_SMALL_MTU : 1500, .source_gen = GEN };
	__u32 slot = net_slot(word[0]), ifindex = net_ifindex(word[0]);
	const char *c = word + 2;
	bool gone = false, freed = false, stale = false, collided = false;

	port.mode = mode_by_letter(word[1]);
	for (; *c && *c != ':'; c++) {
		port.flags |= flag_by_char(*c);
		gone |= *c == '-';
		freed |= *c == '0';
		stale |= *c == '^';
		collided |= *c == '%';
	}
	for (c += *c == ':'; *c; c++)
		source_add(o, *c, slot, stale ? GEN - 1 : GEN);
	port.ifindex = freed ? 0 : ifindex;
	mac_of(port.mode == XM_MODE_PASSTHRU ? 'P' : word[0], port.mac);
	objs_put(o->ports, &slot, &port);
	if (!gone) {
		objs_put(o->tc_devices, &slot, &ifindex);
		objs_put(o->xdp_devices, &slot, &ifindex);
	}
	objs_put(o->host_ends, &ifindex, &slot);
	objs_put_mac(o, port.mac, slot, collided ? slot % (SLOTS - 1) + 1 : slot);
	endpoint_add_uses(config, &port, slot);
	w->mode[(int)word[0]] = word[1];
	w->peer[(int)word[0]] = port.flags & XM_PORT_OTHER_NETNS;
}

/* The endpoint's additional MAC, by letter */
static void address_add(const struct objs *o, char endpoint, char letter)
{
	__u32 slot = net_slot(endpoint);
	__u8 mac[XM_MAC_LEN];
	struct xm_port port;

	mac_of(letter, mac);
	objs_put_mac(o, mac, slot, slot);
	if (bpf_map_lookup_elem(o->ports, &slot, &port))
		exit(1);
	port.flags |= XM_PORT_ADDRESSES;
	objs_put(o->ports, &slot, &port);
}

static void neigh_add(const struct objs *o, const char *word, bool asked, bool gone)
{
	struct xm_neigh_owner owner = { .ifindex = net_ifindex(word[0]) + gone,
					.slot = net_slot(word[0]),
					.asked = asked };
	struct xm_neigh_key key;

	for (const char *family = "46"; *family; family++) {
		ip_of(word[1], *family, &key);
		objs_put(o->neigh_owners, &key, &owner);
	}
}

static void vlan_add(const struct objs *o, struct xm_config *c, __u32 bit)
{
	__u32 word = bit / 64;
	__u64 bits = 0;

	bpf_map_lookup_elem(o->vlans, &word, &bits);
	bits |= 1ull << bit % 64;
	objs_put(o->vlans, &word, &bits);
	c->uses |= XM_USES_VLANS;
}

static void word_apply(const struct objs *o, struct xm_config *c, const char *word, struct world *w,
		       char *parent)
{
	if (!strncmp(word, "vlan", 4))
		vlan_add(o, c, atoi(word + 4));
	else if (!strncmp(word, "avlan", 5))
		vlan_add(o, c, 4096 + atoi(word + 5));
	else if (!strncmp(word, "more", 4))
		address_add(o, word[4], word[5]);
	else if (!strcmp(word, "down"))
		*parent = 'Q';
	else if (!strcmp(word, "noxdp"))
		c->uses &= ~XM_USES_XDP;
	else if (!strcmp(word, "guard"))
		c->uses |= XM_USES_GUARD;
	else if (!strcmp(word, "reflect"))
		c->uses |= XM_USES_REFLECT;
	else if (!strcmp(word, "neigh"))
		c->uses |= XM_USES_NEIGH;
	else if (!strncmp(word, "has", 3))
		neigh_add(o, word + 3, false, false);
	else if (!strncmp(word, "asked", 5))
		neigh_add(o, word + 5, true, false);
	else if (!strncmp(word, "gone", 4))
		neigh_add(o, word + 4, false, true);
	else if (!strcmp(word, "veth"))
		c->uses |= XM_USES_XDP_VETH;
	else
		endpoint_add(o, c, word, w);
}

void world_set(const struct objs *o, const char *text, struct world *ret)
{
	struct xm_config c = { .slots = 1, .uses = XM_USES_XDP };
	__u32 zero = 0, ifindex;
	char copy[128], parent = 'h', *save, *word;

	memset(ret, 0, sizeof(*ret));
	maps_clear(o);
	c.parent_ifindex = net_ifindex('h');
	mac_of('P', c.parent_mac);
	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		word_apply(o, &c, word, ret, &parent);
	ret->uses = c.uses;
	ifindex = net_ifindex(parent);
	objs_put(o->tc_devices, &zero, &ifindex);
	objs_put(o->config, &zero, &c);
}
