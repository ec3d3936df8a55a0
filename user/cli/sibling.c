// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/sibling.h"

/* Writes the path of the program, which lies beside this one */
static int sibling_path(const char *program, char ret[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", ret, PATH_MAX - 1);
	char *name;

	if (len < 0)
		return -errno;
	ret[len] = '\0';
	name = strrchr(ret, '/') + 1;
	if (strlen(program) >= (size_t)(ret + PATH_MAX - name))
		return -ENAMETOOLONG;
	strcpy(name, program);
	return 0;
}

int xm_sibling_run(const char *program, char **first, int argc, char **argv, struct xm_err *e)
{
	char path[PATH_MAX] = "", **words;
	int count = 1, err;

	while (first && first[count - 1])
		count++;
	words = calloc(count + argc + 1, sizeof(*words));
	if (!words)
		return xm_fail(e, ENOMEM, "out of memory");
	words[0] = (char *)program;
	if (first)
		memcpy(words + 1, first, (count - 1) * sizeof(*words));
	memcpy(words + count, argv, argc * sizeof(*words));
	err = sibling_path(program, path);
	if (!err) {
		execv(path, words);
		err = -errno;
	}
	free(words);
	return xm_fail(e, err, "cannot run %s: %s", path[0] ? path : program, strerror(-err));
}
