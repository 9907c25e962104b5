# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# An accelerator for tests of the device node: source it after selftests/lib.sh.
#
#   accelerate t0 engines=2 vfs=4     make one and give it power; sets PF, its PCI address
#   enable_vfs 4                      and wait for their nodes
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
