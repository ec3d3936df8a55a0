/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of `apply` ask for. The keys of a parent are the keywords of `attach`, those of an
 * endpoint the keywords of `add`, so that words, limits and messages are those of the command line.
 */
#ifndef XM_APPLY_WANT_H
#define XM_APPLY_WANT_H

#include "cli/apply_files.h"
#include "cli/apply_inside.h"
#include "cli/word_list.h"
#include "engine/settings.h"

struct xm_want_parent {
	const char *name; /* interface name, alternative name or MAC */
	const struct xm_apply_document *from;
	struct xm_word_list words; /* of `attach` */
	struct xm_attach attach; /* the same, read */
};

struct xm_want_endpoint {
	const char *name;
	const struct xm_apply_document *from;
	struct xm_word_list words; /* of `add` */
	struct xm_add add; /* the same, read */
	bool has_type; /* `type` is given */
	/* MACs beside its own: `address add` */
	uint8_t (*additional)[XM_MAC_LEN];
	size_t additional_count;
	struct xm_inside inside;
};

struct xm_want {
	struct xm_want_parent *parents;
	struct xm_want_endpoint *endpoints;
	size_t parent_count, endpoint_count;
	json_t *names; /* of the endpoints: their numbers */
};

/*
 * Reads the documents, without a look at the kernel. Returns 0, or -EINVAL and fills *e, which
 * begins with FILE:LINE and the key. *ret points into the documents. The caller frees *ret by
 * xm_want_free(), also after an error.
 */
int xm_want_read(const struct xm_apply_documents *documents, struct xm_want *ret, struct xm_err *e);
void xm_want_free(struct xm_want *want);

/* The keys that an endpoint has beside the keywords */
#define XM_WANT_INSIDE "inside"

#endif
