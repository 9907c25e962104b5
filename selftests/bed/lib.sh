# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Common helpers of the testbed. Source it after `set -euo pipefail`; it defines functions and
# the variables below, and runs nothing.
#
#   BED   this folder          TREE  the top of the tree          BUILD  $TREE/build
#
# A kernel K lives in the cache as the folder that `kernel_path K` prints, which holds
#   release   one line: what `uname -r` says in the guest
#   version   one line: the package version it came from
#   vmlinuz   the image to boot
#   modules   the contents of /lib/modules/RELEASE, or absent
#   build     what modules are built against (KDIR)
#   makeargs  arguments for make, one a line, such as CC=gcc-12
# and appears there whole or not at all. `fetch --source K` prints where K's source lies.
# What `kunit K` makes for it lies in the folder that `kunit_path K` prints:
#   kunit.ko        to insert before a module with suites, with `enable=1`
#   Module.symvers  for KBUILD_EXTRA_SYMBOLS
#   cflags          what to add to the C flags of modules with suites, may be empty

BED=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TREE=$(cd "$BED/../.." && pwd)
# shellcheck disable=SC2034
BUILD=$TREE/build
STOCK_KERNELS=(6.1 6.12 7.2)
DEBUG_KERNELS=(kasan kcsan)

# What was given to the make that calls us is not meant for the kernel's.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL T K O CHECK_ARGS
# depmod and others lie where an ordinary user does not look.
PATH=$PATH:/usr/sbin:/sbin

say() {
	printf 'vfarb: %s\n' "$*" >&2
}

die() {
	printf 'vfarb: error: %s\n' "$*" >&2
	exit 1
}

# Print the cache folder, making it where it is missing.
cache_dir() {
	local dir=${VFARB_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/vfarb}

	[[ $dir == /* ]] || dir=$PWD/$dir
	mkdir -p "$dir/locks" "$dir/tmp" 2>/dev/null ||
		die "cannot write the cache folder $dir: free space there or set VFARB_CACHE to another"
	printf '%s\n' "$dir"
}

# kernel_names [stock|debug]: the kernels this testbed knows, in the order they are tested.
kernel_names() {
	case ${1:-all} in
	stock) printf '%s\n' "${STOCK_KERNELS[@]}" ;;
	debug) printf '%s\n' "${DEBUG_KERNELS[@]}" ;;
	*) printf '%s\n' "${STOCK_KERNELS[@]}" "${DEBUG_KERNELS[@]}" ;;
	esac
}

is_debug_kernel() {
	[[ " ${DEBUG_KERNELS[*]} " == *" $1 "* ]]
}

require_kernel_name() {
	[[ -n ${1:-} && " ${STOCK_KERNELS[*]} ${DEBUG_KERNELS[*]} " == *" $1 "* ]] ||
		die "unknown kernel '${1:-}': choose one of ${STOCK_KERNELS[*]} ${DEBUG_KERNELS[*]}"
}

kernel_path() {
	local cache

	cache=$(cache_dir)
	printf '%s/kernels/%s\n' "$cache" "$1"
}

kunit_path() {
	local cache

	cache=$(cache_dir)
	printf '%s/kunit/%s\n' "$cache" "$1"
}

kernel_release() {
	cat "$(kernel_path "$1")/release"
}

# kmake K ARG...: make against kernel K's headers with the compiler it was built with. Without
# type information of the kernel there is none of modules either: some versions only say so,
# others look for programs that Debian 12 does not have.
kmake() {
	local path args=()

	path=$(kernel_path "$1")
	shift
	[[ -f $path/release ]] || die "no kernel in $path: run selftests/bed/fetch first"
	mapfile -t args <"$path/makeargs"
	make -C "$(readlink -f "$path/build")" "${args[@]}" \
		CONFIG_DEBUG_INFO_BTF_MODULES= PAHOLE=: CONFIG_PAHOLE_VERSION=0 "$@"
}

# take_lock NAME: hold a lock until this shell ends. NAME is a lock of the cache, or a path. A
# second run waits and says so; it gives up after VFARB_LOCK_WAIT seconds (an hour). What a run
# starts while it holds a lock may ask for the same lock again.
take_lock() {
	local name=$1 file cache fd

	[[ " ${VFARB_LOCKS:-} " != *" $name "* ]] || return 0
	if [[ $name == */* ]]; then
		file=$name
	else
		cache=$(cache_dir)
		file=$cache/locks/$name
	fi
	mkdir -p "$(dirname "$file")"
	{ exec {fd}>"$file"; } 2>/dev/null ||
		die "cannot write the lock $file: check its owner and the free space"
	if ! flock -n "$fd"; then
		say "another run holds $file; waiting for it to end"
		flock -w "${VFARB_LOCK_WAIT:-3600}" "$fd" ||
			die "another run still holds $file: end it, then try again"
	fi
	export VFARB_LOCKS="${VFARB_LOCKS:-} $name"
}

# with_lock NAME COMMAND...: run COMMAND alone.
with_lock() {
	(
		take_lock "$1"
		"${@:2}"
	)
}

# need_space DIR MIB: refuse to begin what the disk cannot hold.
need_space() {
	local free

	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
	((free >= $2)) ||
		die "$1 has $free MiB free, $2 MiB are needed: free space or set VFARB_CACHE to another disk"
}

# scratch NAME: print a new folder in the cache for unfinished work. It is on the file system of
# everything that is published, so that publishing is one rename. Folders whose run has died are
# removed by the next run.
scratch() {
	local cache old pid

	cache=$(cache_dir)
	for old in "$cache"/tmp/*.*; do
		pid=${old##*.}
		[[ -e $old && $pid =~ ^[0-9]+$ && ! -d /proc/$pid ]] && rm -rf -- "$old"
	done
	mkdir -p "$cache/tmp/$1.$$" || die "cannot write $cache/tmp: free space or set VFARB_CACHE"
	printf '%s\n' "$cache/tmp/$1.$$"
}

# Give back at once what scratch made for this run; for `trap clean_scratch EXIT`.
clean_scratch() {
	rm -rf -- "$(cache_dir)"/tmp/*."$$"
}

# publish TMP FINAL: put a finished file or folder in its place, whole or not at all.
publish() {
	local tmp=$1 final=$2 old

	mkdir -p "$(dirname "$final")"
	if [[ -d $final && ! -L $final ]]; then
		old=$(scratch old)/$(basename "$final")
		mv -T -- "$final" "$old"
		mv -T -- "$tmp" "$final"
		rm -rf -- "$(dirname "$old")"
	else
		mv -T -- "$tmp" "$final"
	fi
}

# as_root COMMAND...: run as root, through sudo where we are not. Fails where neither works.
as_root() {
	if ((EUID == 0)); then
		"$@"
	else
		command -v sudo >/dev/null || return 1
		sudo "$@"
	fi
}
