"""Requests for launchers, of a sound entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sound_entry import ENTRY

from model_garden_registry.dialects.exporting import ExportRequest, GpuChoice
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.entries.tasks import Task
from model_garden_registry.units import GB

Ask = Callable[..., ExportRequest]

#: Enough of a shape for the bytes of its weights.
SHAPE = ENTRY["architecture"] | {
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}


@pytest.fixture
def ask() -> Ask:
    """Give a maker of requests: overrides by name, changes to the entry, GPUs that pass by name and number."""

    def make(
        task: Task = "inference",
        passing: Sequence[tuple[str, int]] = (("L4", 1), ("L40S", 1), ("L40S", 2)),
        changes: dict[str, Any] | None = None,
        **overrides: Any,
    ) -> ExportRequest:
        entry = ModelInfo.model_validate(ENTRY | {"architecture": SHAPE} | (changes or {}))
        choices = [GpuChoice(gpu, count, 24 * GB) for gpu, count in passing]
        return ExportRequest(
            target="launcher",
            model_id=entry.id,
            entry=entry,
            settings=merge(entry, task, Layer(overrides)),
            choices=lambda: choices,
        )

    return make
