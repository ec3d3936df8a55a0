/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fixture of others.c and others_host_end.c: a parent with e0, and TC programs of others. */
#ifndef NT_OTHERS_FIXTURE_H
#define NT_OTHERS_FIXTURE_H

#include "ip.h"
#include "nt.h"

#define TCX_INGRESS 46
#define TCX_EGRESS  47
#define TCX_BEFORE  (1u << 3)

/* A program of others: it counts, rewrites the mark and returns `action` */
struct other {
	int counter; /* an array of one number */
	int prog;
	int link;
};

/* Loads it; action: TC_ACT_… */
void other_load(struct other *o, int action);
/* By tcx: type is TCX_INGRESS or TCX_EGRESS. Skips the case where the kernel has no tcx. */
void other_attach(struct other *o, const struct xmt_ns *ns, const char *dev, int type,
		  unsigned int flags);
/* The number of frames that it has seen */
unsigned long long other_count(const struct other *o);

struct others_world {
	struct nt_net net;
	struct nt_station wire, host, e0;
};

/* The network, without endpoints. The process stays on one CPU. */
void others_make_world(struct others_world *w);
/* Adds e0, in bridge mode and with host access. */
void others_add_e0(struct others_world *w);

#endif
