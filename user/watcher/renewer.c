// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/caps.h"
#include "watcher/renewer.h"

#define LOOK_S 1

#define RENEWER_CAPS (XM_CAPS_WORK | XM_CAPS_ENTER | XM_CAPS_FIND | XM_CAPS_DHCP)

static struct {
	pid_t pid;
	int begin; /* of a pipe to it */
} renewer = { .begin = -1 };

static void __attribute__((noreturn)) renewer_main(int begin, pid_t watcher)
{
	uint8_t octet;

	/* The watcher is told what to do, and this process ends with it */
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	xm_caps_drop(XM_CAPS_WORK, RENEWER_CAPS);
	umask(077); /* for pins */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != watcher || read(begin, &octet, 1) != 1)
		_exit(0);
	for (;;) {
		leases_look();
		nanosleep(&(struct timespec){ .tv_sec = LOOK_S }, NULL);
	}
}

int renewer_open(struct xm_err *e)
{
	pid_t watcher = getpid();
	int pair[2];

	if (pipe2(pair, O_CLOEXEC))
		return xm_fail(e, errno, "cannot open a pipe: %s", strerror(errno));
	renewer.pid = fork();
	if (!renewer.pid) {
		close(pair[1]);
		renewer_main(pair[0], watcher);
	}
	close(pair[0]);
	renewer.begin = pair[1];
	return renewer.pid < 0 ? xm_fail(e, errno, "cannot start a process: %s", strerror(errno))
			       : 0;
}

void renewer_begin(void)
{
	/* A process that has ended is found by renewer_has_ended() */
	if (write(renewer.begin, "", 1) != 1)
		close(renewer.begin);
}

bool renewer_has_ended(void)
{
	return waitpid(renewer.pid, NULL, WNOHANG) == renewer.pid;
}
