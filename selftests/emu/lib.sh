# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Helpers of the accelerator's scripts; to be sourced after selftests/lib.sh.

CONFIG=/sys/kernel/config/vfarb_emu
DEVICES=/sys/bus/pci/devices
# shellcheck disable=SC2034
FAULTS=/sys/kernel/debug/vfarb_emu

start_emu() {
	[ -d /sys/kernel/config ] || load configfs 2>/dev/null || modprobe configfs 2>/dev/null
	load vfarb_emu || skip_all "no vfarb_emu module"
	mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
	mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
}

# write TEXT FILE: fails as the kernel does, without the shell giving up.
write() {
	printf '%s\n' "$1" 2>/dev/null >"$2"
}

# make_accel NAME ATTRIBUTE=VALUE...: with power.
make_accel() {
	_name=$1
	shift
	mkdir "$CONFIG/$_name" || return
	for _set; do
		write "${_set#*=}" "$CONFIG/$_name/${_set%%=*}" || return
	done
	write 1 "$CONFIG/$_name/power"
}

# pf NAME: the PF's folder in sysfs.
pf() {
	echo "$DEVICES/$(cat "$CONFIG/$1/domain"):00:00.0"
}

# functions NAME: how many of its functions the kernel knows.
functions() {
	set -- "$DEVICES/$(cat "$CONFIG/$1/domain")":*
	[ -e "$1" ] && echo $# || echo 0
}
