#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For docker.sh: speaks to xmacvlan-docker as libnetwork does, and as hostile clients do.

    docker.py PROGRAM XMACVLAN    prints a line for each check, and their numbers

The parent is lan0 (cni/lib.sh, make_lan). A container is a network namespace.
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

SOCKET = "/run/docker/plugins/xmacvlan.sock"
DATA_ROOT = "/tmp/docker"
PINS = "/sys/fs/bpf/xmacvlan"
NETWORK, OTHER = "a1" * 32, "b2" * 32
RESULTS = []


def check(what, passed, detail=""):
    RESULTS.append(bool(passed))
    print(f"ok   {what}" if passed else f"FAIL {what}: {detail}", flush=True)


def same(what, expected, got):
    check(what, expected == got, f"expected {expected!r}, got {got!r}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Unix(http.client.HTTPConnection):
    def __init__(self, timeout=20):
        super().__init__("plugin", timeout=timeout)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def post(path, body, timeout=20):
    """(status, answer as an object)"""
    connection = Unix(timeout)
    try:
        connection.request("POST", "/" + path, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def call(method, request=None):
    """The answer of a request of the driver; its Err, if it has one, is the text to look at"""
    body = b"" if request is None else json.dumps(request).encode() + b"\n"
    return post(f"NetworkDriver.{method}", body)[1]


class Driver:
    def __init__(self, program):
        self.program = program
        self.process = None

    def start(self, *options):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([self.program, "--data-root", DATA_ROOT, *options],
                                        stderr=subprocess.PIPE, text=True)
        wait("the driver listens", lambda: os.path.exists(SOCKET) and connects())

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        errors = self.process.communicate(timeout=20)[1]
        return self.process.returncode, errors


    def restart(self):
        ended = self.end()
        self.start()
        return ended


def connects():
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(SOCKET) == 0


def wait(what, until, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return
        time.sleep(0.02)
    check(what, False, f"not within {seconds} s")


def network(options=None, identity=NETWORK, internal=False, ipv6=False):
    """A request as Docker 20.10 makes it"""
    request = {"NetworkID": identity,
               "Options": {"com.docker.network.enable_ipv6": ipv6,
                           "com.docker.network.generic": options or {}},
               "IPv4Data": [{"AddressSpace": "LocalDefault", "Pool": "192.0.2.0/24",
                             "Gateway": "192.0.2.1/24", "AuxAddresses": {}}],
               "IPv6Data": []}
    if internal:
        request["Options"]["com.docker.network.internal"] = True
    if ipv6:
        request["IPv6Data"] = [{"AddressSpace": "LocalDefault", "Pool": "2001:db8::/64",
                                "Gateway": "2001:db8::1/64", "AuxAddresses": {}}]
    return request


def endpoint(identity, ipv4="", ipv6="", mac="", of=NETWORK, ports=()):
    return {"NetworkID": of, "EndpointID": identity * 32,
            "Interface": {"Address": ipv4, "AddressIPv6": ipv6, "MacAddress": mac},
            "Options": {"com.docker.network.endpoint.exposedports": [],
                        "com.docker.network.portmap": list(ports)}}


def ids(request):
    return {key: request[key] for key in ("NetworkID", "EndpointID")}


def shown():
    return json.loads(run(XMACVLAN, "-j", "show").stdout or "[]")


def endpoints():
    return [e["ifname"] for e in shown() if e.get("parent") is not True]


def pins():
    return sorted(os.listdir(f"{PINS}/docker")) if os.path.isdir(f"{PINS}/docker") else []


def nothing_left(what):
    links = json.loads(run("ip", "-j", "link").stdout)
    same(f"{what}: nothing is left", ([], [], ["lan0", "lo"]),
         (shown(), pins(), sorted(link["ifname"] for link in links)))
    same(f"{what}: no pin is left", [],
         os.listdir(PINS) if os.path.isdir(PINS) else [])


def container(name, device, ifname="eth0", ipv4="192.0.2.10/24"):
    """What dockerd does after Join"""
    run("ip", "netns", "add", name)
    run("ip", "link", "set", device, "netns", name, "name", ifname)
    run("ip", "-n", name, "addr", "add", ipv4, "dev", ifname)
    run("ip", "-n", name, "link", "set", ifname, "up")


def pings(name, to):
    return run("ip", "netns", "exec", name, "ping", "-c1", "-W3", to).returncode == 0


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
                        ({"parent": "lan0", "trust": 1}, "trust")):
        error = call("CreateNetwork", network(wrong)).get("Err", "")
        check(f"refused, with the option's name: {wrong}",
              error.startswith("xmacvlan: ") and word in error, error)
    nothing_left("refused networks")


def ports(driver):
    published = [{"Proto": 6, "IP": "", "Port": 80, "HostIP": "", "HostPort": 8080,
                  "HostPortEnd": 8080}]
    call("CreateNetwork", network({"parent": "lan0"}))
    call("CreateNetwork", network({"parent": "lan0", "publish": "ignore"}, OTHER))
    error = call("CreateEndpoint", endpoint("44", "192.0.2.12/24", ports=published)).get("Err", "")
    check("a published port is refused, with the port, the address and the remedy",
          all(word in error for word in ("8080:80/tcp", "192.0.2.12", "publish=ignore")), error)
    same("and nothing is made", [], endpoints())
    same("publish=ignore: it is made", "02:42:c0:00:02:0c",
         call("CreateEndpoint", endpoint("44", "192.0.2.12/24", ports=published, of=OTHER))
         .get("Interface", {}).get("MacAddress"))
    same("ProgramExternalConnectivity with a port", {}, call(
        "ProgramExternalConnectivity", dict(ids(endpoint("44", of=OTHER)), Options={
            "com.docker.network.portmap": published})))
    for identity in (NETWORK, OTHER):
        call("DeleteNetwork", {"NetworkID": identity})
    nothing_left("published ports")
    check("and it is logged", "8080:80/tcp of endpoint 444444444444" in driver.restart()[1])


def repeated(driver):
    """Docker repeats a request whose answer it did not get; then the driver has no memory of it"""
    call("CreateNetwork", network({"parent": "lan0"}))
    same("CreateNetwork again", {}, call("CreateNetwork", network({"parent": "lan0"})))
    call("CreateEndpoint", endpoint("55", "192.0.2.13/24"))
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


def hostile(driver):
    """Answered or closed, never hung, and no memory is left"""
    for body, what in ((b"{", "no JSON"), (b"[]", "no object"), (b"\0" * 100, "zeros"),
                       (b"[" * 100000, "nested"), (b'{"NetworkID":"\xff"}', "no UTF-8"),
                       (b'{"NetworkID":"a\\u0000"}', "a NUL"), (b"", "no body")):
        status, answer = post("NetworkDriver.CreateNetwork", body)
        check(f"{what}: status 400", status == 400 and answer["Err"].startswith("xmacvlan: "),
              f"{status} {answer}")
    for method in ("CreateNetwork", "DeleteNetwork", "CreateEndpoint", "DeleteEndpoint", "Join"):
        wrong = [{}, {"NetworkID": 5}, {"NetworkID": "../x"}, {"NetworkID": "a" * 65},
                 {"NetworkID": None}, {"NetworkID": ""}]
        if not method.endswith("Network"):
            wrong.append({"NetworkID": NETWORK, "EndpointID": "x/y"})
        answers = [call(method, request) for request in wrong]
        check(f"{method}: requests without their ids are refused",
              all("ID" in answer.get("Err", "") for answer in answers), answers)
    same("wrong types count as absent", {}, call("CreateNetwork", {
        "NetworkID": NETWORK, "Options": {"com.docker.network.generic": {"parent": "lan0"}},
        "IPv4Data": "x", "IPv6Data": [5]}))
    call("CreateEndpoint", {"NetworkID": NETWORK, "EndpointID": "e" * 64, "Interface": [],
                            "Options": "x"})
    error = call("CreateEndpoint", endpoint("ff", "192.0.2.300/24")).get("Err", "")
    check("an invalid address is refused", "Address" in error, error)
    error = call("CreateEndpoint", endpoint("ff", mac="01:00:00:00:00:01")).get("Err", "")
    check("a group MAC is refused", "--mac-address" in error, error)
    call("DeleteNetwork", {"NetworkID": NETWORK})
    same("an unknown request", 404, post("NetworkDriver.Fly", b"{}")[0])
    same("a swarm's request", 404, post("NetworkDriver.AllocateNetwork", b"{}")[0])
    connection = Unix()
    connection.request("GET", "/Plugin.Activate")
    same("GET", 405, connection.getresponse().status)
    connection.close()
    check("100 MB: answered or closed", huge(True))
    check("100 MB without a length: closed", huge(False))
    idle = [stopped_client(i) for i in range(100)]
    began = time.monotonic()
    same("100 clients that stop half-way keep nobody waiting", "local",
         call("GetCapabilities").get("Scope"))
    check("an answer within 2 s beside them", time.monotonic() - began < 2)
    for client in idle:
        client.close()
    answers = []
    clients = [threading.Thread(target=lambda: answers.append(call("GetCapabilities")))
               for _ in range(100)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    same("100 at once are answered", 100, sum("Scope" in answer for answer in answers))
    many(driver)
    for _ in range(2000):
        post("NetworkDriver.CreateNetwork", b"[]")
    same("a full pipe of its stderr does not stop it", "local", call("GetCapabilities")["Scope"])
    nothing_left("hostile clients")


def many(driver):
    call("CreateNetwork", network({"parent": "lan0"}))
    made = []

    def one(number):
        request = endpoint(f"{number:02x}", f"192.0.2.{number + 100}/24")
        made.append("Interface" in call("CreateEndpoint", request))
        made.append(call("DeleteEndpoint", ids(request)) == {})

    clients = [threading.Thread(target=one, args=(i,)) for i in range(16)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    same("16 containers at once", [True] * 32, made)
    call("DeleteNetwork", {"NetworkID": NETWORK})
    with open(f"/proc/{driver.process.pid}/status", encoding="utf-8") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    check("the driver's memory has a limit", peak < 100000, f"{peak} KiB at most")


def stopped_client(number):
    s = socket.socket(socket.AF_UNIX)
    s.connect(SOCKET)
    s.sendall([b"", b"POST /Net", b"POST /NetworkDriver.Join HTTP/1.1\r\nHost: x\r\n",
               b"POST /NetworkDriver.Join HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"]
              [number % 4])
    return s


def huge(length):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(SOCKET)
        head = "Content-Length: 104857600" if length else "Transfer-Encoding: chunked"
        s.sendall(f"POST /NetworkDriver.Join HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        block = b" " * (1 << 20)
        try:
            for _ in range(100):
                s.sendall(block if length else b"100000\r\n" + block + b"\r\n")
            return s.recv(100) != b""
        except (BrokenPipeError, ConnectionResetError):
            return True


def activated(driver):
    """The service manager makes the socket (sd_listen_fds(3))"""
    driver.end()
    same("SIGTERM: the socket goes with the driver", False, os.path.exists(SOCKET))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(SOCKET)
    listener.listen(10)
    code = ("import os, sys; os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');"
            "os.dup2(int(sys.argv[1]), 3); os.execv(sys.argv[2], sys.argv[2:])")
    with subprocess.Popen([sys.executable, "-c", code, str(listener.fileno()), driver.program],
                          pass_fds=[listener.fileno()]) as process:
        same("a socket of the service manager", "local", call("GetCapabilities").get("Scope"))
        process.terminate()
        same("SIGTERM: exit code 0", 0, process.wait(timeout=10))
    same("the service manager's socket stays", True, os.path.exists(SOCKET))
    listener.close()
    driver.start()
    check("a socket that nobody listens on is replaced", True)
    second = run(driver.program)
    check("a second driver is refused", second.returncode == 2 and "cannot listen" in second.stderr,
          second.stderr)


def main():
    driver = Driver(sys.argv[1])
    os.makedirs("/run/docker", exist_ok=True)
    driver.start()
    mode = os.stat(SOCKET)
    same("the socket has mode 0600 and belongs to root", (0o600, 0),
         (stat.S_IMODE(mode.st_mode), mode.st_uid))
    one_container()
    options()
    ports(driver)
    repeated(driver)
    killed(driver)
    reboot(driver)
    hostile(driver)
    activated(driver)
    code, errors = driver.end()
    same("the driver ends with 0 and says nothing", (0, ""), (code, errors))
    failed = RESULTS.count(False)
    print(f"{len(RESULTS) - failed} passed, {failed} failed, 0 skipped")
    return failed != 0


XMACVLAN = sys.argv[2] if len(sys.argv) > 2 else None
if __name__ == "__main__":
    sys.exit(main())
