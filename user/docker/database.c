// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "docker/database.h"
#include "docker/id.h"
#include "plugin/json.h"

#define DATABASE_FILE "network/files/local-kv.db"
#define DATABASE_MAX  (256u << 20)
/* libnetwork's datastore.go: the key of a network. A page has its value behind it. */
#define DATABASE_KEY "docker/network/v1.0/network/%s/"
/* libkv's boltdb.go: a value begins with a number of eight octets */
#define DATABASE_NUMBER 8

static bool database_read_all(int fd, struct docker_database *db)
{
	ssize_t n = 1;
	size_t done = 0;

	while (done < db->size && (n = pread(fd, db->bytes + done, db->size - done, done)) > 0)
		done += n;
	db->size = done;
	return n >= 0;
}

void docker_database_read(const char *data_root, struct docker_database *ret, char why[256])
{
	char path[4096];
	struct stat st;
	int fd;

	*ret = (struct docker_database){};
	why[0] = '\0';
	snprintf(path, sizeof(path), "%s/" DATABASE_FILE, data_root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && st.st_size <= DATABASE_MAX) {
		ret->size = st.st_size;
		ret->bytes = xm_need(malloc(ret->size + 1));
	}
	if (!ret->bytes || !database_read_all(fd, ret)) {
		snprintf(why, 256, "cannot read %.200s: %s", path, strerror(errno));
		docker_database_free(ret);
	}
	if (fd >= 0)
		close(fd);
}

void docker_database_free(struct docker_database *db)
{
	free(db->bytes);
	*db = (struct docker_database){};
}

json_t *docker_database_network(const struct docker_database *db, const char *id)
{
	char key[sizeof(DATABASE_KEY) + DOCKER_ID_LEN];
	const char *at = db->bytes, *end = db->bytes + db->size;
	json_t *network = NULL;
	size_t len = snprintf(key, sizeof(key), DATABASE_KEY, id);

	/* The key alone is in pages of branches too */
	while (at && !network && (at = memmem(at, end - at, key, len))) {
		at += len;
		if (end - at > DATABASE_NUMBER)
			network = json_loadb(at + DATABASE_NUMBER, end - at - DATABASE_NUMBER,
					     JSON_DISABLE_EOF_CHECK, NULL);
		if (network && strcmp(plugin_json_text(network, "id"), id)) {
			json_decref(network);
			network = NULL;
		}
	}
	return network;
}
