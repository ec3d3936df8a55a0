// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fakes for the CNI plugin: an engine that checks its arguments */
#define FZ_HARNESS
#include "fakes_cni.h"

#include <errno.h>
#include <string.h>

#include "../../user/runtime/announce.h"
#include "../../user/engine/engine.h"
#include "cni_world.h"

int xm_engine_open(const struct xm_engine_options *options, struct xm_engine **ret,
		   struct xm_err *e)
{
	static char engine;

	(void)options;
	*ret = NULL;
	if (fz_shall_fail())
		return xm_fail(e, EPERM, "not now");
	fz_check(!fz_cni.sessions++, "two sessions");
	*ret = (struct xm_engine *)&engine;
	return 0;
}

void xm_engine_close(struct xm_engine *engine)
{
	if (engine)
		fz_check(fz_cni.sessions--, "closed twice");
}

static void check_name(const char *name)
{
	size_t len = strlen(name);

	fz_check(len && len < 16 && strcmp(name, ".") && strcmp(name, ".."), "name '%s'", name);
	for (; *name; name++)
		fz_check(*name > ' ' && *name < 0x7f && !strchr("/:%", *name), "a name with '%c'",
			 *name);
}

static void check_owner(const char *text)
{
	size_t len = strnlen(text, XM_OWNER_TEXT);

	fz_check(len && len < XM_OWNER_TEXT, "an owner of %zu characters", len);
	for (; *text; text++)
		fz_check(*text > ' ' && *text < 0x7f && *text != '/', "an owner with '%c'", *text);
}

static void check_unicast(const uint8_t *mac)
{
	static const uint8_t zero[XM_MAC_LEN];

	fz_check(!(mac[0] & 1) && memcmp(mac, zero, sizeof(zero)), "no unicast address");
}

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e)
{
	const struct xm_settings *s = &add->settings;

	(void)engine;
	check_name(add->name);
	check_name(add->ifname);
	check_owner(add->owner->network);
	check_owner(add->owner->container);
	fz_check(add->link && add->mtu <= 1500, "parent %s, MTU %u", add->link ? add->link : "none",
		 add->mtu);
	fz_check(s->has_mode && s->mode > XM_MODE_NONE && s->mode < XM_MODE_COUNT, "mode %u",
		 s->mode);
	fz_check(!s->mac_count || (s->macaddr == XM_MACADDR_SET && s->mode == XM_MODE_SOURCE),
		 "%zu MACs", s->mac_count);
	for (size_t i = 0; i < s->mac_count; i++)
		check_unicast(s->macs[i]);
	if (s->has_address)
		check_unicast(s->address);
	if (fz_cni.flags & WORLD_REFUSES)
		return s->address[5] & 1 ? xm_fail(e, EADDRINUSE, "address taken")
					 : xm_fail(e, EBUSY, "refused");
	fz_cni.made++;
	return 0;
}

int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	(void)engine;
	check_name(name);
	if (fz_cni.flags & WORLD_NO_DEL)
		return xm_fail(e, EIO, "refused");
	fz_cni.deleted++;
	return 0;
}

void xm_announce_later(const struct xm_announcement *what)
{
	(void)what;
}

int xm_engine_verify(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	(void)engine;
	check_name(name);
	return fz_shall_fail() ? xm_fail(e, ENODEV, "%s has no host end", name) : 0;
}

bool xm_device_is_endpoint(struct xm_nl *nl, const struct xm_link *link, const char *name)
{
	(void)nl;
	check_name(name);
	return link->lower;
}

int xm_engine_sources(struct xm_engine *engine, const char *name, uint8_t (**ret)[XM_MAC_LEN],
		      struct xm_err *e)
{
	(void)engine;
	check_name(name);
	*ret = NULL;
	return fz_cni.flags & WORLD_REFUSES ? xm_fail(e, EIO, "cannot read the sources") : 0;
}

int xm_engine_may_add(struct xm_engine *engine, const struct xm_link *link,
		      const struct xm_add *add, struct xm_err *e)
{
	(void)engine;
	(void)link;
	(void)add;
	return fz_cni.flags & WORLD_EXISTS ? xm_fail(e, EBUSY, "the place is taken") : 0;
}

int xm_engine_may_attach(struct xm_engine *engine, struct xm_link *link, struct xm_err *e)
{
	(void)engine;
	fz_check(link->ifindex, "a master without an index");
	return fz_cni.flags & WORLD_REFUSES ? xm_fail(e, EBUSY, "%s is a port", link->name) : 0;
}

/* A foreign endpoint, and the container's once it is there */
int xm_engine_owned(struct xm_engine *engine, int (*each)(const struct xm_endpoint_info *, void *),
		    void *data, struct xm_err *e)
{
	struct xm_owner owner = { .network = "net", .container = "other" };
	struct xm_endpoint_info info = { .mode = XM_MODE_BRIDGE,
					 .peer_ifindex = 3,
					 .name = "cother",
					 .requested_ifname = "eth7",
					 .mac = { 2, 0, 0, 0, 0, 1 },
					 .owner = &owner };
	int err = each(&info, data);

	(void)engine;
	if (!err && fz_cni.made + !!(fz_cni.flags & WORLD_EXISTS) > fz_cni.deleted) {
		snprintf(owner.container, sizeof(owner.container), "%s",
			 fz_cni.env[1] ? fz_cni.env[1] : "");
		snprintf(info.requested_ifname, sizeof(info.requested_ifname), "%s",
			 fz_cni.env[3] ? fz_cni.env[3] : "");
		strcpy(info.name, "cours");
		err = each(&info, data);
	}
	return fz_shall_fail() ? xm_fail(e, EIO, "cannot read the owners") : err;
}

int xm_owned_elsewhere(int (*each)(uint64_t cookie, const struct xm_endpoint_info *, void *),
		       void *data, struct xm_err *e)
{
	struct xm_owner owner = { .network = "net" };
	struct xm_endpoint_info info = { .name = "cours", .peer_nsid = -1, .owner = &owner };

	if (fz_shall_fail())
		return xm_fail(e, EIO, "cannot read the owners");
	snprintf(owner.container, sizeof(owner.container), "%s",
		 fz_cni.env[1] ? fz_cni.env[1] : "");
	snprintf(info.requested_ifname, sizeof(info.requested_ifname), "%s",
		 fz_cni.env[3] ? fz_cni.env[3] : "");
	return fz_cni.flags & WORLD_EXISTS ? each(WORLD_COOKIE, &info, data) : 0;
}
