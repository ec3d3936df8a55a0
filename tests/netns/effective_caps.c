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

static int look(struct tracer *t, const struct tracer_call *call)
{
	struct effective_caps *w = (struct effective_caps *)t;
	xm_caps more;

	if (call->nr == SYS_execve)
		w->begun = tracer_path_begins(call, 0, w->program);
	if (!w->begun || !w->lowered) {
		w->lowered = w->begun && call->nr == SYS_capset;
		return 0;
	}
	w->calls++;
	more = effective_caps_status(call->pid, "CapEff") & ~XM_CAPS_WORK;
	if (call->nr == SYS_setns && more == XM_CAPS_ENTER)
		w->entered++;
	/* raised for this call; capget and capset lower it behind it */
	else if (more && call->nr != SYS_capget && call->nr != SYS_capset &&
		 !(call->nr == SYS_openat && !(more & ~XM_CAPS_FIND)) && !w->bad++)
		snprintf(w->what, sizeof(w->what), ": call %ld with %llx more", (long)call->nr,
			 (unsigned long long)more);
	return 0;
}

int effective_caps_run(struct effective_caps *w, const char *program, const char *line)
{
	*w = (struct effective_caps){ .tracer.at = look, .program = program };
	return tracer_run(&w->tracer, line);
}
