"""
Update the pages: the blocks between markers, the output of examples with their pictures, and the JSON schemas.

``nox -s docs`` runs it. With ``--check PAGE…`` it writes nothing and prints the difference, as ``tests/test_docs.py``
asks. A marker names a function of ``_tables.py``: what stands between ``generated: fields`` and ``end of generated`` is
what ``fields()`` gives; ``generated: dialect axolotl`` is what ``dialect("axolotl")`` of ``_dialects.py`` gives. How
the other blocks of a page are run is said in ``_examples.py``.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
from pathlib import Path

from _deployment import capacity, readers
from _dialects import dialect, examples_table, targets_table
from _examples import run_examples
from _tables import BLOCKS, ROOT, SCHEMAS

from model_garden_registry.payloads.shapes.documents import DOCUMENTS, schema_name, schema_of

_MARKED = re.compile(r"(<!-- generated: (\w+)(?: ([\w-]+))? -->\n).*?(<!-- end of generated -->)", re.DOTALL)


#: What the examples of pages draw.
PICTURES = ROOT / "docs" / "pictures"
#: The file of each document's schema, with the format that it describes.
_FORMATS = {SCHEMAS / schema_name(name): name for name in DOCUMENTS}


def render(page: Path) -> dict[Path, str]:
    """Return the up-to-date text of a page or a schema, and of each picture that the page's examples write."""
    if page in _FORMATS:
        return {page: json.dumps(schema_of(_FORMATS[page]), indent=2, ensure_ascii=False) + "\n"}
    text = page.read_text(encoding="utf-8")
    marked = _MARKED.sub(lambda match: f"{match[1]}\n{_block(match[2], match[3])}\n\n{match[4]}", text)
    ran, pictures = run_examples(marked, ROOT)
    return {page: ran} | {PICTURES / name: picture for name, picture in pictures.items()}


_FURTHER = {"targets": targets_table, "dialect_examples": examples_table, "capacity": capacity, "readers": readers}


def _block(name: str, about: str | None) -> str:
    """Return the content between markers: a table about one tool, or about everything."""
    return dialect(about) if about and name == "dialect" else {**BLOCKS, **_FURTHER}[name]()


def main(arguments: list[str]) -> int:
    """Write the named pages, or all; with ``--check`` only print what is stale in them."""
    is_check = "--check" in arguments
    pages = [ROOT / name for name in arguments if name != "--check"]
    stale = False
    for page in pages or sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *_FORMATS]):
        for file, wanted in render(page).items():
            written = file.read_text(encoding="utf-8") if file.exists() else ""
            if is_check and written != wanted:
                stale = True
                name = file.relative_to(ROOT).as_posix()
                lines = (written.splitlines(keepends=True), wanted.splitlines(keepends=True))
                sys.stdout.writelines(difflib.unified_diff(*lines, name, f"{name}, generated anew"))
                sys.stderr.write(f"{name} is stale: nox -s docs\n")
            elif not is_check:
                file.write_text(wanted, encoding="utf-8", newline="\n")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
