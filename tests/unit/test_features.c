// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What user/pins/features.c concludes about a kernel */
#include <string.h>

#include "../../user/pins/features.h"
#include "summary.h"

static void test_reflecting_releases(void **state)
{
	static const struct {
		const char *release;
		bool reflects;
	} rows[] = {
		{ "5.17.0", false },
		{ "6.1.0-56-cloud-amd64", false },
		{ "6.18.44", false },
		{ "6.200.1", false },
		{ "7.0.0-14-generic", false },
		{ "7.1.13+deb13-amd64", false },
		{ "7.2.0-rc1", true },
		{ "7.2.13+deb14-cloud-arm64", true },
		{ "7.3", true },
		{ "7.10.0", true },
		{ "8.0.1", true },
		{ "10.1", true },
		{ "", false },
		{ "rolling", false },
		{ "8", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (xm_release_reflects(rows[i].release) != rows[i].reflects)
			fail_msg("%s: %s", rows[i].release,
				 rows[i].reflects ? "does not reflect" : "reflects");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest features[] = {
		cmocka_unit_test(test_reflecting_releases),
	};

	return SUMMARY_RUN(features);
}
