// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `apply`: reads files, plans, runs the steps and prints each */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/apply_plan.h"
#include "cli/cmdline.h"
#include "cli/command.h"
#include "cli/snapshot_find.h"
#include "net/netns.h"
#include "pins/lock.h"

#define RUNS_LOCK "/proc/thread-self/ns/net"

struct applying {
	struct xm_context *ctx;
	const char *path;
	bool dry, dhcp_units;
	struct xm_plan_options options;
	struct xm_apply_documents documents;
	struct xm_want want;
	struct xm_plan plan;
	struct xm_nl nl;
	json_t *steps; /* with -j: what was done */
	unsigned int done; /* steps */
	bool is_doing; /* another one is reported and not done yet */
	struct xm_err *e;
};

static int read_words(struct applying *a, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--dry-run"))
			a->dry = true;
		else if (!strcmp(argv[i], "--prune"))
			a->options.prune = true;
		else if (!strcmp(argv[i], "--skip-missing"))
			a->options.skip_missing = true;
		else if (!strcmp(argv[i], "--dhcp-units"))
			a->dhcp_units = true;
		else if (argv[i][0] == '-' || a->path)
			return xm_fail_usage(
				a->e,
				"apply: unknown word '%s': apply [FILE|DIR] "
				"[--dry-run] [--prune] [--skip-missing] [--dhcp-units]",
				argv[i]);
		else
			a->path = argv[i];
	}
	return a->ctx->batch ? xm_fail_usage(a->e, "apply: not in a batch") : 0;
}

/* What was reported is done */
static void settle(struct applying *a)
{
	a->done += a->is_doing;
	a->is_doing = false;
}

/* Prints a step before it is done: a line, or with -j a member of the list at the end */
static void report(struct applying *a, const char *text)
{
	char *line = xm_need(strdup(text));

	xm_sanitize(line);
	if (a->ctx->json)
		json_array_append_new(a->steps, json_string(text) ?: json_string(line));
	else
		puts(line);
	free(line);
	settle(a);
	a->is_doing = true;
}

static int read_snapshot(struct xm_snapshot *ret, struct xm_err *e)
{
	const struct xm_snapshot_request everything = { .pins_optional = true };

	return xm_snapshot_take(&everything, ret, e);
}

static const char *command_word(enum xm_command_id command)
{
	return command == XM_CMD_DEL	  ? "del"
	       : command == XM_CMD_ATTACH ? "attach"
	       : command == XM_CMD_ADD	  ? "add"
					  : "set";
}

static int run_add(struct applying *a, const struct xm_step *s, struct xm_err *e)
{
	struct xm_add add;
	int err = xm_parse_add(s->words.count, s->words.v, &add, e);

	add.applied = s->endpoint->inside.dhcp.count ? XM_APPLIED_DHCP : XM_APPLIED;
	if (!err)
		err = xm_engine_add(a->ctx->engine, &add, e);
	xm_settings_free(&add.settings);
	return err;
}

/* An endpoint whose device is gone, as with its namespace, is gone when it is looked for */
static int run_del(struct applying *a, const struct xm_step *s, struct xm_err *e)
{
	int err = xm_command_del(a->ctx, s->words.count, s->words.v, e);

	return err == -ENOENT ? 0 : err;
}

static int run_command(struct applying *a, const struct xm_step *s, struct xm_err *e)
{
	if (s->command == XM_CMD_ADD)
		return run_add(a, s, e);
	if (s->command == XM_CMD_DEL)
		return run_del(a, s, e);
	if (s->command == XM_CMD_ATTACH)
		return xm_command_attach(a->ctx, s->words.count, s->words.v, e);
	return xm_command_set(a->ctx, s->words.count, s->words.v, e);
}

/* An error says where the step comes from, and what was done before it */
static int fail_step(struct applying *a, const struct xm_step *s, int err, const struct xm_err *why)
{
	const char *const path[] = { s->section, s->key, NULL };
	char where[XM_APPLY_WHERE];

	if (!s->from)
		return xm_fail(a->e, err, "%s (steps done before: %u)", why->text, a->done);
	return xm_fail(a->e, err, "%s: %s.%s: %s (steps done before: %u)",
		       xm_apply_where(s->from, path, where), s->section, s->key, why->text,
		       a->done);
}

static int run_step(struct applying *a, const struct xm_step *s)
{
	char *words = xm_word_list_text(&s->words), *text;
	struct xm_err why = {};
	int err = 0;

	if (asprintf(&text, "%s %s", command_word(s->command), words) < 0)
		xm_fatal("out of memory");
	report(a, text);
	if (!a->dry)
		err = run_command(a, s, &why);
	free(text);
	free(words);
	if (!err)
		settle(a);
	return err ? fail_step(a, s, err, &why) : 0;
}

/* A DHCP client may take long: others do not wait for it */
static void close_engine(struct applying *a)
{
	xm_engine_close(a->ctx->engine);
	a->ctx->engine = NULL;
}

static int run_plan(struct applying *a)
{
	int err = 0;

	for (size_t i = 0; i < a->plan.count && !err; i++)
		err = run_step(a, &a->plan.steps[i]);
	if (!err && a->ctx->engine)
		err = xm_engine_flush(a->ctx->engine, a->e);
	close_engine(a);
	return err;
}

struct inside_report {
	struct applying *a;
	const char *name;
};

static void report_inside(const char *step, void *data)
{
	const struct inside_report *r = data;
	char text[300];

	snprintf(text, sizeof(text), "inside %s: %s", r->name, step);
	report(r->a, text);
}

/* The next run does not start the client again */
static int note_dhcp(struct applying *a, const char *name, struct xm_err *e)
{
	const struct xm_settings started = { .dhcp_started = true };
	int err = xm_context_open(a->ctx, e);

	if (!err)
		err = xm_engine_set(a->ctx->engine, name, &started, e);
	if (!err)
		err = xm_engine_flush(a->ctx->engine, e);
	close_engine(a);
	return err;
}

/* info NULL: the endpoint does not exist yet (--dry-run) */
static int run_inside(struct applying *a, const struct xm_want_endpoint *ep,
		      const struct xm_endpoint_info *info)
{
	struct xm_inside_target to = {
		.fd = -1,
		.ifname = info && info->device.ifindex ? info->device.name
						       : ep->add.ifname ?: ep->name,
		.dhcp_unit = a->dhcp_units ? ep->name : NULL,
		.dry = a->dry,
		/* An earlier run that was killed may have made it, and started no client */
		.starts_dhcp = !info || info->applied == XM_APPLIED_DHCP,
	};
	struct inside_report r = { a, ep->name };
	struct xm_err why = {};
	int err;

	if (info && info->kind == XM_KIND_TAP)
		return 0;
	if (info)
		to.fd = info->peer_nsid == XM_NSID_SELF
				? xm_netns_self()
				: xm_netns_open_nsid(&a->nl, info->peer_nsid);
	if (info && to.fd < 0)
		err = xm_fail(&why, to.fd, "inside: its namespace: %s", xm_netns_why(to.fd));
	else
		err = xm_inside_apply(&ep->inside, &to, report_inside, &r, &why);
	if (!err && !a->dry && to.starts_dhcp && ep->inside.dhcp.count)
		err = note_dhcp(a, ep->name, &why);
	if (to.fd >= 0)
		close(to.fd);
	if (!err)
		settle(a);
	if (!err)
		return 0;
	return fail_step(
		a, &(struct xm_step){ .from = ep->from, .section = "endpoints", .key = ep->name },
		err, &why);
}

static int run_insides(struct applying *a)
{
	struct xm_snapshot snapshot;
	int err = read_snapshot(&snapshot, a->e);

	if (err)
		return err;
	for (size_t i = 0; i < a->want.endpoint_count && !err; i++) {
		const struct xm_want_endpoint *ep = &a->want.endpoints[i];
		bool is_new = a->dry && a->plan.is_added[i];

		if (!a->plan.is_missing[i] && ep->add.kind != XM_KIND_TAP)
			err = run_inside(a, ep,
					 is_new ? NULL : xm_snapshot_find(&snapshot, ep->name));
	}
	xm_snapshot_free(&snapshot);
	return err;
}

/* What an interrupted command left is completed first: a snapshot does not have all of it */
static int recover(struct applying *a)
{
	int err = a->dry ? 0 : xm_context_open(a->ctx, a->e);

	return err || a->dry ? err : xm_engine_start(a->ctx->engine, a->e);
}

/*
 * One run after the other in each network namespace: a plan that another run carries out beside it
 * is refused, and a DHCP client would be started twice. The end of the process unlocks.
 */
static int lock_runs(struct applying *a)
{
	const struct xm_lock_wait wait = { .ms = a->ctx->timeout_ms };
	int fd;

	if (a->dry)
		return 0;
	fd = open(RUNS_LOCK, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return xm_fail(a->e, errno, "cannot open %s: %s", RUNS_LOCK, strerror(errno));
	return xm_lock_take(fd, "the network namespace for apply", &wait, a->e);
}

static int run_all(struct applying *a)
{
	struct xm_snapshot snapshot;
	int err = lock_runs(a);

	if (!err)
		err = recover(a);

	if (!err)
		err = read_snapshot(&snapshot, a->e);

	if (err)
		return err;
	err = xm_plan_make(&a->want, &snapshot, &a->nl, &a->options, &a->plan, a->e);
	xm_snapshot_free(&snapshot);
	if (!err)
		err = run_plan(a);
	return err ? err : run_insides(a);
}

static void report_missing(struct applying *a)
{
	for (size_t i = 0; i < a->want.endpoint_count; i++)
		if (a->plan.is_missing && a->plan.is_missing[i] && !a->ctx->json)
			printf("# %s is left out: its parent or namespace is missing\n",
			       a->want.endpoints[i].name);
}

static void print_result(struct applying *a, int err)
{
	json_t *result = json_pack("{s:O, s:b}", "steps", a->steps, "dry_run", a->dry);

	if (err)
		json_decref(result);
	else
		xm_print_json(a->ctx, result);
}

int xm_command_apply(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct applying a = { .ctx = ctx, .steps = json_array(), .e = e };
	int err = read_words(&a, argc, argv);

	ctx->many = true;
	/* A step is seen before it is done, in a log too */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!err)
		err = xm_apply_documents_read(a.path, &a.documents, e);
	if (!err)
		err = xm_want_read(&a.documents, &a.want, e);
	if (!err) {
		err = xm_nl_open(&a.nl);
		if (err)
			xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	}
	if (!err)
		err = run_all(&a);
	if (!err)
		report_missing(&a);
	if (ctx->json)
		print_result(&a, err);
	xm_nl_close(&a.nl);
	xm_plan_free(&a.plan);
	xm_want_free(&a.want);
	xm_apply_documents_free(&a.documents);
	json_decref(a.steps);
	return err;
}
