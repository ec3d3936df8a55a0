// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Endpoints of type tap. See tap_fixture.h. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tap_fixture.h"

int tap_file(const struct xmt_ns *ns)
{
	int fd;

	/* a file belongs to the namespace in which it was opened */
	xmt_ns_enter(ns);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	xmt_ns_enter(NULL);
	if (fd < 0)
		xmt_die("/dev/net/tun: %s", strerror(errno));
	return fd;
}

int tap_attach(int file, const char *name, int flags)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | flags };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(file, TUNSETIFF, &ifr) ? -errno : 0;
}

int tap_open(const struct xmt_ns *ns, const char *name, int flags)
{
	int fd = tap_file(ns), err = tap_attach(fd, name, flags);

	if (!err)
		return fd;
	close(fd);
	return err;
}

void tap_wait(const struct xmt_ns *ns, const char *name, bool up)
{
	unsigned int i = 0;

	while ((xmt_link_running(ns, name) == 1) != up) {
		if (i++ == 3000 * xmt_slow())
			xmt_die("%s is not %s after 3 s", name, up ? "up" : "down");
		usleep(1000);
	}
	/* linkwatch gives it a queue after its operstate, with the lock that this waits for */
	xmt_must("ip -n %s link show dev %s", ns->name, name);
}

int tap_must_open(const struct xmt_ns *ns, const char *name, int flags)
{
	int fd = tap_open(ns, name, flags);

	if (fd < 0)
		xmt_die("cannot open tap %s: %s", name, strerror(-fd));
	tap_wait(ns, name, true);
	return fd;
}

void tap_rename(const struct xmt_ns *ns, const char *name, const char *new_name)
{
	bool live = xmt_kernel() >= XMT_KERNEL(6, 2);

	if (live) {
		xmt_must("ip -n %s link set %s name %s", ns->name, name, new_name);
		return;
	}
	xmt_must("ip -n %s link set %s down && ip -n %s link set %s name %s up", ns->name, name,
		 ns->name, name, new_name);
	tap_wait(ns, new_name, true);
}

unsigned int tap_offloads(void)
{
	unsigned int tso = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	return xmt_kernel() < XMT_KERNEL(6, 2) ? tso : tso | TUN_F_USO4 | TUN_F_USO6;
}

void tap_set_offloads(int tap, unsigned int offloads)
{
	if (ioctl(tap, TUNSETOFFLOAD, (unsigned long)offloads))
		xmt_die("TUNSETOFFLOAD %#x: %s", offloads, strerror(errno));
}

void tap_set_header(int tap, int size)
{
	if (ioctl(tap, TUNSETVNETHDRSZ, &size))
		xmt_die("TUNSETVNETHDRSZ %d: %s", size, strerror(errno));
}
