"""Bytes of the logits and of what the loss makes of them, at its peak."""

from __future__ import annotations

from typing import assert_never

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import Step

#: The stack whose tiles are taken where one whose own loss is another is told to take tiles.
_TILING = "trl"
#: A chunk of logits, the log-probabilities, the probabilities and their product with the gradient, all in float32.
_CHUNK_BYTES = 4 * 4


def logits_bytes(
    shape: Shape, step: Step, settings: TrainingSettings, *, runtime: TrainingRuntime, constants: Calibration
) -> float:
    """
    Return the bytes beside the hidden states while the loss is computed and its backward pass begins.

    Every token is taken to have a label.

    Source:
        docs/memory-model.md#training
    """
    tokens, logits = step.tokens, step.tokens * shape.vocab
    match settings.loss:
        case "full":
            # Log-probabilities, and at the start of the backward pass two gradients, in the type of the loss.
            shifted = 2 if runtime.copies_logits else 0
            return logits * (3 * (2 if runtime.halves_loss else 4) + shifted)
        case "chunked" if runtime.loss_tile:
            # The head is turned into float32 for the product, once more for its gradient.
            head = 0 if step.stream == 4 else 4 * shape.vocab * shape.hidden
            head += 0 if step.adapted else 4 * shape.vocab * shape.hidden
            return min(tokens, runtime.loss_tile[0]) * shape.vocab * _CHUNK_BYTES + head
        case "chunked":
            return logits * (constants.chunked_logits_bytes * step.stream / 2)
        case "tiled":
            rows, words = runtime.loss_tile or _tile()
            # The gradients of the hidden states and, where it is trained, of the head gather in float32.
            width = step.attention_bytes
            tile = width * min(tokens, rows) * min(words or shape.vocab, shape.vocab)
            head = 0 if step.adapted else (4 + width) * shape.vocab * shape.hidden
            return tile + (2 * width + 4) * tokens * shape.hidden + head
        case "fused":
            return logits * constants.fused_logits_bytes
        case _:
            assert_never(settings.loss)


def _tile() -> tuple[int, int | None]:
    tile = stack_of(_TILING).loss_tile
    assert tile is not None, _TILING
    return tile
