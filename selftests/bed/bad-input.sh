#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What can go wrong around the testbed ends in one clear line that says what to do, a non-zero
# exit status and a cache without half-written parts.
# shellcheck disable=SC2016,SC2317
set -uo pipefail

# shellcheck source=selftests/lib.sh
. "$VFARB_LIB"

bed=$VFARB_TREE/selftests/bed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
# The locks that the check around us holds are part of what is tried here.
unset VFARB_LOCKS
export VFARB_CACHE=$work/cache

# refuses NAME REGEX COMMAND...: COMMAND fails, with one error line, which has a match of REGEX.
refuses() {
	local name=$1 regex=$2 text status=0 errors

	shift 2
	text=$("$@" 2>&1 </dev/null) || status=$?
	errors=$(grep -E "error:|Traceback" <<<"$text")
	if ((status > 0)) && [[ $(wc -l <<<"$errors") == 1 ]] && grep -qE "$regex" <<<"$errors"; then
		pass "$name"
	else
		comment "exit status $status; wanted one error line like: $regex"
		comment "$text"
		fail "$name"
	fi
}

# On a file system of SIZE, if we may mount one.
on_small_disk() {
	local size=$1

	shift
	# shellcheck disable=SC2016
	"${unshare[@]}" bash -c 'mount -t tmpfs -o "size=$1" none "$2" && shift 2 && "$@"' \
		- "$size" "$work/small" "$@"
}

as_nobody() {
	if ((EUID == 0)); then
		setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
	else
		"$@"
	fi
}

# with_lib CODE: run CODE in a shell of its own that has lib.sh.
with_lib() {
	bash -c "set -euo pipefail; . '$bed/lib.sh'; $1"
}

plan 24

# Names
refuses "make check: unknown kernel" "unknown kernel '9.9': choose one of 6.1" \
	make -s -C "$VFARB_TREE" check K=9.9
refuses "make check: unknown test" "unknown test 'nonesuch'" \
	make -s -C "$VFARB_TREE" check T=nonesuch
refuses "fetch: unknown kernel" "unknown kernel '5.10': choose one of" "$bed/fetch" 5.10
refuses "fetch: a kernel that is built" "kernel kasan is built, not fetched" "$bed/fetch" kasan
refuses "build: unknown kernel" "unknown kernel 'x'" "$bed/build" x
refuses "build: no kernel" "which kernel" "$bed/build"
refuses "vm: unknown kernel" "no kernel 'x' in .*: run" "$bed/vm" --kernel x -- true
refuses "vm: no command" "give a command" "$bed/vm"
refuses "setup: unknown part" "unknown part 'x'" "$bed/setup" x
printf 'a guest det all\n' >"$work/table"
refuses "check: a line too short" "table:1: five columns" "$bed/check" --table "$work/table"
printf 'a b det all x\n' >"$work/table"
refuses "check: unknown kind" "table:1: kind 'b'" "$bed/check" --table "$work/table"

# A package is missing and nobody here is root: a machine with few programs, all but one of the
# packages, no sudo.
mkdir -p "$work/bin" "$work/selftests/bed"
for program in bash dirname sed tr cut sort cat mkdir grep; do
	ln -s "$(command -v $program)" "$work/bin/"
done
cp "$bed/setup" "$bed/lib.sh" "$work/selftests/bed/"
printf '#!/bin/bash\nexit 1\n' >"$work/bin/apt-get"
"$bed/setup" --list | sed -n 's/^[a-z]* *\([^ ]*\).*/installed \1/p' | grep -v busybox >"$work/packages"
printf '#!/bin/bash\ncat %s\n' "$work/packages" >"$work/bin/dpkg-query"
chmod 755 "$work/bin/apt-get" "$work/bin/dpkg-query" "$work/selftests" "$work/selftests/bed"
refuses "setup: a package is missing, no root, no sudo" \
	"run as root 'apt-get install --no-install-recommends busybox-static'" \
	as_nobody env -i PATH="$work/bin" HOME="$work" "$work/selftests/bed/setup" check

# No network. Nothing listens on the port of discard.
export VFARB_MIRROR=http://127.0.0.1:9
refuses "fetch: no network, empty cache" "kernel 6.1 is not in the cache .*: connect" "$bed/fetch" 6.1
is "fetch without network leaves no kernel" "$(ls "$VFARB_CACHE/kernels" 2>/dev/null)" ""
mkdir -p "$VFARB_CACHE/kernels/6.1"
echo 6.1.0-1-amd64 >"$VFARB_CACHE/kernels/6.1/release"
check "fetch without network keeps the kernel it has" "$bed/fetch" --refresh 6.1
refuses "fetch: no network, no source" "the source of kernel 6.1 is not in the cache" \
	"$bed/fetch" --source 6.1
rm -rf "$VFARB_CACHE/kernels"

# Full disk
mkdir "$work/small"
unshare=(unshare -m)
((EUID == 0)) || unshare=(unshare -rm)
if on_small_disk 1m true 2>/dev/null; then
	refuses "fetch: full disk" "small has [0-9]+ MiB free, .* free space" \
		on_small_disk 16m env VFARB_CACHE="$work/small" "$bed/fetch" 6.1
	mkdir -p "$work/kernels/6.1"
	touch "$work/kernels/6.1/vmlinuz"
	refuses "vm: full disk" "cannot write $work/small/out: No space" \
		on_small_disk 1m env VFARB_CACHE="$work" "$bed/vm" --kernel 6.1 \
		--out "$work/small/out" -- true
else
	skip "fetch: full disk" "may not mount"
	skip "vm: full disk" "may not mount"
fi
touch "$work/file"
refuses "fetch: a cache that cannot be" "cannot write the cache folder $work/file" \
	env VFARB_CACHE="$work/file" "$bed/fetch" 6.1

# Two at once
mkdir -p "$VFARB_CACHE/locks"
exec 9>"$VFARB_CACHE/locks/fetch"
flock 9
refuses "fetch: a second run gives up at its limit" "another run still holds .*: end it" \
	env VFARB_LOCK_WAIT=1 "$bed/fetch" 6.1
exec 9>&-
exec 9>>"$VFARB_TREE/build/.lock"
flock -n 9 || comment "the check around us holds it"
refuses "check: a second run gives up at its limit" "another run still holds .*/build/.lock: end it" \
	env VFARB_LOCK_WAIT=1 "$bed/check" --no-build
exec 9>&-
flock "$VFARB_CACHE/locks/x" sleep 2 &
sleep 0.5
text=$(with_lib "with_lock x echo done" 2>&1)
like "a second run waits and says so" "$text" "another run holds .*; waiting"
like "a second run goes on when the first has ended" "$text" "^done$"

# Killed in the middle
with_lib 'tmp=$(scratch half); echo x >"$tmp/part"; kill -9 $$' 2>/dev/null
with_lib 'scratch other >/dev/null'
is "what a killed run left is removed by the next" "$(find "$VFARB_CACHE/tmp" -name 'half*')" ""
finish
