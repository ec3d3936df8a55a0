/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the two senders of small UDP */
#ifndef BENCH_UDP_H
#define BENCH_UDP_H

#include "bench.h"

#define UDP_PAYLOAD 18 /* in a frame of 64 bytes with its FCS */
#define UDP_RCVBUF  (32 << 20)

void udp_receive(struct load *load);
/* Runs the load on open sockets. 0 or a negative errno. */
int udp_measure(struct load *load, double seconds, double *value);

#endif
