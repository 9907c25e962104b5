#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# One allocation after the other fails while modules are inserted, a device is found, VFs are enabled
# and a node is used. Any error is right; a complaint, a leak or a state that cannot be left is not.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

FAILNTH=$PROGRAMS/../fault/failnth
stride=${1:-7}

# with_faults NAME ARGUMENT...
with_faults() {
	_what=$1
	shift
	check "$_what" "$FAILNTH" 5000 "$@"
	comment "$_output"
}

[ -e /proc/self/fail-nth ] || skip_all "no fault injection in this kernel"
plan 8
with_faults "insert vfarb" "$stride" insmod "$VFARB_MODULES/vfarb.ko" -- rmmod vfarb
try "vfarb" load vfarb
with_faults "insert vfarb_pci" "$stride" insmod "$VFARB_MODULES/vfarb_pci.ko" -- rmmod vfarb_pci
try "an accelerator" accelerate fault engines=2 vfs=2
with_faults "enable VFs" "$stride" write "/sys/bus/pci/devices/$PF/sriov_numvfs" 2 -- \
	write "/sys/bus/pci/devices/$PF/sriov_numvfs" 0
enable_vfs 2
with_faults "use a node" 1 node "$ACCEL/vf0"
enable_vfs 0
echo 0 >"$EMU/fault/power"
with_faults "switch the accelerator on" "$stride" write "$EMU/fault/power" 1 -- \
	write "$EMU/fault/power" 0
check "the accelerator goes" decelerate fault
finish
