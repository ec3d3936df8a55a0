# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""dnsmasq as the DHCP server of the namespace `lan`, for docker_dhcp.py and netavark_dhcp.py"""
import os
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


class OddServer:
    """dhcp_odd.py in the namespace `lan`"""

    def __init__(self, what):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dhcp_odd.py")
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", "lan", "python3", program, what],
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.line()
        return self

    def line(self):
        """The next line that it prints"""
        return self.process.stdout.readline().strip()

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
