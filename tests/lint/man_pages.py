# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks of lint.py that compare the manual pages with the command line and with other lists.

The command line is what the built program prints: `xmacvlan help`, `xmacvlan help COMMAND`. Each
comparison of a page is also made with changed pages, which it has to refuse."""
import re
import subprocess

FOLDER = "docs/man/"
# Pages of section 8 that are of no command
NO_COMMANDS = ("batch", "cni", "dhcp", "docker", "netavark")


def plain(roff):
    """The text without fonts and escapes"""
    return re.sub(r"\\f.", "", roff).replace("\\-", "-").replace("\\(dq", '"')


def section(page, name):
    return page.split(f".SH {name}\n")[-1].split("\n.SH ")[0] if f".SH {name}\n" in page else ""


def macro_text(line):
    """The arguments of a macro as one word: `.BR "host on" | off` is `host on|off`"""
    macro, _, rest = line.partition(" ")
    words = re.findall(r'"((?:[^"]|"")*)"|(\S+)', rest)
    glue = " " if macro in (".B", ".I") else ""
    return plain(glue.join(quoted or bare for quoted, bare in words))


def tags(text):
    """The first words of the entries of a section"""
    found = [macro_text(line) for line in re.findall(r"^\.TP\n(\..*)", text, re.M)]
    return [part.split()[0].split("|")[0] for tag in found for part in tag.split(", ")]


def literals(usage):
    """The words of a usage text that are typed as they are"""
    return set(re.findall(r"(?<![\w-])-{0,2}[a-z][a-z0-9_-]*", usage))


def synopsis_literals(page):
    bold = re.findall(r"\\fB(.+?)\\fP", section(page, "SYNOPSIS"))
    return {word for text in bold for word in literals(plain(text))}


def program(lint, *words):
    run = subprocess.run([f"{lint.build}/xmacvlan", *words], capture_output=True, text=True,
                         check=False)
    return run.stdout


def command_usage(lint, command):
    """The usage text of a command, and its keywords"""
    text = program(lint, "help", command)
    lines = text.splitlines()
    usage = lines[0].partition(f"xmacvlan {command}")[2] if lines else ""
    usage += "".join(line for line in lines[1:] if line.startswith("       "))
    return usage, re.findall(r"^  ([a-z]\w*)  ", text, re.M)


def needed_entries(usage, keywords):
    """What the section OPTIONS of a command has to describe"""
    heads = {word for group in re.findall(r"\[([^\]\s]+)", usage) for word in group.split("|")}
    return set(keywords) | {word for word in heads if word in literals(usage)}


def compare_command(name, page, usage, keywords):
    """What a page lacks of its command, and what the command does not have"""
    options = tags(section(page, "OPTIONS"))
    known = literals(usage) | set(keywords)
    wrong = [f"{name}, OPTIONS: without {word}"
             for word in needed_entries(usage, keywords) - set(options)]
    wrong += [f"{name}, OPTIONS: {word} is not of the command" for word in set(options) - known]
    typed = synopsis_literals(page)
    wrong += [f"{name}, SYNOPSIS: without {word}" for word in literals(usage) - typed]
    wrong += [f"{name}, SYNOPSIS: {word} is not of the command" for word in typed - known]
    return sorted(wrong)


def spoilt(page, needed):
    """Pages that differ from this one in an entry or in a word of the synopsis"""
    options = tags(section(page, "OPTIONS"))
    for entry in re.split(r"(?<=\n)(?=\.TP\n)", section(page, "OPTIONS"))[1:]:
        if any(word in needed and options.count(word) == 1 for word in tags(entry)):
            yield page.replace(entry, "", 1)
    if "OPTIONS" in page:
        yield page.replace(".SH OPTIONS\n", ".SH OPTIONS\n.TP\n.B colour\nNo option.\n")
    text = section(page, "SYNOPSIS")
    for bold in re.findall(r"\\fB.+?\\fP", text):
        if text.count(bold) == 1:
            yield page.replace(text, text.replace(bold, "\\fBcolour\\fP"), 1)


def compare_options(page, source):
    """The options before the command"""
    rows = re.findall(r'\{ \{? ?"([\w-]+)", (?:no|required|optional)_argument', source)
    letters = "".join(re.findall(r'"\+([\w:]+)"', source)).replace(":", "")
    needed = {"--" + name for name in rows if len(name) > 2}
    needed |= {"-" + name for name in rows if len(name) == 2} | {"-" + name for name in letters}
    options = {re.split(r"[\[=]", word)[0] for word in tags(section(page, "OPTIONS"))}
    name = FOLDER + "xmacvlan.8"
    wrong = [f"{name}: without {word}" for word in needed - options]
    # An abbreviation has one dash
    wrong += [f"{name}: {word} is no option" for word in options - needed if not
              any(full.startswith(word.lstrip("-")) for full in rows)]
    return wrong if len(rows) > 10 else ["(the options of xmacvlan have another form)"]


def compare_list(name, found, wanted, where):
    return [f"{name}: without {word} of {where}" for word in sorted(wanted - found)] + \
           [f"{name}: {word} is not in {where}" for word in sorted(found - wanted)]


def check_commands(lint, read):
    text = program(lint, "help")
    commands = re.findall(r"^  ([a-z]+) ", text.partition("Commands:")[2].partition("Also:")[0],
                          re.M)
    about = dict(line.split(" ", 1) for line in program(lint, "complete").splitlines())
    wrong = [] if len(commands) > 10 else [f"{lint.build}/xmacvlan does not print its commands"]
    names = {match[1] for match in map(re.compile(FOLDER + r"xmacvlan-(\w+)\.8").fullmatch,
                                       lint.files) if match}
    wrong += compare_list(FOLDER + "xmacvlan-*.8", names - set(NO_COMMANDS), set(commands),
                          "xmacvlan help")
    for command in sorted(set(commands) & names):
        name, page = FOLDER + f"xmacvlan-{command}.8", read(f"xmacvlan-{command}.8")
        usage = command_usage(lint, command)
        said = about.get(command)
        if f"xmacvlan\\-{command} \\- {said}\n" not in page:
            wrong.append(f"{name}, NAME: not '{said}', which the command itself says")
        if f"xmacvlan\\-{command} (8)\n{said}.\n" not in read("xmacvlan.8"):
            wrong.append(f"{FOLDER}xmacvlan.8, COMMANDS: not '{said}' of {command}")
        if command == "help":
            continue
        wrong += compare_command(name, page, *usage)
        wrong += [f"{name}: an error in it would not be found: {changed[-200:]}"
                  for changed in spoilt(page, needed_entries(*usage))
                  if not compare_command(name, changed, *usage)]
    return wrong


def check_references(lint, read):
    """Each page of xmacvlan that a page names exists, and xmacvlan(8) names all"""
    names = [path[len(FOLDER):] for path in lint.files if path.startswith(FOLDER)]
    wrong = []
    for name in names:
        found = re.findall(r"(xmacvlan[\w.-]*) \((\d)\)", plain(read(name)))
        wrong += [f"{FOLDER}{name}: {page}({number}) does not exist" for page, number in found
                  if f"{page}.{number}" not in names]
        if name == "xmacvlan.8":
            wrong += [f"{FOLDER}{name}: without {page}" for page in names if page != name and
                      tuple(page.rsplit(".", 1)) not in found]
    return wrong


def check_lists(lint, read):
    """Lists of the pages that are also elsewhere"""
    page = read("xmacvlan-datapath.7")
    rows = re.findall(r"^\| ([a-z0-9-]+) \|", lint.text("docs/differences.md").partition(
        "## The differences")[2], re.M)
    entries = set(tags(section(page, "DIFFERENCES FROM MACVLAN")))
    wrong = compare_list(FOLDER + "xmacvlan-datapath.7", entries, set(rows) - {"id"},
                         "docs/differences.md")
    keys = set(re.findall(r"^\| `(\w+)` \|", lint.text("docs/cni.md").partition(
        "## Configuration")[2].partition("\n## ")[0], re.M))
    entries = set(tags(section(read("xmacvlan-cni.8"), "CONFIGURATION")))
    wrong += compare_list(FOLDER + "xmacvlan-cni.8", entries, keys, "docs/cni.md")
    for front_end in ("docker", "netavark"):
        table = f"user/{front_end}/options.c"
        keys = set(re.findall(r'^\t\{ "([\w.]+)", option_', lint.text(table), re.M))
        entries = set(tags(section(read(f"xmacvlan-{front_end}.8"), "OPTIONS OF A NETWORK")))
        wrong += compare_list(f"{FOLDER}xmacvlan-{front_end}.8", entries, keys, table)
    keys = set(re.findall(r'^\tX\(\w+, "([\w-]+)"', lint.text("user/top/order.h"), re.M))
    text = section(read("xmacvlan-top.8"), "OPTIONS")
    wrong += [f"{FOLDER}xmacvlan-top.8: without {key}" for key in keys
              if not re.search(rf"^\.(?:B|BR)\b.*(?<![\w-]){key}\b", plain(text), re.M)]
    listed = re.search(r"keys\[\] = \{(.*?)\}", lint.text("user/cli/complete_values.c"), re.S)
    wrong += compare_list("user/cli/complete_values.c", set(re.findall(r'"([\w-]+)"', listed[1])),
                          keys, "user/top/order.h")
    names = set(re.findall(r"^\| `(xmacvlan_\w+)`", lint.text("docs/metrics.md"), re.M))
    entries = set(tags(section(read("xmacvlan-metrics.8"), "METRICS")))
    return wrong + compare_list(FOLDER + "xmacvlan-metrics.8", entries, names, "docs/metrics.md")


def manual(lint):
    """Commands, options, keywords and lists are those of the manual pages, and the other way
    round"""
    def read(name):
        return lint.text(FOLDER + name)

    lint.count("manual: commands", "\n".join(check_commands(lint, read)))
    lint.count("manual: options", "\n".join(compare_options(
        read("xmacvlan.8"), lint.text("user/cli/options.c"))))
    lint.count("manual: references", "\n".join(check_references(lint, read)))
    lint.count("manual: lists", "\n".join(check_lists(lint, read)))


def sentences(text):
    """Without quotes and capitals: code and pages mark words in different ways"""
    text = re.sub(r"\s+", " ", text.replace("'", "").lower()).replace("to do: ", "").strip()
    return re.split(r"(?<=\.) ", text)


def roff_text(entry):
    lines = [macro_text(line) if line.startswith(".") else plain(line)
             for line in entry.splitlines()]
    return " ".join(lines)


def reasons(lint):
    """The manual has an entry for each drop reason of abi.h, in its order, which says what to do,
    and has the sentences that metrics have. Code does not write a key by hand, and rules,
    dashboards and pages name no other."""
    abi = lint.text("include/abi.h")
    listed = re.search(r"#define XM_REASONS\(X\)(.*?)XM_NEXT_REASONS", abi, re.S)
    rows = re.findall(r'X\((\w+), "(\w+)"\)', listed.group(1)) if listed else []
    keys = [key for _, key in rows]
    wrong = [] if len(keys) > 10 else ["(abi.h has another form)"]
    name = FOLDER + "xmacvlan-datapath.7, DROP REASONS"
    text = section(lint.text(FOLDER + "xmacvlan-datapath.7"), "DROP REASONS")
    entries = re.split(r"^\.TP\n\.B (\w+)\n", text.split("\n.PP\n")[0], flags=re.M)
    if entries[1::2] != keys:
        wrong.append(f"{name}: {entries[1::2]}, abi.h has {keys}")
    entries = dict(zip(entries[1::2], entries[2::2]))
    wrong += [f'{name}: {key} has no "To do: "' for key, text in entries.items()
              if "To do: " not in text]
    words = dict(re.findall(r"\[XM_REASON_(\w+)\] =((?:\s*\"[^\"]*\")+)",
                            lint.text("user/metrics/reasons.c")))
    for identifier, key in rows:
        said = "".join(re.findall(r'"([^"]*)"', words.get(identifier, '"no words for it"')))
        there = sentences(roff_text(entries.get(key, "")))
        wrong += [f'{name}: {key} has not "{sentence}" of user/metrics/reasons.c'
                  for sentence in sentences(said) if sentence not in there]
    for path in lint.select(".yml", ".json", ".md"):
        for found in re.findall(r'\breason\\*(?:=|!=|=~|!~)\\*"([\w|]+)\\*"', lint.text(path)):
            wrong += [f"{path}: reason {key}" for key in found.split("|") if key not in keys]
    for path in lint.select(".c"):
        if path.startswith("user/"):
            wrong += [f'{path}: "{key}" is written by hand: xm_reason_key()' for key in
                      re.findall(r'"(\w+)"', lint.text(path)) if key in keys and "_" in key]
    lint.count("reasons", "\n".join(wrong))
