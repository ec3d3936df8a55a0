/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the MACs of endpoints in the unicast filter of the parent, where
 * macvlan_open() enters them. Functions return 0 or a negative errno and fill *e.
 */
#ifndef XM_UC_ENTRIES_H
#define XM_UC_ENTRIES_H

#include "engine/state.h"

/*
 * An entry of the parent's unicast filter. The pointers lead into the record of one endpoint in
 * memory.
 */
struct xm_uc_entry {
	const uint8_t *mac;
	uint8_t *flags;
	/* bit of *flags that is set while the entry may exist and xmacvlan has made it */
	uint8_t ours;
};

/* The entries of port.mac, of other_mac and of an additional MAC */
struct xm_uc_entry xm_uc_entry_mac(struct xm_endpoint *ep);
struct xm_uc_entry xm_uc_entry_other(struct xm_endpoint *ep);
struct xm_uc_entry xm_uc_entry_additional(struct xm_additional_mac *mac);

/*
 * Makes an entry and saves the record. Where the unicast filter takes none, the parent gets the
 * state XM_PARENT_NO_UC_FILTER, and xm_parent_meet_needs() makes it promiscuous.
 */
int xm_uc_entry_add(struct xm_parent *p, struct xm_endpoint *ep, struct xm_uc_entry entry,
		    struct xm_err *e);
/* Removes an entry that xmacvlan has made. The record is changed in memory only. */
int xm_uc_entry_del(struct xm_parent *p, struct xm_uc_entry entry, struct xm_err *e);

/*
 * All entries of the endpoint. _add makes those of port.mac and of the additional MACs, and saves
 * the record; _del removes the entries that xmacvlan has made.
 */
int xm_uc_entries_add(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);
int xm_uc_entries_del(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e);

#endif
