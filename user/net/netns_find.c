// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Searches for network namespaces: those that a path names, a mount that this process sees or a
 * process. A namespace that only an open file or another mount namespace keeps is not found.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "net/netns.h"

/* "\040" in mountinfo is a space, and so on */
static void unescape(char *path)
{
	unsigned int octal;
	char *to = path;

	for (const char *from = path; *from; from++, to++) {
		*to = *from;
		if (*from == '\\' && sscanf(from + 1, "%3o", &octal) == 1) {
			*to = octal;
			from += 3;
		}
	}
	*to = '\0';
}

/* "1234 25 0:4 net:[4026532211] /run/netns/blue rw ..." */
int xm_netns_each_mount(int (*fn)(const char *path, ino_t ino, void *data), void *data)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096], path[4096];
	unsigned long ino;
	int ret = 0;

	while (f && !ret && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d %*d %*s net:[%lu] %4095s", &ino, path) != 2)
			continue;
		unescape(path);
		ret = fn(path, ino, data);
	}
	if (f)
		fclose(f);
	return ret;
}

static int each_process(int (*fn)(const char *path, ino_t ino, void *data), void *data)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	char path[64];
	int ret = 0;

	while (d && !ret && (de = readdir(d))) {
		xm_caps raised;
		struct stat st;
		int err;

		if (!isdigit((unsigned char)de->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/ns/net", de->d_name);
		raised = xm_caps_raise(XM_CAPS_FIND);
		err = stat(path, &st);
		xm_caps_lower(raised);
		ret = err ? 0 : fn(path, st.st_ino, data);
	}
	if (d)
		closedir(d);
	return ret;
}

int xm_netns_each_path(int (*fn)(const char *path, ino_t ino, void *data), void *data)
{
	int ret = xm_netns_each_mount(fn, data);

	return ret ? ret : each_process(fn, data);
}

/* Calls fn once for each namespace, with an open descriptor */
struct visit {
	int (*fn)(int fd, const char *path, void *data);
	void *data;
	ino_t *visited;
	size_t count;
};

static bool visit_is_repeated(const struct visit *v, ino_t ino)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->visited[i] == ino)
			return true;
	return false;
}

/* Out of memory: the namespace may be visited again */
static void visit_add(struct visit *v, ino_t ino)
{
	ino_t *more = realloc(v->visited, (v->count + 1) * sizeof(*more));

	if (!more)
		return;
	v->visited = more;
	v->visited[v->count++] = ino;
}

static int visit_path(const char *path, ino_t ino, void *data)
{
	struct visit *v = data;
	struct stat st;
	int fd, ret = 0;

	if (visit_is_repeated(v, ino))
		return 0;
	fd = xm_netns_open(path, NULL);
	if (fd < 0)
		return 0;
	/* The path may name another namespace by now: that one is visited by a path of its own */
	if (!fstat(fd, &st) && st.st_ino == ino) {
		visit_add(v, ino);
		ret = v->fn(fd, path, v->data);
	}
	close(fd);
	return ret;
}

typedef int each_path(int (*fn)(const char *path, ino_t ino, void *data), void *data);

static int visit_each(each_path *each, int (*fn)(int fd, const char *path, void *data), void *data)
{
	struct visit v = { .fn = fn, .data = data };
	int ret = each(visit_path, &v);

	free(v.visited);
	return ret;
}

struct cookie_visit {
	int (*fn)(int fd, uint64_t cookie, void *data);
	void *data;
};

static int visit_with_cookie(int fd, const char *path, void *data)
{
	struct cookie_visit *v = data;
	struct xm_netns_scope scope;
	uint64_t cookie;
	int err, inside;

	(void)path;
	if (xm_netns_scope_enter(&scope, fd))
		return 0;
	err = xm_netns_cookie(&cookie);
	/* fn may be slow: it gets a descriptor that keeps no mount busy */
	inside = xm_netns_self();
	xm_netns_scope_leave(&scope);
	if (err || inside < 0)
		return 0;
	err = v->fn(inside, cookie, v->data);
	close(inside);
	return err;
}

int xm_netns_each(int (*fn)(int fd, uint64_t cookie, void *data), void *data)
{
	struct cookie_visit v = { .fn = fn, .data = data };

	return visit_each(xm_netns_each_path, visit_with_cookie, &v);
}

/* Paths in order of the id of their namespace. A walk for every search would be n * n. */
struct id_table {
	struct id_entry {
		int32_t nsid;
		char *path;
	} * list;
	size_t count;
	bool read;
	uint64_t read_at, took; /* xm_now_ns() */
};

/*
 * Reading the tables again, for an id that was not found, takes at most 1 / READ_SHARE of the time
 */
#define READ_SHARE 20

/*
 * Names in XM_NETNS_DIR, then all mounts, then all processes: each is read only if the namespace is
 * not found in the one before. A host with 100 containers has more than 300 processes.
 */
static struct id_table named, mounted, running;

static void table_free(struct id_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->list[i].path);
	free(t->list);
	*t = (struct id_table){};
}

void xm_netns_forget(void)
{
	table_free(&named);
	table_free(&mounted);
	table_free(&running);
}

/* Out of memory: the namespace is not found */
static void table_add(struct id_table *t, int32_t nsid, const char *path)
{
	struct id_entry *more;

	if (nsid < 0)
		return;
	more = realloc(t->list, (t->count + 1) * sizeof(*more));
	if (!more)
		return;
	t->list = more;
	more[t->count] = (struct id_entry){ .nsid = nsid, .path = strdup(path) };
	t->count += more[t->count].path != NULL;
}

static int compare_ids(const void *a, const void *b)
{
	const struct id_entry *one = a, *other = b;

	return (one->nsid > other->nsid) - (one->nsid < other->nsid);
}

/* begun: xm_now_ns() when the reading began */
static void table_finish(struct id_table *t, uint64_t begun)
{
	if (t->count)
		qsort(t->list, t->count, sizeof(*t->list), compare_ids);
	t->read = true;
	t->read_at = xm_now_ns();
	t->took = t->read_at - begun;
}

static bool table_may_be_old(const struct id_table *t)
{
	return !t->read || xm_now_ns() - t->read_at >= t->took * READ_SHARE;
}

static void read_named(struct xm_nl *nl)
{
	uint64_t begun = xm_now_ns();
	DIR *d = opendir(XM_NETNS_DIR);
	struct dirent *de;
	char path[PATH_MAX];

	while (d && (de = readdir(d))) {
		int fd;

		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), XM_NETNS_DIR "/%s", de->d_name);
		fd = xm_netns_open(path, NULL);
		if (fd < 0)
			continue;
		table_add(&named, xm_netns_id(nl, fd), path);
		close(fd);
	}
	if (d)
		closedir(d);
	table_finish(&named, begun);
}

struct table_reader {
	struct id_table *table;
	struct xm_nl *nl;
};

static int add_visited(int fd, const char *path, void *data)
{
	const struct table_reader *r = data;

	table_add(r->table, xm_netns_id(r->nl, fd), path);
	return 0;
}

static void table_read(struct id_table *t, each_path *each, struct xm_nl *nl)
{
	struct table_reader r = { .table = t, .nl = nl };
	uint64_t begun = xm_now_ns();

	visit_each(each, add_visited, &r);
	table_finish(t, begun);
}

static const char *table_find(const struct id_table *t, int32_t nsid)
{
	struct id_entry key = { .nsid = nsid }, *found;

	found = t->count ? bsearch(&key, t->list, t->count, sizeof(*t->list), compare_ids) : NULL;
	return found ? found->path : NULL;
}

/* A path may name another namespace than when the table was read */
static int table_open(const struct id_table *t, struct xm_nl *nl, int32_t nsid)
{
	const char *path = table_find(t, nsid);
	int fd = path ? xm_netns_open(path, NULL) : -ENOENT;

	if (fd < 0 || xm_netns_id(nl, fd) == nsid)
		return fd;
	close(fd);
	return -ENOENT;
}

static int open_known(struct xm_nl *nl, int32_t nsid)
{
	int fd;

	if (!named.read)
		read_named(nl);
	fd = table_open(&named, nl, nsid);
	if (fd >= 0)
		return fd;
	if (!mounted.read)
		table_read(&mounted, xm_netns_each_mount, nl);
	fd = table_open(&mounted, nl, nsid);
	if (fd >= 0)
		return fd;
	if (!running.read)
		table_read(&running, each_process, nl);
	return table_open(&running, nl, nsid);
}

int xm_netns_open_nsid(struct xm_nl *nl, int32_t nsid)
{
	bool fresh = !named.read && !mounted.read && !running.read;
	int fd = open_known(nl, nsid);

	if (fd >= 0 || fresh)
		return fd;
	/*
	 * The path may be newer than the tables. But a namespace may have no path at all, and then
	 * all processes would be read again for each of them.
	 */
	if (!table_may_be_old(&named) || !table_may_be_old(&mounted) || !table_may_be_old(&running))
		return fd;
	xm_netns_forget();
	return open_known(nl, nsid);
}

const char *xm_netns_name(struct xm_nl *nl, int32_t nsid)
{
	const char *path;

	if (!named.read)
		read_named(nl);
	path = table_find(&named, nsid);
	return path ? path + strlen(XM_NETNS_DIR "/") : NULL;
}
