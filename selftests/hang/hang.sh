#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A VF that hangs, one that does not yield, one whose reset does not end: what is done about it, who
# is told, and that those who share the engine with it lose nothing.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

ENGINE=accel0/engine0
FAULTS=/sys/kernel/debug/vfarb_emu/hang/fault

# fault NAME WORDS...
fault() {
	_fault=$1
	shift
	echo "$*" >"$FAULTS/$_fault"
}

start_clients() {
	clients=
	for _vf in vf0 vf1 vf2 vf3 vf4 vf5 vf6 vf7; do
		"$PROGRAMS/client" "$ACCEL/$_vf" 7 >"/tmp/client.$_vf" 2>&1 &
		clients="$clients $!"
	done
	sleep 0.3
}

# Everybody's submissions ended once; none of those other than vf3's was reset.
end_clients() {
	_lost=0
	# shellcheck disable=SC2086
	kill -TERM $clients
	for _one in $clients; do
		wait "$_one" || _lost=1
	done
	is "$1: nothing lost, nothing twice" "$_lost" 0
	_reset=
	for _vf in vf0 vf1 vf2 vf4 vf5 vf6 vf7; do
		_reset="$_reset$(sed -n 's/.* \([0-9]*\) reset.*/\1/p' /tmp/client.$_vf) "
	done
	sed 's/^/# /' /tmp/client.vf3 /tmp/client.vf4
	is "$1: no work of the innocent was reset" "$_reset" "0 0 0 0 0 0 0 "
}

events() {
	vfarb log $ENGINE | sed -n 's/^event: .*event \([a-z-]*\).*/\1/p' | tr '\n' ' '
}

load vfarb hang_budget_ms=20 || skip_all "no vfarb module"
try "an accelerator" accelerate hang engines=1 vfs=8
try "eight VFs" enable_vfs 8

start_clients
fault hang on count=1 fn=4
sleep 1
like "a submission that never ends: preempt fails, the VF is reset" "$(events)" \
	"over-budget preempt-failed quarantined vf-reset vf-reset-done"
said=$(vfarb explain accel0/vf3)
comment "$said"
like "and it is said why" "$said" "strike 3 at .*: in quarantine and reset for 1.00s"
end_clients hang

sleep 3
start_clients
fault deaf on count=1 fn=4
sleep 1
comment "$(events)"
end_clients deaf

sleep 3
start_clients
before=$(vfarb -s engine show $ENGINE)
comment "$before"
fault irq_lost on rate=5000 count=20
sleep 1
comment "$(events)"
end_clients "lost interrupts"
check "the record tells the same choices" vfarb replay $ENGINE
try "the accelerator goes" decelerate hang
finish
