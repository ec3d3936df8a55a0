// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <linux/if_ether.h>
#include <time.h>

#include "base/json_text.h"
#include "base/text.h"
#include "trace/line.h"

#define NS_PER_S      1000000000ull
#define PRIORITY_BITS 13
#define VID_MASK      0x0fffu

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

/* The time in UTC, to the nanosecond */
static json_t *time_json(uint64_t time)
{
	time_t seconds = time / NS_PER_S;
	char text[24] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	return json_sprintf("%s.%09uZ", text, (unsigned int)(time % NS_PER_S));
}

static json_t *name_json(const struct xm_trace_end *end)
{
	return end->name[0] ? xm_json_text(end->name) : json_sprintf("slot %u", end->slot);
}

static void set_end(json_t *object, const char *key, const char *mode_key,
		    const struct xm_trace_end *end)
{
	const char *mode = xm_mode_name(end->mode);

	set(object, key, name_json(end));
	if (mode)
		set(object, mode_key, json_string(mode));
}

static json_t *vlan_json(struct xm_trace_vlan vlan)
{
	return json_pack("{s:s, s:i, s:i}", "protocol",
			 vlan.tpid == ETH_P_8021AD ? "802.1ad" : "802.1Q", "id",
			 vlan.tci & VID_MASK, "priority", vlan.tci >> PRIORITY_BITS);
}

static void set_header(json_t *object, const struct xm_trace_frame *f)
{
	struct xm_trace_vlan vlan = xm_trace_vlan(f);
	char mac[XM_MAC_TEXT];

	if (f->captured >= 2 * ETH_ALEN) {
		set(object, "src", json_string(xm_mac_text(f->data + ETH_ALEN, mac)));
		set(object, "dst", json_string(xm_mac_text(f->data, mac)));
	}
	set(object, "ethertype", json_integer(xm_trace_ethertype(f)));
	if (vlan.tpid)
		set(object, "vlan", vlan_json(vlan));
	set(object, "length", json_integer(f->len));
	if (f->gso_size)
		set(object, "gso_size", json_integer(f->gso_size));
}

static void set_copies(json_t *object, const struct xm_trace_frame *f)
{
	json_t *copies = json_array(), *dropped = json_array();

	for (size_t i = 0; i < f->copy_count; i++) {
		const struct xm_trace_copy *c = &f->copies[i];

		if (c->reason < XM_REASON_COUNT)
			json_array_append_new(dropped,
					      json_pack("{s:o, s:s}", "to", name_json(&c->to),
							"reason", xm_reason_key(c->reason)));
		else
			json_array_append_new(copies, name_json(&c->to));
	}
	set(object, "copies", copies);
	set(object, "dropped_copies", dropped);
}

static void set_verdict(json_t *object, const struct xm_trace_frame *f)
{
	uint8_t reason = xm_trace_reason(f);

	set(object, "verdict", json_string(xm_trace_verdict_key(f)));
	if (f->to.slot)
		set_end(object, "to", "to_mode", &f->to);
	if (reason < XM_REASON_COUNT)
		set(object, "reason", json_string(xm_reason_key(reason)));
	if (f->is_copy)
		return;
	set(object, "host_copy", json_boolean(f->verdict & XM_V_HOST_COPY));
	set(object, "fanout", json_boolean(f->verdict & XM_V_FANOUT));
	set_copies(object, f);
}

int xm_trace_print_json(FILE *to, const struct xm_trace_frame *f, bool pretty)
{
	json_t *object = json_object();
	int err;

	set(object, "time", time_json(f->time));
	set(object, "origin", json_string(xm_trace_origin_key(f->origin)));
	if (f->origin == XM_FROM_ENDPOINT)
		set_end(object, "from", "from_mode", &f->from);
	set_header(object, f);
	set_verdict(object, f);
	err = json_dumpf(object, to, pretty ? JSON_INDENT(4) : JSON_COMPACT);
	fputc('\n', to);
	json_decref(object);
	return err ? -ENOMEM : 0;
}
