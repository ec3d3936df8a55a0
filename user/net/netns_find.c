// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine's network namespaces, as far as a path leads to them: a mount that this process sees, a process.
 * One that lives by an open file or another mount namespace alone is not found.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/caps.h"
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
static int each_mount(int (*fn)(const char *path, ino_t ino, void *data), void *data)
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
	int ret = each_mount(fn, data);

	return ret ? ret : each_process(fn, data);
}

struct visit {
	int (*fn)(int fd, uint64_t cookie, void *data);
	void *data;
	ino_t *done;
	size_t count;
};

/* Without memory one may be visited again */
static bool was_visited(struct visit *v, ino_t ino)
{
	ino_t *more;

	for (size_t i = 0; i < v->count; i++)
		if (v->done[i] == ino)
			return true;
	more = realloc(v->done, (v->count + 1) * sizeof(*more));
	if (more) {
		v->done = more;
		v->done[v->count++] = ino;
	}
	return false;
}

static int cookie_here(void *ret)
{
	return xm_netns_cookie(ret);
}

static int visit(const char *path, ino_t ino, void *data)
{
	struct visit *v = data;
	uint64_t cookie;
	struct stat st;
	int fd, ret = 0;

	if (was_visited(v, ino))
		return 0;
	fd = xm_netns_open(path, NULL);
	if (fd < 0)
		return 0;
	/* The path may lead elsewhere by now, to one that has its own turn */
	if (!fstat(fd, &st) && st.st_ino == ino && !xm_netns_run(fd, cookie_here, &cookie))
		ret = v->fn(fd, cookie, v->data);
	close(fd);
	return ret;
}

int xm_netns_each(int (*fn)(int fd, uint64_t cookie, void *data), void *data)
{
	struct visit v = { .fn = fn, .data = data };
	int ret = xm_netns_each_path(visit, &v);

	free(v.done);
	return ret;
}
