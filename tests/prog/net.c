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

#define SENTINEL	0x53454e54u
#define ROUNDS		3 /* the longest way has three hops, each of which queues */

static const __u16 protos[] = { PROTO_TEST, ETH_P_IP, ETH_P_IPV6, ETH_P_ARP,
				ETH_P_PAUSE, ETH_P_LLDP, ETH_P_8021Q };
#define PROTOS (sizeof(protos) / sizeof(protos[0]))

enum { NEAR, FAR, SPACES };

static struct {
	int ns[SPACES];
	int tx[SPACES];
	struct pollfd rx[SPACES * PROTOS]; /* the near namespace's first */
	unsigned int near_end[NET_LETTERS]; /* host ends, the parent, the wire, by letter */
	unsigned int far_end[NET_LETTERS]; /* peer ends */
} net;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int space_of(char letter)
{
	return letter == 'M' || letter == 'N' ? FAR : NEAR;
}

static void enter(int space)
{
	if (setns(net.ns[space], CLONE_NEWNET))
		die("setns");
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return; /* a kernel without IPv6 */
	if (write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void new_space(int space)
{
	if (unshare(CLONE_NEWNET))
		die("unshare(CLONE_NEWNET)");
	net.ns[space] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net.ns[space] < 0)
		die("/proc/self/ns/net");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

static FILE *ip_batch(void)
{
	FILE *f = popen("ip -batch -", "w");

	if (!f)
		die("ip");
	return f;
}

static void ip_run(FILE *f)
{
	if (pclose(f)) {
		fprintf(stderr, "ip -batch failed\n");
		exit(1);
	}
}

static void add_pair(FILE *f, char letter)
{
	fprintf(f, "link add h%c type veth peer name p%c address 02:00:00:00:00:%02x", letter,
		letter, letter);
	if (space_of(letter) == FAR)
		fprintf(f, " netns /proc/%d/fd/%d", getpid(), net.ns[FAR]);
	/* Every other one has its slot in the link group, the rest is found by host_ends */
	fprintf(f, "\nlink set h%c group %u up\n", letter,
		letter != 'Q' && net_slot(letter) % 2 ? XM_GROUP_BASE + net_slot(letter) : 0);
	if (space_of(letter) == NEAR && !strchr("YZQ", letter))
		fprintf(f, "link set p%c up\n", letter);
	if (letter == 'L')
		fprintf(f, "link set pL mtu %d\n", NET_SMALL_MTU);
}

static void make_devices(void)
{
	FILE *f = ip_batch();

	fprintf(f, "link add p0 address 02:00:00:00:00:50 type veth peer name w0\n");
	fprintf(f, "link set p0 up\nlink set w0 up\n");
	for (const char *c = NET_ENDPOINTS "Q"; *c; c++)
		add_pair(f, *c);
	ip_run(f);
	enter(FAR);
	f = ip_batch();
	fprintf(f, "link set pM up\nlink set pN up\n");
	ip_run(f);
	enter(NEAR);
}

static unsigned int index_of(const char *kind, char letter)
{
	char name[IFNAMSIZ];
	unsigned int ifindex;

	snprintf(name, sizeof(name), "%s%c", kind, letter);
	ifindex = if_nametoindex(name);
	if (!ifindex)
		die(name);
	return ifindex;
}

static void find_devices(void)
{
	net.near_end['h'] = index_of("p", '0');
	net.near_end['w'] = index_of("w", '0');
	net.near_end['Q'] = index_of("h", 'Q');
	for (const char *c = NET_ENDPOINTS; *c; c++) {
		net.near_end[(int)*c] = index_of("h", *c);
		enter(space_of(*c));
		net.far_end[(int)*c] = index_of("p", *c);
		enter(NEAR);
	}
}

/* GRO gives the peer end NAPI, without which a veth takes no XDP frames */
static void set_gro(char letter)
{
	struct ethtool_value value = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq ifr = { .ifr_data = (void *)&value };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "p%c", letter);
	if (ioctl(net.tx[space_of(letter)], SIOCETHTOOL, &ifr))
		die("gro on");
}

static int packet_socket(unsigned int proto)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(proto) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || (proto && bind(fd, (struct sockaddr *)&addr, sizeof(addr))))
		die("packet socket");
	return fd;
}

/*
 * Bound to a protocol a packet socket hears what gets past TC ingress: the device's stack, no tap
 */
static void open_sockets(void)
{
	for (int space = NEAR; space < SPACES; space++) {
		enter(space);
		net.tx[space] = packet_socket(0);
		for (size_t i = 0; i < PROTOS; i++)
			net.rx[space * PROTOS + i] = (struct pollfd){
				.fd = packet_socket(protos[i]),
				.events = POLLIN,
			};
	}
	enter(NEAR);
}

void net_init(void)
{
	cpu_set_t set;

	/* One CPU, so that frames are received in the order they are sent in */
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
	new_space(FAR);
	new_space(NEAR);
	make_devices();
	find_devices();
	open_sockets();
	for (const char *c = NET_ENDPOINTS; *c; c++)
		set_gro(*c);
}

unsigned int net_ifindex(char letter)
{
	return net.near_end[(int)letter];
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

static void check_attach(int err)
{
	if (err) {
		errno = -err;
		die("tc attach");
	}
}

static void attach(unsigned int ifindex, int ingress, int egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, in, .prog_fd = ingress);
	LIBBPF_OPTS(bpf_tc_opts, out, .prog_fd = egress);

	check_attach(bpf_tc_hook_create(&hook));
	check_attach(bpf_tc_attach(&hook, &in));
	if (egress < 0)
		return;
	hook.attach_point = BPF_TC_EGRESS;
	check_attach(bpf_tc_attach(&hook, &out));
}

void net_attach_tc(int parent_rx, int parent_tx, int endpoint_rx)
{
	attach(net_ifindex('h'), parent_rx, parent_tx);
	for (const char *c = NET_ENDPOINTS; *c; c++)
		attach(net_ifindex(*c), endpoint_rx, -1);
}

void net_attach_xdp(int parent_xdp)
{
	int ret = bpf_xdp_attach(net_ifindex('h'), parent_xdp, XDP_FLAGS_DRV_MODE, NULL);

	if (ret) {
		errno = -ret;
		die("native XDP on the parent");
	}
}

static void send_on(int space, unsigned int ifindex, const void *frame, unsigned int len,
		    __u32 mark)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_ifindex = ifindex };

	if (setsockopt(net.tx[space], SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		die("SO_MARK");
	/* ENOBUFS is what a sender is told whose frame TC egress dropped */
	if (sendto(net.tx[space], frame, len, 0, (struct sockaddr *)&addr, sizeof(addr)) < 0 &&
	    errno != ENOBUFS)
		die("send");
}

void net_send(char from, const void *frame, unsigned int len, __u32 mark)
{
	if (from == 'w' || from == 'h')
		send_on(NEAR, net.near_end[(int)from], frame, len, mark);
	else
		send_on(space_of(from), net.far_end[(int)from], frame, len, mark);
}

/* Who received on this device; '?' is nobody who should */
static char letter_of(int space, unsigned int ifindex)
{
	for (const char *c = NET_ENDPOINTS; *c; c++)
		if (space_of(*c) == space && net.far_end[(int)*c] == ifindex)
			return *c;
	if (space == NEAR && ifindex == net.near_end['w'])
		return 'w';
	return space == NEAR && ifindex == net.near_end['h'] ? 'h' : '?';
}

struct tally {
	__u32 cookie;
	struct heard *heard;
	unsigned int count;
	unsigned int sentinels;
};

static void receive_one(int socket, struct tally *t)
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
	who = letter_of(socket / PROTOS, addr.sll_ifindex);
	t->heard->count[(int)who]++;
	t->heard->type[(int)who] = addr.sll_pkttype;
	t->count++;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Receives until *counter has come to `want`, or time is up */
static void receive(struct tally *t, const unsigned int *counter, unsigned int want, int timeout_ms)
{
	long end = now_ms() + timeout_ms;

	while (*counter < want && now_ms() < end) {
		if (poll(net.rx, SPACES * PROTOS, 100) < 0 && errno != EINTR)
			die("poll");
		for (size_t i = 0; i < SPACES * PROTOS; i++)
			if (net.rx[i].revents & POLLIN)
				receive_one(i, t);
	}
}

/* Unicast that no program here does anything to */
static unsigned int send_sentinels(void)
{
	unsigned int sent = 0;
	struct frame f;

	frame_build(&f, "s>P", SENTINEL);
	send_on(NEAR, net.near_end['w'], f.data, f.len, XM_MARK_HOST);
	frame_build(&f, "s>s", SENTINEL);
	send_on(NEAR, net.near_end['h'], f.data, f.len, 0);
	for (const char *c = NET_ENDPOINTS; *c; c++)
		if (*c != 'Y' && *c != 'Z') {
			send_on(NEAR, net.near_end[(int)*c], f.data, f.len, 0);
			sent++;
		}
	return sent + 2;
}

bool net_listen(__u32 cookie, unsigned int want, struct heard *ret)
{
	struct tally t = { .cookie = cookie, .heard = ret };
	unsigned int sent;

	memset(ret, 0, sizeof(*ret));
	receive(&t, &t.count, want, 300);
	for (int round = 0; round < ROUNDS; round++) {
		t.sentinels = 0;
		sent = send_sentinels();
		receive(&t, &t.sentinels, sent, 2000);
		if (t.sentinels != sent)
			return false;
	}
	return true;
}
