// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Capabilities at each system call. See effective_caps.h. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "../../user/base/caps.h"
#include "effective_caps.h"

unsigned long long effective_caps_status(pid_t pid, const char *key)
{
	unsigned long long number = ~0ull;
	char path[40], line[200];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), ": %llx", &number);
	if (f)
		fclose(f);
	return number;
}

static int effective_caps_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct effective_caps *caps = (struct effective_caps *)t;
	xm_caps more;

	if (call->nr == SYS_execve)
		caps->started = tracer_path_has_prefix(call, 0, caps->program);
	if (!caps->started || !caps->lowered) {
		caps->lowered = caps->started && call->nr == SYS_capset;
		return 0;
	}
	caps->calls++;
	more = effective_caps_status(call->pid, "CapEff") & ~XM_CAPS_WORK;
	if (call->nr == SYS_setns && more == XM_CAPS_ENTER)
		caps->entered++;
	/* xm_caps_raise() raises for one call; capget and capset after the call lower again */
	else if (more && call->nr != SYS_capget && call->nr != SYS_capset &&
		 !(call->nr == SYS_openat && !(more & ~XM_CAPS_FIND)) && !caps->excess++)
		snprintf(caps->first, sizeof(caps->first), ": call %ld with %llx in excess",
			 (long)call->nr, (unsigned long long)more);
	return 0;
}

int effective_caps_run(struct effective_caps *caps, const char *program, const char *line)
{
	*caps = (struct effective_caps){ .tracer.on_call = effective_caps_on_call,
					 .program = program };
	return tracer_run(&caps->tracer, line);
}
