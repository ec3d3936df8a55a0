# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For netavark.py: the IPAM driver dhcp. The LAN's server is dnsmasq; busybox's udhcpd is the one
with leases of seconds. dhcp(lib): lib is netavark.py's module, its functions.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import time

from dhcp_server import LEASES, OddServer, start_dnsmasq

PINS = "/sys/fs/bpf/xmacvlan/podman_leases"
DNS = ("--dhcp-option=6,192.0.2.53,192.0.2.54", "--dhcp-option=15,lan.example")
UDHCPD = "/tmp/udhcpd"


def pinned():
    return len(os.listdir(PINS)) if os.path.isdir(PINS) else 0


def wait(check, what, test, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not test():
        time.sleep(0.05)
    check(what, test())


def server_leases():
    """MAC: (address, host name), of dnsmasq"""
    with open(LEASES, encoding="ascii") as file:
        return {words[1]: (words[2], words[3]) for words in map(str.split, file)
                if len(words) == 5}


class Udhcpd:
    """Leases of a few seconds, of the addresses 192.0.2.FIRST to 192.0.2.LAST"""

    def __init__(self, seconds, first, last, router="192.0.2.1"):
        with open(f"{UDHCPD}.conf", "w", encoding="ascii") as file:
            file.write(f"start 192.0.2.{first}\nend 192.0.2.{last}\ninterface wire\nmin_lease 2\n"
                       f"lease_file {UDHCPD}.leases\npidfile {UDHCPD}.pid\n"
                       f"option subnet 255.255.255.0\noption router {router}\n"
                       f"option lease {seconds}\n")
        open(f"{UDHCPD}.leases", "w", encoding="ascii").close()
        # pylint: disable-next=consider-using-with
        self.log = open(f"{UDHCPD}.log", "w+", encoding="ascii")
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", "lan", "busybox", "udhcpd", "-f", f"{UDHCPD}.conf"],
            stdout=self.log, stderr=self.log)

    def grants(self):
        with open(f"{UDHCPD}.log", encoding="ascii") as text:
            return len(re.findall("sending ACK", text.read()))

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Renewer:
    def __init__(self, *command, log="/tmp/xmacvlan-dhcp.log"):
        self.command = command
        self.path = log
        # pylint: disable-next=consider-using-with
        self.log = open(log, "w+", encoding="ascii")
        self.start()

    def start(self):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [*self.command, "--socket", f"{self.path}.sock"], stderr=self.log)

    def text(self):
        with open(self.path, encoding="ascii") as text:
            return text.read()

    def end(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        self.process.wait()


def leased(lib, options=None, **keys):
    keys.setdefault("static_mac", None)
    return lib.request(lib.network(options, subnets=None, ipam_options={"driver": "dhcp"}), (),
                       **keys)


def addresses(lib):
    """In the container: [(address, seconds that it is valid)]"""
    links = json.loads(lib.at("box", "ip", "-j", "-4", "addr", "show", "eth0").stdout or "[]")
    return [(f'{a["local"]}/{a["prefixlen"]}', a["valid_life_time"])
            for link in links for a in link.get("addr_info", ())]


def default_route(lib):
    return lib.at("box", "ip", "route", "show", "default").stdout.strip()


def pinned_addresses(lib):
    shows = json.loads(lib.run(lib.XMACVLAN, "-j", "-d", "show").stdout)
    return [e.get("lease", {}).get("address") for e in shows if "podman" in e]


def life(lib):
    check, same = lib.check, lib.same
    document = leased(lib, {"host_access": "1"})
    code, answer = lib.setup(document)
    same("dhcp: setup", 0, code)
    mac = answer["interfaces"]["eth0"]["mac_address"]
    leases = server_leases()
    same("dhcp: the server has the lease, for the container's MAC and name", [(mac, "web")],
         [(key, value[1]) for key, value in leases.items()])
    address = f"{leases[mac][0]}/24"
    same("dhcp: the status", {
        "dns_search_domains": ["lan.example"], "dns_server_ips": ["192.0.2.53", "192.0.2.54"],
        "interfaces": {"eth0": {"mac_address": mac, "subnets": [
            {"ipnet": address, "gateway": "192.0.2.1"}]}}}, answer)
    has = addresses(lib)
    check("dhcp: the address in the container ends with the lease",
          [a for a, _ in has] == [address] and 100 < has[0][1] <= 120, has)
    same("dhcp: the default route", "default via 192.0.2.1 dev eth0 metric 100",
         default_route(lib))
    lib.reaches("dhcp: the LAN reaches it", leases[mac][0], "lan")
    lib.reaches("dhcp: the host reaches it", leases[mac][0])
    same("dhcp: show has the address", [address], pinned_addresses(lib))
    check("dhcp: show has it as text",
          f"lease {address} " in lib.run(lib.XMACVLAN, "-d", "show").stdout)
    same("dhcp: setup again: the same lease", (0, answer), lib.setup(document))
    same("dhcp: one lease", (1, 1), (len(server_leases()), pinned()))
    same("dhcp: teardown", (0, None), lib.teardown(document))
    wait(check, "dhcp: the server is told", lambda: not server_leases())
    same("dhcp: setup after it: the same address", (0, answer), lib.setup(document))
    lib.teardown(document)
    document = leased(lib, {"no_default_route": "1"}, static_mac="02:00:00:00:00:78")
    code, answer = lib.setup(document)
    same("dhcp: a MAC of the container", ["02:00:00:00:00:78"], list(server_leases()))
    same("dhcp: no_default_route", (0, ""), (code, default_route(lib)))
    lib.teardown(document)
    same("dhcp: teardown again", (0, None), lib.teardown(document))
    wait(check, "dhcp: nothing is leased", lambda: not server_leases() and not pinned())
    lib.refused("dhcp: a setup that fails", lib.setup(leased(lib, ifname="lo")), "lo")
    wait(check, "dhcp: it leaves no lease", lambda: not server_leases() and not pinned())
    lib.nothing_left("dhcp")


def kills(lib):
    """What is killed is found again: a setup by the next one, all of it by teardown"""
    document, wrong = leased(lib), []
    for i in range(8):
        lib.killed("setup", document, lib.RANDOM.uniform(0, 0.25))
        if i % 2 and lib.setup(document)[0]:
            wrong.append((i, "setup"))
        lib.killed("teardown", document, lib.RANDOM.uniform(0, 0.1))
        if lib.teardown(document) != (0, None) or pinned():
            wrong.append((i, "teardown"))
    lib.same("dhcp: killed at any time", [], wrong)
    wait(lib.check, "dhcp: the server has no lease", lambda: not server_leases())
    lib.nothing_left("dhcp, killed")


def kill_before_pin(renewer):
    """Kills it in its next renewal, when the container has what the server has granted, but the
    pin, which takes the place of the former one by rename(), does not.
    """
    subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=/^rename",
                    "-e", "inject=/^rename:signal=KILL", "-p", str(renewer.process.pid)],
                   timeout=60, check=False)
    return renewer.process.wait(10)


def killed_renewal(lib, renewer, former):
    """The server has another address: it is in the container, and the former one in the pin"""
    lib.same("dhcp: killed before it pins", -signal.SIGKILL, kill_before_pin(renewer))
    has = [a for a, _ in addresses(lib)]
    lib.check("dhcp: then the container has the server's address only",
              [a[:9] for a in has] == ["192.0.2.7"], has)
    lib.same("dhcp: and the pin the former one", [former], pinned_addresses(lib))
    renewer.start()
    wait(lib.check, "dhcp: one that starts pins the container's",
         lambda: pinned_addresses(lib) == has)
    lib.same("dhcp: the container has kept it", has, [a for a, _ in addresses(lib)])
    lib.same("dhcp: one pin", 1, pinned())


def renewals(lib, renewer):
    check = lib.check
    server = Udhcpd(4, 60, 69)
    document = leased(lib)
    code, answer = lib.setup(document)
    subnet = (answer or {}).get("interfaces", {}).get("eth0", {}).get("subnets", [{}])[0]
    check("dhcp: a lease of 4 s", code == 0 and subnet["ipnet"].startswith("192.0.2.6"), answer)
    wait(check, "dhcp: it is renewed", lambda: server.grants() >= 3, 40)
    lib.same("dhcp: the container has its address", [subnet["ipnet"]],
             [a for a, _ in addresses(lib)])
    renewer.end(signal.SIGKILL)
    wait(check, "dhcp: nobody renews: the kernel takes the address away at its end",
         lambda: not addresses(lib))
    renewer.start()
    wait(check, "dhcp: one that starts gets it back", lambda: addresses(lib))
    wait(check, "dhcp: with the default route", lambda: "192.0.2.1" in default_route(lib))
    server.end()
    server = Udhcpd(4, 70, 79, "192.0.2.2")
    if shutil.which("strace"):
        killed_renewal(lib, renewer, subnet["ipnet"])
    else:
        print("skip a renewal that is killed: strace is not installed (make deps)")
    wait(check, "dhcp: the server gives another address: the container has that one only",
         lambda: [a[:9] for a, _ in addresses(lib)] == ["192.0.2.7"], 60)
    wait(check, "dhcp: and its router", lambda: default_route(lib).startswith(
        "default via 192.0.2.2 dev eth0 metric 100") and "\n" not in default_route(lib))
    check("dhcp: that is logged", "the DHCP server gives 192.0.2.7" in renewer.text(),
          renewer.text())
    before = server.grants()
    wait(check, "dhcp: it is renewed, too", lambda: server.grants() >= before + 2, 40)
    lib.same("dhcp: teardown", (0, None), lib.teardown(document))
    lib.same("dhcp: no lease", 0, pinned())
    before = server.grants()
    time.sleep(3)
    lib.same("dhcp: a lease that was given back is not renewed", before, server.grants())
    code, answer = lib.setup(document)
    check("dhcp: setup once more", code == 0, answer)
    lib.run("ip", "netns", "del", "box")
    wait(check, "dhcp: a lease whose endpoint has gone is given back", lambda: not pinned(), 60)
    check("dhcp: and that is logged", "no endpoint has it" in renewer.text(),
          renewer.text())
    lib.same("dhcp: teardown without the namespace", (0, None), lib.teardown(document))
    lib.run("ip", "netns", "add", "box")
    lib.run("ip", "-n", "box", "link", "set", "lo", "up")
    server.end()


def odd_renewal(lib, renewer):
    """Another server's refusal, and a mask that is none"""
    document = leased(lib)
    with OddServer("renewal") as server:
        lib.same("dhcp: a lease of 4 s", 0, lib.setup(document)[0])
        lines = [server.line() for _ in range(3)]
        lib.same("dhcp: it is renewed twice", "grant 3", lines[-1])
        lib.same("dhcp: a mask that is none changes nothing", ["192.0.2.60/24"],
                 [a for a, _ in addresses(lib)])
        lib.check("dhcp: another server's refusal does not take the lease",
                  "192.0.2.60 is taken" not in renewer.text(), renewer.text())
        lib.teardown(document)


def dhcp(lib):
    program = os.path.join(os.path.dirname(lib.XMACVLAN), "xmacvlan-dhcp")
    # It renews for its own network namespace, and leaves all leases of this one alone
    elsewhere = Renewer("nsenter", "--net=/run/netns/lan", program, "--keep-unused", "1",
                        log="/tmp/elsewhere.log")
    wait(lib.check, "dhcp: one in another namespace", lambda: os.path.exists(
        "/tmp/elsewhere.log.sock"))
    lib.refused("dhcp: no xmacvlan-dhcp here", lib.setup(leased(lib)), "no xmacvlan-dhcp runs",
                "systemctl")
    lib.nothing_left("dhcp without xmacvlan-dhcp")
    renewer = Renewer(program, "--keep-unused", "5")
    began = time.monotonic()
    lib.refused("dhcp: no server", lib.setup(leased(lib)), "no DHCP server on 'lan0'")
    lib.check("dhcp: within 15 s and what a busy machine adds", time.monotonic() - began < 40)
    if not shutil.which("dnsmasq") or not shutil.which("busybox"):
        print("skip addresses by DHCP: dnsmasq or busybox is not installed (make deps)")
        elsewhere.end()
        return renewer.end()
    server = start_dnsmasq(*DNS)
    wait(lib.check, "dnsmasq answers", lambda: lib.setup(leased(lib))[0] == 0, 30)
    lib.teardown(leased(lib))
    life(lib)
    kills(lib)
    server.terminate()
    server.wait()
    renewals(lib, renewer)
    odd_renewal(lib, renewer)
    renewer.end()
    elsewhere.end()
    lib.same("dhcp: the one in another namespace has done nothing", "", elsewhere.text())
    lib.nothing_left("addresses by DHCP")
    return None
