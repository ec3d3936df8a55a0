/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a user can set of an endpoint or of a parent, and the rules of the modes. Pure. */
#ifndef XM_SETTINGS_H
#define XM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"

#define XM_BCQUEUELEN_DEFAULT 1000 /* macvlan.c, MACVLAN_DEFAULT_BC_QUEUE_LEN */
#define XM_BCLIM_DEFAULT      1
#define XM_MODE_DEFAULT	      XM_MODE_BRIDGE

enum xm_macaddr_op {
	XM_MACADDR_NONE,
	XM_MACADDR_ADD,
	XM_MACADDR_DEL,
	XM_MACADDR_SET,
	XM_MACADDR_FLUSH,
};

enum xm_additional_mac_op {
	XM_ADDITIONAL_MAC_NONE,
	XM_ADDITIONAL_MAC_ADD,
	XM_ADDITIONAL_MAC_DEL,
};

/* Settings of an endpoint; has_X: X is given */
struct xm_settings {
	bool has_mode, has_address, has_promisc, has_nodst, has_host_access, has_spoofchk;
	bool has_trust, has_follow, has_bcqueuelen, has_bclim;
	uint8_t mode; /* enum xm_mode */
	uint8_t address[XM_MAC_LEN];
	bool promisc, nodst, host_access, spoofchk, trust;
	uint32_t bcqueuelen;
	int32_t bclim;
	bool dhcp_started; /* the DHCP client of XM_APPLIED_DHCP */
	bool follow; /* additional MACs are taken from the peer end's own list */
	enum xm_additional_mac_op additional_mac_op;
	uint8_t additional[XM_MAC_LEN]; /* of additional_mac_op */
	bool additional_mac_followed; /* the peer end's own list has it */
	enum xm_macaddr_op macaddr;
	uint8_t (*macs)[XM_MAC_LEN]; /* of macaddr; allocated by malloc() */
	size_t mac_count;
};

void xm_settings_free(struct xm_settings *s);

/* A new endpoint. The strings and the owner belong to the caller. */
struct xm_add {
	const char *name;
	const char *link; /* parent */
	const char *netns; /* of the peer end; NULL: the parent's */
	const char *ifname; /* of the peer end; NULL: name */
	uint32_t mtu; /* 0: the parent's */
	bool auto_kind; /* veth or netkit: what is better for the mode; `kind` is not read */
	uint8_t kind; /* enum xm_endpoint_kind */
	/*
	 * Of a tap: the user and the group that may open it without CAP_NET_ADMIN (default: root),
	 * and how many queues (0: 1)
	 */
	bool has_user, has_group;
	uint32_t user, group;
	uint16_t queues;
	/*
	 * sysctls of the peer end, set while it is down; without has_X the namespace's value stays
	 */
	bool has_ipv6, ipv6; /* false: disable_ipv6 is 1; true: 0 */
	/* false: accept_ra is 0; true: 2, also while the namespace forwards */
	bool has_accept_ra, accept_ra;
	uint8_t applied; /* enum xm_applied: a file asks for it */
	const struct xm_owner *owner; /* NULL: none */
	struct xm_settings settings;
};

/*
 * Settings of a parent; has_X: X is given. The default of a new parent: xdp auto, guard off, neigh
 * flood, fanout off.
 */
struct xm_attach {
	const char *parent;
	bool has_xdp, has_guard, has_neigh, has_fanout;
	uint8_t xdp; /* enum xm_xdp */
	bool guard; /* parent_xdp drops unicast that is neither an endpoint's nor the parent's */
	bool neigh_direct; /* a request for an address goes to the endpoint that has it, alone */
	bool fanout; /* XDP copies group frames to many endpoints (engine/fanout.h) */
};

/*
 * The rules of the modes for a new endpoint. Returns 0, or -EINVAL and fills *e. The exit code in
 * *e is 1, a wrong command line; for `address` with mode passthru it is 2.
 */
int xm_settings_check_add(const struct xm_settings *s, struct xm_err *e);
/* The same for the whole of a new endpoint: also what its kind allows */
int xm_add_check(const struct xm_add *add, struct xm_err *e);
/* The same for `set` of the endpoint `name`, which is in mode `now`. The exit code in *e is 1. */
int xm_settings_check_set(const struct xm_settings *s, const char *name, uint8_t now,
			  struct xm_err *e);
/* The same for what the endpoint's kind (enum xm_endpoint_kind) allows */
int xm_settings_check_kind(const struct xm_settings *s, uint8_t kind, struct xm_err *e);

/*
 * The user and the group of a new tap (struct xm_tap). A tap that belongs to nobody is open to
 * every user, and so one without both is root's.
 */
uint32_t xm_add_tap_user(const struct xm_add *add);
uint32_t xm_add_tap_group(const struct xm_add *add);
/* The mode of a new endpoint with these settings */
uint8_t xm_settings_mode(const struct xm_settings *s);
/* Whether nothing is given */
bool xm_settings_empty(const struct xm_settings *s);

#endif
