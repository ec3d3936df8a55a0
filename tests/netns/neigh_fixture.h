/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `attach PARENT neigh direct`: endpoints that are IP stacks, which answer and so teach; raw frames
 * that ask and announce. A broadcast behind a frame proves who has not received it.
 */
#ifndef NT_NEIGH_FIXTURE_H
#define NT_NEIGH_FIXTURE_H

#include "nt.h"

#define NEIGH_ENDPOINTS 3
#define NEIGH_ALL	7u /* all endpoints, as a set of 1 << number */
#define NEIGH_ID(i)	(16 + (i)) /* of endpoint i: 10.9.0.ID, fd09::ID, 02:00:00:00:00:ID */
#define NEIGH_NOBODY	99 /* an id that nobody has */

enum { NEIGH_FROM_WIRE = NEIGH_ENDPOINTS, NEIGH_FROM_HOST, NEIGH_SENDERS };

struct neigh_world {
	struct nt_net net;
	struct nt_station station[NEIGH_SENDERS];
	int tx[NEIGH_SENDERS], rx[NEIGH_ENDPOINTS]; /* packet sockets */
};

/* attach: options of the parent; options: of the endpoints */
void neigh_world_make(struct neigh_world *w, const char *attach, const char *options);

/* The slot that has taught an address; 0: none. family: AF_INET or AF_INET6 */
unsigned int neigh_slot_of(int family, unsigned int id);
/* Entries of the pinned map neigh_owners or neigh_taught */
unsigned int neigh_count_entries(const char *pin);
/* Waits until the address is taught by endpoint `who`: its stack has answered */
void neigh_wait_taught(int family, unsigned int id, int who);
/* The request that makes endpoint `who` answer: its address is known afterwards */
void neigh_teach(struct neigh_world *w, int family, int who);

/* An ARP frame, by ids; `op` 1: request; spa 0: a probe. Returns its length. */
size_t neigh_fill_arp(const struct nt_station *from, uint16_t op, unsigned int spa,
		      unsigned int tpa, uint8_t frame[128]);
/*
 * A solicitation (135), or an advertisement (136) with the override flag to all nodes. source 0:
 * duplicate address detection. Returns the length.
 */
size_t neigh_fill_nd(const struct nt_station *from, uint8_t type, unsigned int source,
		     unsigned int target, uint8_t frame[128]);
/* A request of either family, from a station: number of the endpoint, or NEIGH_FROM_… */
size_t neigh_fill_request(const struct neigh_world *w, int family, int from, unsigned int source,
			  unsigned int target, uint8_t frame[128]);

/* Whether the socket has received the frame; reads up to a sentinel, which the wire broadcasts */
bool neigh_frame_arrived(struct neigh_world *w, int fd, const uint8_t *frame, size_t len);
/* Sends a frame. Returns the set of endpoints that receive it. */
unsigned int neigh_send_frame(struct neigh_world *w, int from, const uint8_t *frame, size_t len);
/* Checks which endpoints receive a request of the station for the address `target` */
void neigh_check_request(struct neigh_world *w, int family, int from, unsigned int target,
			 unsigned int expected, const char *what);

#endif
