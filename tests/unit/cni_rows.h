/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Requests that a runtime may send to the plugin, and their expected results */
#ifndef XM_TESTS_CNI_ROWS_H
#define XM_TESTS_CNI_ROWS_H

#define BOTH	"\"cniVersion\":\"1.0.0\",\"name\":\"net\""
#define CONF(x) "{" BOTH ",\"master\":\"p0\"" x "}"
#define V(v)	"{\"cniVersion\":\"" v "\",\"name\":\"net\"}"
#define M1	"02:00:00:00:00:01"
#define M2	"02:00:00:00:00:02"
#define M3	"02:00:00:00:00:03"
#define PLAIN	"master=p0 mode=bridge mtu=0 bcqueuelen=0"
#define X64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* env: COMMAND CONTAINERID NETNS IFNAME ARGS PATH, separated by spaces; '' is an empty variable */
#define ADD	"ADD c1 /run/netns/c eth0 '' /bin"
#define ADDA(a) "ADD c1 /run/netns/c eth0 " a " /bin"
#define GC	"GC '' '' '' '' /bin"

static const struct row {
	const char *name, *text, *env;
	int code;
	const char *want; /* code 0: the summary of the request; else a part of the message */
} rows[] = {
	/* environment */
	{ "no such command", CONF(""), "FOO c1 /n eth0 '' /bin", 4, "'FOO'" },
	{ "ADD needs all", CONF(""), "ADD '' '' '' '' ''", 4,
	  "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME are not set" },
	{ "a namespace that is not UTF-8", CONF(""), "ADD c1 /run/\xff eth0 '' /bin", 4,
	  "CNI_NETNS '/run/?'" },
	{ "CHECK needs all", CONF(""), "CHECK '' '' '' '' ''", 4,
	  "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME are not set" },
	{ "DEL needs no namespace", CONF(""), "DEL '' '' '' '' ''", 4,
	  "CNI_CONTAINERID, CNI_IFNAME are not set" },
	{ "no path", CONF(""), "ADD c1 /n eth0 '' ''", 0, "ADD 1.0.0 net " PLAIN },
	{ "DEL without a path", CONF(""), "DEL c1 '' eth0 '' ''", 0,
	  "DEL 1.0.0 net master=- mode=- mtu=0 bcqueuelen=0" },
	{ "GC without a path", V("1.1.0"), "GC '' '' '' '' ''", 0,
	  "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0 no list" },
	{ "STATUS without a path", V("1.1.0"), "STATUS '' '' '' '' ''", 0,
	  "STATUS 1.1.0 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "one is missing", CONF(""), "ADD c1 /n '' '' /bin", 4, "ADD: CNI_IFNAME is not set" },
	{ "container begins with a dash", CONF(""), "ADD -c /n eth0 '' /bin", 4, "'-c'" },
	{ "container with a slash", CONF(""), "ADD c/d /n eth0 '' /bin", 4, "'c/d'" },
	{ "container of 64", CONF(""), "ADD " X64 " /n eth0 '' /bin", 0, "ADD 1.0.0 net " PLAIN },
	{ "container of 256", CONF(""), "ADD " X64 X64 X64 X64 " /n eth0 '' /bin", 4,
	  "longer than 255" },
	{ "interface of 16", CONF(""), "ADD c1 /n abcdefghijklmnop '' /bin", 4, "CNI_IFNAME" },
	{ "interface with a slash", CONF(""), "ADD c1 /n a/b '' /bin", 4, "CNI_IFNAME 'a/b'" },
	{ "interface with a colon", CONF(""), "ADD c1 /n a:b '' /bin", 4, "CNI_IFNAME 'a:b'" },
	{ "interface ..", CONF(""), "ADD c1 /n .. '' /bin", 4, "CNI_IFNAME '..'" },
	/* decoding, versions, names */
	{ "not JSON", "foo", ADD, 6, "not JSON" },
	{ "nothing", "", ADD, 6, "not JSON" },
	{ "two documents", CONF("") "{}", ADD, 6, "not JSON" },
	{ "not an object", "[]", ADD, 6, "not a JSON object" },
	{ "version is a number", "{\"cniVersion\":1,\"name\":\"net\"}", ADD, 6,
	  "cniVersion 1 is not" },
	{ "no version is 0.1.0", "{\"name\":\"net\",\"master\":\"p0\"}", ADD, 0,
	  "ADD 0.1.0 net " PLAIN },
	{ "empty version is 0.1.0", "{\"cniVersion\":\"\",\"name\":\"net\",\"master\":\"p0\"}", ADD,
	  0, "ADD 0.1.0 net " PLAIN },
	{ "0.1.0", V("0.1.0"), ADD, 0, "ADD 0.1.0 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "0.2.0", V("0.2.0"), ADD, 0, "ADD 0.2.0 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "0.3.0", V("0.3.0"), ADD, 0, "ADD 0.3.0 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "0.3.1", V("0.3.1"), ADD, 0, "ADD 0.3.1 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "0.4.0", V("0.4.0"), ADD, 0, "ADD 0.4.0 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "1.1.0", V("1.1.0"), ADD, 0, "ADD 1.1.0 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "1.2.0", V("1.2.0"), ADD, 1, "'1.2.0'" },
	{ "0.3.2", V("0.3.2"), ADD, 1, "'0.3.2'" },
	{ "CHECK before 0.4.0", V("0.3.1"), "CHECK c1 /n eth0 '' /bin", 1,
	  "CHECK requires cniVersion 0.4.0 or later, the configuration has 0.3.1" },
	{ "STATUS before 1.1.0", V("1.0.0"), "STATUS '' '' '' '' /bin", 1,
	  "STATUS requires cniVersion 1.1.0" },
	{ "GC before 1.1.0", V("1.0.0"), GC, 1, "GC requires cniVersion 1.1.0" },
	{ "VERSION", V("0.4.0"), "VERSION '' dummy '' '' ''", 0, "VERSION 0.4.0" },
	{ "VERSION of nothing", "", "VERSION '' dummy '' '' ''", 0, "VERSION 1.1.0" },
	{ "VERSION of another", V("9.0.0"), "VERSION '' dummy '' '' ''", 0, "VERSION 9.0.0" },
	{ "VERSION, none", V("nine"), "VERSION '' dummy '' '' ''", 1, "'nine'" },
	{ "no name", "{\"cniVersion\":\"1.0.0\"}", ADD, 7, "'name'" },
	{ "name is a number", "{\"cniVersion\":\"1.0.0\",\"name\":5}", ADD, 7,
	  "name 5 is not a string" },
	{ "a wrong name", "{\"cniVersion\":\"1.0.0\",\"name\":\"a b\"}", ADD, 7, "'a b'" },
	/* keys */
	{ "plain", CONF(""), ADD, 0, "ADD 1.0.0 net " PLAIN },
	{ "keys in any case", "{" BOTH ",\"Master\":\"p0\",\"MODE\":\"vepa\"}", ADD, 0,
	  "ADD 1.0.0 net master=p0 mode=vepa mtu=0 bcqueuelen=0" },
	{ "unknown keys", CONF(",\"foo\":[1],\"promisc\":1"), ADD, 0, "ADD 1.0.0 net " PLAIN },
	{ "null is not there", CONF(",\"mtu\":null,\"mode\":null,\"ipam\":null"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN },
	{ "empty texts are not there", "{" BOTH ",\"master\":\"\",\"mode\":\"\",\"mac\":\"\"}", ADD,
	  0, "ADD 1.0.0 net master=- mode=bridge mtu=0 bcqueuelen=0" },
	{ "private", CONF(",\"mode\":\"private\""), ADD, 0,
	  "ADD 1.0.0 net master=p0 mode=private mtu=0 bcqueuelen=0" },
	{ "passthru", CONF(",\"mode\":\"passthru\""), ADD, 0,
	  "ADD 1.0.0 net master=p0 mode=passthru mtu=0 bcqueuelen=0" },
	{ "source", CONF(",\"mode\":\"source\",\"macaddr\":[\"" M1 "\",\"" M2 "\"]"), ADD, 0,
	  "ADD 1.0.0 net master=p0 mode=source mtu=0 bcqueuelen=0 macaddr=" M1 " macaddr=" M2 },
	{ "unknown mode", CONF(",\"mode\":\"foo\""), ADD, 7, "mode 'foo'" },
	{ "mode is a number", CONF(",\"mode\":3"), ADD, 7, "mode 3" },
	{ "macaddr in bridge mode", CONF(",\"macaddr\":[\"" M1 "\"]"), ADD, 7,
	  "macaddr [\"" M1 "\"]" },
	{ "macaddr is a text", CONF(",\"mode\":\"source\",\"macaddr\":\"" M1 "\""), ADD, 7,
	  "macaddr \"" M1 "\"" },
	{ "macaddr is multicast", CONF(",\"mode\":\"source\",\"macaddr\":[\"01:00:00:00:00:01\"]"),
	  ADD, 7, "macaddr '01:00:00:00:00:01'" },
	{ "macaddr has a number", CONF(",\"mode\":\"source\",\"macaddr\":[7]"), ADD, 7,
	  "macaddr 7" },
	{ "mtu", CONF(",\"mtu\":1400"), ADD, 0,
	  "ADD 1.0.0 net master=p0 mode=bridge mtu=1400 bcqueuelen=0" },
	{ "mtu below 0", CONF(",\"mtu\":-1"), ADD, 7, "mtu -1 is not in [0, 2147483647]" },
	{ "mtu is a text", CONF(",\"mtu\":\"1400\""), ADD, 7, "mtu \"1400\"" },
	{ "mtu is a fraction", CONF(",\"mtu\":1400.5"), ADD, 7, "mtu 1400.5" },
	{ "master is a number", "{" BOTH ",\"master\":1}", ADD, 7, "master 1" },
	{ "bcqueuelen", CONF(",\"bcqueuelen\":5"), ADD, 0,
	  "ADD 1.0.0 net master=p0 mode=bridge mtu=0 bcqueuelen=5" },
	{ "bcqueuelen below 0", CONF(",\"bcqueuelen\":-5"), ADD, 7, "bcqueuelen -5" },
	{ "linkInContainer", CONF(",\"linkInContainer\":true"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " inside" },
	{ "linkInContainer is a text", CONF(",\"linkInContainer\":\"yes\""), ADD, 7,
	  "linkInContainer \"yes\"" },
	{ "hostAccess", CONF(",\"hostAccess\":true"), ADD, 0, "ADD 1.0.0 net " PLAIN " host=1" },
	{ "hostAccess off", CONF(",\"hostAccess\":false"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " host=0" },
	{ "hostAccess is a number", CONF(",\"hostAccess\":1"), ADD, 7, "hostAccess 1" },
	{ "spoofCheck", CONF(",\"spoofCheck\":false"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " spoofchk=0" },
	{ "spoofCheck is a text", CONF(",\"spoofCheck\":\"\""), ADD, 7, "spoofCheck \"\"" },
	{ "trust", CONF(",\"trust\":false"), ADD, 0, "ADD 1.0.0 net " PLAIN " trust=0" },
	{ "followAddresses", CONF(",\"followAddresses\":true"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " follow=1" },
	{ "followAddresses is a text", CONF(",\"followAddresses\":\"own\""), ADD, 7,
	  "followAddresses \"own\"" },
	{ "trust is a text", CONF(",\"trust\":\"off\""), ADD, 7, "trust \"off\"" },
	{ "ipv6 and acceptRA", CONF(",\"ipv6\":false,\"acceptRA\":true"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " ipv6=0 acceptRA=1" },
	{ "ipv6 is a number", CONF(",\"ipv6\":0"), ADD, 7, "ipv6 0" },
	{ "acceptRA is a text", CONF(",\"acceptRA\":\"no\""), ADD, 7, "acceptRA \"no\"" },
	{ "ipam", CONF(",\"ipam\":{\"type\":\"host-local\"}"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " ipam=host-local" },
	{ "ipam of nothing", CONF(",\"ipam\":{}"), ADD, 0, "ADD 1.0.0 net " PLAIN },
	{ "ipam is a text", CONF(",\"ipam\":\"static\""), ADD, 7, "ipam \"static\"" },
	{ "ipam is elsewhere", CONF(",\"ipam\":{\"type\":\"../sh\"}"), ADD, 7,
	  "ipam.type '../sh'" },
	{ "ipam of no text", CONF(",\"ipam\":{\"type\":[]}"), ADD, 7, "ipam.type []" },
	{ "dns", CONF(",\"dns\":{\"nameservers\":[\"::1\"]}"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " dns" },
	{ "dns is a list", CONF(",\"dns\":[]"), ADD, 7, "dns []" },
	{ "dns.nameservers is a text", CONF(",\"dns\":{\"nameservers\":\"x\"}"), ADD, 7,
	  "dns.nameservers \"x\" is not a list of strings" },
	{ "dns.nameservers has a number", CONF(",\"dns\":{\"Nameservers\":[\"::1\",3]}"), ADD, 7,
	  "dns.nameservers [\"::1\",3]" },
	{ "dns.domain is a number", CONF(",\"dns\":{\"domain\":5}"), ADD, 7,
	  "dns.domain 5 is not a string" },
	{ "dns.search is an object", CONF(",\"dns\":{\"search\":{}}"), ADD, 7, "dns.search {}" },
	{ "dns.options is true", CONF(",\"dns\":{\"options\":true}"), ADD, 7, "dns.options true" },
	{ "dns, null", CONF(",\"dns\":{\"domain\":null,\"search\":null}"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " dns" },
	{ "prevResult", CONF(",\"prevResult\":{}"), ADD, 0, "ADD 1.0.0 net " PLAIN " prev" },
	{ "prevResult is a text", CONF(",\"prevResult\":\"x\""), ADD, 7, "prevResult \"x\"" },
	/* MAC */
	{ "mac", CONF(",\"mac\":\"" M1 "\""), ADD, 0, "ADD 1.0.0 net " PLAIN " mac=" M1 },
	{ "mac with dashes", CONF(",\"mac\":\"02-00-00-00-00-01\""), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " mac=" M1 },
	{ "mac with dots", CONF(",\"mac\":\"0200.0000.0001\""), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " mac=" M1 },
	{ "CNI_ARGS before mac", CONF(",\"mac\":\"" M1 "\""), ADDA("MAC=" M2), 0,
	  "ADD 1.0.0 net " PLAIN " mac=" M2 },
	{ "runtimeConfig before CNI_ARGS",
	  CONF(",\"mac\":\"" M1 "\",\"runtimeConfig\":{\"mac\":\"" M3 "\"}"), ADDA("MAC=" M2), 0,
	  "ADD 1.0.0 net " PLAIN " mac=" M3 },
	{ "RuntimeConfig", CONF(",\"RuntimeConfig\":{\"Mac\":\"" M3 "\"}"), ADD, 0,
	  "ADD 1.0.0 net " PLAIN " mac=" M3 },
	{ "a wrong mac that does not count", CONF(",\"mac\":\"x\""), ADDA("MAC=" M2), 0,
	  "ADD 1.0.0 net " PLAIN " mac=" M2 },
	{ "a mac as ip takes it", CONF(",\"mac\":\"2:0:0:0:0:1\""), ADD, 7, "mac '2:0:0:0:0:1'" },
	{ "a wrong mac", CONF(",\"mac\":\"x\""), ADD, 7, "mac 'x'" },
	{ "a multicast mac", CONF(",\"mac\":\"01:00:00:00:00:01\""), ADD, 7,
	  "mac '01:00:00:00:00:01'" },
	{ "the zero mac", CONF(",\"mac\":\"00:00:00:00:00:00\""), ADD, 7, "zero" },
	{ "a wrong runtimeConfig.mac", CONF(",\"runtimeConfig\":{\"mac\":\"x\"}"), ADD, 7,
	  "runtimeConfig.mac 'x'" },
	{ "runtimeConfig.mac is a number", CONF(",\"runtimeConfig\":{\"mac\":3}"), ADD, 7,
	  "runtimeConfig.mac 3" },
	{ "runtimeConfig is a list", CONF(",\"runtimeConfig\":[]"), ADD, 7, "runtimeConfig []" },
	{ "podman's CNI_ARGS", CONF(""),
	  ADDA("IgnoreUnknown=1;K8S_POD_NAME=x;MAC=" M2 ";IP=10.0.0.2"), 0,
	  "ADD 1.0.0 net " PLAIN " mac=" M2 },
	{ "IgnoreUnknown behind", CONF(""), ADDA("FOO=1;IgnoreUnknown=true"), 0,
	  "ADD 1.0.0 net " PLAIN },
	{ "unknown CNI_ARGS", CONF(""), ADDA("FOO=1"), 4, "'FOO'" },
	{ "unknown, not ignored", CONF(""), ADDA("FOO=1;IgnoreUnknown=0"), 4, "'FOO'" },
	{ "no pair", CONF(""), ADDA("FOO"), 4, "'FOO'" },
	{ "two values", CONF(""), ADDA("MAC=a=b"), 4, "'MAC=a=b'" },
	{ "a wrong MAC of CNI_ARGS", CONF(""), ADDA("MAC=x"), 4, "CNI_ARGS MAC 'x'" },
	{ "IgnoreUnknown=maybe", CONF(""), ADDA("IgnoreUnknown=maybe"), 4, "IgnoreUnknown=maybe" },
	/* JSON that jansson does not take */
	{ "foreign keys",
	  CONF(",\"args\":{\"cni\":{\"x\":18446744073709551615,\"y\":1e400}},"
	       "\"z\":[\"a\\u0000b\",\"\\ud800\",\"\xff\"]"),
	  ADD, 0, "ADD 1.0.0 net " PLAIN },
	{ "DEL with foreign keys", CONF(",\"x\":18446744073709551615,\"y\":\"\\u0000\""),
	  "DEL c1 '' eth0 '' ''", 0, "DEL 1.0.0 net master=- mode=- mtu=0 bcqueuelen=0" },
	{ "a large mtu", CONF(",\"mtu\":18446744073709551615"), ADD, 7,
	  "mtu 18446744073709551615 is not a whole number" },
	{ "an mtu of 1e3", CONF(",\"mtu\":1e3"), ADD, 7, "mtu 1e3 is not a whole number" },
	{ "a master of 1e400", "{" BOTH ",\"master\":1e400}", ADD, 7,
	  "master 1e400 is not a string" },
	{ "a master with a NUL", "{" BOTH ",\"master\":\"p0\\u0000\"}", ADD, 0,
	  "ADD 1.0.0 net master=\"p0\\u0000\" mode=bridge mtu=0 bcqueuelen=0" },
	{ "a name with a NUL", "{\"cniVersion\":\"1.0.0\",\"name\":\"net\\u0000\"}", ADD, 7,
	  "name '\"net\\u0000\"' does not begin" },
	{ "a mode with half of a pair", CONF(",\"mode\":\"\\ud800\""), ADD, 7,
	  "mode '\"\\ud800\"'" },
	{ "the last key counts", "{" BOTH ",\"master\":\"p0\",\"MASTER\":\"p1\"}", ADD, 0,
	  "ADD 1.0.0 net master=p1 mode=bridge mtu=0 bcqueuelen=0" },
	/* DEL ignores keys and variables that it does not need */
	{ "DEL of types that are wrong", CONF(",\"ipam\":5,\"linkInContainer\":\"x\",\"dns\":1"),
	  "DEL c1 '' eth0 '' ''", 0, "DEL 1.0.0 net master=- mode=- mtu=0 bcqueuelen=0" },
	{ "DEL of a wrong rest",
	  CONF(",\"mode\":\"foo\",\"mtu\":-1,\"mac\":\"x\",\"prevResult\":0"),
	  "DEL c1 '' eth0 FOO /bin", 0, "DEL 1.0.0 net master=- mode=- mtu=0 bcqueuelen=0" },
	/* GC */
	{ "GC without a list", V("1.1.0"), GC, 0,
	  "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0 no list" },
	{ "GC of the old key",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/attachments\":[{"
	  "\"containerID\":\"c\",\"ifname\":\"e\"}]}",
	  GC, 0, "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0 valid=1 old" },
	{ "GC of both keys",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/attachments\":[{"
	  "\"containerID\":\"c\",\"ifname\":\"e\"}],\"cni.dev/valid-attachments\":[]}",
	  GC, 0, "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0 valid=0" },
	{ "GC of the old key beside null",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/attachments\":[],"
	  "\"cni.dev/valid-attachments\":null}",
	  GC, 0, "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0 valid=0 old" },
	{ "GC of an old key that is null",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/attachments\":null}", GC, 0,
	  "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0" },
	{ "GC of an old key that is no list",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/attachments\":{}}", GC, 7,
	  "cni.dev/attachments {}" },
	{ "GC of none",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/valid-attachments\":[]}", GC, 0,
	  "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0 valid=0" },
	{ "GC of null",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/valid-attachments\":null}", GC, 0,
	  "GC 1.1.0 net master=- mode=- mtu=0 bcqueuelen=0" },
	{ "GC of an incomplete one",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/"
	  "valid-attachments\":[{\"ifname\":\"e\"}]}",
	  GC, 7, "{\"ifname\":\"e\"}" },
	{ "GC of a text",
	  "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"cni.dev/valid-attachments\":\"x\"}", GC, 7,
	  "\"x\"" },
};

/* Results converted to another version. want: code 0: the result; else a part of the message */
#define IPS100                                                                                     \
	"\"ips\":[{\"interface\":0,\"address\":\"10.0.0.2/24\",\"gateway\":\"10.0.0.1\"},"         \
	"{\"interface\":0,\"address\":\"fd00::2/64\"}]"
#define IPS040                                                                                     \
	"\"ips\":[{\"version\":\"4\",\"interface\":0,\"address\":\"10.0.0.2/"                      \
	"24\",\"gateway\":\"10.0.0.1\"},"                                                          \
	"{\"version\":\"6\",\"interface\":0,\"address\":\"fd00::2/64\"}]"
#define ROUTES "\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"fd01::/64\",\"gw\":\"fd00::9\"}]"
#define OLD                                                                                        \
	"\"ip4\":{\"ip\":\"10.0.0.2/24\",\"gateway\":\"10.0.0.1\",\"routes\":[{\"dst\":\"0.0.0.0/" \
	"0\"}]},"                                                                                  \
	"\"ip6\":{\"ip\":\"fd00::2/64\",\"routes\":[{\"dst\":\"fd01::/64\",\"gw\":\"fd00::9\"}]}"
#define DNS "\"dns\":{\"domain\":\"d\"}"

static const struct result_row {
	const char *name, *from;
	enum cni_version to;
	int code;
	const char *want;
} result_rows[] = {
	{ "empty", "{}", CNI_100, 0, "{\"cniVersion\":\"1.0.0\",\"dns\":{}}" },
	{ "empty, old", "{}", CNI_020, 0, "{\"cniVersion\":\"0.2.0\",\"dns\":{}}" },
	{ "1.0.0 to itself", "{\"cniVersion\":\"1.0.0\"," IPS100 "," ROUTES "," DNS "}", CNI_100, 0,
	  "{\"cniVersion\":\"1.0.0\"," IPS100 "," ROUTES "," DNS "}" },
	{ "1.0.0 to 0.4.0", "{\"cniVersion\":\"1.0.0\"," IPS100 "}", CNI_040, 0,
	  "{\"cniVersion\":\"0.4.0\"," IPS040 ",\"dns\":{}}" },
	{ "0.4.0 to 1.0.0", "{\"cniVersion\":\"0.4.0\"," IPS040 "}", CNI_100, 0,
	  "{\"cniVersion\":\"1.0.0\"," IPS100 ",\"dns\":{}}" },
	{ "1.0.0 to 0.2.0", "{\"cniVersion\":\"1.0.0\"," IPS100 "," ROUTES "}", CNI_020, 0,
	  "{\"cniVersion\":\"0.2.0\"," OLD ",\"dns\":{}}" },
	{ "0.1.0 to itself", "{\"cniVersion\":\"0.1.0\"," OLD "," DNS "}", CNI_010, 0,
	  "{\"cniVersion\":\"0.1.0\"," OLD "," DNS "}" },
	{ "1.1.0 keeps what is new",
	  "{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"e\",\"mtu\":9}],\"routes\":[{"
	  "\"dst\":\"::/0\","
	  "\"table\":5,\"scope\":0}]}",
	  CNI_110, 0,
	  "{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"e\",\"mtu\":9}],\"routes\":[{"
	  "\"dst\":\"::/0\","
	  "\"table\":5,\"scope\":0}],\"dns\":{}}" },
	{ "1.0.0 has it of routes alone",
	  "{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"e\",\"mtu\":9}],\"routes\":[{"
	  "\"dst\":\"::/0\","
	  "\"mtu\":9,\"advmss\":9,\"priority\":9,\"table\":5,\"scope\":0}]}",
	  CNI_100, 0,
	  "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"e\"}],\"routes\":[{\"dst\":\"::/"
	  "0\","
	  "\"mtu\":9,\"advmss\":9,\"priority\":9,\"table\":5,\"scope\":0}],\"dns\":{}}" },
	{ "0.2.0 has none of it",
	  "{\"ips\":[{\"address\":\"fd00::2/64\"}],\"routes\":[{\"dst\":\"::/0\",\"table\":5}]}",
	  CNI_020, 0,
	  "{\"cniVersion\":\"0.2.0\",\"ip6\":{\"ip\":\"fd00::2/64\",\"routes\":[{\"dst\":\"::/"
	  "0\"}]},\"dns\":{}}" },
	{ "unknown version", "{\"cniVersion\":\"7\"}", CNI_100, 6,
	  "it: cniVersion \"7\" is not known" },
	{ "no object", "[]", CNI_100, 6, "it is not a JSON object" },
	{ "ips is a text", "{\"ips\":\"x\"}", CNI_100, 6, "it: ips \"x\" is not a list" },
	{ "an ip is a text", "{\"ips\":[\"x\"]}", CNI_100, 6, "it: ips \"x\" is not an object" },
	{ "dns is a list", "{\"dns\":[]}", CNI_100, 6, "it: dns [] is not an object" },
	{ "dns of all that is known",
	  "{\"dns\":{\"Domain\":\"d\",\"nameservers\":[\"::1\"],\"search\":[\"a\",\"b\"],"
	  "\"options\":[],\"more\":5}}",
	  CNI_100, 0,
	  "{\"cniVersion\":\"1.0.0\",\"dns\":{\"domain\":\"d\",\"nameservers\":[\"::1\"],"
	  "\"search\":[\"a\",\"b\"]}}" },
	{ "empty gateways are none",
	  "{\"ips\":[{\"address\":\"10.0.0.2/24\",\"gateway\":\"\"}],\"routes\":[{\"dst\":\"::/"
	  "0\",\"GW\":\"\"}]}",
	  CNI_100, 0,
	  "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.0.0.2/"
	  "24\"}],\"routes\":[{\"dst\":\"::/0\"}],\"dns\":{}}" },
	{ "empty gateways of the old form are none",
	  "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.0.0.2/"
	  "24\",\"gateway\":\"\",\"routes\":[{\"dst\":\"0.0.0.0/0\","
	  "\"gw\":\"\"}]}}",
	  CNI_010, 0,
	  "{\"cniVersion\":\"0.1.0\",\"ip4\":{\"ip\":\"10.0.0.2/"
	  "24\",\"routes\":[{\"dst\":\"0.0.0.0/0\"}]},\"dns\":{}}" },
	{ "dns.search is a text", "{\"dns\":{\"search\":\"x\"}}", CNI_100, 6,
	  "it: dns.search \"x\"" },
	{ "an interface's name is a number", "{\"interfaces\":[{\"name\":5}]}", CNI_100, 6,
	  "it: interfaces.name 5 is not a string" },
	{ "an ip's interface is a text",
	  "{\"ips\":[{\"address\":\"10.0.0.2/24\",\"interface\":\"0\"}]}", CNI_100, 6,
	  "it: ips.interface \"0\" is not a whole number" },
	{ "ip4.routes is a text",
	  "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.0.0.2/24\",\"routes\":5}}", CNI_020, 6,
	  "it: ip4.routes 5 is not a list" },
	{ "ip4 without an address", "{\"cniVersion\":\"0.2.0\",\"ip4\":{}}", CNI_020, 6,
	  "it: ip4 {} has no ip" },
};

#endif
