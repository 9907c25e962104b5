#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel tree's own YAML client, and top on a terminal, against a software accelerator.

# shellcheck source=selftests/lib.sh
. "${VFARB_LIB:-/vfarb/lib.sh}"
# shellcheck source=selftests/dev/lib.sh
. "${VFARB_SELFTESTS:-/vfarb/selftests}/dev/lib.sh"

here=${VFARB_SELFTESTS:-/vfarb/selftests}/cli

# The kernel loads the module for the tool: by a modprobe that knows our folder of modules. It runs
# in the root that the guest booted with, which shares /vfarb with this one.
cat >/vfarb/modprobe <<END
#!/bin/sh
. /vfarb/lib.sh
export VFARB_MODULES=$VFARB_MODULES
for _arg; do
	[ "\$_arg" != net-pf-16-proto-16-family-vfarb ] || load vfarb
done
END
chmod +x /vfarb/modprobe
echo /vfarb/modprobe >/proc/sys/kernel/modprobe
is "the tool has its module loaded" "$(vfarb -j accel show 2>&1)" "[]"
try "an accelerator" accelerate ynl engines=2 vfs=3
try "three VFs" enable_vfs 3
check "the YAML client" /usr/bin/python3 -B "$here/ynl.py"
check "top on a terminal" /usr/bin/python3 -B "$here/terminal.py"
check "the accelerator goes" decelerate ynl
finish
