"""The base model of a run: what is loaded, what is trained beside adapters, and what stays frozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.towers import tower_adapter_parameters
from model_garden_registry.memory.network.weights import loaded_bytes
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import Step


class Beside(NamedTuple):
    """
    Weights that are trained beside the adapters of the language model.

    Args:
        weights: How many.

        width: Bytes of one weight, and of its gradient.

        keeps_state: Whether an 8-bit optimizer keeps its state in 32 bits.
    """

    weights: int
    width: int
    keeps_state: bool = False


def base_bytes(shape: Shape, step: Step, runtime: TrainingRuntime) -> float:
    """
    Return the bytes of the loaded weights: the model, and a frozen reference model if there is one.

    Source:
        docs/memory-model.md#training
    """
    stored = step.stored._replace(
        quantizes_tower=runtime.quantizes_tower,
        unties_head=runtime.unties_head,
        quantizes_head=runtime.quantizes_head,
    )
    return (2 if step.has_reference else 1) * loaded_bytes(shape, stored)


def trained_parameters(shape: Shape, step: Step) -> int:
    """Count the trained weights without adapters: all, except a frozen vision tower or an absent head."""
    frozen = 0 if step.trains_tower else shape.tower_parameters
    return shape.parameters - frozen - (0 if step.has_head else shape.head_parameters)


def trained_beside(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> Iterator[Beside]:
    """Yield what is trained beside the adapters of the language model: tower adapters, embeddings and head."""
    if step.trains_tower and shape.tower is not None:
        targets = settings.lora_config.target_modules
        names = None if isinstance(targets, str) or runtime.adapts_whole_tower else targets
        rank = settings.lora_config.r
        count = tower_adapter_parameters(shape.tower, shape.family, rank=rank, names=names)
        yield Beside(count, step.adapter_bytes)
    if step.trains_ends:
        # Both are copied, even if one is tied to the other. Source: PEFT, `utils/other.py`.
        yield Beside(shape.vocab * shape.hidden, runtime.trained_end_bytes, keeps_state=True)
        yield Beside(shape.vocab * shape.hidden, runtime.trained_end_bytes)
