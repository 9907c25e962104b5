#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What a VF costs the kernel besides its buffers: memory before and after 63 get their driver.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

LIMIT_KIB=64

# Free pages, those that CPUs keep for themselves included.
free_kib() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '$1 == "nr_free_pages" || $1 == "count:" { pages += $2 } END { print pages * 4 }' \
		/proc/zoneinfo
}

probe_vfs() {
	for link in "/sys/bus/pci/devices/$PF"/virtfn*; do
		basename "$(readlink "$link")" >/sys/bus/pci/drivers_probe || return
	done
	wait_for 10 test -c "$ACCEL/vf62"
}

unbind_vfs() {
	for link in "/sys/bus/pci/devices/$PF"/virtfn*; do
		basename "$(readlink "$link")" >/sys/bus/pci/drivers/vfarb_vf/unbind || return
	done
}

for engines in 1 4; do
	try "an accelerator of $engines engines" accelerate "mem$engines" engines=$engines vfs=63
	ACCEL=$(dirname "$(node_of "$PF")")
	echo 0 >"/sys/bus/pci/devices/$PF/sriov_drivers_autoprobe"
	echo 63 >"/sys/bus/pci/devices/$PF/sriov_numvfs"
	echo 1 >"/sys/bus/pci/devices/$PF/sriov_drivers_autoprobe"
	# Once for what is allocated the first time and stays.
	try "63 VFs get their driver" probe_vfs
	try "and lose it" unbind_vfs
	before=$(free_kib)
	probe_vfs
	with=$(free_kib)
	cost=$(((before - with) / 63))
	comment "kernel memory of a VF with $engines engines: $cost KiB"
	check "more than nothing" test "$cost" -gt 0
	check "at most $LIMIT_KIB KiB each" test "$cost" -le "$LIMIT_KIB"
	# One part in eight for the allocator's own caches.
	unbind_vfs
	left=$((before - $(free_kib)))
	comment "left of $((before - with)) KiB after they lost it: $left KiB"
	check "which is given back" test "$left" -le $(((before - with) / 8))
	check "the accelerator goes" decelerate "mem$engines"
done
finish
