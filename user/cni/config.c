// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The keys of the reference plugin, and ours. An error names the key and the value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/text.h"
#include "cni/alloc.h"
#include "cni/cni.h"

json_t *cni_key(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);
	const char *other;
	json_t *found;

	if (!value)
		json_object_foreach((json_t *)object, other, found)
			if (!strcasecmp(other, key))
				value = found;
	return json_is_null(value) ? NULL : value;
}

static int wrong(const char *key, const json_t *value, const char *what, struct cni_error *e)
{
	return cni_fail_value(e, CNI_E_CONFIG, key, value, what);
}

/* "" counts as not there. path: the key, for messages with what it is in, "ipam.type" */
static int read_text(const json_t *in, const char *path, const char **ret, struct cni_error *e)
{
	const char *dot = strrchr(path, '.');
	json_t *value = cni_key(in, dot ? dot + 1 : path);

	*ret = NULL;
	if (value && !json_is_string(value))
		return wrong(path, value, "is not a string", e);
	if (value && json_string_length(value))
		*ret = json_string_value(value);
	return 0;
}

static int read_flag(const json_t *in, const char *key, bool *has, bool *ret, struct cni_error *e)
{
	json_t *value = cni_key(in, key);

	if (value && !json_is_boolean(value))
		return wrong(key, value, "is neither true nor false", e);
	*ret = json_is_true(value);
	if (has)
		*has = value;
	return 0;
}

static int read_number(const json_t *in, const char *key, json_int_t max, uint32_t *ret, struct cni_error *e)
{
	json_t *value = cni_key(in, key);

	if (value && !json_is_integer(value))
		return wrong(key, value, "is not a whole number", e);
	if (json_integer_value(value) < 0 || json_integer_value(value) > max)
		return wrong(key, value, "is out of range", e);
	*ret = json_integer_value(value);
	return 0;
}

static int read_object(const json_t *in, const char *key, json_t **ret, struct cni_error *e)
{
	*ret = cni_key(in, key);
	return *ret && !json_is_object(*ret) ? wrong(key, *ret, "is not an object", e) : 0;
}

static int read_mode(struct cni_request *r, struct cni_error *e)
{
	const char *text;
	int err = read_text(r->config, "mode", &text, e);

	if (err)
		return err;
	r->mode = text ? xm_mode_by_name(text) : XM_MODE_BRIDGE;
	return r->mode ? 0 : cni_fail(e, CNI_E_CONFIG, "mode '%s' is none of private, vepa, bridge, passthru and "
				      "source", text);
}

/* Also in the form 0200.5e00.5301 */
static int parse_mac(int code, const char *key, const char *text, uint8_t ret[XM_MAC_LEN], struct cni_error *e)
{
	char with_colons[18];
	struct xm_err why = {};
	const char *t = text;

	if (strlen(t) == 14 && t[4] == '.' && t[9] == '.') {
		snprintf(with_colons, sizeof(with_colons), "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", t, t + 2, t + 5,
			 t + 7, t + 10, t + 12);
		t = with_colons;
	}
	if (xm_parse_unicast(key, t, ret, &why))
		return cni_fail(e, code, "%s", why.text);
	return 0;
}

/* What the runtime asks for at this moment goes before what is written down */
static int read_mac(struct cni_request *r, struct cni_error *e)
{
	const char *configured, *given = NULL;
	char *arg = NULL;
	json_t *runtime;
	int err = cni_args_read(r->env.args, &arg, e);

	if (!err)
		err = read_text(r->config, "mac", &configured, e);
	if (!err)
		err = read_object(r->config, "runtimeConfig", &runtime, e);
	if (!err)
		err = read_text(runtime, "runtimeConfig.mac", &given, e);
	r->has_mac = !err && (given || (arg && arg[0]) || configured);
	if (given)
		err = parse_mac(CNI_E_CONFIG, "runtimeConfig.mac", given, r->mac, e);
	else if (!err && arg && arg[0])
		err = parse_mac(CNI_E_ENVIRONMENT, "CNI_ARGS MAC", arg, r->mac, e);
	else if (!err && configured)
		err = parse_mac(CNI_E_CONFIG, "mac", configured, r->mac, e);
	free(arg);
	return err;
}

static int read_macaddr(struct cni_request *r, struct cni_error *e)
{
	json_t *list = cni_key(r->config, "macaddr"), *value;
	size_t i;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return wrong("macaddr", list, "is not a list of MAC addresses", e);
	if (r->mode != XM_MODE_SOURCE)
		return wrong("macaddr", list, "is for mode source only", e);
	r->macs = cni_calloc(json_array_size(list), sizeof(*r->macs));
	json_array_foreach(list, i, value) {
		if (!json_is_string(value))
			return wrong("macaddr", value, "is not a MAC address", e);
		if (parse_mac(CNI_E_CONFIG, "macaddr", json_string_value(value), r->macs[i], e))
			return e->code;
	}
	r->mac_count = i;
	return 0;
}

static int read_ipam(struct cni_request *r, struct cni_error *e)
{
	json_t *ipam;
	int err = read_object(r->config, "ipam", &ipam, e);

	if (!err)
		err = read_text(ipam, "ipam.type", &r->ipam, e);
	if (!err && r->ipam && (strchr(r->ipam, '/') || !strcmp(r->ipam, ".") || !strcmp(r->ipam, "..")))
		return cni_fail(e, CNI_E_CONFIG, "ipam.type '%s' is not the name of a plugin", r->ipam);
	return err;
}

static int read_device(struct cni_request *r, struct cni_error *e)
{
	int err = read_mode(r, e);

	if (!err)
		err = read_number(r->config, "mtu", INT32_MAX, &r->mtu, e);
	if (!err)
		err = read_number(r->config, "bcqueuelen", UINT32_MAX, &r->bcqueuelen, e);
	if (!err)
		err = read_flag(r->config, "hostAccess", &r->has_host, &r->host, e);
	if (!err)
		err = read_flag(r->config, "spoofCheck", &r->has_spoofchk, &r->spoofchk, e);
	return err ? err : read_macaddr(r, e);
}

/* Go's encoder writes an empty list as null, too; a key that is not there is a mistake, not an empty list */
static int read_valid(struct cni_request *r, struct cni_error *e)
{
	static const char key[] = "cni.dev/valid-attachments";
	json_t *there = json_object_get(r->config, key), *one;
	size_t i;

	if (!there)
		return cni_fail(e, CNI_E_CONFIG, "key '%s' is missing: nothing is collected", key);
	r->valid = json_is_null(there) ? NULL : there;
	if (r->valid && !json_is_array(r->valid))
		return wrong(key, r->valid, "is not a list", e);
	json_array_foreach(r->valid, i, one)
		if (!json_is_string(cni_key(one, "containerID")) || !json_is_string(cni_key(one, "ifname")))
			return wrong(key, one, "has no containerID or no ifname", e);
	return 0;
}

int cni_config_read(struct cni_request *r, struct cni_error *e)
{
	int err = read_ipam(r, e);
	json_t *dns;

	/* DEL has to work whatever has become of the rest */
	if (!err)
		err = read_flag(r->config, "linkInContainer", NULL, &r->in_container, e);
	if (err || r->command == CNI_DEL)
		return err;
	if (r->command == CNI_GC)
		return read_valid(r, e);
	err = read_text(r->config, "master", &r->master, e);
	if (!err)
		err = read_device(r, e);
	if (err || r->command == CNI_STATUS)
		return err;
	err = read_mac(r, e);
	if (!err)
		err = read_object(r->config, "dns", &dns, e);
	if (!err && dns)
		err = cni_dns_read(dns, "", CNI_E_CONFIG, &r->dns, e);
	return err ? err : read_object(r->config, "prevResult", &r->prev, e);
}
