// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cni/json.h"
#include "cni/request.h"

static int request_decode(struct cni_request *r, struct cni_error *e)
{
	struct cni_input *in = &r->input;
	struct cni_json_problem problem;

	if (r->command == CNI_VERSION && !in->text[strspn(in->text, " \t\r\n")])
		return 0;
	in->document = cni_json_load(in->text, in->len, &problem);
	if (!in->document)
		return cni_fail(e, CNI_E_DECODE, "the configuration is not JSON: line %d: %s",
				problem.line, problem.why);
	if (!json_is_object(in->document))
		return cni_fail(e, CNI_E_DECODE, "the configuration is not a JSON object");
	return 0;
}

/* "1.2.0" */
static bool request_is_version(const char *text)
{
	unsigned int n[3];
	char after;

	return strspn(text, "0123456789.") == strlen(text) && strlen(text) < 32 &&
	       sscanf(text, "%u.%u.%u%c", &n[0], &n[1], &n[2], &after) == 3;
}

static int request_read_version(struct cni_request *r, struct cni_error *e)
{
	json_t *value = cni_json_get(r->input.document, "cniVersion");
	const char *text = cni_json_string(value);
	int version;

	if (value && !text)
		return cni_fail_value(e, CNI_E_DECODE, "cniVersion", value, "is not a string");
	if (!text || !text[0]) {
		r->input.version = r->input.document ? CNI_010 : CNI_110;
		return 0;
	}
	version = cni_version_by_name(text);
	if (version >= 0) {
		r->input.version = version;
		return 0;
	}
	/* A newer runtime asks in its own version and chooses one of the answer's */
	if (r->command == CNI_VERSION && request_is_version(text)) {
		r->input.unknown_version = text;
		return 0;
	}
	snprintf(e->details, sizeof(e->details),
		 "the configuration has %.20s, this plugin supports " CNI_VERSION_LIST, text);
	xm_sanitize(e->details);
	return cni_fail(e, CNI_E_VERSION, "incompatible CNI versions: cniVersion '%s' is not known",
			text);
}

static int request_read_input(struct cni_request *r, struct cni_error *e)
{
	int err = request_decode(r, e);

	if (!err)
		err = request_read_version(r, e);
	cni_error_version = cni_version_names[r->input.version];
	return err;
}

int cni_request_read(const struct cni_env *env, const char *text, size_t len,
		     struct cni_request *ret, struct cni_error *e)
{
	struct cni_error input_error = {};
	enum cni_version since;
	int err;

	*ret = (struct cni_request){
		.env = *env,
		.input = { .text = text, .len = len, .version = CNI_110 },
	};
	/* An error of the environment comes first, but in the configuration's version */
	err = cni_env_command(env, &ret->command, e);
	request_read_input(ret, &input_error);
	if (!err)
		err = cni_env_check(env, ret->command, e);
	if (err)
		return err;
	if (input_error.code) {
		*e = input_error;
		return e->code;
	}
	if (ret->command == CNI_VERSION)
		return 0;
	since = cni_command_since(ret->command);
	if (ret->input.version < since)
		return cni_fail(e, CNI_E_VERSION,
				"%s requires cniVersion %s or later, the configuration has %s",
				env->command, cni_version_names[since],
				cni_version_names[ret->input.version]);
	return cni_config_read(ret->input.document, ret->command, env->args, &ret->config, e);
}

void cni_request_free(struct cni_request *r)
{
	cni_config_free(&r->config);
	json_decref(r->input.document);
	r->input.document = NULL;
}
