/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A command that is stopped at each of its system calls. */
#ifndef NT_TRACER_H
#define NT_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACER_KILL 1

/* A system call that the command is about to enter */
struct tracer_call {
	pid_t pid;
	uint64_t nr;
	uint64_t args[6];
};

struct tracer {
	/* Returns 0: run the call; TRACER_KILL: kill the command; -errno: fail the call with it */
	int (*on_call)(struct tracer *t, const struct tracer_call *call);
	char message[4096]; /* stderr of the command, without the last newline */
};

/*
 * Runs a shell line that execs the command; its stdout is /dev/null. Returns its exit code, -1 if
 * `on_call` killed it, or -N if signal N > 1 ended it.
 */
int tracer_run(struct tracer *t, const char *line);

/* Whether the tracer can fail a system call on this architecture */
bool tracer_can_fail(void);

/* Reads memory of the process. Returns false unless all of it could be read. */
bool tracer_read_memory(const struct tracer_call *call, unsigned long address, void *ret,
			size_t size);
/* Whether the call sends an rtnetlink GET request, which changes nothing */
bool tracer_is_rtnl_get(const struct tracer_call *call);
/* Whether the call creates, renames or removes a file or folder by its path */
bool tracer_changes_files(const struct tracer_call *call);
/* Whether the path in argument number `arg` begins with `text` */
bool tracer_path_has_prefix(const struct tracer_call *call, int arg, const char *text);

#endif
