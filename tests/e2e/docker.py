#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For docker.sh: a container's life, options, and kills, with requests as libnetwork makes them.

    docker.py PROGRAM XMACVLAN    prints a line for each check, and their numbers
"""
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # leaves no folder in the tree
# pylint: disable=wrong-import-position
from docker_dhcp import dhcp
from docker_dhcp_odd import odd_servers
from docker_hostile import hostile
from docker_lib import DATA_ROOT, NETWORK, OTHER, PROGRAM, RESULTS, SOCKET, XMACVLAN, Driver, call
from docker_lib import check, container, endpoint, endpoints, ids, network, nothing_left, pings
from docker_lib import pins, post, run, same, shown, wait
from docker_publish import publish


def one_container():
    """A container's life, in the order of libnetwork's requests"""
    first = endpoint("11", "192.0.2.10/24", "2001:db8::10/64")
    same("Activate", {"Implements": ["NetworkDriver"]}, post("Plugin.Activate", b"")[1])
    same("GetCapabilities", {"Scope": "local", "ConnectivityScope": "global"},
         call("GetCapabilities"))
    same("CreateNetwork", {}, call("CreateNetwork", network({"parent": "lan0"}, ipv6=True)))
    same("CreateNetwork: the kernel keeps it", [NETWORK], pins())
    same("CreateEndpoint tells the MAC", {"Interface": {"MacAddress": "02:42:c0:00:02:0a"}},
         call("CreateEndpoint", first))
    same("EndpointOperInfo", {"Value": {}}, call("EndpointOperInfo", ids(first)))
    join = dict(ids(first), SandboxKey="/var/run/docker/netns/x", Options={})
    same("Join", {"InterfaceName": {"SrcName": "d" + "11" * 7, "DstPrefix": "eth"},
                  "Gateway": "192.0.2.1", "GatewayIPv6": "2001:db8::1",
                  "DisableGatewayService": True}, call("Join", join))
    same("ProgramExternalConnectivity", {},
         call("ProgramExternalConnectivity", dict(ids(first), Options={})))
    container("c1", "d" + "11" * 7)
    check("the container reaches the LAN", pings("c1", "192.0.2.1"))
    error = call("CreateEndpoint", first).get("Err", "")
    check("CreateEndpoint of an endpoint that a container has: refused", "exists" in error, error)
    check("and the container has it", pings("c1", "192.0.2.1"))
    same("show names Docker's network and endpoint",
         [{"network": NETWORK, "endpoint": "11" * 32,
           "addresses": ["192.0.2.10/24", "2001:db8::10/64"]}],
         [e.get("docker") for e in shown()])
    check("show as text does too",
          f"docker network {NETWORK} endpoint {'11' * 32}" in run(XMACVLAN, "show").stdout)
    # The driver brings the endpoint into line with its device, without a further request
    wait("the endpoint follows its device",
         lambda: not any(e["stale"] for e in shown()))
    text = run(XMACVLAN, "show").stdout
    check("the endpoint is in line with its device", "stale" not in text, text)
    # Leave: dockerd takes the device out again
    run("ip", "-n", "c1", "link", "set", "eth0", "down")
    run("ip", "-n", "c1", "link", "set", "eth0", "netns", "1", "name", "d" + "11" * 7)
    same("RevokeExternalConnectivity", {}, call("RevokeExternalConnectivity", ids(first)))
    same("Leave", {}, call("Leave", ids(first)))
    same("DeleteEndpoint", {}, call("DeleteEndpoint", ids(first)))
    same("DeleteEndpoint again", {}, call("DeleteEndpoint", ids(first)))
    same("DeleteNetwork", {}, call("DeleteNetwork", {"NetworkID": NETWORK}))
    same("DeleteNetwork again", {}, call("DeleteNetwork", {"NetworkID": NETWORK}))
    run("ip", "netns", "del", "c1")
    nothing_left("a container's life")


def options():
    """Options reach the endpoint; each refusal names the option"""
    call("CreateNetwork", network({"parent": "lan0", "macvlan_mode": "private",
                                   "host_access": "true", "spoof_check": "true",
                                   "com.docker.network.enable_ipv6": "false",
                                   "com.docker.network.driver.mtu": "1400"}, internal=True))
    same("a given MAC is not repeated in the answer", {},
         call("CreateEndpoint", endpoint("22", "192.0.2.11/24", mac="02:00:00:00:00:22")))
    made = shown()[0]
    same("mode, host access, spoof check, MTU and MAC are as asked for",
         ("private", True, True, 1400, "02:00:00:00:00:22"),
         (made["mode"], made["host"], made["spoofchk"], made["mtu"], made["address"]))
    join = dict(ids(endpoint("22")), SandboxKey="x", Options={})
    same("internal: no gateway", {"InterfaceName": {"SrcName": "d" + "22" * 7, "DstPrefix": "eth"},
                                  "DisableGatewayService": True}, call("Join", join))
    error = call("CreateEndpoint", endpoint("33", mac="02:00:00:00:00:22")).get("Err", "")
    check("a MAC in use is refused", "02:00:00:00:00:22" in error, error)
    call("DeleteNetwork", {"NetworkID": NETWORK})
    nothing_left("DeleteNetwork with an endpoint")
    call("CreateNetwork", network({"parent": "lan0", "mode": "source",
                                   "macaddr": "02:00:00:00:00:01,02:00:00:00:00:02"}))
    call("CreateEndpoint", endpoint("22", "192.0.2.11/24"))
    same("mode source with its list", ["source", ["02:00:00:00:00:01", "02:00:00:00:00:02"]],
         [shown()[0]["mode"], sorted(shown()[0]["macaddr_data"])])
    call("DeleteNetwork", {"NetworkID": NETWORK})
    call("CreateNetwork", network({"parent": "lan0", "mode": "passthru"}))
    error = call("CreateEndpoint", endpoint("22", mac="02:00:00:00:00:22")).get("Err", "")
    check("passthru: a given MAC is refused", "--mac-address" in error, error)
    parent = json.loads(run("ip", "-j", "link", "show", "lan0").stdout)[0]["address"]
    same("passthru: the parent's MAC", {"Interface": {"MacAddress": parent}},
         call("CreateEndpoint", endpoint("22", "192.0.2.11/24")))
    call("DeleteNetwork", {"NetworkID": NETWORK})
    for wrong, word in (({"parent": "nic9"}, "nic9"), ({"parent": "nic9.10"}, "nic9"),
                        ({"parent": "lo"}, "lo"), ({"parent": "lan0.4095"}, "lan0.4095"),
                        ({"parent": "lan0.0"}, "lan0.0"), ({"parent": "a/b"}, "parent"),
                        ({"parent": "lan0", "macvlan_mode": "l2"}, "macvlan_mode"),
                        ({"parent": "lan0", "mode": "vepa", "macvlan_mode": "bridge"}, "mode"),
                        ({"parent": "lan0", "host_access": "perhaps"}, "host_access"),
                        ({"parent": "lan0", "spoof_chek": "true"}, "spoof_check"),
                        ({"parent": "lan0", "macaddr": "02:00:00:00:00:01"}, "macaddr"),
                        ({"parent": "lan0", "mode": "source", "macaddr": "1,2"}, "macaddr"),
                        ({"parent": "lan0", "publish": "yes"}, "publish"),
                        ({"parent": "lan0", "com.docker.network.driver.mtu": "big"}, "mtu"),
                        ({"parent": "lan0", "com.docker.network.driver.mtu": "67"}, "mtu"),
                        ({"parent": "lan0", "com.docker.network.driver.mtu": "1501"}, "mtu 1501"),
                        ({"parent": "lan0", "trust": 1}, "trust")):
        error = call("CreateNetwork", network(wrong)).get("Err", "")
        check(f"refused, with the option's name: {wrong}",
              error.startswith("xmacvlan: ") and word in error, error)
    nothing_left("refused networks")


def made_parents():
    """Devices as the driver makes them (user/docker/parent.c), which this kernel may not have"""
    for name in ("lan0.77", "lan0.78"):
        run("ip", "link", "add", name, "type", "veth", "peer", "name", "p" + name[-2:])
        run("ip", "link", "set", name, "group", str(0x786e0000))
    call("CreateNetwork", network({"parent": "lan0.77"}))
    post("Plugin.Activate", b"")
    same("a parent of no network goes, as of a driver that was killed", [0, 1],
         [run("ip", "link", "show", name).returncode for name in ("lan0.77", "lan0.78")])
    call("CreateNetwork", network({"parent": "lan0.77", "mode": "none"}))
    call("CreateNetwork", network({"parent": "lan0.77", "com.docker.network.driver.mtu": "9999"}))
    same("a refused request for the network leaves its parent", 0,
         run("ip", "link", "show", "lan0.77").returncode)
    call("DeleteNetwork", {"NetworkID": NETWORK})
    nothing_left("parents that the driver made")


def repeated(driver):
    """Docker repeats a request whose answer it did not get; then the driver has no memory of it"""
    call("CreateNetwork", network({"parent": "lan0", "macvlan_mode": ""}))
    same("CreateNetwork again", {}, call("CreateNetwork", network({"parent": "lan0",
                                                                   "macvlan_mode": ""})))
    error = call("CreateNetwork", network({"parent": "lan0", "mode": "vepa"})).get("Err", "")
    check("CreateNetwork again, with another mode: refused", "other options" in error, error)
    call("CreateEndpoint", endpoint("55", "192.0.2.13/24"))
    same("an empty macvlan_mode is bridge, as for Docker's macvlan driver", ["bridge"],
         [e["mode"] for e in shown()])
    driver.end(signal.SIGKILL)
    driver.start()
    same("a killed driver knows the network; CreateEndpoint again has the same MAC",
         {"Interface": {"MacAddress": "02:42:c0:00:02:0d"}},
         call("CreateEndpoint", endpoint("55", "192.0.2.13/24")))
    same("there is one endpoint", ["d" + "55" * 7], endpoints())
    # The retry has another id, as a container that is started again
    driver.end(signal.SIGKILL)
    driver.start()
    same("an endpoint that nobody joined gives its MAC to a new one",
         ({"Interface": {"MacAddress": "02:42:c0:00:02:0d"}}, ["d" + "66" * 7]),
         (call("CreateEndpoint", endpoint("66", "192.0.2.13/24")), endpoints()))
    post("Plugin.Activate", b"")
    same("a new dockerd: what nobody joined goes", [], endpoints())
    driver.end()
    driver.start("--keep-unjoined", "1")
    call("CreateEndpoint", endpoint("77", "192.0.2.14/24"))
    wait("an endpoint that nobody joins goes after a time", lambda: not endpoints(), 10)
    same("an endpoint that nobody joins goes after a time", [], endpoints())
    call("DeleteNetwork", {"NetworkID": NETWORK})
    driver.end()
    driver.start()
    nothing_left("repeated requests")


def refused_address(what, request):
    error = call("CreateEndpoint", request).get("Err", "")
    check(what, "192.0.2.10 is in use by endpoint d11111111111111" in error, error)


def used_addresses():
    """Docker gives an address away while an endpoint has it, in a container that runs"""
    call("CreateNetwork", network({"parent": "lan0"}))
    call("CreateNetwork", network({"parent": "lan0"}, OTHER))
    call("CreateEndpoint", endpoint("11", "192.0.2.10/24", "2001:db8::10/64"))
    container("c1", "d" + "11" * 7)
    refused_address("an address in use, of another network: refused",
                    endpoint("22", "192.0.2.10/24", of=OTHER))
    refused_address("with a MAC, as for DHCP: refused",
                    endpoint("22", "192.0.2.10/24", mac="02:00:00:00:00:22"))
    check("the container still has it", pings("c1", "192.0.2.1"))
    same("another address of IPv6", {}, call("CreateEndpoint", endpoint(
        "22", "192.0.2.11/24", "2001:db8::11/64", mac="02:00:00:00:00:22")))
    same("of the same network: Docker has lost the former endpoint, which goes",
         ({"Interface": {"MacAddress": "02:42:c0:00:02:0a"}},
          ["d" + "22" * 7, "d" + "33" * 7]),
         (call("CreateEndpoint", endpoint("33", "192.0.2.10/24")), sorted(endpoints())))
    check("and leaves the container", run("ip", "-n", "c1", "link", "show", "eth0").returncode)
    same("the same by an address of IPv6", ["d" + "33" * 7, "d" + "44" * 7],
         (call("CreateEndpoint", endpoint("44", "192.0.2.12/24", "2001:db8::11/64")),
          sorted(endpoints()))[1])
    run("ip", "netns", "del", "c1")
    for identity in (NETWORK, OTHER):
        call("DeleteNetwork", {"NetworkID": identity})
    nothing_left("addresses in use")


def killed(driver):
    """The driver is killed within each request, after other times; Docker asks again"""
    steps = [("CreateNetwork", network({"parent": "lan0"})),
             ("CreateEndpoint", endpoint("88", "192.0.2.15/24")),
             ("Join", dict(ids(endpoint("88")), SandboxKey="x", Options={})),
             ("Leave", ids(endpoint("88"))), ("DeleteEndpoint", ids(endpoint("88"))),
             ("DeleteNetwork", {"NetworkID": NETWORK})]
    failed = []
    for delay in (0, 0.002, 0.005, 0.01, 0.02, 0.04):
        for method, request in steps:
            client = threading.Thread(target=quietly, args=(method, request))
            client.start()
            time.sleep(delay)
            driver.end(signal.SIGKILL)
            client.join()
            driver.start()
            answer = call(method, request)
            if "Err" in answer:
                failed.append((delay, method, answer))
    same("killed within each request: the repeated one succeeds", [], failed)
    nothing_left("killed within each request")


def quietly(method, request):
    try:
        call(method, request)
    except (OSError, http.client.HTTPException, ValueError):
        pass


def reboot(driver):
    """The kernel has lost everything; Docker's database has the network"""
    path = f"{DATA_ROOT}/network/files"
    os.makedirs(path)
    kept = {"addrSpace": "LocalDefault", "enableIPv6": True, "id": NETWORK, "internal": False,
            "generic": {"com.docker.network.enable_ipv6": True,
                        "com.docker.network.generic": {"parent": "lan0", "mode": "vepa"}},
            "ipamV4Info": json.dumps([{"IPAMData": json.dumps(
                {"AddressSpace": "", "Gateway": "192.0.2.1/24", "Pool": "192.0.2.0/24"}),
                "PoolID": "x"}]),
            "ipamV6Info": json.dumps([{"IPAMData": json.dumps(
                {"AddressSpace": "", "Gateway": "2001:db8::1/64", "Pool": "2001:db8::/64"}),
                "PoolID": "y"}]),
            "name": "lan", "networkType": "xmacvlan"}
    key = f"docker/network/v1.0/network/{NETWORK}/".encode()
    error = call("CreateEndpoint", endpoint("99", "192.0.2.16/24")).get("Err", "")
    check("without the database: refused, with the reason",
          NETWORK[:12] in error and "local-kv.db" in error, error)
    with open(f"{path}/local-kv.db", "wb") as file:
        file.write(os.urandom(5000) + key + os.urandom(300) + key + b"\1" + b"\0" * 7 +
                   json.dumps(kept).encode() + os.urandom(3000))
    call("CreateEndpoint", endpoint("99", "192.0.2.16/24", "2001:db8::16/64"))
    same("after a reboot: the mode is Docker's", ["vepa"], [e["mode"] for e in shown()])
    answer = call("Join", dict(ids(endpoint("99")), SandboxKey="x", Options={}))
    same("after a reboot: the gateways are Docker's", ("192.0.2.1", "2001:db8::1"),
         (answer.get("Gateway"), answer.get("GatewayIPv6")))
    call("CreateNetwork", network({"parent": "lan0"}, OTHER))
    same("the kernel keeps both networks", [NETWORK, OTHER], pins())
    driver.end()
    driver.start()
    post("Plugin.Activate", b"")
    same("a network that Docker does not have is forgotten", [NETWORK], pins())
    call("DeleteNetwork", {"NetworkID": NETWORK})
    nothing_left("after a reboot")


def activated(driver):
    """The service manager makes the socket (sd_listen_fds(3))"""
    driver.end()
    same("SIGTERM: the socket goes with the driver", False, os.path.exists(SOCKET))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(SOCKET)
    listener.listen(10)
    code = ("import os, sys; os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');"
            "os.dup2(int(sys.argv[1]), 3); os.execv(sys.argv[2], sys.argv[2:])")
    with subprocess.Popen([sys.executable, "-c", code, str(listener.fileno()), PROGRAM],
                          pass_fds=[listener.fileno()]) as process:
        same("a socket of the service manager", "local", call("GetCapabilities").get("Scope"))
        process.terminate()
        same("SIGTERM: exit code 0", 0, process.wait(timeout=10))
    same("the service manager's socket stays", True, os.path.exists(SOCKET))
    listener.close()
    driver.start()
    check("a socket that nobody listens on is replaced", True)
    second = run(PROGRAM)
    check("a second driver is refused", second.returncode == 2 and "cannot listen" in second.stderr,
          second.stderr)


def main():
    driver = Driver(PROGRAM, "--data-root", DATA_ROOT)
    os.makedirs("/run/docker", exist_ok=True)
    driver.start()
    mode = os.stat(SOCKET)
    same("the socket has mode 0600 and belongs to root", (0o600, 0),
         (stat.S_IMODE(mode.st_mode), mode.st_uid))
    one_container()
    options()
    publish(driver)
    dhcp()
    odd_servers()
    repeated(driver)
    made_parents()
    used_addresses()
    killed(driver)
    reboot(driver)
    hostile(driver)
    activated(driver)
    code, errors = driver.end()
    same("the driver ends with 0 and says nothing", (0, ""), (code, errors))
    failed = RESULTS.count(False)
    print(f"{len(RESULTS) - failed} passed, {failed} failed, 0 skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
