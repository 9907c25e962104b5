#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# lspci, which knows nothing of us, reads the config space as it should be.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/emu/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/emu/lib.sh"

command -v lspci >/dev/null || skip_all "no lspci"

# shows NAME REGEX: some line of $text matches.
shows() {
	if printf '%s\n' "$text" | grep -qE "$2"; then
		pass "$1"
	else
		comment "no line matches: $2"
		comment "$text"
		fail "$1"
	fi
}

start_emu
load vfarb_pci || skip_all "no vfarb_pci module"
plan 27
check "an accelerator is on the bus" make_accel a vfs=63 engines=4
domain=$(cat "$CONFIG/a/domain")
text=$(lspci -vv -s "$domain:00:00.0" 2>&1)
shows "processing accelerator" "Processing accelerators: Device 7fab:0001 \(rev 01\)"
shows "registers" "Region 0: Memory at .* \(64-bit, non-prefetchable\) .*\[size=64K\]"
shows "tenant page" "Region 2: Memory at .* \(64-bit, non-prefetchable\) .*\[size=4K\]"
shows "MSI-X BAR" "Region 4: Memory at .* \(64-bit, non-prefetchable\) .*\[size=4K\]"
shows "power management" "Capabilities: \[40\] Power Management version 3"
shows "express endpoint" "Capabilities: \[50\] Express \(v2\) Root Complex Integrated Endpoint"
shows "function level reset" "FLReset\+"
shows "MSI-X in use, a vector for each engine and one" "MSI-X: Enable\+ Count=5 Masked-"
shows "table" "Vector table: BAR=4 offset=00000000"
shows "pending bits" "PBA: BAR=4 offset=00000800"
shows "vendor-specific" "Vendor Specific Information: Len=0c"
shows "SR-IOV" "Capabilities: \[100 v1\] Single Root I/O Virtualization"
shows "63 VFs" "Initial VFs: 63, Total VFs: 63, Number of VFs: 0, Function Dependency Link: 00"
shows "places of VFs" "VF offset: 1, stride: 1, Device ID: 0002"
shows "serial number" "Device Serial Number 00-00-7f-ab"
shows "driver" "Kernel driver in use: vfarb_pf"
is "lspci finds nothing strange" \
	"$(printf '%s\n' "$text" | grep -icE "unknown|invalid|broken|chain|!!!|<access denied>")" 0

write 63 "$(pf a)/sriov_numvfs"
is "lspci lists all functions" "$(lspci -d 7fab: | wc -l)" 64
is "63 VFs are on" "$(lspci -vv -s "$domain:00:00.0" | grep -c "Number of VFs: 63")" 1
text=$(lspci -vv -s "$domain:00:07.7")
shows "the last VF" "Device 7fab:0002 \(rev 01\)"
shows "its tenant page" "Region 0: Memory at .* \[virtual\] \[size=4K\]"
shows "its vectors" "MSI-X: Enable\+ Count=4 Masked-"
shows "its table" "Vector table: BAR=2 offset=00000000"
shows "its reset" "FLReset\+"
is "all VFs have the driver" "$(lspci -v -d 7fab:0002 | grep -c "Kernel driver in use: vfarb_vf")" 63
check "it goes" rmdir "$CONFIG/a"
unload_all
finish
