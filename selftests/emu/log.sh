#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# P1 for the device alone: its own log adds up to the ns while clients are at work. Shows as well how
# long it takes from the device raising an interrupt until it is granted its next slice.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/emu/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/emu/lib.sh"

# field NAME: of the words in $line.
field() {
	# shellcheck disable=SC2086
	set -- "$1" $line
	_want=$1
	while [ $# -gt 1 ]; do
		shift
		[ "$1" != "$_want" ] || { echo "$2"; return; }
	done
}

start_emu
load vfarb_pci || skip_all "no vfarb_pci module"
plan 4
check "an accelerator is on the bus" make_accel a vfs=2
write 2 "$(pf a)/sriov_numvfs"
node=$(dirname "$(find /dev/vfarb -name vf0)")
for vf in vf0 vf1; do
	"${VFARB_SELFTESTS:-/vfarb/selftests}/dev/client" "$node/$vf" 1 >"/tmp/$vf" &
done
sleep 1
write 0 "$FAULTS/a/latency"
sleep 2
line=$(head -n 1 "$FAULTS/a/latency")
comment "raised to answered: $line"
check "slices ended meanwhile" test "$(field count)" -gt 100
comment "$(sed 1d "$FAULTS/a/latency")"
kill %1 %2
wait
line=$(grep "^engine 0 " "$FAULTS/a/log")
is "running, switching and idle are the clock" \
	"$(($(field running_ns) + $(field switching_ns) + $(field idle_ns)))" "$(field clock_ns)"
is "the functions' time is the running time" \
	"$(awk '$1 == "fn" { sum += $6 } END { printf "%.0f", sum }' "$FAULTS/a/log")" \
	"$(line=$(grep "^engine 0 " "$FAULTS/a/log"); field running_ns)"
rmdir "$CONFIG/a"
unload_all
finish
