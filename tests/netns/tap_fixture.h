/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Endpoints of type tap, opened as a hypervisor opens them. */
#ifndef NT_TAP_FIXTURE_H
#define NT_TAP_FIXTURE_H

#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#include "nt.h"

#ifndef TUN_F_USO4 /* since Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* Opens /dev/net/tun, for a device of the namespace. Ends the case if it cannot. */
int tap_file(const struct xmt_ns *ns);
/* Makes the file a queue of the tap: see tap_open(). Returns 0 or a negative errno. */
int tap_attach(int file, const char *name, int flags);
/*
 * Opens a queue of a tap: flags 0, IFF_VNET_HDR, IFF_MULTI_QUEUE. Does not wait until the kernel
 * has given it a carrier. The descriptor does not block. Returns it or a negative errno.
 */
int tap_open(const struct xmt_ns *ns, const char *name, int flags);
/* Opens it and waits until it is up. Ends the case if it cannot. */
int tap_must_open(const struct xmt_ns *ns, const char *name, int flags);
/* Waits until the device is operational (up), or is not. Ends the case after 3 s. */
void tap_wait(const struct xmt_ns *ns, const char *name, bool up);
/* Renames a tap. Before Linux 6.2 it has to be down for that, and is up again afterwards. */
void tap_rename(const struct xmt_ns *ns, const char *name, const char *new_name);
/* All offloads that a reader may take here: before Linux 6.2 those without UDP GSO */
unsigned int tap_offloads(void);
/*
 * What the reader takes: bits TUN_F_CSUM, TUN_F_TSO4, ..., as the guest's driver has negotiated.
 * Ends the case if the kernel refuses.
 */
void tap_set_offloads(int tap, unsigned int offloads);
/* The size of the virtio-net header: 10, or 12 with mergeable buffers */
void tap_set_header(int tap, int size);

#endif
