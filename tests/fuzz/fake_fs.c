// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fake files in memory (pins, /run/netns) and the descriptors of all fakes. See fuzz.h. */
#define FZ_HARNESS
#include "fakes.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define FIRST_FD  1000
#define FILES	  (-2) /* the object of files and sockets, which are no maps */
#define MAX_NODES 96
#define MAX_FDS	  96

static struct node {
	char path[160]; /* "": free */
	int obj; /* of fake_bpf.c, FILES, or -1: a folder */
} nodes[MAX_NODES];

static struct {
	bool open;
	int obj;
} fds[MAX_FDS];

static unsigned int countdown;
static int fail_with;

void fz_fs_reset(void)
{
	memset(nodes, 0, sizeof(nodes));
	memset(fds, 0, sizeof(fds));
	countdown = 0;
	fz_fs_put("/sys/fs/bpf", -1);
	fz_fs_put("/sys/fs/bpf/xmacvlan", -1);
}

void fz_fail_call(unsigned int n, int error)
{
	countdown = n;
	fail_with = error;
}

bool fz_shall_fail(void)
{
	if (!countdown || --countdown)
		return false;
	errno = fail_with;
	return true;
}

int fz_fd_open(int obj)
{
	for (int i = 0; i < MAX_FDS; i++)
		if (!fds[i].open) {
			fds[i].open = true;
			fds[i].obj = obj;
			return FIRST_FD + i;
		}
	fz_fail(__FILE__, __LINE__, "%d descriptors are open", MAX_FDS);
}

static bool is_open(int fd)
{
	return fd >= FIRST_FD && fd < FIRST_FD + MAX_FDS && fds[fd - FIRST_FD].open;
}

int fz_fd_obj(int fd)
{
	return is_open(fd) ? fds[fd - FIRST_FD].obj : -1;
}

unsigned int fz_fds(void)
{
	unsigned int n = 0;

	for (int i = 0; i < MAX_FDS; i++)
		n += fds[i].open;
	return n;
}

int fz_close(int fd)
{
	fz_check(is_open(fd), "close(%d): not open", fd);
	fds[fd - FIRST_FD].open = false;
	return 0;
}

int fz_dup(int fd)
{
	fz_check(is_open(fd), "dup(%d): not open", fd);
	return fz_shall_fail() ? -1 : fz_fd_open(fds[fd - FIRST_FD].obj);
}

static struct node *node_find(const char *path)
{
	for (int i = 0; i < MAX_NODES; i++)
		if (nodes[i].path[0] && !strcmp(nodes[i].path, path))
			return &nodes[i];
	errno = ENOENT;
	return NULL;
}

void fz_fs_put(const char *path, int obj)
{
	struct node *n = node_find(path);

	for (int i = 0; i < MAX_NODES && !n; i++)
		if (!nodes[i].path[0])
			n = &nodes[i];
	if (!n || strlen(path) >= sizeof(n->path))
		return;
	strcpy(n->path, path);
	n->obj = obj;
}

int fz_fs_obj(const char *path)
{
	struct node *n = node_find(path);

	return n ? n->obj : -1;
}

int fz_statfs(const char *path, struct statfs *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->f_type = BPF_FS_MAGIC;
	return fz_shall_fail() || !node_find(path) ? -1 : 0;
}

int fz_fstatfs(int fd, struct statfs *ret)
{
	(void)fd;
	memset(ret, 0, sizeof(*ret));
	ret->f_type = NSFS_MAGIC;
	return 0;
}

int fz_stat(const char *path, struct stat *ret)
{
	*ret = (struct stat){ .st_mode = S_IFDIR | 0700 };
	return fz_shall_fail() || !node_find(path) ? -1 : 0;
}

int fz_fstat(int fd, struct stat *ret)
{
	(void)fd;
	*ret = (struct stat){ .st_mode = S_IFDIR | 0700 };
	return 0;
}

int fz_access(const char *path)
{
	return fz_shall_fail() || !node_find(path) ? -1 : 0;
}

int fz_mkdir(const char *path, mode_t mode)
{
	(void)mode;
	if (fz_shall_fail())
		return -1;
	if (node_find(path)) {
		errno = EEXIST;
		return -1;
	}
	fz_fs_put(path, -1);
	return 0;
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && path[n] == '/';
}

int fz_rmdir(const char *path)
{
	struct node *n = node_find(path);

	if (!n || fz_shall_fail())
		return -1;
	for (int i = 0; i < MAX_NODES; i++)
		if (is_below(nodes[i].path, path)) {
			errno = ENOTEMPTY;
			return -1;
		}
	n->path[0] = '\0';
	return 0;
}

int fz_unlink(const char *path)
{
	struct node *n = node_find(path);

	if (!n || fz_shall_fail())
		return -1;
	n->path[0] = '\0';
	return 0;
}

int fz_rename(const char *from, const char *to)
{
	char path[sizeof(nodes->path) * 2];

	if (!node_find(from) || fz_shall_fail())
		return -1;
	for (int i = 0; i < MAX_NODES; i++) {
		struct node *n = &nodes[i];

		if (strcmp(n->path, from) && !is_below(n->path, from))
			continue;
		snprintf(path, sizeof(path), "%s%s", to, n->path + strlen(from));
		snprintf(n->path, sizeof(n->path), "%.*s", (int)sizeof(n->path) - 1, path);
	}
	return 0;
}

/* RENAME_NOREPLACE alone: no older major version is faked, so no folders change places */
int fz_renameat2(const char *from, const char *to, unsigned int flags)
{
	fz_check(flags == RENAME_NOREPLACE, "renameat2() with flags %u", flags);
	if (node_find(to)) {
		errno = EEXIST;
		return -1;
	}
	return fz_rename(from, to);
}

int fz_open(const char *path, int flags)
{
	(void)flags;
	if (fz_shall_fail())
		return -1;
	return node_find(path) || !strcmp(path, "/proc/self/ns/net") ||
			       !strcmp(path, "/proc/thread-self/ns/net")
		       ? fz_fd_open(FILES)
		       : -1;
}

/* The contents of a folder when it was opened: pins are removed while it is read */
struct fz_dir {
	unsigned int count, next;
	struct dirent entry;
	char names[MAX_NODES][sizeof(nodes->path)];
};

DIR *fz_opendir(const char *path)
{
	struct fz_dir *d;
	struct node *n = node_find(path);

	if (!n || fz_shall_fail())
		return NULL;
	if (n->obj >= 0) {
		errno = ENOTDIR;
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	for (int i = 0; i < MAX_NODES; i++)
		if (is_below(nodes[i].path, path) && !strchr(nodes[i].path + strlen(path) + 1, '/'))
			strcpy(d->names[d->count++], nodes[i].path + strlen(path) + 1);
	return (DIR *)d;
}

struct dirent *fz_readdir(DIR *dir)
{
	struct fz_dir *d = (struct fz_dir *)dir;

	if (d->next == d->count)
		return NULL;
	strcpy(d->entry.d_name, d->names[d->next++]);
	return &d->entry;
}

int fz_closedir(DIR *dir)
{
	free(dir);
	return 0;
}

FILE *fz_tmpfile(void)
{
	return fz_shall_fail() ? NULL : fmemopen(NULL, 1 << 16, "w+");
}

int fz_socket(void)
{
	return fz_shall_fail() ? -1 : fz_fd_open(FILES);
}

int fz_getsockopt(void *value)
{
	uint64_t cookie = 7;

	memcpy(value, &cookie, sizeof(cookie));
	return fz_shall_fail() ? -1 : 0;
}

int fz_ioctl(int fd, unsigned long request, void *arg)
{
	struct ifreq *ifr = arg;

	(void)fd;
	if (request == NS_GET_NSTYPE)
		return 0x40000000; /* CLONE_NEWNET */
	if (fz_shall_fail())
		return -1;
	if (request == SIOCETHTOOL)
		((struct ethtool_value *)ifr->ifr_data)->data = 1;
	return 0;
}

ssize_t fz_getrandom(void *buf, size_t size)
{
	static uint8_t count;

	memset(buf, ++count, size);
	return size;
}

int fz_succeed(void)
{
	return fz_shall_fail() ? -1 : 0;
}
