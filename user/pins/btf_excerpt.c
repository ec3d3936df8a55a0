// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See btf_excerpt.h. The format of BTF: linux/btf.h, Documentation/bpf/btf.rst */
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"
#include "pins/btf_excerpt.h"

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"
#define MAX_DEPTH   8 /* of nested unnamed structs */
#define PARTS	    7
#define MAX_MODS    16 /* typedefs and qualifiers of a type, one after the other */

/* The kernel's BTF in memory */
struct source {
	void *data;
	size_t size;
	bool mapped;
	const char *strings;
	uint32_t strings_len;
	const struct btf_type **types; /* by id; [0] is void */
	uint32_t count;
};

enum name {
	DTAB,
	DEVICE,
	SKB,
	SKB_HEAD,
	XDP_BUFF,
	XDP_RXQ,
	XDP_TXQ,
	STATE,
	DEVMAP_VAL,
	RDONLY_CAST,
	KERN_CTX,
	NAMES,
};

/* What is looked for; the programs read some fields, or constants of an enum */
static const struct wanted {
	const char *name;
	uint32_t kind;
	const char *parts[PARTS];
} wanted[NAMES] = {
	[DTAB] = { "bpf_dtab_netdev", BTF_KIND_STRUCT, { "dev", "val" } },
	[DEVICE] = { "net_device",
		     BTF_KIND_STRUCT,
		     { "state", "features", "xdp_features", "group", "mtu", "dev_addr", "priv" } },
	[SKB] = { "sk_buff", BTF_KIND_STRUCT, { "dev", "mark", "ip_summed" } },
	[SKB_HEAD] = { "sk_buff_head", BTF_KIND_STRUCT, { "next" } },
	[XDP_BUFF] = { "xdp_buff", BTF_KIND_STRUCT, { "rxq", "txq" } },
	[XDP_RXQ] = { "xdp_rxq_info", BTF_KIND_STRUCT, { "dev" } },
	[XDP_TXQ] = { "xdp_txq_info", BTF_KIND_STRUCT, { "dev" } },
	[STATE] = { "netdev_state_t",
		    BTF_KIND_ENUM,
		    { "__LINK_STATE_START", "__LINK_STATE_NOCARRIER" } },
	[DEVMAP_VAL] = { "bpf_devmap_val", BTF_KIND_STRUCT, {} },
	[RDONLY_CAST] = { "bpf_rdonly_cast", BTF_KIND_FUNC, {} },
	[KERN_CTX] = { "bpf_cast_to_kern_ctx", BTF_KIND_FUNC, {} },
};

static struct excerpt {
	pthread_once_t once;
	int fd; /* or a negative errno */
	uint32_t ids[NAMES]; /* in the kernel's BTF; 0: it has none */
} excerpt = { .once = PTHREAD_ONCE_INIT, .fd = -ENOENT };

static bool has_casts(const uint32_t ids[NAMES])
{
	return ids[RDONLY_CAST] && ids[KERN_CTX];
}

static int source_read(struct source *s, int fd)
{
	size_t done = 0;
	ssize_t n = 1;

	s->data = malloc(s->size);
	if (!s->data)
		return -ENOMEM;
	while (done < s->size && n > 0) {
		n = read(fd, (char *)s->data + done, s->size - done);
		done += n > 0 ? n : 0;
	}
	if (n < 0)
		return -errno;
	return done == s->size ? 0 : -EIO;
}

/* Since Linux 6.16 the file can be mapped; a read returns 4 KiB of its 5 MiB at a time */
static int source_open(struct source *s)
{
	int fd = open(VMLINUX_BTF, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		err = -errno;
	} else {
		s->size = st.st_size;
		s->data = mmap(NULL, s->size, PROT_READ, MAP_PRIVATE, fd, 0);
		s->mapped = s->data != MAP_FAILED;
		err = s->mapped ? 0 : source_read(s, fd);
	}
	close(fd);
	return err;
}

static void source_close(struct source *s)
{
	free(s->types);
	if (s->mapped)
		munmap(s->data, s->size);
	else
		free(s->data);
}

/* Bytes of a type's description; 0: the kind is unknown */
static size_t type_size(const struct btf_type *t)
{
	size_t n = BTF_INFO_VLEN(t->info), head = sizeof(*t);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return head;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return head + sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return head + sizeof(struct btf_array);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return head + n * sizeof(struct btf_enum);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case 19: /* BTF_KIND_ENUM64, which older headers lack */
		return head + n * sizeof(struct btf_member);
	}
	return 0;
}

static const char *source_name(const struct source *s, uint32_t offset)
{
	return offset < s->strings_len ? s->strings + offset : "";
}

static void name_find(const struct source *s, const struct btf_type *t, uint32_t id,
		      uint32_t ids[NAMES])
{
	uint32_t kind = BTF_INFO_KIND(t->info);
	const char *name;

	if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_FUNC && kind != BTF_KIND_ENUM)
		return;
	name = source_name(s, t->name_off);
	for (int i = 0; i < NAMES; i++)
		if (kind == wanted[i].kind && !ids[i] && !strcmp(name, wanted[i].name))
			ids[i] = id;
}

/* Fills s->types and ids */
static int source_index(struct source *s, const char *at, const char *end, uint32_t ids[NAMES])
{
	s->types = malloc(((end - at) / sizeof(struct btf_type) + 1) * sizeof(*s->types));
	if (!s->types)
		return -ENOMEM;
	s->count = 1;
	while (at + sizeof(struct btf_type) <= end) {
		const struct btf_type *t = (const void *)at;
		size_t size = type_size(t);

		if (!size || size > (size_t)(end - at))
			return -EOPNOTSUPP;
		name_find(s, t, s->count, ids);
		s->types[s->count++] = t;
		at += size;
	}
	return 0;
}

static int source_parse(struct source *s, uint32_t ids[NAMES])
{
	const struct btf_header *h = s->data;
	const char *body = (const char *)s->data + sizeof(*h);

	if (s->size < sizeof(*h) || h->magic != BTF_MAGIC || h->hdr_len < sizeof(*h) ||
	    (size_t)h->hdr_len + h->str_off + h->str_len > s->size ||
	    (size_t)h->hdr_len + h->type_off + h->type_len > s->size || !h->str_len)
		return -EINVAL;
	body = (const char *)s->data + h->hdr_len;
	s->strings = body + h->str_off;
	s->strings_len = h->str_len;
	if (s->strings[s->strings_len - 1])
		return -EINVAL;
	return source_index(s, body + h->type_off, body + h->type_off + h->type_len, ids);
}

/* The type without typedefs and qualifiers; NULL: it is void */
static const struct btf_type *source_type(const struct source *s, uint32_t id)
{
	const struct btf_type *t;

	for (int i = 0; i < MAX_MODS && id && id < s->count; i++) {
		t = s->types[id];
		switch (BTF_INFO_KIND(t->info)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = t->type;
			continue;
		}
		return t;
	}
	return NULL;
}

/* A field: its place from the start of the outermost struct */
struct field {
	uint32_t type, bit, bits; /* bits: of a bit field, else 0 */
};

static bool field_find(const struct source *s, const struct btf_type *t, const char *name,
		       int depth, struct field *ret)
{
	const struct btf_member *m = (const void *)(t + 1);
	bool with_bits = BTF_INFO_KFLAG(t->info);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		uint32_t at = with_bits ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;
		const struct btf_type *inner;

		if (!strcmp(source_name(s, m[i].name_off), name)) {
			ret->type = m[i].type;
			ret->bits = with_bits ? BTF_MEMBER_BITFIELD_SIZE(m[i].offset) : 0;
			ret->bit += at;
			return true;
		}
		inner = m[i].name_off || depth == MAX_DEPTH ? NULL : source_type(s, m[i].type);
		if (!inner || !btf_is_composite(inner))
			continue;
		ret->bit += at;
		if (field_find(s, inner, name, depth + 1, ret))
			return true;
		ret->bit -= at;
	}
	return false;
}

static int int_add(struct btf *out, uint32_t size)
{
	char name[16];

	snprintf(name, sizeof(name), "int%u", size);
	return btf__add_int(out, name, size, 0);
}

/* A type of that kind and size. Returns its id in the excerpt or a negative errno. */
static int type_add(const struct source *s, struct btf *out, uint32_t id)
{
	const struct btf_type *t = source_type(s, id);
	const struct btf_array *a;
	int element, index;

	switch (t ? BTF_INFO_KIND(t->info) : BTF_KIND_UNKN) {
	case BTF_KIND_INT:
		return int_add(out, t->size);
	case BTF_KIND_PTR:
		return btf__add_ptr(out, 0);
	case BTF_KIND_STRUCT:
		return btf__add_struct(out, source_name(s, t->name_off), t->size);
	case BTF_KIND_ARRAY:
		a = (const void *)(t + 1);
		t = source_type(s, a->type);
		element = t && BTF_INFO_KIND(t->info) == BTF_KIND_INT ? int_add(out, t->size)
								      : -EOPNOTSUPP;
		index = element < 0 ? element : int_add(out, sizeof(uint32_t));
		return index < 0 ? index : btf__add_array(out, index, element, a->nelems);
	}
	return -EOPNOTSUPP;
}

/* A field that the kernel lacks is left out: libbpf says so when a program needs it */
static int struct_add(const struct source *s, struct btf *out, const struct wanted *w,
		      const struct btf_type *t)
{
	struct field fields[PARTS] = {};
	int types[PARTS], err, n = PARTS;

	for (int i = 0; i < n; i++) {
		bool has = w->parts[i] && field_find(s, t, w->parts[i], 0, &fields[i]);

		types[i] = has ? type_add(s, out, fields[i].type) : 0;
		if (types[i] < 0)
			return types[i];
	}
	err = btf__add_struct(out, w->name, t->size);
	for (int i = 0; i < n && err >= 0; i++)
		if (types[i])
			err = btf__add_field(out, w->parts[i], types[i], fields[i].bit,
					     fields[i].bits);
	return err;
}

static int enum_add(const struct source *s, struct btf *out, const struct wanted *w,
		    const struct btf_type *t)
{
	const struct btf_enum *e = (const void *)(t + 1);
	int err = btf__add_enum(out, w->name, t->size);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(t->info) && err >= 0; i++)
		for (const char *const *part = w->parts; *part && err >= 0; part++)
			if (!strcmp(source_name(s, e[i].name_off), *part))
				err = btf__add_enum_value(out, *part, e[i].val);
	return err;
}

/* enum xm_kernel_id of vmlinux.h, which the programs look for to know whether there are casts */
static int ids_add(struct btf *out, const uint32_t ids[NAMES])
{
	static const struct {
		const char *text;
		enum name name;
	} values[] = {
		{ "XM_ID_BPF_DTAB_NETDEV", DTAB },
		{ "XM_ID_NET_DEVICE", DEVICE },
		{ "XM_ID_SK_BUFF", SKB },
		{ "XM_ID_SK_BUFF_HEAD", SKB_HEAD },
		{ "XM_ID_BPF_DEVMAP_VAL", DEVMAP_VAL },
	};
	int err = btf__add_enum(out, "xm_kernel_id", sizeof(uint32_t));

	for (size_t i = 0; i < sizeof(values) / sizeof(*values) && err >= 0; i++)
		err = btf__add_enum_value(out, values[i].text, ids[values[i].name]);
	return err;
}

static int excerpt_fill(struct btf *out, const struct source *s, const uint32_t ids[NAMES])
{
	int err = 0;

	for (int i = 0; i < NAMES && err >= 0; i++) {
		if (!ids[i] || wanted[i].kind == BTF_KIND_FUNC)
			continue;
		err = wanted[i].kind == BTF_KIND_ENUM
			      ? enum_add(s, out, &wanted[i], s->types[ids[i]])
			      : struct_add(s, out, &wanted[i], s->types[ids[i]]);
	}
	return err >= 0 && has_casts(ids) ? ids_add(out, ids) : err;
}

static int excerpt_write(const struct btf *out)
{
	uint32_t size;
	const void *raw = btf__raw_data(out, &size);
	int fd = raw ? memfd_create("xmacvlan_btf", MFD_CLOEXEC) : -1;

	if (fd < 0)
		return raw ? -errno : -ENOMEM;
	if (write(fd, raw, size) == (ssize_t)size)
		return fd;
	close(fd);
	return -EIO;
}

static void excerpt_make(void)
{
	struct source s = {};
	struct btf *out = NULL;
	int err = source_open(&s);

	if (!err)
		err = source_parse(&s, excerpt.ids);
	if (!err) {
		out = btf__new_empty();
		err = out ? excerpt_fill(out, &s, excerpt.ids) : -ENOMEM;
	}
	excerpt.fd = err < 0 ? err : excerpt_write(out);
	btf__free(out);
	source_close(&s);
}

/* The call that stands in the object for one of a kernel's function, and that one */
static void call_resolve(char *elf, size_t size, int32_t call, uint32_t id)
{
	const struct bpf_insn from = { .code = BPF_JMP | BPF_CALL, .imm = call };
	const struct bpf_insn to = { .code = BPF_JMP | BPF_CALL,
				     .src_reg = BPF_PSEUDO_KFUNC_CALL,
				     .imm = (int32_t)id };

	for (size_t at = 0; at + sizeof(from) <= size; at += sizeof(from))
		if (!memcmp(elf + at, &from, sizeof(from)))
			memcpy(elf + at, &to, sizeof(to));
}

struct bpf_object *xm_btf_excerpt_open(const void *elf, size_t size, const char *name)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct bpf_object *obj;
	char path[32], *copy;

	pthread_once(&excerpt.once, excerpt_make);
	if (excerpt.fd < 0)
		return bpf_object__open_mem(elf, size, &opts);
	copy = malloc(size);
	if (!copy)
		return NULL;
	memcpy(copy, elf, size);
	if (has_casts(excerpt.ids)) {
		call_resolve(copy, size, XM_CALL_RDONLY_CAST, excerpt.ids[RDONLY_CAST]);
		call_resolve(copy, size, XM_CALL_KERN_CTX, excerpt.ids[KERN_CTX]);
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", excerpt.fd);
	opts.btf_custom_path = path;
	obj = bpf_object__open_mem(copy, size, &opts);
	free(copy);
	return obj;
}
