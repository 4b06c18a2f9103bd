"""Bytes that a training step keeps for its backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.network.adapters import adapted
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.training.activations import (
    head_bytes,
    kept_bytes,
    retained_bytes,
    working_bytes,
)
from model_garden_registry.memory.training.step import Step

Make = Callable[..., Any]

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ALL = (*ATTENTION, "gate_proj", "up_proj", "down_proj")


def step(entry: Any, shape: Shape, *, targets: tuple[str, ...] | None = ATTENTION, **changes: Any) -> Step:
    """Give a step of one sequence of 1024 tokens, LoRA with adapters in float32, changed as wanted."""
    facts: dict[str, Any] = {
        "batch": 1,
        "sequence": 1024,
        "stream": 2,
        "adapted": None if targets is None else adapted(entry, shape, targets),
        "adapter_bytes": 4,
        "drops_out": False,
        "weight_format": "half",
        "is_eager": False,
        "peak_score_bytes": 16,
        "repeats_heads": False,
        "autocasts": False,
        "fuses": False,
        "is_handwritten": False,
    }
    return Step(**{**facts, **changes})


#: Llama-3.1-8B, one layer and token: norms, attention tensors, feed-forward tensors.
H, A, K, F = 4096, 4096, 1024, 14336
NORMS, HEADS, GATED = 2 * 4 * H, 2 * (2 * A + 2 * K), 3 * 2 * F


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, NORMS + HEADS + GATED + 4 * 4 * H, id="adapters cast their input to float32, each its own"),
        pytest.param({"adapter_bytes": 2}, NORMS + HEADS + GATED + 2 * H, id="in the stream's type they share it"),
        pytest.param({"autocasts": True}, NORMS + HEADS + GATED + 4 * 2 * H, id="under autocast: each in 16 bits"),
        pytest.param(
            {"autocasts": True, "weight_format": "nf4"}, NORMS + HEADS + GATED + 2 * H, id="beside bitsandbytes: shared"
        ),
        pytest.param(
            {"drops_out": True}, NORMS + HEADS + GATED + 4 * 5 * H, id="dropout: its output and a mask for each"
        ),
        pytest.param(
            {"drops_out": True, "autocasts": True}, NORMS + HEADS + GATED + 4 * 3 * H, id="dropout under autocast"
        ),
        pytest.param(
            {"targets": ALL, "adapter_bytes": 2}, NORMS + HEADS + GATED + 4 * H + 2 * F, id="all targets, shared inputs"
        ),
        pytest.param(
            {"targets": None}, 2 * 6 * H + HEADS + GATED + 4 * H + 2 * F, id="all weights: norms keep their output too"
        ),
        pytest.param({"repeats_heads": True}, NORMS + 2 * 4 * A + GATED + 16 * H, id="keys repeated for each head"),
        pytest.param({"fuses": True}, NORMS + HEADS + 2 * 2 * F + 16 * H, id="fused: one tensor less"),
        pytest.param({"stream": 4, "weight_format": "nf4"}, NORMS + 2 * HEADS + 2 * GATED + 4 * H, id="all in float32"),
        pytest.param(
            {"is_handwritten": True},
            NORMS + HEADS + GATED + 16 * H + CALIBRATED.handwritten_bytes * (H + F),
            id="a model that is not transformers'",
        ),
    ],
)
def test_what_a_layer_keeps_of_a_token(changes: dict[str, Any], expected: float, model: Make) -> None:
    """Llama-3.1-8B, counted tensor by tensor."""
    entry = model()
    shape = shape_of(entry)

    retained = retained_bytes(shape, step(entry, shape, **changes), CALIBRATED)
    assert retained.widest == expected
    assert retained.attention + retained.dense == expected


def test_autocast_runs_attention_in_half_precision(model: Make) -> None:
    """Also where the residual stream is in float32."""
    entry = model()
    shape = shape_of(entry)
    tried = step(entry, shape, stream=4, weight_format="nf4", autocasts=True)

    assert retained_bytes(shape, tried, CALIBRATED).widest == NORMS + HEADS + 2 * GATED + 4 * 2 * H


def test_all_layers_keep_it_for_all_tokens(model: Make) -> None:
    """LoRA on attention at 1024 tokens: 204,800 bytes a token and layer; eager attention adds its probabilities."""
    entry = model()
    shape = shape_of(entry)
    plain = step(entry, shape)
    eager = step(entry, shape, is_eager=True)

    kept = kept_bytes(shape, plain, retained_bytes(shape, plain, CALIBRATED), layers=32)
    assert kept == 32 * 1024 * 204_800
    assert kept_bytes(shape, eager, retained_bytes(shape, eager, CALIBRATED), layers=32) - kept == 32 * 6 * 32 * 1024**2


def test_norms_of_heads_keep_queries_and_keys(model: Make) -> None:
    """Qwen3: a float32 copy of each."""
    plain, normed = model(model_type="llama"), model(model_type="qwen3")

    one, other = (
        retained_bytes(shape_of(entry), step(entry, shape_of(entry)), CALIBRATED).attention for entry in (plain, normed)
    )
    assert other - one == 4 * (A + K)


def test_layernorm_keeps_its_input_as_it_is(model: Make) -> None:
    """phi-2, all weights trained: one norm, two bytes; GELU in Python keeps four tensors."""
    entry = model("phi-2")
    shape = shape_of(entry)

    retained = retained_bytes(shape, step(entry, shape, targets=None), CALIBRATED)
    hidden, width = 2560, 10240
    assert retained.widest == 2 * hidden + 4 * 2 * hidden + 4 * 2 * width + 2 * hidden + (2 * hidden + 2 * width)


def test_a_token_passes_its_experts_only(model: Make) -> None:
    """Qwen3-30B-A3B: eight of 128 experts, and the rows that are gathered for them."""
    entry = model("qwen3-30b-a3b")
    shape = shape_of(entry)

    retained = retained_bytes(shape, step(entry, shape), CALIBRATED)
    assert (retained.dense, retained.sparse) == (0, 4 * 2048 + 8 * 3 * 2 * 768 + 8 * 2 * 2048 * 2)
    assert kept_bytes(shape, step(entry, shape), retained, layers=48) == 48 * 1024 * retained.widest


def test_a_shared_expert_is_passed_as_well(model: Make) -> None:
    """DeepSeek-V3: dense layers and sparse ones, each with what it has."""
    entry = model("deepseek-v3")
    shape = shape_of(entry)

    retained = retained_bytes(shape, step(entry, shape), CALIBRATED)
    assert retained.sparse == 4 * 7168 + 9 * 3 * 2 * 2048 + 8 * 2 * 2 * 7168
    assert retained.dense == 4 * 7168 + 3 * 2 * 18432


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, 3 * 2 * F, id="LoRA beside the feed-forward layer"),
        pytest.param({"targets": ALL}, 2 * 2 * F, id="LoRA on its last matrix: one takes the place of its input"),
        pytest.param({"targets": None}, 2 * 2 * F, id="all weights"),
    ],
)
def test_the_transient_tensors_of_the_backward_pass(changes: dict[str, Any], expected: int, model: Make) -> None:
    """Gradients as wide as the feed-forward layer."""
    entry = model()
    shape = shape_of(entry)
    tried = step(entry, shape, **changes)

    assert working_bytes(shape, tried, retained_bytes(shape, tried, CALIBRATED), recomputes=False) == 1024 * expected


def test_a_quantised_layer_is_unpacked(model: Make) -> None:
    """The largest matrix in half precision, while the layer is computed again."""
    entry = model()
    shape = shape_of(entry)
    tried = step(entry, shape, weight_format="nf4")
    retained = retained_bytes(shape, tried, CALIBRATED)

    working = working_bytes(shape, tried, retained, recomputes=True)
    assert working == 1024 * (retained.widest + 3 * 2 * F) + 2 * H * F


@pytest.mark.parametrize(("stream", "recomputes"), [(2, True), (2, False), (4, True)])
def test_eager_attention_peaks_at_its_scores(stream: int, recomputes: bool, model: Make) -> None:
    """Long sequences: sixteen bytes a score, those that are kept anyway not counted again."""
    entry = model()
    shape = shape_of(entry)
    tried = step(
        entry, shape, is_eager=True, sequence=8192, stream=stream, weight_format="nf4" if stream == 4 else "half"
    )
    retained = retained_bytes(shape, tried, CALIBRATED)
    kept = 4 if stream == 4 else 6

    scores, unpacked = 32 * 8192**2, 2 * H * F if stream == 4 else 0
    per_score = 16 if recomputes else 16 - kept
    per_token = stream * A + (retained.attention if recomputes else 0)
    assert working_bytes(shape, tried, retained, recomputes=recomputes) == (
        per_score * scores + 8192 * per_token + unpacked
    )


def test_the_norm_before_the_head(model: Make) -> None:
    """A float32 copy; and where the head is trained, the normed values for both of them."""
    entry = model()
    shape = shape_of(entry)

    assert head_bytes(shape, step(entry, shape)) == 4 * H
    assert head_bytes(shape, step(entry, shape, targets=None)) == 8 * H


@pytest.mark.parametrize(
    ("layers", "dense", "sparse"),
    [
        pytest.param(10, 0, 10, id="of the kind that keeps most"),
        pytest.param(61, 3, 58, id="and of the other where there are not so many"),
    ],
)
def test_what_some_layers_keep(layers: int, dense: int, sparse: int, model: Make) -> None:
    """DeepSeek-V3, where layers with experts keep more than those without."""
    entry = model("deepseek-v3")
    shape = shape_of(entry)
    retained = retained_bytes(shape, step(entry, shape), CALIBRATED)

    kept = kept_bytes(shape, step(entry, shape), retained, layers=layers)
    assert retained.sparse > retained.dense
    assert kept == 1024 * (layers * retained.attention + dense * retained.dense + sparse * retained.sparse)
