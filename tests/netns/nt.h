/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What all tests with real traffic share: cases, the command under test, the topology. */
#ifndef NT_H
#define NT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "link.h"
#include "ns.h"
#include "run.h"

#define NT_WIRE_MAC  "02:00:00:00:00:01"
#define NT_HOST_MAC  "02:00:00:00:00:02"
#define NT_MAX_PEERS 9

/*
 * One case: a function in a process of its own, with a bpffs of its own, so that cases (and other
 * runs on the machine) do not see each other's pins. Its namespaces are deleted when it ends,
 * however it ends.
 */
struct nt_case {
	const char *name;
	unsigned int timeout_s;
	void (*run)(void);
};

/* A whole program: the cases whose names contain argv[1], or all. Does not return. */
void nt_main(int argc, char **argv, const struct nt_case *cases, unsigned int n)
	__attribute__((noreturn));

/* Index of the running case in `cases` */
unsigned int nt_index(void);

/* Seed of a test's random numbers: $XMT_SEED, else another one each time. Printed. */
uint64_t nt_seed(void);

/* Path of the command under test: $XMACVLAN or the one of this build. */
const char *nt_bin(void);

/* Run `xmacvlan -n NS ...` (never longer than 20 s). Returns the exit code, 124 when it hung. */
int nt_xm(const struct xmt_ns *ns, const char *fmt, ...) XMT_PRINTF(2, 3);
/* The same; ends the case when the exit code is not 0. */
void nt_xm_must(const struct xmt_ns *ns, const char *fmt, ...) XMT_PRINTF(2, 3);
/* Run it with -j; stdout alone, as one JSON document. NULL when it is none. */
json_t *nt_xm_json(const struct xmt_ns *ns, const char *fmt, ...) XMT_PRINTF(2, 3);

/* Number at "stats64.rx.packets" of `-s show NAME`; -1 when there is none. */
long long nt_number(const struct xmt_ns *ns, const char *name, const char *path);

/* Wire namespace with w0, host namespace with p0, `peers` namespaces for peer ends. lo is up. */
struct nt_net {
	struct xmt_ns wire, host, peer[NT_MAX_PEERS];
	unsigned int peers;
};

void nt_net(struct nt_net *net, unsigned int peers, unsigned int ns_flags);

/* Who takes part in IP traffic: 10.9.0.<id>, fd09::<id> on `dev`, MAC 02:00:00:00:00:<id> */
struct nt_station {
	const struct xmt_ns *ns;
	char dev[16];
	unsigned int id;
	uint8_t mac[6];
};

#define NT_ID_WIRE 1
#define NT_ID_HOST 2

/* Station of a device that is up: gives it its addresses, no DAD. */
void nt_station(struct nt_station *s, const struct xmt_ns *ns, const char *dev, unsigned int id);
/* w0 and p0 as stations */
void nt_stations(const struct nt_net *net, struct nt_station *wire, struct nt_station *host);
/* `xmacvlan add DEV link p0 address 02:..:ID OPTIONS`, peer end in `ns`, up, as a station. */
void nt_endpoint(const struct nt_net *net, struct nt_station *s, const struct xmt_ns *ns,
		 const char *dev, unsigned int id, const char *options);

/* Whether the namespace has the device; its MAC as text (static buffer) or "" */
bool nt_exists(const struct xmt_ns *ns, const char *dev);

/* Milliseconds of a monotonic clock. */
uint64_t nt_now_ms(void);

/*
 * Waits until the kernel's linkwatch has told the operstate of all veths of the namespace. Until then one
 * whose other end has come up has a carrier but no queue, and drops what is sent through it.
 */
void nt_settle(const struct xmt_ns *host);

/* Stay on one CPU, so that frames are handled in the order in which they are sent. */
void nt_one_cpu(void);

#endif
