/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the server listens */
#ifndef XM_METRICS_ADDRESS_H
#define XM_METRICS_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/err.h"

struct xm_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len;
	/* of the socket in the file system, once it listens */
	dev_t dev;
	ino_t ino;
};

/*
 * Reads ADDR:PORT, [ADDR]:PORT with an IPv6 address, :PORT or PORT for 127.0.0.1, or unix:PATH.
 * Pure: no name is looked up. Returns 0, or -EINVAL and fills *e.
 */
int xm_address_parse(const char *text, struct xm_address *ret, struct xm_err *e);

/*
 * Opens a socket that listens there. A socket in the file system gets mode 0660; it replaces one
 * that nobody listens on. Returns a descriptor, or a negative errno and fills *e.
 */
int xm_address_listen(struct xm_address *address, const char *text, struct xm_err *e);

/* Removes the socket from the file system, if it is still the one that was made */
void xm_address_remove(const struct xm_address *address);

#endif
