/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `xmacvlan trace` under test: up to four endpoints e0 to e3 of p0, what trace has written, and
 * whether that is where the frames went.
 */
#ifndef NT_TRACE_FIXTURE_H
#define NT_TRACE_FIXTURE_H

#include "probe.h"

#define M_E(n)	 "02:00:00:00:00:1" #n
#define M_ALL	 "ff:ff:ff:ff:ff:ff"
#define M_FORGED "02:00:00:00:00:66"
#define M_NOBODY "02:00:00:00:00:77"
#define M_LISTED "02:00:00:00:00:88"

/* Receivers and senders, by their bits; the endpoints are 0 to 3 */
enum { TRACE_WIRE = 4, TRACE_HOST, TRACE_STATIONS };

extern struct trace_fixture {
	struct nt_net net;
	unsigned int endpoints;
	int senders[TRACE_STATIONS]; /* sockets */
	char dir[32]; /* for files of the case */
} trace;

/* The network, with a namespace for each endpoint, and the folder */
void trace_make_net(unsigned int endpoints);
/* `add eN link p0 OPTIONS`; its device is up. Opens its sender with the last endpoint. */
void trace_add(unsigned int i, const char *options);
void trace_end_net(void);

/* Whether the programs report frames */
bool trace_is_on(void);
/*
 * Starts `trace WORDS`, which writes to the file NAME of the folder, and waits until the programs
 * report frames to it
 */
void trace_start(const char *name, const char *options, const char *words);
/* Sends the signal ("TERM") and waits for its end. Returns what it has written to stderr. */
const char *trace_end(const char *name, const char *signal);
/* Checks that it has ended, or ends within ten seconds, with this one line to stderr */
void trace_check_ended(const char *name, const char *line);
/* The lines of `-j trace`; the caller frees it */
json_t *trace_lines(const char *name);

struct trace_row {
	const char *what;
	unsigned int from; /* an endpoint, TRACE_WIRE or TRACE_HOST */
	const char *dst, *src;
	const char *reason; /* NULL: none */
};

/*
 * Traces p0 and sends a frame for each row, of up to 32. Each has to be traced once, with its
 * receivers and its reason. sentinels: see struct probe_set; `off`: receivers that get none.
 */
void trace_check_rows(const struct trace_row *rows, size_t count,
		      void (*sentinels)(void *arg, uint64_t id), uint32_t off);

#endif
