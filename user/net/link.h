/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network devices over rtnetlink, in the namespace of the socket. Where a function takes `nsid`, it
 * reads from the namespace that has this id there (IFLA_TARGET_NETNSID); XM_NSID_SELF is the
 * socket's own. The kernel changes nothing through an nsid. Functions return 0 or a negative errno;
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

#define XM_NSID_SELF  (-1)
#define XM_NSID_ENDED (-2) /* the namespace has ended; the kernel deletes its devices soon */

/*
 * ALTIFNAMSIZ: size of an alternative name, with the NUL. linux/if.h defines it, which conflicts
 * with net/if.h.
 */
#define XM_ALTNAME_LEN 128

/* IFF_LOWER_UP: up and with a carrier. linux/if.h defines it, which conflicts with net/if.h. */
#define XM_LINK_CARRIER 0x10000u

#define XM_NO_IPV6 255

struct xm_link {
	uint32_t ifindex;
	uint32_t flags; /* IFF_* */
	uint32_t mtu;
	uint32_t min_mtu;
	uint32_t max_mtu; /* 0: no limit known */
	uint32_t group; /* link group */
	uint32_t master; /* ifindex, 0: none */
	uint32_t lower; /* IFLA_LINK: a veth's peer, a VLAN's parent; 0: none */
	/* id of the namespace of `lower`; XM_NSID_SELF: the device's own; or XM_NSID_ENDED */
	int32_t lower_nsid;
	uint64_t rx_dropped, tx_dropped; /* of the device's own counters */
	uint16_t type; /* ARPHRD_* */
	uint8_t operstate; /* IF_OPER_* */
	uint8_t linkmode; /* IF_LINK_MODE_* */
	uint8_t addr_gen_mode; /* IN6_ADDR_GEN_MODE_*, XM_NO_IPV6: the namespace has no IPv6 */
	uint8_t mac[XM_MAC_LEN];
	uint16_t vlan_id; /* of a VLAN device */
	uint16_t vlan_proto; /* host byte order, 0: not a VLAN device */
	char name[XM_NAME_LEN];
	char kind[XM_NAME_LEN]; /* IFLA_INFO_KIND, "" for hardware */
	char qdisc[XM_NAME_LEN];
	char alias[XM_NAME_LEN]; /* IFLA_IFALIAS, cut to 15 characters */
	uint32_t promiscuity; /* users of promiscuous mode */
	uint32_t allmulti; /* users of allmulticast mode; 0 before Linux 6.0 */
	uint32_t txqlen; /* length of the transmit queue in packets */
	uint32_t tx_queues, rx_queues; /* number of queues */
	/*
	 * sizes in bytes, numbers of segments; 0: the kernel does not report it (before Linux 5.18,
	 * 5.19; for IPv4 6.3)
	 */
	uint32_t gso_max_size, gso_max_segs, tso_max_size, tso_max_segs, gro_max_size;
	uint32_t gso_ipv4_max_size, gro_ipv4_max_size;
	uint32_t xdp_prog_id; /* 0: none */
	bool router; /* IPv6 forwarding is on */
	uint32_t tap_uid, tap_gid; /* of a tap: who may open it; XM_TAP_NOBODY: not limited */
	/* In a notification only */
	uint32_t event; /* IFLA_EVENT_* */
	uint32_t
		moved_ifindex; /* RTM_DELLINK of a device that was moved: its index there, else 0 */
	int32_t moved_nsid; /* and the namespace that it was moved to */
};

/*
 * Finds a device by its name or alternative name or, when name is NULL, by its ifindex, and fills
 * *ret. -ENODEV: there is no such device.
 */
int xm_link_get(struct xm_nl *nl, int32_t nsid, const char *name, uint32_t ifindex,
		struct xm_link *ret);

/*
 * Calls each(link, data) for every device, until it returns a negative value, which is returned.
 * kind: of the devices ("vlan"); a kernel that does not know the kind may list others too. NULL:
 * all. -EAGAIN: devices were added or deleted all the time; each() was called for all that stayed,
 * maybe several times.
 */
int xm_link_each(struct xm_nl *nl, int32_t nsid, const char *kind,
		 int (*each)(const struct xm_link *, void *), void *data);

/* A pair of veth or netkit devices */
struct xm_pair {
	const char *host_name;
	/*
	 * MACs of both ends. They are always set here: for a MAC that the kernel draws
	 * (NET_ADDR_RANDOM) udev's MACAddressPolicy may set another one (systemd.link(5)).
	 */
	const uint8_t *host_mac, *peer_mac;
	uint32_t host_mtu;
	uint32_t host_link_group;
	const char *peer_name;
	uint32_t peer_mtu;
	int peer_netns_fd; /* -1: the namespace of the host end */
};

/*
 * Creates a veth pair, both ends down. Fills *ret with the host end; ret->ifindex is 0 on kernels
 * before 6.2, which do not answer NLM_F_ECHO.
 */
int xm_link_add_veth(struct xm_nl *nl, const struct xm_pair *pair, struct xm_link *ret);
/*
 * The same for a pair of netkit devices (Linux 6.7) in mode L2. What the peer end sends is dropped
 * while it has no program (policy blackhole); what the host end sends passes. -EOPNOTSUPP: the
 * kernel has no netkit, if xm_nl_why() says XM_LINK_UNKNOWN_KIND.
 */
int xm_link_add_netkit(struct xm_nl *nl, const struct xm_pair *pair, struct xm_link *ret);
/* The kernel's explanation when it has no device of the kind (rtnl_newlink_create()) */
#define XM_LINK_UNKNOWN_KIND "Unknown device type"
int xm_link_del(struct xm_nl *nl, uint32_t ifindex);

/*
 * Moves a device into the namespace netns_fd and renames it there. The kernel sets it down and
 * removes its qdiscs.
 */
int xm_link_move(struct xm_nl *nl, uint32_t ifindex, int netns_fd, const char *name);

int xm_link_set_group(struct xm_nl *nl, uint32_t ifindex, uint32_t group);
/* Sets link group, MAC and MTU of a device by one request */
int xm_link_configure(struct xm_nl *nl, uint32_t ifindex, uint32_t group, const uint8_t *mac,
		      uint32_t mtu);
/* Deletes all devices of a link group at once. -ENODEV: the link group is empty. */
int xm_link_del_group(struct xm_nl *nl, uint32_t group);

/* Sets the IFF_* in `mask` to their values in `flags` */
int xm_link_set_flags(struct xm_nl *nl, uint32_t ifindex, uint32_t flags, uint32_t mask);
/* For a driver with ndo_change_carrier. -EPERM: the device is a tap that nobody has open. */
int xm_link_set_carrier(struct xm_nl *nl, uint32_t ifindex, bool on);
int xm_link_set_mac(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac);
int xm_link_set_mtu(struct xm_nl *nl, uint32_t ifindex, uint32_t mtu);

/*
 * Sets addr_gen_mode none, so that the device has no IPv6 link-local address and the stack sends
 * nothing on it; sets its alias (IFLA_IFALIAS, which `ip link` prints); sets it up or down
 */
int xm_link_silence(struct xm_nl *nl, uint32_t ifindex, bool up, const char *alias);

/* Returns whether the device is one of a pair: a veth or a netkit */
bool xm_link_is_pair(const struct xm_link *link);

/* Returns whether the device is a kernel macvlan or macvtap */
bool xm_link_is_macvlan(const struct xm_link *link);

#endif
