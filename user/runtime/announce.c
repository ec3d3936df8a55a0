// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "net/gratuitous.h"
#include "net/netns.h"
#include "pins/inject.h"
#include "runtime/announce.h"

struct announcer {
	const struct xm_announcement *what;
	struct stat is; /* device and inode of what->netns */
	int program; /* xm_inject_open() */
};

/*
 * Makes the host end, in the current namespace, receive the frames. Returns 0 or a negative errno.
 */
static int announce_round(const struct announcer *a)
{
	uint8_t frame[XM_GRATUITOUS_SIZE];
	int err = 0;

	for (size_t i = 0; i < a->what->address_count && !err; i++) {
		const struct xm_prefix *p = &a->what->addresses[i];
		const struct xm_link *link = a->what->link;
		size_t size =
			xm_gratuitous_write(frame, link->mac, p->family, p->bytes, link->router);

		err = xm_inject(a->program, link->lower, frame, size);
	}
	return err;
}

/*
 * Opens the parent's namespace for each round, and skips the round when the path
 * leads to another namespace
 */
static int announce_round_inside(const struct announcer *a)
{
	struct xm_netns_scope scope;
	int err, fd = xm_netns_open(a->what->netns, NULL);
	struct stat now;

	if (fd < 0)
		return fd;
	err = fstat(fd, &now) || now.st_ino != a->is.st_ino ? -1 : xm_netns_scope_enter(&scope, fd);
	close(fd);
	if (err)
		return err;
	err = announce_round(a);
	xm_netns_scope_leave(&scope);
	return err;
}

/*
 * A runtime waits until the plugin's standard files are closed, and an open namespace makes
 * umount(2) fail: closes all of them
 */
static void leave_files(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close_range(STDERR_FILENO + 1, ~0u, 0);
}

static void announce_rounds(struct announcer *a)
{
	const struct timespec pause = { .tv_nsec = XM_ANNOUNCE_PAUSE_MS * 1000000 };
	int err;

	setsid();
	leave_files();
	a->program = xm_inject_open(NULL);
	err = a->program < 0;
	for (int i = 1; i < XM_ANNOUNCE_ROUNDS && !err; i++) {
		nanosleep(&pause, NULL);
		err = a->what->netns ? announce_round_inside(a) : announce_round(a);
	}
}

void xm_announce_later(const struct xm_announcement *what)
{
	struct announcer a = { .what = what };

	if (!what->address_count || (what->netns && fstat(what->netns_fd, &a.is)))
		return;
	if (fork())
		return;
	announce_rounds(&a);
	_exit(0);
}
