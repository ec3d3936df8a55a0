/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `show` prints of a snapshot, as text and as JSON */
#ifndef XM_SHOW_H
#define XM_SHOW_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/snapshot.h"

/* How `show` prints: the options of `ip` */
struct xm_show_style {
	bool details; /* -d: text also has what `ip -d` prints of the device */
	bool human; /* counters as 1.2k */
	bool oneline; /* -o: text of one record on one line */
	bool brief; /* -br: state, MAC, flags */
	bool color;
};

/* show_common.c: words that text and JSON share */

/* Name of an IF_OPER_* as `ip` writes it */
const char *xm_operstate_text(uint8_t operstate);
/*
 * Calls each(name, data) for each IFF_* that `ip` prints, in its order, then for "M-DOWN" when
 * `lower` is down. lower: the device below; NULL: there is none.
 */
void xm_flags_each(uint32_t flags, const struct xm_link *lower, void (*each)(const char *, void *),
		   void *data);
/* "DEFAULT", "DORMANT": an IF_LINK_MODE_*, as `ip` writes it */
const char *xm_linkmode_text(uint8_t linkmode);
/* "default", or the number of the group, written into ret */
const char *xm_link_group_text(uint32_t group, char ret[XM_NAME_LEN]);
/* "eui64" …, for an IN6_ADDR_GEN_MODE_*, as `ip` writes it; NULL: the namespace has no IPv6 */
const char *xm_addr_gen_mode_text(uint8_t mode);
/* Drops that a device would count on that side */
uint64_t xm_rx_dropped(const struct xm_stats *s);
uint64_t xm_tx_dropped(const struct xm_stats *s);

/* show_json.c: objects of `show -j`; new references */
json_t *xm_show_endpoint_json(const struct xm_parent_info *p, const struct xm_endpoint_info *ep);
json_t *xm_show_parent_json(const struct xm_parent_info *p);
/* Copies the keys that `show -br -j` prints. Takes the reference, returns a new one. */
json_t *xm_show_brief_json(json_t *object);

/* show_text.c: the same as text, to stdout */
void xm_show_endpoint_text(const struct xm_show_style *style, const struct xm_parent_info *p,
			   const struct xm_endpoint_info *ep);
void xm_show_parent_text(const struct xm_show_style *style, const struct xm_parent_info *p);
/* show_brief.c: `show -br` */
void xm_show_endpoint_brief(const struct xm_show_style *style, const struct xm_parent_info *p,
			    const struct xm_endpoint_info *ep);
void xm_show_parent_brief(const struct xm_show_style *style, const struct xm_parent_info *p);

/* show_tap.c: what an endpoint of type tap has more */

#define XM_QEMU_TEXT 256

/* Name of a user or group, or its number. ret: XM_QEMU_TEXT bytes. Return ret. */
const char *xm_user_text(uint32_t uid, char *ret);
const char *xm_group_text(uint32_t gid, char *ret);
/*
 * The options by which QEMU opens the tap and gives the guest the endpoint's MAC: "-netdev tap,…
 * -device virtio-net-pci,…". Returns ret.
 */
const char *xm_qemu_text(const struct xm_endpoint_info *ep, char ret[XM_QEMU_TEXT]);

/* show_owner.c: the container runtime that an endpoint belongs to */

#define XM_OWNER_PLACE 512

/* Adds the key `cni`, `docker` or `podman`, and `lease`, if the endpoint has an owner */
void xm_show_owner_json(json_t *object, const struct xm_endpoint_info *ep);
/* Prints the line of an endpoint that has an owner */
void xm_show_owner_text(const struct xm_endpoint_info *ep);
/* A short form: network, and container or address. Returns ret. */
const char *xm_show_owner_place(const struct xm_owner *owner, char ret[XM_OWNER_PLACE]);

/* show_style.c: parts of the text that the style changes */

/* Escape sequences of a terminal; "" without color */
const char *xm_color_name(const struct xm_show_style *style);
const char *xm_color_mac(const struct xm_show_style *style);
const char *xm_color_state(const struct xm_show_style *style, uint8_t operstate);
const char *xm_color_end(const struct xm_show_style *style);
#define XM_COUNT_TEXT 32

/*
 * Writes a counter into ret: "12345", or with style->human "12.3k" as print_num() of iproute2 does.
 * Returns ret.
 */
const char *xm_count_text(const struct xm_show_style *style, uint64_t count,
			  char ret[XM_COUNT_TEXT]);

#endif
