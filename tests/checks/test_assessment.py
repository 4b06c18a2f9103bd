"""All that is known of a model for a task."""

from __future__ import annotations

import pickle

import pytest

from model_garden_registry import ModelRegistry, known_gpu, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.tasks import Task
from model_garden_registry.memory.fitting.solver import QUANTITIES

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"


@pytest.fixture(scope="module")
def registry() -> ModelRegistry:
    """Give the shipped registry."""
    return load_registry(bundled_registry())


@pytest.mark.parametrize("task", ["training", "inference"])
def test_the_most_that_fits_is_the_most_from_there_too(task: Task, registry: ModelRegistry) -> None:
    """For every quantity of the task; asked again with that value, the answer is the same."""
    found = registry.assess(LLAMA, task, hardware=known_gpu("RTX 4090"))

    assert found.most is not None
    assert set(found.most) == set(QUANTITIES[task])
    for name, value in found.most.items():
        if value is not None:
            there = registry.assess(LLAMA, task, overrides={name: value}, hardware=known_gpu("RTX 4090"))
            assert there.most is not None
            assert there.most[name] == value


def test_a_verdict_is_that_of_validate(registry: ModelRegistry) -> None:
    """Settings, estimate and remedies as well."""
    found = registry.assess(LLAMA, "training", overrides={"batch_size": 64}, hardware=known_gpu("L4"))
    report = registry.validate(LLAMA, "training", overrides={"batch_size": 64}, hardware=known_gpu("L4"))

    assert found.report == report
    assert (found.subject, found.task, found.settings) == (LLAMA, "training", report.settings)
    assert found.estimate == report.estimate
    assert found.report.remedies


def test_without_a_gpu_nothing_is_said_of_what_fits(registry: ModelRegistry) -> None:
    """The estimate is there all the same."""
    found = registry.assess(LLAMA, "training", hardware=None)

    assert (found.most, found.fewest_gpus) == (None, None)
    assert found.estimate == registry.estimate(LLAMA, "training")


def test_a_model_without_the_task_has_a_verdict_alone(registry: ModelRegistry) -> None:
    """No settings, no estimate, nothing that fits."""
    found = registry.assess("Qwen/Qwen3-8B-AWQ", "training", hardware=known_gpu("B200"))

    assert (found.settings, found.estimate, found.most, found.fewest_gpus) == (None, None, None, None)
    assert found.report.verdict == "fail"


def test_the_fewest_gpus_are_enough(registry: ModelRegistry) -> None:
    """A 70B model needs two cards of 80 GB at least."""
    found = registry.assess("meta-llama/Llama-3.3-70B-Instruct", "inference", hardware=known_gpu("H100 SXM 80GB"))

    assert found.fewest_gpus is not None
    assert found.fewest_gpus >= 2


def test_an_assessment_pickles(registry: ModelRegistry) -> None:
    """Also once its parts have been worked out."""
    found = registry.assess(LLAMA, "training", hardware=known_gpu("L4"))
    before = (found.report, found.most)

    again = pickle.loads(pickle.dumps(found))

    assert (again.report, again.most) == before
