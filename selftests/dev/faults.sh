#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The device breaks while clients submit. The driver sees it, every submission ends once, and VFs
# work afterwards.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

FAULTS=/sys/kernel/debug/vfarb_emu/faults/fault

hits() {
	sed -n 's/.* hits=\([0-9]*\).*/\1/p' "$FAULTS/$1"
}

counter() {
	sed -n "s/^$1 //p" "/sys/kernel/debug/vfarb_pci/$PF"
}

# survives FAULT SETTINGS [COUNTER]: COUNTER of the driver must have noticed
survives() {
	local fault=$1 settings=$2 counter=${3:-}

	start_clients vf0 vf1
	echo "on $settings" >"$FAULTS/$fault"
	wait_for 20 has_hit "$fault" 3
	sleep 1
	comment "$fault: $(hits "$fault") hits"
	check "$fault: it happens" has_hit "$fault" 1
	[ -z "$counter" ] || check "$fault: it is noticed" test "$(counter "$counter")" -gt 0
	echo off >"$FAULTS/$fault"
	end_clients "$fault"
	check "$fault: VFs work afterwards" vfarb-matmul "$ACCEL/vf1" 5 6 7
}

has_hit() {
	test "$(hits "$1")" -ge "$2"
}

try "an accelerator" accelerate faults engines=2 vfs=2
try "its VFs" enable_vfs 2
survives irq_lost "rate=20000"
survives irq_late "rate=100000"
survives irq_duplicate "rate=100000"
survives irq_storm "rate=10000" storms
survives run_time "rate=100000"
survives time_backwards "rate=100000"
survives event_type "rate=20000" malformed
survives event_fn "rate=20000" malformed
survives event_engine "rate=20000" malformed
survives event_seq "rate=20000" holes
survives event_lost "rate=20000"
comment "$(cat "/sys/kernel/debug/vfarb_pci/$PF")"
start_clients vf0 vf1 pf
echo now >"$FAULTS/removal"
end_clients "removal"
try "what is left of it goes" decelerate faults
try "the modules unload" unload_all
finish
