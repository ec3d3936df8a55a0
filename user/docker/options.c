// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "docker/options.h"
#include "runtime/options.h"

struct option_reader {
	const char *name, *value;
	struct docker_config *ret;
	struct xm_err *e;
};

static int option_fail(const struct option_reader *r, const char *problem)
{
	return xm_option_fail(r->name, r->value, problem, r->e);
}

static int option_parent(const struct option_reader *r)
{
	if (!r->value[0])
		return 0;
	r->ret->has_parent = true;
	snprintf(r->ret->parent, sizeof(r->ret->parent), "%s", r->value);
	return xm_check_ifname("option parent", r->value, r->e);
}

static int option_mode(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings, given = {};
	int err = xm_option_mode(r->name, r->value, &given, r->e);

	if (err || !given.has_mode)
		return err;
	if (s->has_mode && s->mode != given.mode)
		return option_fail(r, "contradicts the other option of the mode");
	s->has_mode = true;
	s->mode = given.mode;
	return 0;
}

static int option_macaddr(const struct option_reader *r)
{
	return xm_option_sources(r->name, r->value, &r->ret->settings, r->e);
}

static int option_mtu(const struct option_reader *r)
{
	return xm_option_mtu(r->name, r->value, &r->ret->mtu, r->e);
}

/* dockerd's own, in place of --ipv4 and --ipv6 (28) */
static int option_of_dockerd(const struct option_reader *r)
{
	(void)r;
	return 0;
}

static int option_ports(const struct option_reader *r)
{
	if (strcmp(r->value, "refuse") && strcmp(r->value, "ignore"))
		return option_fail(r, "is neither refuse nor ignore");
	r->ret->publish =
		!strcmp(r->value, "ignore") ? DOCKER_PUBLISH_IGNORE : DOCKER_PUBLISH_REFUSE;
	return 0;
}

static int option_host_access(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings;

	return xm_option_flag(r->name, r->value, &s->has_host_access, &s->host_access, r->e);
}

static int option_spoof_check(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings;

	return xm_option_flag(r->name, r->value, &s->has_spoofchk, &s->spoofchk, r->e);
}

static int option_trust(const struct option_reader *r)
{
	return xm_option_flag(r->name, r->value, &r->ret->settings.has_trust,
			      &r->ret->settings.trust, r->e);
}

static int option_follow(const struct option_reader *r)
{
	return xm_option_flag(r->name, r->value, &r->ret->settings.has_follow,
			      &r->ret->settings.follow, r->e);
}

/* make lint compares the names with docs/man/xmacvlan-docker.8 */
static const struct {
	const char *name;
	int (*read)(const struct option_reader *r);
} options_table[] = {
	{ "parent", option_parent },
	{ "macvlan_mode", option_mode },
	{ "mode", option_mode },
	{ "macaddr", option_macaddr },
	{ "host_access", option_host_access },
	{ "spoof_check", option_spoof_check },
	{ "trust", option_trust },
	{ "follow_addresses", option_follow },
	{ "publish", option_ports },
	{ "com.docker.network.enable_ipv4", option_of_dockerd },
	{ "com.docker.network.enable_ipv6", option_of_dockerd },
	{ "com.docker.network.driver.mtu", option_mtu }, /* DOCKER_OPTION_MTU */
};

#define OPTION_COUNT (sizeof(options_table) / sizeof(*options_table))

static int option_unknown(const char *name, struct xm_err *e)
{
	const char *names[OPTION_COUNT];

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = options_table[i].name;
	return xm_option_unknown(name, names, OPTION_COUNT, e);
}

static int option_read(const char *name, const json_t *value, struct docker_config *ret,
		       struct xm_err *e)
{
	struct option_reader r = {
		.name = name, .value = json_string_value(value), .ret = ret, .e = e
	};

	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (!strcmp(name, options_table[i].name))
			return r.value ? options_table[i].read(&r)
				       : xm_fail(e, EINVAL, "option %s is not a text", name);
	return option_unknown(name, e);
}

/* The rules of the modes, with the names of the options */
static int options_check(const struct docker_config *c, struct xm_err *e)
{
	const struct xm_settings *s = &c->settings;

	if (s->macaddr && s->mode != XM_MODE_SOURCE)
		return xm_fail(e, EINVAL, "option macaddr requires mode source");
	return xm_settings_check_add(s, e);
}

int docker_options_read(const json_t *options, struct docker_config *ret, struct xm_err *e)
{
	const char *name;
	json_t *value;
	int err = 0;

	json_object_foreach((json_t *)options, name, value) {
		err = option_read(name, value, ret, e);
		if (err)
			return err;
	}
	if (!ret->settings.has_mode)
		ret->settings.mode = XM_MODE_BRIDGE;
	ret->settings.has_mode = true;
	return options_check(ret, e);
}
