// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Random changes of the topology between batches, the same on both sides. */
#include <string.h>

#include "eq.h"

static void add_source(struct topo *t, struct xmt_prng *p, struct ep *ep, struct change *c)
{
	struct ep one = *ep;
	unsigned int i;

	do {
		pick_sources(t, p, &one);
	} while (!one.n_sources);
	memcpy(c->mac, one.sources[0], 6);
	c->what = EP_SOURCE_ADD;
	for (i = 0; i < ep->n_sources; i++)
		if (mac_equal(ep->sources[i], c->mac))
			return; /* adding a MAC twice must succeed */
	if (ep->n_sources == SOURCE_MAX)
		c->what = EP_SOURCE_SET;
	else
		memcpy(ep->sources[ep->n_sources++], c->mac, 6);
}

static void del_source(struct topo *t, struct xmt_prng *p, struct ep *ep, struct change *c)
{
	unsigned int i;

	c->what = EP_SOURCE_DEL;
	if (!ep->n_sources) {
		memcpy(c->mac, t->ext[EXT_MAX - 1], 6); /* deleting an absent MAC must succeed */
		return;
	}
	i = xmt_rand(p, ep->n_sources);
	memcpy(c->mac, ep->sources[i], 6);
	memcpy(ep->sources[i], ep->sources[--ep->n_sources], 6);
}

static void change_source(struct topo *t, struct xmt_prng *p, struct ep *ep, struct change *c)
{
	switch (xmt_rand(p, 5)) {
	case 0:
		add_source(t, p, ep, c);
		break;
	case 1:
		del_source(t, p, ep, c);
		break;
	case 2:
		pick_sources(t, p, ep);
		c->what = EP_SOURCE_SET;
		break;
	case 3:
		ep->n_sources = 0;
		c->what = EP_SOURCE_FLUSH;
		break;
	case 4:
		ep->nodst = !ep->nodst;
		c->what = EP_NODST;
		break;
	}
}

static void change_mode(struct topo *t, struct xmt_prng *p, struct ep *ep, struct change *c)
{
	if (t->passthru && !ep->up) {
		/*
		 * macvlan_changelink() miscounts promiscuity when nopromisc changes while the
		 * endpoint is down (EOVERFLOW in the end), so set the endpoint up instead.
		 */
		ep->up = true;
		c->what = EP_UP;
		return;
	}
	if (t->passthru) {
		ep->nopromisc = !ep->nopromisc;
		c->what = EP_NOPROMISC;
		return;
	}
	c->what = EP_MODE;
	ep->mode = pick_mode(t, p);
	/* Leaving source mode flushes the list; nodst stays. */
	ep->n_sources = 0;
	if (ep->mode == SOURCE)
		pick_sources(t, p, ep);
}

static void change_endpoint(struct topo *t, struct xmt_prng *p, struct change *c)
{
	struct ep *ep = &t->ep[c->ep];
	unsigned int r = xmt_rand(p, 100);

	if (ep->mode == SOURCE && xmt_rand_chance(p, 40)) {
		change_source(t, p, ep, c);
	} else if (r < 35) {
		ep->up = !ep->up;
		c->what = ep->up ? EP_UP : EP_DOWN;
	} else if (r < 65) {
		change_mode(t, p, ep, c);
	} else if (r < 85) {
		new_address(t, p, ep);
		c->what = EP_ADDRESS;
	} else {
		ep->exists = false;
		c->what = EP_DEL;
		if (t->passthru) {
			memcpy(t->parent_mac, t->first_mac, 6);
			memcpy(ep->mac, t->first_mac, 6);
		}
	}
}

/* Add a deleted endpoint again: a new endpoint with the old name. */
static void readd_endpoint(struct topo *t, struct xmt_prng *p, struct change *c)
{
	struct ep *ep = &t->ep[c->ep];

	ep->exists = true;
	ep->up = xmt_rand_chance(p, 80);
	ep->n_sources = 0;
	if (t->passthru) {
		ep->nopromisc = xmt_rand_chance(p, 50);
	} else {
		new_address(t, p, ep);
		ep->mode = pick_mode(t, p);
	}
	/* In another mode nodst has no effect until the mode becomes source */
	ep->nodst = xmt_rand_chance(p, t->crowd ? 2 : ep->mode == SOURCE ? 35 : 15);
	if (ep->mode == SOURCE)
		pick_sources(t, p, ep);
	c->what = EP_ADD;
}

void reconf_make(struct topo *t, struct xmt_prng *p, struct change *ret)
{
	*ret = (struct change){ .ep = xmt_rand(p, t->n_eps) };
	if (t->ep[ret->ep].exists)
		change_endpoint(t, p, ret);
	else
		readd_endpoint(t, p, ret);
}
