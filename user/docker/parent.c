// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/parent.h"
#include "net/link.h"
#include "net/link_lower.h"
#include "plugin/log.h"

/* Of devices that the driver makes; not in the range of host ends (XM_LINK_GROUP_BASE) */
#define PARENT_GROUP (XM_LINK_GROUP_BASE + 0x10000u)
#define VID_MAX	     4094

/* Splits "eth0.10". Returns the VLAN id; 0: the name has not that form. */
static uint16_t parent_split(const char *name, char ret[XM_NAME_LEN])
{
	const char *dot = strrchr(name, '.');
	char *end = "?";
	unsigned long vid = dot && dot[1] >= '0' && dot[1] <= '9' ? strtoul(dot + 1, &end, 10) : 0;

	if (*end || vid > VID_MAX)
		return 0;
	snprintf(ret, XM_NAME_LEN, "%.*s", (int)(dot - name), name);
	return vid;
}

static int parent_refused(const struct xm_nl *nl, int err, const char *name, const char *kind,
			  struct xm_err *e)
{
	if (err == -EOPNOTSUPP && !strcmp(xm_nl_why(nl, err), XM_LINK_UNKNOWN_KIND))
		return xm_fail(e, err, "parent '%s' does not exist, and this kernel has no %s",
			       name, kind);
	return xm_fail(e, err, "parent '%s' does not exist, and cannot be made: %s", name,
		       xm_nl_why(nl, err));
}

static int parent_make_vlan(struct xm_nl *nl, const char *name, struct xm_err *e)
{
	char lower_name[XM_NAME_LEN];
	uint16_t vid = parent_split(name, lower_name);
	struct xm_link lower;
	int err;

	if (!vid)
		return xm_fail(e, ENODEV,
			       "parent '%s' does not exist, and is no VLAN such as eth0.10", name);
	err = xm_link_get(nl, XM_NSID_SELF, lower_name, 0, &lower);
	if (err)
		return xm_fail(e, err, "neither parent '%s' nor '%s' exists", name, lower_name);
	err = xm_link_add_vlan(nl, name, lower.ifindex, vid, PARENT_GROUP);
	return err ? parent_refused(nl, err, name, "VLAN devices (module 8021q)", e) : 0;
}

static int parent_make_dummy(struct xm_nl *nl, const char *name, struct xm_err *e)
{
	int err = xm_link_add_dummy(nl, name, PARENT_GROUP);

	return err ? parent_refused(nl, err, name, "dummy devices (module dummy)", e) : 0;
}

static int parent_make(struct xm_nl *nl, const struct docker_config *config, struct xm_link *ret,
		       struct xm_err *e)
{
	const char *name = config->parent;
	int err =
		config->has_parent ? parent_make_vlan(nl, name, e) : parent_make_dummy(nl, name, e);

	if (!err && xm_link_get(nl, XM_NSID_SELF, name, 0, ret))
		err = xm_fail(e, ENODEV, "parent '%s' was deleted by another process", name);
	return err;
}

int docker_parent_ensure(const struct docker_config *config, struct xm_err *e)
{
	struct xm_link link;
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	err = xm_link_get(&nl, XM_NSID_SELF, config->parent, 0, &link);
	if (err == -ENODEV)
		err = parent_make(&nl, config, &link, e);
	else if (err)
		xm_fail(e, err, "cannot examine '%s': %s", config->parent, xm_nl_why(&nl, err));
	/* Also one that a killed driver has made */
	if (!err && link.group == PARENT_GROUP && !(link.flags & IFF_UP)) {
		err = xm_link_set_flags(&nl, link.ifindex, IFF_UP, IFF_UP);
		if (err)
			xm_fail(e, err, "cannot set '%s' up: %s", config->parent,
				xm_nl_why(&nl, err));
	}
	xm_nl_close(&nl);
	return err;
}

int docker_parent_remove(const char *name, struct xm_err *e)
{
	struct xm_link link;
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	err = xm_link_get(&nl, XM_NSID_SELF, name, 0, &link);
	if (!err && link.group == PARENT_GROUP)
		err = xm_link_del(&nl, link.ifindex);
	if (err && err != -ENODEV)
		xm_fail(e, err, "cannot delete '%s': %s", name, xm_nl_why(&nl, err));
	xm_nl_close(&nl);
	return err == -ENODEV ? 0 : err;
}

struct parents_made {
	char (*names)[XM_NAME_LEN];
	size_t count;
};

static int parents_collect(const struct xm_link *link, void *data)
{
	struct parents_made *m = data;

	if (link->group != PARENT_GROUP)
		return 0;
	m->names = xm_need(reallocarray(m->names, m->count + 1, sizeof(*m->names)));
	memcpy(m->names[m->count++], link->name, XM_NAME_LEN);
	return 0;
}

void docker_parents_prune(bool (*is_used)(const char *parent))
{
	struct parents_made made = {};
	struct xm_nl nl;

	if (xm_nl_open(&nl))
		return;
	xm_link_each(&nl, XM_NSID_SELF, NULL, parents_collect, &made);
	xm_nl_close(&nl);
	for (size_t i = 0; i < made.count; i++) {
		if (is_used(made.names[i]) || docker_parent_remove(made.names[i], NULL))
			continue;
		plugin_log("no network has '%s', which the driver made: deleted", made.names[i]);
	}
	free(made.names);
}
