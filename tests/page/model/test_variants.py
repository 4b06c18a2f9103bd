"""The forms in which a model is published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model_garden_registry.page.links import Place
from model_garden_registry.page.model.variants import variants_table
from model_garden_registry.registry.model_registry import ModelRegistry

ID = "Qwen/Qwen3-8B"


def test_variants_have_their_sizes(shipped: ModelRegistry, read: Callable[[str], Any]) -> None:
    """The page's own is no link; what cannot be trained says so."""
    made = variants_table(ID, shipped.variants(ID), Place())
    assert made is not None

    rows = {row.all("th")[0].text: [one.text for one in row.all("td")] for row in read(made).all("tbody")[0].all("tr")}
    assert rows[ID] == ["none", "16.4 GB", "23 GB", "21 GB"]
    assert rows["Qwen/Qwen3-8B-AWQ"][3] == "no"
    assert "the least memory of each GPU for its default load" in read(made).all("p")[0].text
    assert ID not in [one.text for one in read(made).all("a")]


def test_a_model_of_one_form_has_no_table(shipped: ModelRegistry) -> None:
    """There is nothing to choose."""
    assert variants_table(ID, {ID: shipped[ID]}, Place()) is None
