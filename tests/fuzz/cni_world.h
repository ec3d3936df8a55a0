/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the CNI plugin finds: its environment, an engine that looks at what it is given, an IPAM plugin, a container */
#ifndef XM_FUZZ_CNI_WORLD_H
#define XM_FUZZ_CNI_WORLD_H

#include "fuzz.h"

enum world_flags {
	WORLD_EXISTS = 0x1,    /* the container has the interface already */
	WORLD_REFUSES = 0x2,   /* the engine refuses an endpoint */
	WORLD_NO_DEL = 0x4,    /* ... to delete one */
	WORLD_TENTATIVE = 0x8, /* IPv6 addresses are never usable */
	WORLD_NO_CARRIER = 0x10,
	WORLD_SLOW = 0x20, /* linkwatch never comes */
	WORLD_OWN_NETNS = 0x40,
	WORLD_RAW = 0x80, /* dumps are answered with octets of the input */
};

struct cni_world {
	const char *env[7]; /* as fz_cni_names */
	uint8_t flags, ipam_status;
	bool other_mounts; /* than process 1 */
	uint8_t refuse; /* the n-th change by rtnetlink fails, 0: none */
	const char *ipam; /* what the IPAM plugin prints at its first run */
	const uint8_t *raw;
	size_t raw_len;

	unsigned int starve; /* the n-th malloc() finds no memory, 0: all do */
	unsigned int mallocs; /* so far */
	unsigned int made, deleted, sessions, runs; /* what happened: endpoints, sessions that are open, IPAM's runs */
};

extern struct cni_world fz_cni;
extern const char *const fz_cni_names[7];

/* Before each run, with fz_cni filled */
void fz_cni_begin(void);

#endif
