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

static int sets_get(struct sets *ret)
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

static int sets_set(const struct sets *s)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ s->effective, s->permitted, s->inheritable },
		{ s->effective >> 32, s->permitted >> 32, s->inheritable >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* Leaves the other sets as they are */
static int sets_set_effective(struct sets *s, xm_caps effective)
{
	if (s->effective == effective)
		return 0;
	s->effective = effective;
	return sets_set(s);
}

bool xm_caps_may(xm_caps caps)
{
	struct sets s;

	return !sets_get(&s) && !(caps & ~s.permitted);
}

/* All capabilities of Linux 6.18, in the order of messages */
static const struct cap_row {
	int number;
	const char *name;
} cap_rows[] = {
#define ROW(name)                                                                                  \
	{                                                                                          \
		CAP_##name, "CAP_" #name                                                           \
	}
	ROW(AUDIT_CONTROL),   ROW(AUDIT_READ),	 ROW(AUDIT_WRITE),
	ROW(BLOCK_SUSPEND),   ROW(BPF),		 ROW(CHECKPOINT_RESTORE),
	ROW(CHOWN),	      ROW(DAC_OVERRIDE), ROW(DAC_READ_SEARCH),
	ROW(FOWNER),	      ROW(FSETID),	 ROW(IPC_LOCK),
	ROW(IPC_OWNER),	      ROW(KILL),	 ROW(LEASE),
	ROW(LINUX_IMMUTABLE), ROW(MAC_ADMIN),	 ROW(MAC_OVERRIDE),
	ROW(MKNOD),	      ROW(NET_ADMIN),	 ROW(NET_BIND_SERVICE),
	ROW(NET_BROADCAST),   ROW(NET_RAW),	 ROW(PERFMON),
	ROW(SETFCAP),	      ROW(SETGID),	 ROW(SETPCAP),
	ROW(SETUID),	      ROW(SYSLOG),	 ROW(SYS_ADMIN),
	ROW(SYS_BOOT),	      ROW(SYS_CHROOT),	 ROW(SYS_MODULE),
	ROW(SYS_NICE),	      ROW(SYS_PACCT),	 ROW(SYS_PTRACE),
	ROW(SYS_RAWIO),	      ROW(SYS_RESOURCE), ROW(SYS_TIME),
	ROW(SYS_TTY_CONFIG),  ROW(WAKE_ALARM),
#undef ROW
};

/* The kernel checks CAP_BPF in the initial user namespace. Without /proc the answer is no. */
static bool in_user_namespace(void)
{
	FILE *f = fopen("/proc/self/uid_map", "re");
	unsigned int inside = 0, outside = 0, count = ~0u;
	int n = f ? fscanf(f, "%u %u %u", &inside, &outside, &count) : 0;

	if (f)
		fclose(f);
	return n == 3 && (inside || outside || count != ~0u);
}

static void list_caps(xm_caps caps, char *ret, size_t size)
{
	ret[0] = '\0';
	for (size_t i = 0; i < sizeof(cap_rows) / sizeof(*cap_rows); i++) {
		size_t at = strlen(ret);

		if (caps & XM_CAP(cap_rows[i].number))
			snprintf(ret + at, size - at, "%s%s", at ? ", " : "", cap_rows[i].name);
	}
	if (!ret[0]) /* newer than this table */
		snprintf(ret, size, "capabilities %#llx", (unsigned long long)caps);
}

int xm_caps_need(xm_caps caps, const char *what, struct xm_err *e)
{
	struct sets s;
	char list[256];

	sets_get(&s);
	if (caps & ~s.permitted) {
		list_caps(caps & ~s.permitted, list, sizeof(list));
		return xm_fail(e, EPERM,
			       "%s needs %s: run as root, or see PRIVILEGES in xmacvlan(8)", what,
			       list);
	}
	if (in_user_namespace())
		return xm_fail(e, EPERM, "%s needs CAP_BPF outside of a user namespace", what);
	return 0;
}

int xm_caps_keep(xm_caps caps)
{
	struct sets s;
	int err = sets_get(&s);

	return err ? err : sets_set_effective(&s, s.permitted & caps);
}

xm_caps xm_caps_raise(xm_caps caps)
{
	int before = errno;
	struct sets s;
	xm_caps more;

	more = sets_get(&s) ? 0 : caps & s.permitted & ~s.effective;
	if (more && sets_set_effective(&s, s.effective | more))
		more = 0;
	errno = before;
	return more;
}

void xm_caps_lower(xm_caps raised)
{
	int before = errno;
	struct sets s;

	/* The kernel never refuses. A seccomp filter that does has refused to raise them too. */
	if (raised && !sets_get(&s))
		sets_set_effective(&s, s.effective & ~raised);
	errno = before;
}

static void drop_bounding(xm_caps keep)
{
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_SETPCAP));

	for (int i = 0; i < 64 && prctl(PR_CAPBSET_READ, i) >= 0; i++)
		if (!(keep & XM_CAP(i)))
			prctl(PR_CAPBSET_DROP, i);
	xm_caps_lower(raised);
}

int xm_caps_drop(xm_caps effective, xm_caps keep)
{
	struct sets s;
	int err = sets_get(&s);

	if (err)
		return err;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	drop_bounding(keep);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	s.inheritable = 0;
	s.permitted &= keep;
	s.effective = effective & s.permitted;
	return sets_set(&s);
}
