// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The files of `apply`: JSON, drop-ins, folders. The input is files that end with FILE_END; the
 * first octet of each says which one it is. An error has to name a line of one of the files. What
 * is accepted has to be in range, and it has to be the same when it is read once more.
 */
#define FZ_HARNESS
#include "fakes_apply.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/cli/apply_want.h"
#include "fuzz.h"

#define FILE_END       0x1e
#define FILES	       8
#define FIRST_FD       1000
#define SIZE_MAX_INPUT (1 << 14)

/* In the order in which they count */
static const char *const folders[] = { "/etc/xmacvlan", "/run/xmacvlan", "/usr/lib/xmacvlan" };
static const char *const names[] = { "/a.json",		 "/b.json",	     "/a.json.d/1.json",
				     "/a.json.d/2.json", "/b.json.d/1.json", "/README" };

static struct file {
	char path[64];
	const uint8_t *data;
	size_t len, at; /* at: where the next read() begins */
	bool is_open;
} files[FILES];
static size_t file_count;

static struct file *file_find(const char *path)
{
	for (size_t i = 0; i < file_count; i++)
		if (!strcmp(files[i].path, path))
			return &files[i];
	errno = ENOENT;
	return NULL;
}

int fz_open(const char *path)
{
	struct file *f = file_find(path);

	if (!f)
		return -1;
	fz_check(!f->is_open, "%s is open", path);
	f->is_open = true;
	f->at = 0;
	return FIRST_FD + (f - files);
}

/* A file is read in two parts */
ssize_t fz_read(int fd, void *buf, size_t size)
{
	struct file *f = &files[fd - FIRST_FD];
	size_t n = f->len - f->at;

	fz_check(f->is_open, "read(%d): not open", fd);
	n = f->at ? n : (n + 1) / 2;
	n = n < size ? n : size;
	memcpy(buf, f->data + f->at, n);
	f->at += n;
	return n;
}

int fz_close(int fd)
{
	fz_check(files[fd - FIRST_FD].is_open, "close(%d): not open", fd);
	files[fd - FIRST_FD].is_open = false;
	return 0;
}

int fz_access(const char *path)
{
	return file_find(path) ? 0 : -1;
}

int fz_stat(const char *path, struct stat *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->st_mode = S_IFREG;
	return fz_access(path);
}

/* A folder that is read. There is one at a time. */
static struct {
	char path[64];
	size_t next, found;
	bool is_open;
	struct dirent entry;
} folder;

static const char *folder_has(const struct file *f)
{
	size_t len = strlen(folder.path);

	return strncmp(f->path, folder.path, len) || f->path[len] != '/' ||
			       strchr(f->path + len + 1, '/')
		       ? NULL
		       : f->path + len + 1;
}

DIR *fz_opendir(const char *path)
{
	fz_check(!folder.is_open, "opendir(%s): %s is open", path, folder.path);
	snprintf(folder.path, sizeof(folder.path), "%s", path);
	folder.next = 0;
	for (size_t i = 0; i < file_count && !folder.is_open; i++)
		folder.is_open = !strncmp(files[i].path, path, strlen(path));
	errno = ENOENT;
	return folder.is_open ? (DIR *)&folder : NULL;
}

struct dirent *fz_readdir(DIR *dir)
{
	fz_check(dir == (DIR *)&folder && folder.is_open, "readdir(): not open");
	while (folder.next < file_count) {
		const char *name = folder_has(&files[folder.next++]);

		if (!name)
			continue;
		strcpy(folder.entry.d_name, name);
		return &folder.entry;
	}
	return NULL;
}

int fz_closedir(DIR *dir)
{
	fz_check(dir == (DIR *)&folder && folder.is_open, "closedir(): not open");
	folder.is_open = false;
	return 0;
}

static void files_take(struct fz_in *in)
{
	const size_t n = sizeof(folders) / sizeof(*folders), m = sizeof(names) / sizeof(*names);

	file_count = 0;
	while (in->len && file_count < FILES) {
		uint8_t which = fz_u8(in);
		const uint8_t *end = in->len ? memchr(in->at, FILE_END, in->len) : NULL;
		size_t len = end ? (size_t)(end - in->at) : in->len;
		struct file f = { .data = in->at, .len = len };

		snprintf(f.path, sizeof(f.path), "%s%s", folders[which / m % n], names[which % m]);
		if (!file_find(f.path))
			files[file_count++] = f;
		len += end != NULL;
		in->at += len;
		in->len -= len;
	}
}

static size_t count_lines(const struct file *f)
{
	size_t lines = 1;

	for (size_t i = 0; i < f->len; i++)
		lines += f->data[i] == '\n';
	return lines;
}

/* "PATH:LINE: ..." or "cannot read PATH", "PATH is ..." */
static void check_error(int err, const struct xm_err *e)
{
	fz_check(err == -EINVAL && e->exit_code == 1, "error %d, code %d", err, e->exit_code);
	fz_check(e->text[0], "an error without a text");
	for (size_t i = 0; i < file_count; i++) {
		size_t len = strlen(files[i].path);
		const char *at = strstr(e->text, files[i].path);

		if (!at)
			continue;
		if (at == e->text && at[len] == ':') {
			unsigned long line = strtoul(at + len + 1, NULL, 10);

			fz_check(line && line <= count_lines(&files[i]), "line %lu of %zu: %s",
				 line, count_lines(&files[i]), e->text);
		}
		return;
	}
	fz_check(false, "no file is named: %s", e->text);
}

static void check_name(const char *name)
{
	size_t len = strlen(name);

	fz_check(len && len < 16 && !strpbrk(name, "/: \t\n%"), "name '%s'", name);
}

static void check_prefix(const struct xm_prefix *p)
{
	fz_check(p->len == 4 || p->len == 16, "an address of %zu octets", p->len);
	fz_check(p->bits <= p->len * 8, "%u bits of %zu octets", p->bits, p->len);
}

static void check_inside(const struct xm_inside *inside)
{
	for (size_t i = 0; i < inside->address_count; i++)
		check_prefix(&inside->addresses[i]);
	for (size_t i = 0; i < inside->route_count; i++) {
		const struct xm_route *r = &inside->routes[i];

		check_prefix(&r->dst);
		if (r->gw.len) {
			check_prefix(&r->gw);
			fz_check(r->gw.len == r->dst.len, "a gateway of another family");
		}
	}
	/* They become parts of a path */
	for (size_t i = 0; i < inside->sysctl_count; i++)
		fz_check(inside->sysctls[i].key[0] && !strpbrk(inside->sysctls[i].key, "/."),
			 "sysctl '%s'", inside->sysctls[i].key);
	for (int i = 0; i < inside->dhcp.count; i++)
		fz_check(inside->dhcp.v[i], "a word without text");
}

static void check_settings(const struct xm_settings *s)
{
	fz_check(!s->has_mode || (s->mode > XM_MODE_NONE && s->mode < XM_MODE_COUNT), "mode %u",
		 s->mode);
	fz_check(s->macaddr == XM_MACADDR_NONE || xm_settings_mode(s) == XM_MODE_SOURCE,
		 "macaddr in mode %u", xm_settings_mode(s));
	fz_check(!s->has_address || !(s->address[0] & 1), "a group address");
	for (size_t i = 0; i < s->mac_count; i++)
		fz_check(!(s->macs[i][0] & 1), "a group address in macaddr");
}

static void check_want(const struct xm_want *want)
{
	for (size_t i = 0; i < want->endpoint_count; i++) {
		const struct xm_want_endpoint *ep = &want->endpoints[i];

		check_name(ep->name);
		fz_check(!strcmp(ep->name, ep->add.name), "'%s' is '%s'", ep->name, ep->add.name);
		fz_check(ep->add.link && ep->add.link[0], "%s: no parent", ep->name);
		if (ep->add.ifname)
			check_name(ep->add.ifname);
		fz_check(ep->additional_count <= XM_MAX_ADDITIONAL_MACS, "%zu addresses",
			 ep->additional_count);
		check_settings(&ep->add.settings);
		check_inside(&ep->inside);
		for (size_t j = 0; j < i; j++)
			fz_check(strcmp(ep->name, want->endpoints[j].name), "'%s' twice", ep->name);
	}
	for (size_t i = 0; i < want->parent_count; i++) {
		fz_check(want->parents[i].name[0], "a parent without a name");
		fz_check(want->parents[i].attach.xdp <= XM_XDP_SKB, "xdp %u",
			 want->parents[i].attach.xdp);
	}
}

/* A file without drop-ins is what jansson reads there */
static void check_documents(const struct xm_apply_documents *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct xm_apply_document *d = &all->list[i];

		fz_check(json_is_object(d->json), "a document is no object");
		if (d->count == 1 && !json_object_size(d->json))
			fz_check(!json_object_size(d->files[0].json) ||
					 memmem(d->files[0].text, strlen(d->files[0].text), "null",
						4),
				 "a document is empty");
	}
}

static int read_all(const char *path, struct xm_apply_documents *documents, struct xm_want *want)
{
	struct xm_err e = {};
	int err = xm_apply_documents_read(path, documents, &e);

	if (!err)
		check_documents(documents);
	if (!err)
		err = xm_want_read(documents, want, &e);
	if (err)
		check_error(err, &e);
	else
		check_want(want);
	return err;
}

static void check_same(const struct xm_want *a, const struct xm_want *b)
{
	fz_check(a->endpoint_count == b->endpoint_count && a->parent_count == b->parent_count,
		 "another number of endpoints or parents");
	for (size_t i = 0; i < a->endpoint_count; i++) {
		const struct xm_word_list *x = &a->endpoints[i].words, *y = &b->endpoints[i].words;

		fz_check(x->count == y->count, "another number of words");
		for (int j = 0; j < x->count; j++)
			fz_check(!strcmp(x->v[j], y->v[j]), "'%s' is '%s'", x->v[j], y->v[j]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_in in = { data, size };
	struct xm_apply_documents documents[2];
	struct xm_want want[2] = {};
	const char *path;
	int err[2];

	if (size > SIZE_MAX_INPUT)
		return 0;
	/* All folders; or the first file alone, which may have drop-ins */
	path = fz_u8(&in) & 1 && size ? files[0].path : NULL;
	files_take(&in);
	if (path && !file_count)
		return 0;
	for (int i = 0; i < 2; i++)
		err[i] = read_all(path, &documents[i], &want[i]);
	fz_check(err[0] == err[1], "%d, then %d", err[0], err[1]);
	if (!err[0])
		check_same(&want[0], &want[1]);
	for (int i = 0; i < 2; i++) {
		xm_want_free(&want[i]);
		xm_apply_documents_free(&documents[i]);
	}
	for (size_t i = 0; i < file_count; i++)
		fz_check(!files[i].is_open, "%s is open", files[i].path);
	fz_check(!folder.is_open, "%s is open", folder.path);
	return 0;
}
