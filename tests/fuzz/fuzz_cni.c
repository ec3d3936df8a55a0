// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin: its environment, its stdin and the output of the IPAM plugin. The input is
 *   1 octet    the number of the call that fails
 *   1 octet    its errno, whether there is a bpffs, whether the mounts are those of process 1
 *   1 octet    the flags of the world (cni_world.h)
 *   1 octet    the exit status of the IPAM plugin
 *   1 octet    the number of the change by rtnetlink that fails
 *   n octets   answers to dumps, after one octet with n
 *   7 texts    six variables and the output of the IPAM plugin, each with a NUL
 *   the rest   the configuration
 * For every input the plugin prints one JSON document or none, an error has a code and names its
 * cause, and a failed ADD has rolled back.
 */
#define FZ_HARNESS
#include "fakes_cni.h"

#include <errno.h>
#include <jansson.h>
#include <sanitizer/lsan_interface.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/cni/json.h"
#include "cni_world.h"

#define STARVES 0x3e /* in the second octet after a 0: each allocation fails in turn */

int xmacvlan_cni_main(void);

unsigned int fz_link_by_name(const char *name)
{
	(void)name;
	return 3;
}

unsigned int fz_if_nametoindex(const char *name)
{
	(void)name;
	return 3;
}

FILE *fz_fopen(const char *path, const char *mode)
{
	(void)path;
	(void)mode;
	errno = ENOENT;
	return NULL;
}

static jmp_buf exit_env;

void fz_cni_exit(int code)
{
	fz_check(code == 1, "_exit(%d)", code);
	longjmp(exit_env, 1);
}

/* command.c calls it */
int xmacvlan_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return setjmp(exit_env) ? 1 : xmacvlan_cni_main();
}

/* --- checks of every run --- */

static bool is_command(const char *command)
{
	return fz_cni.env[0] && !strcmp(fz_cni.env[0], command);
}

static const char *text_of(const json_t *doc, const char *key)
{
	return json_string_value(json_object_get(doc, key));
}

static bool is_version(const char *text)
{
	static const char *const all[] = { "0.1.0", "0.2.0", "0.3.0", "0.3.1",
					   "0.4.0", "1.0.0", "1.1.0" };

	for (int i = 0; i < 7; i++)
		if (text && !strcmp(text, all[i]))
			return true;
	return false;
}

/* Whether an error in the configuration or the environment names the key or the variable */
static bool names_key(json_int_t code, const char *msg)
{
	static const char *const keys[] = { "mode",
					    "mtu",
					    "bcqueuelen",
					    "hostAccess",
					    "spoofCheck",
					    "trust",
					    "followAddresses",
					    "macaddr",
					    "mac",
					    "name",
					    "linkInContainer",
					    "master",
					    "dns",
					    "prevResult",
					    "ipam",
					    "runtimeConfig",
					    "cni.dev/valid-attachments",
					    "cni.dev/attachments",
					    "ipv6",
					    "acceptRA" };

	if (code == 4)
		return strstr(msg, "CNI_") != NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strstr(msg, keys[i]))
			return true;
	return code != 7;
}

static void check_error(const json_t *doc)
{
	const char *msg = text_of(doc, "msg"), *details = text_of(doc, "details");
	json_int_t code = json_integer_value(json_object_get(doc, "code"));

	fz_check(code > 0 && msg && msg[0], "an error with code %lld and msg '%s'", (long long)code,
		 msg ? msg : "");
	fz_check(is_version(text_of(doc, "cniVersion")), "an error without a version");
	for (const char *c = msg; *c; c++)
		fz_check(*c >= ' ' && *c < 0x7f, "msg has the octet 0x%02x", (uint8_t)*c);
	for (const char *c = details ? details : ""; *c; c++)
		fz_check(*c >= ' ' && *c < 0x7f, "details have the octet 0x%02x", (uint8_t)*c);
	/* The code and the text of an IPAM plugin's error are passed on, whatever they name */
	fz_check(strstr(msg, "IPAM") || names_key(code, msg), "code %lld names no key: %s",
		 (long long)code, msg);
}

static void check_lists(const json_t *doc, const char *const *lists)
{
	json_t *list, *one;
	size_t i;

	for (; *lists; lists++) {
		list = json_object_get(doc, *lists);
		fz_check(!list || (json_is_array(list) && json_array_size(list)),
			 "%s is not a list or is empty", *lists);
		json_array_foreach(list, i, one)
			fz_check(json_is_object(one), "%s: element %zu is not an object", *lists,
				 i);
	}
}

static void check_result(const json_t *doc)
{
	static const char *const lists[] = { "interfaces", "ips", "routes", NULL };
	const char *version = text_of(doc, "cniVersion");
	json_t *interfaces = json_object_get(doc, "interfaces"), *ours;

	if (is_command("VERSION")) {
		fz_check(version && strspn(version, "0123456789.") == strlen(version),
			 "VERSION without cniVersion");
		fz_check(json_array_size(json_object_get(doc, "supportedVersions")) == 7,
			 "VERSION without supportedVersions");
		return;
	}
	fz_check(is_command("ADD"), "%s prints a result", fz_cni.env[0]);
	fz_check(is_version(version), "a result without a version");
	if (strcmp(version, "0.3.0") < 0)
		return;
	check_lists(doc, lists);
	ours = json_array_get(interfaces, json_array_size(interfaces) - 1);
	fz_check(text_of(ours, "name") && !strcmp(text_of(ours, "name"), fz_cni.env[3]) &&
			 text_of(ours, "mac") && text_of(ours, "sandbox"),
		 "the last interface of the result is not ours");
}

static void check_output(const struct fz_run *run)
{
	struct cni_json_problem problem = {};
	json_t *doc = cni_json_load(run->out, strlen(run->out), &problem);

	fz_check(run->code == 0 || run->code == 1, "exit code %d", run->code);
	if (!fz_cni.env[0] || !fz_cni.env[0][0]) {
		fz_check(!run->code && !run->out_len && run->err_len,
			 "without CNI_COMMAND the plugin must print to stderr alone");
		return;
	}
	fz_check(!run->err_len || (is_command("GC") && !run->code), "stderr has %s", run->err);
	fz_check(!run->out_len || json_is_object(doc), "stdout is not one JSON object: %s: %s",
		 problem.why, run->out);
	fz_check(run->code || !is_command("ADD") || doc, "an ADD without a result");
	if (run->code)
		check_error(doc);
	else if (doc)
		check_result(doc);
	json_decref(doc);
}

/* A failed ADD leaves nothing, unless the rollback fails, too (no_failures: no call did) */
static void check_rollback(const struct fz_run *run, bool no_failures)
{
	if (!is_command("ADD") || !no_failures)
		return;
	if (!run->code)
		fz_check(fz_cni.made == 1 && fz_cni.deleted <= !!(fz_cni.flags & WORLD_EXISTS),
			 "ADD succeeds with %u endpoints", fz_cni.made);
	else if (!(fz_cni.flags & (WORLD_NO_DEL | WORLD_EXISTS)))
		fz_check(fz_cni.made == fz_cni.deleted, "a failed ADD has added %u and deleted %u",
			 fz_cni.made, fz_cni.deleted);
	if (run->code && fz_cni.runs)
		fz_check(fz_cni.runs == 2, "a failed ADD has not released the lease");
}

static const char *next_text(struct fz_in *in)
{
	const char *text = (const char *)in->at;
	size_t len = strnlen(text, in->len);

	if (len == in->len)
		return "";
	in->at += len + 1;
	in->len -= len + 1;
	return text;
}

/*
 * After a run without memory: it printed that error and nothing else, and a DEL removes what the
 * run made
 */
static void check_starved(const struct fz_run *run, const void *config, size_t size)
{
	json_t *doc = json_loads(run->out, JSON_REJECT_DUPLICATES, NULL);
	unsigned int made = fz_cni.made, runs = fz_cni.runs;
	char *argv[] = { "xmacvlan", NULL };
	struct fz_run del;

	fz_check(run->code == 1 && json_integer_value(json_object_get(doc, "code")) == 5 &&
			 !strcmp(text_of(doc, "msg"), "out of memory"),
		 "without memory: exit code %d, %s", run->code, run->out);
	json_decref(doc);
	fz_fs_reset();
	fz_nl_reset(fz_cni_nl_answer);
	fz_cni.sessions = 0;
	if (!is_command("ADD") && !is_command("DEL"))
		return;
	fz_cni.env[0] = "DEL";
	fz_main(&del, 1, argv, config, size);
	check_output(&del);
	fz_check(!made || (fz_cni.flags & WORLD_NO_DEL) || fz_cni.deleted >= made,
		 "DEL leaves the endpoint");
	fz_check(!runs || fz_cni.runs > runs, "DEL leaves the lease");
}

/*
 * Runs the plugin with one input. `starve`: the allocation that fails, 0: none. Returns whether it
 * failed.
 */
static bool run_input(const uint8_t *data, size_t size, unsigned int starve)
{
	struct fz_in in = { data, size };
	char *argv[] = { "xmacvlan", NULL };
	uint8_t fails = fz_u8(&in), error = fz_u8(&in);
	struct fz_run run;
	size_t raw;

	fz_fs_reset();
	fz_nl_reset(fz_cni_nl_answer);
	fz_cni = (struct cni_world){};
	fz_cni.other_mounts = error & 0x40;
	if (error & 0x80)
		fz_unlink("/sys/fs/bpf");
	fz_cni.flags = fz_u8(&in);
	fz_cni.ipam_status = fz_u8(&in);
	fz_cni.refuse = fz_u8(&in);
	raw = fz_u8(&in);
	fz_cni.raw_len = raw < in.len ? raw : in.len;
	fz_cni.raw = in.at;
	in.at += fz_cni.raw_len;
	in.len -= fz_cni.raw_len;
	for (int i = 0; i < 6; i++) {
		fz_cni.env[i] = next_text(&in);
		if (fz_cni.env[i][0] == '!')
			fz_cni.env[i] = NULL; /* not set */
	}
	fz_cni.ipam = next_text(&in);
	fz_cni.starve = starve;
	fz_cni_begin();
	fz_fail_call(fails, error % 3 == 0 ? EIO : error % 3 == 1 ? ENOMEM : EINTR);
	/* fz_cni_free_all() does not know the memory of net/nl.c and libnl */
	if (starve)
		__lsan_disable();
	fz_main(&run, 1, argv, in.at, in.len);
	if (starve)
		__lsan_enable();
	starve = starve && fz_cni.mallocs >= starve;
	fz_cni.starve = 0;
	fz_cni_free_all();
	check_output(&run);
	if (starve) {
		check_starved(&run, in.at, in.len);
		return true;
	}
	check_rollback(&run, !fails);
	fz_check(!fz_cni.sessions, "the engine is open");
	fz_check(!fz_fds(), "%u descriptors are open", fz_fds());
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_input(data, size, 0);
	if (size < 2 || data[0] || data[1] != STARVES)
		return 0;
	for (unsigned int n = 1; run_input(data, size, n); n++)
		;
	return 0;
}
