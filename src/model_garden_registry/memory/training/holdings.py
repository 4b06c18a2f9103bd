"""What is on a GPU during a whole training run: weights, adapters, gradients, and the optimizer's state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.network.adapters import Adapted
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.training.base_model import base_bytes, trained_beside, trained_parameters
from model_garden_registry.memory.training.optimizers import OPTIMIZER_STATES
from model_garden_registry.memory.training.precision import Precision
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.several_gpus.sharding import GpuShare, Placed, fullest_layer
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


class _Trained(NamedTuple):
    """So many weights that are trained, and the bytes of one of them, of its gradient and of an optimizer's number."""

    weights: int
    width: int
    gradient: int
    state: float


def holdings_of(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, *, precision: Precision
) -> Holdings:
    """
    Return what is there during a run on a single GPU.

    Source:
        docs/memory-model.md#training
    """
    weights = base_bytes(shape, step, runtime)
    weights += _float32_ends(shape, step, runtime, precision) * (4 - precision.rest)
    state = OPTIMIZER_STATES[settings.optim]
    drops_gradients = runtime.steps_in_backward or state.in_backward
    adapters = gradients = optimizer = copy = 0.0
    for trained in _trained(shape, step, settings, runtime, precision=precision):
        adapters += trained.weights * trained.width if step.adapted is not None else 0
        gradients += 0 if drops_gradients else trained.weights * trained.gradient
        optimizer += trained.weights * (state.states * trained.state + precision.master)
        # Under DeepSpeed gradients are turned into the type of the copy that is trained.
        copies = state.copies * (precision.master or trained.width) + precision.master
        copy += 0 if drops_gradients else trained.weights * copies
    return Holdings(weights, adapters, gradients, optimizer, copy)


def _trained(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, *, precision: Precision
) -> Iterator[_Trained]:
    """Give what is trained."""
    state = OPTIMIZER_STATES[settings.optim]
    own = precision.states if state.bytes_each is None else state.bytes_each
    if step.adapted is not None:
        adapter = step.adapted.parameters(shape, settings.lora_config.r)
        yield _Trained(adapter, precision.trained, precision.gradients, own)
        for beside in trained_beside(shape, step, settings, runtime):
            each = (precision.master or beside.width) if state.bytes_each is None else state.bytes_each
            if beside.keeps_state and state.keeps_embeddings and settings.sharder == "plain":
                each = 4
            yield _Trained(beside.weights, beside.width, beside.width, each)
        return
    ends = _float32_ends(shape, step, runtime, precision)
    yield _Trained(trained_parameters(shape, step) - ends, precision.trained, precision.gradients, own)
    yield _Trained(ends, 4, 4, 4 if state.bytes_each is None else own)
    if state.keeps_embeddings and settings.sharder == "plain":
        yield _Trained(shape.vocab * shape.hidden, 0, 0, 4 - own)


def _float32_ends(shape: Shape, step: Step, runtime: TrainingRuntime, precision: Precision) -> int:
    """Count the weights at the ends that are in float32 beside layers in half precision."""
    is_kept = runtime.keeps_float32_ends and step.adapted is None and precision.rest == 2
    return shape.end_parameters if is_kept else 0


def placed_weights(shape: Shape, step: Step, precision: Precision, weights: float) -> Placed:
    """Give where in the network the bytes of the weights are; those that are not linear are not quantised."""
    first = precision.rest * (shape.vocab * shape.hidden + shape.tower_parameters)
    last = precision.rest * shape.head_parameters * step.has_head
    layers = max(0.0, weights - first - last)
    by_group = [sum(linear.parameters for linear in group.linears) for group in shape.groups]
    share = fullest_layer(shape, by_group) / max(1, sum(by_group))
    return Placed(first, layers, last, layers * share)


def placed_trained(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, *, precision: Precision
) -> Placed:
    """Give where in the network the bytes of what is trained are."""
    width = precision.trained
    if step.adapted is None:
        frozen = 0 if step.trains_tower else width * shape.tower_parameters
        placed = placed_weights(shape, step, precision, float(width * trained_parameters(shape, step) + frozen))
        return placed._replace(first=placed.first - frozen)
    rank = settings.lora_config.r
    by_group = [Adapted((linears,)).parameters(shape, rank) for linears in step.adapted.by_group]
    first, last = (
        width * Adapted(on_head=has_adapter).parameters(shape, rank)
        for has_adapter in (step.adapted.on_embeddings, step.adapted.on_head)
    )
    if step.trains_ends:
        ends = runtime.trained_end_bytes * shape.vocab * shape.hidden
        first, last = first + ends, last + ends
    return Placed(first, width * sum(by_group), last, width * fullest_layer(shape, by_group))
