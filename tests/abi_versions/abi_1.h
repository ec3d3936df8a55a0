/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How 2.0 (abi_next.h) takes over pins of 1.0 to 1.4. 2.0 has one more word at the beginning of a
 * port, and one behind the first fields of the parent's record.
 */
#ifndef XM_ABI_1_H
#define XM_ABI_1_H

#include <string.h>

#define ABI_1_PORT_SIZE	  16
#define ABI_1_PORT_AT	  64 /* offset of the port in an endpoint's record */
#define ABI_1_RECORD_SIZE 168
#define ABI_1_PARENT_HEAD 16 /* size of the fields that are the same in every major version */
#define ABI_1_PARENT_SIZE 512
#define ABI_2_WORD	  0x32u /* value of the new words of 2.0 */

static void port_of_1(const void *from, void *to)
{
	struct xm_port *port = to;

	port->next_word = ABI_2_WORD;
	memcpy(&port->ifindex, from, ABI_1_PORT_SIZE);
}

static void endpoint_of_1(const void *from, void *to)
{
	const uint8_t *old = from;
	struct xm_endpoint_record *rec = to;
	const size_t behind = ABI_1_PORT_AT + ABI_1_PORT_SIZE;

	memcpy(rec, old, ABI_1_PORT_AT);
	port_of_1(old + ABI_1_PORT_AT, &rec->port);
	memcpy(rec->other_mac, old + behind, ABI_1_RECORD_SIZE - behind);
}

static void parent_of_1(const void *from, void *to)
{
	const uint8_t *old = from;
	struct xm_parent_record *rec = to;

	memcpy(rec, old, ABI_1_PARENT_HEAD);
	rec->next_word = ABI_2_WORD;
	memcpy(&rec->netns_cookie, old + ABI_1_PARENT_HEAD, ABI_1_PARENT_SIZE - ABI_1_PARENT_HEAD);
}

static const struct xm_major majors[] = { {
	.number = 1,
	.may_lack =
		1u << XM_MAP_NEXT_COUNTS | 1u << XM_MAP_NEIGH_OWNERS | 1u << XM_MAP_NEIGH_TAUGHT,
	.convert = { [XM_MAP_PORTS] = port_of_1,
		     [XM_MAP_ENDPOINTS] = endpoint_of_1,
		     [XM_MAP_PARENT] = parent_of_1 },
} };

#endif
