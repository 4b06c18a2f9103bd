"""Closed sets that lists need without loading the models."""

from __future__ import annotations

from typing import Literal, get_args

from model_garden_registry.errors import InvalidOverrideError

Task = Literal["training", "inference"]
#: What is trained: all weights, an adapter, or an adapter on weights of four bits.
Method = Literal["full", "lora", "qlora"]
TrainingStack = Literal["unsloth", "trl", "axolotl", "llama-factory", "ms-swift"]
InferenceEngine = Literal["vllm", "sglang", "transformers"]
Status = Literal["stable", "experimental", "deprecated"]
SourceKind = Literal["measured", "derived", "vendor", "published", "declared"]
#: Reasons to refuse a number: the kind of its source, or its age.
Refused = Literal[SourceKind, "old"]
_TASKS: tuple[Task, ...] = get_args(Task)


def check_task(task: object) -> None:
    """
    Check that a value names a task.

    Raises:
        InvalidOverrideError: It does not.
    """
    if task not in _TASKS:
        raise InvalidOverrideError("task", task, f"one of {', '.join(_TASKS)}")
