# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# An accelerator for tests of the device node: source it after selftests/lib.sh.
#
#   accelerate t0 engines=2 vfs=4     make one and give it power; sets PF, its PCI address
#   enable_vfs 4                      and wait for their nodes
#   start_clients vf0 vf1             who keep them busy, and book all that they submit
#   end_clients NAME                  a check that nothing was lost and nothing came twice
#   decelerate t0

EMU=/sys/kernel/config/vfarb_emu
# shellcheck disable=SC2034
PROGRAMS=${VFARB_SELFTESTS:-/vfarb/selftests}/dev

# try NAME COMMAND...: as check, but COMMAND may set variables of this shell.
try() {
	_try=$1
	shift
	if "$@"; then
		pass "$_try"
	else
		fail "$_try"
	fi
}

# The modules, and the file systems that they are driven by.
prepare() {
	load vfarb_emu || return
	load vfarb_pci || return
	[ -d "$EMU" ] || mount -t configfs none /sys/kernel/config || return
	[ -d /sys/kernel/debug/vfarb_pci ] || mount -t debugfs none /sys/kernel/debug
}

accelerate() {
	_name=$1
	shift
	prepare || return
	mkdir "$EMU/$_name" || return
	for _setting; do
		echo "${_setting#*=}" >"$EMU/$_name/${_setting%%=*}" || return
	done
	echo 1 >"$EMU/$_name/power" || return
	PF=$(cat "$EMU/$_name/domain"):00:00.0
	wait_for 10 test -c "$(node_of "$PF")"
}

# The PCI address of vfN of the accelerator.
vf_address() {
	basename "$(readlink "/sys/bus/pci/devices/$PF/virtfn$1")"
}

# The node of a function, by its PCI address.
node_of() {
	for _one in "/sys/bus/pci/devices/$1/vfarb"/*; do
		sed -n 's,^DEVNAME=,/dev/,p' "$_one/uevent"
	done
}

enable_vfs() {
	echo "$1" >"/sys/bus/pci/devices/$PF/sriov_numvfs" || return
	[ "$1" -eq 0 ] && return
	ACCEL=$(dirname "$(node_of "$PF")")
	wait_for 10 test -c "$ACCEL/vf$(($1 - 1))"
}

decelerate() {
	rmdir "$EMU/$1"
}

CLIENT_SEED=0

start_clients() {
	CLIENTS=
	rm -f /tmp/client.*
	for _function; do
		CLIENT_SEED=$((CLIENT_SEED + 1))
		"$PROGRAMS/client" "$ACCEL/$_function" "$CLIENT_SEED" \
			>"/tmp/client.$_function" 2>&1 &
		CLIENTS="$CLIENTS $!"
	done
	for _function; do
		wait_for 60 grep -q busy "/tmp/client.$_function" ||
			comment "$_function does not get busy"
	done
}

# They end by themselves when their VF has gone, else they are asked to.
end_clients() {
	_lost=0
	for _pid in $CLIENTS; do
		kill -TERM "$_pid" 2>/dev/null
	done
	for _pid in $CLIENTS; do
		wait "$_pid" || _lost=$?
	done
	sed '/^busy/d; s/^/# /' /tmp/client.*
	is "$1: nothing lost, nothing twice" "$_lost" 0
}
