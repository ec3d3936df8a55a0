/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Containers of one network: "net" on p0, with host-local. Calls for them, and what exists of them.
 */
#ifndef NT_CONTAINERS_H
#define NT_CONTAINERS_H

#include "plugin.h"
#include "plugin_calls.h"
#include "prng.h"

#define CONTAINERS_MAX	   201
#define CONTAINERS_AT_ONCE 32

/* The configuration without its end, and its host-local part, with plugin_dir() as the argument */
#define CONTAINERS_CONF(version)                                                                   \
	"{'cniVersion':'" version "','name':'net','type':'xmacvlan','master':'p0'"
#define CONTAINERS_IPAM                                                                            \
	",'ipam':{'type':'host-local','dataDir':'%s/leases','ranges':[[{'subnet':'10.9.0.0/24',"   \
	"'rangeStart':'10.9.0.3','gateway':'10.9.0.1'}]]}"

extern struct nt_net containers_net;
extern struct xmt_prng containers_prng;
extern struct xmt_ns containers_ns[CONTAINERS_MAX];
extern char containers_names[CONTAINERS_MAX][16]; /* "c0" ... */
extern unsigned int containers_count;
extern struct plugin_process containers_calls[CONTAINERS_MAX]; /* for the tests */

/*
 * Makes wire, host and `n` containers. Seeds containers_prng with $XMT_SEED or a new seed; prints
 * it.
 */
void containers_make(unsigned int n);
/* $XMT_ROUNDS, or `usual` */
unsigned int containers_rounds(unsigned int usual);

/* A call for a container, version 1.0.0, with host-local */
struct plugin_process containers_call(const char *command, unsigned int container);
/* Runs one call, which must succeed. */
void containers_run_call(struct plugin_process c);
/* Whether the first `n` of containers_calls have succeeded. Prints the first failure. */
bool containers_calls_succeeded(const char *what, unsigned int n);

/* The number of entries in the maps `owners`, and of containers that have an eth0 */
unsigned int containers_owners(void);
unsigned int containers_devices(void);
/* Checks that there are exactly `n` owners, host ends, devices in containers and leases. */
void containers_check_count(const char *what, unsigned int n);

#endif
