/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the words behind a command into what the engine takes. Pure: nothing is opened or asked.
 * Keywords are exact, and come in any order. Each function returns 0, or -EINVAL and fills *e.
 */
#ifndef XM_CMDLINE_H
#define XM_CMDLINE_H

#include "engine/engine.h"

/*
 * Strings in the results belong to argv. *ret is to be freed by xm_settings_free() also after an
 * error.
 */
int xm_parse_add(int argc, char **argv, struct xm_add *ret, struct xm_err *e);
int xm_parse_set(int argc, char **argv, const char **name, struct xm_settings *ret,
		 struct xm_err *e);

int xm_parse_del(int argc, char **argv, const char **name, struct xm_err *e);
/* name and link may come back NULL */
int xm_parse_show(int argc, char **argv, const char **name, const char **link, struct xm_err *e);
int xm_parse_attach(int argc, char **argv, struct xm_attach *ret, struct xm_err *e);
int xm_parse_detach(int argc, char **argv, const char **parent, bool *force, struct xm_err *e);
/* *parent may come back NULL */
int xm_parse_upgrade(int argc, char **argv, const char **parent, struct xm_err *e);
int xm_parse_sync(int argc, char **argv, const char **parent, struct xm_err *e);

#endif
