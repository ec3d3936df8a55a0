/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Values of a network's options, as texts that a user gave a runtime. Each function reads one. It
 * returns 0, or -EINVAL and fills *e, which has the name of the option and the value. Pure.
 */
#ifndef XM_RUNTIME_OPTIONS_H
#define XM_RUNTIME_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/settings.h"
#include "net/link.h"

/* As error messages begin: "option NAME 'VALUE' PROBLEM". Returns -EINVAL. */
int xm_option_fail(const char *name, const char *value, const char *problem, struct xm_err *e);

/* true, 1, on, yes; false, 0, off, no; in any case. *has becomes true. */
int xm_option_flag(const char *name, const char *value, bool *has, bool *ret, struct xm_err *e);
/* Fills has_mode and mode. An empty text is none, as for the runtimes' drivers for macvlan. */
int xm_option_mode(const char *name, const char *value, struct xm_settings *ret, struct xm_err *e);
/* The source list, MACs separated by commas. The caller frees *ret by xm_settings_free(). */
int xm_option_sources(const char *name, const char *value, struct xm_settings *ret,
		      struct xm_err *e);
/* A decimal number from min to max. unit: what it is, as "number of octets". */
int xm_option_number(const char *name, const char *value, const char *unit, int64_t min,
		     int64_t max, int64_t *ret, struct xm_err *e);
/* 0: that of the parent */
int xm_option_mtu(const char *name, const char *value, uint32_t *ret, struct xm_err *e);
/* Whether the parent's MTU allows it. Returns 0, or -EINVAL and fills *e. */
int xm_option_mtu_fits(const char *name, uint32_t mtu, const struct xm_link *parent,
		       struct xm_err *e);
/*
 * An option that does not exist. names: those that do; the nearest one is part of the message.
 * Returns -EINVAL.
 */
int xm_option_unknown(const char *name, const char *const *names, size_t count, struct xm_err *e);

#endif
