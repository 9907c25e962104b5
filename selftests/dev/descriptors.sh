#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# descriptors.sh COUNT INVALID-PERCENT SEED: random submissions against a model.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

if ! accelerate desc engines=3 vfs=2 || ! enable_vfs 2; then
	skip_all "no accelerator"
fi
"$PROGRAMS/descriptors" "$ACCEL/vf0" "$ACCEL/vf1" "$@"
status=$?
decelerate desc || status=1
exit $status
