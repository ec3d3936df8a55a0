// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "mac.h"
#include "runtime/lease.h"

#define LEASE_MIN_S 2
/*
 * A lease that is being asked for is not renewed. A process that is killed meanwhile leaves it for
 * so long, if no endpoint has it.
 */
#define OFFER_S	    120
#define LEASE_MAX_S (10u * 365 * 86400) /* also for one without end */

/* Between two attempts to renew */
#define AGAIN_MIN_MS 1000
#define AGAIN_MAX_MS 60000

#define OFFERS	  5
#define OFFERS_MS 30000 /* no other one after it: Docker closes the connection after 60 s */

const char *xm_lease_text(const struct xm_lease *l, char ret[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &l->address, ret, INET_ADDRSTRLEN);
}

struct xm_prefix xm_lease_prefix(const struct xm_lease *l)
{
	struct xm_prefix ret = { .family = AF_INET, .len = 4, .bits = l->bits };

	memcpy(ret.bytes, &l->address, sizeof(l->address));
	return ret;
}

uint32_t xm_lease_seconds(const struct xm_lease *l)
{
	int64_t ms = l->end_ms - xm_now_ms();

	return ms > 1000 ? (ms + 999) / 1000 : 1;
}

void xm_lease_set_times(struct xm_lease *l, uint32_t lease_s)
{
	int64_t ms;

	if (!lease_s || lease_s > LEASE_MAX_S)
		lease_s = LEASE_MAX_S;
	ms = 1000ll * (lease_s < LEASE_MIN_S ? LEASE_MIN_S : lease_s);
	l->renew_ms = xm_now_ms() + ms / 2;
	l->end_ms = xm_now_ms() + ms;
}

void xm_lease_renew_later(struct xm_lease *l)
{
	int64_t now = xm_now_ms(), wait = (l->end_ms - now) / 4;

	if (wait > AGAIN_MAX_MS || l->end_ms <= now)
		wait = AGAIN_MAX_MS;
	l->renew_ms = now + (wait < AGAIN_MIN_MS ? AGAIN_MIN_MS : wait);
}

int xm_lease_save(const char *folder, const struct xm_lease *l, struct xm_err *e)
{
	char mac[XM_MAC_TEXT], server_mac[XM_MAC_TEXT];
	json_t *document = xm_need(
		json_pack("{s:I, s:s, s:s, s:I, s:I, s:s, s:I, s:I}", "netns", (json_int_t)l->netns,
			  "parent", l->parent, "mac", xm_mac_text(l->mac, mac), "address",
			  (json_int_t)l->address, "server", (json_int_t)l->server, "server_mac",
			  xm_mac_text(l->server_mac, server_mac), "renew", (json_int_t)l->renew_ms,
			  "end", (json_int_t)l->end_ms));
	int err;

	if (!strcmp(folder, XM_LEASES_PODMAN))
		json_object_update_new(
			document,
			xm_need(json_pack("{s:i, s:I, s:b, s:I, s:s}", "bits", l->bits, "router",
					  (json_int_t)l->router, "default", l->default_route,
					  "metric", (json_int_t)l->metric, "hostname",
					  l->hostname)));
	err = xm_store_save(folder, l->id, document, e);
	json_decref(document);
	return err;
}

void xm_lease_forget(const char *folder, const struct xm_lease *l)
{
	xm_store_remove(folder, l->id, NULL);
}

static const char *lease_word(const json_t *document, const char *key)
{
	const char *text = json_string_value(json_object_get(document, key));

	return text ? text : "";
}

static int64_t lease_number(const json_t *document, const char *key)
{
	return json_integer_value(json_object_get(document, key));
}

bool xm_lease_load(const char *folder, const char *id, struct xm_lease *ret)
{
	json_t *document;
	bool valid;

	*ret = (struct xm_lease){};
	if (xm_store_load(folder, id, &document, NULL) || !document)
		return false;
	snprintf(ret->id, sizeof(ret->id), "%s", id);
	snprintf(ret->parent, sizeof(ret->parent), "%s", lease_word(document, "parent"));
	ret->netns = lease_number(document, "netns");
	ret->address = lease_number(document, "address");
	ret->server = lease_number(document, "server");
	ret->renew_ms = lease_number(document, "renew");
	ret->end_ms = lease_number(document, "end");
	ret->bits = lease_number(document, "bits");
	ret->router = lease_number(document, "router");
	ret->default_route = json_is_true(json_object_get(document, "default"));
	ret->metric = lease_number(document, "metric");
	snprintf(ret->hostname, sizeof(ret->hostname), "%s", lease_word(document, "hostname"));
	valid = !xm_parse_unicast("MAC", lease_word(document, "mac"), ret->mac, NULL) &&
		!xm_parse_unicast("MAC", lease_word(document, "server_mac"), ret->server_mac, NULL);
	json_decref(document);
	return valid;
}

bool xm_lease_is_gone(const char *folder, const char *id)
{
	json_t *document;
	bool ret = !xm_store_load(folder, id, &document, NULL) && !document;

	json_decref(document);
	return ret;
}

int xm_lease_ask(const struct xm_dhcp_client *c, uint32_t wanted,
		 int (*offered)(const struct xm_dhcp_reply *offer, void *data, struct xm_err *e),
		 void *data, struct xm_dhcp_reply *ret, struct xm_err *e)
{
	int64_t end = xm_now_ms() + OFFERS_MS;
	struct xm_dhcp_reply offer;
	struct xm_err why;
	int err = 0;

	for (int i = 0; i < OFFERS; i++) {
		why = (struct xm_err){};
		err = xm_dhcp_client_discover(c, wanted, &offer, &why);
		if (!err && offered)
			err = offered(&offer, data, &why);
		if (!err)
			err = xm_dhcp_client_request(c, offer.address, offer.server, ret, &why);
		if (err != -EADDRNOTAVAIL || xm_now_ms() >= end)
			break;
	}
	if (err)
		return xm_fail(e, err, "%s", why.text);
	if (!ret->server)
		ret->server = offer.server;
	return 0;
}

void xm_lease_take(struct xm_lease *l, const struct xm_dhcp_reply *reply)
{
	l->address = reply->address;
	if (xm_dhcp_reply_bits(reply))
		l->bits = xm_dhcp_reply_bits(reply);
	if (reply->router)
		l->router = reply->router;
	if (reply->server)
		l->server = reply->server;
	memcpy(l->server_mac, reply->source, XM_MAC_LEN);
	xm_lease_set_times(l, reply->lease_s);
}

void xm_lease_take_offer(struct xm_lease *l, const struct xm_dhcp_reply *offer)
{
	xm_lease_take(l, offer);
	xm_lease_set_times(l, OFFER_S);
}

int xm_lease_release(const struct xm_lease *l, struct xm_err *e)
{
	const struct xm_dhcp_client client = { .parent = l->parent, .mac = l->mac };

	return xm_dhcp_client_release(&client, l->address, l->server, l->server_mac, e);
}
