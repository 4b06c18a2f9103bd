"""A task: its memory with default settings, its settings, and what the page's module asks about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from model_garden_registry.dialects.targets import targets
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import RegistryError
from model_garden_registry.page.bars import memory_figure
from model_garden_registry.page.elements import Html, element
from model_garden_registry.page.wording import TASK_TITLES, run_words, value_words
from model_garden_registry.payloads.estimates import estimate_document
from model_garden_registry.registry.model_registry import ModelRegistry


def estimates_of(registry: ModelRegistry, key: str) -> dict[Task, dict[str, Any] | str]:
    """Return the estimate of each task with default settings and without hardware, or why there is none."""
    return {task: _estimate(registry, key, task) for task in TASK_TITLES}


def _estimate(registry: ModelRegistry, key: str, task: Task) -> dict[str, Any] | str:
    try:
        return estimate_document(registry.assess(key, task, hardware=None))
    except RegistryError as error:
        return str(error)


def task_panel(key: str, entry: ModelInfo, task: Task, found: Mapping[str, Any] | str) -> Html:
    """
    Return the part of the page about a task.

    Args:
        key: The id of the model.

        found: Its estimate, or why there is none.
    """
    title = element("h2", TASK_TITLES[task], id=task)
    if isinstance(found, str):
        return element("section.task", title, element("p.notice", found), aria_labelledby=task)
    panel = element(
        "task-panel",
        element(
            "div.answer",
            element("p.run", run_words(found)),
            memory_figure(found),
            _assumptions(found),
        ),
        _settings(found["settings"]),
        data_task=task,
        data_id=key,
        data_context=entry.architecture.max_position_embeddings if entry.architecture else None,
        data_estimate=_json({name: value for name, value in found.items() if name != "measured"}),
        data_targets=_json(_targets(task)),
    )
    return element("section.task", title, panel, aria_labelledby=task)


def _assumptions(found: Mapping[str, Any]) -> Html:
    lines = [*found["assumptions"], *(f"not modelled: {line}" for line in found["not_modelled"])]
    band = f"The peak is expected within ±{found['error_band']:.0%} of the estimate.".replace("%", " %")
    return element(
        "details.assumptions",
        element("summary", "What the estimate assumes"),
        element("ul", [element("li", line) for line in (*lines, band)]),
    )


def _settings(settings: Mapping[str, Any]) -> Html:
    """Return all settings as a table, which the page's module makes a form."""
    rows = [
        element("tr", element("th", element("code", name), scope="row"), element("td", value_words(value)))
        for name, value in _flat(settings)
        if value is not None
    ]
    table = element("table.settings", element("caption.unseen", "Default settings"), element("tbody", rows))
    return element("details.defaults", element("summary", "Default settings"), table)


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    flat: list[tuple[str, object]] = []
    for name, value in settings.items():
        flat += _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(f"{prefix}{name}", value)]
    return flat


def _targets(task: Task) -> list[list[str]]:
    return [[name, target.title] for name, target in targets().items() if task in target.tasks]


def _json(document: object) -> str:
    return to_json(document).decode()
