"""The page: all routes and objects of the API; for a server and among static files."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from model_garden_registry.bundled import bundled_openapi
from model_garden_registry.page.elements import Content, Html, element, fragment
from model_garden_registry.page.links import Place
from model_garden_registry.page.reference.operations import operation_link, operation_section
from model_garden_registry.page.reference.prose import Node, paragraph
from model_garden_registry.page.reference.schemas import schema_section

_STYLE = Path(__file__).resolve().with_name("reference.css").read_text(encoding="utf-8")
_STYLE_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
#: Nothing is loaded and nothing runs; the page's own style is allowed by its digest.
REFERENCE_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; form-action 'none'"
#: Only a header can forbid that a page is shown within another one.
SERVED_REFERENCE_POLICY = f"{REFERENCE_POLICY}; frame-ancestors 'none'"
#: Among static files the page is in a folder of its own, so that the same address leads to it.
_STATIC_PLACE = Place("static", "../", first="index.html", ending=".html")
_STATIC_NOTE = (
    "These are static files: of the routes, those of the list, of entries and of categories are files, with the ending "
    "`.json`. All others need a server, `mgr serve`."
)


def reference_page(document: Node, place: Place | None = None) -> str:
    """
    Return the page as HTML.

    Args:
        document: An OpenAPI document, 3.1.

        place: Where the page is; without it, at ``/docs`` of a server.
    """
    place = place or Place()
    info = document["info"]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=REFERENCE_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{info['title']}: HTTP API"),
        element("style", Html(_STYLE)),
    )
    body = element(
        "body",
        element("a.skip", "Skip to content", href="#main"),
        _banner(info, place),
        element("main", *_contents(document, place), id="main", tabindex="-1"),
    )
    return fragment(Html("<!doctype html>\n"), element("html", head, body, lang="en"), Html("\n"))


def reference_files() -> dict[str, bytes]:
    """Return the files of a static site, by path: the page, and the OpenAPI document that it is made from."""
    content = bundled_openapi().read_bytes()
    document: dict[str, Any] = json.loads(content)
    return {"docs/index.html": reference_page(document, _STATIC_PLACE).encode(), "openapi.json": content}


def _banner(info: Node, place: Place) -> Html:
    return element(
        "header",
        element("h1", str(info["title"]), " ", element("span", f"HTTP API, version {info['version']}")),
        paragraph(info.get("summary")),
        element(
            "p",
            element("a", "Models", href=place.list_link()),
            " · ",
            element("a", "OpenAPI document", href=f"{place.root}openapi.json"),
        ),
    )


def _contents(document: Node, place: Place) -> Iterator[Content]:
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas: Node = document.get("components", {}).get("schemas", {})
    if place.mode == "static":
        yield paragraph(_STATIC_NOTE)
    yield element(
        "nav",
        element("h2", "Routes", id="routes"),
        element("ul", *(element("li", operation_link(*one)) for one in operations)),
        aria_labelledby="routes",
    )
    yield from (operation_section(*one) for one in operations)
    yield element("h2", "Objects")
    yield element("p", "A later release may add fields to any of them.")
    yield from (schema_section(name, schema) for name, schema in schemas.items())
