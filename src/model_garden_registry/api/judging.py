"""Questions about one model: its memory, its settings in another tool's file; and models side by side."""

from __future__ import annotations

from typing import Any

from model_garden_registry.api.asked import (
    CompareQuestion,
    ExportQuestion,
    InferenceEstimateQuestion,
    TrainingEstimateQuestion,
)
from model_garden_registry.api.invalid_questions import wrong_part
from model_garden_registry.api.naming import layers_of, machines
from model_garden_registry.dialects.targets import targets
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.payloads.catalogue import comparison_document
from model_garden_registry.payloads.dialects import export_document
from model_garden_registry.payloads.estimates import estimate_document
from model_garden_registry.registry.model_registry import ModelRegistry


def estimate_answer(
    registry: ModelRegistry, question: TrainingEstimateQuestion | InferenceEstimateQuestion
) -> dict[str, Any]:
    """
    Return ``mgr.estimate/1``; with a GPU, also the verdict and what fits on it at most.

    Raises:
        RegistryError: As ``ModelRegistry.assess``, or there is no such GPU.
    """
    hardware = None if question.gpu is None else known_gpu(question.gpu, count=question.gpus)
    layers = layers_of(question)
    return estimate_document(registry.assess(question.model_id, question.task, overrides=layers, hardware=hardware))


def export_answer(registry: ModelRegistry, question: ExportQuestion) -> dict[str, Any]:
    """
    Return ``mgr.export/1``.

    Raises:
        RegistryError: As ``ModelRegistry.export``, or there is no such GPU.
    """
    hardware = None if question.gpu is None else known_gpu(question.gpu, count=question.gpus)
    key, target = registry.key(question.model_id), targets().get(question.target)
    tasks = [] if target is None else [task for task in target.tasks if registry[key].supports(task)]
    task = question.task or next(iter(tasks), None)
    made = registry.export(
        key,
        question.target,
        task=task,
        form=question.form,
        hardware=hardware,
        replicas=question.replicas,
        overrides=layers_of(question),
    )
    assert target is not None  # made from it
    assert task is not None
    form = question.form or target.forms[0]
    return export_document(made, target=target.name, model_id=key, task=task, form=form)


def compare_answer(registry: ModelRegistry, question: CompareQuestion) -> dict[str, Any]:
    """
    Return ``mgr.compare/1``.

    Raises:
        InvalidQuestionError: Two ids mean one model.

        RegistryError: As ``ModelRegistry.compare``, or there is no such GPU.
    """
    keys = [registry.key(model_id) for model_id in question.id]
    if twice := next((key for number, key in enumerate(keys) if key in keys[:number]), None):
        raise wrong_part("repeated", ["query", "id"], f"{twice} is named twice")
    return comparison_document(registry.compare(keys, hardware=machines(question.gpu, place="query")))
