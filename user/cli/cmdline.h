/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading the command line into what the engine takes. Pure: opens and asks nothing. Keywords are exact,
 * options may come in any order. Each function returns 0, or -EINVAL with the reason in *e.
 */
#ifndef XM_CMDLINE_H
#define XM_CMDLINE_H

#include "engine/engine.h"

/* Arguments behind `add`. The strings stay argv's. */
int xm_parse_add(int argc, char **argv, struct xm_add *ret, struct xm_err *e);

/* Arguments behind `set` */
int xm_parse_set(int argc, char **argv, const char **name, struct xm_settings *ret, struct xm_err *e);

/* Arguments behind `attach`: *xdp is enum xm_xdp or -1, *guard 0, 1 or -1 */
int xm_parse_attach(int argc, char **argv, const char **parent, int *xdp, int *guard, struct xm_err *e);

/* Arguments behind `detach` */
int xm_parse_detach(int argc, char **argv, const char **parent, bool *force, struct xm_err *e);

/* Arguments behind `upgrade`: *parent may come back NULL */
int xm_parse_upgrade(int argc, char **argv, const char **parent, struct xm_err *e);

/* Arguments behind `del` */
int xm_parse_del(int argc, char **argv, const char **name, struct xm_err *e);

/* Arguments behind `show`: both may come back NULL */
int xm_parse_show(int argc, char **argv, const char **name, const char **link, struct xm_err *e);

void xm_settings_free(struct xm_settings *s);

#endif
