#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two runs of one test in mode det give the same bytes: kernel log with its time stamps, output,
# files. The job reads what differs first where a run is not reproducible: clocks, the interrupt
# counts, random numbers.
# shellcheck disable=SC2016,SC2317
set -uo pipefail

# shellcheck source=selftests/lib.sh
. "$VFARB_LIB"

kernel=${VFARB_KERNEL:-6.1}
bed=$VFARB_TREE/selftests/bed

# shellcheck disable=SC2317
run() {
	# The guest expands what is in quotes.
	# shellcheck disable=SC2016
	"$bed/vm" --quiet --kernel "$kernel" --mode det --out "$VFARB_OUT/$1" \
		--modules "$VFARB_TREE/build/$kernel/modules" \
		--file "$VFARB_TREE/selftests/lib.sh:/vfarb/lib.sh" \
		--file "$VFARB_TREE/selftests/load.sh:/vfarb/selftests/load.sh" -- sh -c '
		/vfarb/selftests/load.sh
		for i in 1 2 3; do sleep 0.$i; cat /proc/uptime; done
		cat /proc/interrupts /proc/stat
		head -c 64 /dev/urandom | od -x
		dmesg >$VFARB_OUT/dmesg
		'
}

plan 5
check "the first run ends well" run 1
check "the second run ends well" run 2
for part in console.log tap.log files/dmesg; do
	if [[ -s $VFARB_OUT/1/$part ]] && cmp "$VFARB_OUT/1/$part" "$VFARB_OUT/2/$part"; then
		pass "$part: the same bytes"
	else
		comment "$(diff "$VFARB_OUT/1/$part" "$VFARB_OUT/2/$part" | head -n 10)"
		fail "$part: the same bytes"
	fi
done
finish
