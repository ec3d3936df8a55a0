// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TCP bulk: the sender writes as fast as possible, the receiver counts the bytes it reads. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cases.h"

#define BUFFER (128 << 10)

static bool is_temporary(int error)
{
	return error == EAGAIN || error == EINTR;
}

static void tcp_send(struct load *load)
{
	static uint8_t buffer[BUFFER];

	while (!load_stopped(load))
		if (send(load->tx, buffer, BUFFER, MSG_NOSIGNAL) < 0 && !is_temporary(errno)) {
			load_error(load, -errno);
			break;
		}
	/* With SO_LINGER a reset, which discards the queued bytes */
	close(load->tx);
}

static void tcp_receive(struct load *load)
{
	static uint8_t buffer[BUFFER];
	ssize_t n;

	while (!load_stopped(load)) {
		n = recv(load->rx, buffer, BUFFER, 0);
		if (n > 0)
			load_count(load, n);
		else if (!n || !is_temporary(errno))
			break;
	}
}

int tcp_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	struct load load = {
		.send = tcp_send,
		.receive = tcp_receive,
		.receive_cpu = CPU_RECEIVE,
		.side = s,
	};
	struct window w;
	int fd[2], err;

	err = sock_tcp_pair(s, c->from, c->to, fd);
	if (err)
		return err;
	load.tx = fd[0];
	load.rx = fd[1];
	err = load_run(&load, seconds, &w);
	close(fd[1]);
	if (err)
		return err;
	value[0] = w.count * 8 / w.seconds / 1e9;
	value[1] = (w.sender + w.receiver + w.kernel) * 1e9 / w.count;
	return 0;
}
