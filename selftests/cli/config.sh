#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Files of settings: save, apply, batches; and what a monitor sees of it.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

said() {
	_wanted=$1
	shift
	_got=0
	"$@" 2>&1 || _got=$?
	[ "$_got" -eq "$_wanted" ] || echo "[exit status $_got]"
}

load vfarb || skip_all "no vfarb module"
vfarb -j monitor config >/tmp/monitor 2>&1 &
monitor=$!
try "an accelerator" accelerate config engines=2 vfs=7
try "seven VFs" enable_vfs 7
is "... which the monitor tells" "$(wait_for 10 grep -q vf6 /tmp/monitor && grep -c '"name":"accel0/vf' /tmp/monitor)" 7

vfarb save >/tmp/first
is "save has a line for each object" "$(grep -c ' set ' /tmp/first)" 11
is "what was saved changes nothing" "$(said 0 vfarb apply /tmp/first)" "0 changes made"

cat >/tmp/wanted <<END
# the volumes change places: no order of single changes would pass
vf set accel0/vf0 volume 60% label "first # one"	# a comment
vf set accel0/pf volume 1
vf set accel0/vf1 vol 10 pri high
vf set accel0/vf2 volume 1
vf set accel0/vf3 volume 1

vf set accel0/vf4 volume 1
vf set accel0/vf5 volume 1 run off
vf set accel0/vf6 volume 1 slice 3ms
engine set accel0/engine1 policy round-robin
accel set accel0 overcommit off
END
like "a dry run shows differences" "$(said 0 vfarb apply /tmp/wanted --dry-run)" \
	"^accel0/vf0: volume 125 -> 600$"
like "... tells how many" "$(said 0 vfarb apply /tmp/wanted --dry-run)" "^13 changes would be made$"
is "... and makes none" "$(vfarb save)" "$(cat /tmp/first)"
like "apply" "$(said 0 vfarb apply /tmp/wanted)" "^13 changes made$"
is "... again" "$(said 0 vfarb apply /tmp/wanted)" "0 changes made"
like "... is seen" "$(vfarb vf show accel0/vf0)" '^accel0/vf0: label "first # one" volume 600 '
like "... by the monitor too" "$(wait_for 10 grep -q engine1 /tmp/monitor && cat /tmp/monitor)" \
	'"name":"accel0/engine1",.*"policy":"round-robin"'
vfarb save >/tmp/second
is "from standard input" "$(vfarb apply - </tmp/first >/dev/null && vfarb save)" "$(cat /tmp/first)"

# A hundred lines with one bad one each: nothing changes, and it is told where.
hundred() {
	i=0
	while [ $i -lt 99 ]; do
		echo "vf set accel0/vf$((i % 7)) slice $((i + 1))ms"
		[ $i -ne 41 ] || echo "$1"
		i=$((i + 1))
	done >/tmp/hundred
}
hundred "vf set accel0/vf1 priority high volume 1001"
like "the kernel refuses line 43" "$(said 1 vfarb apply /tmp/hundred)" \
	"^vfarb: /tmp/hundred:43: volume '1001': volume 1001 is not in 1..1000"
is "... nothing changed" "$(vfarb save)" "$(cat /tmp/first)"
hundred "vf set accel0/vf7 volume 1"
like "no such VF in line 43" "$(said 1 vfarb apply /tmp/hundred)" \
	"^vfarb: /tmp/hundred:43: 'accel0/vf7': there is no function 8"
hundred "vf set accel0/vf1 volume 1 slice 3mm"
like "bad usage in line 43" "$(said 2 vfarb apply /tmp/hundred)" \
	"^vfarb: /tmp/hundred:43: '3mm' slice has an unknown unit"
hundred 'vf set accel0/vf1 label "no end'
like "no end of a quote in line 43" "$(said 2 vfarb apply /tmp/hundred)" "^vfarb: /tmp/hundred:43: a quote"
hundred "vf show accel0/vf1"
like "only set is applied" "$(said 2 vfarb apply /tmp/hundred)" "^vfarb: /tmp/hundred:43: 'show' should be 'set'"
is "... nothing changed by any" "$(vfarb save)" "$(cat /tmp/first)"
like "a file that is not there" "$(said 2 vfarb apply /tmp/nowhere)" "'/tmp/nowhere' cannot be read"
head -c 4096 /dev/urandom >/tmp/noise
like "noise" "$(said 2 vfarb apply /tmp/noise)" "^vfarb: /tmp/noise:[0-9]*: "

printf 'vf set accel0/vf0 slice 4ms\nvf show accel0/vf0\nvf set accel0/vf0 slice x\nvf set accel0/vf0 slice 5ms\n' >/tmp/batch
like "a batch shows and sets" "$(said 2 vfarb -batch /tmp/batch)" "^accel0/vf0: .*slice 4ms"
like "... names the line that failed" "$(said 2 vfarb -batch /tmp/batch)" "^vfarb: /tmp/batch:3: 'x' slice is not a number"
like "... and ends there" "$(vfarb vf show accel0/vf0)" "slice 4ms"
said 2 vfarb -force -batch - </tmp/batch >/dev/null
like "... unless forced to go on" "$(vfarb vf show accel0/vf0)" "slice 5ms"

check "the accelerator goes" decelerate config
like "... which the monitor tells" "$(wait_for 10 grep -q '"accel0","gone":true' /tmp/monitor && tail -n 1 /tmp/monitor)" \
	'"name":"accel0","gone":true'
kill "$monitor"
like "what was saved is refused without it" "$(said 1 vfarb apply /tmp/first)" \
	"^vfarb: /tmp/first:2: 'accel0': there is no accelerator 0"
finish
