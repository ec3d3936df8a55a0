// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/owner.h"

#define OWNER_PREFIX "docker:"

void docker_owner_fill(const char *network, const char *endpoint, const char *ipv4,
		       const char *ipv6, struct xm_owner *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->network, sizeof(ret->network), OWNER_PREFIX "%s", network);
	snprintf(ret->container, sizeof(ret->container), "%s%s%.63s%s%.63s", endpoint,
		 ipv4[0] ? " " : "", ipv4, ipv6[0] ? " " : "", ipv6);
}

void docker_owner_name(const char *endpoint, char ret[XM_NAME_LEN])
{
	snprintf(ret, XM_NAME_LEN, "d%.14s", endpoint);
}

bool docker_owner_read(const struct xm_endpoint_info *info, struct docker_endpoint *ret)
{
	char text[XM_OWNER_TEXT], *rest = text, *word;
	const char *network = info->owner->network;

	if (strncmp(network, OWNER_PREFIX, strlen(OWNER_PREFIX)))
		return false;
	*ret = (struct docker_endpoint){};
	memcpy(ret->name, info->name, XM_NAME_LEN);
	memcpy(ret->mac, info->mac, XM_MAC_LEN);
	ret->parent_ifindex = info->parent_ifindex;
	ret->host_ifindex = info->host_ifindex;
	snprintf(ret->network, sizeof(ret->network), "%s", network + strlen(OWNER_PREFIX));
	snprintf(text, sizeof(text), "%s", info->owner->container);
	snprintf(ret->endpoint, sizeof(ret->endpoint), "%s", strsep(&rest, " "));
	while ((word = strsep(&rest, " ")))
		snprintf(strchr(word, ':') ? ret->ipv6 : ret->ipv4, DOCKER_ADDRESS_TEXT, "%s",
			 word);
	return true;
}

struct owner_list {
	const char *network;
	struct docker_endpoint *endpoints;
	size_t count;
};

static int owner_collect(const struct xm_endpoint_info *info, void *data)
{
	struct owner_list *l = data;
	struct docker_endpoint endpoint;

	if (!docker_owner_read(info, &endpoint) ||
	    (l->network && strcmp(l->network, endpoint.network)))
		return 0;
	l->endpoints = xm_need(reallocarray(l->endpoints, l->count + 1, sizeof(endpoint)));
	l->endpoints[l->count++] = endpoint;
	return 0;
}

int docker_owner_list(struct xm_engine *engine, const char *network, struct docker_endpoint **ret,
		      struct xm_err *e)
{
	struct owner_list list = { .network = network };
	int err = xm_engine_owned(engine, owner_collect, &list, e);

	*ret = list.endpoints;
	if (!err)
		return list.count;
	free(list.endpoints);
	*ret = NULL;
	return err;
}

int docker_owner_find(struct xm_engine *engine, const char *network, const char *endpoint,
		      struct docker_endpoint *ret, struct xm_err *e)
{
	struct docker_endpoint *list;
	int count = docker_owner_list(engine, network, &list, e), found = 0;

	for (int i = 0; i < count && !found; i++)
		if (!strcmp(list[i].endpoint, endpoint)) {
			*ret = list[i];
			found = 1;
		}
	free(list);
	return count < 0 ? count : found;
}

int docker_owner_missing(const char *network, const char *endpoint, struct xm_err *e)
{
	return xm_fail(e, ENOENT, "endpoint %.12s of network %.12s does not exist", endpoint,
		       network);
}

int docker_owner_look_up(const char *network, const char *endpoint, struct docker_endpoint *ret,
			 struct xm_err *e)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };
	struct xm_engine *engine;
	int found, err = xm_engine_open(&reader, &engine, e);

	if (err)
		return err;
	found = docker_owner_find(engine, network, endpoint, ret, e);
	xm_engine_close(engine);
	if (found < 0)
		return found;
	return found ? 0 : docker_owner_missing(network, endpoint, e);
}

bool docker_owner_has_device(struct xm_nl *nl, const struct docker_endpoint *endpoint)
{
	struct xm_link link;

	/* Another error says nothing about the device */
	return xm_link_get(nl, XM_NSID_SELF, NULL, endpoint->host_ifindex, &link) != -ENODEV;
}

bool docker_owner_has_ended(struct xm_nl *nl, const struct docker_endpoint *endpoint)
{
	struct xm_link host_end, peer;
	int err = xm_link_get(nl, XM_NSID_SELF, NULL, endpoint->host_ifindex, &host_end);

	if (err || host_end.lower_nsid == XM_NSID_SELF)
		return err == -ENODEV;
	/* -EINVAL: the id still exists, but the namespace has ended (get_net_ns_by_id()) */
	return host_end.lower_nsid == XM_NSID_ENDED ||
	       xm_link_get(nl, host_end.lower_nsid, NULL, host_end.lower, &peer) == -EINVAL;
}

bool docker_owner_is_unjoined(struct xm_nl *nl, const char *name)
{
	struct xm_link link;

	return !xm_link_get(nl, XM_NSID_SELF, name, 0, &link) &&
	       xm_device_is_endpoint(nl, &link, name);
}
