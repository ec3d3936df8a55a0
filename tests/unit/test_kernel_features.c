// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What user/pins concludes about a kernel, from its release and from doctored BTF and names */
#include <stdio.h>
#include <string.h>

#include "../../user/pins/kernel_features.h"
#include "../../user/pins/kernel_types.h"
#include "summary.h"

static void test_reflecting_releases(void **state)
{
	static const struct {
		const char *release;
		bool reflects;
	} rows[] = {
		{ "5.17.0", false },
		{ "6.1.0-56-cloud-amd64", false },
		{ "6.18.44", false },
		{ "6.200.1", false },
		{ "7.0.0-14-generic", false },
		{ "7.1.13+deb13-amd64", false },
		{ "7.2.0-rc1", true },
		{ "7.2.13+deb14-cloud-arm64", true },
		{ "7.3", true },
		{ "7.10.0", true },
		{ "8.0.1", true },
		{ "10.1", true },
		{ "", false },
		{ "rolling", false },
		{ "8", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (xm_release_reflects(rows[i].release) != rows[i].reflects)
			fail_msg("%s: %s", rows[i].release,
				 rows[i].reflects ? "does not reflect" : "reflects");
	(void)state;
}

/* How a test's BTF differs from that of a kernel that has everything */
struct doctored {
	const char *without; /* a field, an enumerator or a function */
	bool peer_second; /* struct veth_priv has another field before peer */
	bool skb_apart; /* struct veth_xdp_buff has padding before skb */
	bool nested; /* the fields are in unnamed structs */
};

static struct {
	struct btf *btf;
	const struct doctored *d;
	int pointer, word;
} build;

static void btf_field(const char *name, int type, unsigned int bit)
{
	if (!build.d->without || strcmp(build.d->without, name))
		assert_int_equal(btf__add_field(build.btf, name, type, bit, 0), 0);
}

/* A struct of pointers. names: separated by spaces */
static void btf_struct(const char *name, const char *names)
{
	char copy[128], *save, *field;
	unsigned int at = 0;
	int inner = 0;

	snprintf(copy, sizeof(copy), "%s", names);
	if (build.d->nested)
		inner = btf__add_struct(build.btf, NULL, 64);
	else
		btf__add_struct(build.btf, name, 64);
	for (field = strtok_r(copy, " ", &save); field; field = strtok_r(NULL, " ", &save)) {
		btf_field(field, build.pointer, at * 64);
		at++;
	}
	if (!inner)
		return;
	assert_true(btf__add_struct(build.btf, name, 64) > 0);
	assert_int_equal(btf__add_field(build.btf, NULL, inner, 0, 0), 0);
}

static void btf_number(const char *name, int value)
{
	if (!build.d->without || strcmp(build.d->without, name))
		assert_int_equal(btf__add_enum_value(build.btf, name, value), 0);
}

static void btf_function(const char *name)
{
	int proto = btf__add_func_proto(build.btf, 0);

	if (!build.d->without || strcmp(build.d->without, name))
		assert_true(btf__add_func(build.btf, name, BTF_FUNC_GLOBAL, proto) > 0);
}

static void btf_veth(const struct doctored *d)
{
	int buff;

	btf__add_struct(build.btf, "veth_priv", 64);
	btf_field(d->peer_second ? "dropped" : "peer", build.pointer, 0);
	btf_field(d->peer_second ? "peer" : "dropped", build.pointer, 64);
	buff = btf__find_by_name_kind(build.btf, "xdp_buff", BTF_KIND_STRUCT);
	assert_true(buff > 0);
	btf__add_struct(build.btf, "veth_xdp_buff", 80);
	btf_field("xdp", buff, 0);
	btf_field("skb", build.pointer, 64 * 8 + (d->skb_apart ? 64 : 0));
}

static struct btf *btf_build(const struct doctored *d)
{
	build.btf = btf__new_empty();
	build.d = d;
	assert_non_null(build.btf);
	build.word = btf__add_int(build.btf, "long", 8, 0);
	build.pointer = btf__add_ptr(build.btf, build.word);
	btf_struct("bpf_dtab_netdev", "dev val");
	btf_struct("net_device", "state features group mtu dev_addr");
	btf_struct("sk_buff", "dev mark ip_summed");
	btf_struct("sk_buff_head", "next prev");
	btf_struct("xdp_buff", "data rxq txq");
	btf_struct("xdp_rxq_info", "dev");
	btf_struct("xdp_txq_info", "dev");
	btf__add_enum(build.btf, "netdev_state_t", 4);
	btf_number("__LINK_STATE_START", 0);
	btf_number("__LINK_STATE_NOCARRIER", 2);
	btf_function("bpf_cast_to_kern_ctx");
	btf_function("bpf_rdonly_cast");
	btf_veth(d);
	return build.btf;
}

static const char *missing_of(const struct doctored *d)
{
	struct btf *btf = btf_build(d);
	const char *missing = xm_missing_type(btf);

	btf__free(btf);
	return missing;
}

static void test_types(void **state)
{
	static const struct {
		const char *without, *text;
	} rows[] = {
		{ "val", "struct bpf_dtab_netdev.val" },
		{ "state", "struct net_device.state" },
		{ "features", "struct net_device.features" },
		{ "group", "struct net_device.group" },
		{ "mtu", "struct net_device.mtu" },
		{ "dev_addr", "struct net_device.dev_addr" },
		{ "mark", "struct sk_buff.mark" },
		{ "ip_summed", "struct sk_buff.ip_summed" },
		{ "next", "struct sk_buff_head.next" },
		{ "rxq", "struct xdp_buff.rxq" },
		{ "txq", "struct xdp_buff.txq" },
		{ "__LINK_STATE_START", "enum netdev_state_t.__LINK_STATE_START" },
		{ "__LINK_STATE_NOCARRIER", "enum netdev_state_t.__LINK_STATE_NOCARRIER" },
	};

	assert_null(missing_of(&(struct doctored){}));
	assert_null(missing_of(&(struct doctored){ .nested = true }));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct doctored d = { .without = rows[i].without };
		const char *missing = missing_of(&d);

		assert_non_null(missing);
		assert_string_equal(missing, rows[i].text);
		d.nested = true;
		assert_string_equal(missing_of(&d), rows[i].text);
	}
	(void)state;
}

static int veth_of(const struct doctored *d)
{
	struct btf *btf = btf_build(d);
	int features = xm_btf_veth_layout(btf, btf);

	btf__free(btf);
	return features;
}

static void test_veth(void **state)
{
	struct btf *empty = btf__new_empty(), *base = btf_build(&(struct doctored){});

	assert_int_equal(veth_of(&(struct doctored){}), XM_VETH_NAPI | XM_VETH_SKB);
	assert_int_equal(veth_of(&(struct doctored){ .peer_second = true }), XM_VETH_SKB);
	assert_int_equal(veth_of(&(struct doctored){ .skb_apart = true }), XM_VETH_NAPI);
	assert_int_equal(veth_of(&(struct doctored){ .without = "skb" }), XM_VETH_NAPI);
	assert_int_equal(veth_of(&(struct doctored){ .without = "bpf_rdonly_cast" }), XM_VETH_NAPI);
	assert_int_equal(xm_btf_veth_layout(base, empty), XM_VETH_UNSEEN);
	btf__free(base);
	btf__free(empty);
	(void)state;
}

static void test_bits(void **state)
{
	static char names[64][ETH_GSTRING_LEN];

	strcpy(names[14], "rx-gro");
	strcpy(names[33], "tx-udp-segmentation");
	assert_null(xm_differing_offload_bit(names, 64));
	assert_non_null(strstr(xm_differing_offload_bit(names, 33), "NETIF_F_GSO_UDP_L4_BIT"));
	assert_non_null(strstr(xm_differing_offload_bit(names, 0), "NETIF_F_GRO_BIT"));
	strcpy(names[14], "rx-gro-list");
	assert_non_null(strstr(xm_differing_offload_bit(names, 64), "NETIF_F_GRO_BIT"));
	strcpy(names[14], "rx-gro");
	memset(names[33], 0, ETH_GSTRING_LEN);
	strcpy(names[34], "tx-udp-segmentation");
	assert_non_null(strstr(xm_differing_offload_bit(names, 64), "NETIF_F_GSO_UDP_L4_BIT"));
	(void)state;
}

/* This machine's kernel has what the programs need */
static void test_running_kernel(void **state)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const char *why = "";

	assert_int_equal(xm_check_offload_bits(&why), 0);
	assert_null(why);
	if (!btf)
		summary_skip("no BTF");
	assert_null(xm_missing_type(btf));
	btf__free(btf);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest features[] = {
		cmocka_unit_test(test_reflecting_releases),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_veth),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_running_kernel),
	};

	return SUMMARY_RUN(features);
}
