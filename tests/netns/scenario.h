/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands that tests kill or let fail at every step, each with the state that it finds. */
#ifndef NT_SCENARIO_H
#define NT_SCENARIO_H

#include "invariants.h"

struct scenario {
	const char *name;
	bool keep; /* with k0 beside */
	bool passthru; /* x0 is a passthru endpoint */
	bool slow; /* loads programs each time */
	bool partial; /* consists of several: some may be done */
	const char *before[4]; /* make the state that the command finds */
	const char *command;
};

#define SCENARIOS_MAX 50

extern const struct scenario scenarios[];
extern const unsigned int scenario_count;

/* The network that the scenario needs, with k0 if it keeps one */
void scenario_make(struct invariants *inv, const struct scenario *s);

/* A shell line that execs the command: `xmacvlan -n HOST <line>`, $ for the peers' namespace */
void scenario_line(const struct invariants *inv, const char *line, char *ret, size_t size);

/* Remove what the command made, make the state that it finds */
void scenario_set_back(struct invariants *inv, const struct scenario *s);

/* The parent is detached, and nothing of the scenario is left: one check */
void scenario_end(struct invariants *inv, const struct scenario *s);

/* Zeroed memory that the cases, each a process, share */
void *scenario_totals(size_t size);

/* run() as one case for each scenario, nt_index() being its index, then sum(); the exit is nt_main()'s */
void scenario_main(int argc, char **argv, unsigned int timeout_s, void (*run)(void),
		   void (*sum)(void)) __attribute__((noreturn));

#endif
