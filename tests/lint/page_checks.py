# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks of pages for lint.py: links, figures that are copied from another page, the picture."""
import os
import re
import subprocess
import sys

LINK = re.compile(r"\]\(([^)\s]+)\)")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def links(lint):
    """A link of a page leads to a file or a folder of the tree"""
    dead = []
    for path in lint.select(".md"):
        for target in LINK.findall(lint.text(path)):
            file = os.path.join(os.path.dirname(path), target.split("#")[0])
            if not re.match(r"\w+:|#", target) and not os.path.exists(file):
                dead.append(f"{path}: {target} does not exist")
    lint.count("links", "\n".join(dead))


def table_below(text, marker):
    """The cells of the rows of the table behind the marker, without its head"""
    rows = text.partition(marker + "\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def figures(lint):
    """Each row below `<!-- figures: PAGE -->` has its figures from one line of that page. The text
    in the first cell and what stands behind a semicolon do not count."""
    wrong = []
    found = re.findall(r"^<!-- figures: (\S+) -->$", lint.text("README.md"), re.M)
    for page in found:
        lines = [set(NUMBER.findall(line)) for line in lint.text(page).splitlines()]
        for cells in table_below(lint.text("README.md"), f"<!-- figures: {page} -->"):
            row = set(NUMBER.findall(" ".join(cells[1:]).partition(";")[0]))
            if not row or not any(row <= line for line in lines):
                wrong.append(f"README.md: '{cells[0]}': no line of {page} has {sorted(row)}")
    lint.count("figures", "\n".join(wrong) if found else "README.md: no figures")


def picture(lint):
    """docs/picture.svg is what its source prints"""
    made = subprocess.run([sys.executable, "docs/picture.py"], capture_output=True, check=True)
    lint.count("picture", "" if made.stdout == lint.texts["docs/picture.svg"] else
               "docs/picture.svg is not what docs/picture.py prints: make picture")
