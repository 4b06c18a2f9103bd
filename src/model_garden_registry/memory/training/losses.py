"""Peak bytes of the logits and of the loss computation."""

from __future__ import annotations

from math import ceil, floor, log2
from typing import assert_never

from model_garden_registry.entries.settings.task_settings import TrainingSettings
from model_garden_registry.families.stacks import stack_of
from model_garden_registry.memory.constants import Calibration
from model_garden_registry.memory.network.shape import Shape
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import Step
from model_garden_registry.units import GIB

#: The stack whose tile size is used if a stack without a tiled loss of its own is told to use one.
_TILING = "trl"
#: A chunk of logits, the log-probabilities, the probabilities and their product with the gradient, all in float32.
_CHUNK_BYTES = 4 * 4
#: ORPO reads the logits of the preferred half once more: a copy and its log-probabilities, in float32.
_PREFERRED_BYTES = 2 * 4 / 2

#: unsloth_zoo, `fused_losses/fused_linear.py`: logits in float32, and the bounds of a chunk.
_LOGIT_BYTES, _LEAST_LOGITS, _LEAST_ROWS, _MOST_ROWS, _MOST_CHUNK = 4, 512 * 151936, 512, 4096, 2 * GIB
#: unsloth_zoo, `fused_losses/cross_entropy_loss.py`: assumed bytes of a logit, and the largest chunk by that.
_RECKONED_BYTES, _RECKONED_MOST = 16, 4 * GIB


def logits_bytes(
    shape: Shape, step: Step, settings: TrainingSettings, *, runtime: TrainingRuntime, constants: Calibration
) -> float:
    """
    Return the bytes beside the hidden states while the loss is computed and its backward pass begins.

    Every token is assumed to have a label.

    Source:
        docs/memory-model.md#training
    """
    if not step.has_head:
        return 0
    tokens, logits = step.tokens, step.tokens * shape.vocab
    match settings.loss:
        case "full":
            # Log-probabilities, and at the start of the backward pass two gradients, in the type of the loss.
            shifted = 2 if runtime.copies_logits else 0
            again = _PREFERRED_BYTES if settings.algorithm == "orpo" else 0
            return logits * (3 * (2 if runtime.halves_loss else 4) + shifted + again)
        case "chunked" if runtime.loss_tile:
            # The head is cast to float32 for the product, and once more for its gradient.
            head = 0 if step.stream == 4 else 4 * shape.vocab * shape.hidden
            head += 0 if not step.trains_head else 4 * shape.vocab * shape.hidden
            return min(tokens, runtime.loss_tile[0]) * shape.vocab * _CHUNK_BYTES + head
        case "chunked":
            return logits * (constants.chunked_logits_bytes * step.stream / 2)
        case "tiled":
            rows, words = runtime.loss_tile or _tile()
            # The gradients of the hidden states and, if it is trained, of the head are accumulated in float32.
            width = step.attention_bytes
            tile = width * min(tokens, rows) * min(words or shape.vocab, shape.vocab)
            head = 0 if not step.trains_head else (4 + width) * shape.vocab * shape.hidden
            return tile + (2 * width + 4) * tokens * shape.hidden + head
        case "fused":
            return _fused_bytes(shape, step, runtime)
        case _:
            assert_never(settings.loss)


def _fused_bytes(shape: Shape, step: Step, runtime: TrainingRuntime) -> float:
    """Return one chunk of logits, reused for its gradients, and the gradients of all hidden states."""
    tokens, words, width = step.tokens, shape.vocab, step.attention_bytes
    states = width * tokens * shape.hidden
    match runtime.fused_loss:
        case "liger":
            rows = _power_of_two(ceil(tokens / ceil(words / shape.hidden)))
            return states + width * min(rows, tokens) * words
        case "rows":
            return states + _LOGIT_BYTES * _rows(shape, tokens) * (words + shape.hidden)
        case "capped":
            # Chunks are smaller than the bound where they are cut; the largest size is taken for all.
            return states + 2 * width * min(tokens * words, _RECKONED_MOST // _RECKONED_BYTES)
        case "whole":
            return states + 2 * width * tokens * words
        case _:
            assert_never(runtime.fused_loss)


def _rows(shape: Shape, tokens: int) -> int:
    """Return the tokens of a chunk, from the widths of the network."""
    least = min(max(_power_of_two(_LEAST_LOGITS / shape.vocab, down=True), _LEAST_ROWS), _MOST_ROWS)
    rows = max(least, _power_of_two(tokens * shape.hidden / shape.vocab, down=True))
    return max(1, min(rows, _MOST_ROWS, _MOST_CHUNK // (_LOGIT_BYTES * shape.vocab), tokens))


def _power_of_two(number: float, *, down: bool = False) -> int:
    """Return the power of two at or above a number, or at or below it; at least 1."""
    exponent = log2(max(1.0, number))
    return 1 << (floor(exponent) if down else ceil(exponent))


def _tile() -> tuple[int, int | None]:
    tile = stack_of(_TILING).loss_tile
    assert tile is not None, _TILING
    return tile
