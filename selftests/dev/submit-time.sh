#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What a submit call costs the guest, on a VF.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

if ! accelerate time engines=1 vfs=2 || ! enable_vfs 2; then
	skip_all "no accelerator"
fi
"$PROGRAMS/submit-time" "$ACCEL/vf0"
status=$?
decelerate time || status=1
exit $status
