"""The forms in which a model is published."""

from __future__ import annotations

from collections.abc import Mapping

from model_garden_registry.catalogue.comparison import disk_bytes, quantization_text
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.page.elements import Html, element
from model_garden_registry.page.links import Place
from model_garden_registry.page.wording import needed
from model_garden_registry.units import GB

_COLUMNS = ("Model", "Weights", "On disk", "Serve from", "Train from")


def variants_table(key: str, variants: Mapping[str, ModelInfo], place: Place) -> Html | None:
    """
    Return the forms of a model with their sizes; None if there is only one.

    Args:
        key: The id of the page's own model.

        variants: All of them by id.
    """
    if len(variants) < 2:
        return None
    rows = [_row(one, entry, place, is_here=one == key) for one, entry in variants.items()]
    heads = [element("th", name, scope="col") for name in _COLUMNS]
    table = element(
        "table.plain.rows",
        element("caption.unseen", "Forms of this model, with the least memory of each GPU"),
        element("thead", element("tr", heads)),
        element("tbody", rows),
    )
    title = element("h2", "Variants", id="variants")
    scrolled = element("div.scroll", table, tabindex="0", role="region", aria_label="Table of variants")
    return element("section", title, scrolled, aria_labelledby="variants")


def _row(key: str, entry: ModelInfo, place: Place, *, is_here: bool) -> Html:
    size = disk_bytes(entry)
    name = element("strong", key) if is_here else element("a", key, href=place.model_link(key))
    return element(
        "tr",
        element("th", name, scope="row", aria_current="page" if is_here else None),
        element("td", quantization_text(entry), data_label="Weights"),
        element("td.number", f"{size / GB:.1f} GB" if size else "unknown", data_label="On disk"),
        element("td.number", _memory(entry, "inference"), data_label="Serve from"),
        element("td.number", _memory(entry, "training"), data_label="Train from"),
    )


def _memory(entry: ModelInfo, task: Task) -> str:
    if not entry.supports(task):
        return "no"
    asked = entry.requirements_for(task)
    return needed(asked.min_vram_gb, asked.min_gpus)
