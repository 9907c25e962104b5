#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the control plane costs, with 4096 VFs and with 63; only mode det can tell.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"

cost=${VFARB_SELFTESTS:-/vfarb/selftests}/cli/cost

# measured NAME COMMAND...: passes with COMMAND, whose figures are shown.
measured() {
	check "$@"
	printf '%s\n' "$_output" | grep '^bench '
}

plan 6
check "4096 VFs" load vfarb_crowd functions=4096
measured "a dump" "$cost" dump
measured "a dump with statistics" "$cost" dump stats
measured "a set" "$cost" set
rmmod vfarb_crowd
check "63 VFs" load vfarb_crowd functions=64
measured "vfarb vf show" "$cost" run vfarb vf show
finish
