#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
    instructions.py [--write] [--twice] B [LINE...]

Counts the instructions that a packet takes, on kernels of Debian (e2e/fetch_kernel.sh has the
LINEs; 6.1, 6.12 and unstable if none is given), and compares the counts with those in
instructions.budget. B is the build folder; B/bench-instructions/report.md has the result.

A guest of QEMU has one CPU, every instruction takes a nanosecond of its virtual time, and its time
stamp counter counts these (-icount). Neither this machine's load nor its CPU changes a count.

A count above LIMIT times its budget fails; one below 2 - LIMIT times
is reported. Where the kernel
is not the one of the budget, the reference's count tells what the kernel has changed, and the
budget is multiplied by that. --write renews the budget, by three
boots of each kernel; --twice boots each kernel twice and prints
how much the counts of the two boots differ.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
E2E = os.path.join(HERE, "..", "e2e")
BUDGET = os.path.join(HERE, "instructions.budget")
LINES = ("6.1", "6.12", "unstable")
LIMIT = 1.02
BOOTS = 3  # of which a budget is the largest count: some counts have two values, by boot
SECONDS = 560  # of a boot, before tests/run.sh ends it

PATHS = {
    "w2e": "wire → endpoint, UDP 64 B",
    "driver-w2e": "driver's frame → endpoint's stack, which drops it",
    "e2w": "endpoint → wire, UDP 64 B",
    "e2e": "endpoint → endpoint, UDP 64 B",
    "h2e": "host → endpoint, UDP 64 B",
    "e2h": "endpoint → host, UDP 64 B",
    "udp-rr-wire": "UDP transaction, endpoint ↔ wire",
    "udp-rr-sibling": "UDP transaction, endpoint ↔ endpoint",
    "udp-rr-host": "UDP transaction, endpoint ↔ host",
    "tcp-64k-w2e": "TCP 64 KiB, wire → endpoint",
    "tcp-64k-e2w": "TCP 64 KiB, endpoint → wire",
    "tcp-64k-e2e": "TCP 64 KiB, endpoint → endpoint",
    "bcast-e-1": "broadcast of an endpoint, to 1 sibling and the wire",
    "bcast-e-17": "broadcast of an endpoint, to 17 siblings and the wire",
    "bcast-w-2": "broadcast from the wire, to 2 endpoints",
    "bcast-w-18": "broadcast from the wire, to 18 endpoints",
    "w2t": "driver's frame → tap, UDP 64 B",
    "t2w": "tap → wire, UDP 64 B",
    "t2t": "tap → tap, UDP 64 B",
    "t2c": "tap → container, UDP 64 B",
}
# The reference is the kernel's macvlan and macvtap, and for the host a plain veth pair
REFERENCES = ("macvlan", "veth")


class Failure(Exception):
    pass


class Missing(Exception):
    """What the bench needs is not on this machine."""


def prepare(line, build, folder):
    """The kernel of the line and the guest's image. Returns the folder of the kernel."""
    kernel = os.path.join(build, "e2e", line)
    arch = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True)
    if arch.stdout.strip() != "amd64":
        raise Missing("only on amd64 does a counter of the guest count instructions")
    done = subprocess.run([os.path.join(E2E, "fetch_kernel.sh"), line, "amd64", kernel],
                          capture_output=True, text=True)
    if done.returncode == 3:
        raise Missing(done.stdout.strip())
    if done.returncode:
        raise Failure(f"cannot fetch Linux {line}: {done.stderr.strip()}")
    runs = os.path.join(folder, "runs")
    with open(runs, "w") as file:
        file.write(f"{build}/tests/bench --instructions --xmacvlan {build}/xmacvlan --out /tmp\n")
    image = os.path.join(folder, f"image-{line}")
    done = subprocess.run([os.path.join(E2E, "initramfs.sh"), kernel, image, build, runs],
                          capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"cannot make the guest's image: {done.stderr.strip()}")
    return kernel


def boot(line, build):
    """Boots and returns what the guest has printed."""
    folder = os.path.join(build, "bench-instructions")
    os.makedirs(folder, exist_ok=True)
    kernel = prepare(line, build, folder)
    out, console = (os.path.join(folder, f"{name}-{line}") for name in ("out", "console"))
    # Nothing random: no place of the kernel, no RDRAND, a fixed seed and a fixed date. A byte that
    # `rep` copies would be an instruction: without ERMS the kernel copies words.
    append = ("console=ttyS0 loglevel=4 mitigations=off nokaslr norandmaps preempt=none "
              "randomize_kstack_offset=off rcupdate.rcu_expedited=1 tsc=reliable panic=-1 "
              "no_timer_check init_on_alloc=0 xm.out=ttyS1 xm.logs")
    cpu = "max,-rdrand,-rdseed,-la57,-erms,-fsrm"
    command = ["qemu-system-x86_64", "-cpu", cpu, "-accel", "tcg", "-icount", "shift=0,sleep=off",
               "-smp", "1", "-m", "1024", "-nodefaults", "-display", "none", "-no-reboot",
               "-seed", "1", "-rtc", "base=2030-01-01,clock=vm",
               "-serial", f"file:{console}", "-serial", f"file:{out}",
               "-kernel", os.path.join(kernel, "vmlinuz"),
               "-initrd", os.path.join(folder, f"image-{line}"), "-append", append]
    for path in (out, console):
        if os.path.exists(path):
            os.unlink(path)
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"the guest has not ended after {SECONDS} s ({console})") from error
    except FileNotFoundError as error:
        raise Missing("no qemu-system-x86_64 (make deps)") from error
    with open(out, errors="replace") as file:
        return file.read()


def parse(text):
    """Returns the release of the guest's kernel and {(path, side): instructions}."""
    release, counts = "unknown", {}
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["count"] and len(words) == 4:
            counts[words[1], words[2]] = float(words[3])
        elif words[:1] == ["Linux"] and len(words) == 2:
            release = words[1]
    if "exit code 0" not in text.splitlines():
        raise Failure("the guest has not counted all:\n" + "\n".join(text.splitlines()[-30:]))
    return release, counts


def reference(counts, path):
    """The name and count of the path's reference."""
    for side in REFERENCES:
        if (path, side) in counts:
            return side, counts[path, side]
    raise Failure(f"{path} has no reference")


def read_budget():
    """Returns {(line, path, side): (count, release)}."""
    budget = {}
    if os.path.exists(BUDGET):
        with open(BUDGET) as file:
            for line in file:
                words = line.split()
                if words and not words[0].startswith("#"):
                    budget[tuple(words[0:1] + words[2:4])] = float(words[4]), words[1]
    return budget


def write_largest(results, build):
    """Boots again and writes the largest counts as the budget."""
    largest = {}
    for line, (release, counts) in results.items():
        largest[line] = release, dict(counts)
        for _ in range(BOOTS - 1):
            for key, count in parse(boot(line, build))[1].items():
                largest[line][1][key] = max(count, largest[line][1][key])
    write_budget(largest, read_budget())


def write_budget(results, budget):
    for line, (release, counts) in results.items():
        budget = {key: value for key, value in budget.items() if key[0] != line}
        for (path, side), count in counts.items():
            budget[line, path, side] = count, release
    with open(BUDGET, "w") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n"
                   "# Instructions a packet: line of kernels, release, path, side, count.\n"
                   "# instructions.py compares with them; make bench-instructions-budget renews "
                   "them.\n")
        order = {path: at for at, path in enumerate(PATHS)}
        for (line, path, side), (count, release) in sorted(
                budget.items(), key=lambda row: (row[0][0], order[row[0][1]], row[0][2])):
            file.write(f"{line} {release} {path} {side} {count:.0f}\n")


def expected_count(budget, line, release, counts, path, side):
    """The budget of a count on this kernel, or None."""
    if (line, path, side) not in budget:
        return None
    expected, known = budget[line, path, side]
    name, now = reference(counts, path)
    if known != release and (line, path, name) in budget:
        expected *= now / budget[line, path, name][0]
    return expected


def compare(results, budget):
    """Prints what is above and below the budget. Returns the numbers of both verdicts."""
    passed = failed = 0
    for line, (release, counts) in results.items():
        for (path, side), count in counts.items():
            if side in REFERENCES:
                continue
            expected = expected_count(budget, line, release, counts, path, side)
            if expected is None:
                print(f"FAIL Linux {line}: {path} by {side} has no budget")
                failed += 1
                continue
            ratio = count / expected
            text = f"{path} by {side}: {count:.0f} instructions, {ratio:.3f} of the budget"
            if ratio > LIMIT:
                print(f"FAIL Linux {line}: {text}")
                failed += 1
                continue
            passed += 1
            if ratio < 2 - LIMIT:
                print(f"gain Linux {line}: {text}")
    return passed, failed


def table(results):
    """The report's table, in Markdown."""
    lines = list(results)
    rows = ["| path | side | " + " | ".join(f"Linux {line}" for line in lines) + " |",
            "|---|---|" + "---:|" * len(lines)]
    for path, title in PATHS.items():
        sides = {side: None for line in lines for name, side in results[line][1] if name == path}
        for at, side in enumerate(sides):
            cells = []
            for line in lines:
                counts = results[line][1]
                if (path, side) not in counts:
                    cells.append("")
                    continue
                cell = f"{counts[path, side]:,.0f}"
                if side not in REFERENCES:
                    ratio = counts[path, side] / reference(counts, path)[1]
                    cell += f" (**{ratio:.3f}**)"
                cells.append(cell)
            rows.append(f"| {'' if at else title} | {side} | "
                        + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def write_report(results, build):
    path = os.path.join(build, "bench-instructions", "report.md")
    with open(path, "w") as file:
        file.write("# Instructions a packet\n\n")
        for line, (release, _) in results.items():
            file.write(f"* Linux {line}: {release}\n")
        file.write("\n"
                   "In brackets: ÷ the reference, which is the kernel's macvlan or macvtap, for "
                   "the host a plain veth pair.\n\n" + table(results))
    print(f"the report is {path}")


def differences(line, first, second):
    """Prints how much the counts of two boots differ."""
    worst = max((abs(second[key] - value) / value, key, value, second[key])
                for key, value in first.items())
    same = sum(second[key] == value for key, value in first.items())
    print(f"Linux {line}: two boots have {same} of {len(first)} counts in common; the largest "
          f"difference is {worst[0] * 100:.2f} %: {' by '.join(worst[1])}, {worst[2]:.0f} and "
          f"{worst[3]:.0f}")


def run(build, lines, write, twice):
    results, passed, failed, skipped = {}, 0, 0, 0
    for line in lines:
        try:
            results[line] = parse(boot(line, build))
            if twice:
                differences(line, results[line][1], parse(boot(line, build))[1])
        except Missing as error:
            print(f"skip Linux {line}: {error}")
            skipped += 1
        except Failure as error:
            print(f"FAIL Linux {line}: {error}")
            failed += 1
    budget = read_budget()
    if results:
        write_report(results, build)
        if write and not failed:
            write_largest(results, build)
            budget = read_budget()
        more = compare(results, budget)
        passed, failed = passed + more[0], failed + more[1]
        if more[1]:
            print("a change that is worth its price renews the budget: "
                  "make bench-instructions-budget")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def main():
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if not words or set(options) - {"--write", "--twice"}:
        sys.exit(__doc__.strip())
    sys.exit(run(words[0], words[1:] or LINES, "--write" in options, "--twice" in options))


main()
