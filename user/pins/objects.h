/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The BPF objects that are in the binary, and what libbpf says of them */
#ifndef XM_OBJECTS_H
#define XM_OBJECTS_H

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "base/err.h"

enum xm_program {
	XM_PROG_PARENT_RX,
	XM_PROG_ENDPOINT_RX,
	XM_PROG_ENDPOINT_TX,
	XM_PROG_PARENT_TX,
	XM_PROG_PARENT_XDP,
	XM_PROG_FANOUT_RX,
	XM_PROG_FANOUT_TX,
	XM_PROG_COUNT
};

/* Names of the programs, which are those of their pins */
extern const char *const xm_program_names[XM_PROG_COUNT];

/*
 * Opens the object of a program, or the one with the maps. plain: without the code for
 * XM_USES_FULL, as far as there is such a program. NULL: errno has the reason.
 */
struct bpf_object *xm_object_open_program(enum xm_program program, bool plain);
struct bpf_object *xm_object_open_maps(void);

/*
 * Keeps libbpf's warnings for error messages instead of printing them. Called once, at the start of
 * the process.
 */
void xm_libbpf_keep_messages(void);

/*
 * Fills *e: "cannot WHAT WHICH: …" with libbpf's last warning, or the kernel feature that is
 * missing. Returns -|err|.
 */
int xm_object_fail(struct xm_err *e, int err, const char *what, const char *which);

#endif
