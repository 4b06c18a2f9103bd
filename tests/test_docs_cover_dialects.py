"""Every target has its page, and the page about all of them leads there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_garden_registry.dialects.targets import targets, written_dialects

DOCS = Path(__file__).resolve().parents[1] / "docs"
#: What a shell is given: a target and a command about its files.
EXPORT = re.compile(r"^mgr export ([\w+-]+) ", re.MULTILINE)


def lacks(name: str, docs: Path) -> Iterator[str]:
    """Yield everything that the pages do not say of a target."""
    page = docs / "dialects" / f"{name}.md"
    if f"](dialects/{name}.md)" not in (docs / "dialects.md").read_text(encoding="utf-8"):
        yield f"docs/dialects.md: no link to {name}"
    if not page.is_file():
        yield f"docs/dialects/{name}.md is not there"
        return
    text = page.read_text(encoding="utf-8")
    if name not in EXPORT.findall(text):
        yield f"docs/dialects/{name}.md: no line with mgr export {name}"
    is_by_rules = name in {dialect.name for dialect in written_dialects()}
    if is_by_rules and f"<!-- generated: dialect {name} -->" not in text:
        yield f"docs/dialects/{name}.md: no table of its keys"


@pytest.mark.parametrize("name", targets())
def test_every_target_has_its_page(name: str) -> None:
    """With a line that writes for it, and the table of its keys."""
    assert list(lacks(name, DOCS)) == []


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """Each of the things that a page must have."""
    (tmp_path / "dialects").mkdir()
    (tmp_path / "dialects.md").write_text("", encoding="utf-8")

    assert list(lacks("axolotl", tmp_path)) == [
        "docs/dialects.md: no link to axolotl",
        "docs/dialects/axolotl.md is not there",
    ]
    (tmp_path / "dialects" / "axolotl.md").write_text("# axolotl\n", encoding="utf-8")
    assert list(lacks("axolotl", tmp_path))[1:] == [
        "docs/dialects/axolotl.md: no line with mgr export axolotl",
        "docs/dialects/axolotl.md: no table of its keys",
    ]
