// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "base/parse.h"
#include "base/text.h"
#include "runtime/options.h"

int xm_option_fail(const char *name, const char *value, const char *problem, struct xm_err *e)
{
	char sanitized[XM_SANITIZED_LEN];

	return xm_fail(e, EINVAL, "option %s '%.100s' %s", name, xm_sanitized(value, sanitized),
		       problem);
}

int xm_option_flag(const char *name, const char *value, bool *has, bool *ret, struct xm_err *e)
{
	static const char *const words[][2] = {
		{ "false", "true" }, { "0", "1" }, { "off", "on" }, { "no", "yes" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		for (int on = 0; on < 2; on++)
			if (!strcasecmp(value, words[i][on])) {
				*has = true;
				*ret = on;
				return 0;
			}
	return xm_option_fail(name, value, "is neither true nor false", e);
}

int xm_option_mode(const char *name, const char *value, struct xm_settings *ret, struct xm_err *e)
{
	if (!value[0])
		return 0;
	ret->mode = xm_mode_by_name(value);
	ret->has_mode = ret->mode;
	return ret->mode
		       ? 0
		       : xm_option_fail(name, value,
					"is none of private, vepa, bridge, passthru and source", e);
}

int xm_option_sources(const char *name, const char *value, struct xm_settings *ret,
		      struct xm_err *e)
{
	char *list = xm_need(strdup(value)), *rest = list, *word, what[64];
	int err = 0;

	snprintf(what, sizeof(what), "option %.40s", name);
	ret->macs = xm_need(calloc(strlen(list) / 2 + 1, sizeof(*ret->macs)));
	while (!err && (word = strsep(&rest, ","))) {
		err = xm_parse_unicast(what, word, ret->macs[ret->mac_count], e);
		ret->mac_count += !err;
	}
	ret->macaddr = XM_MACADDR_SET;
	free(list);
	return err;
}

int xm_option_number(const char *name, const char *value, const char *unit, int64_t min,
		     int64_t max, int64_t *ret, struct xm_err *e)
{
	char *end, problem[128];

	errno = 0;
	*ret = strtoll(value, &end, 10);
	if ((value[0] == '-' || (value[0] >= '0' && value[0] <= '9')) && end != value && !*end &&
	    !errno && *ret >= min && *ret <= max)
		return 0;
	snprintf(problem, sizeof(problem), "is no %s from %lld to %lld", unit, (long long)min,
		 (long long)max);
	return xm_option_fail(name, value, problem, e);
}

int xm_option_mtu(const char *name, const char *value, uint32_t *ret, struct xm_err *e)
{
	int64_t number;
	int err = xm_option_number(name, value, "number of octets", 0, INT32_MAX, &number, e);

	*ret = err ? 0 : number;
	if (!err && *ret && *ret < ETH_MIN_MTU)
		return xm_option_fail(name, value, "is smaller than 68", e);
	return err;
}

int xm_option_mtu_fits(const char *name, uint32_t mtu, const struct xm_link *parent,
		       struct xm_err *e)
{
	return mtu <= parent->mtu
		       ? 0
		       : xm_fail(e, EINVAL, "option %s %u is larger than the MTU of '%s', %u", name,
				 mtu, parent->name, parent->mtu);
}

int xm_option_unknown(const char *name, const char *const *names, size_t count, struct xm_err *e)
{
	const char *nearest = xm_nearest(name, names, count);
	char sanitized[XM_SANITIZED_LEN];

	return xm_fail(e, EINVAL, "unknown option '%.100s'%s%s%s", xm_sanitized(name, sanitized),
		       nearest ? ", did you mean '" : "", nearest ? nearest : "",
		       nearest ? "'?" : "");
}
