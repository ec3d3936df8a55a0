# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Modules for the image of a guest
#
# shellcheck shell=bash

# copy_modules KERNEL ROOT MODULE...: the modules of KERNEL (fetch_kernel.sh) with those that they
# depend on, by modules.dep. depmod has to be run after it.
copy_modules() {
	local release name dep from to

	release=$(cat "$1/release")
	from=$1/lib/modules/$release to=$2/lib/modules/$release
	shift 2
	mkdir -p "$to"
	for name; do
		# A module that is missing may be built in
		dep=$(grep -E "/${name//_/[_-]}\.ko:" "$from/modules.dep") || continue
		for dep in ${dep//:/}; do
			dep=${dep#/lib/modules/"$release"/}
			mkdir -p "$to/$(dirname "$dep")"
			cp "$from/$dep" "$to/$dep"
		done
	done
	cp "$from"/modules.builtin* "$from/modules.order" "$to/"
}
