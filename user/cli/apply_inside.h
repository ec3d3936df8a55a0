/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What `apply` configures inside of a namespace, on the peer end of an endpoint: addresses, routes,
 * sysctls, a DHCP client. What is there and is not named stays.
 */
#ifndef XM_APPLY_INSIDE_H
#define XM_APPLY_INSIDE_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/word_list.h"
#include "net/route.h"

struct xm_inside_sysctl {
	const char *family, *key; /* net.FAMILY.conf.IFNAME.KEY; key belongs to the JSON */
	char value[24];
	bool by_add; /* `add` sets it, so a new endpoint has it */
};

struct xm_inside {
	bool down; /* the device is left as it is; else it is set up */
	struct xm_prefix *addresses;
	struct xm_route *routes;
	struct xm_inside_sysctl *sysctls;
	size_t address_count, route_count, sysctl_count;
	struct xm_word_list dhcp; /* the command, with {ifname} for the device's name */
};

/* apply_inside_read.c */

/*
 * Reads the object `inside` of an endpoint. Returns 0, or -EINVAL and fills *e; *key is then the
 * key that is wrong. The caller frees *ret by xm_inside_free(), also after an error.
 */
int xm_inside_read(const json_t *json, struct xm_inside *ret, const char **key, struct xm_err *e);
/* A sysctl of IPv6 that a keyword of `add` stands for. One that is there has precedence. */
void xm_inside_add_sysctl(struct xm_inside *inside, const char *key, const char *value);
void xm_inside_free(struct xm_inside *inside);

/* apply_inside.c */

/* What is to be done with a step: "address 192.0.2.7/24" */
typedef void xm_inside_report(const char *step, void *data);

/* The device. fd: its namespace; -1: there is no device yet. */
struct xm_inside_target {
	int fd;
	const char *ifname;
	const char *dhcp_unit; /* as endpoint of xm_dhcp_unit_start(); NULL: no unit */
	bool dry; /* only report */
	bool starts_dhcp; /* the endpoint is new, so the DHCP client is started */
};

/*
 * Brings the device into line, or reports everything if there is none yet. report() is called
 * before each step. Returns 0 or a negative errno and fills *e.
 */
int xm_inside_apply(const struct xm_inside *inside, const struct xm_inside_target *to,
		    xm_inside_report *report, void *data, struct xm_err *e);

#endif
