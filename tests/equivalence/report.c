// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Prints a difference. */
#include <stdio.h>

#include "eq.h"

#define DUMP_MAX 64

const char *sender_text(const struct topo *t, unsigned int sender)
{
	static char text[64];

	if (sender < FIRST_EP)
		return sender == FROM_WIRE ? "wire" : "host";
	snprintf(text, sizeof(text), "%s (%s)", t->ep[sender - FIRST_EP].name,
		 mode_text(t->ep[sender - FIRST_EP].mode));
	return text;
}

const char *receiver_text(const struct topo *t, unsigned int receiver)
{
	static const char *const fixed[] = {
		"the wire",
		"the parent's tap",
		"the parent's stack",
		"the parent's sockets via an endpoint",
	};
	static char text[64];
	const struct ep *ep;

	if (receiver < AT_FIRST_EP)
		return fixed[receiver];
	ep = &t->ep[receiver - AT_FIRST_EP];
	snprintf(text, sizeof(text), "%s (%s%s, %s%s, mtu %u)", ep->name, mode_text(ep->mode),
		 ep->nodst ? " nodst" : "", ep->beside ? "beside" : "netns", ep->tap ? ", tap" : "",
		 ep->mtu);
	return text;
}

static const char *mac_role(const struct topo *t, const uint8_t mac[6])
{
	int i = topo_find(t, mac);

	if (i >= 0)
		return t->ep[i].name;
	if (mac_equal(mac, t->parent_mac))
		return "parent";
	if (mac_equal(mac, t->wire_mac))
		return "wire end";
	return mac_is_group(mac) ? "group" : "other";
}

static void dump_bytes(const uint8_t *data, unsigned int len)
{
	unsigned int i, j;

	for (i = 0; i < len && i < DUMP_MAX; i += 16) {
		printf("    %04x ", i);
		for (j = i; j < i + 16 && j < len; j++)
			printf(" %02x", data[j]);
		printf("\n");
	}
}

static void print_seen(const char *side, const struct seen *s)
{
	unsigned int i;

	if (!s) {
		printf("    %s saw nothing\n", side);
		return;
	}
	printf("    %s saw %s, protocol %04x, %u octets, header", side, xmt_pkt_type_text(s->type),
	       s->proto, s->len);
	for (i = 0; i < HEADER_MAX; i++)
		printf(" %02x", s->header[i]);
	printf("\n");
}

static void print_frame(const struct topo *t, const struct frame *f)
{
	unsigned int at = frame_ethertype_at(f->data, f->len), i;

	printf("    frame %llu from %s: %s (%s) > ", (unsigned long long)f->number,
	       sender_text(t, f->sender), xmt_mac_text(f->data + 6), mac_role(t, f->data + 6));
	printf("%s (%s), ", xmt_mac_text(f->data), mac_role(t, f->data));
	for (i = 12; i < at; i += 4)
		printf("tag %02x%02x vid %d, ", f->data[i], f->data[i + 1],
		       (f->data[i + 2] & 15) << 8 | f->data[i + 3]);
	printf("%s, %u octets", f->what, f->len);
	if (f->csum_start)
		printf(", partial checksum from %u", f->csum_start);
	if (f->gso_size)
		printf(", GSO type %u size %u", f->gso_type, f->gso_size);
	printf("\n");
	dump_bytes(f->data, f->len);
}

void report(const struct topo *t, const struct frame *batch, const struct diff *d,
	    const struct view *left, const struct view *right)
{
	const struct view *v = d->left ? left : right;
	const struct seen *s = d->left ?: d->right;
	struct facts facts;
	unsigned int k;

	printf("DIFF seed %llu topology %u (%s): %s at %s\n", (unsigned long long)t->seed, t->index,
	       t->kind, diff_kind_text[d->kind], receiver_text(t, d->receiver));
	if (d->frame >= 0) {
		print_frame(t, &batch[d->frame]);
	} else {
		printf("    a frame that was not sent in this batch:\n");
		dump_bytes(v->bytes + s->offset, s->len);
	}
	print_seen("left", d->left);
	print_seen("right", d->right);
	if (d->kind == CONTENT) {
		printf("    bytes on the right:\n");
		dump_bytes(right->bytes + d->right->offset, d->right->len);
	}
	facts_of(t, batch, d, left, right, &facts);
	printf("   ");
	for (k = 0; k < KEYS; k++)
		printf(" %s", facts.word[k]);
	printf("\n");
}
