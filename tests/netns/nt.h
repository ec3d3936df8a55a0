/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For all tests with real traffic: cases, the command under test, the topology. */
#ifndef NT_H
#define NT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "link.h"
#include "ns.h"
#include "run.h"

#define NT_WIRE_MAC  "02:00:00:00:00:01"
#define NT_HOST_MAC  "02:00:00:00:00:02"
#define NT_MAX_PEERS 9

/*
 * A case is a function that runs in its own process with its own bpffs: cases and other runs on the
 * machine do not see each other's pins. Its namespaces are deleted after any end of the process.
 */
struct nt_case {
	const char *name;
	unsigned int timeout_s;
	void (*run)(void);
};

/* Runs the cases whose names contain one of the arguments, or all, and ends the program. */
void nt_main(int argc, char **argv, const struct nt_case *cases, unsigned int n)
	__attribute__((noreturn));

/* Index of the running case in `cases` */
unsigned int nt_index(void);

/* Seed of a test's random numbers: $XMT_SEED, or a new seed each time. Prints the seed. */
uint64_t nt_seed(void);

/* Path of the command under test: $XMACVLAN or the command of this build */
const char *nt_bin(void);

/* From now on, until the case ends, the command is another program */
void nt_use_bin(const char *path);

/* Runs `xmacvlan -n NS ...`, for 20 s at most. Returns the exit code, 124 after 20 s. */
int nt_xm(const struct xmt_ns *ns, const char *fmt, ...) XMT_PRINTF(2, 3);
/* As nt_xm(), but ends the case if the exit code is not 0 */
void nt_xm_must(const struct xmt_ns *ns, const char *fmt, ...) XMT_PRINTF(2, 3);
/* Runs `xmacvlan -j -s -n NS ...`. Returns its stdout as a JSON document, or NULL. */
json_t *nt_xm_json(const struct xmt_ns *ns, const char *fmt, ...) XMT_PRINTF(2, 3);

/* The number at `path` ("stats64.rx.packets") of `-j -s show NAME`, or -1 */
long long nt_number(const struct xmt_ns *ns, const char *name, const char *path);

/* Namespaces: wire with w0, host with p0 (w0's veth peer), and `peers` for peer ends; lo is up */
struct nt_net {
	struct xmt_ns wire, host, peer[NT_MAX_PEERS];
	unsigned int peers;
};

void nt_net(struct nt_net *net, unsigned int peers, unsigned int ns_flags);

/* A participant in IP traffic: `dev` with 10.9.0.<id>, fd09::<id> and MAC 02:00:00:00:00:<id> */
struct nt_station {
	const struct xmt_ns *ns;
	char dev[16];
	unsigned int id;
	uint8_t mac[6];
};

#define NT_ID_WIRE 1
#define NT_ID_HOST 2

/*
 * Makes a station of a device that is up: adds its addresses, without DAD, and waits until the
 * devices of its namespace drop no frames (nt_wait_operstate()).
 */
void nt_station(struct nt_station *s, const struct xmt_ns *ns, const char *dev, unsigned int id);
/* Makes stations of w0 and p0. */
void nt_stations(const struct nt_net *net, struct nt_station *wire, struct nt_station *host);
/* `xmacvlan add DEV link p0 address 02:..:ID OPTIONS`; the peer end in `ns` is up and a station */
void nt_endpoint(const struct nt_net *net, struct nt_station *s, const struct xmt_ns *ns,
		 const char *dev, unsigned int id, const char *options);

/* Whether the namespace has the device */
bool nt_exists(const struct xmt_ns *ns, const char *dev);

/* Changes the pinned record of p0 */
void nt_edit_record(const struct xmt_ns *host, void (*edit)(struct xm_parent_record *rec));

/* Ends the case, which counts as skipped, on a kernel without netkit. */
void nt_need_netkit(void);

/* Milliseconds of a monotonic clock. */
uint64_t nt_now_ms(void);
/*
 * A time limit in milliseconds that is `ms` on an idle machine: up to ten times as long while other
 * processes use the CPUs, and XM_SLOW times. Uses 20 ms of CPU time to find that out.
 */
uint64_t nt_busy_limit_ms(uint64_t ms);

/*
 * Waits until the kernel's linkwatch has set the operstate of all veths and netkits of the
 * namespace. Before that, one whose other end has come up has a carrier but no queue, and drops all
 * frames. Linkwatch waits for its turn and for the kernel's lock of all devices: up to 30 s.
 */
void nt_wait_operstate(const struct xmt_ns *ns);
/* The same for all namespaces of `net` */
void nt_wait_net(const struct nt_net *net);

/* Keeps the process on one CPU: frames are handled in the order in which they are sent. */
void nt_one_cpu(void);

#endif
