/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What Docker itself keeps of its networks, in the file network/files/local-kv.db below its data
 * root. The API of dockerd has it too, but does not answer while dockerd starts containers. A
 * network's options never change, so an old copy in the file is as good as the valid one.
 */
#ifndef XM_DOCKER_DATABASE_H
#define XM_DOCKER_DATABASE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct docker_database {
	char *bytes; /* NULL: the file cannot be read */
	size_t size;
};

/* Reads the file. `why` gets the reason when it cannot be read, one line, or "". */
void docker_database_read(const char *data_root, struct docker_database *ret, char why[256]);
void docker_database_free(struct docker_database *db);

/*
 * Returns what Docker keeps of the network (libnetwork's network.go, MarshalJSON()), a new
 * reference. NULL: it has nothing.
 */
json_t *docker_database_network(const struct docker_database *db, const char *id);

#endif
