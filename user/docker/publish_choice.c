// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "docker/forward.h"
#include "docker/host_port.h"
#include "docker/publish_choice.h"
#include "net/link.h"
#include "net/prefix.h"
#include "net/route.h"
#include "plugin/log.h"

/* When Docker leaves the port open: the dynamic ports of RFC 6335 */
#define OPEN_FIRST 49152
#define OPEN_LAST  65535

struct choice_maker {
	const struct docker_config *config;
	const struct docker_endpoint *endpoint;
	const struct docker_published *rules;
	int rule_count;
	struct docker_choice *ret;
	struct xm_err *e;
	/* The port that is being published */
	const struct docker_port *port;
	char text[DOCKER_PORT_TEXT];
};

static int choice_fail(const struct choice_maker *m, int err, const char *why)
{
	return xm_fail(m->e, err, "port %s cannot be published: %s", m->text, why);
}

static const char *choice_address(const struct choice_maker *m, int family)
{
	return family == AF_INET ? m->endpoint->ipv4 : m->endpoint->ipv6;
}

/* The host reaches the endpoint by its own stack on the parent, if it has an address there */
static int choice_check_route(const struct choice_maker *m, int family)
{
	const char *parent = m->config->parent;
	struct xm_prefix address;
	struct xm_link link;
	uint32_t ifindex = 0;
	char why[160];
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return choice_fail(m, err, "cannot open rtnetlink");
	xm_prefix_parse(choice_address(m, family), &address);
	err = xm_link_get(&nl, XM_NSID_SELF, parent, 0, &link);
	if (!err)
		err = xm_route_device(&nl, &address, &ifindex);
	xm_nl_close(&nl);
	if (!err && ifindex == link.ifindex)
		return 0;
	snprintf(why, sizeof(why), "the host has no route by '%s' to the container's address %s",
		 parent, choice_address(m, family));
	return choice_fail(m, err ? err : -ENETUNREACH, why);
}

static int choice_check_forwarding(const struct choice_maker *m, int family)
{
	const char *protocol = family == AF_INET ? "ipv4" : "ipv6";
	char why[160];

	if (docker_forward_enabled(m->config->parent, family))
		return 0;
	snprintf(why, sizeof(why), "the host forwards nothing: net.%s.conf.%s.forwarding is 0",
		 protocol, m->config->parent);
	/* dockerd turns IPv4's forwarding on, and not IPv6's */
	if (family == AF_INET || m->port->host.len || !m->endpoint->ipv4[0])
		return choice_fail(m, EOPNOTSUPP, why);
	plugin_log("port %s of endpoint %s is published by IPv4 only: %s", m->text,
		   m->endpoint->name, why);
	return EOPNOTSUPP;
}

/* No container can answer what has such a source */
static bool choice_is_loopback(const struct xm_prefix *host)
{
	if (host->family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)host->bytes);
	return host->bytes[0] == 127;
}

/* Returns 0; 1: the port is not published by this family; or a negative errno and fills *e */
static int choice_check_family(const struct choice_maker *m, int family)
{
	const struct xm_prefix *host = &m->port->host;
	int err;

	if (host->len && host->family != family)
		return 1;
	if (host->len && choice_is_loopback(host))
		return choice_fail(m, EOPNOTSUPP, "only the host itself reaches the address");
	if (!choice_address(m, family)[0] && !host->len)
		return 1;
	if (!choice_address(m, family)[0])
		return choice_fail(m, EINVAL,
				   family == AF_INET ? "the container has no IPv4 address"
						     : "the container has no IPv6 address");
	err = choice_check_forwarding(m, family);
	if (err)
		return err < 0 ? err : 1;
	return choice_check_route(m, family);
}

static void choice_append(const struct choice_maker *m, int family)
{
	const struct docker_port *port = m->port;
	struct docker_choice *c = m->ret;
	struct docker_choice_entry *entry;
	const char *address = choice_address(m, family);
	struct docker_publication *p;

	c->list = xm_need(reallocarray(c->list, c->count + 1, sizeof(*c->list)));
	entry = &c->list[c->count++];
	*entry = (struct docker_choice_entry){
		.port = port->port,
		.was_open = !port->first || port->first != port->last,
	};
	p = &entry->what;
	memcpy(p->endpoint, m->endpoint->name, sizeof(p->endpoint));
	snprintf(p->address, sizeof(p->address), "%.*s", (int)strcspn(address, "/"), address);
	snprintf(p->protocol, sizeof(p->protocol), "%s", port->protocol);
	snprintf(p->host, sizeof(p->host), DOCKER_ANY_ADDRESS);
	if (port->host.len && !port->any)
		inet_ntop(family, port->host.bytes, p->host, sizeof(p->host));
}

/* Whether another endpoint has the port, or an earlier port of this one */
static bool choice_is_taken(const struct choice_maker *m, size_t index)
{
	const struct docker_publication *p = &m->ret->list[index].what;

	for (int i = 0; i < m->rule_count; i++)
		if (strcmp(m->rules[i].what.endpoint, p->endpoint) &&
		    docker_published_collide(&m->rules[i].what, p))
			return true;
	for (size_t i = 0; i < index; i++)
		if (docker_published_collide(&m->ret->list[i].what, p))
			return true;
	return false;
}

/* Tries a port of the host for the entries from `begin` on. Returns 0 or a negative errno. */
static int choice_try(const struct choice_maker *m, size_t begin, unsigned int host_port)
{
	int err = 0;

	for (size_t i = begin; i < m->ret->count; i++)
		m->ret->list[i].what.host_port = host_port;
	for (size_t i = begin; i < m->ret->count && !err; i++)
		err = choice_is_taken(m, i) ? -EADDRINUSE
					    : docker_host_port_try(&m->ret->list[i].what);
	return err;
}

static int choice_take_host_port(const struct choice_maker *m, size_t begin)
{
	unsigned int number = m->port->first ? m->port->first : OPEN_FIRST;
	unsigned int last = m->port->first ? m->port->last : OPEN_LAST;
	int err;

	do
		err = choice_try(m, begin, number);
	while (err == -EADDRINUSE && number++ < last);
	if (err == -EADDRINUSE)
		return choice_fail(m, err,
				   m->port->first == m->port->last && m->port->first
					   ? "the port of the host is in use"
					   : "all these ports of the host are in use");
	if (err == -EADDRNOTAVAIL)
		return choice_fail(m, err, "the host does not have the address");
	return err ? choice_fail(m, err, strerror(-err)) : 0;
}

static int choice_make_port(struct choice_maker *m, const struct docker_port *port)
{
	static const int families[] = { AF_INET, AF_INET6 };
	size_t begin = m->ret->count;
	int err;

	m->port = port;
	docker_port_text(port, m->text);
	for (int i = 0; i < 2; i++) {
		err = choice_check_family(m, families[i]);
		if (err < 0)
			return err;
		if (!err)
			choice_append(m, families[i]);
	}
	if (m->ret->count == begin)
		return choice_fail(m, EINVAL, "the container has no address");
	return choice_take_host_port(m, begin);
}

int docker_choice_make(const struct docker_config *config, const struct docker_endpoint *endpoint,
		       const struct docker_ports *ports, const struct docker_published *rules,
		       int rule_count, struct docker_choice *ret, struct xm_err *e)
{
	struct choice_maker m = {
		.config = config,
		.endpoint = endpoint,
		.rules = rules,
		.rule_count = rule_count,
		.ret = ret,
		.e = e,
	};
	int err = 0;

	*ret = (struct docker_choice){};
	for (size_t i = 0; i < ports->count && !err; i++)
		err = choice_make_port(&m, &ports->list[i]);
	return err;
}

void docker_choice_free(struct docker_choice *choice)
{
	free(choice->list);
	*choice = (struct docker_choice){};
}
