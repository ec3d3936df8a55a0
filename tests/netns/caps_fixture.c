// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>

#include "caps_fixture.h"

char caps_program[64];

/*
 * Fills `ret` with a shell line that runs `line` in p0's namespace as a user with only these
 * capabilities.
 */
static void format_as_user(char *ret, size_t size, unsigned int user, const char *caps,
			   const char *line)
{
	char ambient[200] = "";

	if (user)
		snprintf(ambient, sizeof(ambient),
			 "--reuid=%u --regid=%u --clear-groups --ambient-caps=-all,%s", user, user,
			 caps);
	snprintf(ret, size,
		 "nsenter --net=/run/netns/%s setpriv --bounding-set=-all,%s --inh-caps=-all,%s %s "
		 "timeout -k 2 20 %s %s",
		 refusal_net.host.name, caps, user ? caps : "-all", ambient, caps_program, line);
}

int caps_run_as(unsigned int user, const char *caps, const char *line)
{
	char text[1000];

	format_as_user(text, sizeof(text), user, caps, line);
	return xmt_run("{ %s\n} 2>&1 >/dev/null", text);
}

void caps_install_program(void)
{
	snprintf(caps_program, sizeof(caps_program), "/run/%sxmacvlan", xmt_prefix());
	xmt_undo("rm -f %s", caps_program);
	xmt_must("install -m 755 %s %s", nt_bin(), caps_program);
}

void caps_give_folder(unsigned int user)
{
	xmt_must("chmod 711 /sys/fs/bpf && rm -rf " CAPS_FOLDER
		 " && install -d -o %u -m 700 " CAPS_FOLDER,
		 user);
}
