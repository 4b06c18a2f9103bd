"""Bytes on a GPU during the whole training run: weights, adapters, gradients, and optimizer state."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from model_garden_registry.entries.defaults import LoraConfig
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import MOST_KEPT
from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.adapters import Adapted
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.network.weight_formats import published_format
from model_garden_registry.memory.training.activations import Retained, retained_bytes
from model_garden_registry.memory.training.base_model import base_bytes, trained_beside, trained_parameters
from model_garden_registry.memory.training.optimizers import OPTIMIZER_STATES
from model_garden_registry.memory.training.precision import Precision, precision_of
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.several_gpus.sharding import GpuShare, Placed, fullest_layer, gpu_shares
from model_garden_registry.memory.training.several_gpus.traffic import Traffic, stepped_share, traffic_of
from model_garden_registry.memory.training.step import Step, step_of


class Holdings(NamedTuple):
    """Bytes that stay during the whole run, and those of the gradients and of the optimizer's step."""

    weights: float
    adapters: float
    gradients: float
    optimizer: float
    step_copy: float

    def on(self, share: GpuShare) -> Holdings:
        """Return the part on one GPU; the optimizer step's copies are sharded like its state."""
        return Holdings(
            self.weights * share.weights,
            self.adapters * share.adapters,
            self.gradients * share.gradients,
            self.optimizer * share.optimizer,
            self.step_copy * share.optimizer,
        )


class _Trained(NamedTuple):
    """A number of trained weights, with the bytes of a weight, of its gradient and of an optimizer number."""

    weights: int
    width: int
    gradient: int
    state: float


def holdings_of(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, *, precision: Precision
) -> Holdings:
    """
    Return the bytes that stay during a run on a single GPU.

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
        # DeepSpeed casts gradients to the type of the master copy.
        copies = state.copies * (precision.master or trained.width) + precision.master
        copy += 0 if drops_gradients else trained.weights * copies
    return Holdings(weights, adapters, gradients, optimizer, copy)


def _trained(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, *, precision: Precision
) -> Iterator[_Trained]:
    """Yield what is trained."""
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
    """Count the embedding and head weights that are in float32 with layers in half precision."""
    is_kept = runtime.keeps_float32_ends and step.adapted is None and precision.rest == 2
    return shape.end_parameters if is_kept else 0


def placed_weights(shape: Shape, step: Step, precision: Precision, weights: float) -> Placed:
    """Return the bytes of the weights by their place in the network; only linear layers are quantised."""
    first = precision.rest * (shape.vocab * shape.hidden + shape.tower_parameters)
    last = precision.rest * shape.head_parameters * step.has_head
    layers = max(0.0, weights - first - last)
    by_group = [sum(linear.parameters for linear in group.linears) for group in shape.groups]
    share = fullest_layer(shape, by_group) / max(1, sum(by_group))
    return Placed(first, layers, last, layers * share)


def placed_trained(
    shape: Shape, step: Step, settings: TrainingSettings, runtime: TrainingRuntime, *, precision: Precision
) -> Placed:
    """Return the bytes of trained parameters by their place in the network."""
    width = precision.trained
    if step.adapted is None:
        frozen = 0 if step.trains_tower else width * shape.tower_parameters
        placed = placed_weights(shape, step, precision, float(width * trained_parameters(shape, step) + frozen))
        return placed._replace(first=placed.first - frozen)
    rank = settings.lora_config.r
    by_group = step.adapted.group_parameters(rank)
    first, last = (
        width * Adapted(on_head=has_adapter).parameters(shape, rank)
        for has_adapter in (step.adapted.on_embeddings, step.adapted.on_head)
    )
    if step.trains_ends:
        ends = runtime.trained_end_bytes * shape.vocab * shape.hidden
        first, last = first + ends, last + ends
    return Placed(first, width * sum(by_group), last, width * fullest_layer(shape, by_group))


class Standing(NamedTuple):
    """
    The part of a run that does not depend on the tokens of a step: sweeps and searches change little else.

    Args:
        step: The step; its number of tokens is that of the first run that asked.

        shares: Each GPU that can be the fullest: its part of the network, and the bytes that stay on it.

        retained: Saved activations per token of a layer of each group.
    """

    step: Step
    precision: Precision
    shares: tuple[tuple[GpuShare, Holdings], ...]
    traffic: Traffic
    retained: tuple[Retained, ...]


#: Settings that the standing part does not depend on, or that are read one by one.
_ELSEWHERE = ("batch_size", "max_seq_length", "gradient_accumulation_steps", "origins", "lora_config", "selective_loss")
_SETTINGS = attrgetter(*(name for name in TrainingSettings.model_fields if name not in _ELSEWHERE))
_ADAPTER = attrgetter(*LoraConfig.model_fields)


class Asked:
    """
    Cache key of a standing part: runs that differ only in the tokens of a step are equal.

    Args:
        constants: The calibrated constants.
    """

    __slots__ = ("constants", "entry", "key", "runtime", "settings", "shape")

    def __init__(
        self, entry: ModelInfo, settings: TrainingSettings, runtime: TrainingRuntime, *, constants: Calibration
    ) -> None:
        self.entry, self.settings, self.runtime, self.constants = entry, settings, runtime, constants
        self.shape = shape_of(entry)  # one object per architecture, so it can stand for it in the key
        weights = published_format(entry.quantization)
        self.key = (self.shape, weights, runtime, constants, _SETTINGS(settings), _ADAPTER(settings.lora_config))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asked) and self.key == other.key


@lru_cache(maxsize=MOST_KEPT)
def standing_of(asked: Asked) -> Standing:
    """Return the part of a run that does not depend on its tokens."""
    entry, shape, settings, runtime = asked.entry, asked.shape, asked.settings, asked.runtime
    step = step_of(entry, shape, settings, runtime)
    precision = precision_of(entry, settings, runtime, is_quantized=step.is_quantized)
    whole = holdings_of(shape, step, settings, runtime, precision=precision)
    weights = placed_weights(shape, step, precision, whole.weights)
    trained = placed_trained(shape, step, settings, runtime, precision=precision)
    traffic = traffic_of(shape, step, settings, weights=weights, gradients=whole.gradients)
    stepped = stepped_share(shape, settings, trained.total / precision.trained)
    shares = []
    for share in gpu_shares(shape, step, settings, weights=weights, trained=trained):
        holdings = whole.on(share)
        shares.append((share, holdings._replace(step_copy=holdings.step_copy * stepped)))
    return Standing(step, precision, tuple(shares), traffic, retained_bytes(shape, step, asked.constants))
