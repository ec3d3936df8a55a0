// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* report.md for people, samples.csv for everything else. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define REFERENCE	0
#define CONTROL		1

void report_ratio(struct report *r, unsigned int c, unsigned int metric, unsigned int side,
		  struct estimate *ret)
{
	const struct results *res = r->results[c];
	double ratio[PAIRS_MAX];
	struct xmt_prng prng = r->prng;
	unsigned int i;

	/* The same resamples whatever is asked for, and how often. */
	prng.state ^= (uint64_t)c << 32 | metric << 16 | side;
	for (i = 0; i < r->pairs; i++)
		ratio[i] = res->value[metric][side][i] / res->value[metric][REFERENCE][i];
	stats_bootstrap(&prng, ratio, r->pairs, ret);
}

bool report_void(struct report *r, unsigned int c, unsigned int metric)
{
	struct estimate e;

	report_ratio(r, c, metric, CONTROL, &e);
	return !(fabs(e.median - 1) <= CONTROL_LIMIT);
}

static double median_of(struct report *r, unsigned int c, unsigned int metric, unsigned int side)
{
	return stats_median(r->results[c]->value[metric][side], r->pairs);
}

void report_case(struct report *r, unsigned int c)
{
	const struct bench_case *bc = r->cases[c];
	struct estimate e;
	unsigned int m, s;

	for (m = 0; m < bc->n_metrics; m++) {
		printf("%-9s %-18s %-14s", m ? "" : bc->name, bc->metrics[m].name,
		       bc->metrics[m].unit);
		for (s = REFERENCE; s < r->n_sides; s++) {
			printf("  %s %.3g", r->sides[s].name, median_of(r, c, m, s));
			if (s == REFERENCE || bc->metrics[m].shown_only)
				continue;
			report_ratio(r, c, m, s, &e);
			printf(" (%.3f [%.3f, %.3f])", e.median, e.lo, e.hi);
		}
		printf("%s\n", bc->metrics[m].shown_only || !report_void(r, c, m) ? "" : "  VOID");
	}
}

static void write_row(FILE *f, struct report *r, unsigned int c, unsigned int m, unsigned int s)
{
	const struct bench_case *bc = r->cases[c];
	const struct metric *metric = &bc->metrics[m];
	struct estimate e, aa;

	fprintf(f, "| %s | %s | %s | %.3g | %.3g |", m ? "" : bc->title, metric->name, metric->unit,
		median_of(r, c, m, REFERENCE), median_of(r, c, m, s));
	if (metric->shown_only) {
		fprintf(f, " | |\n");
		return;
	}
	report_ratio(r, c, m, s, &e);
	report_ratio(r, c, m, CONTROL, &aa);
	fprintf(f, " **%.3f** [%.3f, %.3f]", e.median, e.lo, e.hi);
	if (e.n < r->pairs)
		fprintf(f, " (%u pairs)", e.n);
	fprintf(f, " | %.3f [%.3f, %.3f]%s |\n", aa.median, aa.lo, aa.hi,
		report_void(r, c, m) ? " **void**" : "");
}

static void write_side(FILE *f, struct report *r, unsigned int s)
{
	unsigned int c, m;

	fprintf(f, "\n## %s\n\n", r->sides[s].title);
	fprintf(f, "| case | what | unit | macvlan | %s | ratio [95 %%] | A/A [95 %%] |\n",
		r->sides[s].name);
	fprintf(f, "|---|---|---|---:|---:|---:|---:|\n");
	for (c = 0; c < r->n_cases; c++)
		for (m = 0; m < r->cases[c]->n_metrics; m++)
			write_row(f, r, c, m, s);
}

static void cpu_model(char *ret, size_t size)
{
	char line[256], *colon;
	FILE *f;

	snprintf(ret, size, "unknown CPU");
	f = fopen("/proc/cpuinfo", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		colon = strchr(line, ':');
		if (!colon || strncmp(line, "model name", 10))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(ret, size, "%s", colon + 2);
		break;
	}
	fclose(f);
}

static void write_head(FILE *f, struct report *r)
{
	double load[3] = {};
	time_t now = time(NULL);
	char cpu[128], date[32];
	struct utsname uts;

	uname(&uts);
	cpu_model(cpu, sizeof(cpu));
	getloadavg(load, 3);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", gmtime(&now));
	fprintf(f, "# Bench: xmacvlan against the kernel's macvlan\n\n");
	fprintf(f, "%s · %ld × %s · Linux %s %s · %s · load %.2f\n\n", date,
		sysconf(_SC_NPROCESSORS_ONLN), cpu, uts.release, uts.machine, r->version, load[0]);
	fprintf(f, "%u pairs of %.2f s a case, seed %llu. A ratio is a side's shot ÷ the macvlan "
		"shot of the same round; what is shown is the median of the ratios and its "
		"bootstrap interval. A/A is a second macvlan ÷ the first: a row whose A/A median "
		"is not within %.2f ± %.2f is void. Throughput: more is better; CPU and latency: "
		"less is better. During the shots other work had %.0f %% of the CPUs.\n",
		r->pairs, r->seconds, (unsigned long long)r->seed, 1.0, CONTROL_LIMIT,
		100 * cpu_foreign());
}

/* Returns NULL and errno. */
static FILE *open_in(const char *dir, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fopen(path, "we");
}

static int write_report(struct report *r)
{
	FILE *f = open_in(r->dir, "report.md");
	unsigned int c, s;

	if (!f)
		return -errno;
	write_head(f, r);
	for (c = 0; c < r->n_cases; c++)
		if (report_void(r, c, 0))
			fprintf(f, "\n**This run is void: the A/A control of \"%s\" failed.**\n",
				r->cases[c]->title);
	/* Without anything to compare the control is what is shown. */
	for (s = r->n_sides > CONTROL + 1 ? CONTROL + 1 : CONTROL; s < r->n_sides; s++)
		write_side(f, r, s);
	return fclose(f) ? -errno : 0;
}

static int write_samples(struct report *r)
{
	FILE *f = open_in(r->dir, "samples.csv");
	unsigned int c, m, s, i;

	if (!f)
		return -errno;
	fprintf(f, "case,metric,unit,side,pair,value\n");
	for (c = 0; c < r->n_cases; c++)
		for (m = 0; m < r->cases[c]->n_metrics; m++)
			for (s = 0; s < r->n_sides; s++)
				for (i = 0; i < r->pairs; i++)
					fprintf(f, "%s,%s,%s,%s,%u,%.6g\n", r->cases[c]->name,
						r->cases[c]->metrics[m].name,
						r->cases[c]->metrics[m].unit, r->sides[s].name, i,
						r->results[c]->value[m][s][i]);
	return fclose(f) ? -errno : 0;
}

int report_write(struct report *r)
{
	if (mkdir(r->dir, 0755) && errno != EEXIST)
		return -errno;
	return write_report(r) ?: write_samples(r);
}
