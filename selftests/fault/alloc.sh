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

# with_faults NAME ARGUMENT...
with_faults() {
	_what=$1
	shift
	check "$_what" "$FAILNTH" 2000 "$@"
	comment "$_output"
	_faults=$(printf '%s' "$_output" | sed -n 's/.*: \([0-9]*\) faults.*/\1/p')
	faults=$((faults + ${_faults:-0}))
}

faults=0

[ -e /proc/self/fail-nth ] || skip_all "no fault injection in this kernel"
plan 9
with_faults "insert vfarb" insmod "$VFARB_MODULES/vfarb.ko" -- rmmod vfarb
try "vfarb" load vfarb
with_faults "insert vfarb_pci" insmod "$VFARB_MODULES/vfarb_pci.ko" -- rmmod vfarb_pci
try "an accelerator" accelerate fault engines=2 vfs=2
with_faults "enable VFs" write "/sys/bus/pci/devices/$PF/sriov_numvfs" 2 -- \
	write "/sys/bus/pci/devices/$PF/sriov_numvfs" 0
enable_vfs 2
with_faults "use a node" node "$ACCEL/vf0"
enable_vfs 0
echo 0 >"$EMU/fault/power"
with_faults "switch the accelerator on" write "$EMU/fault/power" 1 -- \
	write "$EMU/fault/power" 0
check "the accelerator goes" decelerate fault
# Fewer would mean that the kernel did not inject any.
check "faults were met" test "$faults" -ge 20
finish
