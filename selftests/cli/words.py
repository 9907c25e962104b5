#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Write the words of the netlink contract's enumerations as C tables for the vfarb tool."""

import pathlib
import sys

import yaml

NOTE = """/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfarb.yaml */
"""


def main():
    spec = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = pathlib.Path(sys.argv[2])
    header = NOTE + "#ifndef _VFARB_WORDS_GEN_H\n#define _VFARB_WORDS_GEN_H\n\n"
    header += "/* The words of an enumeration by value, or of flags by bit; ends with NULL. */\n"
    source = NOTE.replace("/* SPDX-License-Identifier: GPL-2.0 */", "// SPDX-License-Identifier: GPL-2.0")
    source += "#include <stddef.h>\n#include \"words_gen.h\"\n"
    for definition in spec["definitions"]:
        if definition["type"] not in ("enum", "flags"):
            continue
        name = definition["name"].replace("-", "_")
        words = [entry if isinstance(entry, str) else entry["name"] for entry in definition["entries"]]
        # Values below the first have no word.
        words = [""] * definition.get("value-start", 0) + words
        header += f"extern const char *const {name}_words[];\n"
        source += f"\nconst char *const {name}_words[] = {{\n"
        source += "".join(f'\t"{word}",\n' for word in words)
        source += "\tNULL,\n};\n"
    header += "\n#endif /* _VFARB_WORDS_GEN_H */\n"
    (out / "words_gen.h").write_text(header, encoding="utf-8")
    (out / "words_gen.c").write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main()
