"""Bytes of the logits, and of what the loss makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.families.stacks import Loss
from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.losses import logits_bytes
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import step_of

Make = Callable[..., Any]

#: Llama-3.1-8B, a sequence of 2048 tokens.
TOKENS, HIDDEN, VOCABULARY = 2048, 4096, 128256
LOGITS, HEAD, STREAM = TOKENS * VOCABULARY, HIDDEN * VOCABULARY, TOKENS * HIDDEN


def logits(model: Make, training: Make, runtime: dict[str, Any] | None = None, **changes: Any) -> float:
    """Return the bytes around the loss in a step of Llama-3.1-8B."""
    entry, facts = model(), TrainingRuntime(**(runtime or {}))
    shape, settings = shape_of(entry), training(entry, **changes)
    step = step_of(entry, shape, settings, facts)
    return logits_bytes(shape, step, settings, runtime=facts, constants=CALIBRATED)


@pytest.mark.parametrize(
    ("runtime", "size"),
    [
        pytest.param({}, 12, id="log-probabilities and two gradients in float32"),
        pytest.param({"halves_loss": True}, 6, id="in half precision"),
        pytest.param({"copies_logits": True}, 14, id="a shifted copy"),
        pytest.param({"loss_tile": (128, 1024)}, 12, id="whatever a tile would be"),
    ],
)
def test_a_full_loss_has_all_logits(runtime: dict[str, Any], size: int, model: Make, training: Make) -> None:
    """Bytes of each."""
    assert logits(model, training, runtime, loss="full") == size * LOGITS


@pytest.mark.parametrize(
    ("runtime", "method", "size"),
    [
        pytest.param({}, "lora", CALIBRATED.chunked_logits_bytes * LOGITS, id="chunks of a size that is not known"),
        pytest.param({"upcasts_rest": True}, "qlora", 2 * CALIBRATED.chunked_logits_bytes * LOGITS, id="in float32"),
        pytest.param(
            {"loss_tile": (256, None)}, "lora", 256 * VOCABULARY * 16 + 4 * HEAD, id="and a head turned into float32"
        ),
        pytest.param({"loss_tile": (256, None)}, "full", 256 * VOCABULARY * 16 + 8 * HEAD, id="whose gradient is, too"),
        pytest.param(
            {"loss_tile": (256, None), "upcasts_rest": True}, "qlora", 256 * VOCABULARY * 16, id="that is in it already"
        ),
        pytest.param({"loss_tile": (10**6, None)}, "lora", 16 * LOGITS + 4 * HEAD, id="no more tokens than there are"),
    ],
)
def test_a_chunked_loss_has_some_tokens_at_once(
    runtime: dict[str, Any], method: str, size: float, model: Make, training: Make
) -> None:
    """All words of each."""
    assert logits(model, training, runtime, loss="chunked", method=method) == size


@pytest.mark.parametrize(
    ("runtime", "method", "size"),
    [
        pytest.param({}, "lora", 2 * TOKENS * 32768 + 8 * STREAM, id="tiles as TRL has them"),
        pytest.param({"loss_tile": (256, 1024)}, "lora", 2 * 256 * 1024 + 8 * STREAM, id="of a known size"),
        pytest.param({"loss_tile": (256, None)}, "lora", 2 * 256 * VOCABULARY + 8 * STREAM, id="all words"),
        pytest.param({"loss_tile": (10**6, 10**6)}, "lora", 2 * LOGITS + 8 * STREAM, id="no more than there are"),
        pytest.param(
            {"loss_tile": (256, 1024)}, "full", 2 * 256 * 1024 + 8 * STREAM + 6 * HEAD, id="with the head's gradient"
        ),
        pytest.param(
            {"loss_tile": (256, 1024), "upcasts_rest": True}, "qlora", 4 * 256 * 1024 + 12 * STREAM, id="in float32"
        ),
        pytest.param(
            {"loss_tile": (256, 1024), "upcasts_rest": True, "autocasts": True},
            "qlora",
            2 * 256 * 1024 + 8 * STREAM,
            id="under autocast",
        ),
    ],
)
def test_a_tiled_loss_has_some_words_of_some_tokens_at_once(
    runtime: dict[str, Any], method: str, size: float, model: Make, training: Make
) -> None:
    """And the gradients of the hidden states, which gather in float32."""
    assert logits(model, training, runtime, loss="tiled", method=method) == size


def test_a_fused_loss_has_hardly_any(model: Make, training: Make) -> None:
    """By a calibrated constant."""
    assert logits(model, training, {"halves_loss": True}, loss="fused") == CALIBRATED.fused_logits_bytes * LOGITS


TILES = st.none() | st.tuples(st.integers(1, 10**6), st.none() | st.integers(1, 10**6))


@given(
    loss=st.sampled_from(get_args(Loss)),
    method=st.sampled_from(["full", "lora", "qlora"]),
    tile=TILES,
    length=st.integers(128, 10**5),
)
def test_longer_sequences_never_take_less(
    loss: str, method: str, tile: tuple[int, int | None] | None, length: int, model: Make, training: Make
) -> None:
    """Whatever the loss."""
    shorter, longer = (
        logits(model, training, {"loss_tile": tile}, loss=loss, method=method, max_seq_length=tokens)
        for tokens in (length, length + 1)
    )

    assert 0 < shorter <= longer
