// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "cli/apply_device.h"

struct mac_search {
	uint8_t mac[XM_MAC_LEN];
	struct xm_link *found;
	unsigned int count;
};

/* A VLAN device, a macvlan and the end of a pair have a device below; a bridge has ports */
static bool lies_below(const struct xm_link *l)
{
	return !l->lower && strcmp(l->kind, "bridge") != 0;
}

static int compare_mac(const struct xm_link *link, void *data)
{
	struct mac_search *s = data;

	if (memcmp(link->mac, s->mac, XM_MAC_LEN) != 0)
		return 0;
	if (s->count && lies_below(s->found) != lies_below(link)) {
		if (lies_below(link)) {
			*s->found = *link;
			s->count = 1;
		}
		return 0;
	}
	*s->found = *link;
	s->count++;
	return 0;
}

int xm_apply_device(struct xm_nl *nl, const char *name, struct xm_link *ret, struct xm_err *e)
{
	struct mac_search s = { .found = ret };
	bool is_mac = !xm_parse_mac(name, s.mac);
	int err = -ENODEV;

	/* An alternative name may look like a MAC with hyphens */
	if (!is_mac || !strchr(name, ':'))
		err = xm_link_get(nl, XM_NSID_SELF, name, 0, ret);
	if (!is_mac || !err)
		return err ? xm_fail(e, err, "parent '%s': %s", name,
				     err == -ENODEV ? "there is no such device"
						    : xm_nl_why(nl, err))
			   : 0;
	err = xm_link_each(nl, XM_NSID_SELF, NULL, compare_mac, &s);
	if (err && err != -EAGAIN)
		return xm_fail(e, err, "cannot list the devices: %s", xm_nl_why(nl, err));
	if (!s.count)
		return xm_fail(e, ENODEV, "parent '%s': no device has this MAC", name);
	if (s.count > 1)
		return xm_fail(e, EEXIST, "parent '%s': several devices have this MAC", name);
	return 0;
}
