# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What check runs in the guest: tests one after the other, each between marks that check looks
# for in their output and in the kernel log.

# shellcheck source=selftests/lib.sh
. /vfarb/lib.sh

mark() {
	echo "# vfarb: $*"
	echo "<5>vfarb: $*" >/dev/kmsg
}

# Kill what a test left running: all that is neither the guest's first program, this shell, nor a
# thread of the kernel. Without a fork for each, as under an instruction-counting clock they cost.
kill_leftovers() {
	_left=
	for _dir in /proc/[0-9]*; do
		_pid=${_dir#/proc/}
		case $_pid in
		1 | 2 | "$$") continue ;;
		esac
		read -r _line 2>/dev/null <"$_dir/stat" || continue
		# After the name, which may hold anything: state, parent.
		_line=${_line##*) }
		_line=${_line#? }
		[ "${_line%% *}" = 2 ] || _left="$_left $_pid"
	done
	[ -n "$_left" ] || return 0
	# shellcheck disable=SC2086
	kill -9 $_left 2>/dev/null || true
	sleep 0.5
}

# Leave the guest as it was before the test.
clean_up() {
	kill_leftovers
	unload_all || _status=1
	mark "end $1 $_status"
}

# run_test NAME SECONDS COMMAND...
run_test() {
	_test=$1
	_limit=$2
	shift 2
	mark "begin $_test"
	_status=0
	# In a shell of its own, as a test must not change ours.
	timeout -s KILL "$_limit" "$@" </dev/null || _status=$?
	case $_status in
	124 | 137) echo "# killed after $_limit s, or by the kernel" ;;
	esac
	clean_up "$_test"
}

# run_kunit MODULE: the suites of MODULE report in the kernel log as it is inserted.
run_kunit() {
	mark "begin kunit:$1"
	_status=0
	# insmod waits for the slowest case; on a debug kernel that is not a hung task.
	echo 900 2>/dev/null >/proc/sys/kernel/hung_task_timeout_secs || true
	load "$1" || _status=$?
	clean_up "kunit:$1"
}

# Ask a kernel that looks for leaks what it found, twice: the first scan only colours.
look_for_leaks() {
	[ -w /sys/kernel/debug/kmemleak ] || return 0
	mark "begin kmemleak"
	for _one in 1 2; do
		sleep 5
		echo scan >/sys/kernel/debug/kmemleak
	done
	_status=0
	_output=$(cat /sys/kernel/debug/kmemleak)
	if [ -n "$_output" ]; then
		comment "$_output"
		_status=1
	fi
	mark "end kmemleak $_status"
}

# Take along how often each line of the modules was run, those removed meanwhile included.
save_coverage() {
	cd /sys/kernel/debug/gcov || return
	find . -name '*.gcda' | while read -r _one; do
		mkdir -p "$VFARB_OUT/gcov/${_one%/*}"
		cat "$_one" >"$VFARB_OUT/gcov/$_one"
	done
	cd /
}
