"""The whole page: complete, inert, and allowed to load nothing."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest

from model_garden_registry.bundled import bundled_openapi
from model_garden_registry.page.reference.reference_page import REFERENCE_POLICY, reference_files, reference_page

DOCUMENT: dict[str, Any] = json.loads(bundled_openapi().read_bytes())
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>`<b>`\u202e"


class Parts(HTMLParser):
    """The elements of a page with their attributes, and the texts between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def values(self, attribute: str) -> list[str]:
        """Return what an attribute has on each element that has it."""
        return [value for _, attributes in self.elements if (value := attributes.get(attribute)) is not None]


def descriptions(node: Any) -> Iterator[str]:
    """Return every text of the document that describes something, but of examples."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"description", "summary"} and isinstance(value, str):
                yield value
            elif key not in {"example", "examples"}:
                yield from descriptions(value)


def test_every_route_and_object_has_its_section() -> None:
    """And its description is there; every link within the page leads somewhere."""
    parts = Parts(reference_page(DOCUMENT))
    ids = parts.values("id")
    operations = [one for methods in DOCUMENT["paths"].values() for one in methods.values()]
    inner = [unquote(link[1:]) for link in parts.values("href") if link.startswith("#")]
    shown = "".join(parts.texts)
    described = [text for one in [*operations, DOCUMENT["components"]] for text in descriptions({**one, "summary": 0})]

    assert len(ids) == len(set(ids))
    assert {one["operationId"] for one in operations} < set(ids)
    assert {f"schema-{name}" for name in DOCUMENT["components"]["schemas"]} < set(ids)
    assert set(inner) <= set(ids)
    assert [text for text in described if text.replace("`", "") not in shown] == []


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    """No script, no address of another host, and a policy that allows its own style alone."""
    page = reference_page(DOCUMENT)
    parts = Parts(page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)

    assert not {tag for tag, _ in parts.elements} & {"script", "link", "img", "iframe", "form", "base", "object"}
    assert parts.values("src") == parts.values("style") == []
    assert [link for link in parts.values("href") if "//" in link] == []
    assert REFERENCE_POLICY in parts.values("content")
    assert (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'; "
        "base-uri 'none'; form-action 'none'"
    ) == REFERENCE_POLICY
    assert not re.search(r"url\(|@import|expression", style)


@pytest.mark.parametrize("dark", [False, True])
def test_texts_are_readable(dark: bool) -> None:
    """Every colour of a text has the contrast that WCAG AA asks for, on both grounds, in light and in dark."""
    (style,) = re.findall(r"<style>(.*?)</style>", reference_page(DOCUMENT), flags=re.DOTALL)
    blocks = re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)
    colours = dict(re.findall(r"--(\w+): #(\w{6});", blocks[int(dark)]))

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one: str, other: str) -> float:
        low, high = sorted((luminance(colours[one]), luminance(colours[other])))
        return (high + 0.05) / (low + 0.05)

    pairs = [(text, ground) for text in ("text", "soft", "link", "get", "post") for ground in ("page", "block")]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def hostile(node: Any, *, keeps_key: bool = False) -> Any:
    """Put hostile text into every text of a document, and into names that are free."""
    if isinstance(node, dict):
        free = keeps_key
        return {
            (f"{key}{HOSTILE}" if free else key): value
            if key in {"type", "in", "$ref"}
            else hostile(value, keeps_key=key in {"paths", "properties", "schemas"})
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [hostile(value) for value in node]
    return f"{node}{HOSTILE}" if isinstance(node, str) else node


def test_a_hostile_document_is_inert() -> None:
    """Whatever its names and texts are: the same elements with the same attributes, and the text is shown."""
    before, after = Parts(reference_page(DOCUMENT)), Parts(reference_page(hostile(DOCUMENT)))
    allowed = {(tag, name) for tag, attributes in before.elements for name in attributes}

    assert {tag for tag, _ in after.elements} == {tag for tag, _ in before.elements}
    assert {(tag, name) for tag, attributes in after.elements for name in attributes} == allowed
    assert "<script>alert(1)</script>" in "".join(after.texts)
    assert "\u202e" not in "".join(after.texts)


def test_static_files_are_the_page_and_its_document() -> None:
    """One folder deep: links lead back, and it says what is a file there."""
    files = reference_files()
    page = files["docs/index.html"].decode()
    links = [link for link in Parts(page).values("href") if not link.startswith("#")]

    assert json.loads(files["openapi.json"]) == DOCUMENT
    assert links == ["../index.html", "../openapi.json"]
    assert "These are static files" in page
    assert [link for link in Parts(reference_page(DOCUMENT)).values("href") if not link.startswith("#")] == [
        "./",
        "./openapi.json",
    ]


def test_a_document_without_objects_is_a_page() -> None:
    """Nothing but routes."""
    bare = {"info": {"title": "x", "version": "1"}, "paths": {}}

    assert "<h1>x <span>HTTP API, version 1</span></h1>" in reference_page(bare)
