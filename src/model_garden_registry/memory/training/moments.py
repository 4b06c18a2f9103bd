"""The moments of a training step that can be its peak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.training.activations import (
    Retained,
    Step,
    head_bytes,
    kept_bytes,
    retained_bytes,
    working_bytes,
)
from model_garden_registry.memory.training.holdings import Held
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.sharding import Card


class Peak(NamedTuple):
    """What is there at one moment beside weights, adapters and optimizer."""

    activations: float = 0
    logits: float = 0
    gradients: float = 0
    step_copy: float = 0


def moments_of(
    shape: Shape,
    step: Step,
    held: Held,
    card: Card,
    settings: TrainingSettings,
    runtime: TrainingRuntime,
    constants: Calibration,
) -> Iterator[Peak]:
    """
    Give the moments that can be a GPU's peak: head, first layer back, last layer back, optimizer's step.

    What all its layers keep adds up; the working set of a layer is whole on the GPU that the layer runs on.

    Args:
        held: What lies on that GPU.
    """
    retained = retained_bytes(shape, step, constants)
    kept = _kept_bytes(shape, step, retained, card, settings, runtime)
    working = working_bytes(shape, step, retained, recomputes=settings.gradient_checkpointing)
    outputs = 0.0
    early = held.gradients if settings.gradient_accumulation_steps > 1 else 0.0
    if card.has_head:
        outputs = float(step.tokens * shape.vocab * step.stream) if runtime.keeps_outputs else 0.0
        if settings.loss == "fused" and step.adapted is None:
            # A fused loss gives the gradient of the head in the forward pass.
            early = max(early, 2.0 * shape.vocab * shape.hidden)
        logits = step.tokens * shape.vocab * _logit_bytes(settings, runtime, step, constants)
        yield Peak(kept + _around_head(shape, step), logits + outputs, early)
    yield Peak(kept + working, outputs, early)
    yield Peak(_late_bytes(shape, step, held, card, working), outputs, held.gradients)
    yield Peak(0.0, 0.0, held.gradients, held.step_copy)


def _kept_bytes(
    shape: Shape, step: Step, retained: Retained, card: Card, settings: TrainingSettings, runtime: TrainingRuntime
) -> float:
    """Give what the layers of a GPU keep for the backward pass: everything, or the stream in front of each."""
    if not settings.gradient_checkpointing:
        return kept_bytes(shape, step, retained, layers=card.layers)
    if runtime.offloads_activations:
        return 0.0
    return float(card.layers * step.stream * step.tokens * shape.hidden)


def _around_head(shape: Shape, step: Step) -> float:
    # Autocast turns a head in float32 into half precision, once for each step.
    cast = 2 * shape.vocab * shape.hidden if step.stream == 4 and step.autocasts else 0
    return step.tokens * head_bytes(shape, step) + cast


def _late_bytes(shape: Shape, step: Step, held: Held, card: Card, working: float) -> float:
    """Give what is there beside all gradients when the backward pass is in the first layer of a GPU."""
    is_trained = card.has_embeddings and step.adapted is None and held.gradients
    embeddings = 2 * shape.vocab * shape.hidden if is_trained else 0
    # The gradient of the embeddings comes last; where the head is the same matrix, its own is there, then their sum.
    return max(working, 2.0 * embeddings) if shape.is_tied else max(0.0, working - embeddings)


def _logit_bytes(settings: TrainingSettings, runtime: TrainingRuntime, step: Step, constants: Calibration) -> float:
    """
    Give the bytes of a logit at the peak of the loss.

    In full: log-probabilities, and at the start of the backward pass two gradients, in the type of the loss.
    """
    if settings.loss == "fused":
        return constants.fused_logits_bytes
    if settings.loss == "chunked":
        return constants.chunked_logits_bytes * step.stream / 2
    shifted = 2 if runtime.copies_logits else 0
    return 3 * (2 if runtime.halves_loss else 4) + shifted
