#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# faults.sh COUNT: every way in which the software accelerator can say wrong things, COUNT times
# each, while eight VFs work; hang.sh has the ways in which VFs misbehave. Nobody's submission is lost or ends twice, nobody is reset for what the device did, and
# the record of it all is replayed to the same choices.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

count=${1:-20}
ENGINE=accel0/engine0
FAULTS=/sys/kernel/debug/vfarb_emu/faults/fault

hits() {
	sed -n 's/.*hits[ =]*\([0-9]*\).*/\1/p' "$FAULTS/$1"
}

# Whether there were as many hits as there should be.
all_hit() {
	[ "$(hits "$1")" -ge "$((before + count))" ]
}

start_clients() {
	clients=
	for _vf in vf0 vf1 vf2 vf3 vf4 vf5 vf6 vf7; do
		"$PROGRAMS/client" "$ACCEL/$_vf" 7 >"/tmp/client.$_vf" 2>&1 &
		clients="$clients $!"
	done
}

end_clients() {
	_lost=0
	# shellcheck disable=SC2086
	kill -TERM $clients
	for _one in $clients; do
		wait "$_one" || _lost=1
	done
	[ "$_lost" -eq 0 ] || sed 's/^/# /' /tmp/client.*
	is "$1: nothing lost, nothing twice" "$_lost" 0
	is "$1: nothing reset" "$(sed -n 's/.* \([1-9][0-9]*\) reset.*/\1/p' /tmp/client.vf?)" ""
}

load vfarb || skip_all "no vfarb module"
try "an accelerator" accelerate faults engines=1 vfs=8
try "eight VFs" enable_vfs 8
for kind in irq_late irq_duplicate irq_lost event_lost event_type event_fn event_engine event_seq \
	time_backwards run_time irq_storm; do
	start_clients
	before=$(hits $kind)
	# One in ten chances, so that there is work between them.
	# Interrupts are the PF's, which are the core's business; events are about VFs.
	case $kind in
	irq_*) who=fn=0 ;;
	*) who= ;;
	esac
	echo "on rate=100000 count=$count $who" >"$FAULTS/$kind" || fail "$kind cannot be set"
	try "$kind: $count times" wait_for 20 all_hit $kind
	echo off >"$FAULTS/$kind"
	end_clients $kind
done
check "the record tells the same choices" vfarb replay $ENGINE
comment "$(vfarb log $ENGINE | sed -n 's/^event: .*event \([a-z-]*\).*/\1/p' | sort | uniq -c)"
try "the accelerator goes" decelerate faults
finish
