# SPDX-License-Identifier: GPL-2.0
"""Sphinx's configuration. `make docs` builds the pages into build/docs/html."""

import os
import pathlib
import re
import subprocess

import sphinx
from docutils import nodes, statemachine
from docutils.parsers.rst import Directive, directives
from sphinx.util.nodes import nested_parse_with_titles

TREE = pathlib.Path(__file__).resolve().parents[1]

project = "vfarb"
author = "The vfarb authors"
copyright = "the vfarb authors"  # pylint: disable=redefined-builtin
master_doc = "index"
release = re.search(r'PACKAGE_VERSION="(.*)"', (TREE / "dkms.conf").read_text())[1]
html_theme = "alabaster"
html_show_sourcelink = False
html_show_copyright = False
highlight_language = "none"
exclude_patterns = ["netlink"]
# The kernel's own types are documented elsewhere.
c_id_attributes = ["__user", "__iomem", "__must_check"]
c_paren_attributes = ["__aligned"]


class KernelDoc(Directive):
    """Comments of a file, as the kernel's kernel-doc program renders them. With `:export:` only of
    the functions that the file exports, with `:functions: NAME...` only those."""

    required_arguments = 1
    option_spec = {"export": directives.flag, "functions": directives.unchanged}
    has_content = False

    def run(self):
        env = self.state.document.settings.env
        path = TREE / self.arguments[0]
        env.note_dependency(str(path))
        program = os.environ.get("KERNEL_DOC")
        if not program:
            text = f"{self.arguments[0]} has the text; build with `KERNEL_DOC=` to see it here."
            return [nodes.paragraph(text, text)]
        names = self.options.get("functions", "").split()
        if "export" in self.options:
            names += re.findall(r"^VFARB_EXPORT\((\w+)\)", path.read_text(), re.MULTILINE)
        command = ["perl", program, "-rst", "-enable-lineno", "-sphinx-version", sphinx.__version__]
        for name in names:
            command += ["-function", name]
        result = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
        if result.returncode or not result.stdout.strip():
            raise self.error(f"kernel-doc of {self.arguments[0]}: {result.stderr.strip() or 'nothing there'}")
        structs = re.findall(r"^struct (\w+) \{", (TREE / "kernel/include/vfarb.h").read_text(), re.MULTILINE)
        lines, number = statemachine.StringList(), 0
        for line in result.stdout.expandtabs(8).splitlines():
            mark = re.match(r"\s*\.\. LINENO (\d+)$", line)
            if mark:
                number = int(mark[1]) - 1
            else:
                # Sphinx knows one kind of name, C two: a function named as a structure is set apart.
                function = re.match(r"\.\. c:(function):: .*?(\w+) \(|\.\. c:\w+::", line)
                if function:
                    apart = function[1] and function[2] in structs
                    lines.append(f".. c:namespace:: {'function' if apart else 'NULL'}", str(path), number)
                    lines.append("", str(path), number)
                lines.append(line, str(path), number)
                number += 1
        node = nodes.section()
        node.document = self.state.document
        nested_parse_with_titles(self.state, lines, node)
        return node.children


def setup(app):
    app.add_directive("kernel-doc", KernelDoc)
    return {"parallel_read_safe": True}
