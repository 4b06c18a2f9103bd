"""The files that pages load."""

from __future__ import annotations

import re

import pytest

from model_garden_registry.page import list_page
from model_garden_registry.page.asset_files import assets
from model_garden_registry.page.model import model_page

#: Loaded with the first question; a page fetches the one of its mode ahead.
ANSWERING = {"served_answers.js", "static_answers.js"}

#: What would read a text as HTML or as a program.
UNSAFE = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setTimeout\([\"'`]|\.style\b|https?://(?!www\.w3\.org)"
)


def test_every_file_has_its_type() -> None:
    """As HTTP states it."""
    types = {name.rpartition(".")[2]: asset.media_type for name, asset in assets().items()}

    assert types == {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }


def test_no_module_reads_text_as_html_and_nothing_comes_from_elsewhere() -> None:
    """Texts are set as texts, and every file is ours."""
    found = {
        name: UNSAFE.findall(asset.content.decode())
        for name, asset in assets().items()
        if name.endswith(".js") and UNSAFE.search(asset.content.decode())
    }

    assert found == {}


def imports(name: str) -> set[str]:
    """Give the modules that a module imports; those that it loads with the first question among them."""
    return set(re.findall(r'"\./([\w.]+\.js)"', assets()[name].content.decode()))


def test_every_import_is_a_file() -> None:
    """The first module of each page is imported by none."""
    named = {one for name in assets() if name.endswith(".js") for one in imports(name)}

    assert named <= {*assets()}
    assert {*assets()} - named == {"icon.svg", "list.js", "model.js", "page.css"}


@pytest.mark.parametrize("modules", [list_page.MODULES, model_page.MODULES])
def test_a_page_fetches_all_its_modules_ahead(modules: tuple[str, ...]) -> None:
    """Those that its first one imports, and those that they import, in one round."""
    first, *others = modules
    found = {first}
    while more := {one for name in found for one in imports(name)} - found - ANSWERING:
        found |= more

    assert {first, *others} == found
