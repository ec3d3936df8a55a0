/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The world of the CNI plugin: its environment, an engine that checks its arguments, an IPAM
 * plugin, a container
 */
#ifndef XM_FUZZ_CNI_WORLD_H
#define XM_FUZZ_CNI_WORLD_H

#include "fuzz.h"

enum world_flags {
	WORLD_EXISTS = 0x1, /* the container has the interface already */
	WORLD_REFUSES = 0x2, /* the engine refuses to add an endpoint */
	WORLD_NO_DEL = 0x4, /* the engine refuses to delete an endpoint */
	WORLD_TENTATIVE = 0x8, /* IPv6 addresses stay tentative */
	WORLD_NO_CARRIER = 0x10,
	WORLD_SLOW = 0x20, /* linkwatch never updates the operational state */
	WORLD_OWN_NETNS = 0x40, /* CNI_NETNS is the plugin's own namespace */
	WORLD_RAW = 0x80, /* the answers to dumps are octets of the input */
};

#define WORLD_COOKIE 42 /* of the other namespace that has pins */

struct cni_world {
	const char *env[7]; /* in the order of fz_cni_names */
	uint8_t flags, ipam_status;
	bool other_mounts; /* the mount namespace is not that of process 1 */
	uint8_t refuse; /* the n-th change by rtnetlink fails; 0: none */
	const char *ipam; /* output of the IPAM plugin's first run */
	const uint8_t *raw;
	size_t raw_len;

	unsigned int starve; /* the n-th allocation fails; 0: none */
	unsigned int mallocs, changes; /* so far: allocations, changes by rtnetlink */
	/* What happened: endpoints added and deleted, open sessions, runs of the IPAM plugin */
	unsigned int made, deleted, sessions, runs;
};

extern struct cni_world fz_cni;
extern const char *const fz_cni_names[7];

/* Call before each run, with fz_cni filled. */
void fz_cni_begin(void);
/* Answers requests by rtnetlink: for fz_nl_reset(). */
void fz_cni_nl_answer(const void *request, size_t len);
/* Frees the blocks that a run with `starve` left when it ended by _exit(). */
void fz_cni_free_all(void);

#endif
