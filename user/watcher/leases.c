// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The renewal of leases. The pins are the truth: the netavark plugin adds, replaces and removes
 * them at any time. What this process has of one is only when it was seen, and what was logged.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/text.h"
#include "watcher/renewer.h"
#include "watcher/watcher.h"

/*
 * A lease whose endpoint is missing for so long is given back: a setup that is repeated makes its
 * endpoint again
 */
#define KEEP_MS	 30000
#define SWEEP_MS 5000

struct known_lease {
	char id[XM_STORE_ID];
	int64_t renew_ms, end_ms; /* xm_now_ms() */
	int64_t seen_ms; /* when it was found, or its endpoint existed last */
	bool present; /* in this look */
	bool failed; /* the last renewal, which is logged */
	bool lost; /* the address was taken away, or has ended */
};

static struct {
	struct known_lease *list;
	size_t count;
	int64_t sweep_ms; /* when to sweep */
} leases;

static int look_at(const char *id, void *data)
{
	struct known_lease *k = NULL;
	struct xm_lease l;

	(void)data;
	for (size_t i = 0; i < leases.count && !k; i++)
		if (!strcmp(leases.list[i].id, id))
			k = &leases.list[i];
	if (k) {
		k->present = true;
		return 0;
	}
	if (!xm_lease_load(XM_LEASES_PODMAN, id, &l))
		return 0;
	leases.list = xm_need(reallocarray(leases.list, leases.count + 1, sizeof(*leases.list)));
	k = &leases.list[leases.count++];
	*k = (struct known_lease){
		.renew_ms = l.renew_ms, .end_ms = l.end_ms, .seen_ms = xm_now_ms(), .present = true
	};
	memcpy(k->id, l.id, sizeof(k->id));
	return 0;
}

static void look_at_all(void)
{
	for (size_t i = 0; i < leases.count; i++)
		leases.list[i].present = false;
	if (xm_store_each(XM_LEASES_PODMAN, look_at, NULL, NULL))
		return;
	for (size_t i = leases.count; i-- > 0;)
		if (!leases.list[i].present)
			leases.list[i] = leases.list[--leases.count];
}

static void sweep(struct known_lease *k)
{
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};
	struct xm_lease l;

	if (!xm_lease_load(XM_LEASES_PODMAN, k->id, &l))
		return;
	if (lease_has_endpoint(&l, &e)) /* also an error: it may exist */
		k->seen_ms = xm_now_ms();
	if (xm_now_ms() - k->seen_ms < KEEP_MS)
		return;
	log_line(LOG_INFO, "%s: no endpoint has the lease of %s: given back", l.id,
		 xm_lease_text(&l, text));
	xm_lease_release(&l, NULL);
	xm_lease_forget(XM_LEASES_PODMAN, &l);
}

static void note_times(struct known_lease *k, const struct xm_lease *l)
{
	k->renew_ms = l->renew_ms;
	k->end_ms = l->end_ms;
}

/* A refusal and its end are logged once */
static void renew_failed(struct known_lease *k, struct xm_lease *l, const struct xm_err *why)
{
	char text[INET_ADDRSTRLEN];

	if (!k->failed)
		log_line(LOG_WARNING, "%s: the lease of %s is not renewed: %s", l->id,
			 xm_lease_text(l, text), why->text);
	k->failed = true;
	xm_lease_renew_later(l);
	note_times(k, l);
}

/* A silent server is asked for one lease a time, so that those of other parents do not wait */
static void renew_others_later(const char *parent)
{
	int64_t now = xm_now_ms();
	struct xm_lease l;

	for (size_t i = 0; i < leases.count; i++) {
		struct known_lease *k = &leases.list[i];

		if (k->renew_ms > now || !xm_lease_load(XM_LEASES_PODMAN, k->id, &l) ||
		    strcmp(l.parent, parent))
			continue;
		xm_lease_renew_later(&l);
		note_times(k, &l);
	}
}

static void renew_withdraw(struct known_lease *k, const struct xm_lease *l, const char *why)
{
	char text[INET_ADDRSTRLEN];
	struct xm_err e = {};

	if (!k->lost)
		log_line(LOG_WARNING, "%s: %s is taken from the container: %s", l->id,
			 xm_lease_text(l, text), why);
	if (lease_withdraw(l, &e))
		log_line(LOG_WARNING, "%s: %s", l->id, e.text);
	k->lost = true;
}

/*
 * As a client that was restarted (RFC 2131, 4.3.2). A server that refuses the lease, or was silent
 * until its end, may give another address: the former one is not the container's any more.
 */
static int renew_ask(struct known_lease *k, const struct xm_lease *l, struct xm_dhcp_reply *reply,
		     struct xm_err *e)
{
	const struct xm_dhcp_client client = { .parent = l->parent,
					       .mac = l->mac,
					       .hostname = l->hostname };
	int err = xm_dhcp_client_request(&client, l->address, 0, reply, e);
	bool ended = xm_now_ms() >= l->end_ms;

	if (err == -EADDRNOTAVAIL)
		renew_withdraw(k, l, e->text);
	else if (err && ended)
		renew_withdraw(k, l, "its lease has ended");
	if (err != -EADDRNOTAVAIL && !(err == -ETIMEDOUT && ended))
		return err;
	*e = (struct xm_err){};
	return xm_lease_ask(&client, l->address, NULL, NULL, reply, e);
}

static void log_renewed(const struct known_lease *k, const struct xm_lease *former,
			const struct xm_lease *l)
{
	char text[INET_ADDRSTRLEN], before[INET_ADDRSTRLEN];

	xm_lease_text(l, text);
	if (l->address != former->address)
		log_line(LOG_WARNING, "%s: the DHCP server gives %s in place of %s", l->id, text,
			 xm_lease_text(former, before));
	else if (k->failed || k->lost)
		log_line(LOG_INFO, "%s: the lease of %s is renewed", l->id, text);
}

static void renew_take(struct known_lease *k, const struct xm_lease *former,
		       const struct xm_dhcp_reply *reply)
{
	struct xm_lease l = *former;
	struct xm_err e = {};

	xm_lease_take(&l, reply);
	log_renewed(k, former, &l);
	note_times(k, &l);
	if (xm_lease_save(XM_LEASES_PODMAN, &l, &e) || lease_apply(&l, former, &e))
		log_line(LOG_WARNING, "%s: %s", l.id, e.text);
	k->failed = k->lost = false;
}

/* The plugin may have replaced or removed it while the server was asked */
static bool renew_is_current(const struct xm_lease *l, const struct xm_dhcp_reply *reply)
{
	struct xm_lease now, granted = *l;

	if (xm_lease_load(XM_LEASES_PODMAN, l->id, &now))
		return now.address == l->address && now.renew_ms == l->renew_ms;
	if (reply) {
		xm_lease_take(&granted, reply);
		xm_lease_release(&granted, NULL);
	}
	return false;
}

static void renew(struct known_lease *k)
{
	struct xm_dhcp_reply reply;
	struct xm_err e = {};
	struct xm_lease l;
	int err;

	if (!xm_lease_load(XM_LEASES_PODMAN, k->id, &l))
		return;
	/* One that a repeated setup has taken meanwhile */
	if (l.renew_ms > k->renew_ms && l.renew_ms > xm_now_ms()) {
		note_times(k, &l);
		return;
	}
	err = renew_ask(k, &l, &reply, &e);
	if (!renew_is_current(&l, err ? NULL : &reply))
		return;
	if (err == -ETIMEDOUT)
		renew_others_later(l.parent);
	if (err)
		renew_failed(k, &l, &e);
	else
		renew_take(k, &l, &reply);
}

void leases_look(void)
{
	int64_t now = xm_now_ms();
	bool sweeps = now >= leases.sweep_ms;

	look_at_all();
	for (size_t i = 0; i < leases.count && sweeps; i++)
		sweep(&leases.list[i]);
	if (sweeps)
		leases.sweep_ms = xm_now_ms() + SWEEP_MS;
	for (size_t i = 0; i < leases.count; i++)
		if (leases.list[i].renew_ms <= xm_now_ms())
			renew(&leases.list[i]);
}
