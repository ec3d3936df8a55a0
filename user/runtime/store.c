// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "pins/pin_root.h"
#include "runtime/store.h"

#define STORE_FOLDER 128
/* Behind the id of what is being saved: no id has '_' */
#define STORE_NEW  "_new"
#define STORE_PATH (STORE_FOLDER + 1 + XM_STORE_ID + sizeof(STORE_NEW))

/* end: "" or STORE_NEW */
static void store_path(const char *folder, const char *id, const char *end, char ret[STORE_PATH])
{
	snprintf(ret, STORE_PATH, XM_PIN_ROOT "/%s/%s%s", folder, id, end);
}

static void store_folder(const char *folder, char ret[STORE_FOLDER])
{
	snprintf(ret, STORE_FOLDER, XM_PIN_ROOT "/%s", folder);
}

static int store_make_folder(const char *name, struct xm_err *e)
{
	char folder[STORE_FOLDER];
	int err = xm_pin_root_make(e);

	if (err)
		return err;
	store_folder(name, folder);
	return mkdir(folder, 0700) && errno != EEXIST
		       ? xm_fail(e, errno, "cannot create %s: %s", folder, strerror(errno))
		       : 0;
}

/* An array of one element, which is as long as the text with its NUL */
static int store_make_map(const char *text)
{
	uint32_t key = 0, size = strlen(text) + 1;
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xm_document", sizeof(key), size, 1, NULL);

	if (map < 0)
		return -errno;
	if (!bpf_map_update_elem(map, &key, text, BPF_ANY))
		return map;
	key = errno;
	close(map);
	return -(int)key;
}

int xm_store_save(const char *folder, const char *id, const json_t *document, struct xm_err *e)
{
	char path[STORE_PATH], new[STORE_PATH], *text;
	int map, err = store_make_folder(folder, e);

	if (err)
		return err;
	store_path(folder, id, "", path);
	store_path(folder, id, STORE_NEW, new);
	text = xm_need(json_dumps(document, JSON_COMPACT));
	map = store_make_map(text);
	free(text);
	if (map < 0)
		return xm_fail(e, map, "cannot create a map for %s: %s", path, strerror(-map));
	unlink(new); /* of a process that was killed */
	err = bpf_obj_pin(map, new) || rename(new, path) ? -errno : 0;
	close(map);
	return err ? xm_fail(e, err, "cannot pin %s: %s", path, strerror(-err)) : 0;
}

static char *store_read_text(int map)
{
	struct bpf_map_info info = {};
	uint32_t key = 0, len = sizeof(info);
	char *text;

	if (bpf_obj_get_info_by_fd(map, &info, &len))
		return NULL;
	text = xm_need(calloc(1, info.value_size + 9)); /* the kernel rounds the size to 8 */
	if (info.type == BPF_MAP_TYPE_ARRAY && !bpf_map_lookup_elem(map, &key, text))
		return text;
	free(text);
	return NULL;
}

int xm_store_load(const char *folder, const char *id, json_t **ret, struct xm_err *e)
{
	char path[STORE_PATH], *text;
	int map;

	*ret = NULL;
	store_path(folder, id, "", path);
	map = bpf_obj_get(path);
	if (map < 0 && errno == ENOENT)
		return 0;
	if (map < 0)
		return xm_fail(e, errno, "cannot open %s: %s", path, strerror(errno));
	text = store_read_text(map);
	close(map);
	*ret = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	return *ret ? 0 : xm_fail(e, EUCLEAN, "%s is no document of xmacvlan: remove it", path);
}

int xm_store_remove(const char *folder, const char *id, struct xm_err *e)
{
	char path[STORE_PATH], folder_path[STORE_FOLDER];

	store_path(folder, id, "", path);
	if (unlink(path) && errno != ENOENT)
		return xm_fail(e, errno, "cannot remove %s: %s", path, strerror(errno));
	/* The folders go with the last network, the last lease and the last endpoint */
	store_path(folder, id, STORE_NEW, path);
	unlink(path); /* of a process that was killed */
	store_folder(folder, folder_path);
	if (!rmdir(folder_path))
		rmdir(XM_PIN_ROOT);
	return 0;
}

/* A pin that takes the place of another one has an inode of its own */
int xm_store_each(const char *folder, int (*each)(const char *id, uint64_t version, void *data),
		  void *data, struct xm_err *e)
{
	char path[STORE_FOLDER];
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	store_folder(folder, path);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT
			       ? 0
			       : xm_fail(e, errno, "cannot read %s: %s", path, strerror(errno));
	while (!ret && (entry = readdir(dir)))
		if (!strpbrk(entry->d_name, "._"))
			ret = each(entry->d_name, entry->d_ino, data);
	closedir(dir);
	return ret;
}
