// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An error names the key and the value */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/text.h"
#include "cni/alloc.h"
#include "cni/args.h"
#include "cni/config.h"
#include "cni/dns.h"
#include "cni/json.h"

static int config_fail(const char *key, const json_t *value, const char *problem,
		       struct cni_error *e)
{
	return cni_fail_value(e, CNI_E_CONFIG, key, value, problem);
}

/*
 * "" counts as absent. path: the key with the object that it is in, as messages name it:
 * "ipam.type"
 */
static int config_read_text(const json_t *from, const char *path, const char **ret,
			    struct cni_error *e)
{
	const char *dot = strrchr(path, '.');
	json_t *value = cni_json_get(from, dot ? dot + 1 : path);

	const char *text = cni_json_string(value);

	if (value && !text)
		return config_fail(path, value, "is not a string", e);
	*ret = text && text[0] ? text : NULL;
	return 0;
}

static int config_read_flag(const json_t *from, const char *key, bool *has, bool *ret,
			    struct cni_error *e)
{
	json_t *value = cni_json_get(from, key);

	if (value && !json_is_boolean(value))
		return config_fail(key, value, "is neither true nor false", e);
	*has = value;
	*ret = json_is_true(value);
	return 0;
}

static int config_read_number(const json_t *from, const char *key, uint32_t max, uint32_t *ret,
			      struct cni_error *e)
{
	json_t *value = cni_json_get(from, key);
	char range[32];

	if (value && !json_is_integer(value))
		return config_fail(key, value, "is not a whole number", e);
	if (json_integer_value(value) < 0 || json_integer_value(value) > max) {
		snprintf(range, sizeof(range), "is not in [0, %u]", max);
		return config_fail(key, value, range, e);
	}
	*ret = json_integer_value(value);
	return 0;
}

static int config_read_object(const json_t *from, const char *key, json_t **ret,
			      struct cni_error *e)
{
	json_t *value = cni_json_get(from, key);

	if (value && !json_is_object(value))
		return config_fail(key, value, "is not an object", e);
	*ret = value;
	return 0;
}

static int config_read_network(const json_t *document, struct cni_config *c, struct cni_error *e)
{
	const char *problem;

	if (config_read_text(document, "name", &c->network, e))
		return e->code;
	if (!c->network)
		return cni_fail(e, CNI_E_CONFIG, "key 'name' is missing");
	problem = cni_name_problem(c->network);
	return problem ? cni_fail(e, CNI_E_CONFIG, "name '%s' %s", c->network, problem) : 0;
}

static int config_read_mode(const json_t *document, struct xm_settings *s, struct cni_error *e)
{
	const char *text;

	if (config_read_text(document, "mode", &text, e))
		return e->code;
	s->mode = text ? xm_mode_by_name(text) : XM_MODE_BRIDGE;
	s->has_mode = s->mode;
	return s->mode ? 0
		       : cni_fail(e, CNI_E_CONFIG,
				  "mode '%s' is none of private, vepa, bridge, passthru and source",
				  text);
}

/* Also in the form 0200.5e00.5301, which Go's net.ParseMAC() takes */
static int config_parse_mac(int code, const char *key, const char *text, uint8_t ret[XM_MAC_LEN],
			    struct cni_error *e)
{
	char with_colons[18];
	struct xm_err why = {};
	const char *t = text;

	if (strlen(t) == 14 && t[4] == '.' && t[9] == '.') {
		snprintf(with_colons, sizeof(with_colons), "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", t,
			 t + 2, t + 5, t + 7, t + 10, t + 12);
		t = with_colons;
	}
	/* The command takes "2:0:0:0:0:1" as `ip` does, net.ParseMAC() does not */
	if (strlen(t) != XM_MAC_TEXT - 1)
		return cni_fail(e, code, "%s '%s' is not a MAC address", key, t);
	if (xm_parse_unicast(key, t, ret, &why))
		return cni_fail(e, code, "%s", why.text);
	return 0;
}

/* A MAC of the runtime goes before a configured one, which stays unread then */
static int config_read_mac(const json_t *document, const char *args, struct xm_settings *s,
			   struct cni_error *e)
{
	struct {
		const char *name;
		int code;
		const char *text; /* NULL: not given */
	} sources[] = {
		{ "runtimeConfig.mac", CNI_E_CONFIG, NULL },
		{ "CNI_ARGS MAC", CNI_E_ENVIRONMENT, NULL },
		{ "mac", CNI_E_CONFIG, NULL },
	};
	json_t *runtime = NULL;
	char *arg = NULL;
	int err = cni_args_read(args, &arg, e);

	if (!err)
		err = config_read_object(document, "runtimeConfig", &runtime, e);
	if (!err)
		err = config_read_text(runtime, sources[0].name, &sources[0].text, e);
	sources[1].text = arg && arg[0] ? arg : NULL;
	if (!err)
		err = config_read_text(document, sources[2].name, &sources[2].text, e);
	for (size_t i = 0; !err && !s->has_address && i < 3; i++) {
		if (!sources[i].text)
			continue;
		err = config_parse_mac(sources[i].code, sources[i].name, sources[i].text,
				       s->address, e);
		s->has_address = !err;
	}
	free(arg);
	return err;
}

static int config_read_macaddr(const json_t *document, struct xm_settings *s, struct cni_error *e)
{
	json_t *list = cni_json_get(document, "macaddr"), *value;
	size_t i;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return config_fail("macaddr", list, "is not a list of MAC addresses", e);
	if (s->mode != XM_MODE_SOURCE)
		return config_fail("macaddr", list, "requires mode source", e);
	s->macs = cni_calloc(json_array_size(list), sizeof(*s->macs));
	json_array_foreach(list, i, value) {
		if (!cni_json_string(value))
			return config_fail("macaddr", value, "is not a MAC address", e);
		if (config_parse_mac(CNI_E_CONFIG, "macaddr", cni_json_string(value), s->macs[i],
				     e))
			return e->code;
	}
	s->mac_count = i;
	s->macaddr = i ? XM_MACADDR_SET : XM_MACADDR_NONE;
	return 0;
}

static int config_read_ipam(const json_t *document, struct cni_config *c, struct cni_error *e)
{
	json_t *ipam = NULL;
	int err = config_read_object(document, "ipam", &ipam, e);

	if (!err)
		err = config_read_text(ipam, "ipam.type", &c->ipam_type, e);
	if (!err && c->ipam_type &&
	    (strchr(c->ipam_type, '/') || !strcmp(c->ipam_type, ".") ||
	     !strcmp(c->ipam_type, "..")))
		return cni_fail(e, CNI_E_CONFIG, "ipam.type '%s' is not the name of a plugin",
				c->ipam_type);
	return err;
}

static int config_read_device(const json_t *document, struct cni_config *c, struct cni_error *e)
{
	struct xm_settings *s = &c->settings;
	int err = config_read_text(document, "master", &c->master, e);

	if (!err)
		err = config_read_mode(document, s, e);
	if (!err)
		err = config_read_number(document, "mtu", INT32_MAX, &c->mtu, e);
	if (!err)
		err = config_read_number(document, "bcqueuelen", UINT32_MAX, &s->bcqueuelen, e);
	s->has_bcqueuelen = s->bcqueuelen;
	if (!err)
		err = config_read_flag(document, "hostAccess", &s->has_host_access, &s->host_access,
				       e);
	if (!err)
		err = config_read_flag(document, "spoofCheck", &s->has_spoofchk, &s->spoofchk, e);
	if (!err)
		err = config_read_flag(document, "trust", &s->has_trust, &s->trust, e);
	if (!err)
		err = config_read_flag(document, "followAddresses", &s->has_follow, &s->follow, e);
	if (!err)
		err = config_read_flag(document, "ipv6", &c->has_ipv6, &c->ipv6, e);
	if (!err)
		err = config_read_flag(document, "acceptRA", &c->has_accept_ra, &c->accept_ra, e);
	return err ? err : config_read_macaddr(document, s, e);
}

static bool config_has_key(const json_t *document, const char *key)
{
	json_t *value;
	const char *other;

	json_object_foreach((json_t *)document, other, value)
		if (!strcasecmp(other, key))
			return true;
	return false;
}

/*
 * Reads the list for GC. Go's encoder writes an empty list as null, so null means an empty list. An
 * absent key is no empty list: libcni omits it when its caller gives no list.
 */
static int config_read_valid(const json_t *document, struct cni_config *c, struct cni_error *e)
{
	const char *key = CNI_KEY_VALID;
	json_t *list = cni_json_get(document, key), *entry;
	size_t i;

	c->has_valid = config_has_key(document, key) || config_has_key(document, CNI_KEY_VALID_OLD);
	if (!list) {
		key = CNI_KEY_VALID_OLD;
		list = cni_json_get(document, key);
		c->valid_is_old = list;
	}
	if (!list)
		return 0;
	if (!json_is_array(list))
		return config_fail(key, list, "is not a list", e);
	json_array_foreach(list, i, entry)
		if (!cni_json_text(entry, "containerID") || !cni_json_text(entry, "ifname"))
			return config_fail(key, entry, "has no containerID or no ifname", e);
	c->valid_attachments = list;
	return 0;
}

static int config_read_dns(const json_t *document, struct cni_config *c, struct cni_error *e)
{
	json_t *dns = NULL;
	int err = config_read_object(document, "dns", &dns, e);

	return err || !dns ? err : cni_dns_read(dns, "", CNI_E_CONFIG, &c->dns, e);
}

/*
 * Reads the keys for DEL. An invalid value counts as absent, because DEL has to remove whatever it
 * can.
 */
static void config_read_del(const json_t *document, struct cni_config *c)
{
	struct cni_error unused = {};
	bool has;

	if (config_read_ipam(document, c, &unused))
		c->ipam_type = NULL;
	config_read_flag(document, "linkInContainer", &has, &c->link_in_container, &unused);
}

int cni_config_read(const json_t *document, enum cni_command command, const char *args,
		    struct cni_config *ret, struct cni_error *e)
{
	bool has;
	int err;

	*ret = (struct cni_config){};
	err = config_read_network(document, ret, e);
	if (!err && command == CNI_DEL)
		config_read_del(document, ret);
	if (err || command == CNI_DEL)
		return err;
	err = config_read_ipam(document, ret, e);
	if (!err)
		err = config_read_flag(document, "linkInContainer", &has, &ret->link_in_container,
				       e);
	if (err)
		return err;
	if (command == CNI_GC)
		return config_read_valid(document, ret, e);
	err = config_read_device(document, ret, e);
	if (!err)
		err = config_read_mac(document, args, &ret->settings, e);
	if (!err)
		err = config_read_dns(document, ret, e);
	return err ? err : config_read_object(document, "prevResult", &ret->prev_result, e);
}

void cni_config_free(struct cni_config *config)
{
	json_decref(config->dns);
	free(config->settings.macs);
	*config = (struct cni_config){};
}
