"""What is on a GPU during a whole training run: weights, adapters, gradients, and the optimizer's state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.network.adapters import Adapted
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.training.base_model import Beside, base_bytes, trained_beside, trained_parameters
from model_garden_registry.memory.training.optimizers import OPTIMIZER_STATES
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.sharding import GpuShare, Placed, fullest_layer
from model_garden_registry.memory.training.step import Step


class Holdings(NamedTuple):
    """Bytes that are there during the whole run, and those of the gradients and of the optimizer's step."""

    weights: float
    adapters: float
    gradients: float
    optimizer: float
    step_copy: float

    def on(self, share: GpuShare) -> Holdings:
        """Return what of it is on one GPU; what the optimizer's step copies is divided like the optimizer's state."""
        return Holdings(
            self.weights * share.weights,
            self.adapters * share.adapters,
            self.gradients * share.gradients,
            self.optimizer * share.optimizer,
            self.step_copy * share.optimizer,
        )


def holdings_of(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> Holdings:
    """
    Return what is there during a run on a single GPU.

    Source:
        docs/memory-model.md#training
    """
    weights = base_bytes(shape, step, settings, runtime)
    state = OPTIMIZER_STATES[settings.optim]
    drops_gradients = runtime.steps_in_backward or state.in_backward
    adapters = gradients = optimizer = copy = 0.0
    for count, width, keeps_state in _trained(shape, step, settings, runtime):
        each = width if state.bytes_each is None else state.bytes_each
        adapters += count * width if step.adapted is not None else 0
        gradients += 0 if drops_gradients else count * width
        if keeps_state and state.bytes_each is not None:
            each = max(4, each)  # Source: transformers, `trainer.py` create_optimizer, which overrides embeddings
        optimizer += count * state.states * each
        copy += 0 if drops_gradients else count * state.copies * width
    if runtime.keeps_master_weights:
        # Weights and moments in float32; gradients are turned into float32 for the step.
        optimizer, copy = shape.parameters * 4 * (1 + state.states), shape.parameters * 4 * (1 + state.copies)
    return Holdings(weights, adapters, gradients, optimizer, copy)


def _trained(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> Iterator[Beside]:
    """Give what is trained."""
    if step.adapted is None:
        yield Beside(trained_parameters(shape, step), 2)
        return
    yield Beside(step.adapted.parameters(shape, settings.lora_config.r), step.adapter_bytes)
    yield from trained_beside(shape, step, settings, runtime)


def placed_weights(shape: Shape, step: Step, weights: float) -> Placed:
    """Give where in the network the bytes of the weights are; those that are not linear are not quantised."""
    first, last = (step.rest_bytes * count for count in _end_parameters(shape))
    layers = max(0.0, weights - first - last)
    by_group = [sum(linear.parameters for linear in group.linears) for group in shape.groups]
    share = fullest_layer(shape, by_group) / max(1, sum(by_group))
    return Placed(first, layers, last, layers * share)


def placed_trained(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> Placed:
    """Give where in the network the bytes of what is trained are."""
    if step.adapted is None:
        return placed_weights(shape, step, 2.0 * shape.parameters)
    rank, width = settings.lora_config.r, step.adapter_bytes
    by_group = [Adapted((linears,)).parameters(shape, rank) for linears in step.adapted.by_group]
    first, last = (
        width * Adapted(on_head=has_adapter).parameters(shape, rank)
        for has_adapter in (step.adapted.on_embeddings, step.adapted.on_head)
    )
    if step.trains_ends:
        ends = runtime.trained_end_bytes * shape.vocab * shape.hidden
        first, last = first + ends, last + ends
    return Placed(first, width * sum(by_group), last, width * fullest_layer(shape, by_group))


def _end_parameters(shape: Shape) -> tuple[int, int]:
    return shape.vocab * shape.hidden + shape.tower_parameters, shape.head_parameters
