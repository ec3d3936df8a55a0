// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether the TC programs that a parent needs are attached */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/tc_order.h"
#include "engine/tc_pins.h"
#include "engine/tc_verify.h"
#include "net/tc.h"

/*
 * Returns the ifindex that a tcx link is on, 0: the device has gone; or a negative errno: there is
 * no such link
 */
static int program_link_device(const struct xm_parent *p, enum xm_program program)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);
	char path[256];
	int err, fd;

	xm_tc_pin_path(p, program, XM_LINK_PIN, path, sizeof(path));
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -errno;
	err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;
	close(fd);
	/* info.tcx, which older headers lack, begins as info.xdp does */
	return err ? err : (int)info.xdp.ifindex;
}

int xm_tc_runs_program(struct xm_parent *p, enum xm_program program, bool ingress)
{
	struct xm_tc_filter all[XM_TC_FILTERS_MAX];
	int n = xm_tc_filters(&p->engine->nl, p->link.ifindex, ingress, all, XM_TC_FILTERS_MAX);

	for (int i = 0; i < n; i++)
		if (xm_tc_filter_is_ours(&all[i], xm_program_names[program]))
			return 1;
	return n < 0 ? n : 0;
}

int xm_tc_verify_program(struct xm_parent *p, enum xm_program program, bool ingress,
			 struct xm_err *e)
{
	int ret = program_link_device(p, program);

	if (ret == -ENOENT)
		ret = xm_tc_runs_program(p, program, ingress);
	else if (ret >= 0)
		ret = (uint32_t)ret == p->link.ifindex;
	if (ret < 0)
		return xm_fail(e, ret, "cannot tell whether %s is attached to %s: %s",
			       xm_program_names[program], p->link.name, strerror(-ret));
	return ret ? 0
		   : xm_fail(e, ENOLINK, "%s is not attached to %s", xm_program_names[program],
			     p->link.name);
}

int xm_tc_verify(struct xm_parent *p, struct xm_err *e)
{
	char path[256];
	int err = xm_tc_verify_program(p, XM_PROG_PARENT_RX, true, e);

	if (!err && (p->config.uses & XM_USES_HOST_ACCESS))
		err = xm_tc_verify_program(p, XM_PROG_PARENT_TX, false, e);
	xm_tc_pin_path(p, XM_PROG_ENDPOINT_RX, "", path, sizeof(path));
	if (!err && access(path, F_OK))
		err = xm_fail(e, errno, "%s is missing", path);
	return err ? err : xm_tc_verify_order(p, e);
}
