/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the tests of xmacvland share: two endpoints of p0, who gets a frame from the wire, who has a carrier. */
#ifndef NT_WATCHER_FIXTURE_H
#define NT_WATCHER_FIXTURE_H

#include "daemon.h"
#include "mark.h"

#define M_ALL	"ff:ff:ff:ff:ff:ff"
#define M_ELSE	"02:00:00:00:00:77"
#define M_E0	"02:00:00:00:00:10"
#define M_E1	"02:00:00:00:00:11"
#define M_NEW	"02:00:00:00:00:55"
#define GROUP	"239.1.2.3" /* M_GROUP */
#define M_GROUP "01:00:5e:01:02:03"
#define M_OTHER "01:00:5e:01:02:04"

enum { E0, E1 }; /* receivers and their places in watcher.net.peer */

extern struct watcher_fixture {
	struct nt_net net;
	struct mark_set set;
	int wire; /* socket that sends on w0 */
} watcher;

/* A property of a device, for daemon_within_a_second() */
struct device {
	const struct xmt_ns *ns;
	const char *name;
	long value;
};

/* The namespaces; then e0 and e1 in the first two, and the watcher */
void watcher_make_net(unsigned int peers);
void watcher_make_pair(void);

/* `xmacvlan add DEV link p0 OPTIONS`, up in that peer namespace; and as a receiver of watcher.set */
void watcher_add_endpoint(const char *dev, int peer, const char *options);
void watcher_add_receiver(const char *name, const struct xmt_ns *ns);

/* One frame from the wire: who got it, waiting for those in `to` */
uint32_t watcher_send_frame(const char *dst, uint32_t to);
/* A test: soon exactly `to` get frames for dst */
void watcher_check_reach(const char *what, const char *dst, uint32_t to);
/* A test: soon the device has a carrier, or not */
void watcher_check_carrier(const char *what, int peer, const char *dev, bool on);

#endif
