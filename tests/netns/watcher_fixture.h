/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fixture of the tests of xmacvland: endpoints of p0, checks of receivers and of carriers. */
#ifndef NT_WATCHER_FIXTURE_H
#define NT_WATCHER_FIXTURE_H

#include "daemon.h"
#include "probe.h"

#define M_ALL	"ff:ff:ff:ff:ff:ff"
#define M_ELSE	"02:00:00:00:00:77"
#define M_E0	"02:00:00:00:00:10"
#define M_E1	"02:00:00:00:00:11"
#define M_NEW	"02:00:00:00:00:55"
#define GROUP	"239.1.2.3" /* M_GROUP */
#define M_GROUP "01:00:5e:01:02:03"
#define M_OTHER "01:00:5e:01:02:04"

enum { E0, E1 }; /* bits of the receivers, indexes in watcher.net.peer */

extern struct watcher_fixture {
	struct nt_net net;
	struct probe_set set;
	int wire; /* socket that sends on w0 */
} watcher;

/* A device and the expected value of a property, for daemon_within_a_second() */
struct device {
	const struct xmt_ns *ns;
	const char *name;
	long value;
};

/* Makes the network with `peers` namespaces for peer ends. */
void watcher_make_net(unsigned int peers);
/* Makes the network with three, adds e0 and e1 in the first two and starts the watcher. */
void watcher_make_pair(void);
/* The same without the watcher */
void watcher_make_pair_only(void);

/* `xmacvlan add DEV link p0 OPTIONS`; the peer end is in that namespace and up */
void watcher_add_endpoint(const char *dev, int peer, const char *options);
/* Adds the device as a receiver of watcher.set. */
void watcher_add_receiver(const char *name, const struct xmt_ns *ns);

/* Sends a frame from the wire. Returns its receivers; waits for those in `to`. */
uint32_t watcher_send_frame(const char *dst, uint32_t to);
/*
 * Checks that exactly `to` receive frames for `dst`, within the time of daemon_within_a_second().
 */
void watcher_check_reach(const char *what, const char *dst, uint32_t to);
/* Checks that the device has a carrier (`on`) or none, within the same time. */
void watcher_check_carrier(const char *what, int peer, const char *dev, bool on);

#endif
