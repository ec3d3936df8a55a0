/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The network configuration: the keys of the reference plugin `macvlan`, and this plugin's own */
#ifndef XM_CNI_CONFIG_H
#define XM_CNI_CONFIG_H

#include "cni/env.h"
#include "engine/settings.h"

/* Keys of the list for GC. The second one is the name in the first text of version 1.1.0. */
#define CNI_KEY_VALID	  "cni.dev/valid-attachments"
#define CNI_KEY_VALID_OLD "cni.dev/attachments"

/* Texts and JSON values belong to the document, but `dns` */
struct cni_config {
	const char *network; /* key `name` */
	const char *master; /* NULL: the interface of the default route */
	bool link_in_container;
	uint32_t mtu; /* 0: the master's */
	/* keys acceptRA and ipv6, with the meaning that they have in struct xm_add */
	bool has_ipv6, ipv6, has_accept_ra, accept_ra;
	/* has_address: `mac`, runtimeConfig.mac or MAC of CNI_ARGS is given */
	struct xm_settings settings;
	const char *ipam_type; /* NULL: no IPAM plugin; the interface gets no addresses */
	json_t *dns; /* as cni_dns_read(); NULL: absent */
	json_t *prev_result; /* NULL: absent */
	/* GC: array of {containerID, ifname}; NULL: the key is absent or null */
	json_t *valid_attachments;
	bool has_valid; /* the key is present, also when it is null */
	bool valid_is_old; /* the list comes from CNI_KEY_VALID_OLD */
};

/*
 * Reads the keys that the command uses; no other key can fail it: DEL has to work with whatever
 * became of the configuration. args: CNI_ARGS. *ret is to be freed also after an error.
 */
int cni_config_read(const json_t *document, enum cni_command command, const char *args,
		    struct cni_config *ret, struct cni_error *e);
void cni_config_free(struct cni_config *config);

#endif
