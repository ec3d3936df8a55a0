// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* STATUS: whether an ADD could succeed */
#include "cni/bpffs.h"
#include "cni/command.h"
#include "cni/ipam.h"
#include "cni/session.h"
#include "pins/features.h"

static int status_check_host(const struct cni_request *r, struct cni_error *e)
{
	const char *missing = xm_missing_feature();
	struct cni_session s;
	struct xm_err why = {};
	struct xm_link master;
	int err;

	if (missing)
		return cni_fail(e, CNI_E_UNAVAILABLE, "the kernel lacks %s", missing);
	err = cni_bpffs_check(e);
	if (!err)
		err = cni_session_open_reader(&s, -1, e);
	if (err)
		return err;
	/* With linkInContainer the master is in a container, which does not exist yet */
	if (!r->config.link_in_container) {
		err = cni_session_master(&s, r, &master, e);
		if (!err && xm_engine_may_attach(s.engine, &master, &why))
			err = cni_fail(e, CNI_E_UNAVAILABLE, "%s", why.text);
	}
	cni_session_close(&s);
	return err;
}

int cni_command_status(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	bool has_ipam = r->config.ipam_type;

	(void)ret;
	if (status_check_host(r, e) || (has_ipam && cni_ipam_check(r, e))) {
		e->code = CNI_E_UNAVAILABLE;
		return e->code;
	}
	/* 50 unless it is 51: an older IPAM plugin fails with a code of its choice for STATUS */
	if (has_ipam && cni_ipam_run(r, "STATUS", NULL, e) && e->code != CNI_E_LIMITED)
		e->code = CNI_E_UNAVAILABLE;
	return e->code;
}
