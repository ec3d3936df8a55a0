// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/parse.h"
#include "base/text.h"
#include "docker/json.h"
#include "docker/options.h"

#define OPTION_TEXT 300 /* "option NAME" */

struct option_reader {
	const char *name, *value; /* name: "option NAME" */
	struct docker_config *ret;
	struct xm_err *e;
};

static int option_fail(const struct option_reader *r, const char *problem)
{
	char value[XM_SANITIZED_LEN];

	return xm_fail(r->e, EINVAL, "%s '%.100s' %s", r->name, xm_sanitized(r->value, value),
		       problem);
}

/* The words that Docker's own options take (strconv.ParseBool), and those of xmacvlan */
static int option_read_flag(const struct option_reader *r, bool *has, bool *ret)
{
	static const char *const words[][2] = {
		{ "false", "true" }, { "0", "1" }, { "off", "on" }, { "no", "yes" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		for (int on = 0; on < 2; on++)
			if (!strcasecmp(r->value, words[i][on])) {
				*has = true;
				*ret = on;
				return 0;
			}
	return option_fail(r, "is neither true nor false");
}

static int option_parent(const struct option_reader *r)
{
	if (!r->value[0])
		return 0;
	r->ret->has_parent = true;
	snprintf(r->ret->parent, sizeof(r->ret->parent), "%s", r->value);
	return xm_check_ifname(r->name, r->value, r->e);
}

static int option_mode(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings;
	uint8_t mode = xm_mode_by_name(r->value);

	if (!mode)
		return option_fail(r, "is none of private, vepa, bridge, passthru and source");
	if (s->has_mode && s->mode != mode)
		return option_fail(r, "contradicts the other option of the mode");
	s->has_mode = true;
	s->mode = mode;
	return 0;
}

static int option_macaddr(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings;
	char *list = xm_need(strdup(r->value)), *rest = list, *word;
	int err = 0;

	s->macs = xm_need(calloc(strlen(list) / 2 + 1, sizeof(*s->macs)));
	while (!err && (word = strsep(&rest, ","))) {
		err = xm_parse_unicast(r->name, word, s->macs[s->mac_count], r->e);
		s->mac_count += !err;
	}
	s->macaddr = XM_MACADDR_SET;
	free(list);
	return err;
}

static int option_mtu(const struct option_reader *r)
{
	char *end;
	unsigned long mtu = strtoul(r->value, &end, 10);

	if (r->value[0] < '0' || r->value[0] > '9' || *end || mtu > INT32_MAX)
		return option_fail(r, "is not a number of octets");
	r->ret->mtu = mtu;
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

	return option_read_flag(r, &s->has_host_access, &s->host_access);
}

static int option_spoof_check(const struct option_reader *r)
{
	struct xm_settings *s = &r->ret->settings;

	return option_read_flag(r, &s->has_spoofchk, &s->spoofchk);
}

static int option_trust(const struct option_reader *r)
{
	return option_read_flag(r, &r->ret->settings.has_trust, &r->ret->settings.trust);
}

static int option_follow(const struct option_reader *r)
{
	return option_read_flag(r, &r->ret->settings.has_follow, &r->ret->settings.follow);
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
	{ "com.docker.network.driver.mtu", option_mtu },
};

#define OPTION_COUNT (sizeof(options_table) / sizeof(*options_table))

static int option_unknown(const char *name, struct xm_err *e)
{
	const char *names[OPTION_COUNT], *nearest;
	char sanitized[XM_SANITIZED_LEN];

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = options_table[i].name;
	nearest = xm_nearest(name, names, OPTION_COUNT);
	return xm_fail(e, EINVAL, "unknown option '%.100s'%s%s%s", xm_sanitized(name, sanitized),
		       nearest ? ", did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?" : "");
}

static int option_read(const char *name, const json_t *value, struct docker_config *ret,
		       struct xm_err *e)
{
	char text[OPTION_TEXT];
	struct option_reader r = {
		.name = text, .value = json_string_value(value), .ret = ret, .e = e
	};

	snprintf(text, sizeof(text), "option %.100s", name);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (!strcmp(name, options_table[i].name))
			return r.value ? options_table[i].read(&r)
				       : xm_fail(e, EINVAL, "%s is not a text", text);
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
