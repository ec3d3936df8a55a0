// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Environment and standard input to a request: what holds for every plugin */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "cni/alloc.h"
#include "cni/cni.h"

const char *const cni_version_names[CNI_VERSIONS] = {
	[CNI_010] = "0.1.0", [CNI_020] = "0.2.0", [CNI_030] = "0.3.0", [CNI_031] = "0.3.1",
	[CNI_040] = "0.4.0", [CNI_100] = "1.0.0", [CNI_110] = "1.1.0",
};

enum needs { CONTAINER = 1, NETNS = 2, IFNAME = 4, PATH = 8 };

static const struct {
	const char *name;
	int needs; /* enum needs */
	enum cni_version since;
} commands[CNI_COMMANDS] = {
	[CNI_ADD] = { "ADD", CONTAINER | NETNS | IFNAME | PATH, CNI_010 },
	[CNI_DEL] = { "DEL", CONTAINER | IFNAME | PATH, CNI_010 },
	[CNI_CHECK] = { "CHECK", CONTAINER | NETNS | IFNAME | PATH, CNI_040 },
	[CNI_GC] = { "GC", PATH, CNI_110 },
	[CNI_STATUS] = { "STATUS", PATH, CNI_110 },
	[CNI_VERSION] = { "VERSION", 0, CNI_010 },
};

static int read_command(struct cni_request *r, struct cni_error *e)
{
	for (int i = 0; i < CNI_COMMANDS; i++)
		if (!strcmp(r->env.command, commands[i].name)) {
			r->command = i;
			return 0;
		}
	return cni_fail(e, CNI_E_ENVIRONMENT, "unknown CNI_COMMAND '%s'", r->env.command);
}

/* [A-Za-z0-9][A-Za-z0-9_.-]*, and no longer than a map takes. NULL, or what is wrong. */
static const char *wrong_id(const char *id)
{
	if (!isalnum((unsigned char)*id))
		return "does not begin with a letter or digit";
	for (const char *c = id; *c; c++)
		if ((unsigned char)*c >= 0x80 || (!isalnum((unsigned char)*c) && !strchr("_.-", *c)))
			return "has characters other than letters, digits, '_', '.' and '-'";
	return strlen(id) < XM_OWNER_TEXT ? NULL : "is longer than 255 characters";
}

static bool is_utf8(const char *text)
{
	json_t *told = json_string(text);

	json_decref(told);
	return told;
}

static int check_env(const struct cni_request *r, struct cni_error *e)
{
	const struct {
		int need;
		const char *name, *value;
	} all[] = {
		{ CONTAINER, "CNI_CONTAINERID", r->env.container },
		{ NETNS, "CNI_NETNS", r->env.netns },
		{ IFNAME, "CNI_IFNAME", r->env.ifname },
		{ PATH, "CNI_PATH", r->env.path },
	};
	int needs = commands[r->command].needs;
	struct xm_err why = {};
	char missing[128] = "";
	const char *wrong;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if ((needs & all[i].need) && !all[i].value[0])
			snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), "%s%s",
				 missing[0] ? ", " : "", all[i].name);
	if (missing[0])
		return cni_fail(e, CNI_E_ENVIRONMENT, "%s needs what is not in the environment: %s",
				r->env.command, missing);
	wrong = needs & CONTAINER ? wrong_id(r->env.container) : NULL;
	if (wrong)
		return cni_fail(e, CNI_E_ENVIRONMENT, "CNI_CONTAINERID '%s' %s", r->env.container, wrong);
	if ((needs & IFNAME) && xm_check_ifname("CNI_IFNAME", r->env.ifname, &why))
		return cni_fail(e, CNI_E_ENVIRONMENT, "%s", why.text);
	if ((needs & NETNS) && !is_utf8(r->env.netns))
		return cni_fail(e, CNI_E_ENVIRONMENT, "CNI_NETNS '%s' is not UTF-8, so no result could name it",
				r->env.netns);
	return 0;
}

static int decode(struct cni_request *r, struct cni_error *e)
{
	json_error_t why;

	if (r->command == CNI_VERSION && !r->text[strspn(r->text, " \t\r\n")])
		return 0;
	r->config = json_loadb(r->text, r->len, 0, &why);
	if (!r->config)
		return cni_fail(e, CNI_E_DECODE, "the configuration is not JSON: line %d: %s", why.line, why.text);
	if (!json_is_object(r->config))
		return cni_fail(e, CNI_E_DECODE, "the configuration is not a JSON object");
	return 0;
}

/* "1.2.0" */
static bool is_version(const char *text)
{
	unsigned int n[3];
	char after;

	return strspn(text, "0123456789.") == strlen(text) && strlen(text) < 32 &&
	       sscanf(text, "%u.%u.%u%c", &n[0], &n[1], &n[2], &after) == 3;
}

static int read_version(struct cni_request *r, struct cni_error *e)
{
	json_t *given = cni_key(r->config, "cniVersion");
	const char *text = json_string_value(given);

	r->version = r->config ? CNI_010 : CNI_110;
	if (!given || (text && !text[0]))
		return 0;
	if (!text)
		return cni_fail_value(e, CNI_E_DECODE, "cniVersion", given, "is not a string");
	for (int i = 0; i < CNI_VERSIONS; i++)
		if (!strcmp(text, cni_version_names[i])) {
			r->version = i;
			return 0;
		}
	r->version = CNI_110;
	/* A newer runtime asks in its own version, to choose one of the answer's */
	if (r->command == CNI_VERSION && is_version(text)) {
		r->asked = text;
		return 0;
	}
	snprintf(e->details, sizeof(e->details), "the configuration has %.20s, this plugin 0.1.0, 0.2.0, 0.3.0, "
		 "0.3.1, 0.4.0, 1.0.0 and 1.1.0", text);
	xm_sanitize(e->details);
	return cni_fail(e, CNI_E_VERSION, "incompatible CNI versions: cniVersion '%s' is not known", text);
}

static int read_name(struct cni_request *r, struct cni_error *e)
{
	json_t *given = cni_key(r->config, "name");
	const char *wrong;

	r->name = json_string_value(given);
	if (given && !r->name)
		return cni_fail_value(e, CNI_E_CONFIG, "name", given, "is not a string");
	if (!r->name || !r->name[0])
		return cni_fail(e, CNI_E_CONFIG, "the network has no name: key 'name' is missing");
	wrong = wrong_id(r->name);
	return wrong ? cni_fail(e, CNI_E_CONFIG, "name '%s' %s", r->name, wrong) : 0;
}

int cni_request_read(const struct cni_env *env, const char *text, size_t len, struct cni_request *ret,
		     struct cni_error *e)
{
	struct cni_error later = {};
	int err;

	*ret = (struct cni_request){ .env = *env, .text = text, .len = len, .version = CNI_110 };
	err = read_command(ret, e);
	/* What is wrong with the environment comes first, but is told in the configuration's version */
	if (!decode(ret, &later))
		read_version(ret, &later);
	cni_alloc_set_version(cni_version_names[ret->version]);
	if (!err)
		err = check_env(ret, e);
	if (!err && later.code) {
		*e = later;
		err = later.code;
	}
	if (err || ret->command == CNI_VERSION)
		return err;
	if (ret->version < commands[ret->command].since)
		return cni_fail(e, CNI_E_VERSION, "cniVersion %s has no %s: it comes with %s",
				cni_version_names[ret->version], env->command,
				cni_version_names[commands[ret->command].since]);
	err = read_name(ret, e);
	return err ? err : cni_config_read(ret, e);
}

void cni_request_free(struct cni_request *r)
{
	json_decref(r->config);
	json_decref(r->dns);
	free(r->macs);
	r->config = r->dns = NULL;
	r->macs = NULL;
}
