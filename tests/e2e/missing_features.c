// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Features that the running kernel lacks: `version -v` and errors name them, and no option that
 * needs one is ignored silently.
 */
#include <stdio.h>
#include <string.h>

#include "nt.h"

static const struct feature {
	const char *name, *since;
	unsigned int version;
} features[] = {
	{ "bpf_rdonly_cast()", "6.2", XMT_KERNEL(6, 2) },
	{ "struct veth_xdp_buff", "6.3", XMT_KERNEL(6, 3) },
	{ "tcx", "6.6", XMT_KERNEL(6, 6) },
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

/* The text of one key of the parent in `show`, "" without the key */
static const char *parent_text(const struct xmt_ns *ns, const char *object, const char *key)
{
	static char text[256];
	json_t *doc = nt_xm_json(ns, "show p0"), *at = json_array_get(doc, 0);
	const char *value;

	if (object)
		at = json_object_get(at, object);
	value = json_string_value(json_object_get(at, key));
	snprintf(text, sizeof(text), "%s", value ?: "");
	json_decref(doc);
	return text;
}

static bool json_has_feature(const json_t *doc, const struct feature *f)
{
	json_t *each;
	size_t i;

	json_array_foreach(json_object_get(doc, "lacks"), i, each)
		if (!strcmp(json_string_value(json_object_get(each, "feature")), f->name))
			return !strcmp(json_string_value(json_object_get(each, "since")), f->since);
	return false;
}

static void test_version(void)
{
	json_t *doc;

	xmt_must("modprobe -q veth; true");
	nt_xm_must(NULL, "version -v");
	for (unsigned int i = 0; i < FEATURES; i++) {
		bool lacking = xmt_kernel() < features[i].version;
		char line[96];

		snprintf(line, sizeof(line), "lacks %s (Linux %s): ", features[i].name,
			 features[i].since);
		xmt_check(!!strstr(xmt_output(), line) == lacking, "version -v %s \"%s\"",
			  lacking ? "prints" : "does not print", line);
	}
	doc = nt_xm_json(NULL, "version -v");
	for (unsigned int i = 0; i < FEATURES; i++)
		xmt_check(json_has_feature(doc, &features[i]) ==
				  (xmt_kernel() < features[i].version),
			  "-j version -v: %s", features[i].name);
	json_decref(doc);
}

static void test_guard(void)
{
	bool can = xmt_kernel() >= XMT_KERNEL(6, 2);
	struct nt_net net;
	int code;

	nt_net(&net, 1, 0);
	code = nt_xm(&net.host, "attach p0 xdp native guard on");
	if (can) {
		xmt_check(!code, "guard on: accepted: %s", xmt_output());
		return;
	}
	xmt_check(code == 2 && strstr(xmt_output(), "Linux 6.2"), "guard on: refused: %s",
		  xmt_output());
	nt_xm_must(&net.host, "show");
	xmt_check(!xmt_output()[0], "guard on, refused: p0 is not attached: %s", xmt_output());
	nt_xm_must(&net.host, "attach p0 xdp native");
	code = nt_xm(&net.host, "attach p0 guard on");
	xmt_check(code == 2, "guard on after the attach: refused: %s", xmt_output());
	xmt_check(!strcmp(parent_text(&net.host, "xdp", "mode"), "native"),
		  "guard on, refused: p0 keeps native XDP");
}

static void test_hooks(void)
{
	const char *tc = xmt_kernel() < XMT_KERNEL(6, 6) ? "clsact" : "tcx";
	const char *reason;
	struct nt_net net;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "attach p0 xdp native");
	xmt_check(!strcmp(parent_text(&net.host, NULL, "tc"), tc), "show: attached through %s", tc);
	reason = parent_text(&net.host, "xdp", "reason");
	xmt_check(!!strstr(reason, "Linux 6.3") == (xmt_kernel() < XMT_KERNEL(6, 3)),
		  "show: native XDP on a veth: %s", reason);
}

/* No kernel needs CAP_SYS_ADMIN, in particular none without bpf_rdonly_cast() */
static void test_capabilities(void)
{
	struct xmt_ns host;
	int code;

	xmt_ns_add(&host, "host", 0);
	xmt_must("ip -n %s link add p0 type veth peer name w0", host.name);
	xmt_ns_enter(&host);
	code = xmt_run("setpriv --bounding-set=-all,+bpf,+net_admin,+perfmon %s attach p0 xdp off",
		       nt_bin());
	xmt_ns_enter(NULL);
	xmt_check(!code, "without CAP_SYS_ADMIN: attached: %s", xmt_output());
}

static const struct nt_case cases[] = {
	{ "version", 60, test_version },
	{ "guard", 60, test_guard },
	{ "hooks", 60, test_hooks },
	{ "privileges", 60, test_capabilities },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
