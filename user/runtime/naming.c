// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/naming.h"

/* FNV-1a */
static uint64_t naming_add_octet(uint64_t hash, uint8_t octet)
{
	return (hash ^ octet) * 0x100000001b3u;
}

/* Adds a text with its NUL, so that ("ab", "c") and ("a", "bc") have different hashes */
static uint64_t naming_add_text(uint64_t hash, const char *text)
{
	do
		hash = naming_add_octet(hash, *text);
	while (*text++);
	return hash;
}

/* Finalizer of splitmix64: every bit of the hash changes every bit of the result */
static uint64_t naming_spread(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t naming_hash(const struct xm_attachment *a)
{
	uint64_t hash = naming_add_text(0xcbf29ce484222325u, a->network);

	return naming_add_text(naming_add_text(hash, a->container), a->ifname);
}

void xm_attachment_name(const struct xm_attachment *a, char prefix, char ret[XM_NAME_LEN])
{
	snprintf(ret, XM_NAME_LEN, "%c%014llx", prefix,
		 (unsigned long long)naming_spread(naming_hash(a)) >> 8);
}

static void machine_id_read(const char *path, char ret[XM_MACHINE_ID + 1])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, ret, XM_MACHINE_ID);

	if (fd >= 0)
		close(fd);
	ret[len > 0 ? len : 0] = '\0';
	/* at the first boot the file has the text "uninitialized" */
	if (strspn(ret, "0123456789abcdef") != XM_MACHINE_ID)
		ret[0] = '\0';
}

void xm_machine_id(char ret[XM_MACHINE_ID + 1])
{
	machine_id_read("/etc/machine-id", ret);
	if (!ret[0])
		machine_id_read("/var/lib/dbus/machine-id", ret);
}

void xm_attachment_mac(const struct xm_attachment *a, const struct xm_attachment_host *host,
		       unsigned int attempt, uint8_t ret[XM_MAC_LEN])
{
	uint64_t hash = naming_hash(a), bits;

	for (int i = 0; i < XM_MAC_LEN; i++)
		hash = naming_add_octet(hash, host->mac[i]);
	hash = naming_add_text(hash, host->machine_id);
	bits = naming_spread(hash + (attempt + 1) * 0x9e3779b97f4a7c15u);

	for (int i = 0; i < XM_MAC_LEN; i++)
		ret[i] = bits >> (8 * i);
	ret[0] = (ret[0] & 0xfc) | 0x02;
}
