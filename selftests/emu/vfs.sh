#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# VFs come and go a hundred times, and so do the device and its driver.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/emu/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/emu/lib.sh"

start_emu
load vfarb_pci || skip_all "no vfarb_pci module"
rounds=${1:-100}
plan 17
check "an accelerator is on the bus" make_accel a vfs=63 engines=1
pf=$(pf a)
is "63 VFs are possible" "$(cat "$pf/sriov_totalvfs")" 63
refused "64 are not" write 64 "$pf/sriov_numvfs"

begin=$(sed -n 's/^Slab: *\([0-9]*\).*/\1/p' /proc/meminfo)
bad=0
i=0
while [ $i -lt "$rounds" ]; do
	write 63 "$pf/sriov_numvfs" || bad=$((bad + 1))
	[ "$(functions a)" = 64 ] || bad=$((bad + 1))
	write 0 "$pf/sriov_numvfs" || bad=$((bad + 1))
	[ "$(functions a)" = 1 ] || bad=$((bad + 1))
	i=$((i + 1))
done
is "63 VFs come and go $rounds times" "$bad" 0
comment "slab memory: $begin kB before, $(sed -n 's/^Slab: *\([0-9]*\).*/\1/p' /proc/meminfo) kB after"

write 5 "$pf/sriov_numvfs"
vf=$(readlink -f "$pf/virtfn2")
check "a VF can be reset" write 1 "$vf/reset"
check "so can the PF" write 1 "$pf/reset"
is "which keeps its VFs" "$(functions a)" 6
check "a VF can be unbound" write "$(basename "$vf")" /sys/bus/pci/drivers/vfarb_vf/unbind
check "and bound" write "$(basename "$vf")" /sys/bus/pci/drivers/vfarb_vf/bind
check "the PF can be unbound" write "$(basename "$pf")" /sys/bus/pci/drivers/vfarb_pf/unbind
check "and bound" write "$(basename "$pf")" /sys/bus/pci/drivers/vfarb_pf/bind
write 5 "$pf/sriov_numvfs"
check "the device can be removed" write 1 "$pf/remove"
is "and is gone" "$(functions a)" 0
write 1 /sys/bus/pci/rescan
is "a rescan finds it" "$(functions a)" 1
write 5 "$pf/sriov_numvfs"
write now "$FAULTS/a/fault/removal"
i=0
while [ "$(functions a)" != 0 ] && [ $i -lt 50 ]; do
	sleep 0.1
	i=$((i + 1))
done
is "pulled with its VFs on, it leaves nothing" "$(functions a)" 0
write 0 "$CONFIG/a/power"
write 1 "$CONFIG/a/power"
is "a new one can be plugged" "$(functions a)" 1
rmdir "$CONFIG/a"
check "everything unloads" unload_all
finish
