#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Fuzz the netlink family: netlink.sh ROUNDS SECONDS SEED, 0 for no limit. The kernel's log is the
# verdict; here only that the accelerator still works afterwards.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

plan 5
try "an accelerator" accelerate fuzz engines=2 vfs=2
try "two VFs" enable_vfs 2
check "inputs are taken" "$PROGRAMS/../fuzz/netlink" "$@" vfarb
comment "$_output"
check "the accelerator is still listed" test -c "$ACCEL/vf0"
check "the accelerator goes" decelerate fuzz
finish
