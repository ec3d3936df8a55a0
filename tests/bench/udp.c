// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Small UDP as fast as possible: by sendmmsg(), or as frames that a driver would deliver (live.c).
 * The receiver polls, so that no side has the cost of waking it. The CPU time of the polling does
 * not count.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#include "cases.h"
#include "udp.h"

#define BATCH 64

static void udp_send(struct load *load)
{
	static uint8_t payload[UDP_PAYLOAD];
	struct iovec iov = { payload, sizeof(payload) };
	struct mmsghdr msg[BATCH] = {};
	int i;

	for (i = 0; i < BATCH; i++) {
		msg[i].msg_hdr.msg_iov = &iov;
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while (!load_stopped(load))
		if (sendmmsg(load->tx, msg, BATCH, 0) < 0 && errno != EAGAIN && errno != ENOBUFS &&
		    errno != EINTR) {
			load_error(load, -errno);
			return;
		}
}

void udp_receive(struct load *load)
{
	static uint8_t payload[BATCH][UDP_PAYLOAD];
	struct mmsghdr msg[BATCH] = {};
	struct iovec iov[BATCH];
	int i, n;

	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ payload[i], sizeof(payload[i]) };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while (!load_stopped(load)) {
		n = recvmmsg(load->rx, msg, BATCH, MSG_DONTWAIT, NULL);
		if (n > 0)
			load_count(load, n);
	}
}

/* Datagrams that the socket dropped because its buffer was full */
static uint32_t socket_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = {};
	socklen_t len = sizeof(info);

	getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len);
	return info[SK_MEMINFO_DROPS];
}

int udp_measure(struct load *load, double seconds, double *value)
{
	int size = UDP_RCVBUF, err;
	struct window w;
	double total;

	setsockopt(load->rx, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	err = load_run(load, seconds, &w);
	if (err)
		return err;
	total = load->count + socket_drops(load->rx);
	value[0] = w.count / w.seconds / 1e6;
	value[1] = (w.sender + w.kernel) * 1e9 / w.count;
	value[2] = w.softirq * 1e9 / w.count;
	value[3] = 100 * (total - load->count) / total;
	return 0;
}

int udp_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct load load = {
		.send = udp_send,
		.receive = udp_receive,
		.receive_cpu = CPU_RECEIVE,
		.side = s,
	};
	int fd[2], err;

	err = sock_udp_pair(s, c->from, c->to, fd);
	if (err)
		return err;
	load.tx = fd[0];
	load.rx = fd[1];
	err = udp_measure(&load, seconds, value);
	close(fd[0]);
	close(fd[1]);
	return err;
}
