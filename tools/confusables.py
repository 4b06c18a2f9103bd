"""
Write the table of characters that look like those of ids, from Unicode's data.

``python -m tools.confusables TABLES.RS`` reads ``src/tables.rs`` of unicode-rs/unicode-security, which is made from
Unicode's ``confusables.txt`` and states its version; what it has for the characters of ids goes to
``storage/confusables.json``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from model_garden_registry.bundled import storage_directory

SOURCE = "Unicode confusables.txt, as src/tables.rs of github.com/unicode-rs/unicode-security has it"
#: Characters of ids.
_OF_IDS = re.compile(r"[A-Za-z0-9._/-]+")
_VERSION = re.compile(r"UNICODE_VERSION: .* = \((\d+), (\d+), (\d+)\)")
_TABLE = re.compile(r"mod confusable_detection.*?const CONFUSABLES.*?= &\[(.*?)\n    \];", re.DOTALL)
_ROW = re.compile(r"\(\s*'\\u\{(\w+)\}',\s*&\[(.*?)\]\s*\)", re.DOTALL)
_CHARACTER = re.compile(r"'\\u\{(\w+)\}'")


def document_of(text: str) -> dict[str, object]:
    """
    Return the table: for each character of ids, the characters that look like it.

    Raises:
        ValueError: The text has no version, or no table.
    """
    version, table = _VERSION.search(text), _TABLE.search(text)
    if version is None or table is None:
        raise ValueError("there is no UNICODE_VERSION, or no table CONFUSABLES, in that file")
    letters: dict[str, str] = {}
    for character, like in _rows(table[1]):
        if _OF_IDS.fullmatch(like):
            letters[like] = letters.get(like, "") + character
    return {"source": SOURCE, "unicode": ".".join(version.groups()), "look_like": dict(sorted(letters.items()))}


def _rows(table: str) -> Iterator[tuple[str, str]]:
    for character, like in _ROW.findall(table):
        yield chr(int(character, 16)), "".join(chr(int(one, 16)) for one in _CHARACTER.findall(like))


def main(path: Path) -> None:
    """Write the table."""
    text = json.dumps(document_of(path.read_text(encoding="utf-8")), indent=1)
    (storage_directory() / "confusables.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
