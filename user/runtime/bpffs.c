// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * systemd mounts a bpffs at boot; elsewhere bpftool and others mount it when they need it, and so
 * do the plugins, but only where the mount lasts: endpoints stop when the file system of their
 * pins goes. A runtime may have a mount namespace of its own. A mount made there would go with the
 * runtime, and nobody else would see it. The mount namespace of process 1 stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/caps.h"
#include "pins/lock.h"
#include "pins/pin_root.h"
#include "runtime/bpffs.h"

#define BPFFS_REMEDY "mount it on the host (mount -t bpf bpf " XM_BPFFS ")"

static bool bpffs_is_type(int err, const struct statfs *fs)
{
	return !err && (unsigned long)fs->f_type == BPF_FS_MAGIC;
}

static bool bpffs_is_mounted(void)
{
	struct statfs fs;

	return bpffs_is_type(statfs(XM_BPFFS, &fs), &fs);
}

static bool bpffs_shares_mounts_with_init(void)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_FIND);
	struct stat ours, init;
	bool same = !stat("/proc/self/ns/mnt", &ours) && !stat("/proc/1/ns/mnt", &init) &&
		    ours.st_ino == init.st_ino && ours.st_dev == init.st_dev;

	xm_caps_lower(raised);
	return same;
}

bool xm_bpffs_missing(void)
{
	return !bpffs_is_mounted() && bpffs_shares_mounts_with_init();
}

static int bpffs_fail_mount(int err, struct xm_err *e)
{
	if (err == EPERM || err == EACCES)
		return xm_fail(e, err,
			       "no bpffs on " XM_BPFFS
			       ", and no permission to mount one: " BPFFS_REMEDY);
	return xm_fail(e, err, "no bpffs on " XM_BPFFS ", and mounting one failed: %s",
		       strerror(err));
}

/* With systemd's options */
static int bpffs_do_mount(struct xm_err *e)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_ENTER);
	int err = mount("bpf", XM_BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700")
			  ? errno
			  : 0;

	xm_caps_lower(raised);
	return err ? bpffs_fail_mount(err, e) : 0;
}

static int bpffs_lock(int fd, struct xm_err *e)
{
	const struct xm_lock_wait wait = { .ms = XM_LOCK_WAIT_MS };

	return xm_lock_take(fd, XM_BPFFS, &wait, e);
}

static int bpffs_check_lasting(struct xm_err *e)
{
	if (bpffs_shares_mounts_with_init())
		return 0;
	return xm_fail(e, ENODEV,
		       "no bpffs on " XM_BPFFS
		       ", and the runtime has other mounts than the host: a bpffs mounted there "
		       "would not last: " BPFFS_REMEDY);
}

int xm_bpffs_may_mount(struct xm_err *e)
{
	int err;

	if (bpffs_is_mounted())
		return 0;
	err = bpffs_check_lasting(e);
	if (!err && !xm_caps_may(XM_CAPS_ENTER))
		err = bpffs_fail_mount(EPERM, e);
	return err;
}

int xm_bpffs_mount(struct xm_err *e)
{
	struct statfs fs;
	int fd, err = 0;

	if (bpffs_is_mounted())
		return 0;
	/* The folder under the mount is the lock: of many plugins that start at once one mounts */
	fd = open(XM_BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return xm_fail(e, errno, "no bpffs: cannot open " XM_BPFFS ": %s", strerror(errno));
	/* The root of a bpffs mounted just now is not locked: the watcher may hold that lock */
	if (!bpffs_is_type(fstatfs(fd, &fs), &fs))
		err = bpffs_lock(fd, e);
	if (!err && !bpffs_is_mounted())
		err = bpffs_check_lasting(e);
	if (!err && !bpffs_is_mounted())
		err = bpffs_do_mount(e);
	close(fd);
	return err;
}
