/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules of the host that publish ports: nftables' table `inet xmacvlan_docker`. It is the only
 * place that has them. The comment of a rule says whose it is: the endpoint's name, its address,
 * the protocol, the host's address ("*": every one of the family) and the host's port.
 */
#ifndef XM_DOCKER_PUBLISHED_H
#define XM_DOCKER_PUBLISHED_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>

#include "abi.h"
#include "base/err.h"

#define DOCKER_PROTOCOL_LEN 8
#define DOCKER_ANY_ADDRESS  "*"

/* What a rule publishes */
struct docker_publication {
	char endpoint[XM_NAME_LEN];
	char address[INET6_ADDRSTRLEN]; /* the endpoint's */
	char protocol[DOCKER_PROTOCOL_LEN]; /* tcp, udp, sctp */
	char host[INET6_ADDRSTRLEN]; /* of the same family, or DOCKER_ANY_ADDRESS */
	unsigned int host_port;
};

struct docker_published {
	struct docker_publication what;
	char chain[16];
	long long handle; /* the rule's, in its chain */
};

/*
 * Lists the rules into *ret, which the caller frees. Returns their number, 0 also when there is no
 * table, or a negative errno and fills *e.
 */
int docker_published_list(struct docker_published **ret, struct xm_err *e);

/* Whether both take the same port of the same address of the host */
bool docker_published_collide(const struct docker_publication *a,
			      const struct docker_publication *b);

/*
 * A transaction: what is written between begin and commit happens at once or not at all. The rules
 * of the table stay.
 */
struct docker_transaction {
	FILE *file;
	char *text;
	size_t size;
};

void docker_transaction_begin(struct docker_transaction *t);
/* Makes the table, unless it is there */
void docker_transaction_table(const struct docker_transaction *t);
void docker_transaction_publish(const struct docker_transaction *t,
				const struct docker_publication *p, unsigned int port);
void docker_transaction_remove(const struct docker_transaction *t,
			       const struct docker_published *rule);
/* Deletes the table with all rules */
void docker_transaction_remove_table(const struct docker_transaction *t);
/* Returns 0, or a negative errno and fills *e */
int docker_transaction_commit(struct docker_transaction *t, struct xm_err *e);

#endif
