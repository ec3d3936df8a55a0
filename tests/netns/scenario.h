/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands that tests kill or let fail at every step, each with the state that it finds. */
#ifndef NT_SCENARIO_H
#define NT_SCENARIO_H

#include "whole.h"

struct scenario {
	const char *name;
	bool keep;	       /* with k0 beside */
	bool passthru;	       /* x0 is a passthru endpoint */
	bool slow;	       /* loads programs each time */
	bool partial;	       /* consists of several: some may be done */
	const char *before[4]; /* make the state that the command finds */
	const char *command;
};

#define SCENARIOS_MAX 50

extern const struct scenario scenarios[];
extern const unsigned int scenario_count;

/* The network that the scenario needs, with k0 if it keeps one */
void scenario_make(struct whole *w, const struct scenario *s);

/* A shell line that execs the command: `xmacvlan -n HOST <line>`, $ for the peers' namespace */
void scenario_line(const struct whole *w, const char *line, char *ret, size_t size);

/* Remove what the command made, make the state that it finds */
void scenario_set_back(struct whole *w, const struct scenario *s);

/* One case for each scenario. Their number. */
unsigned int scenario_cases(struct nt_case cases[SCENARIOS_MAX], unsigned int timeout_s,
			    void (*run)(void));

#endif
