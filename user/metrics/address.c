// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metrics/address.h"

#define UNIX_PREFIX  "unix:"
#define BACKLOG	     1024
#define ADDRESS_MAX  64
#define SOCKET_UMASK 0117 /* mode 0660 */

static int address_fail(const char *text, struct xm_err *e)
{
	return xm_fail_usage(e, "metrics: '%s' is not ADDR:PORT or unix:PATH", text);
}

static int parse_path(const char *path, const char *text, struct xm_address *ret, struct xm_err *e)
{
	ret->un.sun_family = AF_UNIX;
	if (!*path)
		return address_fail(text, e);
	if (strlen(path) >= sizeof(ret->un.sun_path))
		return xm_fail_usage(e, "metrics: the path of '%s' is longer than %zu octets", text,
				     sizeof(ret->un.sun_path) - 1);
	strcpy(ret->un.sun_path, path);
	ret->len = offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
	return 0;
}

/* Returns 0 when the text is no number from 1 to 65535 */
static in_port_t parse_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return *text < '0' || *text > '9' || *end || port > 65535 ? 0 : htons(port);
}

static bool parse_host(const char *host, in_port_t port, struct xm_address *ret)
{
	if (inet_pton(AF_INET, host, &ret->in.sin_addr) == 1) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = port;
		ret->len = sizeof(ret->in);
		return true;
	}
	if (inet_pton(AF_INET6, host, &ret->in6.sin6_addr) != 1)
		return false;
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = port;
	ret->len = sizeof(ret->in6);
	return true;
}

int xm_address_parse(const char *text, struct xm_address *ret, struct xm_err *e)
{
	const char *colon = strrchr(text, ':');
	char host[ADDRESS_MAX] = "127.0.0.1";
	size_t len = colon ? colon - text : 0;
	in_port_t port = parse_port(colon ? colon + 1 : text);

	*ret = (struct xm_address){};
	if (!strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)))
		return parse_path(text + strlen(UNIX_PREFIX), text, ret, e);
	if (!port || len >= sizeof(host))
		return address_fail(text, e);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)len - 2, text + 1);
	else if (len)
		snprintf(host, sizeof(host), "%.*s", (int)len, text);
	/* without brackets the colon before the port is one of the address */
	if (strchr(host, ':') && text[0] != '[')
		return address_fail(text, e);
	return parse_host(host, port, ret) ? 0 : address_fail(text, e);
}

/* A path of a socket that nobody listens on is left over from a server that was killed */
static void remove_left_socket(const struct xm_address *a)
{
	struct stat is;
	int fd;

	if (a->any.sa_family != AF_UNIX || lstat(a->un.sun_path, &is) || !S_ISSOCK(is.st_mode))
		return;
	/* Not blocking: a server may be stopped, with a full backlog */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, &a->any, a->len) && errno == ECONNREFUSED)
		unlink(a->un.sun_path);
	if (fd >= 0)
		close(fd);
}

/* Notes which file the socket is, for xm_address_remove() */
static int note_file(struct xm_address *a)
{
	struct stat is;

	if (a->any.sa_family != AF_UNIX)
		return 0;
	if (lstat(a->un.sun_path, &is))
		return -errno;
	a->dev = is.st_dev;
	a->ino = is.st_ino;
	return 0;
}

static int socket_bind(int fd, struct xm_address *a)
{
	int one = 1, err;
	mode_t mask = umask(SOCKET_UMASK);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	remove_left_socket(a);
	err = bind(fd, &a->any, a->len) || listen(fd, BACKLOG) ? -errno : 0;
	umask(mask);
	return err ? err : note_file(a);
}

int xm_address_listen(struct xm_address *a, const char *text, struct xm_err *e)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? -errno : socket_bind(fd, a);

	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return xm_fail(e, err, "cannot listen on %s: %s", text, strerror(-err));
}

void xm_address_remove(const struct xm_address *a)
{
	struct stat is;

	if (a->any.sa_family == AF_UNIX && !lstat(a->un.sun_path, &is) && is.st_dev == a->dev &&
	    is.st_ino == a->ino)
		unlink(a->un.sun_path);
}
