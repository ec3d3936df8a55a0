// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "net/sysctl.h"

static int sysctl_open(const char *path, int *ret)
{
	*ret = open(path, O_RDWR | O_CLOEXEC);
	if (*ret < 0 && errno == EROFS)
		*ret = open(path, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

static void sysctl_path(const char *family, const char *ifname, const char *key, char *ret,
			size_t size)
{
	snprintf(ret, size, "/proc/sys/net/%s/conf/%s/%s", family, ifname, key);
}

int xm_sysctl_get(const char *family, const char *ifname, const char *key, char *ret, size_t size)
{
	char path[128];
	ssize_t len;
	int fd;

	sysctl_path(family, ifname, key, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, ret, size - 1);
	if (len < 0)
		len = -errno;
	close(fd);
	if (len < 0)
		return len;
	ret[len] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

int xm_sysctl_set(const char *family, const char *ifname, const char *key, const char *value)
{
	char path[128], old[16];
	int fd, err;
	ssize_t len;

	sysctl_path(family, ifname, key, path, sizeof(path));
	err = sysctl_open(path, &fd);
	if (err)
		return err;
	len = read(fd, old, sizeof(old) - 1);
	if (len <= 0 || (size_t)len < strlen(value) || strncmp(old, value, strlen(value)))
		err = pwrite(fd, value, strlen(value), 0) < 0 ? -errno : 0;
	close(fd);
	return err == -EBADF ? -EROFS : err;
}
