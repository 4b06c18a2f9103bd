"""Texts and examples of an OpenAPI document, as HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from model_garden_registry.page.elements import Content, Html, element, escaped, fragment
from model_garden_registry.visible_text import visible

#: An object of the document: names are known only as far as OpenAPI has them.
Node: TypeAlias = Mapping[str, Any]


def prose(text: object) -> Html:
    """Return a text, with what stands between backticks as code."""
    parts = " ".join(str(text).split()).split("`")
    if len(parts) % 2 == 0:  # one of them is alone
        return fragment("`".join(parts))
    return fragment(*(element("code", part) if number % 2 else part for number, part in enumerate(parts)))


def paragraph(text: object) -> Html | None:
    """Return a text as a paragraph, if there is one."""
    return element("p", prose(text)) if text else None


def code(value: object) -> Html:
    """Return a value as JSON, in one line."""
    return element("code", json.dumps(value, ensure_ascii=False))


def example(title: str, value: object) -> Html:
    """Return a value as JSON, which is shown when its title is opened."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    block = element("pre", element("code", escaped(visible(text, keep="\n"))), tabindex="0")
    return element("details", element("summary", title), block)


def separated(contents: Iterator[Content], separator: str) -> Iterator[Content]:
    """Return contents with a separator between them."""
    for number, content in enumerate(contents):
        if number:
            yield separator
        yield content
