/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A command stopped at each system call it makes. */
#ifndef NT_TRACER_H
#define NT_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACER_KILL 1

/* A system call that the command is about to make */
struct tracer_call {
	pid_t pid;
	uint64_t nr;
	uint64_t args[6];
};

struct tracer {
	/* 0: let it be made, TRACER_KILL: kill the command, -errno: let the call fail with that */
	int (*at)(struct tracer *t, const struct tracer_call *call);
	char said[4096]; /* stderr of the command, without the last newline */
};

/*
 * Runs a shell line that execs the command, /dev/null as its stdout. Its exit code, or -1 when it
 * was killed by `at`, or -N when signal N > 1 ended it.
 */
int tracer_run(struct tracer *t, const char *line);

/* Whether this machine can let a system call fail */
bool tracer_can_fail(void);

/* A netlink request of the rtnetlink family that only looks (GET) */
bool tracer_is_look_up(const struct tracer_call *call);
/* Makes, moves or removes files and folders by their names */
bool tracer_is_of_folder(const struct tracer_call *call);
/* Whether a path argument (by its index) begins with `text` */
bool tracer_path_begins(const struct tracer_call *call, int arg, const char *text);

#endif
