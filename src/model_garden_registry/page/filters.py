"""The search and the filters of the list: fields whose names are the keys of its address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from model_garden_registry.catalogue.sizes import SIZE_CLASSES
from model_garden_registry.page.chooser import engine_options, field, gpu_fields, stack_options
from model_garden_registry.page.elements import Html, element
from model_garden_registry.page.links import Place
from model_garden_registry.page.model_facts import UNQUANTIZED, ModelFacts

#: Orders of the list, by key.
_ORDERS = {
    "": "Best first",
    "released": "Newest first",
    "smallest": "Smallest first",
    "largest": "Largest first",
    "name": "Name",
}


def list_controls(models: Sequence[ModelFacts], categories: Mapping[str, str], place: Place) -> Html:
    """
    Return the fields above the list; the page's module shows them.

    Args:
        models: All models of the list.

        categories: Their names by key.

        place: Where the list is: who answers questions about GPUs.
    """
    gpu, gpus = gpu_fields(place.mode, "Choose a GPU")
    tools = None if place.computes else 1  # each model's own has an answer
    machine = element(
        "fieldset.machine",
        element("legend", "Which models run on"),
        gpu,
        gpus,
        field("Task", element("select", _tasks(), name="task")),
        field("Engine", element("select", engine_options()[:tools], name="engine")),
        field("Stack", element("select", stack_options()[:tools], name="stack")),
    )
    search = element("input", type="search", name="q", placeholder="Name, id, provider, tag", autocomplete="off")
    order = element("select", _options(_ORDERS.items()), name="sort")
    chosen = element(
        "fieldset.filters",
        element("legend.unseen", "Filters"),
        _select("Category", "category", [(key, categories.get(key, key)) for key in _used(models, "category")]),
        _select("Provider", "provider", _counted(one.row.provider for one in models)),
        _select("Size", "size", [(name, f"{name}: {size.words}") for name, size in SIZE_CLASSES.items()]),
        _select("Licence", "license", _counted(one.license for one in models)),
        _select("Status", "status", _counted(one.row.status for one in models)),
        _select("Weights", "quantization", _quantizations(models)),
        _check("Calls tools", "tools"),
        _check("Reasons", "reasoning"),
        _check("Takes images", "vision"),
        element("button.plain", "Clear all", type="reset"),
    )
    return element(
        "form.controls",
        machine,
        element("div.finding", field("Search", search), field("Order", order)),
        element("details.more", element("summary", "Filters", element("span.active")), chosen, open=True),
        hidden=True,
        role="search",
        aria_label="Models",
    )


def _tasks() -> list[Html]:
    return _options([("", "any"), ("inference", "Serve"), ("training", "Train")])


def _used(models: Iterable[ModelFacts], column: str) -> list[str]:
    return sorted({getattr(one.row, column) for one in models})


def _quantizations(models: Iterable[ModelFacts]) -> list[tuple[str, str]]:
    counted = _counted(one.quantization for one in models)
    return [(key, words.replace(key, "not quantised") if key == UNQUANTIZED else words) for key, words in counted]


def _counted(values: Iterable[str]) -> list[tuple[str, str]]:
    """Return each value with its number of models, the most frequent first."""
    counts = Counter(filter(None, values))
    order = sorted(counts, key=lambda value: (-counts[value], value))
    return [(value, f"{value} ({counts[value]:,})") for value in order]


def _select(label: str, name: str, options: Iterable[tuple[str, str]]) -> Html:
    return field(label, element("select", element("option", "any", value=""), _options(options), name=name))


def _options(options: Iterable[tuple[str, str]]) -> list[Html]:
    return [element("option", words, value=value) for value, words in options]


def _check(label: str, name: str) -> Html:
    return element("label.check", element("input", type="checkbox", name=name, value="true"), element("span", label))
