"""
Bring the pages up to date: the blocks between markers, and what the examples print.

``nox -s docs`` runs it. With ``--check PAGE…`` it writes nothing and prints the difference, as ``tests/test_docs.py``
asks. A marker names a function of ``_tables.py``: what stands between ``generated: fields`` and ``end of generated`` is
what ``fields()`` gives. How the other blocks of a page are run is said in ``_examples.py``.
"""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path

from _examples import run_examples
from _tables import BLOCKS, ROOT

_MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end of generated -->)", re.DOTALL)


def render(page: Path) -> str:
    """Give the text that a page should have."""
    text = page.read_text(encoding="utf-8")
    marked = _MARKED.sub(lambda match: f"{match[1]}\n{BLOCKS[match[2]]()}\n\n{match[3]}", text)
    return run_examples(marked, ROOT)


def main(arguments: list[str]) -> int:
    """Write the named pages, or all; with ``--check`` only say what in them is stale."""
    is_check = "--check" in arguments
    pages = [ROOT / name for name in arguments if name != "--check"]
    stale = False
    for page in pages or sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]):
        written, wanted = page.read_text(encoding="utf-8"), render(page)
        stale = stale or written != wanted
        if is_check:
            name = page.relative_to(ROOT).as_posix()
            lines = (written.splitlines(keepends=True), wanted.splitlines(keepends=True))
            sys.stdout.writelines(difflib.unified_diff(*lines, name, f"{name}, generated anew"))
        else:
            page.write_text(wanted, encoding="utf-8", newline="\n")
    return int(is_check and stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
