/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands in refusal_net as a user with some capabilities */
#ifndef NT_CAPS_FIXTURE_H
#define NT_CAPS_FIXTURE_H

#include "refusal.h"

#define CAPS_OTHER  65534 /* a user, not root */
#define CAPS_FOLDER "/sys/fs/bpf/xmacvlan"
/* Those that xmacvlan(8) names, as setpriv(1) takes them: of every command, and of all commands */
#define CAPS_WORK "+bpf,+net_admin,+perfmon"
#define CAPS_ALL  CAPS_WORK ",+sys_admin"

/* A copy of the command that every user may run: caps_install_program() */
extern char caps_program[64];
void caps_install_program(void);

/*
 * Runs `line` in p0's namespace as a user with only these capabilities. Returns the exit code;
 * xmt_output() is the stderr.
 */
int caps_run_as(unsigned int user, const char *caps, const char *line);

/* Makes the folder of the pins anew, as the user's */
void caps_give_folder(unsigned int user);

#endif
