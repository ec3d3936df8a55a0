// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The folders of pins: one a parent, named by the cookie of its namespace and its ifindex */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "pins/pin_dir.h"
#include "pins/pin_names.h"

/* Folders of that kind beside one parent's: each is one that a stopped process is removing */
#define UNFINISHED_MAX 16

void xm_pin_dir(uint64_t netns_cookie, uint32_t ifindex, char *ret, size_t size)
{
	char name[XM_PIN_DIR_NAME_LEN];

	xm_pin_dir_name(netns_cookie, ifindex, name);
	snprintf(ret, size, XM_PIN_ROOT "/%s", name);
}

int xm_pin_open(const char *dir, const char *name)
{
	char path[1024];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

/* "new-NAME" for the folder NAME; "new-NAME-KIND-NUMBER" with a kind */
static void unfinished_path(const char *dir, const char *kind, unsigned int number,
			    char ret[XM_PIN_DIR_LEN])
{
	const char *name = dir + strlen(XM_PIN_ROOT "/");

	if (kind)
		snprintf(ret, XM_PIN_DIR_LEN, XM_PIN_ROOT "/" XM_UNFINISHED "%s-%s-%u", name, kind,
			 number);
	else
		snprintf(ret, XM_PIN_DIR_LEN, XM_PIN_ROOT "/" XM_UNFINISHED "%s", name);
}

/* --- the lock --- */

/* Returns 1 while the path leads to the open folder, 0 when it does not, or a negative errno */
static int pin_dir_is(int fd, const char *dir, struct xm_err *e)
{
	struct stat locked, named;

	if (lstat(dir, &named))
		return errno == ENOENT
			       ? 0
			       : xm_fail(e, errno, "cannot examine %s: %s", dir, strerror(errno));
	if (fstat(fd, &locked))
		return xm_fail(e, errno, "cannot examine %s: %s", dir, strerror(errno));
	return locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
}

/* -EAGAIN: the folder was renamed or removed by the process that had the lock */
static int pin_dir_lock_once(const char *dir, const struct xm_lock_wait *wait, struct xm_err *e)
{
	int err, fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return xm_fail(e, errno, "cannot open %s: %s", dir, strerror(errno));
	err = xm_lock_take(fd, dir, wait, e);
	if (!err)
		err = pin_dir_is(fd, dir, e);
	if (err > 0)
		return fd;
	close(fd);
	return err ? err : -EAGAIN;
}

int xm_pin_dir_lock(const char *dir, const struct xm_lock_wait *wait, struct xm_err *e)
{
	struct xm_lock_wait left = *wait;
	int64_t end = xm_now_ms() + wait->ms;
	int fd;

	while ((fd = pin_dir_lock_once(dir, &left, e)) == -EAGAIN)
		left.ms = end > xm_now_ms() ? end - xm_now_ms() : 0;
	return fd;
}

static const struct xm_lock_wait lock_only_try = { .ms = 0 };

/* --- removed --- */

static int pin_dir_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char path[1024];
	int err = 0;

	if (!d)
		return -errno;
	while ((de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		/* another program may have made a folder in the folder of pins */
		if (unlink(path) && (errno != EISDIR || xm_pin_dir_remove(path)) && !err)
			err = -errno;
	}
	closedir(d);
	return err;
}

int xm_pin_dir_remove(const char *dir)
{
	int err = pin_dir_empty(dir);

	if (rmdir(dir) && !err)
		err = -errno;
	return err;
}

void xm_pin_dir_sweep(const char *dir)
{
	int fd = xm_pin_dir_lock(dir, &lock_only_try, NULL);

	if (fd < 0)
		return;
	xm_pin_dir_remove(dir);
	close(fd);
}

int xm_pin_dir_rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) ? -errno : 0;
}

int xm_pin_dir_end(const char *dir)
{
	char removed[XM_PIN_DIR_LEN];
	int err = -EEXIST;

	for (unsigned int i = 0; err == -EEXIST && i < UNFINISHED_MAX; i++) {
		unfinished_path(dir, "gone", i, removed);
		err = xm_pin_dir_rename(dir, removed);
	}
	if (err)
		return err;
	return xm_pin_dir_remove(removed) ? 1 : 0;
}

/* --- made --- */

int xm_pin_dir_begin(const char *dir, char ret[XM_PIN_DIR_LEN], const struct xm_lock_wait *wait,
		     struct xm_err *e)
{
	int fd, err;

	unfinished_path(dir, NULL, 0, ret);
	do {
		if (mkdir(ret, 0700) && errno != EEXIST)
			return xm_fail(e, errno, "cannot create %s: %s", ret, strerror(errno));
		fd = xm_pin_dir_lock(ret, wait, e);
	} while (fd == -ENOENT); /* swept before it was locked */
	if (fd < 0)
		return fd;
	err = access(dir, F_OK) ? pin_dir_empty(ret) : -EEXIST;
	if (!err)
		return fd;
	rmdir(ret);
	close(fd);
	return err == -EEXIST ? err : xm_fail(e, err, "cannot empty %s: %s", ret, strerror(-err));
}

int xm_pin_dir_begin_next(const char *dir, char ret[XM_PIN_DIR_LEN], struct xm_err *e)
{
	for (unsigned int i = 0; i < UNFINISHED_MAX; i++) {
		int fd;

		unfinished_path(dir, "next", i, ret);
		xm_pin_dir_sweep(ret);
		if (mkdir(ret, 0700)) {
			if (errno == EEXIST)
				continue;
			return xm_fail(e, errno, "cannot create %s: %s", ret, strerror(errno));
		}
		fd = xm_pin_dir_lock(ret, &lock_only_try, NULL);
		if (fd >= 0)
			return fd;
	}
	return xm_fail(e, EBUSY, "cannot create %s: other processes have locked it", ret);
}

int xm_pin_dir_exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) ? -errno : 0;
}
