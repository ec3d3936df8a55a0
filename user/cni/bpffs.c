// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A bpffs where there is none. Where systemd runs there is one since boot; elsewhere bpftool and others mount
 * it when they need it, and so do we, but only where it lasts: endpoints stop when the file system that pins
 * them goes. A runtime may have a mount namespace of its own, and a mount made there would go with the runtime
 * and be seen by nobody else. The one of process 1 stays as long as anything does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/caps.h"
#include "cni/cni.h"
#include "pins/pin_dir.h"

#define HOW "mount it on the host (mount -t bpf bpf " XM_BPFFS ")"

static bool is_bpffs(int err, const struct statfs *fs)
{
	return !err && (unsigned long)fs->f_type == BPF_FS_MAGIC;
}

static bool is_mounted(void)
{
	struct statfs fs;

	return is_bpffs(statfs(XM_BPFFS, &fs), &fs);
}

static bool same_mounts_as_init(void)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_FIND);
	struct stat ours, init;
	bool same = !stat("/proc/self/ns/mnt", &ours) && !stat("/proc/1/ns/mnt", &init) &&
		    ours.st_ino == init.st_ino && ours.st_dev == init.st_dev;

	xm_caps_lower(raised);
	return same;
}

bool cni_bpffs_none(void)
{
	return !is_mounted() && same_mounts_as_init();
}

/* As systemd mounts it */
static int do_mount(struct cni_error *e)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_ENTER);
	int err = mount("bpf", XM_BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") ? errno : 0;

	xm_caps_lower(raised);
	if (err == EPERM || err == EACCES)
		return cni_fail(e, CNI_E_REFUSED, "no bpffs on " XM_BPFFS ", and no permission to mount one: " HOW);
	return err ? cni_fail(e, CNI_E_REFUSED, "no bpffs on " XM_BPFFS ", and it cannot be mounted: %s",
			      strerror(err)) : 0;
}

int cni_bpffs_need(struct cni_error *e)
{
	struct statfs fs;
	int fd, err = 0;

	if (is_mounted())
		return 0;
	/* Of many that come here at once, one mounts it: what they lock is the directory below */
	fd = open(XM_BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cni_fail(e, CNI_E_REFUSED, "no bpffs, for " XM_BPFFS " is not there: %s", strerror(errno));
	/* Not the root of one that was mounted just now: its lock is the watcher's for as long as that lives */
	if (!is_bpffs(fstatfs(fd, &fs), &fs))
		while (flock(fd, LOCK_EX) && errno == EINTR)
			;
	if (is_mounted())
		err = 0;
	else if (!same_mounts_as_init())
		err = cni_fail(e, CNI_E_REFUSED, "no bpffs on " XM_BPFFS ", and the runtime has other mounts than "
			       "the host, so one made here would not last: " HOW);
	else
		err = do_mount(e);
	close(fd);
	return err;
}
