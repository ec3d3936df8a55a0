// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "docker/dhcp_client.h"
#include "docker/json.h"
#include "docker/leases.h"
#include "docker/log.h"
#include "docker/store.h"
#include "mac.h"

/* Between two attempts to renew: a quarter of what is left, within these */
#define AGAIN_MIN_MS 1000
#define AGAIN_MAX_MS 60000
#define LEASE_MIN_S  2
#define LEASE_MAX_S  (10u * 365 * 86400) /* also for one without end */

static struct {
	pthread_mutex_t lock; /* of everything but `stopped`, and of the store */
	pthread_cond_t changed;
	pthread_t renewer;
	volatile bool stopped;
	struct docker_lease *list;
	size_t count;
} leases = { .lock = PTHREAD_MUTEX_INITIALIZER };

const volatile bool *docker_leases_stopped(void)
{
	return &leases.stopped;
}

static const char *lease_text(const struct docker_lease *l, char ret[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &l->address, ret, INET_ADDRSTRLEN);
}

/* The name of its pin, where a dot is not allowed */
static void lease_id(const struct docker_lease *l, char ret[DOCKER_ID_LEN])
{
	snprintf(ret, DOCKER_ID_LEN, "%02x%02x%02x%02x%02x%02x-%08x", l->mac[0], l->mac[1],
		 l->mac[2], l->mac[3], l->mac[4], l->mac[5], ntohl(l->address));
}

static int lease_save(const struct docker_lease *l, struct xm_err *e)
{
	char id[DOCKER_ID_LEN], mac[XM_MAC_TEXT], server_mac[XM_MAC_TEXT];
	json_t *document = xm_need(json_pack(
		"{s:s, s:s, s:I, s:I, s:s, s:I, s:I}", "parent", l->parent, "mac",
		xm_mac_text(l->mac, mac), "address", (json_int_t)l->address, "server",
		(json_int_t)l->server, "server_mac", xm_mac_text(l->server_mac, server_mac),
		"renew", (json_int_t)l->renew_ms, "end", (json_int_t)l->end_ms));
	int err;

	lease_id(l, id);
	err = docker_store_save(DOCKER_LEASES, id, document, e);
	json_decref(document);
	return err;
}

static void lease_forget(const struct docker_lease *l)
{
	char id[DOCKER_ID_LEN];

	lease_id(l, id);
	docker_store_remove(DOCKER_LEASES, id, NULL);
}

static struct docker_lease *lease_find(const char *parent, uint32_t address)
{
	for (size_t i = 0; i < leases.count; i++)
		if (leases.list[i].address == address && !strcmp(leases.list[i].parent, parent))
			return &leases.list[i];
	return NULL;
}

/*
 * An address has one lease, which takes the place of a former one. The server gives an address to
 * another MAC when it has forgotten the former lease, or when a driver was killed while it gave
 * that one back.
 */
static void lease_keep(const struct docker_lease *l)
{
	struct docker_lease *former = lease_find(l->parent, l->address);

	if (!former) {
		leases.list =
			xm_need(reallocarray(leases.list, leases.count + 1, sizeof(*leases.list)));
		former = &leases.list[leases.count++];
	} else if (!xm_mac_equal(former->mac, l->mac)) {
		lease_forget(former);
	}
	*former = *l;
}

static int64_t lease_number(const json_t *document, const char *key)
{
	return json_integer_value(docker_json_get(document, key));
}

static int lease_load(const char *id, void *data)
{
	struct docker_lease l = { .seen_ms = xm_now_ms() }, *later;
	json_t *document;

	(void)data;
	if (docker_store_load(DOCKER_LEASES, id, &document, NULL) || !document)
		return 0;
	snprintf(l.parent, sizeof(l.parent), "%s", docker_json_text(document, "parent"));
	l.address = lease_number(document, "address");
	l.server = lease_number(document, "server");
	l.renew_ms = lease_number(document, "renew");
	l.end_ms = lease_number(document, "end");
	if (!xm_parse_unicast("MAC", docker_json_text(document, "mac"), l.mac, NULL) &&
	    !xm_parse_unicast("MAC", docker_json_text(document, "server_mac"), l.server_mac,
			      NULL)) {
		later = lease_find(l.parent, l.address);
		if (later && later->end_ms > l.end_ms)
			lease_forget(&l);
		else
			lease_keep(&l);
	}
	json_decref(document);
	return 0;
}

static void lease_set_times(struct docker_lease *l, uint32_t lease_s)
{
	int64_t ms;

	if (!lease_s || lease_s > LEASE_MAX_S)
		lease_s = LEASE_MAX_S;
	ms = 1000ll * (lease_s < LEASE_MIN_S ? LEASE_MIN_S : lease_s);
	l->renew_ms = xm_now_ms() + ms / 2;
	l->end_ms = xm_now_ms() + ms;
}

int docker_leases_add(const struct docker_lease *lease, uint32_t lease_s, struct xm_err *e)
{
	struct docker_lease l = *lease;
	int err;

	lease_set_times(&l, lease_s);
	l.seen_ms = xm_now_ms();
	pthread_mutex_lock(&leases.lock);
	err = lease_save(&l, e);
	if (!err)
		lease_keep(&l);
	pthread_cond_signal(&leases.changed);
	pthread_mutex_unlock(&leases.lock);
	return err;
}

static struct dhcp_client lease_client(const struct docker_lease *l)
{
	return (struct dhcp_client){ .parent = l->parent, .mac = l->mac, .stop = &leases.stopped };
}

/* With the lock held */
static void lease_drop(struct docker_lease *l)
{
	const struct dhcp_client client = lease_client(l);
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};

	if (dhcp_client_release(&client, l->address, l->server, l->server_mac, &e))
		docker_log("the DHCP server is not told that %s is free: %s", lease_text(l, text),
			   e.text);
	lease_forget(l);
	*l = leases.list[--leases.count];
}

void docker_leases_end(const char *parent, uint32_t address)
{
	struct docker_lease *l;

	pthread_mutex_lock(&leases.lock);
	l = lease_find(parent, address);
	if (l)
		lease_drop(l);
	pthread_mutex_unlock(&leases.lock);
}

void docker_leases_sweep(bool (*has)(const struct docker_lease *lease, void *data), void *data,
			 unsigned int keep_ms)
{
	char text[INET_ADDRSTRLEN];

	pthread_mutex_lock(&leases.lock);
	for (size_t i = leases.count; i-- > 0;) {
		struct docker_lease *l = &leases.list[i];

		if (has(l, data))
			l->seen_ms = xm_now_ms();
		else if (xm_now_ms() - l->seen_ms >= keep_ms) {
			docker_log("no endpoint has the lease of %s: given back",
				   lease_text(l, text));
			lease_drop(l);
		}
	}
	pthread_mutex_unlock(&leases.lock);
}

static void renew_later(struct docker_lease *l)
{
	int64_t now = xm_now_ms(), wait = (l->end_ms - now) / 4;

	if (wait > AGAIN_MAX_MS || l->end_ms <= now)
		wait = AGAIN_MAX_MS;
	l->renew_ms = now + (wait < AGAIN_MIN_MS ? AGAIN_MIN_MS : wait);
}

/* A refusal and its end are logged once */
static void renew_failed(struct docker_lease *l, const char *why)
{
	char text[INET_ADDRSTRLEN];

	if (!l->failed)
		docker_log("the lease of %s is not renewed: %s", lease_text(l, text), why);
	l->failed = true;
	renew_later(l);
}

/* A silent server is asked for one lease a time, so that those of other parents do not wait */
static void renew_others_later(const char *parent)
{
	int64_t now = xm_now_ms();

	for (size_t i = 0; i < leases.count; i++)
		if (leases.list[i].renew_ms <= now && !strcmp(leases.list[i].parent, parent))
			renew_later(&leases.list[i]);
}

static void renew_take(struct docker_lease *l, const struct dhcp_reply *reply)
{
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};

	if (l->failed)
		docker_log("the lease of %s is renewed", lease_text(l, text));
	l->failed = false;
	if (reply->server)
		l->server = reply->server;
	memcpy(l->server_mac, reply->source, XM_MAC_LEN);
	lease_set_times(l, reply->lease_s);
	if (lease_save(l, &e))
		docker_log("the lease of %s is not saved: %s", lease_text(l, text), e.text);
}

/*
 * A server that has forgotten the lease refuses it, or is silent (RFC 2131, 4.3.2): one that has
 * lost its leases by a restart. Then the address is asked for as a new one.
 */
static int renew_ask(const struct dhcp_client *client, const struct docker_lease *l,
		     struct dhcp_reply *reply, struct xm_err *e)
{
	int err = dhcp_client_request(client, l->address, 0, reply, e);
	struct dhcp_reply offer;

	if (err != -EADDRNOTAVAIL && !(err == -ETIMEDOUT && xm_now_ms() >= l->end_ms))
		return err;
	*e = (struct xm_err){};
	err = dhcp_client_discover(client, l->address, &offer, e);
	if (err)
		return err;
	if (offer.address != l->address)
		return xm_fail(e, EADDRNOTAVAIL, "the server has given the address away");
	err = dhcp_client_request(client, l->address, offer.server, reply, e);
	if (!err && !reply->server)
		reply->server = offer.server;
	return err;
}

/* Unlocks while it waits for the server; the lease may go meanwhile */
static void renew(const struct docker_lease *due)
{
	struct docker_lease copy = *due, *l;
	const struct dhcp_client client = lease_client(&copy);
	struct dhcp_reply reply;
	struct xm_err e = {};
	int err;

	pthread_mutex_unlock(&leases.lock);
	err = renew_ask(&client, &copy, &reply, &e);
	pthread_mutex_lock(&leases.lock);
	l = lease_find(copy.parent, copy.address);
	if (!l || !xm_mac_equal(l->mac, copy.mac) || leases.stopped)
		return;
	if (err == -ETIMEDOUT)
		renew_others_later(copy.parent);
	if (!err && reply.address == l->address)
		renew_take(l, &reply);
	else
		renew_failed(l, err ? e.text : "the server has given another address");
}

static struct docker_lease *renewer_next(void)
{
	struct docker_lease *next = NULL;

	for (size_t i = 0; i < leases.count; i++)
		if (!next || leases.list[i].renew_ms < next->renew_ms)
			next = &leases.list[i];
	return next;
}

static void *renewer_run(void *unused)
{
	struct docker_lease *next;
	struct timespec until;

	(void)unused;
	pthread_mutex_lock(&leases.lock);
	while (!leases.stopped) {
		next = renewer_next();
		if (next && next->renew_ms <= xm_now_ms()) {
			renew(next);
		} else if (next) {
			until = (struct timespec){ .tv_sec = next->renew_ms / 1000,
						   .tv_nsec = next->renew_ms % 1000 * 1000000 };
			pthread_cond_timedwait(&leases.changed, &leases.lock, &until);
		} else {
			pthread_cond_wait(&leases.changed, &leases.lock);
		}
	}
	pthread_mutex_unlock(&leases.lock);
	return NULL;
}

int docker_leases_start(struct xm_err *e)
{
	pthread_condattr_t attributes;
	int err = docker_store_each(DOCKER_LEASES, lease_load, NULL, e);

	if (err)
		return err;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&leases.changed, &attributes);
	pthread_condattr_destroy(&attributes);
	err = pthread_create(&leases.renewer, NULL, renewer_run, NULL);
	return err ? xm_fail(e, err, "cannot start a thread: %s", strerror(err)) : 0;
}

void docker_leases_stop(void)
{
	pthread_mutex_lock(&leases.lock);
	leases.stopped = true;
	pthread_cond_signal(&leases.changed);
	pthread_mutex_unlock(&leases.lock);
	pthread_join(leases.renewer, NULL);
	free(leases.list);
	leases.list = NULL;
	leases.count = 0;
}
