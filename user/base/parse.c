// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/parse.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int xm_parse_mac(const char *text, uint8_t ret[XM_MAC_LEN])
{
	uint8_t mac[XM_MAC_LEN];
	char separator = 0;

	for (int i = 0; i < XM_MAC_LEN; i++) {
		int digit, next;

		if (i) {
			if (*text != ':' && *text != '-')
				return -EINVAL;
			if (separator && *text != separator)
				return -EINVAL;
			separator = *text++;
		}
		digit = hex_digit(*text++);
		if (digit < 0)
			return -EINVAL;
		next = hex_digit(*text);
		mac[i] = next < 0 ? digit : digit << 4 | next;
		text += next >= 0;
	}
	if (*text)
		return -EINVAL;
	memcpy(ret, mac, XM_MAC_LEN);
	return 0;
}

int xm_parse_unicast(const char *what, const char *text, uint8_t ret[XM_MAC_LEN], struct xm_err *e)
{
	static const uint8_t zero[XM_MAC_LEN];

	if (xm_parse_mac(text, ret))
		return xm_fail_usage(e, "%s '%s' is not a MAC address", what, text);
	if (!memcmp(ret, zero, XM_MAC_LEN))
		return xm_fail_usage(e, "%s '%s' is the zero address", what, text);
	if (ret[0] & 1)
		return xm_fail_usage(e, "%s '%s' is a multicast address", what, text);
	return 0;
}

/* dev_valid_name() allows more: bytes above 0x7f, control characters other than white space, '%' */
static bool is_name_char(char c)
{
	return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '%';
}

/* The kernel's sysctl folders use these names (sysctl_dev_name_is_allowed()) */
static bool is_reserved(const char *name)
{
	static const char *const reserved[] = { ".", "..", "all", "default" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (!strcmp(name, reserved[i]))
			return true;
	return false;
}

static int fail_char(const char *what, const char *name, char c, struct xm_err *e)
{
	if ((unsigned char)c >= 0x80)
		return xm_fail_usage(e, "%s '%s' is not a name for a device: only ASCII is allowed",
				     what, name);
	return xm_fail_usage(e, "%s '%s' is not a name for a device: contains '%c'", what, name, c);
}

int xm_check_ifname(const char *what, const char *name, struct xm_err *e)
{
	size_t len = strlen(name);

	if (!len)
		return xm_fail_usage(e, "%s is empty", what);
	if (len >= XM_NAME_LEN)
		return xm_fail_usage(e, "%s '%s' is longer than %d characters", what, name,
				     XM_NAME_LEN - 1);
	if (is_reserved(name))
		return xm_fail_usage(e, "%s '%s' is not a name for a device", what, name);
	for (const char *c = name; *c; c++)
		if (!is_name_char(*c))
			return fail_char(what, name, *c, e);
	return 0;
}
