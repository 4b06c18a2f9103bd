"""Answers about a model and a task."""

from __future__ import annotations

from typing import Any

from model_garden_registry.api.failures import not_found_text
from model_garden_registry.api.naming import cluster, layers_of
from model_garden_registry.checks.pools import best_outcome
from model_garden_registry.entries.tasks import Task
from model_garden_registry.errors import InvalidEntryError, UnknownModelError
from model_garden_registry.hardware.gpus import Hardware
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.reports import Outcome, Report
from model_garden_registry.server.questions.asked import Question
from model_garden_registry.server.replies.envelopes import no_verdict, verdict


def asks_of_this_machine(registry: ModelRegistry, task: Task, question: Question) -> bool:
    """Return whether the answer depends on the GPUs of this machine."""
    if question.gpu is not None or question.inventory is not None:
        return False
    try:
        return registry[question.model_id].needs_gpu(task)
    except (UnknownModelError, InvalidEntryError):
        return False


def answer(registry: ModelRegistry, task: Task, question: Question, here: Hardware | None) -> dict[str, Any]:
    """
    Judge a model as ``mgr validate`` does; in a cluster, in the pool where it does best.

    Args:
        here: The hardware of this machine, if the answer depends on it.

    Raises:
        InvalidOverrideError: A setting does not exist, or a value is not valid.

        UnknownGpuError: No known GPU has the name.
    """
    if question.inventory is not None:
        outcome = _in_best_pool(registry, task, question)
    else:
        hardware = here if question.gpu is None else known_gpu(question.gpu, count=question.gpus)
        (outcome,) = registry.validate_each(
            [question.model_id],
            task,
            overrides=layers_of(question),
            hardware=hardware,
            allow_deprecated=question.allow_deprecated,
        )
    return verdict(outcome) if isinstance(outcome, Report) else no_verdict(outcome, not_found_text(question.model_id))


def _in_best_pool(registry: ModelRegistry, task: Task, question: Question) -> Outcome:
    pools = registry.validate_pools(
        [question.model_id],
        task,
        cluster(question.inventory or {}),
        overrides=layers_of(question),
        allow_deprecated=question.allow_deprecated,
    )
    return best_outcome([outcome for (outcome,) in pools.values()])
