"""The page with all models: a table that is complete without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model_garden_registry.catalogue.filtering import RECOMMENDED, rows_for_use
from model_garden_registry.catalogue.rows import Row
from model_garden_registry.page.elements import Html, element, fragment
from model_garden_registry.page.filters import list_controls
from model_garden_registry.page.frame import page_document
from model_garden_registry.page.links import Place
from model_garden_registry.page.model_facts import UNQUANTIZED, ModelFacts, facts_of
from model_garden_registry.page.wording import needed, tokens
from model_garden_registry.registry.model_registry import ModelRegistry

#: The module that runs, then those that it imports.
MODULES = (
    "list.js",
    "model_list.js",
    "compare_tray.js",
    "fit_marks.js",
    "search.js",
    "chooser.js",
    "answers.js",
    "address.js",
    "elements.js",
    "wording.js",
)
_NO_SCRIPT = "Search, filters and GPUs need JavaScript; the list does not."
_COLUMNS = ("Model", "Size", "Context", "Serve from", "Train from", "Licence")


def list_page(registry: ModelRegistry, place: Place | None = None) -> Html:
    """
    Return the page with all models of a registry, the ones for general use first, deprecated ones last.

    Args:
        place: Where the page is: under a server, if not given.
    """
    here = place or Place()
    rows = sorted(rows_for_use(registry.rows()), key=lambda row: row.status == "deprecated")
    models = [facts_of(row, registry.raw(row.id)) for row in rows]
    categories = {key: str(category.get("name", key)) for key, category in registry.get_categories().items()}
    title = f"{len(models):,} open-weight models"
    about = "What each model needs to be served and trained, whether it fits your GPUs, and why not."
    return page_document(
        here,
        element("h1", title),
        element("p.lead", about),
        element(
            "model-list",
            list_controls(models, categories, here),
            element("noscript", element("p.notice", _NO_SCRIPT), _index(models, categories, here)),
            element("p.count", f"{len(models):,} models", role="status", aria_live="polite"),
            _table(models, here),
        ),
        title=f"Model garden: {title}",
        description=about,
        modules=MODULES,
    )


def _index(models: list[ModelFacts], categories: Mapping[str, str], place: Place) -> Html:
    """Return links to all models by category, then by provider: the way through the list where nothing can search."""
    groups: dict[str, dict[str, list[Row]]] = {}
    for one in sorted(models, key=lambda one: (one.row.category, one.row.provider.casefold())):
        groups.setdefault(one.row.category, {}).setdefault(one.row.provider, []).append(one.row)
    return element(
        "nav", [_group(categories.get(key, key), by, place) for key, by in groups.items()], aria_label="Index"
    )


def _group(title: str, by_provider: Mapping[str, list[Row]], place: Place) -> Html:
    count = sum(map(len, by_provider.values()))
    lines = [
        element("p", element("b", name), [_link(row, place) for row in rows]) for name, rows in by_provider.items()
    ]
    return element("details", element("summary", f"{title} ({count:,})"), lines)


def _link(row: Row, place: Place) -> Html:
    return fragment(" ", element("a", row.name, href=place.model_link(row.id)))


def _table(models: list[ModelFacts], place: Place) -> Html:
    heads = [element("th", name, scope="col", role="columnheader") for name in _COLUMNS]
    return element(
        "table.models",
        element("caption.unseen", "Models, with the least memory of each GPU to serve and to train them"),
        element("thead", element("tr", heads, role="row"), role="rowgroup"),
        element("tbody", [_row(one, place) for one in models], role="rowgroup"),
        role="table",
    )


def _row(model: ModelFacts, place: Place) -> Html:
    row = model.row
    head = element(
        "th",
        element("a.name", row.name, href=place.model_link(row.id)),
        element("code.id", row.id) if row.id != row.name else None,
        element("span.about", row.description),
        element("span.badges", list(_badges(model))),
        scope="row",
        role="rowheader",
    )
    return element(
        "tr",
        head,
        _cell("Size", row.parameters, is_number=True),
        _cell("Context", tokens(model.context_tokens) if model.context_tokens else "unknown", is_number=True),
        _cell("Serve from", needed(row.inference_vram_gb, row.min_gpus) if row.inference else "no", is_number=True),
        _cell("Train from", needed(row.training_vram_gb, row.min_gpus) if row.training else "no", is_number=True),
        _cell("Licence", model.license or "unknown", is_number=False),
        role="row",
        data_id=row.id,
        data_category=row.category,
        data_provider=row.provider,
        data_size=model.size,
        data_license=model.license,
        data_status=row.status,
        data_quantization=model.quantization,
        data_inference=row.inference,
        data_training=row.training,
        data_tools=model.tools,
        data_reasoning=model.reasoning,
        data_vision=row.is_vision,
        data_parameters=model.parameters,
        data_released=row.released,
        data_words=" ".join((row.provider, row.base_architecture, *row.tags)),
        data_former_ids=" ".join(model.aliases) or None,
    )


def _cell(label: str, text: str, *, is_number: bool) -> Html:
    """Return a cell with the name of its column, which narrow screens show."""
    return element("td.number" if is_number else "td", text, role="cell", data_label=label)


def _badges(model: ModelFacts) -> Iterator[Html]:
    """Yield what sets a model apart, in a word each."""
    row = model.row
    words = (
        ("badge.good", "recommended" if RECOMMENDED in row.tags else ""),
        ("badge.warn", row.status if row.status != "stable" else ""),
        ("badge", model.quantization if model.quantization != UNQUANTIZED else ""),
        ("badge", "images" if row.is_vision else ""),
        ("badge", "tools" if model.tools else ""),
        ("badge", "reasoning" if model.reasoning else ""),
        ("badge", row.released or ""),
    )
    for look, word in words:
        if word:
            yield fragment(element(f"span.{look}", word), Html(" "))
