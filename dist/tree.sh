#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dist/tree.sh DIR: copies the sources into the new folder DIR, for a package. What is made of it
# is the same in every folder and at every time: files have the time of the newest commit
# (SOURCE_DATE_EPOCH; without git that of the file VERSION) and modes without the umask.
set -eu

to=$1
[ ! -e "$to" ] || { echo "dist/tree.sh: $to exists" >&2; exit 1; }
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y VERSION)}
mkdir -p "$to"
if [ -e .git ]; then
	git ls-files -co --exclude-standard
else
	find . -name build -prune -o -type f -print
fi | while read -r file; do
	[ ! -f "$file" ] || echo "$file"
done | tar -c -T - | tar -x -C "$to"
chmod -R u=rwX,go=rX "$to"
find "$to" -exec touch -h -d "@$epoch" {} +
