#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Every module loads, unloads and loads again.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"

modules=$(sed -n 's/^\(vfarb[a-z_]*\): .*/\1/p' "$VFARB_MODULES/order" |
	grep -vE '^vfarb_(test|.*_test|crowd|fixture.*)$')
# shellcheck disable=SC2086
set -- $modules
[ $# -gt 0 ] || skip_all "no modules at hand"
plan $(($# * 3))
for module; do
	check "$module loads" load "$module"
	check "$module and all it uses unload" unload_all
	check "$module loads again" load "$module"
	unload_all
done
finish
