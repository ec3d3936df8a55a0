// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * STATUS: whether an ADD could succeed. An error in the configuration itself has the code that ADD
 * would return. Everything else (the host lacks something, or a MAC or the parent is in use) is
 * CNI_E_UNAVAILABLE.
 */
#include "cni/command.h"
#include "cni/ipam.h"
#include "cni/session.h"
#include "pins/kernel_features.h"
#include "runtime/bpffs.h"

static int status_unavailable(struct cni_error *e)
{
	e->code = CNI_E_UNAVAILABLE;
	return e->code;
}

/*
 * Checks that ADD would find a place: a passthru network, or one with `mac`, can have one endpoint
 * only
 */
static int status_check_place(const struct cni_request *r, struct cni_session *s,
			      const struct xm_link *parent, struct cni_error *e)
{
	struct xm_add add = { .mtu = r->config.mtu, .settings = r->config.settings };
	struct xm_err why = {};

	add.settings.has_address &= add.settings.mode != XM_MODE_PASSTHRU;
	return xm_engine_may_add(s->engine, parent, &add, &why)
		       ? cni_fail(e, CNI_E_UNAVAILABLE, "%s", why.text)
		       : 0;
}

static int status_check_master(const struct cni_request *r, struct cni_session *s,
			       struct cni_error *e)
{
	struct xm_err why = {};
	struct xm_link master;

	if (cni_session_master(r, &master, e))
		return status_unavailable(e);
	if (cni_session_parent(s, &master, &why))
		return cni_fail(e, CNI_E_UNAVAILABLE, "%s", why.text);
	if (cni_session_check_settings(r, &master, e))
		return e->code;
	return status_check_place(r, s, &master, e);
}

static int status_check_host(const struct cni_request *r, struct cni_error *e)
{
	const char *missing = xm_missing_feature();
	struct xm_err why = {};
	struct cni_session s;

	if (missing)
		return cni_fail(e, CNI_E_UNAVAILABLE, "the kernel lacks %s", missing);
	if (xm_bpffs_may_mount(&why))
		return cni_fail(e, CNI_E_UNAVAILABLE, "%s", why.text);
	if (cni_session_open_reader(&s, -1, e))
		return status_unavailable(e);
	/* With linkInContainer the master is in a container, which does not exist yet */
	if (!r->config.link_in_container)
		status_check_master(r, &s, e);
	cni_session_close(&s);
	return e->code;
}

int cni_command_status(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	bool has_ipam = r->config.ipam_type;

	(void)ret;
	if (status_check_host(r, e))
		return e->code;
	if (has_ipam && cni_ipam_check(r, e))
		return e->code == CNI_E_ENVIRONMENT ? e->code : status_unavailable(e);
	/* 50 unless it is 51: an older IPAM plugin fails with a code of its choice for STATUS */
	if (has_ipam && cni_ipam_run(r, "STATUS", NULL, e) && e->code != CNI_E_LIMITED)
		status_unavailable(e);
	return e->code;
}
