#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The decision record of a loaded accelerator: saved, replayed in user space to the same choices,
# explained; and not believed once it was tampered with.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

ENGINE=accel0/engine0
saved=/tmp/record

load_for() {
	_clients=
	for _vf in vf0 vf1 vf2; do
		"$PROGRAMS/client" "$ACCEL/$_vf" "$1" >"/tmp/client.$_vf" 2>&1 &
		_clients="$_clients $!"
	done
	sleep "$1"
}

end_load() {
	_bad=0
	# shellcheck disable=SC2086
	kill -TERM $_clients
	for _one in $_clients; do
		wait "$_one" || _bad=1
	done
	return "$_bad"
}

# field NAME OUTPUT
field() {
	printf '%s\n' "$2" | sed -n "s/.*[: ]$1 \([^ ]*\).*/\1/p" | tail -n 1
}

refused "no module, no record" vfarb log $ENGINE
try "an accelerator" accelerate rec engines=1 vfs=3
try "three VFs" enable_vfs 3
refused "an engine that is not there" vfarb log accel0/engine3
refused "a file that is no record" vfarb replay /vfarb/lib.sh
load_for 2
check "the record of a running engine is replayed" vfarb replay $ENGINE
# Settings change while it runs; the record goes on.
for policy in deadline fifo shortest relative-latency round-robin fixed-share least-time; do
	vfarb engine set $ENGINE policy $policy && sleep 0.3
done
vfarb vf set accel0/vf1 volume 100 slice 500us
sleep 0.5
check "and saved" vfarb log $ENGINE save $saved
try "nothing was lost by recording" end_load
said=$(vfarb replay $saved)
is "the file is replayed to the same choices" "$(field same "$said")" on
try "and they are many" test "$(field grants "$said")" -gt 500
try "with snapshots between" test "$(field snapshots "$said")" -gt 1
comment "$said"

like "grants are told" "$(vfarb log $saved)" "^grant: at .* fn vf1 slice 500us rule [a-z-]+ before (vf[02]|pf|nobody) waiting [0-9]+$"
said=$(vfarb explain accel0/vf1 file $saved)
comment "$said"
like "a wait is explained" "$said" 'why "(vf0|vf2) had the engine: it '
refused "a VF that the record does not know" vfarb explain accel0/vf7 file $saved

# Entries of 32 bytes follow a head of 56; the winner of a grant is at 2 of its entry.
entry=$(od -An -v -tu1 -w32 -j56 $saved | awk '$1 == 12 && $3 > 0 { n++; if (n == 50) { print NR - 1; exit } }')
try "a grant to tamper with" test -n "$entry"
printf '\000' | dd of=$saved bs=1 seek=$((56 + entry * 32 + 2)) conv=notrunc 2>/dev/null
said=$(vfarb replay $saved)
is "is found, by number" "$(field entry "$said")" $((entry + 1))
like "and by name" "$said" "^difference: .*in \"?winner\"?"
refused "and told by the exit status" vfarb replay $saved

# A reader that comes late, and one that stays until the end.
vfarb log $ENGINE save /tmp/followed follow &
follower=$!
load_for 1
end_load
try "the accelerator goes while its record is read" decelerate rec
try "the reader ends" wait $follower
is "what it read is replayed" "$(field same "$(vfarb replay /tmp/followed)")" on
finish
