/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Errors of the plugin. Functions of user/cni/ return 0, or the code of the error and fill *e,
 * unless their comment says more. The first failure of a command is the one that is printed.
 */
#ifndef XM_CNI_ERROR_H
#define XM_CNI_ERROR_H

#include <jansson.h>

#include "base/err.h"

/* The specification's codes (CNI 1.1.0, section 5, "Error"); from 100 on this plugin's own */
enum cni_code {
	CNI_E_VERSION = 1, /* unknown cniVersion, or one that has no such command */
	CNI_E_ENVIRONMENT = 4,
	CNI_E_IO = 5,
	CNI_E_DECODE = 6,
	CNI_E_CONFIG = 7,
	CNI_E_NETNS = 8,
	CNI_E_AGAIN = 11,
	CNI_E_UNAVAILABLE = 50, /* STATUS: an ADD would fail */
	CNI_E_LIMITED = 51, /* STATUS: containers would have limited connectivity */
	CNI_E_REFUSED = 100, /* the kernel or the engine's state refused */
	CNI_E_IPAM = 101, /* the IPAM plugin failed without a code, or its result is invalid */
	CNI_E_CHECK = 102, /* CHECK: something differs from what ADD made */
};

struct cni_error {
	int code; /* 0: not filled */
	char msg[700];
	char details[700];
};

/* Fills *e unless it is filled. Returns the code that *e has then. */
int cni_fail(struct cni_error *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with the message "KEY VALUE PROBLEM", the value as JSON */
int cni_fail_value(struct cni_error *e, int code, const char *key, const json_t *value,
		   const char *problem);
/*
 * The same for an engine call that returned `err` and filled *why. -EAGAIN and -EINTR become
 * CNI_E_AGAIN, every other errno becomes `code`.
 */
int cni_fail_engine(struct cni_error *e, int code, int err, const struct xm_err *why);

/* cniVersion of error documents: that of the configuration as soon as it is read, 1.1.0 before */
extern const char *cni_error_version;

/* The document that a runtime reads */
json_t *cni_error_json(const struct cni_error *e);

#endif
