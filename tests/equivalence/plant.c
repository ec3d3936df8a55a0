// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Deliberate differences, to prove that the test finds them. */
#include <string.h>

#include <linux/if_packet.h>

#include "eq.h"

static const char *const plant_names[PLANTS] = {
	[PLANT_NONE] = "none",	 [PLANT_MODE] = "mode",	  [PLANT_SOURCE] = "source",
	[PLANT_NODST] = "nodst", [PLANT_DOWN] = "down",	  [PLANT_ADDRESS] = "address",
	[PLANT_LOSE] = "lose",	 [PLANT_TWICE] = "twice", [PLANT_TYPE] = "type",
	[PLANT_BYTE] = "byte",	 [PLANT_PROTO] = "proto", [PLANT_HEADER] = "header",
	[PLANT_ORDER] = "order",
};

const char *plant_text(enum plant plant)
{
	return plant_names[plant];
}

enum plant plant_parse(const char *word)
{
	unsigned int i;

	for (i = 0; i < PLANTS; i++)
		if (!strcmp(word, plant_names[i]))
			break;
	return i;
}

/*
 * nodst of one listener, also of one that is down, hides that of another: takes it from all, or
 * gives it to the first
 */
static void plant_nodst(struct topo *t, struct ep *first)
{
	bool any = false;

	for (unsigned int i = 0; i < t->n_eps; i++) {
		struct ep *ep = &t->ep[i];

		any = any || (ep->nodst && ep->mode == SOURCE && ep->n_sources);
		ep->nodst = false;
	}
	first->nodst = !any;
}

/* `t` is the topology of the right side only: frames are made from the unchanged one. */
unsigned int plant_topo(struct topo *t)
{
	unsigned int i;

	for (i = 0; i < t->n_eps; i++) {
		struct ep *ep = &t->ep[i];
		bool source = ep->mode == SOURCE && ep->n_sources && ep->up;

		if (opt.plant == PLANT_MODE && ep->up && ep->mode != SOURCE && !t->passthru)
			ep->mode = ep->mode == BRIDGE ? PRIVATE : BRIDGE;
		else if (opt.plant == PLANT_SOURCE && source)
			ep->n_sources--;
		else if (opt.plant == PLANT_NODST && source)
			plant_nodst(t, ep);
		else if (opt.plant == PLANT_DOWN && ep->up)
			ep->up = false;
		else if (opt.plant == PLANT_ADDRESS && ep->up && ep->mode != SOURCE && !t->passthru)
			ep->mac[5] ^= 1;
		else
			continue;
		return 1;
	}
	return 0;
}

static unsigned int swap_order(struct view *v, const struct frame *batch)
{
	size_t i, j;

	for (i = 0; i < v->n; i++)
		for (j = i + 1; j < v->n; j++) {
			struct seen *a = &v->seen[i], *b = &v->seen[j], tmp;

			if (a->receiver != b->receiver || a->frame < 0 || b->frame <= a->frame ||
			    !same_flow(&batch[a->frame], &batch[b->frame]))
				continue;
			tmp = *a;
			*a = *b;
			*b = tmp;
			return 1;
		}
	return 0;
}

static unsigned int see_twice(struct view *v)
{
	static struct xmt_pkt pkt;
	struct seen *s = &v->seen[v->n - 1];
	struct seen copy = *s;

	memcpy(pkt.data, v->bytes + s->offset, s->len);
	pkt.len = s->len;
	pkt.type = s->type;
	pkt.proto = s->proto;
	view_add(v, s->receiver, &pkt, NULL, 0);
	v->seen[v->n - 1].frame = copy.frame;
	return 1;
}

/* Change what the right side saw, once in every batch. */
unsigned int plant_view(struct view *v, const struct frame *batch)
{
	struct seen *s;

	if (!v->n || opt.plant < PLANT_LOSE)
		return 0;
	s = &v->seen[v->n - 1];
	switch (opt.plant) {
	case PLANT_LOSE:
		v->n--;
		return 1;
	case PLANT_TWICE:
		return see_twice(v);
	case PLANT_TYPE:
		s->type = s->type == PACKET_HOST ? PACKET_OTHERHOST : PACKET_HOST;
		return 1;
	case PLANT_BYTE:
		v->bytes[s->offset + s->len - 1] ^= 1;
		return 1;
	case PLANT_PROTO:
		s->proto ^= 1;
		return 1;
	case PLANT_HEADER:
		s->header[0] ^= 1;
		return 1;
	case PLANT_ORDER:
		return swap_order(v, batch);
	default:
		return 0;
	}
}
