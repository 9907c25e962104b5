#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Fuzz the nodes of a PF and a VF: device.sh ROUNDS SECONDS SEED, 0 for no limit. The kernel's log
# is the verdict; here only that the node still serves afterwards.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

plan 5
try "an accelerator" accelerate fuzz engines=2 vfs=2
try "two VFs" enable_vfs 2
check "inputs are taken" "$PROGRAMS/../fuzz/device" "$@" "$ACCEL/vf0" "$ACCEL/vf1" "$ACCEL/pf"
comment "$_output"
check "the nodes still serve" "$PROGRAMS/api" "$ACCEL/vf0"
check "the accelerator goes" decelerate fuzz
finish
