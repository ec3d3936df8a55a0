/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A traced frame as a line of text, as an object of JSON, as the comment of a packet. Pure. */
#ifndef XM_TRACE_LINE_H
#define XM_TRACE_LINE_H

#include <stdio.h>

#include "trace/frame.h"

/*
 * "07:41:02.512345 web (bridge): 02:… > ff:…, ARP, length 42: to the wire; copies to db, cache" and
 * a line feed
 */
void xm_trace_print_line(FILE *to, const struct xm_trace_frame *f);
/* The part behind the length, without a line feed */
void xm_trace_print_verdict(FILE *to, const struct xm_trace_frame *f);
/* json.c: an object and a line feed; pretty: with line breaks. Returns 0 or -ENOMEM. */
int xm_trace_print_json(FILE *to, const struct xm_trace_frame *f, bool pretty);

#endif
