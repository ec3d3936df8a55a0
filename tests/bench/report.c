// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Writes report.md for people and samples.csv for programs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"

void report_case(const struct report *r, const struct results *res)
{
	const struct bench_case *c = res->c;
	struct estimate e;
	unsigned int m, s;

	for (m = 0; m < c->n_metrics; m++) {
		printf("%-15s %-22s %-12s", m ? "" : c->name, c->metrics[m].name,
		       c->metrics[m].unit);
		for (s = REFERENCE; s < res->lineup.n; s++) {
			printf("  %s %.3g", res->lineup.side[s].name, report_median(res, m, s));
			if (s == REFERENCE || c->metrics[m].kind == SHOWN)
				continue;
			report_ratio(r, res, m, s, &e);
			printf(" (%.3f [%.3f, %.3f])", e.median, e.lo, e.hi);
		}
		printf("%s\n", report_void(r, res, m) ? "  VOID" : "");
	}
}

static void write_detail_row(FILE *f, const struct report *r, const struct results *res,
			     unsigned int m, unsigned int s)
{
	const struct goal *g = report_goal_of(res, m);
	const struct metric *metric = &res->c->metrics[m];

	fprintf(f, "| %s | %s | %s | %.3g |", s ? "" : metric->name, s ? "" : metric->unit,
		res->lineup.side[s].title, report_median(res, m, s));
	if (s != REFERENCE && metric->kind != SHOWN)
		summary_ratio(f, r, res, m, s);
	fprintf(f, " |");
	if (s == CONTROL && report_void(r, res, m))
		fprintf(f, " A/A **void**");
	else if (s > CONTROL && g && res->lineup.side[s].kind == XMACVLAN)
		fprintf(f, " %s", report_outcome_text(report_goal(r, res, g, s)));
	fprintf(f, " |\n");
}

static void write_detail(FILE *f, const struct report *r, const struct results *res)
{
	unsigned int m, s;

	fprintf(f, "\n### %s\n\n`%s`, %u pairs of %.2f s", res->c->title, res->c->name, res->pairs,
		bench_options.seconds * (res->c->longer ?: 1));
	for (s = 0; s < res->lineup.n; s++)
		if (res->lineup.side[s].attach)
			fprintf(f, "; %s: `attach p0 %s`", res->lineup.side[s].name,
				res->lineup.side[s].attach);
	if (res->c->control)
		fprintf(f, "; A/A may differ by %.0f %%", 100 * res->c->control);
	fprintf(f, ".\n\n");
	fprintf(f, "| what | unit | side | median | ratio [95 %%] | goal |\n"
		   "|---|---|---|---:|---:|---|\n");
	for (m = 0; m < res->c->n_metrics; m++)
		for (s = 0; s < res->lineup.n; s++)
			write_detail_row(f, r, res, m, s);
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

static void write_head(FILE *f, const struct report *r)
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
	fprintf(f,
		"Shots of %.2f s, seed %llu. A ratio is a side's shot ÷ the reference's shot of "
		"the same round; the tables show the median of the ratios and its bootstrap "
		"interval. A/A is a second reference ÷ the first: a row whose A/A median is not "
		"within %.2f ± %.2f is void. A goal is met when the worse bound of the interval "
		"meets it: the lower one of speeds, the upper one of costs. During the shots other "
		"work used %.0f %% of the CPU time.\n",
		bench_options.seconds, (unsigned long long)r->seed, 1.0, CONTROL_LIMIT,
		100 * cpu_other_work());
	if (bench_options.quick)
		fprintf(f, "\n**A quick run shows that all cases work. "
			   "The figures mean nothing.**\n");
}

FILE *report_open(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", bench_options.dir, name);
	return fopen(path, "we");
}

static int write_report(const struct report *r)
{
	FILE *f = report_open("report.md");
	unsigned int c;

	if (!f)
		return -errno;
	write_head(f, r);
	for (c = 0; c < r->n; c++)
		if (report_void(r, r->results[c], 0))
			fprintf(f, "\n**This run is void: the A/A control of \"%s\" failed.**\n",
				r->results[c]->c->title);
	summary_write(f, r);
	summary_scale(f, r);
	fprintf(f, "\n## Details\n");
	for (c = 0; c < r->n; c++)
		if (r->results[c]->c->lineup != LINEUP_OURS)
			write_detail(f, r, r->results[c]);
	return fclose(f) ? -errno : 0;
}

static void write_case_samples(FILE *f, const struct results *res)
{
	unsigned int m, s, i;

	for (m = 0; m < res->c->n_metrics; m++)
		for (s = 0; s < res->lineup.n; s++)
			for (i = 0; i < res->pairs; i++)
				fprintf(f, "%s,%s,%s,%s,%u,%.6g\n", res->c->name,
					res->c->metrics[m].name, res->c->metrics[m].unit,
					res->lineup.side[s].name, i, res->value[m][s][i]);
}

static int write_samples(const struct report *r)
{
	FILE *f = report_open("samples.csv");
	unsigned int c;

	if (!f)
		return -errno;
	fprintf(f, "case,metric,unit,side,pair,value\n");
	for (c = 0; c < r->n; c++)
		write_case_samples(f, r->results[c]);
	return fclose(f) ? -errno : 0;
}

int report_write(const struct report *r)
{
	return write_report(r) ?: write_samples(r) ?: plot_write(r);
}
