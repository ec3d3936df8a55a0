// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See net.h */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "abi.h"
#include "frames.h"
#include "net.h"

#define SENTINEL 0x53454e54u
#define ROUNDS	 3 /* of sentinels: the longest path has three hops, and each may queue */

static const __u16 protos[] = { PROTO_TEST,  ETH_P_IP,	 ETH_P_IPV6, ETH_P_ARP,
				ETH_P_PAUSE, ETH_P_LLDP, ETH_P_8021Q };
#define PROTOS (sizeof(protos) / sizeof(protos[0]))

enum { NS_PARENT, NS_OTHER, NS_COUNT };

static struct {
	int ns[NS_COUNT];
	int tx[NS_COUNT];
	struct pollfd rx[NS_COUNT * PROTOS]; /* PROTOS sockets of each namespace */
	unsigned int host_end[NET_LETTERS]; /* also 'h': the parent, 'w': w0 */
	unsigned int peer_end[NET_LETTERS];
} net;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int endpoint_ns(char letter)
{
	return letter == 'M' || letter == 'N' ? NS_OTHER : NS_PARENT;
}

static void ns_enter(int ns)
{
	if (setns(net.ns[ns], CLONE_NEWNET))
		die("setns");
}

static void sysctl_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return; /* a kernel without IPv6 */
	if (write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void ns_create(int ns)
{
	if (unshare(CLONE_NEWNET))
		die("unshare(CLONE_NEWNET)");
	net.ns[ns] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net.ns[ns] < 0)
		die("/proc/self/ns/net");
	sysctl_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	sysctl_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

static FILE *ip_batch_open(void)
{
	FILE *f = popen("ip -batch -", "w");

	if (!f)
		die("ip");
	return f;
}

static void ip_batch_run(FILE *f)
{
	if (pclose(f)) {
		fprintf(stderr, "ip -batch failed\n");
		exit(1);
	}
}

static void veth_pair_add(FILE *f, char letter)
{
	fprintf(f, "link add h%c type veth peer name p%c address 02:00:00:00:00:%02x", letter,
		letter, letter);
	if (endpoint_ns(letter) == NS_OTHER)
		fprintf(f, " netns /proc/%d/fd/%d", getpid(), net.ns[NS_OTHER]);
	/* Odd slots are in the link group. The programs find the even ones by host_ends. */
	fprintf(f, "\nlink set h%c group %u up\n", letter,
		letter != 'Q' && net_slot(letter) % 2 ? XM_LINK_GROUP_BASE + net_slot(letter) : 0);
	if (endpoint_ns(letter) == NS_PARENT && !strchr("YZQ", letter))
		fprintf(f, "link set p%c up\n", letter);
	if (letter == 'L')
		fprintf(f, "link set pL mtu %d\n", NET_SMALL_MTU);
}

static void devices_create(void)
{
	FILE *f = ip_batch_open();

	fprintf(f, "link add p0 address 02:00:00:00:00:50 type veth peer name w0\n");
	fprintf(f, "link set p0 up\nlink set w0 up\n");
	for (const char *c = NET_ENDPOINTS "Q"; *c; c++)
		veth_pair_add(f, *c);
	ip_batch_run(f);
	ns_enter(NS_OTHER);
	f = ip_batch_open();
	fprintf(f, "link set pM up\nlink set pN up\n");
	ip_batch_run(f);
	ns_enter(NS_PARENT);
}

static unsigned int device_ifindex(const char *kind, char letter)
{
	char name[IFNAMSIZ];
	unsigned int ifindex;

	snprintf(name, sizeof(name), "%s%c", kind, letter);
	ifindex = if_nametoindex(name);
	if (!ifindex)
		die(name);
	return ifindex;
}

static void devices_find(void)
{
	net.host_end['h'] = device_ifindex("p", '0');
	net.host_end['w'] = device_ifindex("w", '0');
	net.host_end['Q'] = device_ifindex("h", 'Q');
	for (const char *c = NET_ENDPOINTS; *c; c++) {
		net.host_end[(int)*c] = device_ifindex("h", *c);
		ns_enter(endpoint_ns(*c));
		net.peer_end[(int)*c] = device_ifindex("p", *c);
		ns_enter(NS_PARENT);
	}
}

/* A veth takes XDP frames only if its peer has NAPI, and GRO gives the peer end NAPI */
static void peer_gro_on(char letter)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq ifr = { .ifr_data = (void *)&value };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "p%c", letter);
	if (ioctl(net.tx[endpoint_ns(letter)], SIOCETHTOOL, &ifr))
		die("gro on");
}

static int socket_open(unsigned int proto)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(proto) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || (proto && bind(fd, (struct sockaddr *)&addr, sizeof(addr))))
		die("packet socket");
	return fd;
}

/*
 * A packet socket that is bound to a protocol is a handler of the stack and no tap: it receives
 * only what passes TC ingress.
 */
static void sockets_open(void)
{
	for (int ns = NS_PARENT; ns < NS_COUNT; ns++) {
		ns_enter(ns);
		net.tx[ns] = socket_open(0);
		for (size_t i = 0; i < PROTOS; i++)
			net.rx[ns * PROTOS + i] = (struct pollfd){
				.fd = socket_open(protos[i]),
				.events = POLLIN,
			};
	}
	ns_enter(NS_PARENT);
}

void net_init(void)
{
	cpu_set_t set;

	/* On one CPU frames are received in the order in which they were sent */
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
	ns_create(NS_OTHER);
	ns_create(NS_PARENT);
	devices_create();
	devices_find();
	sockets_open();
	for (const char *c = NET_ENDPOINTS; *c; c++)
		peer_gro_on(*c);
}

unsigned int net_ifindex(char letter)
{
	return net.host_end[(int)letter];
}

unsigned int net_slot(char letter)
{
	const char *at = strchr(NET_ENDPOINTS, letter);

	if (!letter || !at) {
		fprintf(stderr, "no endpoint %c\n", letter);
		exit(1);
	}
	return at - NET_ENDPOINTS + 1;
}

static void tc_check(int err)
{
	if (err) {
		errno = -err;
		die("tc attach");
	}
}

static void tc_attach(unsigned int ifindex, int ingress, int egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, in, .prog_fd = ingress);
	LIBBPF_OPTS(bpf_tc_opts, out, .prog_fd = egress);

	tc_check(bpf_tc_hook_create(&hook));
	tc_check(bpf_tc_attach(&hook, &in));
	if (egress < 0)
		return;
	hook.attach_point = BPF_TC_EGRESS;
	tc_check(bpf_tc_attach(&hook, &out));
}

void net_attach_tc(int parent_rx, int parent_tx, int endpoint_rx)
{
	tc_attach(net_ifindex('h'), parent_rx, parent_tx);
	for (const char *c = NET_ENDPOINTS; *c; c++)
		tc_attach(net_ifindex(*c), endpoint_rx, -1);
}

void net_attach_xdp(int parent_xdp)
{
	int ret = bpf_xdp_attach(net_ifindex('h'), parent_xdp, XDP_FLAGS_DRV_MODE, NULL);

	if (ret) {
		errno = -ret;
		die("native XDP on the parent");
	}
}

static void socket_send(int ns, unsigned int ifindex, const void *frame, unsigned int len,
			__u32 mark)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };

	if (setsockopt(net.tx[ns], SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		die("SO_MARK");
	/* ENOBUFS: TC egress dropped the frame */
	if (sendto(net.tx[ns], frame, len, 0, (struct sockaddr *)&addr, sizeof(addr)) < 0 &&
	    errno != ENOBUFS)
		die("send");
}

void net_send(char from, const void *frame, unsigned int len, __u32 mark)
{
	if (from == 'w' || from == 'h')
		socket_send(NS_PARENT, net.host_end[(int)from], frame, len, mark);
	else
		socket_send(endpoint_ns(from), net.peer_end[(int)from], frame, len, mark);
}

/* Returns the letter of the receiver; '?': nobody should receive on this device. */
static char receiver_letter(int ns, unsigned int ifindex)
{
	for (const char *c = NET_ENDPOINTS; *c; c++)
		if (endpoint_ns(*c) == ns && net.peer_end[(int)*c] == ifindex)
			return *c;
	if (ns == NS_PARENT && ifindex == net.host_end['w'])
		return 'w';
	return ns == NS_PARENT && ifindex == net.host_end['h'] ? 'h' : '?';
}

struct tally {
	__u32 cookie;
	struct received *received;
	unsigned int count;
	unsigned int sentinels;
};

static void socket_receive(int socket, struct tally *t)
{
	struct sockaddr_ll addr;
	socklen_t addr_len = sizeof(addr);
	__u8 data[FRAME_MAX + 64];
	ssize_t len;
	char who;

	len = recvfrom(net.rx[socket].fd, data, sizeof(data), 0, (struct sockaddr *)&addr,
		       &addr_len);
	if (len < 18)
		return;
	if (frame_cookie(data, len) == SENTINEL)
		t->sentinels++;
	if (frame_cookie(data, len) != t->cookie)
		return;
	who = receiver_letter(socket / PROTOS, addr.sll_ifindex);
	t->received->count[(int)who]++;
	t->received->type[(int)who] = addr.sll_pkttype;
	t->count++;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Receives until *counter is `want`, or until the timeout */
static void sockets_receive(struct tally *t, const unsigned int *counter, unsigned int want,
			    int timeout_ms)
{
	long end = now_ms() + timeout_ms;

	while (*counter < want && now_ms() < end) {
		if (poll(net.rx, NS_COUNT * PROTOS, 100) < 0 && errno != EINTR)
			die("poll");
		for (size_t i = 0; i < NS_COUNT * PROTOS; i++)
			if (net.rx[i].revents & POLLIN)
				socket_receive(i, t);
	}
}

/* Sends unicast that the programs pass unchanged. Returns the number of sentinels. */
static unsigned int sentinels_send(void)
{
	unsigned int sent = 0;
	struct frame f;

	frame_build(&f, "s>P", SENTINEL);
	socket_send(NS_PARENT, net.host_end['w'], f.data, f.len, XM_MARK_HOST);
	frame_build(&f, "s>s", SENTINEL);
	socket_send(NS_PARENT, net.host_end['h'], f.data, f.len, 0);
	for (const char *c = NET_ENDPOINTS; *c; c++)
		if (*c != 'Y' && *c != 'Z') {
			socket_send(NS_PARENT, net.host_end[(int)*c], f.data, f.len, 0);
			sent++;
		}
	return sent + 2;
}

bool net_receive(__u32 cookie, unsigned int want, struct received *ret)
{
	struct tally t = { .cookie = cookie, .received = ret };
	unsigned int sent;

	memset(ret, 0, sizeof(*ret));
	sockets_receive(&t, &t.count, want, 300);
	for (int round = 0; round < ROUNDS; round++) {
		t.sentinels = 0;
		sent = sentinels_send();
		sockets_receive(&t, &t.sentinels, sent, 2000);
		if (t.sentinels != sent)
			return false;
	}
	return true;
}
