"""The page with all models."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from sound_entry import changed_entry

from model_garden_registry.page.asset_files import assets
from model_garden_registry.page.links import static_place
from model_garden_registry.page.list_page import list_page
from model_garden_registry.registry.model_registry import ModelRegistry

#: The bytes of the first load, compressed: page, style and modules.
MOST_BYTES = 300_000
TEXT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e"


def test_the_first_load_is_small(shipped: ModelRegistry) -> None:
    """All 1,073 models, with everything that either page loads."""
    page = gzip.compress(list_page(shipped).encode(), 6)
    files = sum(len(gzip.compress(asset.content, 6)) for asset in assets().values())

    assert len(page) + files < MOST_BYTES


def test_every_model_is_a_row_with_a_link(shipped: ModelRegistry, read: Callable[[str], Any]) -> None:
    """Without JavaScript as well."""
    rows = read(list_page(shipped)).all("tbody")[0].all("tr")

    assert sorted(row.attributes["data-id"] for row in rows) == sorted(row.id for row in shipped.rows())
    assert all(row.all("a", class_="name")[0].attributes["href"].startswith("./models/") for row in rows)


def test_a_row_has_what_filters_ask_for(registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]) -> None:
    """In attributes: what is not so is left out."""
    changes = {"license": "mit", "capabilities.function_calling": True, "released": "2026-01", "aliases": ["o/m"]}
    (row,) = read(list_page(registry_of(changed_entry(changes)))).all("tbody")[0].all("tr")

    assert row.attributes == {
        "role": "row",
        "data-id": "org/model",
        "data-category": "text-llm",
        "data-provider": "org",
        "data-size": "small",
        "data-license": "mit",
        "data-status": "stable",
        "data-quantization": "none",
        "data-inference": None,
        "data-training": None,
        "data-tools": None,
        "data-parameters": "8000000000",
        "data-released": "2026-01",
        "data-words": "org llama small",
        "data-former-ids": "o/m",
    }
    assert [one.text for one in row.all("td")] == ["8B", "8k", "20 GB", "20 GB", "mit"]


def test_what_a_model_cannot_do_is_said(registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]) -> None:
    """And what is not known."""
    changes = {
        "capabilities.training": False,
        "capabilities.inference": False,
        "architecture.max_position_embeddings": None,
        "status": "experimental",
        "tags": ["recommended"],
        "quantization": {"method": "fp8", "type": "fp8"},
    }
    (row,) = read(list_page(registry_of(changed_entry(changes)))).all("tbody")[0].all("tr")

    assert [one.text for one in row.all("td")] == ["8B", "unknown", "no", "no", "unknown"]
    assert [one.text for one in row.all("span", class_="badge")] == ["recommended", "experimental", "fp8"]


def test_deprecated_models_come_last(registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]) -> None:
    """After those that are not for general use."""
    old = changed_entry({"id": "a/old", "status": "deprecated", "tags": ["recommended"]})
    page = read(list_page(registry_of(old, changed_entry({"id": "b/new"})), static_place()))

    links = [one.attributes["href"] for one in page.all("a", class_="name")]
    assert links == ["./models/b/new.html", "./models/a/old.html"]


@pytest.mark.filterwarnings("ignore::model_garden_registry.errors.RegistryWarning")
def test_hostile_text_is_text(registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]) -> None:
    """Wherever a registry may have it: the page has the same elements as with plain words."""

    def names(text: str) -> list[str]:
        words = dict.fromkeys(("name", "description", "license", "provider"), text)
        changes = {"id": f"o/{text}", "tags": [text], **words}
        page = read(
            list_page(registry_of(changed_entry(changes), categories={"text-llm": {"name": text, "description": text}}))
        )
        return page.names()

    assert names(TEXT) == names("word")


def test_without_javascript_there_is_an_index(
    registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]
) -> None:
    """Every model once, by category, then by provider; browsers with JavaScript show nothing of it."""
    entries = [
        changed_entry({"id": "z/one", "name": "One", "provider": "z"}),
        changed_entry({"id": "a/two", "name": "Two", "provider": "a", "category": "vision-vlm"}),
        changed_entry({"id": "a/three", "name": "Three", "provider": "a"}),
    ]
    categories = {"text-llm": {"name": "Text", "description": "Text."}}
    (noscript,) = read(list_page(registry_of(*entries, categories=categories), static_place())).all("noscript")

    assert [one.text for one in noscript.all("summary")] == ["Text (2)", "vision-vlm (1)"]
    assert [one.text for one in noscript.all("p")[1:]] == ["a Three", "z One", "a Two"]
    links = [one.attributes["href"] for one in noscript.all("a")]
    assert links == ["./models/a/three.html", "./models/z/one.html", "./models/a/two.html"]


def test_an_id_may_be_the_name(registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]) -> None:
    """As the name."""
    page = read(list_page(registry_of(changed_entry({"name": "org/model"}))))

    assert page.all("tbody")[0].all("code") == []
