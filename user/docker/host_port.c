// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/caps.h"
#include "docker/driver.h"
#include "docker/host_port.h"

/* Returns the length of the address */
static socklen_t host_port_address(const struct docker_publication *p,
				   struct sockaddr_storage *storage)
{
	bool any = !strcmp(p->host, DOCKER_ANY_ADDRESS);
	struct sockaddr_in6 *six = (void *)storage;
	struct sockaddr_in *four = (void *)storage;

	*storage = (struct sockaddr_storage){};
	if (strchr(p->address, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(p->host_port);
		if (!any)
			inet_pton(AF_INET6, p->host, &six->sin6_addr);
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(p->host_port);
	if (!any)
		inet_pton(AF_INET, p->host, &four->sin_addr);
	return sizeof(*four);
}

static int host_port_socket(const char *protocol, int family)
{
	bool udp = !strcmp(protocol, "udp");
	int number = udp ? IPPROTO_UDP : strcmp(protocol, "tcp") ? IPPROTO_SCTP : IPPROTO_TCP;

	return socket(family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, number);
}

/* bind() takes such an address, to which no connection comes */
static bool host_port_is_group(const struct sockaddr_storage *address, socklen_t len)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	bool broadcast;
	int fd;

	if (address->ss_family == AF_INET6)
		return IN6_IS_ADDR_MULTICAST(&six->sin6_addr);
	if (IN_MULTICAST(ntohl(four->sin_addr.s_addr)))
		return true;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	/* The kernel wants SO_BROADCAST for the broadcast address of a subnet */
	broadcast = connect(fd, (const void *)address, len) && errno == EACCES;
	close(fd);
	return broadcast;
}

int docker_host_port_try(const struct docker_publication *p)
{
	struct sockaddr_storage address;
	socklen_t len = host_port_address(p, &address);
	int on = 1, err = 0, fd = host_port_socket(p->protocol, address.ss_family);
	xm_caps raised;

	if (fd < 0)
		return 0;
	if (host_port_is_group(&address, len)) {
		close(fd);
		return -EADDRNOTAVAIL;
	}
	/* A connection that has ended (TIME_WAIT) keeps no port */
	if (strcmp(p->protocol, "udp"))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	raised = xm_caps_raise(DOCKER_CAPS_BIND);
	if (bind(fd, (void *)&address, len))
		err = -errno;
	xm_caps_lower(raised);
	close(fd);
	return err == -EACCES ? 0 : err;
}
