// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* STATUS: whether an ADD could succeed. VERSION: what we speak. */
#include "cni/cni.h"
#include "pins/features.h"

static int look(const struct cni_request *r, struct cni_error *e)
{
	const char *missing = xm_missing_feature();
	struct cni_session s;
	struct xm_err why = {};
	struct xm_link master;
	int err;

	if (missing)
		return cni_fail(e, CNI_E_UNAVAILABLE, "the kernel lacks %s", missing);
	err = cni_bpffs_need(e);
	if (!err)
		err = cni_session_open(&s, r, -1, e);
	if (err)
		return err;
	/* Of a container that is not there yet nothing can be told */
	err = r->in_container ? 0 : cni_master(&s, r, &master, e);
	if (!err && !r->in_container && xm_engine_may_attach(s.engine, &master, &why))
		err = cni_fail(e, CNI_E_UNAVAILABLE, "%s", why.text);
	cni_session_close(&s);
	return err;
}

int cni_status(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	(void)ret;
	if (look(r, e) || (r->ipam && cni_ipam_find(r, e))) {
		e->code = CNI_E_UNAVAILABLE;
		return e->code;
	}
	if (r->ipam && cni_ipam_run(r, "STATUS", NULL, e) && e->code != CNI_E_LIMITED)
		/* Older ones do not know the command, whatever their code for that is */
		e->code = CNI_E_UNAVAILABLE;
	return e->code;
}

int cni_version(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	json_t *all = json_array();

	(void)e;
	for (int i = 0; i < CNI_VERSIONS; i++)
		json_array_append_new(all, json_string(cni_version_names[i]));
	*ret = json_pack("{s:s, s:o}", "cniVersion", r->asked ? r->asked : cni_version_names[r->version], "supportedVersions", all);
	return 0;
}
