// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pins of TC programs, and of the links of those that are attached by tcx */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/tc_pins.h"
#include "pins/pin_dir.h"

void xm_tc_pin_path(const struct xm_parent *p, enum xm_program program, const char *suffix,
		    char *ret, size_t size)
{
	snprintf(ret, size, "%s/%s%s", p->dir, xm_program_names[program], suffix);
}

int xm_tc_pin_open(const char *dir, enum xm_program program)
{
	return xm_pin_open(dir, xm_program_names[program]);
}

int xm_tc_pin_add(struct xm_parent *p, enum xm_program program, int prog_fd, struct xm_err *e)
{
	char path[256];

	xm_tc_pin_path(p, program, "", path, sizeof(path));
	return bpf_obj_pin(prog_fd, path)
		       ? xm_fail(e, errno, "cannot pin %s: %s", path, strerror(errno))
		       : 0;
}

int xm_tc_pin_replace(struct xm_parent *p, enum xm_program program, int prog_fd, struct xm_err *e)
{
	char path[256], fresh[256];

	xm_tc_pin_path(p, program, "", path, sizeof(path));
	xm_tc_pin_path(p, program, XM_FRESH_PIN, fresh, sizeof(fresh));
	if (bpf_obj_pin(prog_fd, fresh) || rename(fresh, path)) {
		int err = xm_fail(e, errno, "cannot pin %s: %s", path, strerror(errno));

		unlink(fresh);
		return err;
	}
	return 0;
}

int xm_tc_load(const struct xm_parent *p, enum xm_program program, struct xm_err *e)
{
	return xm_program_load(program, p->rec.state & XM_PARENT_PLAIN, p->maps, e);
}
