// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "metrics/host.h"

#define NAME_SIZE 256

/* Copies the name without the port and without brackets. Returns false when it is too long. */
static bool name_of(const char *host, char ret[NAME_SIZE])
{
	size_t len = strcspn(host, ":");

	if (*host == '[') {
		host++;
		len = strcspn(host, "]");
	}
	if (len >= NAME_SIZE)
		return false;
	snprintf(ret, NAME_SIZE, "%.*s", (int)len, host);
	return true;
}

bool xm_host_is_local(const char *host, const char *hostname)
{
	unsigned char address[sizeof(struct in6_addr)];
	char name[NAME_SIZE];

	if (!name_of(host, name) || !*name)
		return false;
	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1 ||
	       !strcasecmp(name, "localhost") || !strcasecmp(name, hostname);
}

static bool is_loopback(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage room;
	} own = {};
	socklen_t len = sizeof(own);
	const struct in6_addr *in6 = &own.in6.sin6_addr;

	if (getsockname(fd, &own.any, &len))
		return true;
	if (own.any.sa_family == AF_INET)
		return ntohl(own.in.sin_addr.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
	return own.any.sa_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(in6) ||
		(IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == IN_LOOPBACKNET));
}

bool xm_host_is_allowed(const char *host, const char *hostname, int fd)
{
	return !host || xm_host_is_local(host, hostname) || !is_loopback(fd);
}
