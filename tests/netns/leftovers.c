// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The state of parent p0. See leftovers.h. */
#include <dirent.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "leftovers.h"

unsigned int leftovers_pins(void)
{
	DIR *dir = opendir("/sys/fs/bpf/xmacvlan");
	unsigned int n = 0;
	struct dirent *de;

	while (dir && (de = readdir(dir)))
		n += de->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

unsigned int leftovers_flags(const struct xmt_ns *host)
{
	struct ifreq ifr = { .ifr_name = "p0" };
	int fd, err;

	xmt_ns_enter(host);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	err = ioctl(fd, SIOCGIFFLAGS, &ifr);
	close(fd);
	xmt_ns_enter(NULL);
	if (err)
		xmt_die("cannot read the flags of p0");
	return (unsigned short)ifr.ifr_flags;
}

const char *leftovers_promiscuity(const struct xmt_ns *host)
{
	static char text[64];
	unsigned int promiscuity, allmulti;
	const char *at;

	xmt_must("ip -n %s -d -o link show dev p0", host->name);
	at = strstr(xmt_output(), "promiscuity ");
	if (!at || sscanf(at, "promiscuity %u allmulti %u", &promiscuity, &allmulti) != 2)
		xmt_die("no counters of p0 in the output of ip: %s", xmt_output());
	snprintf(text, sizeof(text), "promiscuity %u allmulti %u", promiscuity, allmulti);
	return text;
}

bool leftovers_in_filter(const struct xmt_ns *host, const char *mac)
{
	xmt_must("bridge -n %s fdb show dev p0", host->name);
	return strstr(xmt_output(), mac) != NULL;
}

bool leftovers_is_tap(const struct xmt_ns *ns, const char *name)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq ifr = { .ifr_data = (char *)&info };
	int sock, err;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	xmt_ns_enter(ns);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	err = ioctl(sock, SIOCETHTOOL, &ifr);
	close(sock);
	xmt_ns_enter(NULL);
	return !err && !strcmp(info.driver, "tun");
}

unsigned int leftovers_host_ends(const struct xmt_ns *host)
{
	struct if_nameindex *all;
	unsigned int n = 0, parent, slot;

	xmt_ns_enter(host);
	all = if_nameindex();
	xmt_ns_enter(NULL);
	for (struct if_nameindex *i = all; i && i->if_index; i++)
		n += sscanf(i->if_name, "xm%x-%x", &parent, &slot) == 2 ||
		     leftovers_is_tap(host, i->if_name);
	if_freenameindex(all);
	return n;
}

const char *leftovers_on_device(const struct xmt_ns *host)
{
	static char text[128];
	const char *at;

	if (strcmp(leftovers_promiscuity(host), "promiscuity 0 allmulti 0"))
		return leftovers_promiscuity(host);
	xmt_must("tc -n %s qdisc show dev p0", host->name);
	if (strstr(xmt_output(), "clsact"))
		return "a clsact qdisc";
	/* "p0(5) tcx/ingress parent_rx" and the like */
	xmt_must("nsenter --net=/run/netns/%s bpftool net show", host->name);
	at = strstr(xmt_output(), "p0(");
	if (!at)
		return NULL;
	snprintf(text, sizeof(text), "program %.*s", (int)strcspn(at, "\n"), at);
	return text;
}

const char *leftovers_on_parent(const struct xmt_ns *host)
{
	if (leftovers_pins())
		return "pins";
	if (leftovers_host_ends(host))
		return "a host end";
	return leftovers_on_device(host);
}
