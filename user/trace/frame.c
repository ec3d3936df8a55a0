// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/if_ether.h>
#include <string.h>

#include "base/text.h"
#include "trace/frame.h"

#define TAG_LEN 4
#define TYPE_AT (2 * ETH_ALEN)

/* The 16 bits at an offset; 0: they are not captured */
static uint16_t be16_at(const struct xm_trace_frame *f, size_t at)
{
	return at + 2 <= f->captured ? f->data[at] << 8 | f->data[at + 1] : 0;
}

static bool is_tpid(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

struct xm_trace_vlan xm_trace_vlan(const struct xm_trace_frame *f)
{
	uint16_t type = be16_at(f, TYPE_AT);

	if (!is_tpid(type))
		return (struct xm_trace_vlan){};
	return (struct xm_trace_vlan){ type, be16_at(f, TYPE_AT + 2) };
}

uint16_t xm_trace_ethertype(const struct xm_trace_frame *f)
{
	size_t at = TYPE_AT;

	while (is_tpid(be16_at(f, at)))
		at += TAG_LEN;
	return be16_at(f, at);
}

size_t xm_trace_put_tag(uint8_t *data, size_t captured, struct xm_trace_vlan tag)
{
	if (!tag.tpid || captured < TYPE_AT)
		return captured;
	memmove(data + TYPE_AT + TAG_LEN, data + TYPE_AT, captured - TYPE_AT);
	data[TYPE_AT] = tag.tpid >> 8;
	data[TYPE_AT + 1] = tag.tpid;
	data[TYPE_AT + 2] = tag.tci >> 8;
	data[TYPE_AT + 3] = tag.tci;
	return captured + TAG_LEN;
}

const char *xm_trace_verdict_key(const struct xm_trace_frame *f)
{
	if (f->is_copy)
		return "copy";
	if (f->verdict & XM_V_ENDED)
		return "listeners";
	switch (f->verdict & XM_V_ACTION) {
	case XM_TO_DEST:
		return "endpoint";
	case XM_TO_SENDER:
		return "sender";
	case XM_TO_WIRE:
		return "wire";
	case XM_TO_HOST:
		return "host";
	case XM_TO_PARENT:
		return "parent";
	case XM_DROP:
		return "drop";
	}
	return f->origin == XM_FROM_HOST ? "wire" : "host";
}

uint8_t xm_trace_reason(const struct xm_trace_frame *f)
{
	if (f->is_copy)
		return f->reason;
	if (f->verdict & XM_V_COUNT || (f->verdict & XM_V_ACTION) == XM_DROP)
		return xm_verdict_reason(f->verdict);
	return XM_DELIVERED;
}

const char *xm_trace_origin_key(uint8_t origin)
{
	return xm_origin_name(origin) ?: "?";
}
