/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands that tests kill or fail at every step, each with the state before it. */
#ifndef NT_SCENARIO_H
#define NT_SCENARIO_H

#include "invariants.h"

struct scenario {
	const char *name;
	bool with_k0; /* p0 has another endpoint, k0 */
	bool passthru; /* x0 is a passthru endpoint */
	bool netkit; /* skipped on a kernel without netkit */
	bool several; /* several commands: the first of them may be done */
	const char *setup[4]; /* commands that make the state before the command */
	const char *shell; /* a command of the shell after that, or NULL; $ as in scenario_line() */
	const char *command;
};

#define SCENARIOS_MAX 80

extern const struct scenario scenarios[];
extern const unsigned int scenario_count;

/* Makes the network of the scenario, with k0 if it has one. */
void scenario_make_net(struct invariants *inv, const struct scenario *s);

/* Fills `ret` with `exec xmacvlan -n HOST <line>`; $ in `line` is the namespace net.peer[1] */
void scenario_line(const struct invariants *inv, const char *line, char *ret, size_t size);

/* Removes x0 and x1 (without k0: detaches p0), then runs the setup commands. */
void scenario_reset(struct invariants *inv, const struct scenario *s);

/* Detaches p0 and checks that nothing of the scenario is left. */
void scenario_end(struct invariants *inv, const struct scenario *s);

/* Zeroed memory that is shared by the cases; each case is a process */
void *scenario_totals(size_t size);

/*
 * Runs run() as a case for each scenario, whose index is nt_index(), then sum(); ends as nt_main()
 */
void scenario_main(int argc, char **argv, unsigned int timeout_s, void (*run)(void),
		   void (*sum)(void)) __attribute__((noreturn));

#endif
