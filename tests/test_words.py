"""The words of the project: plain technical English, in docstrings, comments, messages, help and pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = ("src", "tools", "docs", "benchmarks", "noxfile.py")
PAGES = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "docs")

#: Words that are not used, each with what is said instead.
WORDS = {
    r"(?<!model )(?<!model's )cards?": "GPU, or model card",
    r"humps?": "peak",
    r"held|rooms?": "memory, or what it is: kept, locked, free, space",
    r"habits?": "defaults",
    r"(some|no|any|every)bod(y|y's|ies)": "who it is: the user, the caller; or the passive",
    r"asked wrongly": "invalid usage",
    r"in vain": "without success",
    r"hang(s|ing)? on": "depends on",
    r"as it stands": "unchanged, or as written",
    r"wings?": "folder",
}
WORD = re.compile("|".join(rf"(?P<w{n}>\b(?:{word})\b)" for n, word in enumerate(WORDS)), re.IGNORECASE)
#: How a docstring does not begin: a function returns, raises, checks, writes.
OPENING = re.compile(r"\s*(Gives?|Says?)\b")
COMMENT = re.compile(r"(?:^|\s)#[:!]? (.*)")
#: Names within a line of a page, and addresses: no prose.
NAMES = re.compile(r"`[^`]*`|<[^<>]*>|\]\([^()]*\)")


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each text of a file that is read by people, with its line: a text of one word alone is code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield from enumerate((NAMES.sub("", line) for line in text.splitlines()), 1)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if (comment := COMMENT.search(line)) is not None:
            yield number, comment[1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield from enumerate(node.value.split("\n"), node.lineno)


def openings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the first line of each docstring of a module, with the line of its owner."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""


def complaints(path: Path) -> Iterator[str]:
    """Yield a sentence for each word of a file that is on the list."""
    for number, text in prose(path):
        for found in WORD.finditer(text):
            instead = list(WORDS.values())[int((found.lastgroup or "w0")[1:])]
            yield f"{path.name}:{number}: {found[0]!r}: write {instead}"
    if path.suffix == ".py":
        for number, text in openings(path):
            if (found := OPENING.match(text)) is not None:
                yield f"{path.name}:{number}: a docstring begins with {found[1]!r}: write Return, Check or another verb"


def files() -> Iterator[Path]:
    """Yield every module and page."""
    for start, suffix in (*((start, "py") for start in CODE), *((start, "md") for start in PAGES)):
        path = ROOT / start
        yield from sorted(path.rglob(f"*.{suffix}")) if path.is_dir() else [path]


def test_code_and_pages_use_plain_words() -> None:
    """No docstring, comment, message, help text or page has a word of the list."""
    found = {path.relative_to(ROOT).as_posix(): list(complaints(path)) for path in files()}

    assert {name: sentences for name, sentences in found.items() if sentences} == {}


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        pytest.param("a.md", "A card of 24 GB.\nThe model card; a wildcard.\n", [1], id="a card"),
        pytest.param("a.md", "Nobody has Room for what is held.\n", [1, 1, 1], id="three in a line"),
        pytest.param("a.md", "A `x-card`, at <https://a/CARD.md>, [here](room.md).\n", [], id="names in a page"),
        pytest.param("a.py", 'room = {"held": 1}\nanswer = room["held"]\n', [], id="names and keys of code"),
        pytest.param("a.py", 'x = f"held by {room} today"\n', [1], id="a message"),
        pytest.param("a.py", "x = 1  # what somebody wrote\n#: By habit.\n", [1, 2], id="comments"),
        pytest.param("a.py", '"""One.\n\nIn vain.\n"""\n', [3], id="a docstring"),
        pytest.param(
            "a.py", 'def f():\n    """Give it."""\n\n\nclass A:\n    """\n    Say so.\n    """\n', [1, 5], id="verbs"
        ),
        pytest.param("a.py", 'def f():\n    """Return what to give; Say."""\n', [], id="verbs elsewhere"),
    ],
)
def test_words_of_the_list_are_found(name: str, text: str, lines: list[int], tmp_path: Path) -> None:
    """Each is found with its line, in prose alone."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    assert [int(sentence.split(":")[1]) for sentence in complaints(path)] == lines
