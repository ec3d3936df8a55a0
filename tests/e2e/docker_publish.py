# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For docker.py: published ports. Clients are on the LAN, on another network of the host, on the
host and in containers; a server answers with the address from which it was asked.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time

from docker_lib import NETWORK, OTHER, call, check, container, endpoint, endpoints, ids, network
from docker_lib import nothing_left, post, run, same, wait

TABLE = ("inet", "xmacvlan_docker")
SERVER = """
import socket, threading
def answer(s, peer):
    s.sendall(peer[0].replace("::ffff:", "").encode())
    s.close()
tcp = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True)
udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
udp.bind(("::", 80))
def datagrams():
    while True:
        peer = udp.recvfrom(100)[1]
        udp.sendto(peer[0].replace("::ffff:", "").encode(), peer)
threading.Thread(target=datagrams).start()
while True:
    answer(*tcp.accept())
"""
CLIENT = """
import socket, sys
protocol, host, port, seconds = sys.argv[1:]
kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
s.settimeout(float(seconds))
s.connect((host, int(port)))
if protocol == "udp":
    s.send(b"x")
print(s.recv(100).decode())
"""


def ask(where, protocol, host, port, seconds=5):
    """The address that the server has seen; "": no answer. where: a namespace, or None: the host"""
    inside = ["ip", "netns", "exec", where] if where else []
    return run(*inside, "python3", "-c", CLIENT, protocol, host, str(port),
               str(seconds)).stdout.strip()


def silent(where, protocol, host, port):
    """Whether there is no answer where others come at once"""
    return not ask(where, protocol, host, port, 0.3)


def binding(port, host_port, protocol=6, host_ip="", last=None):
    return {"Proto": protocol, "IP": "", "Port": port, "HostIP": host_ip, "HostPort": host_port,
            "HostPortEnd": host_port if last is None else last}


def program(request, *ports):
    return call("ProgramExternalConnectivity", dict(ids(request), Options={
        "com.docker.network.portmap": list(ports)}))


def rules(chain="ports"):
    """The comments of the rules"""
    listed = run("nft", "-j", "list", "chain", *TABLE, chain).stdout
    return [entry["rule"].get("comment", "") for entry in
            (json.loads(listed)["nftables"] if listed else []) if "rule" in entry]


def no_table(what):
    check(f"{what}: no table is left", run("nft", "list", "table", *TABLE).returncode)
    same(f"{what}: DOCKER-USER is as it was", ["-N DOCKER-USER"],
         run("iptables", "-S", "DOCKER-USER").stdout.splitlines())


def set_forwarding(family, value):
    with open(f"/proc/sys/net/{family}/conf/all/forwarding", "w", encoding="ascii") as file:
        file.write(value)


@contextlib.contextmanager
def hosts():
    """Another network of the host; iptables as dockerd leaves it; forwarding"""
    run("ip", "netns", "add", "far")
    run("ip", "link", "add", "far0", "type", "veth", "peer", "name", "eth0", "netns", "far")
    run("ip", "link", "set", "far0", "up")
    run("ip", "addr", "add", "198.51.100.2/24", "dev", "far0")
    run("ip", "-n", "far", "link", "set", "eth0", "up")
    run("ip", "-n", "far", "addr", "add", "198.51.100.1/24", "dev", "eth0")
    for command in (["-N", "DOCKER-USER"], ["-A", "FORWARD", "-j", "DOCKER-USER"],
                    ["-P", "FORWARD", "DROP"]):
        run("iptables", *command)
    set_forwarding("ipv4", "1")
    yield
    run("iptables", "-P", "FORWARD", "ACCEPT")
    run("iptables", "-F")
    run("iptables", "-X", "DOCKER-USER")
    run("ip", "link", "del", "far0")
    run("ip", "netns", "del", "far")


def serve(name, request, ipv4, ipv6=None):
    """A container that serves, as dockerd makes it. Returns the server."""
    call("CreateEndpoint", request)
    call("Join", dict(ids(request), SandboxKey="x", Options={}))
    container(name, "d" + request["EndpointID"][:14], ipv4=ipv4)
    if ipv6:
        run("ip", "-n", name, "addr", "add", ipv6, "dev", "eth0", "nodad")
    run("ip", "-n", name, "route", "add", "default", "via", "192.0.2.1")
    # pylint: disable-next=consider-using-with
    server = subprocess.Popen(["ip", "netns", "exec", name, "python3", "-c", SERVER])
    wait(f"{name} serves", lambda: ask(None, "tcp", ipv4.split("/")[0], 80) == "192.0.2.2")
    return server


def refusals():
    """Without host access a port is refused, or ignored"""
    call("CreateNetwork", network({"parent": "lan0"}))
    call("CreateNetwork", network({"parent": "lan0", "publish": "ignore"}, OTHER))
    ports = [binding(80, 8080)]
    error = call("CreateEndpoint", endpoint("44", "192.0.2.12/24", ports=ports)).get("Err", "")
    check("a published port is refused, with the port, the address and the remedies",
          all(word in error for word in ("8080:80/tcp", "192.0.2.12", "publish=ignore",
                                         "host_access=true")), error)
    same("and nothing is made", [], endpoints())
    same("publish=ignore: it is made", "02:42:c0:00:02:0c",
         call("CreateEndpoint", endpoint("44", "192.0.2.12/24", ports=ports, of=OTHER))
         .get("Interface", {}).get("MacAddress"))
    same("ProgramExternalConnectivity with a port", {},
         program(endpoint("44", of=OTHER), *ports))
    for identity in (NETWORK, OTHER):
        call("DeleteNetwork", {"NetworkID": identity})
    call("CreateNetwork", network({"parent": "lan0", "host_access": "1", "publish": "refuse"}))
    error = call("CreateEndpoint", endpoint("44", "192.0.2.12/24", ports=ports)).get("Err", "")
    check("publish=refuse: refused also with host access", "8080:80/tcp" in error, error)
    call("DeleteNetwork", {"NetworkID": NETWORK})
    nothing_left("refused ports")


def reached(first):
    same("ProgramExternalConnectivity", {}, program(first, binding(80, 8080),
                                                     binding(80, 8081, 17)))
    for who, protocol, host, port, source in (
            ("lan", "tcp", "192.0.2.2", 8080, "192.0.2.2"),
            ("lan", "udp", "192.0.2.2", 8081, "192.0.2.2"),
            ("far", "tcp", "198.51.100.2", 8080, "192.0.2.2"),
            ("far", "udp", "198.51.100.2", 8081, "192.0.2.2"),
            (None, "tcp", "192.0.2.2", 8080, "192.0.2.2"),
            (None, "tcp", "198.51.100.2", 8080, "192.0.2.2"),
            (None, "udp", "192.0.2.2", 8081, "192.0.2.2"),
            ("c4", "tcp", "192.0.2.2", 8080, "192.0.2.2")):
        same(f"{who or 'the host'} reaches {protocol} {host}:{port}", source,
             ask(who, protocol, host, port))
    same("the container's own port, from the LAN, with the client's address", "192.0.2.1",
         ask("lan", "tcp", "192.0.2.10", 80))
    check("other ports and 127.0.0.1 are not published",
          silent("lan", "udp", "192.0.2.2", 8080) and silent("lan", "tcp", "192.0.2.2", 8081) and
          silent(None, "tcp", "127.0.0.1", 8080))
    same("ProgramExternalConnectivity again: other ports in place of the former", {},
         program(first, binding(80, 8082)))
    same("and no rule is left of them", (["d44444444444444 192.0.2.10 tcp * 8082"],) * 2,
         (rules(), rules("postrouting")))
    same("the new port", "192.0.2.2", ask("lan", "tcp", "192.0.2.2", 8082))


def chosen(first, second):
    """Ports that are in use, ranges, addresses of the host"""
    def refused(what, words, *ports):
        error = program(second, *ports).get("Err", "")
        check(f"refused: {what}", all(word in error for word in words), error)

    refused("a port of another container", ("8082:80/tcp", "in use"), binding(80, 8082))
    refused("a port of another container, of one address", ("in use",),
            binding(80, 8082, host_ip="192.0.2.2"))
    refused("a port twice", ("in use",), binding(80, 9000), binding(81, 9000))
    for number in (9001, 81):
        with socket.create_server(("192.0.2.2", number)):
            refused(f"a port of a program, {number}", ("in use",), binding(80, number))
    for address in ("192.0.2.77", "224.0.0.1", "192.0.2.255"):
        refused(f"{address}, which the host does not have", ("9002:80/tcp", "does not have"),
                binding(80, 9002, host_ip=address))
    for address in ("127.0.0.1", "127.9.8.7"):
        refused(f"{address}, which only the host reaches", ("only the host itself",),
                binding(80, 9002, host_ip=address))
    refused("IPv6 for a container without it", ("no IPv6 address",),
            binding(80, 9002, host_ip="::"))
    refused("an unknown protocol", ("invalid",), binding(80, 9002, 1))
    refused("a range that runs backwards", ("invalid",), binding(80, 9002, last=9001))
    with socket.create_server(("", 8083)):
        refused("a full range", ("8082-8083", "in use"), binding(80, 8082, last=8083))
    same("nothing of it is published", 1, len(rules()))
    same("a range: the first free port; one address; any free port", {},
         program(second, binding(80, 8082, last=8084), binding(80, 9003, host_ip="192.0.2.2"),
                 binding(80, 0, 17)))
    same("the rules", ["tcp * 8083", "tcp 192.0.2.2 9003", "udp * 49152"],
         [rule.split(" ", 2)[2] for rule in rules() if rule.startswith("d55")])
    same("one address: the other one is not published", ("192.0.2.2", True),
         (ask("lan", "tcp", "192.0.2.2", 9003), silent("far", "tcp", "198.51.100.2", 9003)))
    same("the range's port and the free port", ["192.0.2.2", "192.0.2.2"],
         [ask("lan", "tcp", "192.0.2.2", 8083), ask("lan", "udp", "192.0.2.2", 49152)])
    same("RevokeExternalConnectivity", {}, call("RevokeExternalConnectivity", ids(second)))
    same("takes them back, and no others", (["d44444444444444 192.0.2.10 tcp * 8082"], True),
         (rules(), silent("lan", "tcp", "192.0.2.2", 9003)))
    set_forwarding("ipv4", "0")
    refused("a host that does not forward", ("net.ipv4.conf.lan0.forwarding",),
            binding(80, 9004))
    set_forwarding("ipv4", "1")
    same("the other's port is as it was", "192.0.2.2", ask("lan", "tcp", "192.0.2.2", 8082))
    call("Leave", ids(first))
    check("Leave takes the last one back", silent("lan", "tcp", "192.0.2.2", 8082))
    no_table("Leave")


def ipv6(first):
    same("IPv6 without forwarding: the port is published by IPv4", {},
         program(first, binding(80, 8080)))
    same("and not by IPv6", 1, len(rules()))
    error = program(first, binding(80, 8080, host_ip="::")).get("Err", "")
    check("an IPv6 address without forwarding is refused", "net.ipv6.conf.lan0.forwarding" in error,
          error)
    set_forwarding("ipv6", "1")
    run("ip", "addr", "replace", "2001:db8::2/64", "dev", "lan0", "nodad")
    same("IPv4 and IPv6", {}, program(first, binding(80, 8080), binding(80, 8081, 17)))
    same("IPv6: TCP and UDP from the LAN, from the host", ["2001:db8::2"] * 3,
         [ask("lan", "tcp", "2001:db8::2", 8080), ask("lan", "udp", "2001:db8::2", 8081),
          ask(None, "tcp", "2001:db8::2", 8080)])
    same("sctp", {}, program(first, binding(80, 8080, 132)))
    same("sctp: the rules", ["sctp * 8080"] * 2, [r.split(" ", 2)[2] for r in rules()])
    set_forwarding("ipv6", "0")


def many(first):
    began = time.monotonic()
    same("1,000 ports", {}, program(first, *(binding(n, n) for n in range(10000, 11000))))
    same("1,000 ports: the rules", 1000, len(rules()))
    call("RevokeExternalConnectivity", ids(first))
    same("1,000 ports: taken back", 0, len(rules()))
    check("within 10 s", time.monotonic() - began < 10)
    print(f"1,000 ports took {time.monotonic() - began:.2f} s")
    for wrong in ("x", [5], [{}], {"Proto": 6}, [binding(80, 70000)], [binding(-1, 80)],
                  [binding(0, 80)], [binding(80, 80, host_ip="192.0.2.0/24")],
                  [binding(80, "80", last=80)], [binding(80, 80.5)], [binding(80, 80, host_ip=[])],
                  [binding(80, 80, host_ip='2"; flush ruleset')]):
        answer = call("ProgramExternalConnectivity", dict(ids(first), Options={
            "com.docker.network.portmap": wrong}))
        check(f"no ports: {wrong}", answer == {} if wrong in ("x", {"Proto": 6}) else
              "invalid" in answer.get("Err", ""), answer)
    same("and no rule is made", [], rules())


def killed(driver, first):
    """The driver has no memory: a new one finds the rules, and whose they are"""
    call("ProgramExternalConnectivity", dict(ids(first), Options={
        "com.docker.network.portmap": [binding(80, 8080)]}))
    driver.end(signal.SIGKILL)
    same("the driver was killed: the port goes on", "192.0.2.2",
         ask("lan", "tcp", "192.0.2.2", 8080))
    driver.start()
    same("and with a new driver", "192.0.2.2", ask("lan", "tcp", "192.0.2.2", 8080))
    failed = []
    for delay in (0, 0.002, 0.004, 0.008, 0.012, 0.016, 0.02, 0.03):
        pid = os.fork()
        if not pid:
            with contextlib.suppress(Exception):
                program(first, binding(80, 8080))
            os._exit(0)
        time.sleep(delay)
        driver.end(signal.SIGKILL)
        os.waitpid(pid, 0)
        driver.start()
        if program(first, binding(80, 8080)) or len(rules()) != 1 or len(rules("postrouting")) != 1:
            failed.append((delay, rules(), rules("postrouting")))
    same("killed while it publishes: the repeated request has one rule of each", [], failed)
    same("and one of iptables", 1,
         run("iptables", "-S", "DOCKER-USER").stdout.count("192.0.2.10"))


def stale(driver, first):
    """The container's namespace goes while no driver runs, and Docker does not know"""
    driver.end(signal.SIGKILL)
    run("ip", "netns", "del", "c4")
    wait("the namespace goes", lambda: not run("ip", "link", "show", "xm2-1").stdout)
    driver.start()
    wait("a rule of an endpoint that has gone goes at the driver's start", lambda: not rules())
    no_table("a stale rule")
    call("DeleteEndpoint", ids(first))


def publish(driver):
    refusals()
    check("and it is logged", "8080:80/tcp of endpoint 444444444444" in driver.restart()[1])
    if not shutil.which("nft") or not shutil.which("iptables"):
        print("skip published ports: nft or iptables is not installed (make deps)")
        return
    first = endpoint("44", "192.0.2.10/24", "2001:db8::10/64")
    second = endpoint("55", "192.0.2.11/24")
    servers = []
    with hosts():
        call("CreateNetwork", network({"parent": "lan0", "host_access": "true"}, ipv6=True))
        servers.append(serve("c4", first, "192.0.2.10/24", "2001:db8::10/64"))
        servers.append(serve("c5", second, "192.0.2.11/24"))
        reached(first)
        chosen(first, second)
        ipv6(first)
        many(first)
        killed(driver, first)
        for server in servers:
            server.kill()
            server.wait()
        stale(driver, first)
        run("ip", "netns", "del", "c5")
        call("DeleteEndpoint", ids(second))
        post("Plugin.Activate", b"")
        call("DeleteNetwork", {"NetworkID": NETWORK})
    nothing_left("published ports")
