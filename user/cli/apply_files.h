/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the files of `apply`. A file NAME.json and its drop-ins NAME.json.d/X.json are one
 * document: an object of a drop-in adds to the object of the file, another value replaces that of
 * the file, null removes it. Without a path the files are those of /etc/xmacvlan, /run/xmacvlan and
 * /usr/lib/xmacvlan: of the files with one name only that of the first of these folders counts, and
 * an empty one, or a link to /dev/null, stands for no file (systemd.unit(5) has the same rules).
 */
#ifndef XM_APPLY_FILES_H
#define XM_APPLY_FILES_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

struct xm_apply_file {
	char *path;
	char *text;
	json_t *json; /* an object */
};

/* A file, its drop-ins behind it in the order in which they count */
struct xm_apply_document {
	struct xm_apply_file *files;
	size_t count;
	json_t *json; /* all of them together: an object */
};

struct xm_apply_documents {
	struct xm_apply_document *list;
	size_t count;
};

/*
 * path: a file, a folder, of which *.json count in the order of their names, or NULL. Returns 0, or
 * a negative errno and fills *e: a file cannot be read, or is not an object of JSON. The caller
 * frees *ret by xm_apply_documents_free(), also after an error.
 */
int xm_apply_documents_read(const char *path, struct xm_apply_documents *ret, struct xm_err *e);
void xm_apply_documents_free(struct xm_apply_documents *all);

/* The size of a text that says where something stands */
#define XM_APPLY_WHERE 400

/*
 * Writes "FILE:LINE" of the key that the path ends in: of the last file that has the whole path.
 * path: keys, NULL behind the last. Returns ret.
 */
const char *xm_apply_where(const struct xm_apply_document *d, const char *const *path,
			   char ret[XM_APPLY_WHERE]);

#endif
