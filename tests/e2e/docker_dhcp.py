# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For docker.py: addresses by DHCP, with requests as libnetwork makes them. The LAN's server is
dnsmasq; busybox's udhcpd is the one with leases of seconds.
"""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import threading
import time

from dhcp_server import LEASES, start_dnsmasq
from docker_lib import NETWORK, PINS, PROGRAM, XMACVLAN, Driver, call, check, container, endpoint
from docker_lib import ids, network, nothing_left, pings, post, run, same, shown, wait

PROGRAM_DHCP = os.path.join(os.path.dirname(PROGRAM), "xmacvlan-dhcp")
SOCKET = "/run/docker/plugins/xmacvlan-dhcp.sock"
POOL = "lan0/192.0.2.0/24"
MAC = "02:00:00:00:0d:01"


def ipam(method, request=None):
    body = b"" if request is None else json.dumps(request).encode() + b"\n"
    return post(f"IpamDriver.{method}", body, 30, SOCKET)[1]


def request_pool(options=None, **keys):
    return ipam("RequestPool", {"AddressSpace": "xmacvlan-dhcp", "Pool": "", "SubPool": "",
                                "Options": options, "V6": False, **keys})


def request_address(mac=MAC, address="", pool=POOL):
    options = {"com.docker.network.endpoint.macaddress": mac} if mac else {}
    return ipam("RequestAddress", {"PoolID": pool, "Address": address, "Options": options})


def release_address(address, pool=POOL):
    return ipam("ReleaseAddress", {"PoolID": pool, "Address": address.split("/")[0]})


def pinned():
    return len(os.listdir(f"{PINS}/docker_leases")) if os.path.isdir(f"{PINS}/docker_leases") else 0


def server_leases():
    """MAC: address, of dnsmasq"""
    with open(LEASES, encoding="ascii") as file:
        return {words[1]: words[2] for words in map(str.split, file) if len(words) == 5}


def no_server():
    began = time.monotonic()
    results = {}
    requests = [threading.Thread(target=lambda: results.update(pool=request_pool(
                    {"parent": "lan0"}))),
                threading.Thread(target=lambda: results.update(address=request_address()))]
    for thread in requests:
        thread.start()
    check("another request is answered meanwhile", "RequiresMACAddress" in ipam("GetCapabilities"))
    check("at once", time.monotonic() - began < 8)
    for thread in requests:
        thread.join()
    check("no server: refused, with the parent and the reason",
          all("no DHCP server on 'lan0' has answered" in answer.get("Error", "")
              for answer in results.values()) and len(results) == 2, results)
    check("within 15 s and what a busy machine adds", 9 < time.monotonic() - began < 40)


def pools():
    same("Activate", {"Implements": ["IpamDriver"]}, post("Plugin.Activate", b"", 20, SOCKET)[1])
    same("GetCapabilities: Docker gives the MAC",
         {"RequiresMACAddress": True, "RequiresRequestReplay": False}, ipam("GetCapabilities"))
    same("GetDefaultAddressSpaces", "xmacvlan-dhcp",
         ipam("GetDefaultAddressSpaces").get("LocalDefaultAddressSpace"))
    same("RequestPool: subnet and router are the server's",
         {"PoolID": POOL, "Pool": "192.0.2.0/24",
          "Data": {"com.docker.network.gateway": "192.0.2.1/24"}}, request_pool({"parent": "lan0"}))
    same("RequestPool with --subnet", {"PoolID": "lan0/192.0.2.0/25", "Pool": "192.0.2.0/25",
                                       "Data": {}},
         request_pool({"parent": "lan0"}, Pool="192.0.2.0/25"))
    for keys, words in (({}, "--ipam-opt parent"), ({"options": {"parent": "nic9"}}, "nic9"),
                        ({"options": {"parent": "a/b"}}, "parent"),
                        ({"options": {"parent": "lan0", "x": "y"}}, "'x'"),
                        ({"options": {"parent": "lan0"}, "V6": True}, "IPv6"),
                        ({"options": {"parent": "lan0"}, "SubPool": "192.0.2.0/28"}, "--ip-range"),
                        ({"options": {"parent": "lan0"}, "Pool": "2001:db8::/64"}, "subnet")):
        error = request_pool(**keys).get("Error", "")
        check(f"refused: {keys}", error.startswith("xmacvlan: ") and words in error, error)
    same("ReleasePool", {}, ipam("ReleasePool", {"PoolID": POOL}))


def asked_in_vain():
    """As dockerd, when the host has a route to the subnet: it asks without end"""
    answers = [request_pool({"parent": "lan0"}) for _ in range(6)]
    same("a pool five times", [POOL] * 5, [a.get("PoolID") for a in answers[:5]])
    error = answers[5].get("Error", "")
    check("and then the error says what to give", "--subnet 192.0.2.0/24" in error, error)
    ipam("ReleasePool", {"PoolID": POOL})
    same("then a pool again", POOL, request_pool({"parent": "lan0"}).get("PoolID"))
    ipam("ReleasePool", {"PoolID": POOL})


def addresses(driver):
    same("a gateway and an auxiliary address are not leased",
         ({"Address": "192.0.2.1/24"}, {}, 0),
         (request_address("", "192.0.2.1"), server_leases(), pinned()))
    answer = request_address()
    address = answer.get("Address", "")
    check("RequestAddress: of the server's range", re.fullmatch(r"192\.0\.2\.[5-9]\d/24", address),
          answer)
    same("the server has the lease, for the container's MAC", {MAC: address.split("/")[0]},
         server_leases())
    same("the same MAC again: the same address", answer, request_address())
    same("and one lease", 1, pinned())
    same("--ip in the range", {"Address": "192.0.2.90/24"},
         request_address("02:00:00:00:0d:02", "192.0.2.90"))
    error = request_address("02:00:00:00:0d:03", "192.0.2.200").get("Error", "")
    check("--ip that the server does not give", "and not 192.0.2.200" in error, error)
    error = request_address("02:00:00:00:0d:03", pool="lan0/198.51.100.0/24").get("Error", "")
    check("an address outside of --subnet", "not in the network's subnet" in error, error)
    wait("what is refused is given back", lambda: len(server_leases()) == 2)
    for request in ({}, {"PoolID": "x"}, {"PoolID": "lan0/x"}, {"PoolID": "/192.0.2.0/24"},
                    {"PoolID": POOL, "Address": "x"}, {"PoolID": POOL}):
        check(f"refused: {request}", "Error" in ipam("RequestAddress", request) and
              "Error" in ipam("ReleaseAddress", request))
    driver.end(signal.SIGKILL)
    driver.start()
    same("a killed driver's leases", 2, pinned())
    same("ReleaseAddress after it", {}, release_address("192.0.2.90"))
    wait("the server is told", lambda: list(server_leases()) == [MAC])
    made = []
    threads = [threading.Thread(target=lambda i=i: made.append(request_address(
        f"02:00:00:00:0e:{i:02x}").get("Address", ""))) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same("16 at once have 16 addresses", 16, len({a for a in made if a}))
    for text in made:
        release_address(text)
    wait("and give them back", lambda: list(server_leases()) == [MAC])
    return address


def life(address):
    """The address in a container"""
    request = endpoint("dd", address, mac=MAC)
    call("CreateNetwork", network({"parent": "lan0"}))
    same("CreateEndpoint with the MAC that Docker has drawn", {}, call("CreateEndpoint", request))
    lease = shown()[0].get("lease", {})
    same("show has the lease", (address, "192.0.2.1", True),
         (lease.get("address"), lease.get("server"), 0 < lease.get("seconds", 0) <= 120))
    check("show as text does too",
          re.search(f" lease {address} for 1?[0-9]?[0-9]s", run(XMACVLAN, "show").stdout))
    container("cd", "d" + "dd" * 7, ipv4=address)
    check("the container reaches the LAN", pings("cd", "192.0.2.1"))
    same("a second container with its MAC: the same lease", {"Address": address},
         request_address())
    check("it is refused", "Error" in call("CreateEndpoint", endpoint("de", address, mac=MAC)))
    same("Docker releases what it has got for it", {}, release_address(address))
    time.sleep(1)
    same("the lease stays with the first one", (1, {MAC: address.split("/")[0]}),
         (pinned(), server_leases()))
    same("a third one: the same lease", {"Address": address}, request_address())
    run("ip", "netns", "del", "cd")
    time.sleep(2)
    same("the lease stays: Docker has requested it since", 1, pinned())
    call("DeleteEndpoint", ids(request))
    same("ReleaseAddress", {}, release_address(address))
    wait("the server has no lease", lambda: not server_leases())
    same("and the driver none", 0, pinned())
    same("ReleaseAddress again", {}, release_address(address))
    released_before_end()
    call("DeleteNetwork", {"NetworkID": NETWORK})


def released_before_end():
    """As dockerd 26 that starts after it was killed: it deletes no endpoint"""
    address = request_address().get("Address", "")
    request = endpoint("df", address, mac=MAC)
    call("CreateEndpoint", request)
    container("cf", "d" + "df" * 7, ipv4=address)
    same("ReleaseAddress, and the container still runs", {}, release_address(address))
    time.sleep(1)
    same("its lease stays", 1, pinned())
    run("ip", "netns", "del", "cf")
    wait("when it has ended, nobody has the lease", lambda: not server_leases() and not pinned(), 5)
    call("DeleteEndpoint", ids(request))


def renewed(driver):
    """Leases of 4 seconds"""
    with open("/tmp/udhcpd.conf", "w", encoding="ascii") as file:
        file.write("start 192.0.2.60\nend 192.0.2.69\ninterface wire\nmin_lease 2\n"
                   "lease_file /tmp/udhcpd.leases\npidfile /tmp/udhcpd.pid\n"
                   "option subnet 255.255.255.0\noption lease 4\n")
    open("/tmp/udhcpd.leases", "w", encoding="ascii").close()
    command = ["ip", "netns", "exec", "lan", "busybox", "udhcpd", "-f", "/tmp/udhcpd.conf"]
    log = "/tmp/udhcpd.log"

    def renewals():
        with open(log, encoding="ascii") as text:
            return len(re.findall("sending ACK", text.read()))

    with open(log, "w", encoding="ascii") as file, \
            subprocess.Popen(command, stdout=file, stderr=file) as server:
        address = request_address().get("Address", "")
        check("a lease of 4 s", address.startswith("192.0.2.6"), address)
        wait("it is renewed", lambda: renewals() >= 3, 40)
        driver.end(signal.SIGKILL)
        before = renewals()
        driver.start()
        wait("a new driver goes on renewing", lambda: renewals() >= before + 2, 40)
        same("ReleaseAddress", {}, release_address(address))
        before = renewals()
        time.sleep(3)
        same("a lease that was given back is not renewed", before, renewals())
        driver.end()
        driver.start("--keep-unused", "2")
        request_address()
        wait("a lease that no endpoint has is given back", lambda: not pinned(), 40)
        errors = driver.restart()[1]
        check("and that is logged", "no endpoint has it" in errors, errors)
        address = request_address().get("Address", "")
        server.terminate()
        server.wait()
    open("/tmp/udhcpd.leases", "w", encoding="ascii").close()
    before = renewals()
    with open(log, "a", encoding="ascii") as file, \
            subprocess.Popen(command, stdout=file, stderr=file) as server:
        wait("a server that has forgotten the lease grants it again",
             lambda: renewals() >= before + 2, 60)
        server.terminate()
        server.wait()
    driver.restart()
    time.sleep(20)  # 2 s, and 5 for an answer; the next attempt is a minute later
    errors = driver.restart()[1]
    check("a server that is gone is logged once",
          errors.count("is not renewed: no DHCP server") == 1, errors)
    same("and the lease is given back", {}, release_address(address))


def refusals():
    second = run(PROGRAM_DHCP, "--socket", "/tmp/second.sock")
    check("a second one is refused",
          second.returncode == 2 and "another xmacvlan-dhcp is running" in second.stderr,
          second.stderr)
    for words in (("--keep-unused", "0"), ("--keep-unused", "x"), ("--what",), ("word",)):
        wrong = run(PROGRAM_DHCP, *words)
        check(f"refused: {words}", wrong.returncode == 1 and
              len(wrong.stderr.splitlines()) == 1, wrong.stderr)
    for name in ("xmacvlan-dhcp", "xmacvlan-docker", "xmacvland", "xmacvlan-metrics"):
        program = os.path.join(os.path.dirname(PROGRAM), name)
        for word in ("--help", "--version")[:1 if name == "xmacvlan-metrics" else 2]:
            with open("/dev/full", "w", encoding="ascii") as full:
                lost = subprocess.run([program, word], stdout=full, stderr=subprocess.PIPE,
                                      text=True, check=False)
            same(f"{name} {word}: a full disk", (2, f"{name}: cannot write the output\n"),
                 (lost.returncode, lost.stderr))
        wrong = run(program, "--what")
        check(f"{name} --what: one line", wrong.returncode == 1 and
              len(wrong.stderr.splitlines()) == 1, wrong.stderr)


def dhcp():
    driver = Driver(PROGRAM_DHCP, at=SOCKET)
    driver.start()
    mode = os.stat(SOCKET)
    same("DHCP: the socket has mode 0600 and belongs to root", (0o600, 0),
         (stat.S_IMODE(mode.st_mode), mode.st_uid))
    refusals()
    no_server()
    if not shutil.which("dnsmasq") or not shutil.which("busybox"):
        print("skip addresses by DHCP: dnsmasq or busybox is not installed (make deps)")
        driver.end()
        return
    server = start_dnsmasq()
    wait("dnsmasq answers", lambda: "Pool" in request_pool({"parent": "lan0"}), 12)
    pools()
    asked_in_vain()
    life(addresses(driver))
    server.terminate()
    server.wait()
    renewed(driver)
    same("xmacvlan-dhcp ends with 0", 0, driver.end()[0])
    nothing_left("addresses by DHCP")
