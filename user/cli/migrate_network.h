/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to migrate_network.c, migrate_options.c, migrate_check.c and migrate_containers.c */
#ifndef XM_MIGRATE_NETWORK_H
#define XM_MIGRATE_NETWORK_H

#include <stdbool.h>

#include "cli/migrate_plan.h"

struct xm_migrate_network {
	const char *runtime, *name;
	bool is_podman; /* else Docker */
	json_t *network; /* as `network inspect` prints it */
	json_t *containers; /* list of what `inspect` prints of each */
};

/* migrate_options.c */

/* The text of a member; "": it has none */
const char *xm_migrate_text(const json_t *from, const char *key);
/* Appends OPTION VALUE, but not an empty value */
void xm_migrate_add_option(struct xm_word_list *to, const char *option, const char *value);
/* Appends OPTION NAME=VALUE, with another character for '=' */
void xm_migrate_add_pair(struct xm_word_list *to, const char *option, const char *name,
			 char between, const char *value);
/* Appends OPTION NAME=VALUE for each member of an object of texts */
void xm_migrate_add_members(struct xm_word_list *to, const char *option, const json_t *object);

/* migrate_check.c */
/* Whether xmacvlan has all that the network has. Returns 0, or -EINVAL and fills *e. */
int xm_migrate_check(const struct xm_migrate_network *m, struct xm_err *e);
/* Whether the addresses are those of a DHCP server, so that none can be asked for */
bool xm_migrate_leases(const struct xm_migrate_network *m);

/* migrate_containers.c */

/*
 * Fills m->containers, also with those that do not run. *has_ports: one of them publishes ports.
 * Returns 0, or a negative errno and fills *e.
 */
int xm_migrate_containers_read(struct xm_migrate_network *m, bool *has_ports, struct xm_err *e);
/* Appends the steps by which the containers leave the old network, and enter the new one */
void xm_migrate_containers_leave(const struct xm_migrate_network *m, struct xm_migrate_plan *plan);
void xm_migrate_containers_enter(const struct xm_migrate_network *m, struct xm_migrate_plan *plan);

#endif
