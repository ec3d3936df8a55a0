// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* VERSION: answers in the cniVersion of the request, whether this plugin knows it or not */
#include "cni/command.h"

int cni_command_version(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	const char *version = cni_version_names[r->input.version];
	json_t *supported = json_array();

	(void)e;
	if (r->input.unknown_version)
		version = r->input.unknown_version;
	for (int i = 0; i < CNI_VERSIONS; i++)
		json_array_append_new(supported, json_string(cni_version_names[i]));
	*ret = json_pack("{s:s, s:o}", "cniVersion", version, "supportedVersions", supported);
	return 0;
}
