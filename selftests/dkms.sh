#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# dkms.sh KERNEL: DKMS adds the tree, builds, signs and installs every module for a kernel of the
# testbed, by itself as after a kernel upgrade, and removes them again. All happens in folders of
# our own: what DKMS has of this machine must not change.
set -uo pipefail

# shellcheck source=selftests/lib.sh
. "$VFARB_LIB"
# shellcheck source=selftests/bed/lib.sh
. "$VFARB_TREE/selftests/bed/lib.sh"

kernel=$1
require_kernel_name "$kernel"
# dkms installs as root only; a name space that calls us root will do, as all is ours.
if ((EUID != 0)); then
	exec unshare -Ur "$0" "$@"
fi

path=$(kernel_path "$kernel")
[[ -f $path/release ]] || "$BED/fetch" "$kernel" || exit
release=$(<"$path/release")
headers=$(readlink -f "$path/build")
place=$VFARB_OUT/dkms-$kernel
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$TREE/dkms.conf")
# What Kbuild makes without VFARB_TESTS.
modules=$(sed -n '/^ifeq/,$d; s/^obj-m += \(.*\)\.o$/\1/p' "$TREE/Kbuild" | sort)
count=$(wc -w <<<"$modules")

rm -rf "$place"
mkdir -p "$place"/{dkms,src,tree,tmp} "$place/lib/modules/$release"
for part in Kbuild Makefile dkms.conf kernel uapi; do
	cp -a "$TREE/$part" "$place/tree/"
done
touch "$place/begun"

# What kmake says on its command line, said in the environment.
mapfile -t args <"$path/makeargs"
export MAKEFLAGS="-- ${args[*]} CONFIG_DEBUG_INFO_BTF_MODULES= PAHOLE=: CONFIG_PAHOLE_VERSION=0"
export TMPDIR=$place/tmp
# The key is made by dkms; sign-file is the kernel's.
export sign_file=$headers/scripts/sign-file mok_signing_key=$place/mok.key
export mok_certificate=$place/mok.pub

with_dkms() {
	dkms "$@" --dkmstree "$place/dkms" --sourcetree "$place/src" \
		--installtree "$place/lib/modules" --kernelsourcedir "$headers" \
		-k "$release" -a x86_64 --no-depmod
}

status() {
	dkms status --dkmstree "$place/dkms" --sourcetree "$place/src" \
		--installtree "$place/lib/modules" -m vfarb -v "$version" 2>/dev/null
}

installed() {
	find "$place/lib/modules/$release/updates" -name 'vfarb*.ko*' -printf '%f\n' 2>/dev/null |
		sed 's/\.ko.*//' | sort
}

autoinstall() {
	with_dkms autoinstall ||
		{ tail -n 20 "$place"/dkms/vfarb/"$version"/build/make.log; return 1; }
}

# Each module was made for this kernel, of this version, and is signed.
module_is_right() {
	local file info

	file=$(find "$place/lib/modules/$release/updates" -name "$1.ko*")
	info=$(modinfo "$file") || return
	grep -q "^vermagic: *$release " <<<"$info" && grep -q "^version: *$version$" <<<"$info" &&
		grep -q "^signer: *DKMS" <<<"$info" || { printf '%s\n' "$info"; return 1; }
}

machine_is_untouched() {
	local changed

	changed=$(find /lib/modules /var/lib/dkms /usr/src -newer "$place/begun" 2>/dev/null)
	[[ -z $changed ]] || { printf '%s\n' "$changed"; return 1; }
}

plan $((count + 8))
check "dkms adds the tree" with_dkms add "$place/tree"
is "it is added" "$(status)" "vfarb/$version: added"
check "dkms builds and installs it by itself (AUTOINSTALL)" autoinstall
is "it is installed" "$(status)" "vfarb/$version, $release, x86_64: installed"
is "all modules that Kbuild makes, and no test, are installed" "$(installed)" "$modules"
for module in $modules; do
	check "$module is made for $release and signed" module_is_right "$module"
done
check "dkms removes it" with_dkms remove -m vfarb -v "$version"
is "no module is left" "$(installed)" ""
check "nothing of this machine changed" machine_is_untouched
finish
