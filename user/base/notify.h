/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a daemon tells the service manager, sd_notify(3). Without one nothing is done. */
#ifndef XM_NOTIFY_H
#define XM_NOTIFY_H

/* Takes the socket of NOTIFY_SOCKET, which it removes from the environment */
void xm_notify_open(void);
/* state: "READY=1" and others. Does not wait. */
void xm_notify_send(const char *state);

#endif
