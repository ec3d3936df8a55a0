// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Frames as a driver delivers them, to an endpoint's socket or to random endpoints of a crowd. */
#include <sys/socket.h>
#include <unistd.h>

#include "cases.h"
#include "udp.h"

int live_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	bool crowd = c->layout.kind == LAYOUT_CROWD;
	struct load load = {
		.send = frames_send,
		.receive = udp_receive,
		.receive_cpu = CPU_RECEIVE,
		.side = s,
	};
	struct frames frames;
	uint8_t first[6];
	int fd[2], err;

	err = sock_udp_pair(s, c->from, c->to, fd);
	if (err)
		return err;
	crowd_mac(0, first);
	frames_fill(&frames, node_mac(c->from), crowd ? first : node_mac(c->to), node_ip(c->to),
		    sock_port(fd[0]), sock_port(fd[1]));
	load.data = &frames;
	load.rx = fd[1];
	load.tx = progs_sender(crowd ? SEND_RANDOM : SEND_FIXED, c->to_first ? 1 : s->endpoints);
	err = udp_measure(&load, seconds, value);
	close(fd[0]);
	close(fd[1]);
	return err;
}
