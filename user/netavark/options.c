// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "netavark/options.h"
#include "runtime/options.h"

struct option_reader {
	const char *name, *value;
	struct netavark_options *ret;
	struct xm_err *e;
};

static int option_parent(const struct option_reader *r)
{
	snprintf(r->ret->parent, sizeof(r->ret->parent), "%s", r->value);
	return xm_check_ifname("option parent", r->value, r->e);
}

static int option_mode(const struct option_reader *r)
{
	return xm_option_mode(r->name, r->value, &r->ret->settings, r->e);
}

static int option_macaddr(const struct option_reader *r)
{
	xm_settings_free(&r->ret->settings);
	return xm_option_sources(r->name, r->value, &r->ret->settings, r->e);
}

static int option_mtu(const struct option_reader *r)
{
	return xm_option_mtu(r->name, r->value, &r->ret->mtu, r->e);
}

static int option_metric(const struct option_reader *r)
{
	int64_t number;
	int err = xm_option_number(r->name, r->value, "number", 0, UINT32_MAX, &number, r->e);

	r->ret->metric = number;
	return err;
}

static int option_bclim(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings;
	int64_t number;
	int err =
		xm_option_number(r->name, r->value, "number", INT32_MIN, INT32_MAX, &number, r->e);

	s->has_bclim = true;
	s->bclim = number;
	return err;
}

static int option_no_default_route(const struct option_reader *r)
{
	bool given;

	return xm_option_flag(r->name, r->value, &given, &r->ret->no_default_route, r->e);
}

static int option_publish(const struct option_reader *r)
{
	if (strcmp(r->value, "refuse") && strcmp(r->value, "ignore"))
		return xm_option_fail(r->name, r->value, "is neither refuse nor ignore", r->e);
	r->ret->ignores_ports = !strcmp(r->value, "ignore");
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
	struct xm_settings *s = &r->ret->settings;

	return xm_option_flag(r->name, r->value, &s->has_trust, &s->trust, r->e);
}

static int option_follow(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings;

	return xm_option_flag(r->name, r->value, &s->has_follow, &s->follow, r->e);
}

/* make lint compares the names with docs/man/xmacvlan-netavark.8 */
static const struct {
	const char *name;
	int (*read)(const struct option_reader *r);
} options_table[] = {
	{ "parent", option_parent },
	{ "mode", option_mode },
	{ "macaddr", option_macaddr },
	{ "mtu", option_mtu },
	{ "metric", option_metric },
	{ "no_default_route", option_no_default_route },
	{ "bclim", option_bclim },
	{ "host_access", option_host_access },
	{ "spoof_check", option_spoof_check },
	{ "trust", option_trust },
	{ "follow_addresses", option_follow },
	{ "publish", option_publish },
};

#define OPTION_COUNT (sizeof(options_table) / sizeof(*options_table))

static int option_unknown(const char *name, struct xm_err *e)
{
	const char *names[OPTION_COUNT];

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = options_table[i].name;
	return xm_option_unknown(name, names, OPTION_COUNT, e);
}

static int option_read(const char *name, const json_t *value, struct netavark_options *ret,
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
static int options_check(const struct netavark_options *o, struct xm_err *e)
{
	const struct xm_settings *s = &o->settings;

	if (s->macaddr && s->mode != XM_MODE_SOURCE)
		return xm_fail(e, EINVAL, "option macaddr requires mode source");
	return xm_settings_check_add(s, e);
}

int netavark_options_read(const json_t *options, struct netavark_options *ret, struct xm_err *e)
{
	const char *name;
	json_t *value;
	int err = 0;

	*ret = (struct netavark_options){ .metric = NETAVARK_METRIC };
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
