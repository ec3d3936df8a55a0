// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "engine/settings.h"
#include "net/tap.h"

void xm_settings_free(struct xm_settings *s)
{
	free(s->macs);
	s->macs = NULL;
	s->mac_count = 0;
}

uint8_t xm_settings_mode(const struct xm_settings *s)
{
	return s->has_mode ? s->mode : XM_MODE_DEFAULT;
}

bool xm_settings_empty(const struct xm_settings *s)
{
	return !s->has_mode && !s->has_address && !s->has_promisc && !s->has_nodst &&
	       !s->has_host_access && !s->has_spoofchk && !s->has_trust && !s->has_follow &&
	       !s->has_bcqueuelen && !s->has_bclim && !s->dhcp_started &&
	       s->macaddr == XM_MACADDR_NONE && s->additional_mac_op == XM_ADDITIONAL_MAC_NONE;
}

int xm_settings_check_add(const struct xm_settings *s, struct xm_err *e)
{
	uint8_t mode = xm_settings_mode(s);

	if (s->has_promisc && s->promisc)
		return xm_fail_usage(e, "add: unknown keyword 'promisc'");
	if (s->has_promisc && mode != XM_MODE_PASSTHRU)
		return xm_fail_usage(e, "nopromisc is for mode passthru");
	if (s->has_nodst && !s->nodst)
		return xm_fail_usage(e, "add: unknown keyword 'dst'");
	if (s->macaddr == XM_MACADDR_DEL || s->macaddr == XM_MACADDR_FLUSH)
		return xm_fail_usage(e, "add: macaddr takes add or set");
	if (s->macaddr != XM_MACADDR_NONE && mode != XM_MODE_SOURCE)
		return xm_fail_usage(e, "macaddr is for mode source, not %s", xm_mode_name(mode));
	if (s->additional_mac_op != XM_ADDITIONAL_MAC_NONE)
		return xm_fail_usage(e, "add: address takes one MAC: 'set NAME address add MAC' "
					"adds another");
	if (s->has_address && mode == XM_MODE_PASSTHRU)
		return xm_fail(e, EINVAL,
			       "a passthru endpoint takes its parent's MAC: 'set NAME address' "
			       "changes both");
	return 0;
}

int xm_settings_check_kind(const struct xm_settings *s, uint8_t kind, struct xm_err *e)
{
	if (kind != XM_KIND_TAP)
		return 0;
	if (s->has_trust)
		return xm_fail_usage(e, "trust is not for type tap: a guest sets its MAC without "
					"the host's knowledge ('spoofchk' drops its frames)");
	if (s->has_follow && s->follow)
		return xm_fail_usage(e, "addresses follow is not for type tap: 'set NAME address "
					"add MAC' adds a MAC of the guest");
	return 0;
}

/* What only a device in a container has, or only a tap */
static int add_check_kind(const struct xm_add *add, struct xm_err *e)
{
	const char *word = add->netns		? "netns"
			   : add->ifname	? "ifname"
			   : add->has_ipv6	? "ipv6"
			   : add->has_accept_ra ? "accept_ra"
						: NULL;

	if (add->kind == XM_KIND_TAP && word)
		return xm_fail_usage(e, "%s is not for type tap: the tap is beside its parent",
				     word);
	word = add->has_user ? "user" : add->has_group ? "group" : add->queues ? "queues" : NULL;
	if (add->kind != XM_KIND_TAP && word)
		return xm_fail_usage(e, "%s is for type tap", word);
	return xm_settings_check_kind(&add->settings, add->kind, e);
}

int xm_add_check(const struct xm_add *add, struct xm_err *e)
{
	int err = add_check_kind(add, e);

	return err ? err : xm_settings_check_add(&add->settings, e);
}

uint32_t xm_add_tap_user(const struct xm_add *add)
{
	if (add->has_user)
		return add->user;
	return add->has_group ? XM_TAP_NOBODY : 0;
}

uint32_t xm_add_tap_group(const struct xm_add *add)
{
	return add->has_group ? add->group : XM_TAP_NOBODY;
}

int xm_settings_check_set(const struct xm_settings *s, const char *name, uint8_t now,
			  struct xm_err *e)
{
	uint8_t mode = s->has_mode ? s->mode : now;

	if (mode != now && (mode == XM_MODE_PASSTHRU || now == XM_MODE_PASSTHRU))
		return xm_fail(e, EINVAL, "%s cannot %s passthru mode: delete it and add it again",
			       name, now == XM_MODE_PASSTHRU ? "leave" : "enter");
	if (s->macaddr != XM_MACADDR_NONE && mode != XM_MODE_SOURCE)
		return xm_fail(e, EINVAL, "macaddr is for mode source: %s is in mode %s", name,
			       xm_mode_name(mode));
	if (s->has_promisc && mode != XM_MODE_PASSTHRU)
		return xm_fail(e, EINVAL, "%s is for mode passthru: %s is in mode %s",
			       s->promisc ? "promisc" : "nopromisc", name, xm_mode_name(mode));
	return 0;
}
