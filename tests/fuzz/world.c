// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See world.h. Also the kernel's side of netlink. */
#define FZ_HARNESS
#include "fakes.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/net_namespace.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/net/link.h"
#include "fuzz.h"
#include "world.h"

#define DIR_OF_P0 XM_PIN_ROOT "/n7-3"
#define NSID	  5 /* of the namespace that b's peer is in */

struct world_link world_links[WORLD_LINKS];
int world_maps[XM_MAP_COUNT];

/* --- devices --- */

static struct world_link *new_link(uint32_t ifindex, const char *name, const char *kind)
{
	for (int i = 0; i < WORLD_LINKS; i++) {
		struct world_link *l = &world_links[i];

		if (l->ifindex)
			continue;
		*l = (struct world_link){ .ifindex = ifindex,
					  .flags = IFF_UP | IFF_RUNNING | XM_LINK_CARRIER,
					  .mtu = 1500,
					  .nsid = XM_NSID_SELF,
					  .lower_nsid = XM_NSID_SELF,
					  .operstate = 6 };
		memcpy(l->name, name, strlen(name));
		memcpy(l->kind, kind, strlen(kind));
		l->mac[0] = 2;
		l->mac[5] = ifindex;
		return l;
	}
	return NULL;
}

static void new_pair(uint32_t slot, const char *name, int32_t nsid)
{
	char host_name[XM_NAME_LEN];
	struct world_link *host, *peer;

	snprintf(host_name, sizeof(host_name), "xm%x-%x", WORLD_PARENT, slot);
	host = new_link(10 + slot, host_name, "veth");
	peer = new_link(20 + slot, name, "veth");
	host->group = XM_LINK_GROUP_BASE + slot;
	host->lower = peer->ifindex;
	host->lower_nsid = peer->nsid = nsid;
	peer->lower = host->ifindex;
}

static struct world_link *find_link(const char *name, uint32_t ifindex, int32_t nsid)
{
	for (int i = 0; i < WORLD_LINKS; i++) {
		struct world_link *l = &world_links[i];

		if (l->ifindex && l->nsid == nsid &&
		    (name ? !strncmp((char *)l->name, name, sizeof(l->name))
			  : l->ifindex == ifindex))
			return l;
	}
	return NULL;
}

unsigned int fz_if_nametoindex(const char *name)
{
	struct world_link *l = find_link(name, 0, XM_NSID_SELF);

	return l ? l->ifindex : 0;
}

/* --- netlink --- */

struct asked {
	const struct nlmsghdr *nlh;
	uint32_t ifindex, group;
	int32_t nsid;
	char name[XM_NAME_LEN];
};

static void ack(const struct asked *q, int error)
{
	char buf[64] = {};
	struct nlmsghdr *nlh = fz_msg(buf, NLMSG_ERROR);
	struct nlmsgerr *err = fz_msg_header(nlh, sizeof(*err));

	nlh->nlmsg_seq = q->nlh->nlmsg_seq;
	err->error = -error;
	fz_nl_queue(buf, nlh->nlmsg_len, 0);
}

static void done(const struct asked *q)
{
	char buf[64] = {};
	struct nlmsghdr *nlh = fz_msg(buf, NLMSG_DONE);

	nlh->nlmsg_seq = q->nlh->nlmsg_seq;
	fz_msg_header(nlh, sizeof(int));
	fz_nl_queue(buf, nlh->nlmsg_len, 0);
}

static void put_info(struct nlmsghdr *nlh, const struct world_link *l)
{
	struct nlattr *info = fz_nest(nlh, IFLA_LINKINFO), *data;

	fz_put(nlh, IFLA_INFO_KIND, sizeof(l->kind), l->kind);
	data = fz_nest(nlh, IFLA_INFO_DATA);
	if (l->vlan) {
		fz_put_u16(nlh, IFLA_VLAN_ID, l->vlan);
		fz_put_u16(nlh, IFLA_VLAN_PROTOCOL, l->vlan >> 16);
	}
	fz_nest_end(nlh, data);
	fz_nest_end(nlh, info);
}

static void tell(const struct asked *q, const struct world_link *l)
{
	char buf[1024] = {};
	struct nlmsghdr *nlh = fz_msg(buf, RTM_NEWLINK);
	struct ifinfomsg *ifi = fz_msg_header(nlh, sizeof(*ifi));

	nlh->nlmsg_seq = q->nlh->nlmsg_seq;
	ifi->ifi_index = l->ifindex;
	ifi->ifi_flags = l->flags;
	ifi->ifi_type = ARPHRD_ETHER;
	fz_put(nlh, IFLA_IFNAME, sizeof(l->name), l->name);
	fz_put(nlh, IFLA_ADDRESS, sizeof(l->mac), l->mac);
	fz_put_u32(nlh, IFLA_MTU, l->mtu);
	fz_put_u32(nlh, IFLA_GROUP, l->group);
	fz_put_u32(nlh, IFLA_LINK, l->lower);
	if (l->lower_nsid != XM_NSID_SELF)
		fz_put_u32(nlh, IFLA_LINK_NETNSID, l->lower_nsid);
	fz_put_u8(nlh, IFLA_OPERSTATE, l->operstate);
	fz_put(nlh, IFLA_QDISC, sizeof(l->name), l->name);
	put_info(nlh, l);
	fz_nl_queue(buf, nlh->nlmsg_len, 0);
}

static void get_link(const struct asked *q)
{
	struct world_link *l = find_link(q->name[0] ? q->name : NULL, q->ifindex, q->nsid);

	if ((q->nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
		for (int i = 0; i < WORLD_LINKS; i++)
			if (world_links[i].ifindex && world_links[i].nsid == q->nsid)
				tell(q, &world_links[i]);
		done(q);
		return;
	}
	if (l)
		tell(q, l);
	ack(q, l ? 0 : ENODEV);
}

/* Deletes devices by index or group, each veth with its other end. */
static void del_link(const struct asked *q)
{
	int n = 0;

	for (int i = 0; i < WORLD_LINKS; i++) {
		struct world_link *l = &world_links[i];
		bool pending_delete = q->ifindex ? l->ifindex == q->ifindex : l->group == q->group;

		if (!l->ifindex || l->nsid != XM_NSID_SELF || !pending_delete)
			continue;
		for (int j = 0; j < WORLD_LINKS; j++)
			if (world_links[j].lower == l->ifindex)
				world_links[j].ifindex = 0;
		l->ifindex = 0;
		n++;
	}
	ack(q, n ? 0 : ENODEV);
}

static void new_veth(const struct asked *q)
{
	static uint32_t next = 14;
	struct world_link *host, *peer;

	host = new_link(next, q->name, "veth");
	peer = new_link(next + 10, "new", "veth");
	next = next == 19 ? 14 : next + 1;
	if (!peer) {
		ack(q, ENOMEM);
		return;
	}
	host->group = q->group;
	host->lower = peer->ifindex;
	peer->lower = host->ifindex;
	tell(q, host);
	ack(q, 0);
}

static void set_link(const struct asked *q)
{
	struct world_link *l = find_link(NULL, q->ifindex, XM_NSID_SELF);

	if (l && q->group)
		l->group = q->group;
	ack(q, l ? 0 : ENODEV);
}

static void read_request(const struct nlmsghdr *nlh, struct asked *q)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(nlh);
	int left = IFLA_PAYLOAD(nlh);

	q->ifindex = ifi->ifi_index;
	for (struct rtattr *attr = IFLA_RTA(ifi); RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type == IFLA_IFNAME)
			snprintf(q->name, sizeof(q->name), "%s", (char *)RTA_DATA(attr));
		if (attr->rta_type == IFLA_GROUP)
			q->group = *(uint32_t *)RTA_DATA(attr);
		if (attr->rta_type == IFLA_TARGET_NETNSID)
			q->nsid = *(uint32_t *)RTA_DATA(attr);
	}
}

static void tell_nsid(const struct asked *q)
{
	char buf[64] = {};
	struct nlmsghdr *nlh = fz_msg(buf, RTM_NEWNSID);

	nlh->nlmsg_seq = q->nlh->nlmsg_seq;
	fz_msg_header(nlh, sizeof(struct rtgenmsg));
	fz_put_u32(nlh, NETNSA_NSID, NSID);
	fz_nl_queue(buf, nlh->nlmsg_len, 0);
	ack(q, 0);
}

static void answer_one(const struct nlmsghdr *nlh)
{
	struct asked q = { .nlh = nlh, .nsid = XM_NSID_SELF };

	if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_GETLINK ||
	    nlh->nlmsg_type == RTM_DELLINK)
		read_request(nlh, &q);
	if (fz_shall_fail())
		ack(&q, errno);
	else if (nlh->nlmsg_type == RTM_GETLINK)
		get_link(&q);
	else if (nlh->nlmsg_type == RTM_DELLINK)
		del_link(&q);
	else if (nlh->nlmsg_type == RTM_NEWLINK && (nlh->nlmsg_flags & NLM_F_CREATE))
		new_veth(&q);
	else if (nlh->nlmsg_type == RTM_NEWLINK)
		set_link(&q);
	else if (nlh->nlmsg_type == RTM_GETNSID)
		tell_nsid(&q);
	else if ((nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		done(&q);
	else
		ack(&q, 0);
}

static void answer(const void *request, size_t len)
{
	const struct nlmsghdr *nlh = request;
	int left = len;

	for (; left > 0 && NLMSG_OK(nlh, (unsigned int)left); nlh = NLMSG_NEXT(nlh, left))
		answer_one(nlh);
}

/* --- maps --- */

static void make_maps(void)
{
	static const uint32_t shapes[XM_MAP_COUNT][4] = {
		[XM_MAP_CONFIG] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_config), 1 },
		[XM_MAP_MAC_TABLE] = { BPF_MAP_TYPE_HASH, 8, 4, XM_MAX_SLOTS },
		[XM_MAP_HINTS] = { BPF_MAP_TYPE_ARRAY, 4, 8, (1 << XM_HINT_BITS) / XM_HINT_WAYS },
		[XM_MAP_HOST_ENDS] = { BPF_MAP_TYPE_HASH, 4, 4, XM_MAX_SLOTS },
		[XM_MAP_PORTS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_port), XM_MAX_SLOTS },
		[XM_MAP_TC_DEVICES] = { BPF_MAP_TYPE_DEVMAP, 4, 4, XM_MAX_SLOTS },
		[XM_MAP_XDP_DEVICES] = { BPF_MAP_TYPE_DEVMAP, 4, 4, XM_MAX_SLOTS },
		[XM_MAP_SOURCES] = { BPF_MAP_TYPE_HASH, 8, 4, XM_MAX_SOURCES },
		[XM_MAP_STATS] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4,
				   XM_MAX_SLOTS / XM_STATS_CHUNK },
		[XM_MAP_VLANS] = { BPF_MAP_TYPE_ARRAY, 4, 8, XM_VLAN_WORDS },
		[XM_MAP_MCAST_GROUPS] = { BPF_MAP_TYPE_HASH, 8, 4, XM_MAX_GROUPS },
		[XM_MAP_GROUPS_VALID] = { BPF_MAP_TYPE_ARRAY, 4, 8, 1 },
		[XM_MAP_PARENT] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_parent_record), 1 },
		[XM_MAP_ENDPOINTS] = { BPF_MAP_TYPE_HASH, 4, sizeof(struct xm_endpoint_record),
				       XM_MAX_SLOTS },
		[XM_MAP_NEIGH_OWNERS] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct xm_neigh_key),
					  sizeof(struct xm_neigh_owner), XM_MAX_NEIGHS },
		[XM_MAP_NEIGH_TAUGHT] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct xm_neigh_slot_key),
					  sizeof(struct xm_neigh_taught), XM_MAX_SLOTS },
		[XM_MAP_FANOUT] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_fanout), 1 },
		[XM_MAP_FANOUT_FLOW] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_fanout_flow), 1 },
		[XM_MAP_FANOUT_MEMBERS] = { BPF_MAP_TYPE_ARRAY, 4, 8, XM_MAX_SLOTS / 64 },
		[XM_MAP_FANOUT_CHUNKS] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4,
					   XM_MAX_SLOTS / XM_FANOUT_CHUNK },
		[XM_MAP_LISTENERS] = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct xm_listeners), 1 },
		[XM_MAP_EVENTS] = { BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 0 },
		[XM_MAP_EVENT_LIMITS] = { BPF_MAP_TYPE_PERCPU_ARRAY, 4,
					  sizeof(struct xm_event_limit), XM_REASON_MAX },
		[XM_MAP_OWNERS] = { BPF_MAP_TYPE_LPM_TRIE, 8, sizeof(struct xm_owner),
				    XM_MAX_SLOTS },
	};
	char path[200];

	fz_fs_put(DIR_OF_P0, -1);
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		world_maps[i] = fz_map(shapes[i][0], shapes[i][1], shapes[i][2], shapes[i][3]);
		snprintf(path, sizeof(path), DIR_OF_P0 "/%s", xm_map_names[i]);
		fz_fs_put(path, world_maps[i]);
	}
	/* Programs and links are only opened, so any map can replace them */
	fz_fs_put(DIR_OF_P0 "/endpoint_rx", world_maps[XM_MAP_VLANS]);
	fz_fs_put(DIR_OF_P0 "/parent_rx_link", world_maps[XM_MAP_VLANS]);
}

static void put_parent(void)
{
	struct xm_config config = {
		.parent_ifindex = WORLD_PARENT,
		.slots = 4,
		.uses = XM_USES_HOST_ACCESS | XM_USES_SOURCES,
		.parent_mac = { 2, 0, 0, 0, 0, WORLD_PARENT },
	};
	struct xm_parent_record rec = {
		.magic = XM_MAGIC,
		.abi_major = XM_ABI_MAJOR,
		.abi_minor = XM_ABI_MINOR,
		.parent_ifindex = WORLD_PARENT,
		.state = XM_PARENT_READY | XM_PARENT_TCX | XM_PARENT_TX | XM_PARENT_ALLMULTI,
		.xdp_requested = XM_XDP_AUTO,
		.netns_cookie = 7,
		.xdp_reason = "veth devices are not asked",
	};
	uint32_t zero = 0;

	fz_map_put(world_maps[XM_MAP_CONFIG], &zero, &config);
	fz_map_put(world_maps[XM_MAP_PARENT], &zero, &rec);
}

static void put_endpoint(uint32_t slot, const char *name, uint8_t mode, uint8_t flags, int32_t nsid)
{
	struct xm_endpoint_record rec = {
		.host_ifindex = 10 + slot,
		.peer_ifindex = 20 + slot,
		.peer_nsid = nsid,
		.bcqueuelen = 1000,
		.bclim = 1,
		.state = XM_ENDPOINT_READY,
		.uc_filtered = XM_UC_FILTERED_MAC,
		.port = { .ifindex = 10 + slot,
			  .mtu = 1500,
			  .mode = mode,
			  .flags = flags,
			  .mac = { 2, 0, 0, 0, 0, 20 + slot } },
	};
	struct xm_mac_key key = { .mac = { 2, 0, 0, 0, 0, 20 + slot } };

	strcpy(rec.name, name);
	strcpy(rec.requested_ifname, name);
	fz_map_put(world_maps[XM_MAP_ENDPOINTS], &slot, &rec);
	fz_map_put(world_maps[XM_MAP_PORTS], &slot, &rec.port);
	fz_map_put(world_maps[XM_MAP_MAC_TABLE], &key, &slot);
	fz_map_put(world_maps[XM_MAP_TC_DEVICES], &slot, &rec.host_ifindex);
	fz_map_put(world_maps[XM_MAP_XDP_DEVICES], &slot, &rec.host_ifindex);
	fz_map_put(world_maps[XM_MAP_HOST_ENDS], &rec.host_ifindex, &slot);
	new_pair(slot, name, nsid);
}

static void put_rest(void)
{
	struct xm_source_key key = { .mac = { 2, 0, 0, 0, 1, 1 } };
	struct xm_source source = { .slot = 2 };
	uint32_t zero = 0, parent = WORLD_PARENT, id;
	struct xm_stats stats[2] = { { .rx_packets = 5 }, { .tx_bytes = 7 } };
	int chunk = fz_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(struct xm_stats), XM_STATS_CHUNK);

	id = fz_map_id(chunk);
	fz_fs_put(DIR_OF_P0 "/stats-0", chunk);
	fz_map_put(chunk, &zero, stats);
	fz_map_put(world_maps[XM_MAP_STATS], &zero, &id);
	fz_map_put(world_maps[XM_MAP_TC_DEVICES], &zero, &parent);
	fz_map_put(world_maps[XM_MAP_SOURCES], &key, &source);
	key.index = 1;
	source.slot = 9;
	fz_map_put(world_maps[XM_MAP_SOURCES], &key, &source);
}

void world_make(void)
{
	memset(world_links, 0, sizeof(world_links));
	fz_bpf_reset();
	fz_fs_reset();
	fz_nl_reset(answer);
	fz_fs_put("/run/netns", -1);
	fz_fs_put("/run/netns/c0", -2);
	new_link(WORLD_PARENT, "p0", "");
	new_link(4, "p0.5", "vlan")->vlan = 5 | 0x81 << 16;
	make_maps();
	put_parent();
	put_endpoint(1, "a", XM_MODE_BRIDGE, XM_PORT_SPOOFCHK, XM_NSID_SELF);
	put_endpoint(2, "b", XM_MODE_SOURCE, XM_PORT_OTHER_NETNS | XM_PORT_NODST, NSID);
	put_endpoint(3, "c", XM_MODE_PRIVATE, XM_PORT_HOST_ACCESS, XM_NSID_SELF);
	put_rest();
}
