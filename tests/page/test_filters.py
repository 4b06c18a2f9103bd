"""The fields above the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sound_entry import changed_entry

from model_garden_registry.catalogue.rows import read_row
from model_garden_registry.page.filters import list_controls
from model_garden_registry.page.links import Place, static_place
from model_garden_registry.page.model_facts import ModelFacts, facts_of


def facts(**changes: Any) -> ModelFacts:
    raw = changed_entry(changes)
    row = read_row(raw["id"], raw)
    assert row is not None
    return facts_of(row, raw)


def test_fields_have_the_names_of_the_address(read: Callable[[str], Any]) -> None:
    """Hidden until the page's module shows them: without JavaScript they would do nothing."""
    form = read(list_controls([facts()], {}, Place())).all("form")[0]

    names = [one.attributes["name"] for kind in ("input", "select") for one in form.all(kind)]
    machine, finding = ("gpu", "gpus", "task", "engine", "stack"), ("q", "sort")
    filters = ("category", "provider", "size", "license", "status", "quantization", "tools", "reasoning", "vision")
    assert sorted(names) == sorted((*machine, *finding, *filters))
    assert "hidden" in form.attributes


def test_options_are_what_occurs_with_its_number(read: Callable[[str], Any]) -> None:
    """The most frequent first; a licence that is not known is no option."""
    models = [facts(license="mit"), facts(license="apache-2.0"), facts(license="mit"), facts()]
    form = read(list_controls(models, {"text-llm": "Text"}, Place()))

    def options(name: str) -> list[str]:
        return [one.text for one in form.all("select", name=name)[0].all("option")]

    assert options("license") == ["any", "mit (2)", "apache-2.0 (1)"]
    assert options("category") == ["any", "Text"]
    assert options("quantization") == ["any", "not quantised (4)"]


def test_every_field_has_a_label(read: Callable[[str], Any]) -> None:
    """Around it."""
    form = read(list_controls([facts()], {}, static_place())).all("form")[0]

    labelled = [one for label in form.all("label") if label.all("span")[0].text for one in label.inside]
    assert len([one for one in labelled if one.name in ("input", "select")]) == 16


def test_a_site_that_computes_nothing_offers_each_models_own_tool(read: Callable[[str], Any]) -> None:
    """There would be no answer for another one."""

    def tools(computes: bool) -> set[int]:
        form = read(list_controls([facts()], {}, static_place(computes=computes))).all("form")[0]
        return {len(form.all("select", name=name)[0].all("option")) for name in ("engine", "stack")}

    assert tools(False) == {1}
    assert min(tools(True)) > 1
