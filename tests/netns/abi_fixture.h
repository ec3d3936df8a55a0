/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands of this ABI, of later ones (tests/abi_versions) and of before endpoint_tx. */
#ifndef NT_ABI_FIXTURE_H
#define NT_ABI_FIXTURE_H

#include "ip.h"
#include "nt.h"

/* This version, the next minor one, the next major one, and the one before endpoint_tx */
enum abi_version { V_THIS, V_NEXT, V2_0, V_FIRST };

#define ABI_THIS "1.4"
#define ABI_NEXT "1.5" /* tests/abi_versions/abi_next.h */
_Static_assert(XM_ABI_MAJOR == 1 && XM_ABI_MINOR == 4, "ABI_THIS, ABI_NEXT");

/* From now on the command is that of this version, which is built beside the one under test */
void abi_use(enum abi_version v);

/* p0 with e0 (host access on) and e1, each in a namespace of its own; the stations */
extern struct nt_net abi_net;
extern struct nt_station abi_wire, abi_host, abi_e0, abi_e1;
/* Makes them with this version. xdp: of `attach p0 xdp` */
void abi_make_net(enum abi_version v, const char *xdp);

/*
 * Makes pins and host ends those of a version without endpoint_tx: no pin, no block for egress. The
 * programs are V_FIRST's.
 */
void abi_forget_endpoint_tx(const struct xmt_ns *host);
/*
 * Whether frames of the host's own stack on the endpoint's host end are dropped and counted. tx: a
 * socket of the host end; rx: of the peer end `mac`
 */
bool abi_host_end_is_silent(const struct xmt_ns *host, const char *endpoint, const char *mac,
			    int tx, int rx);
/* The name of the only host end of that slot */
void abi_host_end_name(const struct xmt_ns *host, unsigned int slot, char ret[16]);

/* The path of a pin of the only parent */
const char *abi_pin_path(const char *name);
/* The major version of the pins, read from the record */
unsigned int abi_major(void);

/* A text of `-j show p0` about p0: "abi", "programs" */
const char *abi_parent_text(const struct xmt_ns *host, const char *key);
/* Checks that `show` has these versions of the pins and of the programs. */
void abi_check_version(const struct xmt_ns *host, const char *what, const char *abi,
		       const char *programs);
/* What the kernel has counted on the peer end minus what the programs have counted for it */
long long abi_count_difference(const struct xmt_ns *host, const struct xmt_ns *ns, const char *dev);

#endif
