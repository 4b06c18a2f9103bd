"""Random JSON texts in every legal spelling, with the places of what is in them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st

Path = tuple[str | int, ...]

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/{}[]:,é🦉\n'), max_size=6)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
SHORT_ESCAPES = dict(zip('"\\/\b\f\n\r\t', '"\\/bfnrt', strict=True))


@dataclass(frozen=True)
class Place:
    """Where something was written: counted while writing, not searched for."""

    line: int
    column: int


@dataclass
class Written:
    """
    A JSON text and what is known of it because it was written here.

    Args:
        value: What it says.

        text: How it says it.

        places: Of every key and list item, by path.

        planted: Of the key that was written a second time in its object, and the place where it stood first.
    """

    value: Any
    text: str = ""
    places: dict[Path, Place] = field(default_factory=dict)
    planted: tuple[str, Place, Place] | None = None


class Writer:
    """Writes JSON with spaces and escapes chosen by chance, counting lines and columns."""

    def __init__(self, value: Any, style: random.Random, twin: tuple[Path, int, int] | None = None) -> None:
        self.written = Written(value)
        self._style = style
        self._twin = twin
        self._space()
        self.places[()] = self.here
        self._value(value, ())
        self._space()

    @property
    def places(self) -> dict[Path, Place]:
        return self.written.places

    @property
    def here(self) -> Place:
        lines = self.written.text.split("\n")
        return Place(len(lines), len(lines[-1]) + 1)

    def _put(self, text: str) -> None:
        self.written.text += text

    def _space(self) -> None:
        self._put(self._style.choice(["", "", " ", "\n", "\t", "\r\n  "]))

    def _value(self, value: Any, path: Path) -> None:
        if isinstance(value, dict):
            self._object(value, path)
        elif isinstance(value, list):
            self._list(value, path)
        else:
            self._put(self._text(value) if isinstance(value, str) else json.dumps(value))

    def _object(self, value: dict[str, Any], path: Path) -> None:
        pairs = list(value.items())
        if self._twin and self._twin[0] == path:
            _, original, behind = self._twin
            pairs.insert(original + 1 + behind, (pairs[original][0], None))
        self._put("{")
        for index, (key, item) in enumerate(pairs):
            self._space()
            if (*path, key) in self.places:
                self.written.planted = key, self.places[*path, key], self.here
            else:
                self.places[*path, key] = self.here
            self._put(self._text(key))
            self._space()
            self._put(":")
            self._space()
            self._value(item, (*path, key))
            self._space()
            self._put("," if index < len(pairs) - 1 else "")
        self._space()
        self._put("}")

    def _list(self, value: list[Any], path: Path) -> None:
        self._put("[")
        for index, item in enumerate(value):
            self._space()
            self.places[*path, index] = self.here
            self._value(item, (*path, index))
            self._space()
            self._put("," if index < len(value) - 1 else "")
        self._space()
        self._put("]")

    def _text(self, text: str) -> str:
        return f'"{"".join(map(self._character, text))}"'

    def _character(self, character: str) -> str:
        units = character.encode("utf-16-be")
        escaped = "".join(f"\\u{units[start : start + 2].hex()}" for start in range(0, len(units), 2))
        spellings = [self._style.choice([escaped, escaped.upper().replace("\\U", "\\u")])]
        if character in SHORT_ESCAPES:
            spellings.append(f"\\{SHORT_ESCAPES[character]}")
        if character not in '"\\' and character >= " ":
            spellings += [character] * 3
        return self._style.choice(spellings)


def objects_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, int]]:
    """Give the path and size of every object that is not empty."""
    if isinstance(value, dict) and value:
        yield path, len(value)
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in members:
        yield from objects_in(item, (*path, key))


@st.composite
def documents(draw: st.DrawFn, min_size: int = 0) -> Written:
    """Draw an object and a spelling of it."""
    value = draw(st.dictionaries(TEXTS, VALUES, min_size=min_size, max_size=5))
    return Writer(value, draw(st.randoms())).written


@st.composite
def documents_with_a_twin(draw: st.DrawFn) -> Written:
    """Draw an object in which, somewhere, one key stands twice."""
    value = draw(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
    path, size = draw(st.sampled_from(list(objects_in(value))))
    original = draw(st.integers(0, size - 1))
    return Writer(value, draw(st.randoms()), (path, original, draw(st.integers(0, size - 1 - original)))).written


@pytest.fixture(scope="session")
def json_texts() -> st.SearchStrategy[Written]:
    """Give a strategy for JSON objects, each in a random legal spelling."""
    return documents()


@pytest.fixture(scope="session")
def json_texts_with_a_twin() -> st.SearchStrategy[Written]:
    """Give a strategy for JSON texts with one key twice in one object."""
    return documents_with_a_twin()
