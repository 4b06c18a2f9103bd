"""Which rows can do their work on a machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.checks.validation import Candidate
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import MissingShapeError
from model_garden_registry.registry import fitting
from model_garden_registry.registry.entry_cache import EntryCache

Write = Callable[..., Path]
TASKS: tuple[Task | None, ...] = ("training", "inference", None)


@pytest.mark.filterwarnings("ignore::model_garden_registry.RegistryWarning")
def test_rows_are_kept_left_out_or_not_judged(write: Write) -> None:
    """What fits, what does not, and what nobody can say: an entry that is not valid, a GPU of several sizes."""
    large = {"min_vram_gb": 60, "recommended_vram_gb": 70, "min_ram_gb": 8}
    registry = load_registry(write({"small": {}, "large": {"requirements": large}, "bad": {"urls": 1}}))

    found = {
        gpu: [[row.id for row in rows] for rows in registry.fitting_rows(Filter(), hardware=known_gpu(gpu))]
        for gpu in ("L4", "A100", "H100")
    }

    assert found["L4"] == [["small"], ["bad"]]
    assert found["A100"] == [["small"], ["large", "bad"]]
    assert found["H100"] == [["small", "large"], ["bad"]]


def test_a_row_that_cannot_be_judged_does_not_end_the_list(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of this package's errors it is."""
    registry = load_registry(write({"org/a": {}, "org/b": {}}))
    look_up = fitting.candidate_of

    def fail(entries: EntryCache, model_id: str, task: Task) -> Candidate:
        if model_id == "org/a":
            raise MissingShapeError(model_id, "head_dim")
        return look_up(entries, model_id, task)

    monkeypatch.setattr(fitting, "candidate_of", fail)
    found = registry.fitting_rows(Filter(task="inference"), hardware=known_gpu("L4"))
    fits = registry.fit("inference", hardware=known_gpu("L4"))

    assert [[row.id for row in rows] for rows in found] == [["org/b"], ["org/a"]]
    assert [(one.subject, one.verdict) for one in fits.reports] == [("org/a", "unknown"), ("org/b", "ok")]


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
    kept = {
        task: [row.id for row in registry.fitting_rows(Filter(task=task), hardware=known_gpu("H100")).kept]
        for task in TASKS
    }

    assert kept == {"training": [], "inference": ["served"], None: ["served"]}


def test_what_fits_is_asked_of_hardware(write: Write) -> None:
    """None is no hardware: the question has no answer without."""
    registry = load_registry(write({"org/a": {}}))

    with pytest.raises(ValueError, match="asked of hardware"):
        registry.fit("training", hardware=None)
    with pytest.raises(ValueError, match="asked of hardware"):
        registry.fitting_rows(Filter(), hardware=None)
