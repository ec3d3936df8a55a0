// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "cni/spec_version.h"

const char *const cni_version_names[CNI_VERSIONS] = {
	[CNI_010] = "0.1.0", [CNI_020] = "0.2.0", [CNI_030] = "0.3.0", [CNI_031] = "0.3.1",
	[CNI_040] = "0.4.0", [CNI_100] = "1.0.0", [CNI_110] = "1.1.0",
};

int cni_version_by_name(const char *name)
{
	for (int i = 0; i < CNI_VERSIONS; i++)
		if (!strcmp(name, cni_version_names[i]))
			return i;
	return -1;
}
