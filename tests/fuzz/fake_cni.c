// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fakes for the CNI plugin besides rtnetlink: programs that it runs, the clock, files, namespaces.
 * See cni_world.h.
 */
#define FZ_HARNESS
#include "fakes_cni.h"

#include <errno.h>
#include <string.h>

#include "../../user/base/clock.h"
#include "../../user/net/netns.h"
#include "../../user/pins/lock.h"
#include "cni_world.h"

#define FILE_OBJ   (-2)
#define SYSCTL_OBJ (-3)
#define PIPE_OBJ   (-4)
#define CHILD	   77

struct cni_world fz_cni;
const char *const fz_cni_names[7] = { "CNI_COMMAND",	   "CNI_CONTAINERID", "CNI_NETNS",
				      "CNI_IFNAME",	   "CNI_ARGS",	      "CNI_PATH",
				      "CNI_NETNS_OVERRIDE" };
static uint64_t clock_ns;
static size_t ipam_read; /* octets of the IPAM plugin's output that have been read */

void fz_cni_begin(void)
{
	clock_ns = 0;
	ipam_read = 0;
	fz_cni.made = fz_cni.deleted = fz_cni.sessions = fz_cni.runs = 0;
}

const char *fz_cni_getenv(const char *name)
{
	for (int i = 0; i < 7; i++)
		if (!strcmp(name, fz_cni_names[i]))
			return fz_cni.env[i];
	fz_fail(__FILE__, __LINE__, "the plugin reads the variable %s", name);
}

int fz_cni_nap(const struct timespec *ts)
{
	clock_ns += ts->tv_sec * 1000000000ull + ts->tv_nsec;
	fz_check(clock_ns < 60000000000ull, "the plugin waits for more than a minute");
	return 0;
}

uint64_t xm_now_ns(void)
{
	return clock_ns;
}

int64_t xm_now_ms(void)
{
	return clock_ns / 1000000;
}

/* --- memory --- */

/* Blocks of a run with `starve`: it ends by _exit() and frees none of them */
static void *held[4096];
static unsigned int held_count;

static void *held_add(void *block)
{
	if (!fz_cni.starve || !block)
		return block;
	fz_check(held_count < sizeof(held) / sizeof(*held), "more than %u blocks are allocated",
		 held_count);
	return held[held_count++] = block;
}

/* Counts an allocation. Returns whether it has to fail. */
static bool allocation_fails(void)
{
	return ++fz_cni.mallocs == fz_cni.starve;
}

void *fz_cni_malloc(size_t size)
{
	return allocation_fails() ? NULL : held_add(malloc(size));
}

void *fz_cni_calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : held_add(calloc(count, size));
}

void *fz_cni_realloc(void *block, size_t count, size_t size)
{
	void *copy = allocation_fails() ? NULL : malloc(count * size);

	if (!copy)
		return NULL;
	if (block) /* the callers append one element */
		memcpy(copy, block, (count - 1) * size);
	fz_cni_free(block);
	return held_add(copy);
}

char *fz_cni_strdup(const char *text)
{
	return allocation_fails() ? NULL : held_add(strdup(text));
}

void fz_cni_free(void *block)
{
	for (unsigned int i = held_count; i-- > 0;)
		if (held[i] == block) {
			held[i] = held[--held_count];
			break;
		}
	free(block);
}

void fz_cni_free_all(void)
{
	while (held_count)
		free(held[--held_count]);
}

/* Only /cni has programs */
int fz_cni_stat(const char *path, struct stat *ret)
{
	bool own = !strncmp(path, "/proc/self/ns/", 14), init = !strcmp(path, "/proc/1/ns/mnt");

	memset(ret, 0, sizeof(*ret));
	ret->st_mode = S_IFREG;
	ret->st_ino = fz_cni.flags & WORLD_OWN_NETNS ? 2 : 1;
	if (init && fz_cni.other_mounts)
		ret->st_ino = 3;
	if (fz_shall_fail())
		return -1;
	errno = ENOENT;
	return own || init || !strncmp(path, "/cni/", 5) ? 0 : -1;
}

int fz_cni_fstat(int fd, struct stat *ret)
{
	(void)fd;
	memset(ret, 0, sizeof(*ret));
	ret->st_ino = 2;
	return fz_shall_fail() ? -1 : 0;
}

int fz_cni_open(const char *path)
{
	if (fz_shall_fail())
		return -1;
	errno = ENOENT;
	if (!strcmp(path, "/sys/fs/bpf"))
		return fz_fd_open(FILE_OBJ);
	return !strncmp(path, "/proc/sys/net/", 14) ? fz_fd_open(SYSCTL_OBJ) : -1;
}

/* The plugin may mount only a bpffs, and only in the mount namespace of process 1. */
int fz_cni_mount(const char *what, const char *where)
{
	fz_check(!strcmp(what, "bpf") && !strcmp(where, "/sys/fs/bpf") && !fz_cni.other_mounts,
		 "the plugin mounts %s on %s", what, where);
	if (fz_shall_fail())
		return -1;
	fz_fs_put(where, -1);
	return 0;
}

ssize_t fz_cni_write(size_t size)
{
	return fz_shall_fail() ? -1 : (ssize_t)size;
}

int fz_cni_file(void)
{
	return fz_shall_fail() ? -1 : fz_fd_open(FILE_OBJ);
}

int fz_cni_pipe(int fds[2])
{
	if (fz_shall_fail())
		return -1;
	fds[0] = fz_fd_open(PIPE_OBJ);
	fds[1] = fz_fd_open(PIPE_OBJ);
	return 0;
}

pid_t fz_cni_fork(void)
{
	if (fz_shall_fail())
		return -1;
	fz_check(!fz_cni.sessions, "an IPAM plugin runs while the engine is open");
	fz_cni.runs++;
	return CHILD;
}

pid_t fz_cni_waitpid(int *status)
{
	*status = fz_cni.ipam_status & 0x80 ? fz_cni.ipam_status & 0x0f
					    : (fz_cni.ipam_status & 3) << 8;
	return CHILD;
}

/* Reads the IPAM plugin's output in parts, or a sysctl. */
ssize_t fz_cni_read(int fd, void *buf, size_t size)
{
	size_t left = strlen(fz_cni.ipam) - ipam_read;

	if (fz_shall_fail())
		return -1;
	if (fz_fd_obj(fd) == SYSCTL_OBJ)
		return memcpy(buf, "0\n", 2), 2;
	if (fz_cni.runs > 1)
		return 0;
	size = left < size ? left : size;
	size = size > 1 ? (size + 1) / 2 : size;
	memcpy(buf, fz_cni.ipam + ipam_read, size);
	ipam_read += size;
	return size;
}

/* --- namespaces --- */

int xm_netns_open(const char *name, struct xm_err *e)
{
	return strstr(name, "none") || fz_shall_fail()
		       ? xm_fail(e, ENOENT, "no such namespace '%s'", name)
		       : fz_fd_open(FILE_OBJ);
}

int xm_netns_scope_enter(struct xm_netns_scope *scope, int fd)
{
	fz_check(fz_fd_obj(fd) == FILE_OBJ, "enters a namespace by a closed descriptor");
	if (fz_shall_fail())
		return -EPERM;
	scope->home = fz_fd_open(FILE_OBJ);
	return 0;
}

void xm_netns_scope_leave(struct xm_netns_scope *scope)
{
	fz_check(fz_fd_obj(scope->home) == FILE_OBJ,
		 "returns to a namespace by a closed descriptor");
	fz_close(scope->home);
}

const char *xm_netns_why(int err)
{
	return strerror(-err);
}

/* Two namespaces; the first one has pins */
int xm_netns_each(int (*fn)(int fd, uint64_t cookie, void *data), void *data)
{
	int ret = 0;

	for (int i = 0; i < 2 && !ret; i++) {
		int fd = fz_fd_open(FILE_OBJ);

		ret = fn(fd, WORLD_COOKIE + i, data);
		fz_close(fd);
	}
	return ret;
}

int xm_lock_take(int fd, const char *path, const struct xm_lock_wait *wait, struct xm_err *e)
{
	(void)fd;
	(void)wait;
	return fz_shall_fail() ? xm_fail(e, ETIMEDOUT, "cannot lock %s", path) : 0;
}
