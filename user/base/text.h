/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values as text: MAC addresses, modes, XDP modes. Pure. */
#ifndef XM_TEXT_H
#define XM_TEXT_H

#include <stdint.h>

#include "verdict_bits.h"

/* Replaces every byte that is not printable ASCII by '?': safe for a terminal and for JSON */
void xm_sanitize(char *text);

#define XM_SANITIZED_LEN 260

/* Copies text into ret (cut to fit), sanitized. Returns ret. */
const char *xm_sanitized(const char *text, char ret[XM_SANITIZED_LEN]);

#define XM_MAC_TEXT 18

/* Writes "02:00:00:00:00:01" into ret. Returns ret. */
const char *xm_mac_text(const uint8_t mac[XM_MAC_LEN], char ret[XM_MAC_TEXT]);

/* Returns "bridge" and so on; NULL when the number is no mode */
const char *xm_mode_name(uint8_t mode);
/* Returns an enum xm_mode; XM_MODE_NONE when the text names no mode */
uint8_t xm_mode_by_name(const char *name);

/* Returns "spoofed_source" and so on, for a reason (enum xm_reason) below XM_REASON_COUNT */
const char *xm_reason_key(unsigned int reason);

/* Returns "veth" and so on; NULL when the number is no enum xm_endpoint_kind */
const char *xm_kind_name(uint8_t kind);
/* Returns an enum xm_endpoint_kind; -1 when the text names none */
int xm_kind_by_name(const char *name);

/* The reason as text; "": the kind was asked for, or the number is no enum xm_kind_why */
const char *xm_kind_why_text(uint8_t why);

/* Returns "wire", "endpoint" or "host"; NULL when the number is no enum xm_origin */
const char *xm_origin_name(uint8_t origin);

/* Returns "auto" and so on; NULL when the number is no enum xm_xdp */
const char *xm_xdp_name(int xdp);
/* Returns an enum xm_xdp; -1 when the text names none */
int xm_xdp_by_name(const char *name);

#endif
