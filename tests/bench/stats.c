// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Medians and their bootstrap intervals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define RESAMPLES 10000

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts `value` */
static double sorted_median(double *value, unsigned int n)
{
	if (!n)
		return NAN;
	qsort(value, n, sizeof(*value), compare_double);
	return n & 1 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

static unsigned int copy_numbers(const double *value, unsigned int n, double *ret)
{
	unsigned int i, k = 0;

	for (i = 0; i < n; i++)
		if (!isnan(value[i]))
			ret[k++] = value[i];
	return k;
}

double stats_median(const double *value, unsigned int n)
{
	double copy[PAIRS_MAX];

	return sorted_median(copy, copy_numbers(value, n, copy));
}

void stats_bootstrap(struct xmt_prng *p, const double *value, unsigned int n, struct estimate *ret)
{
	static double medians[RESAMPLES];
	double kept[PAIRS_MAX], sample[PAIRS_MAX];
	unsigned int i, k;

	ret->n = n = copy_numbers(value, n, kept);
	for (i = 0; i < RESAMPLES; i++) {
		for (k = 0; k < n; k++)
			sample[k] = kept[xmt_rand(p, n)];
		medians[i] = sorted_median(sample, n);
	}
	qsort(medians, RESAMPLES, sizeof(medians[0]), compare_double);
	ret->lo = medians[RESAMPLES / 40];
	ret->hi = medians[RESAMPLES - 1 - RESAMPLES / 40];
	ret->median = sorted_median(kept, n);
}

uint32_t stats_percentile(const uint32_t *sorted, size_t n, double part)
{
	size_t rank = ceil(part * n);

	return sorted[rank ? rank - 1 : 0];
}
