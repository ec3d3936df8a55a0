/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network devices over rtnetlink. Every call works in the namespace of the xm_nl's socket. Where it takes
 * `nsid`, it looks into the namespace that has this id there (IFLA_LINK_NETNSID), XM_NSID_SELF for the
 * socket's own; the kernel lets us look but not change anything that way. All return 0 or -errno;
 * xm_nl_why() then has the kernel's explanation.
 */
#ifndef XM_LINK_H
#define XM_LINK_H

#include <linux/if_link.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "net/nl.h"

#define XM_NSID_SELF (-1)

/* IFF_LOWER_UP: up and with a carrier. linux/if.h, which has it, and net/if.h do not go together. */
#define XM_LINK_CARRIER 0x10000u

struct xm_link {
	uint32_t ifindex;
	uint32_t flags; /* IFF_* */
	uint32_t mtu;
	uint32_t max_mtu; /* 0: no limit known */
	uint32_t group;
	uint32_t master; /* ifindex, 0: none */
	uint32_t lower; /* IFLA_LINK: a veth's peer, a VLAN's parent; 0: none */
	int32_t lower_nsid; /* XM_NSID_SELF: lower is in the same namespace */
	uint64_t rx_dropped, tx_dropped; /* by the device */
	uint16_t type; /* ARPHRD_* */
	uint8_t operstate; /* IF_OPER_* */
	uint8_t mac[XM_MAC_LEN];
	uint16_t vlan_id; /* of a VLAN device */
	uint16_t vlan_proto; /* host byte order, 0: not a VLAN device */
	char name[XM_NAME_LEN];
	char kind[XM_NAME_LEN]; /* IFLA_INFO_KIND, "" for hardware */
	char qdisc[XM_NAME_LEN];
	uint32_t promiscuity; /* how often it was made promiscuous */
	uint32_t allmulti; /* ... and allmulticast; 0 before Linux 6.0 */
	/* Of a notification only */
	uint32_t event; /* IFLA_EVENT_* */
	uint32_t
		moved_ifindex; /* the device was moved to moved_nsid and has this index there; 0: it was not */
	int32_t moved_nsid;
};

/* What a RTM_NEWLINK or RTM_DELLINK message tells */
void xm_link_parse(const struct nlmsghdr *nlh, struct xm_link *ret);

/* Fills *ret by name or, when name is NULL, by ifindex. -ENODEV: there is none. */
int xm_link_get(struct xm_nl *nl, int32_t nsid, const char *name, uint32_t ifindex,
		struct xm_link *ret);

/* Calls each(link, data) for every device; a negative return ends it and comes back */
int xm_link_each(struct xm_nl *nl, int32_t nsid, int (*each)(const struct xm_link *, void *),
		 void *data);

struct xm_veth {
	const char *host_name;
	uint32_t host_mtu;
	uint32_t host_group;
	const char *peer_name;
	const uint8_t *peer_mac;
	uint32_t peer_mtu;
	int peer_netns_fd; /* -1: beside the host end */
};

/* Makes a veth pair, both ends down. *ret is the host end, ifindex 0 when the kernel did not tell. */
int xm_link_add_veth(struct xm_nl *nl, const struct xm_veth *veth, struct xm_link *ret);
int xm_link_del(struct xm_nl *nl, uint32_t ifindex);

/* Into the namespace that netns_fd is of, under that name. It is down then, and without qdiscs. */
int xm_link_move(struct xm_nl *nl, uint32_t ifindex, int netns_fd, const char *name);

/* Puts a device into a group; deletes all devices of a group at once. -ENODEV: the group is empty. */
int xm_link_set_group(struct xm_nl *nl, uint32_t ifindex, uint32_t group);
int xm_link_del_group(struct xm_nl *nl, uint32_t group);

/* Sets the flags in `mask` to those in `flags` */
int xm_link_set_flags(struct xm_nl *nl, uint32_t ifindex, uint32_t flags, uint32_t mask);
int xm_link_set_mac(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac);
int xm_link_set_mtu(struct xm_nl *nl, uint32_t ifindex, uint32_t mtu);

/* Up, but the stack shall not speak on it: without an IPv6 link-local address (addr_gen_mode none) */
int xm_link_up_silent(struct xm_nl *nl, uint32_t ifindex);

/* A kernel macvlan or macvtap */
bool xm_link_is_macvlan(const struct xm_link *link);

/*
 * A MAC in the device's unicast filter, as dev_uc_add(). -EEXIST: somebody has put it there before. A driver with an
 * ndo_fdb_add of its own may take none: -EOPNOTSUPP (i40e, ice without SR-IOV, macvlan), -EINVAL (vxlan).
 */
int xm_link_add_unicast(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac);
int xm_link_del_unicast(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac);

#endif
