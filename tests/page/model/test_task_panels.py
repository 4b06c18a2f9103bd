"""A task on the page of a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sound_entry import changed_entry

from model_garden_registry.page.model.task_panels import estimates_of, task_panel
from model_garden_registry.registry.model_registry import ModelRegistry

ID = "Qwen/Qwen3-8B"


def test_a_panel_has_the_estimate_with_default_settings(shipped: ModelRegistry, read: Callable[[str], Any]) -> None:
    """For readers, and for the page's module, which need not ask for it."""
    found = estimates_of(shipped, ID)["training"]
    panel = read(task_panel(ID, shipped[ID], "training", found)).all("task-panel")[0]

    kept = json.loads(panel.attributes["data-estimate"])
    assert (kept["id"], kept["task"], kept["expected_gb"]) == (ID, "training", found["expected_gb"])  # type: ignore[index]
    assert panel.all("p", class_="run")[0].text.startswith("LoRA with Unsloth ")
    assert panel.attributes["data-context"] == "40960"


def test_a_panel_names_the_tools_of_its_task(shipped: ModelRegistry, read: Callable[[str], Any]) -> None:
    """With the release that their files are for."""
    panels = [
        read(task_panel(ID, shipped[ID], task, found)).all("task-panel")[0]
        for task, found in estimates_of(shipped, ID).items()
    ]
    names = [{name for name, _ in json.loads(panel.attributes["data-targets"])} for panel in panels]

    assert {"vllm", "sglang"} <= names[0]
    assert {"trl", "axolotl", "unsloth"} <= names[1]
    assert "vllm" not in names[1]


def test_settings_stand_in_a_table(shipped: ModelRegistry, read: Callable[[str], Any]) -> None:
    """Those of groups by their path, those that are not set not at all."""
    found = estimates_of(shipped, ID)["training"]
    table = read(task_panel(ID, shipped[ID], "training", found)).all("table", class_="settings")[0]

    rows = {row.all("th")[0].text: row.all("td")[0].text for row in table.all("tr")}
    assert (rows["lora_config.r"], rows["batch_size"], rows["packing"]) == ("16", "4", "no")
    assert "seed" not in rows


def test_a_task_without_an_answer_says_why(
    registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]
) -> None:
    """A model that cannot be trained has no sliders."""
    registry = registry_of(changed_entry({"capabilities.training": False, "training_defaults": None}))
    found = estimates_of(registry, "org/model")
    panel = read(task_panel("org/model", registry["org/model"], "training", found["training"]))

    assert panel.all("task-panel") == []
    assert "org/model" in panel.all("p", class_="notice")[0].text


def test_a_model_without_a_shape_has_no_longest_context(
    registry_of: Callable[..., ModelRegistry], read: Callable[[str], Any]
) -> None:
    """Its estimate is coarse, and its panel has sliders."""
    registry = registry_of(changed_entry({"architecture": None}))
    found = estimates_of(registry, "org/model")["inference"]
    panel = read(task_panel("org/model", registry["org/model"], "inference", found)).all("task-panel")[0]

    assert "data-context" not in panel.attributes
