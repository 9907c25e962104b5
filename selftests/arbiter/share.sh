#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Shares, waits and idle time of an engine, by the log of the device that ran them.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

SHARE=${VFARB_SELFTESTS:-/vfarb/selftests}/arbiter/share
LOG=/sys/kernel/debug/vfarb_emu/share/log

# The aim is 1500 ppm of idle time at slices of 2 ms; the programs' own work on the one CPU of the
# guest comes between the device and its driver, so that is what the limits below allow for.

# clients COUNT VOLUMES WORK: words for the program, volumes in turn.
clients() {
	_i=0
	while [ "$_i" -lt "$1" ]; do
		for _volume in $2; do
			[ "$_i" -lt "$1" ] || break
			printf '%s:%s:%s ' "$_i" "$_volume" "$3"
			_i=$((_i + 1))
		done
	done
}

# share NAME DURATION-MS OPTIONS CLIENTS: gives the VFs their volumes and lets them work.
share() {
	_name=$1 _ms=$2 _options=$3 _clients=$4
	vfarb accel set accel0 overcommit on || return
	for _client in $_clients; do
		_rest=${_client#*:}
		vfarb vf set "accel0/vf${_client%%:*}" volume "${_rest%%:*}" || return
	done
	# shellcheck disable=SC2086
	if "$SHARE" "$ACCEL" "$LOG" "$_ms" $_options $_clients >/tmp/share.out; then
		pass "$_name"
	else
		fail "$_name"
	fi
	sed 's/^\(not ok\|ok\)/# \1/; /^1\.\./d' /tmp/share.out
}

try "an accelerator that can be preempted" accelerate share engines=1 vfs=63 \
	preempt_granularity_ns=1000 || exit 1
try "63 VFs" enable_vfs 63

for n in 2 3 7 13 31 63; do
	share "$n equal VFs" $((n * 450)) "jain=999000 idle=8000" "$(clients $n 10 4:1500000)"
done
share "4 VFs of volumes 1:2:3:4" 6000 "jain=999000 idle=8000" \
	"$(clients 4 "100 200 300 400" 4:700000)"
share "62 VFs of volume 8 and one of 500" 60000 "jain=999000 idle=8000" \
	"$(clients 62 8 4:1500000) 62:500:4:1500000"
share "10 % of load beside 4 submissions of 50 ms: p99 within a slice and a preemption" 4000 \
	"wait=1:2100000" "0:100:4:50000000 1:100:1:500000:4500000"
# The aim is 1.003 s.
share "1000 submissions of 1 ms, one at a time: 1.010 s" 5000 "count=1000 length=1010000000" \
	"0:100:8:1000000"
# Promise P1: what the ledger says that each VF executed is what the device's own log says.
ledger=$(vfarb -j -s vf show accel0 |
	sed 's/{"name":"accel0/\n&/g' |
	sed -n 's/^{"name":"accel0\/vf\([0-9]*\)".*"executed_ns":\([0-9]*\).*/\1 \2/p' | sort -n)
device=$(sed -n 's/^fn \([0-9]*\) engine 0 run_ns \([0-9]*\) .*/\1 \2/p' "$LOG" |
	while read -r fn ns; do [ "$fn" -eq 0 ] || echo "$((fn - 1)) $ns"; done | sort -n)
is "P1: the ledger and the device's log agree to the ns" "$ledger" "$device"

check "the accelerator goes" decelerate share
finish
