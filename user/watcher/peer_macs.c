// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Additional addresses of endpoints with `addresses follow`. The kernel reports no change of a
 * device's unicast list. An event of a macvlan on top of the device is handled at once; the list is
 * also read every second. When it has changed, the engine reads it again in a session.
 */
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "mac.h"
#include "net/netns.h"
#include "net/uc_filter.h"
#include "watcher/watcher.h"

/* A refused address is tried again after this time */
#define RETRY_MS 10000

static bool has_address(const struct xm_additional_mac *list, size_t count, const uint8_t *mac)
{
	for (size_t i = 0; i < count; i++)
		if (xm_mac_equal(list[i].mac, mac))
			return true;
	return false;
}

/* Logs the addresses of the first list that the second one lacks. Returns their number. */
static size_t log_difference(struct watched_endpoint *e, const struct xm_additional_mac *list,
			     size_t count, const struct xm_additional_mac *other,
			     size_t other_count, const char *what)
{
	char mac[XM_MAC_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (has_address(other, other_count, list[i].mac))
			continue;
		n++;
		log_of(subject_endpoint(e), LOG_INFO, "additional address %s%s",
		       xm_mac_text(list[i].mac, mac), what);
	}
	return n;
}

void peer_macs_note(struct watched_endpoint *e, const struct xm_endpoint_info *now)
{
	log_difference(e, now->additional_macs, now->additional_mac_count, e->additional_macs,
		       e->additional_mac_count, "");
	if (log_difference(e, e->additional_macs, e->additional_mac_count, now->additional_macs,
			   now->additional_mac_count, " was removed"))
		e->parent->mac_freed = true;
	memcpy(e->additional_macs, now->additional_macs, sizeof(e->additional_macs));
	e->additional_mac_count = now->additional_mac_count;
	e->follows = now->follow;
}

/* Compares the peer end's list with the addresses of the endpoint */
struct comparison {
	const struct watched_endpoint *e;
	uint64_t sum; /* sum over the list, which does not depend on its order */
	uint32_t found; /* set of 1 << index of e->additional_macs: those in the list */
	bool has_more;
};

static int compare_one(const uint8_t *mac, void *data)
{
	struct comparison *c = data;
	bool known = xm_mac_equal(mac, c->e->mac);

	c->sum += (xm_mac_bits(mac) + 1) * 0x9e3779b97f4a7c15ull;
	for (size_t i = 0; i < c->e->additional_mac_count; i++)
		if (xm_mac_equal(mac, c->e->additional_macs[i].mac)) {
			c->found |= 1u << i;
			known = true;
		}
	c->has_more |= !known;
	return 0;
}

static bool comparison_differs(const struct comparison *c)
{
	for (size_t i = 0; i < c->e->additional_mac_count; i++)
		if (c->e->additional_macs[i].flags & XM_ADDITIONAL_MAC_FOLLOWED &&
		    !(c->found >> i & 1))
			return true;
	return c->has_more;
}

static int compare(struct watcher *w, const struct watched_endpoint *e, struct comparison *ret)
{
	struct xm_nl nl;
	int err, fd = netns_ref_open(w, e->ref);

	*ret = (struct comparison){ .e = e };
	if (fd < 0)
		return fd;
	err = xm_netns_nl_open(fd, &nl);
	close(fd);
	if (err)
		return err;
	err = xm_uc_filter_each(&nl, e->peer_ifindex, compare_one, ret);
	xm_nl_close(&nl);
	return err;
}

static void poll_endpoint(struct watcher *w, struct watched_endpoint *e)
{
	struct comparison c;

	if (!e->follows || !e->ref || compare(w, e, &c) || !comparison_differs(&c))
		return;
	/* The same addresses would be refused again */
	if (e->refused[0] && c.sum == e->uc_sum && xm_now_ms() < e->retry_at)
		return;
	e->uc_sum = c.sum;
	e->retry_at = xm_now_ms() + RETRY_MS;
	watched_endpoint_mark(e);
}

void peer_macs_poll(struct watcher *w)
{
	for (struct watched_netns *n = w->netns; n; n = n->next)
		for (struct watched_parent *p = n->parents; p; p = p->next)
			for (uint32_t i = 0; i < p->slots; i++)
				if (p->by_slot[i])
					poll_endpoint(w, p->by_slot[i]);
}
