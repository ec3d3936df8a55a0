// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The bpffs and the folder of all pins: checks their owners and modes */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "pins/pin_root.h"

/* Another daemon that starts at the same time has the lock for an instant */
#define DAEMON_ATTEMPTS 50
#define DAEMON_PAUSE_MS 10

/*
 * Other users must not be able to rename XM_PIN_ROOT and put something in its place. A bpffs that
 * is mounted without options has mode 1777, which is sticky.
 */
static int bpffs_check_owner(struct xm_err *e)
{
	struct stat st;

	if (stat(XM_BPFFS, &st))
		return xm_fail(e, errno, "cannot examine " XM_BPFFS ": %s", strerror(errno));
	if (st.st_uid && st.st_uid != geteuid())
		return xm_fail(e, EACCES,
			       XM_BPFFS
			       " belongs to user %u, who could exchange the maps: give it to "
			       "root",
			       st.st_uid);
	if (st.st_mode & 022 && !(st.st_mode & S_ISVTX))
		return xm_fail(e, EACCES,
			       XM_BPFFS " has mode %04o, so others could exchange the maps: 0700, "
					"0711 or 1777 is needed",
			       st.st_mode & 07777);
	return 0;
}

int xm_bpffs_check(struct xm_err *e)
{
	struct statfs fs = {};

	if (statfs(XM_BPFFS, &fs) && errno != ENOENT)
		return xm_fail(e, errno, "cannot examine " XM_BPFFS ": %s", strerror(errno));
	if ((unsigned long)fs.f_type == BPF_FS_MAGIC)
		return bpffs_check_owner(e);
	return xm_fail(e, ENODEV,
		       "no bpffs on " XM_BPFFS ": mount it (mount -t bpf bpf " XM_BPFFS
		       "); under 'ip netns exec' it is hidden: use 'xmacvlan -n NETNS' instead");
}

/* Its byte: a folder has none, so that any number is good */
static off_t daemon_byte(enum xm_daemon daemon, uint64_t netns)
{
	return (daemon + netns) & INT64_MAX;
}

static struct flock daemon_sign(off_t byte, short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
}

static bool daemon_has_byte(int fd, off_t byte)
{
	struct flock sign = daemon_sign(byte, F_WRLCK);

	return !fcntl(fd, F_OFD_GETLK, &sign) && sign.l_type != F_UNLCK;
}

/*
 * Only a lock of fcntl() can be looked for without taking one. A folder is open for reading, and
 * F_RDLCK keeps nobody out: flock() keeps others from doing the same at this moment.
 */
static int daemon_take_byte(int fd, off_t byte)
{
	struct flock sign = daemon_sign(byte, F_RDLCK);
	int err = 0;

	for (int i = 0; i < DAEMON_ATTEMPTS && flock(fd, LOCK_EX | LOCK_NB); i++)
		usleep(DAEMON_PAUSE_MS * 1000);
	if (flock(fd, LOCK_EX | LOCK_NB))
		return -errno;
	if (daemon_has_byte(fd, byte))
		err = -EBUSY;
	else if (fcntl(fd, F_OFD_SETLK, &sign))
		err = -errno;
	flock(fd, LOCK_UN);
	return err;
}

int xm_daemon_lock(enum xm_daemon daemon, uint64_t netns, struct xm_err *e)
{
	int err = xm_bpffs_check(e),
	    fd = err ? -1 : open(XM_BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (err)
		return err;
	if (fd < 0)
		return xm_fail(e, errno, "cannot open " XM_BPFFS ": %s", strerror(errno));
	err = daemon_take_byte(fd, daemon_byte(daemon, netns));
	if (!err)
		return fd;
	close(fd);
	if (err == -EBUSY)
		return xm_fail(e, EBUSY, "another %s is running",
			       daemon == XM_DAEMON_WATCHER ? "xmacvland" : "xmacvlan-dhcp");
	return xm_fail(e, err, "cannot lock " XM_BPFFS ": %s", strerror(-err));
}

bool xm_daemon_is_running(enum xm_daemon daemon, uint64_t netns)
{
	int fd = open(XM_BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ret = fd >= 0 && daemon_has_byte(fd, daemon_byte(daemon, netns));

	if (fd >= 0)
		close(fd);
	return ret;
}

/* The folder's owner is the only user who can work with it: pins are mode 0600 */
static int pin_root_denied(int err, const char *what, struct xm_err *e)
{
	struct stat st;

	if (err == EACCES && !lstat(XM_PIN_ROOT, &st))
		return xm_fail(e, err,
			       "cannot %s " XM_PIN_ROOT ": it belongs to user %u, and "
			       "xmacvlan has to run as that user",
			       what, st.st_uid);
	if (err == EACCES || err == EPERM)
		return xm_fail(e, err,
			       "cannot %s " XM_PIN_ROOT ": no permission: give it to user %u, see "
			       "PRIVILEGES in xmacvlan(8)",
			       what, geteuid());
	return xm_fail(e, err, "cannot %s " XM_PIN_ROOT ": %s", what, strerror(err));
}

/*
 * Users who may write into XM_BPFFS may have put something at this place. Returns 0 when it is a
 * folder that only root and this user can change.
 */
static int pin_root_check(const struct stat *st, struct xm_err *e)
{
	if (!S_ISDIR(st->st_mode))
		return xm_fail(e, ENOTDIR, XM_PIN_ROOT " is %s, not a folder: remove it",
			       S_ISLNK(st->st_mode) ? "a symbolic link" : "a file");
	if (st->st_uid && st->st_uid != geteuid())
		return pin_root_denied(EACCES, "use", e); /* that user could exchange the maps */
	if (st->st_mode & 022)
		return xm_fail(e, EACCES,
			       XM_PIN_ROOT
			       " has mode %04o, so others could exchange the maps: look at "
			       "what is in it, then 'chmod 700'",
			       st->st_mode & 07777);
	return 0;
}

/*
 * Opens and checks XM_PIN_ROOT. Returns a file descriptor; -EAGAIN: the folder was removed
 * meanwhile; or another negative errno.
 */
static int pin_root_open(struct xm_err *e)
{
	int err, fd = open(XM_PIN_ROOT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return -EAGAIN;
	if (fd < 0) {
		err = errno;
		if (err != ELOOP && err != ENOTDIR)
			return pin_root_denied(err, "open", e);
		if (lstat(XM_PIN_ROOT, &st))
			return -EAGAIN;
		return pin_root_check(&st, e) ?: -EAGAIN;
	}
	err = fstat(fd, &st)
		      ? xm_fail(e, errno, "cannot examine " XM_PIN_ROOT ": %s", strerror(errno))
		      : pin_root_check(&st, e);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int xm_pin_root_read(DIR **ret, struct xm_err *e)
{
	struct stat st;
	int err;

	*ret = NULL;
	if (lstat(XM_PIN_ROOT, &st))
		return errno == ENOENT ? 0 : pin_root_denied(errno, "examine", e);
	err = pin_root_check(&st, e);
	if (err)
		return err;
	*ret = opendir(XM_PIN_ROOT);
	return *ret || errno == ENOENT ? 0 : pin_root_denied(errno, "read", e);
}

int xm_pin_root_make(struct xm_err *e)
{
	int fd = xm_bpffs_check(e);

	if (fd)
		return fd;
	do {
		if (mkdir(XM_PIN_ROOT, 0700) && errno != EEXIST)
			return pin_root_denied(errno, "create", e);
		fd = pin_root_open(e);
	} while (fd == -EAGAIN);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}
