/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A namespace with the parent p0 and its endpoints a, b and c, as commands leave them: maps, pins,
 * devices
 */
#ifndef XM_FUZZ_WORLD_H
#define XM_FUZZ_WORLD_H

#include <stdint.h>

#include "../../include/abi.h"
#include "../../user/pins/maps.h"
#include "../../user/pins/pin_dir.h"

#define WORLD_PARENT 3
#define WORLD_LINKS  10

/* A device in the kernel's answers; its names may lack a NUL */
struct world_link {
	uint32_t ifindex; /* 0: it does not exist */
	uint32_t flags, mtu, group, lower, vlan;
	int32_t nsid, lower_nsid;
	uint8_t name[XM_NAME_LEN], kind[8], mac[XM_MAC_LEN];
	uint8_t operstate;
};

extern struct world_link world_links[WORLD_LINKS];
extern int world_maps[XM_MAP_COUNT]; /* objects of fake_bpf.c */

void world_make(void);

#endif
