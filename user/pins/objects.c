// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint_rx.skel.h"
#include "endpoint_rx_plain.skel.h"
#include "endpoint_tx.skel.h"
#include "fanout_rx.skel.h"
#include "fanout_tx.skel.h"
#include "maps.skel.h"
#include "parent_rx.skel.h"
#include "parent_rx_plain.skel.h"
#include "parent_tx.skel.h"
#include "parent_xdp.skel.h"
#include "pins/btf_excerpt.h"
#include "pins/kernel_features.h"
#include "pins/objects.h"

const char *const xm_program_names[XM_PROG_COUNT] = {
	[XM_PROG_PARENT_RX] = "parent_rx",     [XM_PROG_ENDPOINT_RX] = "endpoint_rx",
	[XM_PROG_ENDPOINT_TX] = "endpoint_tx", [XM_PROG_PARENT_TX] = "parent_tx",
	[XM_PROG_PARENT_XDP] = "parent_xdp",   [XM_PROG_FANOUT_RX] = "fanout_rx",
	[XM_PROG_FANOUT_TX] = "fanout_tx",
};

/* A thread's own, for two threads may load a program each at the same time */
static _Thread_local char libbpf_message[256];

static int libbpf_keep_message(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (secure_getenv("XMACVLAN_DEBUG"))
		return vfprintf(stderr, fmt, ap);
	if (level == LIBBPF_WARN) {
		vsnprintf(libbpf_message, sizeof(libbpf_message), fmt, ap);
		libbpf_message[strcspn(libbpf_message, "\n")] = '\0';
	}
	return 0;
}

void xm_libbpf_keep_messages(void)
{
	libbpf_set_print(libbpf_keep_message);
}

/* What fails from now on is not a consequence of the last warning */
static void libbpf_clear_message(void)
{
	libbpf_message[0] = '\0';
}

/*
 * Whether the process, not the kernel, lacks something. Then it cannot probe for features either.
 * libbpf sometimes turns a refusal into EINVAL; therefore it is tried whether a descriptor is free.
 */
static bool process_lacks(int err)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	else if (errno == EMFILE)
		return true;
	return err == EPERM || err == EMFILE || err == ENFILE || err == ENOMEM || err == EINTR;
}

int xm_object_fail(struct xm_err *e, int err, const char *what, const char *which)
{
	const char *missing = process_lacks(abs(err)) ? NULL : xm_missing_feature();

	if (missing)
		return xm_fail(e, err, "cannot %s%s: the kernel lacks %s", what, which, missing);
	return xm_fail(e, err, "cannot %s%s: %s%s%s", what, which, strerror(abs(err)),
		       libbpf_message[0] ? ": " : "", libbpf_message);
}

static struct bpf_object *object_open(const void *elf, size_t size, const char *name)
{
	libbpf_clear_message();
	return xm_btf_excerpt_open(elf, size, name);
}

struct bpf_object *xm_object_open_program(enum xm_program program, bool plain)
{
	static const void *(*const full[XM_PROG_COUNT])(size_t * size) = {
		[XM_PROG_PARENT_RX] = parent_rx__elf_bytes,
		[XM_PROG_ENDPOINT_RX] = endpoint_rx__elf_bytes,
		[XM_PROG_ENDPOINT_TX] = endpoint_tx__elf_bytes,
		[XM_PROG_PARENT_TX] = parent_tx__elf_bytes,
		[XM_PROG_PARENT_XDP] = parent_xdp__elf_bytes,
		[XM_PROG_FANOUT_RX] = fanout_rx__elf_bytes,
		[XM_PROG_FANOUT_TX] = fanout_tx__elf_bytes,
	};
	static const void *(*const plain_ones[XM_PROG_COUNT])(size_t * size) = {
		[XM_PROG_PARENT_RX] = parent_rx_plain__elf_bytes,
		[XM_PROG_ENDPOINT_RX] = endpoint_rx_plain__elf_bytes,
	};
	bool is_plain = plain && plain_ones[program];
	size_t size;
	const void *elf = (is_plain ? plain_ones : full)[program](&size);

	return object_open(elf, size, xm_program_names[program]);
}

struct bpf_object *xm_object_open_maps(void)
{
	size_t size;
	const void *elf = maps__elf_bytes(&size);
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "maps");

	libbpf_clear_message();
	return bpf_object__open_mem(elf, size, &opts);
}
