#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# bad-input PART: what no proper client sends to netlink, against a software accelerator; nothing
# is changed by it.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

program=${VFARB_SELFTESTS:-/vfarb/selftests}/cli/bad-input

load vfarb || skip_all "no vfarb module"
accelerate bad engines=2 vfs=31 || exit 1
enable_vfs 31 || exit 1
vfarb save >/tmp/before
# The programs number their points themselves.
check "attributes" "$program" attributes
check "permissions" "$program" permissions
vfarb save | sed 's/slice [^ ]*//' >/tmp/after
sed -i 's/slice [^ ]*//' /tmp/before
is "nothing has changed" "$(cat /tmp/after)" "$(cat /tmp/before)"
check "a deaf subscriber" "$program" deaf
check "VFs that go" "$program" gone "echo 0 >/sys/bus/pci/devices/$PF/sriov_numvfs"
check "the accelerator goes" decelerate bad
finish
