// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* State-changing system calls identified. See change_call.h. */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "change_call.h"
#include "run.h"

unsigned int if_nametoindex(const char *name);
char *if_indextoname(unsigned int ifindex, char *name);

#define TC_BLOCK(ifindex)    (0x40000000u | (ifindex))
#define TC_TX_BLOCK(ifindex) (0x20000000u | (ifindex))

/* A rtnetlink request as it is sent */
struct request {
	union {
		struct nlmsghdr nh;
		uint8_t bytes[4096];
	};
};

static uint64_t hash_text(const char *text)
{
	uint64_t h = 14695981039346656037ull;

	while (*text)
		h = (h ^ (uint8_t)*text++) * 1099511628211ull;
	return h;
}

/* Returns false unless the call sends a rtnetlink request */
static bool request_read(const struct tracer_call *c, struct request *ret)
{
	struct msghdr msg;
	struct iovec iov = { (void *)(uintptr_t)c->args[1], c->args[2] };

	if (c->nr == SYS_sendmsg) {
		if (!tracer_read_memory(c, c->args[1], &msg, sizeof(msg)) || !msg.msg_iovlen ||
		    !tracer_read_memory(c, (unsigned long)msg.msg_iov, &iov, sizeof(iov)))
			return false;
	} else if (c->nr != SYS_sendto) {
		return false;
	}
	memset(ret, 0, sizeof(*ret));
	if (iov.iov_len < sizeof(ret->nh) || iov.iov_len > sizeof(ret->bytes) ||
	    !tracer_read_memory(c, (unsigned long)iov.iov_base, ret->bytes, iov.iov_len))
		return false;
	return ret->nh.nlmsg_type >= RTM_BASE && ret->nh.nlmsg_len <= iov.iov_len;
}

static size_t request_header(const struct request *r)
{
	switch (r->nh.nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_SETLINK:
	case RTM_DELLINK:
		return sizeof(struct ifinfomsg);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return sizeof(struct ndmsg);
	default:
		return sizeof(struct tcmsg);
	}
}

/* Calls of RTM_NEWNSID and of addresses and routes have no parent */
static bool request_changes_device(const struct request *r)
{
	switch (r->nh.nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_SETLINK:
	case RTM_DELLINK:
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		return true;
	}
	return false;
}

/* The attributes as bits; *name: IFLA_IFNAME, "" without one */
static uint64_t request_attributes(const struct request *r, char name[IFNAMSIZ])
{
	bool link = request_header(r) == sizeof(struct ifinfomsg);
	size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(request_header(r));
	uint64_t bits = 0;

	name[0] = '\0';
	while (at + sizeof(struct rtattr) <= r->nh.nlmsg_len) {
		const struct rtattr *a = (const void *)(r->bytes + at);

		if (a->rta_len < sizeof(*a))
			break;
		bits |= 1ull << (a->rta_type & 63);
		if (link && a->rta_type == IFLA_IFNAME)
			snprintf(name, IFNAMSIZ, "%s", (const char *)RTA_DATA(a));
		at += RTA_ALIGN(a->rta_len);
	}
	if (link) {
		struct ifinfomsg info;

		memcpy(&info, NLMSG_DATA(&r->nh), sizeof(info));
		bits ^= (uint64_t)info.ifi_change << 20;
	}
	return bits;
}

static uint32_t map_id_of(const struct tracer_call *c, int fd)
{
	char path[64], line[80];
	unsigned int id = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", c->pid, fd);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "map_id: %u", &id) == 1)
			break;
	if (f)
		fclose(f);
	return id;
}

/*
 * Fills *ret with a hash of the map's name. Returns false for a map that libbpf fills while it
 * loads a program ("parent_t.kconfig", ".rodata"): that is a part of the load.
 */
static bool map_read(uint32_t id, uint64_t *ret)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return true;
	bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	*ret = hash_text(info.name);
	return !strchr(info.name, '.');
}

static void read_text(const struct tracer_call *c, unsigned long address, char *ret, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && tracer_read_memory(c, address + n, ret + n, 1) && ret[n])
		n++;
	ret[n] = '\0';
}

static bool read_bpf(const struct tracer_call *c, struct change_kind *ret)
{
	union bpf_attr attr = {};
	char path[300];

	tracer_read_memory(c, c->args[1], &attr, c->args[2] < sizeof(attr) ? c->args[2] : 32);
	ret->what = c->args[0];
	switch (c->args[0]) {
	case BPF_MAP_UPDATE_BATCH:
		return map_read(map_id_of(c, attr.batch.map_fd), &ret->detail);
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
		return map_read(map_id_of(c, attr.map_fd), &ret->detail);
	case BPF_OBJ_PIN:
		read_text(c, attr.pathname, path, sizeof(path));
		ret->detail = hash_text(strrchr(path, '/') ?: path);
		return true;
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
		ret->detail = attr.attach_type;
		return true;
	case BPF_LINK_CREATE:
		ret->detail = attr.link_create.attach_type;
		return true;
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
		return true;
	}
	return false;
}

static bool read_ioctl(const struct tracer_call *c, struct change_kind *ret)
{
	struct ifreq ifr;

	if (c->args[1] != SIOCETHTOOL || !tracer_read_memory(c, c->args[2], &ifr, sizeof(ifr)) ||
	    !tracer_read_memory(c, (unsigned long)ifr.ifr_data, &ret->what, sizeof(ret->what)))
		return false;
	return ret->what == ETHTOOL_SGRO || ret->what == ETHTOOL_STSO ||
	       ret->what == ETHTOOL_SGSO || ret->what == ETHTOOL_SFEATURES;
}

/* The path of the folder or pin; of a rename the old one */
static void read_path(const struct tracer_call *c, char *ret, size_t size)
{
	bool at = c->nr == SYS_unlinkat || c->nr == SYS_renameat || c->nr == SYS_renameat2 ||
		  c->nr == SYS_mkdirat;

	read_text(c, c->args[at], ret, size);
}

bool change_call_read(const struct tracer_call *c, struct change_kind *ret)
{
	char name[IFNAMSIZ], path[300];
	struct request r;

	*ret = (struct change_kind){ .nr = c->nr };
	if (c->nr == SYS_bpf)
		return read_bpf(c, ret);
	if (c->nr == SYS_ioctl)
		return read_ioctl(c, ret);
	if (tracer_changes_files(c)) {
		read_path(c, path, sizeof(path));
		return strstr(path, "/xmacvlan/"); /* not the folder of all parents */
	}
	if (!request_read(c, &r) || !request_changes_device(&r))
		return false;
	ret->what = r.nh.nlmsg_type;
	ret->detail = request_attributes(&r, name);
	return true;
}

bool change_kinds_equal(const struct change_kind *a, const struct change_kind *b)
{
	return a->nr == b->nr && a->what == b->what && a->detail == b->detail;
}

const char *change_kind_text(const struct change_kind *k)
{
	static char text[80];

	snprintf(text, sizeof(text), "call %ld, %u, %#llx", (long)k->nr, k->what,
		 (unsigned long long)k->detail);
	return text;
}

void change_owner_read_maps(struct change_owner *o)
{
	const struct tracer_call self = { .pid = getpid() };
	char paths[4096], *path, *save;

	xmt_must("ls -d /sys/fs/bpf/xmacvlan/n*-%u/*", o->ifindex);
	snprintf(paths, sizeof(paths), "%s", xmt_output());
	o->map_count = 0;
	for (path = strtok_r(paths, "\n", &save); path; path = strtok_r(NULL, "\n", &save)) {
		int fd = bpf_obj_get(path);
		uint32_t id = fd < 0 ? 0 : map_id_of(&self, fd);

		if (id && o->map_count < CHANGE_MAX_MAPS)
			o->maps[o->map_count++] = id;
		if (fd >= 0)
			close(fd);
	}
}

static bool owner_has_map(const struct change_owner *o, uint32_t id)
{
	for (unsigned int i = 0; i < o->map_count; i++)
		if (o->maps[i] == id)
			return true;
	return false;
}

static bool owner_has_name(const struct change_owner *o, const char *name)
{
	unsigned int parent, slot;

	return !strcmp(name, o->name) || !strncmp(name, o->endpoints, strlen(o->endpoints)) ||
	       (sscanf(name, "xm%x-%x", &parent, &slot) == 2 && parent == o->ifindex);
}

/* Paths of pins have the folder nCOOKIE-IFINDEX or new-IFINDEX */
static bool owner_has_path(const struct change_owner *o, const char *path)
{
	const char *at = strstr(path, "/xmacvlan/");
	unsigned int ifindex;

	at = at ? strchr(at, '-') : NULL;
	return at && sscanf(at, "-%u", &ifindex) == 1 && ifindex == o->ifindex;
}

static bool thread_is_in(const struct tracer_call *c, const struct xmt_ns *ns)
{
	struct stat thread, named;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", c->pid);
	return !stat(path, &thread) && !fstat(ns->fd, &named) && thread.st_ino == named.st_ino;
}

/* The device's name in the namespace of the thread */
static bool owner_has_device(const struct change_owner *o, const struct tracer_call *c, int ifindex)
{
	const struct xmt_ns *ns = thread_is_in(c, o->host)   ? o->host
				  : thread_is_in(c, o->peer) ? o->peer
							     : NULL;
	char name[IFNAMSIZ];
	bool found;

	if (!ns || ifindex <= 0)
		return false;
	xmt_ns_enter(ns);
	found = if_indextoname(ifindex, name);
	xmt_ns_enter(NULL);
	return found && owner_has_name(o, name);
}

static bool request_is_of(const struct tracer_call *c, const struct change_owner *o)
{
	struct request r;
	char name[IFNAMSIZ];
	struct tcmsg tc;

	if (!request_read(c, &r))
		return false;
	request_attributes(&r, name);
	if (name[0] && owner_has_name(o, name))
		return true;
	/* All headers have the ifindex at the same place */
	memcpy(&tc, NLMSG_DATA(&r.nh), sizeof(tc));
	if (request_header(&r) == sizeof(tc) && (uint32_t)tc.tcm_ifindex == 0xffffffffu)
		return tc.tcm_parent == TC_BLOCK(o->ifindex) ||
		       tc.tcm_parent == TC_TX_BLOCK(o->ifindex);
	return owner_has_device(o, c, tc.tcm_ifindex);
}

static bool bpf_is_of(const struct tracer_call *c, const struct change_owner *o)
{
	union bpf_attr attr = {};
	char path[300];

	tracer_read_memory(c, c->args[1], &attr, c->args[2] < sizeof(attr) ? c->args[2] : 32);
	switch (c->args[0]) {
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_DELETE_ELEM:
		return owner_has_map(o, map_id_of(c, attr.map_fd));
	case BPF_OBJ_PIN:
		read_text(c, attr.pathname, path, sizeof(path));
		return owner_has_path(o, path);
	case BPF_LINK_CREATE:
		return attr.link_create.target_ifindex == o->ifindex;
	}
	return false;
}

bool change_call_is_of(const struct tracer_call *c, const struct change_owner *o)
{
	struct ifreq ifr = {};
	char path[300];

	if (c->nr == SYS_bpf)
		return bpf_is_of(c, o);
	if (c->nr == SYS_ioctl) {
		tracer_read_memory(c, c->args[2], &ifr, sizeof(ifr));
		return owner_has_name(o, ifr.ifr_name);
	}
	if (tracer_changes_files(c)) {
		read_path(c, path, sizeof(path));
		return owner_has_path(o, path);
	}
	return request_is_of(c, o);
}
