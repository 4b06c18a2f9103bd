"""Registries in memory, and pages read back as elements."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sound_entry import document_of

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.registry.model_registry import ModelRegistry

EMPTY = frozenset({"br", "img", "input", "link", "meta"})


@dataclass
class Element:
    """An element, or a text, as a browser reads it."""

    name: str
    attributes: dict[str, str | None]
    inside: list[Element] = field(default_factory=list)
    own_text: str = ""

    def all(self, name: str, /, **attributes: str) -> list[Element]:
        """Give every element of a name below, with these attributes; ``class_`` is one of its classes."""
        return [one for one in self._below() if one.name == name and one.has(attributes)]

    def has(self, attributes: dict[str, str]) -> bool:
        """Tell whether it has all attributes."""
        classes = (self.attributes.get("class") or "").split()
        return all(
            value in classes if key == "class_" else self.attributes.get(key.replace("_", "-")) == value
            for key, value in attributes.items()
        )

    @property
    def text(self) -> str:
        """All text in it."""
        return self.own_text + "".join(one.text for one in self.inside)

    def names(self) -> list[str]:
        """Give the name of every element below, in order."""
        return [one.name for one in self._below() if one.name != "#text"]

    def _below(self) -> Iterator[Element]:
        for one in self.inside:
            yield one
            yield from one._below()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, dict(attrs))
        self.open[-1].inside.append(made)
        if tag not in EMPTY:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(Element("#text", {}, own_text=data))


@pytest.fixture(scope="session")
def read() -> Callable[[str], Element]:
    """Read HTML, whose every element is closed."""

    def read_it(text: str) -> Element:
        reader = _Reader()
        reader.feed(text)
        reader.close()
        (whole,) = reader.open
        return whole

    return read_it


@pytest.fixture
def registry_of(tmp_path: Path) -> Callable[..., ModelRegistry]:
    """Give a maker of registries from raw entries."""

    def make(*entries: dict[str, Any], **head: Any) -> ModelRegistry:
        path = tmp_path / "registry.json"
        path.write_text(json.dumps({**document_of(*entries), **head}), encoding="utf-8")
        return ModelRegistry(path)

    return make


@pytest.fixture(scope="session")
def shipped() -> ModelRegistry:
    """Give the shipped registry."""
    return ModelRegistry(bundled_registry())
