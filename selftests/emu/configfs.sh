#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Accelerators are made, shaped and refused in configfs.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/emu/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/emu/lib.sh"

# takes ATTRIBUTE VALUE [READS]
takes() {
	write "$2" "$CONFIG/a/$1"
	is "$1 takes $2" "$(cat "$CONFIG/a/$1")" "${3:-$2}"
}

# refuses ATTRIBUTE VALUE: it keeps what it had.
refuses() {
	_had=$(cat "$CONFIG/a/$1")
	refused "$1 refuses '$2'" write "$2" "$CONFIG/a/$1"
	is "$1 is as before" "$(cat "$CONFIG/a/$1")" "$_had"
}

start_emu
plan 81
check "an accelerator can be made" mkdir "$CONFIG/a"
refused "not twice" mkdir "$CONFIG/a"
refused "not with a long name" mkdir "$CONFIG/0123456789012345678901234567890123"
is "it has no power" "$(cat "$CONFIG/a/power")" 0
refused "so it has no domain" cat "$CONFIG/a/domain"
takes vfs 63
takes vfs 0
refuses vfs 64
refuses vfs -1
refuses vfs many
takes engines 4
takes kinds "compute copy copy compute"
refuses kinds "compute bake"
refuses kinds "copy copy copy copy copy"
takes engines 1
refuses engines 0
refuses engines 5
takes clock_hz 19200000
refuses clock_hz 0
refuses clock_hz 10000000001
refuses clock_hz 99999999999999999999
takes counter_bits 32
refuses counter_bits 31
refuses counter_bits 65
takes switch_cost_ns 0
refuses switch_cost_ns 1000000001
takes preempt_cost_ns 1000000000
refuses preempt_cost_ns 1000000001
takes preempt_granularity_ns none
takes preempt_granularity_ns submission
takes preempt_granularity_ns 0
refuses preempt_granularity_ns sometimes
refuses preempt_granularity_ns 1000000001
takes extend 0
refuses extend 2
takes vf_reset 1
takes overhead_ns 100
refuses overhead_ns 99
takes matmul_ps_per_mac 0
refuses matmul_ps_per_mac 100000001
refuses power maybe

takes vfs 2
check "it can have power" write 1 "$CONFIG/a/power"
is "one function is there" "$(functions a)" 1
refused "no power twice" write 1 "$CONFIG/a/power"
refuses vfs 3
refuses clock_hz 1000000000
check "a second one beside it" make_accel b vfs=1
check "in another domain" test "$(cat "$CONFIG/a/domain")" != "$(cat "$CONFIG/b/domain")"
check "power off" write 0 "$CONFIG/a/power"
set -- "$DEVICES"/7fab0:*
refused "nothing is left on its bus" test -e "$1"
check "power off is no error when it is off" write 0 "$CONFIG/a/power"
refused "the module is in use" rmmod vfarb_emu
check "a folder can go with power on" rmdir "$CONFIG/b"
check "and without" rmdir "$CONFIG/a"
check "then the module can be unloaded" unload_all
load vfarb_emu accels=2
is "accels=2 makes two" "$(grep -l 0x7fab "$DEVICES"/7fab*/vendor | wc -l)" 2
check "which go with the module" unload_all
refused "accels=17 is refused" load vfarb_emu accels=17
finish
