// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/apply_files.h"
#include "cli/json_position.h"

#define SUFFIX	 ".json"
#define BOM	 "\xef\xbb\xbf"
#define FILE_MAX (16u << 20) /* octets: 16,383 endpoints take some 3 MiB */

static const char *const system_folders[] = { "/etc/xmacvlan", "/run/xmacvlan",
					      "/usr/lib/xmacvlan" };

/* Names of the files of a folder or of several, sorted */
struct names {
	char **v;
	size_t count;
};

/* FOLDER/NAME and suffix; the current folder is left out */
static char *path_join(const char *folder, const char *name, const char *suffix)
{
	size_t len = strlen(folder);
	bool here = !strcmp(folder, ".");
	const char *slash = here || (len && folder[len - 1] == '/') ? "" : "/";
	char *path;

	if (asprintf(&path, "%s%s%s%s", here ? "" : folder, slash, name, suffix) < 0)
		xm_need(NULL);
	return path;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_suffix(const char *name)
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	return len > suffix && name[0] != '.' && !strcmp(name + len - suffix, SUFFIX);
}

static bool names_have(const struct names *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (!strcmp(n->v[i], name))
			return true;
	return false;
}

/* Adds the names of *.json in the folder that are not in the list. A missing folder is empty. */
static int names_add(struct names *n, const char *folder, struct xm_err *e)
{
	DIR *d = opendir(folder);
	struct dirent *de;

	if (!d)
		return errno == ENOENT ? 0
				       : xm_fail(e, errno, "cannot read the folder %s: %s", folder,
						 strerror(errno));
	while ((de = readdir(d))) {
		if (!has_suffix(de->d_name) || names_have(n, de->d_name))
			continue;
		n->v = xm_need(realloc(n->v, (n->count + 1) * sizeof(*n->v)));
		n->v[n->count++] = xm_need(strdup(de->d_name));
	}
	closedir(d);
	if (n->count)
		qsort(n->v, n->count, sizeof(*n->v), compare_names);
	return 0;
}

static void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->v[i]);
	free(n->v);
}

/* Whether the name is in its folder; a link that leads nowhere is */
static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st) || (errno != ENOENT && errno != ENOTDIR);
}

/* What is found in a folder may be anything, and a pipe's other end may never be opened */
static int check_kind(const char *path, struct xm_err *e)
{
	const dev_t null = makedev(1, 3);
	struct stat st;

	if (stat(path, &st))
		return xm_fail_usage(e, "cannot read %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !(S_ISCHR(st.st_mode) && st.st_rdev == null))
		return xm_fail_usage(e, "%s is no regular file", path);
	return 0;
}

/* Reads a whole file. *ret is allocated and ends with NUL. */
static int file_read_text(const char *path, char **ret, struct xm_err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0, size = 0;
	ssize_t n = fd < 0 ? -1 : 1;
	char *text = NULL;

	while (n > 0 && len <= FILE_MAX) {
		size = len + 65536;
		text = xm_need(realloc(text, size + 1));
		n = read(fd, text + len, size - len);
		len += n > 0 ? n : 0;
	}
	if (n < 0)
		xm_fail_usage(e, "cannot read %s: %s", path, strerror(errno));
	else if (n > 0)
		xm_fail_usage(e, "%s is larger than %u MiB", path, FILE_MAX >> 20);
	else if (strnlen(text, len) != len)
		xm_fail_usage(e, "%s contains a NUL", path);
	if (fd >= 0)
		close(fd);
	if (n) {
		free(text);
		return -EINVAL;
	}
	text[len] = '\0';
	*ret = text;
	return 0;
}

static int text_parse(const char *path, const char *text, json_t **ret, struct xm_err *e)
{
	json_error_t why;

	if (!strncmp(text, BOM, strlen(BOM)))
		return xm_fail_usage(e, "%s:1: the file begins with a byte order mark", path);
	*ret = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	if (!*ret)
		return xm_fail_usage(e, "%s:%d: %s", path, why.line, why.text);
	if (json_is_object(*ret))
		return 0;
	json_decref(*ret);
	return xm_fail_usage(e, "%s:1: the file is not an object: {...}", path);
}

/* Appends the file to the document. An empty one is left out. */
static int document_add(struct xm_apply_document *d, const char *path, struct xm_err *e)
{
	char *text;
	json_t *json;
	int err = file_read_text(path, &text, e);

	if (err)
		return err;
	if (!text[strspn(text, " \t\r\n")]) {
		free(text);
		return 0;
	}
	err = text_parse(path, text, &json, e);
	if (err) {
		free(text);
		return err;
	}
	d->files = xm_need(realloc(d->files, (d->count + 1) * sizeof(*d->files)));
	d->files[d->count++] = (struct xm_apply_file){ xm_need(strdup(path)), text, json };
	return 0;
}

/*
 * Adds `from` to `into`: objects are merged, null removes, any other value replaces (RFC 7396, JSON
 * Merge Patch)
 */
static void merge(json_t *into, json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach(from, key, value) {
		if (json_is_null(value)) {
			json_object_del(into, key);
		} else if (json_is_object(value)) {
			if (!json_is_object(json_object_get(into, key)))
				json_object_set_new(into, key, json_object());
			merge(json_object_get(into, key), value);
		} else {
			json_object_set_new(into, key, json_deep_copy(value));
		}
	}
}

/* Adds the drop-in of the first folder that has it */
static int document_add_first(struct xm_apply_document *d, const char *const *folders,
			      size_t folder_count, const char *name, const char *drop_in,
			      struct xm_err *e)
{
	bool found = false;
	int err = 0;

	for (size_t i = 0; i < folder_count && !found; i++) {
		char *folder = path_join(folders[i], name, ".d");
		char *path = path_join(folder, drop_in, "");

		found = is_there(path);
		if (found)
			err = check_kind(path, e);
		if (found && !err)
			err = document_add(d, path, e);
		free(folder);
		free(path);
	}
	return err;
}

/* The drop-ins of a file in one folder after the other; of one name only the first counts */
static int document_add_drop_ins(struct xm_apply_document *d, const char *const *folders,
				 size_t folder_count, const char *name, struct xm_err *e)
{
	struct names names = {};
	int err = 0;

	for (size_t i = 0; i < folder_count && !err; i++) {
		char *drop_ins = path_join(folders[i], name, ".d");

		err = names_add(&names, drop_ins, e);
		free(drop_ins);
	}
	for (size_t i = 0; i < names.count && !err; i++)
		err = document_add_first(d, folders, folder_count, name, names.v[i], e);
	names_free(&names);
	return err;
}

/*
 * The file of that name in the first folder that has it, and its drop-ins of all folders. is_named:
 * the user named the file, which may be a pipe.
 */
static int document_read(struct xm_apply_documents *all, const char *const *folders,
			 size_t folder_count, const char *name, bool is_named, struct xm_err *e)
{
	struct xm_apply_document *d;
	int err = 0;

	all->list = xm_need(realloc(all->list, (all->count + 1) * sizeof(*all->list)));
	d = &all->list[all->count++];
	*d = (struct xm_apply_document){};
	for (size_t f = 0; f < folder_count; f++) {
		char *path = path_join(folders[f], name, "");
		bool found = is_there(path);

		if (found && !is_named)
			err = check_kind(path, e);
		if (found && !err)
			err = document_add(d, path, e);
		free(path);
		if (found)
			break;
	}
	if (!err && d->count)
		err = document_add_drop_ins(d, folders, folder_count, name, e);
	/* null in the file itself is a value, and a wrong one */
	d->json = d->count ? json_deep_copy(d->files[0].json) : json_object();
	for (size_t i = 1; i < d->count; i++)
		merge(d->json, d->files[i].json);
	return err;
}

static int folders_read(struct xm_apply_documents *all, const char *const *folders, size_t count,
			struct xm_err *e)
{
	struct names names = {};
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = names_add(&names, folders[i], e);
	for (size_t i = 0; i < names.count && !err; i++)
		err = document_read(all, folders, count, names.v[i], false, e);
	names_free(&names);
	return err;
}

/* A file, which may have any name, and its drop-ins */
static int file_read(struct xm_apply_documents *all, const char *path, struct xm_err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *folder =
		xm_need(slash ? strndup(path, slash == path ? 1 : slash - path) : strdup("."));
	const char *const folders[] = { folder };
	int err = access(path, F_OK) ? xm_fail_usage(e, "cannot read %s: %s", path, strerror(errno))
				     : document_read(all, folders, 1, name, true, e);

	free(folder);
	return err;
}

int xm_apply_documents_read(const char *path, struct xm_apply_documents *ret, struct xm_err *e)
{
	struct stat st;

	*ret = (struct xm_apply_documents){};
	if (!path)
		return folders_read(ret, system_folders,
				    sizeof(system_folders) / sizeof(*system_folders), e);
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return folders_read(ret, &path, 1, e);
	return file_read(ret, path, e);
}

void xm_apply_documents_free(struct xm_apply_documents *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct xm_apply_document *d = &all->list[i];

		for (size_t f = 0; f < d->count; f++) {
			free(d->files[f].path);
			free(d->files[f].text);
			json_decref(d->files[f].json);
		}
		free(d->files);
		json_decref(d->json);
	}
	free(all->list);
	*all = (struct xm_apply_documents){};
}

static bool has_path(json_t *json, const char *const *path)
{
	for (; *path && json; path++)
		json = json_object_get(json, *path);
	return json;
}

const char *xm_apply_where(const struct xm_apply_document *d, const char *const *path,
			   char ret[XM_APPLY_WHERE])
{
	size_t i = d->count;

	while (i > 1 && !has_path(d->files[i - 1].json, path))
		i--;
	if (i)
		snprintf(ret, XM_APPLY_WHERE, "%s:%u", d->files[i - 1].path,
			 xm_json_line(d->files[i - 1].text, path));
	else
		ret[0] = '\0';
	return ret;
}
