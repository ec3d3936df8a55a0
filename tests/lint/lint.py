#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the sources as text: `make lint`.

    lint.py [--build DIR] [CHECK...] [-- FLAG...]

`lint.py layers spdx` runs two checks, `lint.py` all of them. clang-tidy gets the FLAGs. A result
is one file under one tool, or one tool that reads the whole tree. Prints the failures and, as the
last line, `N passed, N failed, N skipped`. A tool that is not installed is skipped. DIR/lint
remembers which files passed, by their contents, headers and configuration: a second run reads
only what has changed.
"""
import argparse
import concurrent.futures
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True  # leaves no folder in the tree
from man_pages import manual, reasons  # pylint: disable=wrong-import-position
from page_checks import figures, links, picture  # pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.relpath(__file__))
COLUMNS = 100
PAGE_COLUMNS = 120
# Tools whose other versions format the tree differently, or complain of other things: Debian 12's
TOOL_VERSIONS = {"clang-format": "14", "clang-tidy": "14", "cppcheck": "2.10"}
NO_SPDX = ("LICENSES/", "VERSION", "tests/fuzz/corpus/")
# Absolute paths of somebody's machine. `git config lint.words REGEXP` adds words of your own.
MACHINE = r"(?<![\w.])/(?:work|home|Users)/"
TIDY_CFLAGS = """-std=gnu11 -D_GNU_SOURCE -pthread -iquote include -iquote user -Iinclude -Ibpf
    -Itests/lib -Itests/netns -Itests/unit
    -DXM_VERSION='""' -DNT_BIN='""' -DBPF_DIR='""' -DBUDGET_FILE='""' -DBPF_CLANG=14"""
TIDY_BPF_CFLAGS = "-O2 -target bpf -Iinclude -Ibpf -Ivmlinux"
# False positives of cppcheck 2.10, which does not follow an error through a call
CPPCHECK_IGNORES = """arrayIndexOutOfBoundsCond ignoredReturnValue memleak nullPointer resourceLeak
    selfAssignment uninitvar unknownEvaluationOrder""".split()


class Lint:
    def __init__(self, build, cflags):
        self.build = build
        self.cflags = cflags
        self.files = list_files()
        self.texts = {}
        for path in self.files:
            with open(path, "rb") as file:
                self.texts[path] = file.read()
        self.cache = os.path.join(build, "lint")
        os.makedirs(self.cache, exist_ok=True)
        self.passed = self.failed = self.skipped = 0
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def select(self, *endings):
        return [f for f in self.files if f.endswith(endings)]

    def text(self, path):
        return self.texts[path].decode("utf-8", "replace")

    def count(self, what, details):
        """One check; details is what it complains about"""
        if not details:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {what}\n{details.rstrip()}")

    def skip(self, what, why):
        self.skipped += 1
        print(f"skip {what}: {why}")

    def has(self, tool):
        if not shutil.which(tool):
            self.skip(tool, "not installed (make deps)")
            return False
        wanted = TOOL_VERSIONS.get(tool)
        found = re.search(r"\d+(\.\d+)*", version(tool))
        if wanted and found and not (found.group() + ".").startswith(wanted + "."):
            self.skip(tool, f"this is {found.group()}, the tree is for {wanted}")
            return False
        return True

    def passed_file(self, path, command, depends):
        """The file that exists if `command` has passed for path as it is now"""
        key = hashlib.sha256()
        for part in (version(command[0]), *command, *depends, path):
            key.update(part.encode() + b"\0" + self.texts.get(part, b"") + b"\0")
        return os.path.join(self.cache, key.hexdigest())

    def each(self, name, files, command, depends=()):
        """A check for each file, side by side: its command prints nothing and exits with 0"""
        def run(path):
            words = command(path) if callable(command) else command + [path]
            key = self.passed_file(path, words, depends)
            if os.path.exists(key):
                return ""
            details = output(words)
            if not details:
                open(key, "w", encoding="utf-8").close()
            return details

        failed = self.failed
        for path, details in zip(files, self.pool.map(run, files)):
            self.count(f"{name} {path}", details)
        print(f"{name}: {len(files)} files, {self.failed - failed} failed")


def list_files():
    """What git tracks or would; without git, every file but those of builds"""
    git = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True,
                         text=True, check=False)
    if git.returncode == 0:
        found = git.stdout.splitlines()
    else:
        found = [os.path.relpath(os.path.join(folder, name)) for folder, _, names in os.walk(".")
                 for name in names if not re.match(r"\./(build|\.git)\b", folder)]
    return sorted(f for f in set(found) if os.path.isfile(f))


def version(tool, seen={}):  # pylint: disable=dangerous-default-value
    if tool not in seen:
        seen[tool] = output([tool, "--version"])
    return seen[tool]


def output(words):
    """What a command prints, and its exit code unless that is 0"""
    run = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False,
                         stdin=subprocess.DEVNULL)
    code = f"exit code {run.returncode}\n" if run.returncode else ""
    return run.stdout + run.stderr + code


# --- tools ---

def layers(lint):
    """Arrows between the folders of include/, bpf/ and user/"""
    script = os.path.join(HERE, "layers.py")
    if lint.has("nm"):
        run = subprocess.run([script, "--self-test"], capture_output=True, text=True, check=False)
        lint.count("layers --self-test", run.stdout if run.returncode else "")
        lint.count("layers", output([script, "--build", lint.build]))


def clang_format(lint):
    if not lint.has("clang-format"):
        return

    def lines(path):
        return ["sh", "-c", 'clang-format "$1" | diff "$1" - | grep -c "^>" | grep -vx 0 |'
                ' sed "s/$/ lines differ (make format)/"', "sh", path]

    lint.each("clang-format", lint.select(".c", ".h"), lines, [".clang-format"])


def clang_tidy(lint):
    if not lint.has("clang-tidy"):
        return
    generated = [f"-I{lint.build}/{d}" for d in ("user", "tests/bench.d", "tests/e2e.d")]
    user = shlex.split(TIDY_CFLAGS) + generated + lint.cflags
    multiarch = output(["cc", "-print-multiarch"]).strip()
    bpf = shlex.split(TIDY_BPF_CFLAGS) + [f"-I/usr/include/{multiarch}"]

    def tidy(path):
        flags = bpf if path.endswith(".bpf.c") else user
        return ["sh", "-c", '"$@" 2>/dev/null', "sh", "clang-tidy", "-quiet", path, "--"] + flags

    lint.each("clang-tidy", lint.select(".c"), tidy, [".clang-tidy"] + lint.select(".h"))


def cppcheck(lint):
    if lint.has("cppcheck"):
        words = f"""cppcheck -j{os.cpu_count()} --quiet --error-exitcode=1 --std=c11 --inline-suppr
            --enable=warning,performance --library=posix --library=gnu -D_GNU_SOURCE
            --library={HERE}/cppcheck.cfg -Iinclude -Iuser -Ibpf -Itests/lib -Itests/netns"""
        ignores = [f"--suppress={i}" for i in CPPCHECK_IGNORES]
        lint.count("cppcheck", output(words.split() + ignores + lint.select(".c")))


def shellcheck(lint):
    if lint.has("shellcheck"):
        scripts = [f for f in lint.files if f.endswith(".sh") or
                   re.match(r"#!\S*(/|env )(ba|da)?sh\b", lint.text(f)) or
                   "# shellcheck shell=" in lint.text(f)[:200]]
        lint.each("shellcheck", scripts, ["shellcheck", "-S", "warning", "-f", "gcc"])


def codespell(lint):
    if lint.has("codespell"):
        files = [f for f in lint.files if not f.startswith(("LICENSES/", "tests/fuzz/corpus/"))]
        ignores = os.path.join(HERE, "codespell.txt")
        lint.count("codespell", output(["codespell", "-q", "3", "-I", ignores] + files))


def man(lint):
    pages = [f for f in lint.select(".5", ".7", ".8") if f.startswith("docs/")]
    if lint.has("man"):
        lint.each("man", pages, lambda page: [
            "sh", "-c", 'man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null', "sh", page])
    if lint.has("mandoc"):
        lint.each("mandoc", pages, ["mandoc", "-T", "lint", "-W", "warning"])


# --- text ---

def each_line(lint, name, files, complaint):
    """One check of the lines of all files: complaint(line) says what is wrong with it"""
    found = []
    for path in files:
        for number, line in enumerate(lint.text(path).splitlines(), 1):
            wrong = complaint(line)
            if wrong:
                found.append(f"{path}:{number}: {wrong}")
    lint.count(name, "\n".join(found))


def columns(lint):
    """At most 100 columns of a line, a tab being 8 of them"""
    files = lint.select(".c", ".h", ".sh", ".py", ".mk", "Makefile")

    def complaint(line):
        width = len(line.expandtabs(8))
        return f"{width} columns" if width > COLUMNS else None

    each_line(lint, "columns", files, complaint)


def pages(lint):
    """Pages: at most 120 columns outside tables and code, each list item on its own line"""
    item = re.compile(r"[a-z]\.(\* |[0-9]+\. )")

    def complaint(line):
        if line.startswith(("|", "    ", "<!--")):
            return None
        if len(line) > PAGE_COLUMNS:
            return f"{len(line)} columns"
        return "an item of a list inside a line" if item.search(line) else None

    each_line(lint, "pages", lint.select(".md"), complaint)


def spdx(lint):
    files = [f for f in lint.files if not f.startswith(NO_SPDX) and b"\0" not in lint.texts[f]]
    missing = [f for f in files if "SPDX-License-Identifier: " not in
               "".join(lint.text(f).splitlines(True)[:5])]
    lint.count("spdx", "\n".join(f"{f}: no SPDX line" for f in missing))


def machine(lint):
    """No file names the machine that it was written on"""
    words = output(["git", "config", "lint.words"]).splitlines()[:1] if shutil.which("git") else []
    pattern = re.compile("|".join([MACHINE] + [w for w in words if not w.startswith("exit code")]))

    def complaint(line):
        found = pattern.search(line)
        return f"'{found.group()}'" if found else None

    files = [f for f in lint.files if not f.startswith("tests/fuzz/corpus/")]
    each_line(lint, "machine", files, complaint)


def release(lint):
    """The version in pages, manifests and the changelog is that of the file VERSION"""
    now = lint.text("VERSION").strip()
    found = []
    for path in lint.files:
        if not path.startswith(("docs/man/", "dist/")):
            continue
        pattern = r"(?:xmacvlan[: ]|newTag: |^Version: +)v?(\d+\.\d+\.\d+)"
        for match in re.finditer(pattern, lint.text(path), re.M):
            if match.group(1) != now:
                found.append(f"{path}: {match.group()}, VERSION is {now}")
    newest = re.search(r"^## (\S+)", lint.text("CHANGELOG.md"), re.M)
    if newest and newest.group(1) != now:
        found.append(f"CHANGELOG.md: begins with {newest.group(1)}, VERSION is {now}")
    lint.count("release", "\n".join(found))


def metrics(lint):
    """docs/metrics.md lists every metric, and no other"""
    code = re.findall(r'"(xmacvlan_\w+)",\s*(true|false)', lint.text("user/metrics/families.c"))
    names = {name + ("_total" if counter == "true" else "") for name, counter in code}
    listed = set(re.findall(r"^\| `(xmacvlan_\w+)`", lint.text("docs/metrics.md"), re.M))
    wrong = sorted(names ^ listed) if len(names) > 20 else ["(collect.c has another form)"]
    lint.count("metrics", "\n".join(f"docs/metrics.md and user/metrics: {w}" for w in wrong))


CHECKS = (layers, clang_format, clang_tidy, cppcheck, shellcheck, codespell, man, columns, pages,
          spdx, machine, release, manual, reasons, metrics, links, figures, picture)


def main():
    names = {check.__name__.replace("_", "-"): check for check in CHECKS}
    parser = argparse.ArgumentParser(description="checks the text of the tree")
    parser.add_argument("--build", default="build", help="folder of the objects (build)")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=" ".join(names))
    words, flags = sys.argv[1:], []
    if "--" in words:
        words, flags = words[:words.index("--")], words[words.index("--") + 1:]
    args = parser.parse_args(words)
    wrong = [c for c in args.checks if c not in names]
    if wrong:
        parser.error(f"no check {wrong[0]}: one of {' '.join(names)}")
    lint = Lint(args.build, flags)
    for name in args.checks or names:
        names[name](lint)
        sys.stdout.flush()
    print(f"{lint.passed} passed, {lint.failed} failed, {lint.skipped} skipped")
    return 1 if lint.failed else 0


if __name__ == "__main__":
    sys.exit(main())
