// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cni/netns.h"
#include "net/netns.h"

static bool netns_own_is_allowed(void)
{
	const char *s = getenv("CNI_NETNS_OVERRIDE");

	return s && (!strcmp(s, "1") || !strcasecmp(s, "true"));
}

static bool netns_is_own(int fd)
{
	struct stat there, here;

	return !fstat(fd, &there) && !stat("/proc/self/ns/net", &here) &&
	       there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

int cni_netns_open(const struct cni_env *env, int *ret, struct cni_error *e)
{
	struct xm_err why = {};
	int fd;

	if (!strchr(env->netns, '/'))
		return cni_fail(e, CNI_E_NETNS, "CNI_NETNS '%s' is not a path", env->netns);
	fd = xm_netns_open(env->netns, &why);
	if (fd < 0)
		return cni_fail(e, CNI_E_NETNS, "CNI_NETNS: %s", why.text);
	if (!netns_own_is_allowed() && netns_is_own(fd)) {
		close(fd);
		return cni_fail(e, CNI_E_NETNS,
				"CNI_NETNS '%s' is the plugin's own network namespace", env->netns);
	}
	*ret = fd;
	return 0;
}
