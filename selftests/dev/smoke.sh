#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The example multiplies matrices on a PF and on a VF.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

plan 6
try "an accelerator with nodes" accelerate smoke engines=2 vfs=2
try "two VFs with nodes" enable_vfs 2
check "a product on the PF" vfarb-matmul "$ACCEL/pf"
check "a product on a VF" vfarb-matmul "$ACCEL/vf1"
check "a product of odd dimensions" vfarb-matmul "$ACCEL/vf0" 33 7 129
check "the accelerator goes" decelerate smoke
finish
