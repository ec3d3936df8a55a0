/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lock of xmacvlan-dhcp: requests of Docker and the renewal of leases are threads of one
 * process. It guards the pinned leases, Docker's and podman's (a thread that has compared a lease
 * may change it), and the engine, which one thread uses at a time. Another process may change
 * podman's leases meanwhile: the netavark plugin. Nobody holds it while a DHCP server is asked.
 */
#ifndef XM_DHCP_ENGINE_LOCK_H
#define XM_DHCP_ENGINE_LOCK_H

void dhcp_engine_lock(void);
void dhcp_engine_unlock(void);

#endif
