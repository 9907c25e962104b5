#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every tool of lint passes a small clean tree and finds the defect that is planted for it.
set -uo pipefail

# shellcheck source=selftests/lib.sh
. "$VFARB_LIB"

for program in sparse spatch shellcheck clang-tidy perl; do
	command -v "$program" >/dev/null || skip_all "no $program: make lint installs it"
done

tree=$VFARB_OUT/tree
rm -rf "$tree"
mkdir -p "$tree"/{Documentation,kernel/core,tools/planted,selftests/bed,uapi}
cp "$VFARB_TREE"/selftests/bed/{lint,lib.sh,fetch} "$tree/selftests/bed/"
cp "$VFARB_TREE"/{Makefile,dkms.conf,COPYING,.gitignore} "$tree/"
cp "$VFARB_TREE/Documentation/conf.py" "$tree/Documentation/"
mkdir -p "$tree/kernel/include"
cp "$VFARB_TREE/kernel/include/vfarb.h" "$tree/kernel/include/"
git -C "$tree" init -q
cd "$tree" || exit 1

put() {
	mkdir -p "$(dirname "$1")"
	{
		[[ $1 != *.c ]] || echo "// SPDX-License-Identifier: GPL-2.0"
		[[ $1 == *.c ]] || echo "# SPDX-License-Identifier: GPL-2.0"
		cat
	} >"$1"
}

put Kbuild <<'END'
obj-m += clean.o
clean-y := kernel/core/clean.o $(patsubst $(src)/%.c,%.o,$(wildcard $(src)/kernel/core/planted*.c))
END
put kernel/core/clean.c <<'END'
#include <linux/module.h>

MODULE_DESCRIPTION("Nothing");
MODULE_LICENSE("GPL");
END
put tools/planted/Makefile <<'END'
.PHONY: all
all:
	for file in *.c; do $(CC) -O2 -c -o /dev/null $$file || exit; done
END
put tools/planted/clean.c <<'END'
int main(void)
{
	return 0;
}
END
put selftests/clean.sh <<'END'
# shellcheck shell=sh
true
END
put selftests/clean.py <<'END'
print()
END
printf '.. SPDX-License-Identifier: GPL-2.0\n\nClean\n=====\n' >Documentation/index.rst

lint() {
	selftests/bed/lint >"$VFARB_OUT/$1.log" 2>&1
	status=$?
}

tools=$(selftests/bed/lint --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p' | grep -v '^-')
# shellcheck disable=SC2086
set -- $tools
plan $(($# * 2 + 2))
lint clean
is "a clean tree is clean" "$status" 0
for tool; do
	check "$tool: clean" grep -q "^ok [0-9]* $tool " "$VFARB_OUT/clean.log"
done

# text: no licence. checkpatch, kernel-doc, modules, sparse, coccinelle, clang-tidy, ...
echo "at /ho""me/somebody/tree" >planted.txt
put kernel/core/planted.c <<'END'
#include <linux/module.h>
#include <linux/slab.h>

int planted(int __user *from, int much);

/**
 * planted - something
 * @from: where
 */
int planted(int __user *from, int much)
{
	if(much)
		return *from;
	return 0;
}

void planted_free(void *what);
void planted_free(void *what)
{
	if (what)
		kfree(what);
}
END
put kernel/core/planted_warning.c <<'END'
int planted_without_prototype(void)
{
	return 0;
}
END
put tools/planted/planted.c <<'END'
#include <stdlib.h>

int main(int argc, char **argv)
{
	char *none = NULL;
	int unused;

	if (argc > 3)
		*none = argv[0][0];
	return 0;
}
END
put selftests/planted.sh <<'END'
# shellcheck shell=sh
echo $1
END
put selftests/planted.py <<'END'
print(nothing)
END
# shellcheck disable=SC2016
printf '\n:doc:`nowhere`\n' >>Documentation/index.rst
lint planted
is "a tree with defects is not" "$status" 1
for tool; do
	check "$tool: finds its defect" grep -q "^not ok [0-9]* $tool " "$VFARB_OUT/planted.log"
done
finish
