// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The programs adapt to a kernel with another layout: each is loaded with a BTF in which one number
 * is changed, and its instructions must have the changed number
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/summary.h"
#include "objs.h"

/* A place in the running kernel's BTF: an enumerator, or the offset of a field */
struct number {
	const char *type, *part;
	__u32 kind;
	__u32 other; /* the doctored value; a field's offset in bytes */
};

static const struct number no_carrier = { "netdev_state_t", "__LINK_STATE_NOCARRIER", BTF_KIND_ENUM,
					  29 };
static const struct number priv = { "net_device", "priv", BTF_KIND_STRUCT, 0x7ff0 };

/* The address of the value in the BTF; NULL: this kernel does not have it */
static __u32 *number_find(const struct btf *btf, const struct number *n)
{
	int id = btf__find_by_name_kind(btf, n->type, n->kind);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++) {
		struct btf_member *m = btf_members(t) + i;
		struct btf_enum *e = btf_enum(t) + i;
		bool is_enum = n->kind == BTF_KIND_ENUM;
		const char *name = btf__name_by_offset(btf, is_enum ? e->name_off : m->name_off);

		if (!strcmp(name, n->part))
			return is_enum ? (__u32 *)&e->val : &m->offset;
	}
	return NULL;
}

/* Writes the running kernel's BTF with the number changed to `path`. Returns today's value. */
static __u32 btf_doctor(const struct number *n, const char *path)
{
	struct btf *btf = btf__load_vmlinux_btf();
	__u32 *at = btf ? number_find(btf, n) : NULL, now, size;
	const void *raw;
	FILE *f;

	if (!at)
		summary_skip("this kernel has no such field");
	now = n->kind == BTF_KIND_ENUM ? *at : *at / 8;
	*at = n->kind == BTF_KIND_ENUM ? n->other : n->other * 8;
	raw = btf__raw_data(btf, &size);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(raw, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
	btf__free(btf);
	return now;
}

/* How many instructions calculate with the number */
static int count_uses(const struct bpf_program *prog, __u32 number)
{
	const struct bpf_insn *insn = bpf_program__insns(prog);
	size_t n = bpf_program__insn_cnt(prog);
	int uses = 0;

	for (size_t i = 0; i < n; i++) {
		__u8 class = BPF_CLASS(insn[i].code);

		uses += insn[i].imm == (__s32)number && (class == BPF_ALU || class == BPF_ALU64);
	}
	return uses;
}

static int uses_with(const char *program, const char *btf_path, __u32 number)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf_path);
	struct bpf_program *prog;
	struct bpf_object *obj;
	char path[256];
	int uses;

	snprintf(path, sizeof(path), BPF_DIR "/%s.bpf.o", program);
	obj = bpf_object__open_file(path, &opts);
	assert_non_null(obj);
	assert_int_equal(bpf_object__load(obj), 0);
	prog = bpf_object__find_program_by_name(obj, program);
	assert_non_null(prog);
	uses = count_uses(prog, number);
	bpf_object__close(obj);
	return uses;
}

static void number_check(const char *program, const struct number *n)
{
	char path[] = "/tmp/xm-btf-XXXXXX";
	int fd = mkstemp(path);
	__u32 now;

	assert_int_not_equal(fd, -1);
	close(fd);
	now = btf_doctor(n, path);
	assert_int_not_equal(now, n->other);
	printf("%s: %s.%s is %u, doctored %u\n", program, n->type, n->part, now, n->other);
	assert_int_equal(uses_with(program, NULL, n->other), 0);
	assert_true(uses_with(program, NULL, now) > 0);
	assert_true(uses_with(program, path, n->other) > 0);
	unlink(path);
}

static void test_link_state(void **state)
{
	number_check("parent_rx", &no_carrier);
	number_check("endpoint_rx", &no_carrier);
	number_check("parent_tx", &no_carrier);
	(void)state;
}

static void test_private_data(void **state)
{
	number_check("parent_xdp", &priv);
	(void)state;
}

/* Without the excerpt an object has no casts: what stands for them differs, but no number does */
static bool insn_same(const struct bpf_insn *full, const struct bpf_insn *excerpt)
{
	__u8 class = BPF_CLASS(full->code);

	if (full->code != excerpt->code)
		return full->code == (BPF_JMP | BPF_CALL); /* libbpf's mark of a missing constant */
	if (full->code == (BPF_ALU64 | BPF_MOV | BPF_K) && !full->imm && excerpt->imm == 1)
		return true; /* xm_has_casts() */
	if (class != BPF_ALU && class != BPF_ALU64 && class != BPF_LDX)
		return true;
	return full->off == excerpt->off && full->imm == excerpt->imm;
}

/* libbpf relocates by the excerpt of the kernel's BTF as it does by all of it */
static void test_excerpt(void **state)
{
	struct objs o;

	assert_int_equal(objs_open(&o), 0);
	for (int n = 0; n < PROG_COUNT; n++) {
		const struct bpf_program *a, *b;
		struct bpf_object *full;
		char path[256];

		snprintf(path, sizeof(path), BPF_DIR "/%s.bpf.o", prog_names[n]);
		full = bpf_object__open_file(path, NULL);
		assert_non_null(full);
		assert_int_equal(bpf_object__load(full), 0);
		a = bpf_object__find_program_by_name(full, prog_names[n]);
		b = bpf_object__find_program_by_name(o.obj[n], prog_names[n]);
		assert_int_equal(bpf_program__insn_cnt(a), bpf_program__insn_cnt(b));
		for (size_t i = 0; i < bpf_program__insn_cnt(a); i++)
			if (!insn_same(bpf_program__insns(a) + i, bpf_program__insns(b) + i))
				fail_msg("%s: instruction %zu differs", prog_names[n], i);
		bpf_object__close(full);
	}
	objs_close(&o);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest core[] = {
		cmocka_unit_test(test_excerpt),
		cmocka_unit_test(test_link_state),
		cmocka_unit_test(test_private_data),
	};

	if (geteuid()) {
		printf("skip this test needs root\n0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	return SUMMARY_RUN(core);
}
