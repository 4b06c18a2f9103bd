"""Bytes of the logits, and of what the loss makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.families.stacks import FusedLoss, Loss
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


@pytest.mark.parametrize(
    ("fused", "tokens", "size"),
    [
        # Liger: 32 chunks, as 128256 / 4096 words a width; 2048 / 32 tokens each.
        pytest.param("liger", 2048, 2 * 64 * VOCABULARY, id="Liger: a chunk as wide as the hidden states"),
        pytest.param("liger", 1, 2 * VOCABULARY, id="Liger: one token"),
        # Unsloth: at least 2^(floor log2(512 * 151936 / 128256)) = 512 rows in float32, with their gradient.
        pytest.param("rows", 2048, 4 * 512 * (VOCABULARY + HIDDEN), id="Unsloth: rows"),
        pytest.param("rows", 65536, 4 * 2048 * (VOCABULARY + HIDDEN), id="Unsloth: more of a long batch"),
        pytest.param("rows", 10, 4 * 10 * (VOCABULARY + HIDDEN), id="Unsloth: never more than there are"),
        # 16 bytes a logit are 3.9 GiB at 2048 tokens: one chunk; at 4096 they are more than its 4 GiB.
        pytest.param("capped", 2048, 4 * 2048 * VOCABULARY, id="Unsloth of September 2026: below its bound one chunk"),
        pytest.param("capped", 4096, 4 * 2**28, id="Unsloth of September 2026: never more than that"),
        pytest.param("whole", 4096, 4 * 4096 * VOCABULARY, id="Unsloth before: all logits and their gradients"),
    ],
)
def test_a_fused_loss_has_a_chunk_of_them(fused: str, tokens: int, size: int, model: Make, training: Make) -> None:
    """Beside the gradients of all hidden states. Source: the functions of Liger and unsloth_zoo that cut."""
    found = logits(model, training, {"fused_loss": fused}, loss="fused", max_seq_length=max(128, tokens))
    scale = max(128, tokens) / tokens

    if scale == 1:
        assert found == size + 2 * tokens * HIDDEN
    else:
        assert size <= found <= size * scale + 2 * 128 * HIDDEN


def test_a_model_that_scores_has_no_logits(model: Make, training: Make) -> None:
    """A reward model gives one number for each sequence."""
    assert logits(model, training, loss="full", algorithm="reward") == 0


def test_a_pair_is_two_sequences(model: Make, training: Make) -> None:
    """DPO compares two answers in one pass; ORPO reads the preferred one's logits again, in float32."""
    assert logits(model, training, loss="full", algorithm="dpo") == 2 * 12 * LOGITS
    assert logits(model, training, loss="full", algorithm="orpo") == 2 * (12 + 4) * LOGITS
    assert logits(model, training, loss="full", algorithm="kto") == 12 * LOGITS


def test_a_head_that_is_trained_beside_adapters_has_a_gradient(model: Make, training: Make) -> None:
    """In float32 while tiles add to it, and once more in half precision."""
    frozen, trained = (
        logits(model, training, {"loss_tile": (256, 1024)}, loss="tiled", trains_embeddings=trains)
        for trains in (False, True)
    )

    assert trained - frozen == 6 * HEAD


TILES = st.none() | st.tuples(st.integers(1, 10**6), st.none() | st.integers(1, 10**6))


@given(
    loss=st.sampled_from(get_args(Loss)),
    method=st.sampled_from(["full", "lora", "qlora"]),
    tile=TILES,
    fused=st.sampled_from(get_args(FusedLoss)),
    length=st.integers(128, 10**5),
)
def test_longer_sequences_never_take_less(
    loss: str, method: str, tile: tuple[int, int | None] | None, fused: str, length: int, model: Make, training: Make
) -> None:
    """Whatever the loss."""
    facts = {"loss_tile": tile, "fused_loss": fused}
    shorter, longer = (
        logits(model, training, facts, loss=loss, method=method, max_seq_length=tokens)
        for tokens in (length, length + 1)
    )

    assert 0 < shorter <= longer
