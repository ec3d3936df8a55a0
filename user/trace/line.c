// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/if_ether.h>
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "trace/line.h"

#define NS_PER_S      1000000000ull
#define NS_PER_US     1000u
#define VID_MASK      0x0fffu
#define NAMES_MAX     32u /* in a list of copies: further ones are counted */
#define ADDRESSES_LEN ((uint32_t)(2 * ETH_ALEN))

static void print_time(FILE *to, uint64_t time)
{
	time_t seconds = time / NS_PER_S;
	char text[16] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	fprintf(to, "%s.%06u ", text, (unsigned int)(time % NS_PER_S / NS_PER_US));
}

static void print_name(FILE *to, const struct xm_trace_end *end)
{
	if (end->name[0])
		fputs(end->name, to);
	else
		fprintf(to, "slot %u", end->slot);
}

static void print_end(FILE *to, const struct xm_trace_end *end)
{
	const char *mode = xm_mode_name(end->mode);

	print_name(to, end);
	if (mode)
		fprintf(to, " (%s)", mode);
}

static void print_type(FILE *to, uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {
		{ ETH_P_IP, "IPv4" },	{ ETH_P_IPV6, "IPv6" },	   { ETH_P_ARP, "ARP" },
		{ ETH_P_LLDP, "LLDP" }, { ETH_P_PAUSE, "PAUSE" },  { ETH_P_PAE, "EAPOL" },
		{ ETH_P_SLOW, "slow" }, { ETH_P_MPLS_UC, "MPLS" }, { ETH_P_PPP_SES, "PPPoE" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (type != names[i].type)
			continue;
		fputs(names[i].name, to);
		return;
	}
	if (type && type < ETH_P_802_3_MIN)
		fputs("802.3", to);
	else
		fprintf(to, "0x%04x", type);
}

static void print_addresses(FILE *to, const struct xm_trace_frame *f)
{
	char src[XM_MAC_TEXT], dst[XM_MAC_TEXT];

	if (f->captured < ADDRESSES_LEN)
		fputs("no addresses", to);
	else
		fprintf(to, "%s > %s", xm_mac_text(f->data + ETH_ALEN, src),
			xm_mac_text(f->data, dst));
}

static void print_header(FILE *to, const struct xm_trace_frame *f)
{
	struct xm_trace_vlan vlan = xm_trace_vlan(f);

	print_addresses(to, f);
	fputs(", ", to);
	print_type(to, xm_trace_ethertype(f));
	if (vlan.tpid)
		fprintf(to, ", vlan %u", vlan.tci & VID_MASK);
	if (vlan.tpid == ETH_P_8021AD)
		fputs(" (802.1ad)", to);
	fprintf(to, ", length %u", f->len);
	if (f->gso_size)
		fprintf(to, ", gso %u", f->gso_size);
}

/* The copies that were delivered, in one list */
static void print_copies(FILE *to, const struct xm_trace_frame *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->copy_count; i++) {
		if (f->copies[i].reason != XM_DELIVERED)
			continue;
		if (count < NAMES_MAX) {
			fputs(count ? ", " : "; copies to ", to);
			print_name(to, &f->copies[i].to);
		}
		count++;
	}
	if (count > NAMES_MAX)
		fprintf(to, " and %zu more", count - NAMES_MAX);
}

static void print_failures(FILE *to, const struct xm_trace_frame *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->copy_count; i++) {
		if (f->copies[i].reason >= XM_REASON_COUNT)
			continue;
		if (count < NAMES_MAX) {
			fputs(count ? ", " : "; dropped: ", to);
			print_name(to, &f->copies[i].to);
			fprintf(to, " (%s)", xm_reason_key(f->copies[i].reason));
		}
		count++;
	}
	if (count > NAMES_MAX)
		fprintf(to, " and %zu more", count - NAMES_MAX);
}

static void print_destination(FILE *to, const struct xm_trace_frame *f)
{
	const char *key = xm_trace_verdict_key(f);
	uint32_t action = f->verdict & XM_V_ACTION;

	if (f->is_copy) {
		fputs(f->reason == XM_DELIVERED ? "copy to " : "no copy to ", to);
		print_end(to, &f->to);
	} else if (f->verdict & XM_V_ENDED) {
		fputs("taken by listeners (nodst)", to);
	} else if (action == XM_DROP) {
		fputs("dropped", to);
	} else if (action == XM_TO_DEST || action == XM_TO_SENDER) {
		fputs(action == XM_TO_DEST ? "to " : "to its sender ", to);
		print_end(to, &f->to);
	} else {
		fprintf(to, "to the %s", key);
	}
}

void xm_trace_print_verdict(FILE *to, const struct xm_trace_frame *f)
{
	uint8_t reason = xm_trace_reason(f);

	print_destination(to, f);
	if (reason < XM_REASON_COUNT)
		fprintf(to, " (%s)", xm_reason_key(reason));
	if (f->verdict & XM_V_HOST_COPY)
		fputs("; copy to the host", to);
	print_copies(to, f);
	if (f->verdict & XM_V_FANOUT)
		fputs("; copies by the fan-out", to);
	print_failures(to, f);
}

void xm_trace_print_line(FILE *to, const struct xm_trace_frame *f)
{
	print_time(to, f->time);
	if (f->origin == XM_FROM_ENDPOINT)
		print_end(to, &f->from);
	else
		fputs(xm_trace_origin_key(f->origin), to);
	fputs(": ", to);
	print_header(to, f);
	fputs(": ", to);
	xm_trace_print_verdict(to, f);
	fputc('\n', to);
}
