# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""dnsmasq as the DHCP server of the namespace `lan`, for docker_dhcp.py and netavark_dhcp.py"""
import subprocess

LEASES = "/tmp/dnsmasq.leases"


def start_dnsmasq(*options):
    open(LEASES, "w", encoding="ascii").close()
    # pylint: disable-next=consider-using-with
    return subprocess.Popen(
        ["ip", "netns", "exec", "lan", "dnsmasq", "--no-daemon", "--conf-file=/dev/null",
         "--port=0", "--interface=wire", "--bind-interfaces", "--no-ping", "--user=root",
         "--dhcp-range=192.0.2.50,192.0.2.99,255.255.255.0,2m", "--dhcp-option=3,192.0.2.1",
         *options, f"--dhcp-leasefile={LEASES}"], stderr=subprocess.DEVNULL)
