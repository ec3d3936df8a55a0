// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Answers of rtnetlink. The first octet chooses what is asked, the rest are datagrams: an octet of
 * flags, the length, the octets. Unless a flag says otherwise the messages in it get the number and
 * the port that the reader waits for. What comes from another port than the kernel's must be as if
 * it had never come.
 */
#define FZ_HARNESS
#include "fakes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/net/route.h"
#include "../../user/net/link.h"
#include "../../user/net/netns.h"
#include "../../user/net/tc.h"
#include "../../user/net/tc_blocks.h"
#include "../../user/net/uc_filter.h"
#include "fuzz.h"

#define STRANGER 0x80 /* flag: the datagram is not the kernel's */
#define AS_IT_IS 0x40 /* its messages keep their number and port */
#define LAST	 0x20 /* the next datagram answers the next request */

static struct fz_in input;
static bool alone; /* without the datagrams of others */
static uint32_t seen; /* of the devices that were told, a number */

/* Messages of a datagram as the kernel numbers them */
static void number(uint8_t *buf, size_t len, uint32_t seq)
{
	while (len >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr nlh;
		size_t step;

		memcpy(&nlh, buf, sizeof(nlh));
		nlh.nlmsg_seq = seq;
		nlh.nlmsg_pid = FZ_PORTID;
		memcpy(buf, &nlh, sizeof(nlh));
		step = (nlh.nlmsg_len + 3ul) & ~3ul;
		if (step < sizeof(nlh) || step > len)
			break;
		buf += step;
		len -= step;
	}
}

static void answer(const void *request, size_t size)
{
	const struct nlmsghdr *asked = request;
	uint8_t buf[2048];
	unsigned int n = 0;

	fz_check(size >= sizeof(*asked) && asked->nlmsg_len >= sizeof(*asked) &&
			 asked->nlmsg_len <= size,
		 "a request of %zu octets", size);
	while (input.len && n++ < FZ_QUEUE) {
		uint8_t flags = fz_u8(&input);
		size_t len = fz_u16(&input) % sizeof(buf);

		len = len < input.len ? len : input.len;
		fz_bytes(&input, buf, len);
		if (!(flags & AS_IT_IS))
			number(buf, len, asked->nlmsg_seq);
		if (!(flags & STRANGER) || !alone)
			fz_nl_queue(buf, len, flags & STRANGER ? 12345 : 0);
		if (flags & LAST)
			break;
	}
}

static void check_text(const char *text, size_t size)
{
	fz_check(memchr(text, 0, size), "a name of %zu octets has no end", size);
}

static void check_link(const struct xm_link *l)
{
	check_text(l->name, sizeof(l->name));
	check_text(l->kind, sizeof(l->kind));
	check_text(l->qdisc, sizeof(l->qdisc));
	seen = seen * 31 + l->ifindex + l->mtu + l->max_mtu + l->group + l->master + l->lower +
	       l->flags;
}

static int each(const struct xm_link *l, void *data)
{
	(void)data;
	check_link(l);
	return l->type == 0x7777 ? -ENOMEM : 0;
}

static const uint8_t mac[XM_MAC_LEN] = { 2, 0, 0, 0, 0, 1 };

static int each_address(const struct xm_prefix *address, void *data)
{
	(void)data;
	fz_check(address->len == 4 || address->len == 16, "an address of %zu octets", address->len);
	seen = seen * 31 + address->bytes[0] + address->bytes[address->len - 1];
	return 0;
}

static int each_hop(const struct xm_hop *hop, void *data)
{
	(void)data;
	fz_check(hop->gw.len == 0 || hop->gw.len == 4 || hop->gw.len == 16,
		 "a gateway of %zu octets", hop->gw.len);
	fz_check(hop->dst.bits <= hop->dst.len * 8, "a prefix of %u bits", hop->dst.bits);
	seen = seen * 31 + hop->gw.bytes[0] + hop->ifindex;
	return 0;
}

/* Addresses, routes and qdiscs: what is found counts as no error */
static int ask_more(struct xm_nl *nl, uint8_t what)
{
	static const struct xm_prefix address = { AF_INET, 4, { 10, 0, 0, 1 }, 24 };
	uint32_t flags;
	int ret;

	switch (what % 6) {
	case 0:
		return xm_ipaddr_each(nl, 2, 3, AF_INET6, each_address, NULL);
	case 1:
		ret = xm_ipaddr_has(nl, 3, &address, &flags);
		break;
	case 2:
		ret = xm_ipaddr_tentative(nl, 3);
		break;
	case 3:
		return xm_route_each(nl, AF_INET6, each_hop, NULL);
	case 4:
		ret = xm_route_default(nl, AF_INET);
		seen = ret;
		break;
	default:
		ret = xm_tc_in_block(nl, 3, 5);
	}
	return ret > 0 ? 0 : ret;
}

static int ask(struct xm_nl *nl, uint8_t what)
{
	struct xm_pair veth = { "xm1-1", mac, mac, 1500, 1, "peer", 1500, -1 };
	struct xm_link link = {};
	int err;

	if (what >= 0xf0)
		return ask_more(nl, what);
	switch (what % 9) {
	case 0:
		err = xm_link_get(nl, XM_NSID_SELF, NULL, 3, &link);
		check_link(&link);
		fz_check(!err == !!link.ifindex, "%d and device %u", err, link.ifindex);
		return err;
	case 1:
		err = xm_link_get(nl, 4, "eth0", 0, &link);
		check_link(&link);
		return err;
	case 2:
		return xm_link_each(nl, XM_NSID_SELF, NULL, each, NULL);
	case 3:
		err = xm_link_add_veth(nl, &veth, &link);
		check_link(&link);
		return err;
	case 4:
		err = xm_tc_has_any_filter(nl, 3);
		return err > 0 ? 0 : err;
	case 5:
		return xm_link_silence(nl, 3, true, "alias");
	case 6:
		return xm_tc_set_block(nl, 5, 6, "endpoint_rx", XM_BLOCK_ONCE);
	case 7:
		return xm_uc_filter_add(nl, 3, mac);
	default:
		err = xm_netns_open_nsid(nl, what / 9);
		if (err >= 0)
			fz_close(err);
		return err < 0 ? err : 0;
	}
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
	return NULL;
}

static int run(const uint8_t *data, size_t size)
{
	struct xm_nl nl;
	int err;

	input = (struct fz_in){ data, size };
	seen = 0;
	fz_nl_reset(answer);
	fz_check(!xm_nl_open(&nl), "no socket");
	err = ask(&nl, fz_u8(&input));
	fz_check(err <= 0 && err > -4096, "the result is %d", err);
	check_text(nl.ack, sizeof(nl.ack));
	check_text(xm_nl_why(&nl, err), 4096);
	xm_netns_forget();
	xm_nl_close(&nl);
	fz_check(!fz_fds(), "%u descriptors are open", fz_fds());
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t told;
	int err;

	fz_fs_reset();
	fz_fs_put("/run/netns", -1);
	fz_fs_put("/run/netns/c0", -2);
	fz_fs_put("/proc", -1);
	fz_fs_put("/proc/17", -1);
	fz_fs_put("/proc/17/ns/net", -2);
	alone = false;
	err = run(data, size);
	told = seen;
	alone = true;
	fz_check(run(data, size) == err && seen == told, "%d, but another result without strangers",
		 err);
	return 0;
}
