"""Questions about many models or GPUs; what they answer is compared in test_faces_agree."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from model_garden_registry import known_gpu, load_registry, parse_inventory
from model_garden_registry.api.asked import FitQuestion, PlanQuestion
from model_garden_registry.api.fitting import Steps, fit_steps, plan_steps
from model_garden_registry.api.invalid_questions import InvalidQuestionError
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.hardware.gpus import DriverState, Hardware
from model_garden_registry.payloads.fits import fit_document, fits_document, plan_document
from model_garden_registry.registry.model_registry import ModelRegistry

REGISTRY = load_registry(bundled_registry())


def taken(work: Steps) -> tuple[int, dict[str, Any]]:
    """Return the number of pauses, and the document."""
    pauses = 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            return pauses, done.value
        pauses += 1


def test_what_fits_is_what_the_library_says() -> None:
    """For ids, with settings, cut to a number of rows."""
    question = FitQuestion(
        task="training", words=["Qwen/Qwen3-8B", "Qwen/Qwen3-4B"], gpu="T4", config={"batch_size": 1}, limit=1
    )

    _, found = taken(fit_steps(REGISTRY, question, None))

    ids = ["Qwen/Qwen3-8B", "Qwen/Qwen3-4B"]
    fits = REGISTRY.fit("training", ids=ids, overrides={"batch_size": 1}, hardware=known_gpu("T4"))
    assert found == fit_document(fits, most=1)


def test_several_gpus_are_several_documents_in_one() -> None:
    """For words as well; the count is of each."""
    question = FitQuestion(task="inference", words="gemma-3", gpu=["L4", "T4"], gpus=2, engine="sglang")

    _, found = taken(fit_steps(REGISTRY, question, None))

    machines = [known_gpu("L4", count=2), known_gpu("T4", count=2)]
    assert found == fits_document(
        REGISTRY.fit_each("inference", machines, query="gemma-3", overrides={"engine": "sglang"})
    )


@pytest.mark.parametrize("here", [None, Hardware(source="none", state=DriverState.NO_LIBRARY)])
def test_a_machine_without_a_driver_cannot_be_judged(here: Hardware | None) -> None:
    """A GPU has to be named."""
    with pytest.raises(InvalidQuestionError, match="name a GPU with gpu"):
        taken(fit_steps(REGISTRY, FitQuestion(task="inference"), here))


def test_without_a_gpu_this_machine_is_judged() -> None:
    """As it was read."""
    _, found = taken(fit_steps(REGISTRY, FitQuestion(task="inference", words="qwen3-8b"), known_gpu("L4")))

    assert found["hardware"]["gpus"][0]["name"] == "L4"


def test_many_models_are_judged_in_portions() -> None:
    """Others are answered in between: before the first, while they are judged, and while reports are made."""
    question = FitQuestion(task="inference", words="qwen", gpu="T4")
    rows = len(REGISTRY.rows())

    pauses, found = taken(fit_steps(REGISTRY, question, None))

    judged = sum(found["counts"].values())
    assert judged > 100
    assert judged < rows
    assert pauses >= 1 + judged // 64 + 2 * (judged // 8)


def test_a_model_is_looked_up_only_when_it_is_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that leaves at the first pause has cost nothing."""
    asked: list[Any] = []
    monkeypatch.setattr(ModelRegistry, "fit_in_steps", lambda *_, **__: asked.append(1))

    next(fit_steps(REGISTRY, FitQuestion(task="inference", gpu="L4"), None))

    assert asked == []


def test_a_plan_is_what_the_library_says() -> None:
    """In portions, for some GPUs, cut to a number of rows."""
    whole = PlanQuestion(task="inference", model_id="Qwen/Qwen3-8B", config={"max_model_len": 4096})
    some = PlanQuestion(task="training", model_id="Qwen/Qwen3-8B", gpu="L4,H100", stack="trl", limit=2)

    pauses, found = taken(plan_steps(REGISTRY, whole))
    _, part = taken(plan_steps(REGISTRY, some))

    assert found == plan_document(REGISTRY.plan("inference", "Qwen/Qwen3-8B", overrides={"max_model_len": 4096}))
    assert pauses > 4
    assert part == plan_document(
        REGISTRY.plan("training", "Qwen/Qwen3-8B", overrides={"stack": "trl"}, gpus=["L4", "H100"]), most=2
    )


def test_pools_of_a_cluster_are_several_documents_in_one() -> None:
    """Each with its pool."""
    keys = {"nodes": [{"name": name, "pool": name, "hardware": name} for name in ("L4:2", "T4")]}
    question = FitQuestion(task="inference", words=["Qwen/Qwen3-8B"], inventory=keys, limit=1)

    pauses, found = taken(fit_steps(REGISTRY, question, None))

    pools = REGISTRY.fit_pools("inference", parse_inventory(keys), ids=["Qwen/Qwen3-8B"])
    assert found == fits_document([*pools.values()], most=1)
    assert [fits["pool"] for fits in found["fits"]] == ["L4:2", "T4"]
    assert pauses > 0


def test_gpus_and_a_cluster_contradict_each_other() -> None:
    """One of them is judged."""
    keys = {"nodes": [{"name": "n", "hardware": "L4"}]}
    with pytest.raises(ValidationError, match="gpu and inventory contradict each other"):
        FitQuestion(task="inference", gpu="L4", inventory=keys)
    with pytest.raises(ValidationError, match="gpu and inventory contradict each other"):
        PlanQuestion(task="inference", model_id="Qwen/Qwen3-8B", gpu="L4", inventory=keys)


def test_a_plan_of_a_cluster_is_what_the_library_says() -> None:
    """In portions, cut to a number of rows; what is no inventory has its place."""
    keys = {"nodes": [{"name": name, "pool": name, "hardware": name} for name in ("L4:2", "T4")]}
    asked: Any = {"task": "training", "model_id": "Qwen/Qwen3-8B", "stack": "trl", "limit": 1}

    pauses, found = taken(plan_steps(REGISTRY, PlanQuestion(**asked, inventory=keys)))

    plan = REGISTRY.plan_pools("training", "Qwen/Qwen3-8B", parse_inventory(keys), overrides={"stack": "trl"})
    assert found == plan_document(plan, most=1)
    assert pauses > 1
    with pytest.raises(InvalidQuestionError, match="the inventory has no nodes"):
        taken(plan_steps(REGISTRY, PlanQuestion(**asked, inventory={"nodes": []})))
