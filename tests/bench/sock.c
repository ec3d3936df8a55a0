// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Connected pairs of sockets between two nodes of a side. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "bench.h"

#define TIMEOUT_US 200000

static int open_bound(const struct side *s, enum node node, int type)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(node_ip(node)),
	};
	struct timeval tv = { .tv_usec = TIMEOUT_US };
	int fd, err = 0;

	xmt_ns_enter(&s->node[node]);
	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		err = -errno;
	xmt_ns_enter(NULL);
	if (err)
		return err;
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv))) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int sock_udp_client(const struct side *s, enum node from, enum node to, uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(node_ip(to)),
	};
	int fd = open_bound(s, from, SOCK_DGRAM), err;

	if (fd < 0 || !connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Connects `fd` to the address of `to`. */
static int connect_to(int fd, int to)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	if (getsockname(to, (struct sockaddr *)&sin, &len))
		return -errno;
	if (!connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		return 0;
	/* connect() reports a passed SO_SNDTIMEO as EINPROGRESS */
	return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
}

static int open_bound_pair(const struct side *s, enum node from, enum node to, int type, int fd[2])
{
	fd[0] = open_bound(s, from, type);
	if (fd[0] < 0)
		return fd[0];
	fd[1] = open_bound(s, to, type);
	if (fd[1] >= 0)
		return 0;
	close(fd[0]);
	return fd[1];
}

uint16_t sock_port(int fd)
{
	struct sockaddr_in sin = {};
	socklen_t len = sizeof(sin);

	getsockname(fd, (struct sockaddr *)&sin, &len);
	return sin.sin_port;
}

int sock_udp_pair(const struct side *s, enum node from, enum node to, int ret_fd[2])
{
	int fd[2], err;

	err = open_bound_pair(s, from, to, SOCK_DGRAM, fd);
	if (err)
		return err;
	err = connect_to(fd[0], fd[1]) ?: connect_to(fd[1], fd[0]);
	if (err) {
		close(fd[0]);
		close(fd[1]);
		return err;
	}
	ret_fd[0] = fd[0];
	ret_fd[1] = fd[1];
	return 0;
}

static int accept_peer(int listener)
{
	struct timeval tv = { .tv_usec = TIMEOUT_US };
	int fd;

	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return fd;
}

int sock_tcp_pair(const struct side *s, enum node from, enum node to, int ret_fd[2])
{
	struct linger reset = { .l_onoff = 1 };
	int fd[2], err, peer = -1;

	err = open_bound_pair(s, from, to, SOCK_STREAM, fd);
	if (err)
		return err;
	/* close() resets the connection: no TIME_WAIT, and no segment of a shot in the next one */
	setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (listen(fd[1], 1))
		err = -errno;
	else
		err = connect_to(fd[0], fd[1]);
	if (!err)
		peer = accept_peer(fd[1]);
	close(fd[1]);
	if (peer < 0) {
		close(fd[0]);
		return err ?: peer;
	}
	ret_fd[0] = fd[0];
	ret_fd[1] = peer;
	return 0;
}
