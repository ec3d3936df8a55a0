/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The leases of Docker's and podman's containers (runtime/lease.h). The pins are the truth:
 * requests of Docker and the netavark plugin add, replace and remove them at any time. What this
 * process has of a lease is a copy, when its endpoint was seen, and what was logged.
 */
#ifndef XM_DHCP_LEASES_H
#define XM_DHCP_LEASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcp/service.h"
#include "runtime/lease.h"

struct known_lease {
	const char *folder; /* XM_LEASES_DOCKER, XM_LEASES_PODMAN */
	uint64_t version; /* of the pin */
	struct xm_lease lease; /* renew_ms: also of attempts, which are not pinned */
	int64_t seen_ms; /* when it was found, or its endpoint existed last */
	bool present; /* in this look */
	bool failed; /* the last renewal, which is logged */
	bool lost; /* the container has no valid address: taken away, or ended */
};

struct known_leases {
	struct known_lease *list; /* sorted by folder and id */
	size_t count;
	int64_t sweep_ms; /* when to sweep */
};

/* look.c */

/*
 * Brings the list into line with the pins, gives back leases that no endpoint has had for
 * service->keep_ms, and renews what is due. Takes 35 s at most for each server that is silent.
 */
void leases_look(struct known_leases *leases, const struct dhcp_service *service);

/* sweep.c: what look.c calls */

void leases_sweep(struct known_leases *leases, const struct dhcp_service *service);

/* renew.c: what look.c calls */

/* Renews the lease if it is due */
void lease_renew(struct known_leases *leases, struct known_lease *k,
		 const struct dhcp_service *service);

/* lease_line.c: what the log says */

/* Logs "WHOSE: the lease of ADDRESS WHAT", with a text behind it: ": WHY"; NULL: none */
void lease_log(const struct known_lease *k, const char *what, const char *why);

#endif
