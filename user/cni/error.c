// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cni/error.h"
#include "cni/json.h"

const char *cni_error_version = "1.1.0";

int cni_fail(struct cni_error *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e->code)
		return e->code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	xm_sanitize(e->msg);
	return code;
}

int cni_fail_value(struct cni_error *e, int code, const char *key, const json_t *value,
		   const char *problem)
{
	char *text = cni_json_dump(value, JSON_ENCODE_ANY | JSON_COMPACT);

	cni_fail(e, code, "%s %.300s %s", key, text, problem);
	free(text);
	return e->code;
}

int cni_fail_engine(struct cni_error *e, int code, int err, const struct xm_err *why)
{
	if (err == -EAGAIN || err == -EINTR || err == -ETIMEDOUT)
		code = CNI_E_AGAIN;
	return cni_fail(e, code, "%s", why->exit_code ? why->text : strerror(-err));
}

json_t *cni_error_json(const struct cni_error *e)
{
	json_t *doc = json_pack("{s:s, s:i, s:s}", "cniVersion", cni_error_version, "code", e->code,
				"msg", e->msg);

	if (e->details[0])
		json_object_set_new(doc, "details", json_string(e->details));
	return doc;
}
