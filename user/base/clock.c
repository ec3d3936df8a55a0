// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"

/*
 * The offset of this time namespace (time_namespaces(7)). It is read once: no code here changes
 * the time namespace.
 */
static int64_t offset_ns(void)
{
	FILE *f = fopen("/proc/self/timens_offsets", "re");
	long long s = 0, ns = 0;

	if (f && fscanf(f, "monotonic %lld %lld", &s, &ns) != 2)
		s = ns = 0;
	if (f)
		fclose(f);
	return s * 1000000000 + ns;
}

uint64_t xm_now_ns(void)
{
	static int64_t offset;
	static bool known;
	struct timespec now;

	if (!known)
		offset = offset_ns();
	known = true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec - offset;
}

int64_t xm_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}
