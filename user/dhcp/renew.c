// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A lease is renewed when half of its time has passed, as by a client that was restarted (RFC 2131,
 * 4.3.2)
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/container.h"
#include "dhcp/engine_lock.h"
#include "dhcp/leases.h"

static bool is_podman(const struct known_lease *k)
{
	return !strcmp(k->folder, XM_LEASES_PODMAN);
}

/* A refusal and its end are logged once */
static void renew_failed(struct known_lease *k, const struct xm_err *why)
{
	if (!k->failed)
		lease_log(k, "is not renewed", why->text);
	k->failed = true;
	xm_lease_renew_later(&k->lease);
}

/* A silent server is asked for one lease a time, so that those of other parents do not wait */
static void renew_others_later(struct known_leases *leases, const char *parent)
{
	int64_t now = xm_now_ms();

	for (size_t i = 0; i < leases->count; i++) {
		struct xm_lease *l = &leases->list[i].lease;

		if (l->renew_ms <= now && !strcmp(l->parent, parent))
			xm_lease_renew_later(l);
	}
}

static void renew_withdraw(struct known_lease *k, const char *why)
{
	struct xm_err e = {};

	if (!is_podman(k))
		return; /* the address in the container is Docker's */
	if (!k->lost)
		lease_log(k, "is taken from the container", why);
	dhcp_engine_lock();
	if (container_withdraw(&k->lease, &e) && !k->lost)
		lease_log(k, "is not taken from the container", e.text);
	dhcp_engine_unlock();
	k->lost = true;
}

/* Docker cannot be told of another address */
static int renew_check_address(const struct xm_dhcp_reply *reply, void *data, struct xm_err *e)
{
	const struct xm_lease *l = data;

	return reply->address == l->address
		       ? 0
		       : xm_fail(e, EADDRINUSE, "the server has given the address away");
}

/*
 * Another server does not know the lease; its refusal counts for nothing, as for a client that asks
 * its own server alone. A server that has forgotten the lease refuses it, or is silent until its
 * end: it may have lost its leases by a restart. Then it is asked as for a new one, and may give
 * another address: the former one is not the container's any more.
 */
static int renew_ask(struct known_lease *k, const struct dhcp_service *service,
		     struct xm_dhcp_reply *reply, struct xm_err *e)
{
	struct xm_lease *l = &k->lease;
	const struct xm_dhcp_client client = { .parent = l->parent,
					       .mac = l->mac,
					       .hostname = l->hostname,
					       .lessor = l->server,
					       .stop = &service->stopped };
	int err = xm_dhcp_client_request(&client, l->address, 0, reply, e);
	bool ended = xm_now_ms() >= l->end_ms;

	if (service->stopped)
		return err;
	if (err == -EADDRNOTAVAIL)
		renew_withdraw(k, e->text);
	else if (err && ended)
		renew_withdraw(k, "its time has ended");
	if (err != -EADDRNOTAVAIL && !(err == -ETIMEDOUT && ended))
		return err;
	*e = (struct xm_err){};
	return xm_lease_ask(&client, l->address, is_podman(k) ? NULL : renew_check_address, l,
			    reply, e);
}

/* It may have been replaced or removed while the server was asked. */
static bool renew_is_current(const struct known_lease *k, const struct xm_lease *asked,
			     const struct xm_dhcp_reply *reply)
{
	struct xm_lease pinned, granted = *asked;

	if (xm_lease_load(k->folder, asked->id, &pinned))
		return pinned.address == asked->address && pinned.renew_ms == asked->renew_ms;
	if (reply && xm_lease_is_gone(k->folder, asked->id)) {
		xm_lease_take(&granted, reply);
		xm_lease_release(&granted, NULL);
	}
	return false;
}

static void renew_log(const struct known_lease *k, const struct xm_dhcp_reply *reply)
{
	char text[INET_ADDRSTRLEN], why[64];

	snprintf(why, sizeof(why), "the DHCP server gives %s",
		 inet_ntop(AF_INET, &reply->address, text, sizeof(text)));
	if (reply->address != k->lease.address)
		lease_log(k, "is replaced", why);
	else if (k->failed || k->lost)
		lease_log(k, "is renewed", NULL);
}

/*
 * The container has what the server has granted before the pin says so: when the process is killed
 * in between, or the container cannot be changed, the lease is due again.
 */
static int renew_take(struct known_lease *k, const struct xm_lease *asked,
		      const struct xm_dhcp_reply *reply, struct xm_err *e)
{
	struct xm_lease granted = *asked;
	struct xm_err why = {};
	int err = 0;

	xm_lease_take(&granted, reply);
	if (is_podman(k))
		err = container_apply(&granted, asked, e);
	if (err)
		return err;
	renew_log(k, reply);
	k->lease = granted;
	k->failed = k->lost = false;
	if (xm_lease_save(k->folder, &granted, &why))
		lease_log(k, "is not saved", why.text);
	return 0;
}

void lease_renew(struct known_leases *leases, struct known_lease *k,
		 const struct dhcp_service *service)
{
	struct xm_dhcp_reply reply;
	struct xm_err e = {};
	struct xm_lease l;
	bool current;
	int err;

	if (k->lease.renew_ms > xm_now_ms() || !xm_lease_load(k->folder, k->lease.id, &l))
		return;
	k->lease = l;
	if (l.renew_ms > xm_now_ms())
		return; /* a repeated request has taken it meanwhile */
	err = renew_ask(k, service, &reply, &e);
	if (!err && !is_podman(k))
		err = renew_check_address(&reply, &l, &e);
	if (service->stopped)
		return;
	dhcp_engine_lock();
	current = renew_is_current(k, &l, err ? NULL : &reply);
	if (current && !err)
		err = renew_take(k, &l, &reply, &e);
	dhcp_engine_unlock();
	if (!current || !err)
		return;
	if (err == -ETIMEDOUT)
		renew_others_later(leases, l.parent);
	renew_failed(k, &e);
}
