# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""For docker.py: DHCP servers that do one odd thing (dhcp_odd.py)"""
from dhcp_server import OddServer
from docker_dhcp import POOL, PROGRAM_DHCP, SOCKET, release_address, request_address, request_pool
from docker_lib import Driver, check, nothing_left, same


def odd_servers():
    driver = Driver(PROGRAM_DHCP, at=SOCKET)
    driver.start()
    with OddServer("other"):
        same("another server's refusal is not that of the server that made the offer",
             {"Address": "192.0.2.60/24"}, request_address())
        release_address("192.0.2.60")
    with OddServer("overload"):
        same("options in the fields `file` and `sname`",
             {"PoolID": POOL, "Pool": "192.0.2.0/24",
              "Data": {"com.docker.network.gateway": "192.0.2.1/24"}},
             request_pool({"parent": "lan0"}))
    with OddServer("router"):
        error = request_pool({"parent": "lan0"}).get("Error", "")
        check("a router outside of the subnet: refused, with what to give",
              "203.0.113.1" in error and "--gateway" in error, error)
    driver.end()
    nothing_left("odd DHCP servers")
