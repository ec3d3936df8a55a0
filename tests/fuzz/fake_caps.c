// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces user/base/caps.c. The fuzzer's own capabilities do not change. A capability is missing
 * if fz_fail_call() makes the check fail.
 */
#include "../../user/base/caps.h"
#include "fuzz.h"

bool xm_caps_may(xm_caps caps)
{
	(void)caps;
	return !fz_shall_fail();
}

int xm_caps_need(xm_caps caps, const char *what, struct xm_err *e)
{
	(void)caps;
	return fz_shall_fail() ? xm_fail(e, 1, "%s needs CAP_BPF", what) : 0;
}

int xm_caps_keep(xm_caps caps)
{
	(void)caps;
	return 0;
}

xm_caps xm_caps_raise(xm_caps caps)
{
	return caps;
}

void xm_caps_lower(xm_caps raised)
{
	(void)raised;
}
