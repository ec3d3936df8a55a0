// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames at the highest rate. See flood.h. */
#include <bpf/bpf.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "flood.h"
#include "probe.h"
#include "prng.h"

#define BATCH	  64
#define QUIET_MS  500
#define SETTLE_MS 8000
#define ANSWER_MS 3000

struct sender {
	struct flood *f;
	struct xmt_prng prng;
	unsigned int cpu, frames; /* 0: until f->stop */
	int fd;
	unsigned long sent, refused;
};

static void pin_to_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((long)cpu < sysconf(_SC_NPROCESSORS_ONLN) ? cpu : 0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void sender_randomize_mac(struct sender *s, uint8_t *frame)
{
	uint8_t mac[6] = { 0x02, 0x77 };
	uint32_t r = xmt_rand64(&s->prng);

	memcpy(mac + 2, &r, sizeof(r));
	memcpy(frame + s->f->random_at, mac, sizeof(mac));
}

static void *sender_thread(void *arg)
{
	struct sender *s = arg;
	struct flood *f = s->f;
	uint8_t frame[FLOOD_MAX];
	unsigned int n;
	int err;

	pin_to_cpu(s->cpu);
	memcpy(frame, f->frame, f->len);
	for (n = 0; s->frames ? n < s->frames : !__atomic_load_n(&f->stop, __ATOMIC_RELAXED); n++) {
		if (f->random || f->random_at)
			sender_randomize_mac(s, frame);
		err = xmt_pkt_send(s->fd, frame, f->len);
		if (err && err != -ENOBUFS)
			xmt_die("send on %s: %s", f->dev, strerror(-err));
		if (err)
			s->refused++;
		else
			s->sent++;
		__atomic_add_fetch(&f->progress, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

void flood_run(struct flood *f)
{
	struct sender s[FLOOD_CPUS];
	pthread_t thread[FLOOD_CPUS];
	unsigned int i;

	for (i = 0; i < FLOOD_CPUS; i++) {
		s[i] = (struct sender){ .f = f, .cpu = i, .frames = f->frames / FLOOD_CPUS };
		s[i].prng.state = i;
		s[i].fd = probe_sender(f->ns, f->dev);
		if (pthread_create(&thread[i], NULL, sender_thread, &s[i]))
			xmt_die("cannot start a thread");
	}
	for (i = 0; i < FLOOD_CPUS; i++) {
		pthread_join(thread[i], NULL);
		f->sent += s[i].sent;
		f->refused += s[i].refused;
		xmt_pkt_close(&s[i].fd, 1);
	}
}

static void *single_sender_thread(void *arg)
{
	struct flood *f = arg;
	struct sender s = { .f = f, .fd = f->fd };

	sender_thread(&s);
	f->sent = s.sent;
	f->refused = s.refused;
	return NULL;
}

void flood_begin(struct flood *f)
{
	f->fd = probe_sender(f->ns, f->dev);
	if (pthread_create(&f->thread, NULL, single_sender_thread, f))
		xmt_die("cannot start a thread");
	pin_to_cpu(1);
	while (!flood_progress(f))
		usleep(1000);
}

unsigned long flood_progress(struct flood *f)
{
	return __atomic_load_n(&f->progress, __ATOMIC_RELAXED);
}

void flood_end(struct flood *f)
{
	__atomic_store_n(&f->stop, true, __ATOMIC_RELAXED);
	pthread_join(f->thread, NULL);
	xmt_pkt_close(&f->fd, 1);
}

void flood_inject(struct flood *f)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_TX },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct xdp_md ctx = { .data_end = f->len, .ingress_ifindex = xmt_ifindex(f->ns, f->dev) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->frame, .data_size_in = f->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = f->frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "nt_flood", "GPL", insns, 2, NULL), err;

	xmt_ns_enter(f->ns);
	err = fd < 0 ? fd : bpf_prog_test_run_opts(fd, &opts);
	xmt_ns_enter(NULL);
	if (err)
		xmt_die("cannot inject XDP frames: %s", strerror(-err));
	close(fd);
}

void flood_tap_open(struct flood_tap *t, const struct xmt_ns *ns, const char *dev)
{
	int least = 1;

	t->got = 0;
	t->fd = xmt_pkt_open(ns, xmt_ifindex(ns, dev), ETH_P_ALL);
	if (t->fd < 0 || setsockopt(t->fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)))
		xmt_die("packet socket on %s: %s", dev, strerror(errno));
}

/* tp_packets counts the frames that did not fit into the socket's buffer, too */
static unsigned int tap_read(struct flood_tap *t)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	if (getsockopt(t->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		xmt_die("PACKET_STATISTICS: %s", strerror(errno));
	t->got += stats.tp_packets;
	return stats.tp_packets;
}

void flood_taps_wait_quiet(struct flood_tap *t, unsigned int n)
{
	uint64_t begin = nt_now_ms(), last = begin;

	while (nt_now_ms() - last < QUIET_MS && nt_now_ms() - begin < SETTLE_MS) {
		for (unsigned int i = 0; i < n; i++)
			if (tap_read(&t[i]))
				last = nt_now_ms();
		usleep(20000);
	}
}

/* The newest kernel thread with this name: devices in other namespaces have the same names */
static int find_kernel_thread(const char *comm)
{
	DIR *proc = opendir("/proc");
	char path[300], line[32];
	struct dirent *de;
	int newest = -1;
	FILE *f;

	while (proc && (de = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", de->d_name);
		f = isdigit(de->d_name[0]) ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		if (fgets(line, sizeof(line), f) && !strncmp(line, comm, strlen(comm)) &&
		    atoi(de->d_name) > newest)
			newest = atoi(de->d_name);
		fclose(f);
	}
	if (proc)
		closedir(proc);
	return newest;
}

int flood_slow_napi(const struct xmt_ns *ns, const char *dev)
{
	struct sched_param param = {};
	char comm[32];
	cpu_set_t set;
	int pid;

	nt_one_cpu();
	snprintf(comm, sizeof(comm), "napi/%s-", dev);
	xmt_must("ip netns exec %s sh -c 'echo 1 >/sys/class/net/%s/threaded'", ns->name, dev);
	pid = find_kernel_thread(comm);
	sched_getaffinity(0, sizeof(set), &set);
	if (pid < 0 || sched_setaffinity(pid, sizeof(set), &set) ||
	    sched_setscheduler(pid, SCHED_IDLE, &param))
		xmt_die("cannot slow down the NAPI thread of %s: %s", dev, strerror(errno));
	return pid;
}

void flood_restore_napi(int thread)
{
	struct sched_param param = {};

	if (sched_setscheduler(thread, SCHED_OTHER, &param))
		xmt_die("cannot set SCHED_OTHER for thread %d: %s", thread, strerror(errno));
}

/* Whether a frame to the unicast address `mac` arrives; other frames are skipped */
static bool wait_for_frame(int fd, const uint8_t mac[6])
{
	static struct xmt_pkt pkt;
	uint64_t end = nt_now_ms() + ANSWER_MS;

	while (nt_now_ms() < end)
		if (xmt_pkt_recv(fd, &pkt, 20) > 0 && !memcmp(pkt.data, mac, 6))
			return true;
	return false;
}

unsigned int flood_exchange(const struct xmt_ns *a, const char *dev_a, const char *mac_a,
			    const struct xmt_ns *b, const char *dev_b, const char *mac_b,
			    unsigned int n)
{
	int fd_a = xmt_pkt_open(a, xmt_ifindex(a, dev_a), ETH_P_IP);
	int fd_b = xmt_pkt_open(b, xmt_ifindex(b, dev_b), ETH_P_IP);
	unsigned int answered = 0;
	uint8_t mac[2][6];

	xmt_mac_parse(mac_a, mac[0]);
	xmt_mac_parse(mac_b, mac[1]);
	for (unsigned int i = 0; i < n; i++) {
		probe_send(fd_a, mac_b, mac_a, probe_next());
		if (!wait_for_frame(fd_b, mac[1]))
			continue;
		probe_send(fd_b, mac_a, mac_b, probe_next());
		answered += wait_for_frame(fd_a, mac[0]);
	}
	xmt_pkt_close(&fd_a, 1);
	xmt_pkt_close(&fd_b, 1);
	return answered;
}
