// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "plugin/listener.h"

#define FIRST_FD     3 /* SD_LISTEN_FDS_START */
#define BACKLOG	     1024
#define SOCKET_UMASK 0177 /* mode 0600 */

/* The number that a variable has; -1: none */
static long listener_variable(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long ret = text && text[0] ? strtol(text, &end, 10) : -1;

	return ret >= 0 && !*end ? ret : -1;
}

static bool listener_is_given(void)
{
	return listener_variable("LISTEN_PID") == getpid() && listener_variable("LISTEN_FDS") > 0;
}

static const char *listener_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int listener_take(const char *path, struct plugin_listener *ret, struct xm_err *e)
{
	int listens, count = listener_variable("LISTEN_FDS");

	for (int fd = FIRST_FD; fd < FIRST_FD + count; fd++) {
		struct sockaddr_un address = {};
		socklen_t len = sizeof(address) - 1, size = sizeof(listens);

		if (getsockname(fd, (struct sockaddr *)&address, &len) ||
		    address.sun_family != AF_UNIX ||
		    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) || !listens)
			return xm_fail(e, EINVAL,
				       "the service manager has to give listening unix sockets");
		if (strcmp(listener_name(address.sun_path), listener_name(path)))
			continue;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		ret->fd = fd;
	}
	return 0;
}

/* A socket of a driver that was killed */
static void listener_remove_left(const struct sockaddr_un *address)
{
	struct stat st;
	int fd;

	if (lstat(address->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return;
	/* Not blocking: a driver may be stopped, with a full backlog */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	    errno == ECONNREFUSED)
		unlink(address->sun_path);
	if (fd >= 0)
		close(fd);
}

static int listener_bind(int fd, const struct sockaddr_un *address, struct plugin_listener *ret)
{
	mode_t mask = umask(SOCKET_UMASK);
	struct stat st;
	int err = 0;

	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) || listen(fd, BACKLOG) ||
	    lstat(address->sun_path, &st))
		err = -errno;
	umask(mask);
	if (err)
		return err;
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	return 0;
}

/* The folders above the socket, which dockerd makes too */
static void listener_make_folders(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	for (char *slash = strchr(strcpy(folder, path) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0711);
		*slash = '/';
	}
}

int plugin_listener_open(const char *path, struct plugin_listener *ret, struct xm_err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int err;

	*ret = (struct plugin_listener){ .fd = -1 };
	if (listener_is_given())
		return listener_take(path, ret, e);
	if (!path[0] || strlen(path) >= sizeof(address.sun_path))
		return xm_fail_usage(e, "the path of the socket has 1 to %zu octets",
				     sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	listener_make_folders(path);
	listener_remove_left(&address);
	ret->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = ret->fd < 0 ? -errno : listener_bind(ret->fd, &address, ret);
	if (!err) {
		ret->path = path;
		return 0;
	}
	if (ret->fd >= 0)
		close(ret->fd);
	return xm_fail(e, err, "cannot listen on %s: %s", path, strerror(-err));
}

void plugin_listener_close(struct plugin_listener *l)
{
	struct stat st;

	if (l->path && !lstat(l->path, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
}
