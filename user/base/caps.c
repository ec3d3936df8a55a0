// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/caps.h"

struct sets {
	xm_caps effective, permitted, inheritable;
};

static int get(struct sets *ret)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	memset(ret, 0, sizeof(*ret));
	if (syscall(SYS_capget, &head, data))
		return -errno;
	ret->effective = data[0].effective | (xm_caps)data[1].effective << 32;
	ret->permitted = data[0].permitted | (xm_caps)data[1].permitted << 32;
	ret->inheritable = data[0].inheritable | (xm_caps)data[1].inheritable << 32;
	return 0;
}

static int set(const struct sets *s)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ s->effective, s->permitted, s->inheritable },
		{ s->effective >> 32, s->permitted >> 32, s->inheritable >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* Changes the effective set alone */
static int put_effective(struct sets *s, xm_caps effective)
{
	if (s->effective == effective)
		return 0;
	s->effective = effective;
	return set(s);
}

bool xm_caps_may(xm_caps caps)
{
	struct sets s;

	return !get(&s) && !(caps & ~s.permitted);
}

static const struct {
	int number;
	const char *name;
} names[] = {
	{ CAP_BPF, "CAP_BPF" },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
	{ CAP_PERFMON, "CAP_PERFMON" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ CAP_NET_BROADCAST, "CAP_NET_BROADCAST" },
};

/* Capabilities of a user namespace do not count for BPF. Without /proc nothing is known. */
static bool in_user_namespace(void)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned int inside = 0, outside = 0, count = ~0u;
	int n = f ? fscanf(f, "%u %u %u", &inside, &outside, &count) : 0;

	if (f)
		fclose(f);
	return n == 3 && (inside || outside || count != ~0u);
}

int xm_caps_need(xm_caps caps, const char *what, struct xm_err *e)
{
	char list[80] = "";
	struct sets s;

	get(&s);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t at = strlen(list);

		if (caps & ~s.permitted & XM_CAP(names[i].number))
			snprintf(list + at, sizeof(list) - at, "%s%s", at ? ", " : "", names[i].name);
	}
	if (list[0])
		return xm_fail(e, EPERM, "%s needs %s: run as root, or see PRIVILEGES in xmacvlan(8)", what, list);
	if (in_user_namespace())
		return xm_fail(e, EPERM, "%s needs CAP_BPF outside of a user namespace", what);
	return 0;
}

int xm_caps_keep(xm_caps caps)
{
	struct sets s;
	int err = get(&s);

	return err ? err : put_effective(&s, s.permitted & caps);
}

xm_caps xm_caps_raise(xm_caps caps)
{
	int before = errno;
	struct sets s;
	xm_caps more;

	more = get(&s) ? 0 : caps & s.permitted & ~s.effective;
	if (more && put_effective(&s, s.effective | more))
		more = 0;
	errno = before;
	return more;
}

void xm_caps_lower(xm_caps raised)
{
	int before = errno;
	struct sets s;

	/* It may always be lowered; only a seccomp filter could refuse, and then it was not raised */
	if (raised && !get(&s))
		put_effective(&s, s.effective & ~raised);
	errno = before;
}

static void drop_bounding(xm_caps caps)
{
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_SETPCAP));

	for (int i = 0; i < 64 && prctl(PR_CAPBSET_READ, i) >= 0; i++)
		if (!(caps & XM_CAP(i)))
			prctl(PR_CAPBSET_DROP, i);
	xm_caps_lower(raised);
}

int xm_caps_drop(xm_caps effective, xm_caps caps)
{
	struct sets s;
	int err = get(&s);

	if (err)
		return err;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	drop_bounding(caps);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	s.inheritable = 0;
	s.permitted &= caps;
	s.effective = effective & s.permitted;
	return set(&s);
}
