/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Containers of one network, "net" on p0 with host-local: calls for them, and what of them is where. */
#ifndef NT_FLEET_H
#define NT_FLEET_H

#include "calls.h"
#include "plugin.h"
#include "prng.h"

#define FLEET_MAX     201
#define FLEET_AT_ONCE 32

#define FLEET_HEAD(version)                                                                        \
	"{'cniVersion':'" version "','name':'net','type':'xmacvlan','master':'p0'"
#define FLEET_LOCAL                                                                                \
	",'ipam':{'type':'host-local','dataDir':'%s/leases','ranges':[[{'subnet':'10.9.0.0/24',"   \
	"'rangeStart':'10.9.0.3','gateway':'10.9.0.1'}]]}"

extern struct nt_net fleet_net;
extern struct xmt_prng fleet_prng;
extern struct xmt_ns fleet_ns[FLEET_MAX];
extern char fleet_names[FLEET_MAX][16]; /* "c0" ... */
extern unsigned int fleet_size;
extern struct call fleet_calls[FLEET_MAX]; /* for who needs some */

/* Wire, host and `n` containers. The seed of fleet_prng is $XMT_SEED or drawn, and printed. */
void fleet_make(unsigned int n);
/* $XMT_ROUNDS, or as many as usual */
unsigned int fleet_rounds(unsigned int usual);

/* A call for a container, in version 1.0.0, with host-local */
struct call fleet_call(const char *command, unsigned int container);
/* Runs it alone; it shall succeed */
void fleet_run_one(struct call c);
/* Whether the first `n` of fleet_calls have succeeded; a failure is said */
bool fleet_all_done(const char *what, unsigned int n);

/* Entries of the map of owners; containers that have an eth0 */
unsigned int fleet_owners(void);
unsigned int fleet_devices(void);
/* Checks that so many endpoints are there, in every place where one is, and so many leases */
void fleet_count(const char *what, unsigned int n);

#endif
