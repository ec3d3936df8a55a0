// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
	char path[128], old[24];
	int fd, err;
	ssize_t len;

	sysctl_path(family, ifname, key, path, sizeof(path));
	err = sysctl_open(path, &fd);
	if (err)
		return err;
	len = read(fd, old, sizeof(old) - 1);
	old[len > 0 ? len : 0] = '\0';
	old[strcspn(old, "\n")] = '\0';
	if (strcmp(old, value) != 0)
		err = pwrite(fd, value, strlen(value), 0) < 0 ? -errno : 0;
	close(fd);
	return err == -EBADF ? -EROFS : err;
}

static int is_writable_file(int folder, const struct dirent *de)
{
	struct stat st;

	return !fstatat(folder, de->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
	       st.st_mode & S_IWUSR;
}

int xm_sysctl_each(const char *family, const char *ifname,
		   int (*each)(const char *family, const char *key, void *data), void *data)
{
	struct dirent **list;
	int n, folder, err = 0;
	char path[128];

	sysctl_path(family, ifname, "", path, sizeof(path));
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	n = scandirat(folder, ".", &list, NULL, alphasort);
	if (n < 0)
		err = -errno;
	for (int i = 0; i < n; i++) {
		if (err >= 0 && is_writable_file(folder, list[i]))
			err = each(family, list[i]->d_name, data);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	close(folder);
	return err;
}
