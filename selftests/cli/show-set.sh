#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The vfarb tool against a software accelerator: what it shows, what it sets, what it refuses.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

# said WANTED-STATUS COMMAND...: its output, with its status if that is another.
said() {
	_wanted=$1
	shift
	_got=0
	"$@" 2>&1 || _got=$?
	[ "$_got" -eq "$_wanted" ] || echo "[exit status $_got]"
}

setting() {
	vfarb vf show "accel0/$1" | sed -n "s/.* $2 \([^ ]*\).*/\1/p"
}

like "without the module it says so" "$(said 1 vfarb accel show)" "no vfarb here"
load vfarb || skip_all "no vfarb module"
is "no accelerator, empty list" "$(vfarb -j accel show)" "[]"
is "no accelerator, no text" "$(vfarb vf show)" ""
like "one that is not there" "$(said 1 vfarb accel show accel7)" "'accel7': there is no accelerator 7"

try "an accelerator" accelerate cli engines=2 vfs=3
try "three VFs" enable_vfs 3

like "accel show" "$(vfarb accel show)" "^accel0: provider .* engines 2 vfs 4 fns 4 .*overcommit off$"
is "engines" "$(vfarb engine show | cut -d' ' -f1-9)" \
	"accel0/engine0: kind compute policy least-time order fair cycle 100ms
accel0/engine1: kind copy policy least-time order fair cycle 100ms"
is "VFs by name" "$(vfarb vf show | cut -d: -f1 | tr '\n' ' ')" "accel0/pf accel0/vf0 accel0/vf1 accel0/vf2 "
is "VFs of one accelerator" "$(vfarb vf show accel0 | wc -l)" 4
like "VFs of none" "$(said 1 vfarb vf show accel3)" "'accel3': there is none"
like "an engine that is not there" "$(said 1 vfarb engine show accel0/engine2)" "there is no engine 2"
like "a VF that is not there" "$(said 1 vfarb vf show accel0/vf3)" "there is no function 4"
like "JSON has times in ns" "$(vfarb -j vf show accel0/vf0)" \
	'^\[\{"name":"accel0/vf0",.*"volume":250,"memory_mib":1024,.*"slice_ns":2000000,"cap":0,"run":true,"blocked":\[\]\}\]$'
like "statistics" "$(vfarb -s vf show accel0/vf0)" "^    engine1: state idle share"
like "statistics of engines" "$(vfarb -s engine show accel0/engine0)" "^    time: elapsed .* idle "

is "every setting at once" "$(said 0 vfarb vf set accel0/vf0 volume 12.5% memory 0.0625GiB priority high slice 1.5ms label "a b" run off)" ""
like "... as shown" "$(vfarb vf show accel0/vf0)" \
	'^accel0/vf0: label "a b" volume 125 memory 64MiB priority high slice 1.5ms cap off run off blocked operator$'
is "a cap, slices as long as submissions" "$(said 0 vfarb vf set accel0/vf0 cap 30% slice auto)" ""
like "... as shown" "$(vfarb vf show accel0/vf0)" " slice auto cap 300 run off "
is "... and lifted" "$(said 0 vfarb vf set accel0/vf0 cap off slice 2ms; vfarb vf show accel0/vf0 | grep -c 'slice 2ms cap off')" 1
is "cut short" "$(said 0 vfarb v s accel0/vf0 vol 100 p low)" "vfarb: error: 's' is ambiguous
[exit status 2]"
is "cut short, unambiguous" "$(said 2 vfarb v se accel0/vf0 v 100 p l r on)" "[exit status 0]"
is "... done" "$(setting vf0 volume) $(setting vf0 priority) $(setting vf0 run)" "100 low on"

like "more than is left" "$(said 1 vfarb vf set accel0/vf1 volume 60%)" \
	"^vfarb: error: volume '60%': volume 600 is not in 1..400$"
like "one bad of two: nothing" "$(said 1 vfarb vf set accel0/vf1 slice 3ms volume 0)" \
	"volume 0 is not in 1..1000"
is "... changed" "$(setting vf1 slice) $(setting vf1 volume)" "2ms 250"
like "a slice that is too short" "$(said 1 vfarb vf set accel0/vf1 slice 5us)" \
	"^vfarb: error: slice '5us': 5us is not in 10us to 10s$"
like "memory that is not there" "$(said 1 vfarb vf set accel0/vf1 memory 2GiB)" "2GiB is not in 0MiB to 1984MiB"
like "a cycle that is too long" "$(said 1 vfarb engine set accel0/engine0 cycle 61s)" "61s is not in 10ms to 60s"
like "a CPU that is not there" "$(said 1 vfarb engine set accel0/engine0 affinity 77)" "affinity"
like "no list of CPUs" "$(said 1 vfarb engine set accel0/engine0 affinity x)" "not a list of CPUs"
is "a policy" "$(said 0 vfarb engine set accel0/engine0 policy round-robin cycle 50ms affinity 0)" ""
like "... as shown" "$(vfarb engine show accel0/engine0)" "policy round-robin order fair cycle 50ms affinity 0 "
is "a budget and a limit" "$(said 0 vfarb engine set accel0/engine1 budget 500ms faults-most 10 faults-action report)" ""
like "... as shown" "$(vfarb engine show accel0/engine1)" " budget 500ms faults-most 10 faults-action report state "
like "a budget that is too short" "$(said 1 vfarb engine set accel0/engine1 budget 1us)" "1us is not in 1ms to 60s"
is "overcommit" "$(said 0 vfarb accel set accel0 overcommit on)$(said 0 vfarb vf set accel0/vf1 volume 100%)" ""
like "no way back while it is used" "$(said 1 vfarb accel set accel0 overcommit off)" "overcommit 'off'"
is "... but after it" "$(said 0 vfarb vf set accel0/vf1 volume 250)$(said 0 vfarb accel set accel0 overcommit off)" ""

like "no unit" "$(said 2 vfarb vf set accel0/vf1 slice 2)" "'2' slice has no unit: write ns, us, ms or s"
like "no number" "$(said 2 vfarb vf set accel0/vf1 volume many)" "'many' volume is not a number"
like "no value" "$(said 2 vfarb vf set accel0/vf1 volume)" "'volume' needs a value"
like "twice" "$(said 2 vfarb vf set accel0/vf1 volume 1 volume 2)" "'volume' is given twice"
like "no keyword" "$(said 2 vfarb vf set accel0/vf1 colour red)" "'colour' is no setting of a VF"
like "no choice" "$(said 2 vfarb vf set accel0/vf1 priority urgent)" "choose of low, normal, high"
like "no name" "$(said 2 vfarb vf set)" "which one"
like "half a name" "$(said 2 vfarb vf set accel0 volume 1)" "'accel0' names no VF"
like "a name of another kind" "$(said 2 vfarb vf set accel0/engine0 volume 1)" "is no VF"
like "no object" "$(said 2 vfarb gpu show)" "'gpu' is no object or command"
like "no command" "$(said 2 vfarb vf grow)" "'grow' is no command of vf"
like "no option" "$(said 2 vfarb -x)" "'-x' is no option"
like "a label that is too long" "$(said 2 vfarb vf set accel0/vf1 label 12345678901234567890123456789012)" \
	"label has 31 bytes at most"
for words in help "vf help" "vf set help" "help engine" "accel help" "monitor help" "top help" \
	"apply help" "save help"; do
	# shellcheck disable=SC2086
	like "vfarb $words" "$(said 0 vfarb $words)" "^Usage:"
done
# Statistics of real work, and events: a submission never ends.
vfarb monitor events >/tmp/events 2>&1 &
monitor=$!
try "cycles are watched" eval 'vfarb -j monitor cycles >/tmp/cycles 2>&1 & cycles=$!'
sleep 0.2
check "work on the PF" vfarb-matmul "$ACCEL/pf"
like "... is counted" "$(vfarb -s vf show accel0/pf)" " grants [1-9].* submitted [1-9].* completed [1-9]"
like "... and seen by top" "$(vfarb top count 1)" "^accel0/pf +0 .*idle$"
echo "on count=1" >/sys/kernel/debug/vfarb_emu/cli/fault/hang
refused "work that hangs" timeout 60 vfarb-matmul "$ACCEL/vf1"
like "... is an event" "$(wait_for 10 grep -q vf-reset-done /tmp/events; cat /tmp/events)" \
	"^accel0/engine[01]: event (throttled|quarantined) vf accel0/vf1 until .* strike [0-9]+ at .* seq [0-9]+$"
is "an operator releases it" "$(said 0 vfarb vf release accel0/vf1)" ""
like "... which is an event" "$(wait_for 10 grep -q released /tmp/events; cat /tmp/events)" \
	"event released vf accel0/vf1 by-operator on"
like "nobody to release" "$(said 1 vfarb vf release accel0/vf9)" "'accel0/vf9': there is no function 10"
check "an engine that is not dead may be released" vfarb engine release accel0/engine0
like "cycles are told" "$(wait_for 10 grep -q seq /tmp/cycles; cat /tmp/cycles)" \
	'^\{"name":"accel0/engine0","cycle":\{"seq":1,"start_ns":[0-9]+,"length_ns":[0-9]+,"end":'
# shellcheck disable=SC2154
kill "$monitor" "$cycles"
check "the accelerator goes" decelerate cli
is "... and is shown no more" "$(vfarb -j vf show)" "[]"
finish
