"""The page of one model."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sound_entry import changed_entry

from model_garden_registry.errors import UnknownModelError
from model_garden_registry.page.asset_files import assets
from model_garden_registry.page.links import static_place
from model_garden_registry.page.model.model_page import model_page
from model_garden_registry.registry.model_registry import ModelRegistry

TEXT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e"


def test_a_page_has_everything_about_a_model(shipped: ModelRegistry, read: Callable[[str], Any]) -> None:
    """Serving first; and the way back."""
    page = read(model_page(shipped, "Qwen/Qwen2.5-VL-7B-Instruct"))

    titles = [one.text for one in page.all("h2")]
    assert titles == ["Serve", "Train", "Variants", "Facts", "Measured", "Where numbers come from"] or titles == [
        *("Serve", "Train", "Facts", "Measured", "Where numbers come from")
    ]
    assert page.all("nav", aria_label="Breadcrumb")[0].all("a")[0].attributes["href"] == "../../"


def test_a_former_id_leads_to_the_model(shipped: ModelRegistry) -> None:
    """The page is the same."""
    assert model_page(shipped, "unsloth/Qwen3-8B") == model_page(shipped, "Qwen/Qwen3-8B")


def test_an_unknown_id_has_no_page(shipped: ModelRegistry) -> None:
    """As for every verb."""
    with pytest.raises(UnknownModelError):
        model_page(shipped, "no/model")


def test_pages_load_what_there_is(shipped: ModelRegistry) -> None:
    """Under a server and as a file."""
    for page in (model_page(shipped, "Qwen/Qwen3-8B"), model_page(shipped, "Qwen/Qwen3-8B", static_place("a/b"))):
        assert set(re.findall(r"assets/([\w.]+)", page)) <= {*assets(), "static_answers.js"}


@pytest.mark.filterwarnings("ignore::model_garden_registry.errors.RegistryWarning")
def test_hostile_text_is_text(registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]) -> None:
    """Wherever an entry may have it: the page has the same elements as with plain words."""
    address = "https://a.example/"

    def names(text: str) -> list[str]:
        changes = {
            "id": f"o/{text}",
            "name": text,
            "description": text,
            "license": text,
            "tags": [text],
            "notes": [text],
            "urls": {"huggingface": f"{address}{text.replace(' ', '')}", "docs": None},
            "sources": {"/architecture": {"kind": "vendor", "source": text, "as_of": "2026-01"}},
            "benchmarks": [{"name": text, "value": 1, "unit": text, "source": text, "as_of": "2026-01"}],
        }
        return read(model_page(registry_of(changed_entry(changes)), f"o/{text}")).names()

    assert names(TEXT) == names("word")
