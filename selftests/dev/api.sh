#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the node of a VF promises, call by call; the test itself is a program.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

if ! accelerate api engines="${1:-2}" vfs=2 || ! enable_vfs 2; then
	skip_all "no accelerator"
fi
"$PROGRAMS/api" "$ACCEL/vf0"
status=$?
decelerate api || status=1
exit $status
