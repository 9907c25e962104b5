#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A VF goes in every way that it can, while a client sits in each of its calls.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

# goes WAY COMMAND...: COMMAND takes vf0, or for a WAY that begins with pf the PF, away.
goes() {
	way=$1
	shift
	node=$ACCEL/vf0
	[ "${way#pf}" = "$way" ] || node=$ACCEL/pf
	rm -f /tmp/ready
	"$PROGRAMS/unplug" "$node" /tmp/ready >/tmp/log 2>&1 &
	client=$!
	wait_for 30 test -e /tmp/ready || comment "the client did not get ready"
	# It must not wait for the client, who stays.
	try "$way" "$@"
	wait "$client"
	status=$?
	[ "$status" -eq 0 ] || comment "$(cat /tmp/log)"
	is "$way: the client is told" "$status" 0
}

unbind() {
	echo "$2" >"/sys/bus/pci/drivers/$1/unbind"
}

bind() {
	echo "$2" >"/sys/bus/pci/drivers/$1/bind" && wait_for 10 test -c "$(node_of "$2")"
}

remove() {
	echo 1 >"/sys/bus/pci/devices/$PF/remove"
}

power() {
	echo "$1" >"$EMU/plug/power"
}

plan 17
try "an accelerator" accelerate plug engines=2 vfs=2
try "its VFs" enable_vfs 2
vf=$(vf_address 0)
goes "vf is unbound" unbind vfarb_vf "$vf"
try "vf is bound again" bind vfarb_vf "$vf"
goes "vfs are disabled" enable_vfs 0
enable_vfs 2
goes "pf is unbound" unbind vfarb_pf "$PF"
bind vfarb_pf "$PF"
enable_vfs 2
goes "vf goes with its pf" unbind vfarb_pf "$PF"
bind vfarb_pf "$PF"
enable_vfs 2
goes "pf is removed" remove
power 0
power 1
PF=$(cat "$EMU/plug/domain"):00:00.0
wait_for 10 test -c "$(node_of "$PF")"
enable_vfs 2
goes "vf loses power" power 0
power 1
PF=$(cat "$EMU/plug/domain"):00:00.0
wait_for 10 test -c "$(node_of "$PF")"
enable_vfs 2
check "a VF works after all that" vfarb-matmul "$ACCEL/vf1" 9 9 9
decelerate plug
try "the modules unload" unload_all
finish
