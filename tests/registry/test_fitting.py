"""Which rows can do their work on a machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.registry.fitting import fitting_rows
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.reports import Report

Write = Callable[..., Path]


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_rows_are_kept_left_out_or_not_judged(write: Write) -> None:
    """What fits, what does not, and what nobody can say: an entry that is not valid, a GPU of several sizes."""
    large = {"min_vram_gb": 60, "recommended_vram_gb": 70, "min_ram_gb": 8}
    registry = load_registry(write({"small": {}, "large": {"requirements": large}, "bad": {"urls": 1}}))

    fitting = {
        gpu: [
            [row.id for row in rows]
            for rows in fitting_rows(registry, registry.rows(), task=None, hardware=known_gpu(gpu))
        ]
        for gpu in ("L4", "A100", "H100")
    }

    assert fitting["L4"] == [["small"], ["bad"]]
    assert fitting["A100"] == [["small"], ["large", "bad"]]
    assert fitting["H100"] == [["small", "large"], ["bad"]]


def test_a_row_that_cannot_be_judged_does_not_end_the_list(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of this package's errors it is."""
    registry = load_registry(write({"org/a": {}, "org/b": {}}))
    judge = ModelRegistry.validate

    def fail(self: ModelRegistry, model_id: str, *arguments: Any, **options: Any) -> Report:
        if model_id == "org/a":
            raise MissingShapeError(model_id, "head_dim")
        return judge(self, model_id, *arguments, **options)

    monkeypatch.setattr(ModelRegistry, "validate", fail)
    fitting = fitting_rows(registry, registry.rows(), task="inference", hardware=known_gpu("L4"))

    assert [[row.id for row in rows] for rows in fitting] == [["org/b"], ["org/a"]]


def test_only_the_task_that_is_asked_for_counts(write: Write) -> None:
    """A row that cannot be trained does not fit for training, whatever the machine."""
    capabilities = {
        "training": False,
        "inference": True,
        "vision": False,
        "structured_outputs": True,
        "streaming": True,
    }
    registry = load_registry(write({"served": {"capabilities": capabilities}}))
    rows = registry.rows()

    kept = {
        task: [row.id for row in fitting_rows(registry, rows, task=task, hardware=known_gpu("H100")).kept]
        for task in ("training", "inference", None)
    }

    assert kept == {"training": [], "inference": ["served"], None: ["served"]}
