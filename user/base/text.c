// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void xm_sanitize(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text >= 0x7f) /* right for a signed and an unsigned char */
			*text = '?';
}

const char *xm_sanitized(const char *text, char ret[XM_SANITIZED_LEN])
{
	snprintf(ret, XM_SANITIZED_LEN, "%s", text);
	xm_sanitize(ret);
	return ret;
}

const char *xm_mac_text(const uint8_t mac[XM_MAC_LEN], char ret[XM_MAC_TEXT])
{
	snprintf(ret, XM_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return ret;
}

static const char *const mode_names[XM_MODE_COUNT] = {
#define X(id, text) [XM_MODE_##id] = text,
	XM_MODES(X)
#undef X
};

const char *xm_mode_name(uint8_t mode)
{
	return mode < XM_MODE_COUNT ? mode_names[mode] : NULL;
}

uint8_t xm_mode_by_name(const char *name)
{
	for (uint8_t mode = XM_MODE_NONE + 1; mode < XM_MODE_COUNT; mode++)
		if (!strcmp(name, mode_names[mode]))
			return mode;
	return XM_MODE_NONE;
}

const char *xm_reason_key(unsigned int reason)
{
	static const char *const keys[XM_REASON_COUNT] = {
#define X(id, key) [XM_REASON_##id] = key,
		XM_REASONS(X)
#undef X
	};

	return keys[reason];
}

static const char *const kind_names[] = {
#define X(id, text) [XM_KIND_##id] = text,
	XM_KINDS(X)
#undef X
};

const char *xm_kind_name(uint8_t kind)
{
	return kind < XM_KIND_COUNT ? kind_names[kind] : NULL;
}

const char *xm_kind_why_text(uint8_t why)
{
	static const char *const text[XM_KIND_WHY_COUNT] = {
#define X(id, why) [XM_KIND_WHY_##id] = why,
		XM_KIND_WHYS(X)
#undef X
	};

	return why < XM_KIND_WHY_COUNT ? text[why] : "";
}

int xm_kind_by_name(const char *name)
{
	for (int kind = 0; kind < XM_KIND_COUNT; kind++)
		if (!strcmp(name, kind_names[kind]))
			return kind;
	return -1;
}

static const char *const xdp_names[] = {
	[XM_XDP_OFF] = "off",
	[XM_XDP_AUTO] = "auto",
	[XM_XDP_NATIVE] = "native",
	[XM_XDP_SKB] = "skb",
};

const char *xm_origin_name(uint8_t origin)
{
	static const char *const names[XM_ORIGIN_COUNT] = {
		[XM_FROM_WIRE] = "wire", [XM_FROM_ENDPOINT] = "endpoint", [XM_FROM_HOST] = "host"
	};

	return origin < XM_ORIGIN_COUNT ? names[origin] : NULL;
}

const char *xm_xdp_name(int xdp)
{
	return xdp >= 0 && xdp <= XM_XDP_SKB ? xdp_names[xdp] : NULL;
}

int xm_xdp_by_name(const char *name)
{
	for (int i = 0; i <= XM_XDP_SKB; i++)
		if (!strcmp(name, xdp_names[i]))
			return i;
	return -1;
}
