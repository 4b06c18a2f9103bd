"""Which rows can do their work on a machine."""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from pathlib import Path
from random import Random
from typing import Any, get_args
from unittest.mock import Mock

import pytest
from kinds_of_models import one_of_each

from model_garden_registry import known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.catalogue.filtering import Filter
from model_garden_registry.checks.buckets import best_of
from model_garden_registry.checks.hardware.demand import own_demand
from model_garden_registry.checks.validation import Candidate
from model_garden_registry.checks.verdicts import Verdicts
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidOverrideError, MissingShapeError, UnknownModelError
from model_garden_registry.findings import Verdict
from model_garden_registry.hardware.gpus import ASSUMED, Gpu, Hardware
from model_garden_registry.registry import fitting
from model_garden_registry.registry.entry_cache import EntryCache
from model_garden_registry.units import GB

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
    plain = {"quantization": {"method": None, "type": None}}
    registry = load_registry(write({"org/a": plain, "org/b": plain}))
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


def test_a_row_that_fails_while_it_is_judged_does_not_end_the_list(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong only there is unknown as well."""
    registry = load_registry(write({"org/a": {"quantization": {"method": None, "type": None}}}))
    monkeypatch.setattr(Verdicts, "on", Mock(side_effect=MissingShapeError("org/a", "head_dim")))

    fits = registry.fit("inference", hardware=known_gpu("L4"))

    assert [str(verdict) for verdict in fits.verdicts] == ["unknown"]


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


def test_only_named_models_are_asked_about(write: Write) -> None:
    """Deprecated ones only where they, or their status, are named; an id counts whatever the model can do."""
    old = {"status": "deprecated", "deprecation": {"since": "2026-01", "reason": "Old.", "successor": "org/a"}}
    registry = load_registry(write({"org/a": {}, "org/old": old, "org/b": {"parameters": "70B"}}))

    def asked(**wanted: Any) -> list[str]:
        return [row.id for row in registry.fit("inference", hardware=known_gpu("L4"), **wanted).rows]

    assert asked() == ["org/b", "org/a"]
    assert asked(status="deprecated") == ["org/old"]
    assert asked(ids=["org/old", "org/a"], sort="id") == ["org/a", "org/old"]
    with pytest.raises(UnknownModelError, match="org/c"):
        asked(ids=["org/c"])


def _defaults() -> dict[str, Any]:
    """Return the training defaults of the model that entries are made of."""
    registry = load_registry(bundled_registry())
    defaults: dict[str, Any] = registry.raw("unsloth/tinyllama-bnb-4bit")["training_defaults"]
    return defaults


def test_settings_are_judged_for_every_model(write: Write) -> None:
    """One that does not exist is an error of the question; one that a model does not take leaves that model out."""
    registry = load_registry(write({"org/a": {"training_defaults": {**_defaults(), "stack": "trl"}}, "org/b": {}}))
    fits = registry.fit("training", hardware=known_gpu("H100 NVL"), overrides={"stack_version": "1.10"}, sort="id")

    assert [one.bucket for one in fits.fitted] == ["runs", "not-judged"]
    assert "stack_version" in str(fits.reports[1].error_message)
    with pytest.raises(InvalidOverrideError, match="unknown setting"):
        registry.fit("training", hardware=known_gpu("L4"), overrides={"batch_siz": 1})
    with pytest.raises(InvalidOverrideError, match="stack_version"):
        registry.fit("training", hardware=known_gpu("L4"), overrides={"stack_version": "0.0.1"})
    with pytest.raises(InvalidOverrideError, match="unknown setting"):
        registry.fitting_rows(Filter(task="training"), hardware=known_gpu("L4"), overrides={"batch_siz": 1})


def test_several_pieces_of_hardware_are_asked_about_the_same_models(write: Write) -> None:
    """Each model is looked up once; of no hardware there is no answer."""
    large = {"min_vram_gb": 60, "recommended_vram_gb": 70, "min_ram_gb": 8}
    registry = load_registry(write({"small": {}, "large": {"requirements": large}}))
    each = registry.fit_each("inference", [known_gpu("L4"), known_gpu("H100")], sort="id")

    assert [[one.bucket for one in fits.fitted] for fits in each] == [["does-not-run", "runs"], ["runs", "runs"]]
    assert [ones[0].row.id for ones in best_of(each)] == ["large", "small"]
    assert registry.fit_each("inference", []) == []


@pytest.mark.parametrize("task", get_args(Task))
@pytest.mark.parametrize("gpu", ["T4", "RTX 4090", "H100 SXM5 80GB"])
def test_nothing_that_expects_more_than_the_gpu_has_runs(task: Task, gpu: str) -> None:
    """Of each kind of model, by the estimate that stands beside the verdict."""
    fits = load_registry(bundled_registry()).fit(task, hardware=known_gpu(gpu), ids=one_of_each())
    running = [one for one in fits.fitted if one.runs]

    assert running
    for one in running:
        estimate, total = one.judged.estimate, one.gpu_total_bytes
        assert estimate is not None
        assert total is not None
        assert estimate.expected_bytes <= total, one.row.id


def test_nothing_runs_near_its_minimum_that_expects_more() -> None:
    """On GPUs just below, at and above it: whatever has a guessed shape or a stated minimum, and some of the others."""
    registry = load_registry(bundled_registry())
    demands = [
        (model_id, task, own_demand(entry, task))
        for model_id, entry in registry.items()
        for task in get_args(Task)
        if entry.supports(task)
    ]
    is_special = [any(demand.stated.bytes_each) or not demand.is_exact for _, _, demand in demands]
    special = list(compress(demands, is_special))
    usual = Random(13).sample([one for one, special in zip(demands, is_special, strict=True) if not special], 20)
    running = 0

    for model_id, task, demand in (*special, *usual):
        needs = demand.entry.requirements_for(task)
        for share in (0.9, 1, 1.1):
            total = round(needs.min_vram_gb * share * GB)
            gpus = tuple(
                Gpu(name="GPU", index=index, total_bytes=total, compute_capability=ASSUMED)
                for index in range(needs.min_gpus)
            )
            report = registry.validate(model_id, task, hardware=Hardware(source="named", gpus=gpus))
            if report.verdict in (Verdict.OK, Verdict.WARNING):
                assert report.estimate is not None
                assert report.estimate.expected_bytes <= total, (model_id, task, share)
                running += 1

    assert "thinkingmachines/Inkling-Small" in {model_id for model_id, _, _ in special}
    assert running


def test_what_fits_is_asked_of_hardware(write: Write) -> None:
    """None is no hardware: the question has no answer without."""
    registry = load_registry(write({"org/a": {}}))

    with pytest.raises(ValueError, match="needs hardware"):
        registry.fit("training", hardware=None)
    with pytest.raises(ValueError, match="needs hardware"):
        registry.fitting_rows(Filter(), hardware=None)
