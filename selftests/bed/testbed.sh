#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What must make `make check` fail does, and what must not does not: run the table of fixtures
# through it and compare every verdict with the fixture's name. That a table without failures ends
# in exit status 0 is shown by the run of which this test is a part.
set -uo pipefail

# shellcheck source=selftests/lib.sh
. "$VFARB_LIB"

table=$VFARB_TREE/selftests/bed/fixtures/tests
kernel=${VFARB_KERNEL:-6.1}
out=$VFARB_OUT/run
verdicts=$VFARB_OUT/verdicts

make_check() {
	make -s -C "$VFARB_TREE" check K="$kernel" \
		CHECK_ARGS="--table $table --logs $out --grace 10 --no-build" >"$verdicts" 2>"$verdicts.errors"
}

mapfile -t fixtures < <(awk '!/^#/ && NF { print $1 }' "$table")
plan $((${#fixtures[@]} + 6))

make_check
status=$?
is "make check with failing tests exits non-zero" "$((status != 0))" 1
for name in "${fixtures[@]}"; do
	line=$(grep -E "^(not )?ok [0-9]+ $name \(" "$verdicts")
	case $name in
	fails-*) like "$name is seen to fail" "$line" "^not ok" ;;
	*) like "$name is not seen to fail" "$line" "^ok" ;;
	esac
done
like "the last line counts" "$(tail -n 1 "$verdicts")" "^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$"
# The reason is shown where it happened, with the console's last lines.
like "a warning is shown" "$(<"$verdicts")" "WARNING: .*fixture_warn"
like "a panic's last lines are shown" "$(<"$verdicts")" "\| .*(Kernel panic|Kernel Offset)"
like "a failing case is shown" "$(<"$verdicts")" "not ok 2 fixture_case_fails"
like "the whole log is named" "$(<"$verdicts")" "the whole log: /.*/console.log"
finish
