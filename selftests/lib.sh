# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Helpers of test scripts that run in a guest, in busybox's shell as well as in bash. A script
# follows the kselftest conventions: TAP on its standard output; exit 0 passed, 1 failed, 4 skipped.
#
#   . "${VFARB_LIB:-/vfarb/lib.sh}"
#   plan 2
#   load vfarb || skip_all "no vfarb module"
#   check "an accelerator is listed" vfarb accel show
#   is "volume is refused above 1000" "$(...)" "expected text"
#   finish

TESTS_RUN=0
TESTS_FAILED=0
TESTS_PLANNED=

plan() {
	TESTS_PLANNED=$1
	echo "TAP version 13"
	echo "1..$1"
}

comment() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	TESTS_RUN=$((TESTS_RUN + 1))
	echo "ok $TESTS_RUN $*"
}

fail() {
	TESTS_RUN=$((TESTS_RUN + 1))
	TESTS_FAILED=$((TESTS_FAILED + 1))
	echo "not ok $TESTS_RUN $*"
}

skip() {
	TESTS_RUN=$((TESTS_RUN + 1))
	echo "ok $TESTS_RUN $1 # SKIP $2"
}

# skip_all REASON: leave a test that cannot run here.
skip_all() {
	echo "1..0 # SKIP $*"
	exit 4
}

# check NAME COMMAND...: passes if COMMAND succeeds; shows what it printed if not.
check() {
	_name=$1
	shift
	if _output=$("$@" 2>&1); then
		pass "$_name"
	else
		comment "exit status $? of: $*"
		comment "$_output"
		fail "$_name"
	fi
}

# refused NAME COMMAND...: passes if COMMAND fails with an ordinary error.
refused() {
	_name=$1
	shift
	_status=0
	_output=$("$@" 2>&1) || _status=$?
	if [ "$_status" -gt 0 ] && [ "$_status" -lt 124 ]; then
		pass "$_name"
	else
		comment "exit status $_status of: $*"
		comment "$_output"
		fail "$_name"
	fi
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		comment "got:    $2"
		comment "wanted: $3"
		fail "$1"
	fi
}

# like NAME TEXT REGEX: passes if TEXT has a match of the extended REGEX.
like() {
	# Read to the end: a writer whose reader leaves early fails, and with pipefail all of it.
	if printf '%s\n' "$2" | grep -E -- "$3" >/dev/null; then
		pass "$1"
	else
		comment "got: $(printf '%s\n' "$2" | tail -n 20)"
		comment "no match of: $3"
		fail "$1"
	fi
}

# expect_complaint REGEX: the kernel is meant to complain, with a line that matches. The test
# fails if it does not, or if it complains of anything else.
expect_complaint() {
	echo "# vfarb: expect complaint $*"
}

finish() {
	if [ -z "$TESTS_PLANNED" ]; then
		echo "1..$TESTS_RUN"
	fi
	[ "$TESTS_FAILED" -eq 0 ]
	exit
}

is_loaded() {
	[ -d "/sys/module/$1" ]
}

# load MODULE [PARAMETER=VALUE]...: insert it after all that it depends on.
load() {
	_module=$1
	shift
	_order=$(sed -n "s/^$_module: //p" "${VFARB_MODULES:-/vfarb/modules}/order")
	for _one in $_order; do
		is_loaded "$_one" && continue
		if [ "$_one" = "$_module" ]; then
			insmod "$VFARB_MODULES/$_one.ko" "$@" || return
		elif [ "$_one" = kunit ]; then
			insmod "$VFARB_MODULES/$_one.ko" enable=1 || return
		else
			insmod "$VFARB_MODULES/$_one.ko" || return
		fi
	done
	is_loaded "$_module"
}

# unload_all: remove every module of this project, those that use others first.
unload_all() {
	for _round in 1 2 3 4 5 6; do
		_left=
		# shellcheck disable=SC2013
		for _one in $(sed -n 's/^\(vfarb[a-z_]*\) .*/\1/p' /proc/modules); do
			rmmod "$_one" 2>/dev/null || _left="$_left $_one"
		done
		[ -n "$_left" ] || return 0
	done
	comment "cannot unload:$_left"
	return 1
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds. Never asserts how long that took.
wait_for() {
	_tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		_tries=$((_tries - 1))
		[ "$_tries" -gt 0 ] || return 1
		sleep 0.1
	done
}
