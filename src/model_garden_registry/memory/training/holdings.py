"""What lies on a GPU during a whole training run: weights, adapters, gradients, and the optimizer's state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.network.adapters import Adapted
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.network.weight_formats import FormatName
from model_garden_registry.memory.network.weights import loaded_bytes
from model_garden_registry.memory.training.activations import Step
from model_garden_registry.memory.training.optimizers import OPTIMIZER_STATES
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.sharding import Card, Placed, fullest_layer


class Held(NamedTuple):
    """Bytes that are there during the whole run, and those of the gradients and of the optimizer's step."""

    weights: float
    adapters: float
    gradients: float
    optimizer: float
    step_copy: float

    def on(self, card: Card) -> Held:
        """Give what of it lies on one GPU."""
        return Held(
            self.weights * card.weights,
            self.adapters * card.adapters,
            self.gradients * card.gradients,
            self.optimizer * card.optimizer,
            self.step_copy * card.optimizer,
        )


def held_bytes(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, name: FormatName
) -> Held:
    """Give what a run on a single GPU holds."""
    weights = loaded_bytes(
        shape,
        name,
        rest_bytes=_rest_bytes(step),
        unties_head=runtime.unties_head,
        quantizes_head=runtime.quantizes_head,
    )
    state = OPTIMIZER_STATES[settings.optim]
    drops_gradients = runtime.steps_in_backward or state.in_backward
    adapters = gradients = optimizer = copy = 0.0
    for count, width in _trained(shape, step, settings, runtime):
        adapters += count * width if step.adapted is not None else 0
        gradients += 0 if drops_gradients else count * width
        optimizer += count * state.states * (width if state.bytes_each is None else state.bytes_each)
        copy += 0 if drops_gradients else count * state.copies * width
    if runtime.keeps_master_weights:
        # Weights and moments in float32; gradients are turned into float32 for the step.
        optimizer, copy = shape.parameters * 4 * (1 + state.states), shape.parameters * 4 * (1 + state.copies)
    return Held(weights, adapters, gradients, optimizer, copy)


def _trained(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime
) -> Iterator[tuple[int, int]]:
    """Give the trained parameters and the bytes of one of them."""
    if step.adapted is None:
        yield shape.parameters, 2
        return
    yield step.adapted.parameters(shape, settings.lora_config.r), step.adapter_bytes
    if runtime.trains_ends:
        yield shape.end_parameters, 2


def placed_weights(shape: Shape, step: Step, weights: float) -> Placed:
    """Give where in the network the bytes of the weights are; those that are not linear are not quantised."""
    first, last = (_rest_bytes(step) * count for count in _end_parameters(shape))
    layers = max(0.0, weights - first - last)
    linears = [(linear.place, float(linear.parameters)) for linear in shape.linears]
    share = fullest_layer(shape, linears) / sum(size for _, size in linears)
    return Placed(first, layers, last, layers * share)


def placed_trained(shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime) -> Placed:
    """Give where in the network the bytes of what is trained are."""
    if step.adapted is None:
        return placed_weights(shape, step, 2.0 * shape.parameters)
    rank, width = settings.lora_config.r, step.adapter_bytes
    sizes = [(linear.place, float(Adapted((linear,)).parameters(shape, rank))) for linear in step.adapted.linears]
    first, last = (
        width * Adapted(on_head=has_adapter).parameters(shape, rank)
        for has_adapter in (step.adapted.on_embeddings, step.adapted.on_head)
    )
    if runtime.trains_ends:
        first, last = first + 2 * shape.vocab * shape.hidden, last + 2 * shape.head_parameters
    return Placed(first, width * sum(size for _, size in sizes), last, width * fullest_layer(shape, sizes))


def _end_parameters(shape: Shape) -> tuple[int, int]:
    return shape.vocab * shape.hidden + shape.tower_parameters, shape.head_parameters


def _rest_bytes(step: Step) -> int:
    return 4 if step.stream == 4 else 2
