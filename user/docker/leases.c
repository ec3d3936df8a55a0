// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "docker/leases.h"
#include "mac.h"
#include "plugin/log.h"

static struct {
	pthread_mutex_t lock; /* of everything but `stopped`, and of the store */
	pthread_cond_t changed;
	pthread_t renewer;
	volatile bool stopped;
	struct docker_lease {
		struct xm_lease lease;
		int64_t seen_ms; /* when it was made, found, or an endpoint had it last */
		bool failed; /* the last renewal */
	} * list;
	size_t count;
} leases = { .lock = PTHREAD_MUTEX_INITIALIZER };

const volatile bool *docker_leases_stopped(void)
{
	return &leases.stopped;
}

/* The name of its pin, where a dot is not allowed */
static void lease_fill_id(struct xm_lease *l)
{
	snprintf(l->id, sizeof(l->id), "%02x%02x%02x%02x%02x%02x-%08x", l->mac[0], l->mac[1],
		 l->mac[2], l->mac[3], l->mac[4], l->mac[5], ntohl(l->address));
}

static struct docker_lease *lease_find(const char *parent, uint32_t address)
{
	for (size_t i = 0; i < leases.count; i++)
		if (leases.list[i].lease.address == address &&
		    !strcmp(leases.list[i].lease.parent, parent))
			return &leases.list[i];
	return NULL;
}

/*
 * An address has one lease, which takes the place of a former one. The server gives an address to
 * another MAC when it has forgotten the former lease, or when a driver was killed while it gave
 * that one back.
 */
static void lease_keep(const struct xm_lease *l)
{
	struct docker_lease *former = lease_find(l->parent, l->address);

	if (!former) {
		leases.list =
			xm_need(reallocarray(leases.list, leases.count + 1, sizeof(*leases.list)));
		former = &leases.list[leases.count++];
	} else if (!xm_mac_equal(former->lease.mac, l->mac)) {
		xm_lease_forget(XM_LEASES_DOCKER, &former->lease);
	}
	*former = (struct docker_lease){ .lease = *l, .seen_ms = xm_now_ms() };
}

static int lease_load(const char *id, void *data)
{
	struct docker_lease *later;
	struct xm_lease l;

	(void)data;
	if (!xm_lease_load(XM_LEASES_DOCKER, id, &l))
		return 0;
	later = lease_find(l.parent, l.address);
	if (later && later->lease.end_ms > l.end_ms)
		xm_lease_forget(XM_LEASES_DOCKER, &l);
	else
		lease_keep(&l);
	return 0;
}

int docker_leases_add(const struct xm_lease *lease, uint32_t lease_s, struct xm_err *e)
{
	struct xm_lease l = *lease;
	int err;

	lease_fill_id(&l);
	xm_lease_set_times(&l, lease_s);
	pthread_mutex_lock(&leases.lock);
	err = xm_lease_save(XM_LEASES_DOCKER, &l, e);
	if (!err)
		lease_keep(&l);
	pthread_cond_signal(&leases.changed);
	pthread_mutex_unlock(&leases.lock);
	return err;
}

static struct xm_dhcp_client lease_client(const struct xm_lease *l)
{
	return (struct xm_dhcp_client){ .parent = l->parent,
					.mac = l->mac,
					.stop = &leases.stopped };
}

/* With the lock held */
static void lease_drop(struct docker_lease *d)
{
	const struct xm_lease *l = &d->lease;
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};

	if (xm_lease_release(l, &e))
		plugin_log("the DHCP server is not told that %s is free: %s",
			   xm_lease_text(l, text), e.text);
	xm_lease_forget(XM_LEASES_DOCKER, l);
	*d = leases.list[--leases.count];
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

void docker_leases_sweep(bool (*has)(const struct xm_lease *lease, void *data), void *data,
			 unsigned int keep_ms)
{
	char text[INET_ADDRSTRLEN];

	pthread_mutex_lock(&leases.lock);
	for (size_t i = leases.count; i-- > 0;) {
		struct docker_lease *l = &leases.list[i];

		if (has(&l->lease, data))
			l->seen_ms = xm_now_ms();
		else if (xm_now_ms() - l->seen_ms >= keep_ms) {
			plugin_log("no endpoint has the lease of %s: given back",
				   xm_lease_text(&l->lease, text));
			lease_drop(l);
		}
	}
	pthread_mutex_unlock(&leases.lock);
}

/* A refusal and its end are logged once */
static void renew_failed(struct docker_lease *l, const char *why)
{
	char text[INET_ADDRSTRLEN];

	if (!l->failed)
		plugin_log("the lease of %s is not renewed: %s", xm_lease_text(&l->lease, text),
			   why);
	l->failed = true;
	xm_lease_renew_later(&l->lease);
}

/* A silent server is asked for one lease a time, so that those of other parents do not wait */
static void renew_others_later(const char *parent)
{
	int64_t now = xm_now_ms();

	for (size_t i = 0; i < leases.count; i++) {
		struct xm_lease *l = &leases.list[i].lease;

		if (l->renew_ms <= now && !strcmp(l->parent, parent))
			xm_lease_renew_later(l);
	}
}

static void renew_take(struct docker_lease *l, const struct xm_dhcp_reply *reply)
{
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};

	if (l->failed)
		plugin_log("the lease of %s is renewed", xm_lease_text(&l->lease, text));
	l->failed = false;
	xm_lease_take(&l->lease, reply);
	if (xm_lease_save(XM_LEASES_DOCKER, &l->lease, &e))
		plugin_log("the lease of %s is not saved: %s", xm_lease_text(&l->lease, text),
			   e.text);
}

/* Unlocks while it waits for the server; the lease may go meanwhile */
static void renew(const struct docker_lease *due)
{
	const struct xm_lease copy = due->lease;
	const struct xm_dhcp_client client = lease_client(&copy);
	struct xm_dhcp_reply reply;
	struct docker_lease *l;
	struct xm_err e = {};
	int err;

	pthread_mutex_unlock(&leases.lock);
	err = xm_lease_renew(&client, &copy, &reply, &e);
	pthread_mutex_lock(&leases.lock);
	l = lease_find(copy.parent, copy.address);
	if (!l || !xm_mac_equal(l->lease.mac, copy.mac) || leases.stopped)
		return;
	if (err == -ETIMEDOUT)
		renew_others_later(copy.parent);
	if (!err && reply.address == l->lease.address)
		renew_take(l, &reply);
	else
		renew_failed(l, err ? e.text : "the server has given another address");
}

static struct docker_lease *renewer_next(void)
{
	struct docker_lease *next = NULL;

	for (size_t i = 0; i < leases.count; i++)
		if (!next || leases.list[i].lease.renew_ms < next->lease.renew_ms)
			next = &leases.list[i];
	return next;
}

static void *renewer_run(void *unused)
{
	struct docker_lease *next;
	struct timespec until;
	int64_t due;

	(void)unused;
	pthread_mutex_lock(&leases.lock);
	while (!leases.stopped) {
		next = renewer_next();
		due = next ? next->lease.renew_ms : 0;
		if (next && due <= xm_now_ms()) {
			renew(next);
		} else if (next) {
			until = (struct timespec){ .tv_sec = due / 1000,
						   .tv_nsec = due % 1000 * 1000000 };
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
	int err = xm_store_each(XM_LEASES_DOCKER, lease_load, NULL, e);

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
