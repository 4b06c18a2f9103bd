"""Bytes that a training step keeps for its backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixed_networks import GROUPS, TARGETS, Group, network, owls
from own_facts import facts_laid_over

from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.network.adapters import adapted
from model_garden_registry.memory.network.shape import Shape, shape_of
from model_garden_registry.memory.training.activations import (
    Retained,
    head_bytes,
    kept_bytes,
    kept_copies,
    retained_bytes,
    widest_bytes,
    working_bytes,
)
from model_garden_registry.memory.training.step import Step

Make = Callable[..., Any]

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ALL = (*ATTENTION, "gate_proj", "up_proj", "down_proj")


def step(shape: Shape, *, targets: tuple[str, ...] | None = ATTENTION, **changes: Any) -> Step:
    """Give a step of one sequence of 1024 tokens, LoRA with adapters in float32, changed as wanted."""
    facts: dict[str, Any] = {
        "batch": 1,
        "sequence": 1024,
        "stream": 2,
        "adapted": None if targets is None else adapted(shape, targets),
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
    shape = shape_of(model())

    (retained,) = retained_bytes(shape, step(shape, **changes), CALIBRATED)
    assert retained.total == expected
    assert retained.attention + retained.feed_forward == expected


def test_autocast_runs_attention_in_half_precision(model: Make) -> None:
    """Also where the residual stream is in float32."""
    shape = shape_of(model())
    tried = step(shape, stream=4, weight_format="nf4", autocasts=True)

    (retained,) = retained_bytes(shape, tried, CALIBRATED)
    assert retained.total == NORMS + HEADS + 2 * GATED + 4 * 2 * H


def test_all_layers_keep_it_for_all_tokens(model: Make) -> None:
    """LoRA on attention at 1024 tokens: 204,800 bytes a token and layer; eager attention adds its probabilities."""
    shape = shape_of(model())
    plain = step(shape)
    eager = step(shape, is_eager=True)

    kept = kept_bytes(shape, plain, retained_bytes(shape, plain, CALIBRATED), layers=32)
    assert kept == 32 * 1024 * 204_800
    assert kept_bytes(shape, eager, retained_bytes(shape, eager, CALIBRATED), layers=32) - kept == 32 * 6 * 32 * 1024**2


def test_norms_of_heads_keep_queries_and_keys(model: Make) -> None:
    """Qwen3: a float32 copy of each."""
    plain, normed = model(model_type="llama"), model(model_type="qwen3")

    one, other = (
        retained_bytes(shape, step(shape), CALIBRATED)[0].attention for shape in map(shape_of, (plain, normed))
    )
    assert other - one == 4 * (A + K)


def test_layernorm_keeps_its_input_as_it_is(model: Make) -> None:
    """phi-2, all weights trained: one norm, two bytes; GELU in Python keeps four tensors."""
    shape = shape_of(model("phi-2"))

    (retained,) = retained_bytes(shape, step(shape, targets=None), CALIBRATED)
    hidden, width = 2560, 10240
    assert retained.total == 2 * hidden + 4 * 2 * hidden + 4 * 2 * width + 2 * hidden + (2 * hidden + 2 * width)


def test_a_token_passes_its_experts_only(model: Make) -> None:
    """Qwen3-30B-A3B: eight of 128 experts, and what each gives."""
    shape = shape_of(model("qwen3-30b-a3b"))

    (retained,) = retained_bytes(shape, step(shape), CALIBRATED)
    assert retained.feed_forward == 4 * 2048 + 8 * 3 * 2 * 768 + 8 * 2 * 2048
    assert kept_bytes(shape, step(shape), [retained], layers=48) == 48 * 1024 * retained.total


def test_experts_that_are_trained_keep_the_rows_that_they_read(model: Make) -> None:
    """The rows that are gathered for each, and the input of the last matrix; once more the input of the layer."""
    shape = shape_of(model("qwen3-30b-a3b"))

    (frozen,) = retained_bytes(shape, step(shape, adapter_bytes=2), CALIBRATED)
    (trained,) = retained_bytes(shape, step(shape, targets=None), CALIBRATED)
    weights_of_norms, inputs = 2 * 2048, 8 * (2 * 2048 + 2 * 768)
    assert trained.feed_forward - frozen.feed_forward == weights_of_norms + 8 * 2 * 2048 + inputs


def test_what_experts_give_has_three_gradients(model: Make) -> None:
    """Qwen3-30B-A3B: eight rows of 2048 for a token are more than the three matrices of eight experts of 768."""
    shape = shape_of(model("qwen3-30b-a3b"))
    tried = step(shape)

    assert working_bytes(shape, tried, [Retained(0, 0, has_product=False)], recomputes=False) == 1024 * 2 * 3 * 8 * 2048


def test_copies_of_adapted_experts_are_among_what_layers_keep(model: Make) -> None:
    """Computed again, they are there with a gradient of the last matrix; else that gradient is all there is beside."""
    shape = shape_of(model("qwen3-30b-a3b"))
    plain, copied = step(shape), step(shape, copied_experts=3_000)
    retained = retained_bytes(shape, plain, CALIBRATED)

    more = [
        working_bytes(shape, copied, retained, recomputes=recomputes)
        - working_bytes(shape, plain, retained, recomputes=recomputes)
        for recomputes in (True, False)
    ]
    assert more == [8_000, 2_000]


def test_a_shared_expert_is_passed_as_well(model: Make) -> None:
    """DeepSeek-V3: dense layers and sparse ones, each with what it has."""
    shape = shape_of(model("deepseek-v3"))

    dense, sparse = retained_bytes(shape, step(shape), CALIBRATED)
    assert sparse.feed_forward == 4 * 7168 + 9 * 3 * 2 * 2048 + 8 * 2 * 7168
    assert dense.feed_forward == 4 * 7168 + 3 * 2 * 18432
    assert dense.attention == sparse.attention


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
    shape = shape_of(model())
    tried = step(shape, **changes)

    assert working_bytes(shape, tried, retained_bytes(shape, tried, CALIBRATED), recomputes=False) == 1024 * expected


def test_a_quantised_layer_is_unpacked(model: Make) -> None:
    """The largest matrix in half precision, while the layer is computed again."""
    shape = shape_of(model())
    tried = step(shape, weight_format="nf4")
    retained = retained_bytes(shape, tried, CALIBRATED)

    working = working_bytes(shape, tried, retained, recomputes=True)
    assert working == 1024 * (retained[0].total + 3 * 2 * F) + 2 * H * F


@pytest.mark.parametrize(("stream", "recomputes"), [(2, True), (2, False), (4, True)])
def test_eager_attention_peaks_at_its_scores(stream: int, recomputes: bool, model: Make) -> None:
    """Long sequences: sixteen bytes a score, those that are kept anyway not counted again."""
    shape = shape_of(model())
    tried = step(shape, is_eager=True, sequence=8192, stream=stream, weight_format="nf4" if stream == 4 else "half")
    retained = retained_bytes(shape, tried, CALIBRATED)
    kept = 4 if stream == 4 else 6

    scores, unpacked = 32 * 8192**2, 2 * H * F if stream == 4 else 0
    per_score = 16 if recomputes else 16 - kept
    per_token = stream * A + (retained[0].attention if recomputes else 0)
    assert working_bytes(shape, tried, retained, recomputes=recomputes) == (
        per_score * scores + 8192 * per_token + unpacked
    )


def test_the_norm_before_the_head(model: Make) -> None:
    """A float32 copy; and where the head is trained, the normed values for both of them."""
    shape = shape_of(model())

    assert head_bytes(shape, step(shape)) == 4 * H
    assert head_bytes(shape, step(shape, targets=None)) == 8 * H


@pytest.mark.parametrize(
    ("layers", "dense", "sparse"),
    [
        pytest.param(10, 0, 10, id="of the kind that keeps most"),
        pytest.param(61, 3, 58, id="and of the other where there are not so many"),
    ],
)
def test_what_some_layers_keep(layers: int, dense: int, sparse: int, model: Make) -> None:
    """DeepSeek-V3, where layers with experts keep more than those without."""
    shape = shape_of(model("deepseek-v3"))
    few, many = retained = retained_bytes(shape, step(shape), CALIBRATED)

    kept = kept_bytes(shape, step(shape), retained, layers=layers)
    assert many.total > few.total
    assert kept == 1024 * (dense * few.total + sparse * many.total)


def test_a_layer_is_its_two_halves() -> None:
    """Attention, or what stands in its place, and the feed-forward layer."""
    assert Retained(3.5, 4).total == 7.5


#: A family with a gate for the output of attention, and a mixer that keeps a state.
OWL = {
    "attention": {"q_proj": "q gate", "k_proj": "k", "v_proj": "v", "o_proj": "o"},
    "mixers": {"short_conv": {"in_proj": "hidden > 3*conv_dim", "out_proj": "conv_dim > hidden"}},
    "head_norms": True,
}


#: Dense layers beside experts.
MIXED = [
    {"count": 2, "mixer": "full", "feed_forward": "dense", "intermediate_size": 64},
    {"count": 22, "mixer": "full", "feed_forward": "moe"},
]


def owl(model: Make, *groups: dict[str, Any]) -> Shape:
    """Give a network of that family, Llama-3.1-8B but for its groups of layers."""
    with facts_laid_over(families={"families": {"owl": OWL}}):
        return shape_of(model(model_type="owl", **({"layers": groups} if groups else {})))


def test_a_gate_reads_what_queries_read(model: Make) -> None:
    """All weights trained: the input of attention is kept once."""
    shape = owl(model)

    (retained,) = retained_bytes(shape, step(shape, targets=None), CALIBRATED)
    normed = 6 * (A + K)  # as norms of the heads keep queries and keys
    assert retained.attention == 6 * H + HEADS + normed + 2 * H


@pytest.mark.parametrize(
    ("targets", "inputs"),
    [
        pytest.param(None, 2 * H + 2 * (2 * H), id="all weights: norms and input"),
        pytest.param(("in_proj", "out_proj"), 4 * H + 4 * H, id="adapters in float32 copy what each reads"),
        pytest.param(("q_proj",), 0, id="adapters elsewhere"),
    ],
)
def test_a_mixer_keeps_what_its_matrices_make(targets: tuple[str, ...] | None, inputs: int, model: Make) -> None:
    """Here three tensors of its width and what the output matrix reads; no norms of heads, no scores."""
    shape = owl(model, {"count": 8, "mixer": "short_conv", "feed_forward": "none", "conv_dim": H})
    tried = step(shape, targets=targets, is_eager=True)

    retained = retained_bytes(shape, tried, CALIBRATED)
    assert retained[0].total == (4 * H if targets is not None else 2 * H) + 2 * 4 * H + inputs
    assert kept_bytes(shape, tried, retained, layers=8) == 8 * 1024 * retained[0].total


@pytest.mark.parametrize("place", ["first", "last"])
def test_layers_that_keep_most_count_first(place: str, model: Make) -> None:
    """With eager attention their scores do too, whatever the order of groups."""
    wide = {"count": 2, "mixer": "full", "feed_forward": "none", "num_attention_heads": 64, "head_dim": 16}
    dense = {"count": 2, "mixer": "none", "feed_forward": "dense"}
    shape = owl(model, *((wide, dense) if place == "first" else (dense, wide)))
    tried = step(shape, is_eager=True)
    retained = retained_bytes(shape, tried, CALIBRATED)

    scored, plain = retained if place == "first" else reversed(retained)
    one = 1024 * scored.total + 6 * 64 * 1024**2
    assert one > 1024 * plain.total > 1024 * scored.total
    assert kept_bytes(shape, tried, retained, layers=1) == one
    assert kept_bytes(shape, tried, retained, layers=3) == 2 * one + 1024 * plain.total


def test_an_adapter_elsewhere_takes_nothing_from_a_layers_gradients(model: Make) -> None:
    """Where experts are one tensor, that of a dense layer's last matrix alone takes the place of its input."""
    record = {"feed_forward": {"down_proj": "down"}, "fused_experts": {"experts.down_proj": "down"}}
    with facts_laid_over(families={"families": {"owl": record}}):
        shape = shape_of(model("gpt-oss-20b", model_type="owl", layers=MIXED))
    tried = step(shape, targets=("down_proj",))
    assert tried.adapted
    assert [len(linears) for linears in tried.adapted.by_group] == [1, 0]

    working = working_bytes(shape, tried, retained_bytes(shape, tried, CALIBRATED), recomputes=False)
    assert working == 1024 * 3 * 2 * 4 * 2880


#: Steps of all kinds that read and write layers differently.
STEPS = st.fixed_dictionaries(
    {
        "sequence": st.integers(1, 4096),
        "targets": st.none() | st.lists(st.sampled_from(TARGETS), min_size=1).map(tuple),
        "stream": st.sampled_from([2, 4]),
        "adapter_bytes": st.sampled_from([2, 4]),
        **dict.fromkeys(("drops_out", "is_eager", "repeats_heads", "autocasts", "fuses"), st.booleans()),
    }
)


@given(listed=GROUPS, changes=STEPS)
def test_a_mixed_network_keeps_what_its_groups_keep(listed: list[Group], changes: dict[str, Any], model: Make) -> None:
    """All layers together, of any kind, in any step."""
    with owls():
        whole, *single = (shape_of(network(model(), groups)) for groups in (listed, *([group] for group in listed)))

    kept = [
        kept_bytes(shape, tried, retained_bytes(shape, tried, CALIBRATED), layers=shape.layers)
        for shape in (whole, *single)
        for tried in [step(shape, **changes)]
    ]
    assert kept[0] == sum(kept[1:])


@given(listed=GROUPS, changes=STEPS, recomputes=st.booleans())
def test_the_working_set_is_that_of_the_widest_group(
    listed: list[Group], changes: dict[str, Any], recomputes: bool, model: Make
) -> None:
    """Only one layer works at a time."""
    with owls():
        whole, *single = (shape_of(network(model(), groups)) for groups in (listed, *([group] for group in listed)))

    working = [
        working_bytes(shape, tried, retained_bytes(shape, tried, CALIBRATED), recomputes=recomputes)
        for shape in (whole, *single)
        for tried in [step(shape, **changes)]
    ]
    assert working[0] == max(working[1:])


@given(listed=GROUPS, changes=STEPS, layers=st.integers(0, 120))
def test_some_layers_never_keep_more_than_all(
    listed: list[Group], changes: dict[str, Any], layers: int, model: Make
) -> None:
    """And a layer more never keeps less."""
    with owls():
        shape = shape_of(network(model(), listed))
    tried = step(shape, **changes)
    retained = retained_bytes(shape, tried, CALIBRATED)

    some, more, everything = (
        kept_bytes(shape, tried, retained, layers=count) for count in (layers, layers + 1, shape.layers)
    )
    assert some <= more <= max(everything, some)


def stateful(model: Make, model_type: str, **numbers: Any) -> Shape:
    """Give Llama-3.1-8B with layers of a family that have a state and nothing else."""
    return shape_of(model(model_type=model_type, layers=({"count": 32, "feed_forward": "none", **numbers},)))


#: Sixteen key heads and 32 value heads of 128.
DELTA_RULE = {
    "mixer": "linear",
    "num_heads": 32,
    "head_dim": 128,
    "key_heads": 16,
    "key_head_dim": 128,
    "conv_kernel": 4,
}
KEYS, VALUES = 16 * 128, 32 * 128


@pytest.mark.parametrize("is_full", [False, True])
def test_a_layer_that_follows_the_delta_rule(model: Make, *, is_full: bool) -> None:
    """What is convolved; queries, keys, values and a row of 64 for each head; a norm and its gate in float32."""
    shape = stateful(model, "qwen3_next", **DELTA_RULE)

    (retained,) = retained_bytes(shape, step(shape, targets=None if is_full else ("q_proj",)), CALIBRATED)
    convolved = 2 * (2 * KEYS + VALUES)
    kernel = 2 * (2 * KEYS + VALUES) + 2 * 64 * 32
    norm = (4 + 4 + 4 + 2) * VALUES
    trained = (2 + 2) * VALUES + 2 * H + 2 * H if is_full else 0  # weight and output of the norm; likewise in front
    assert retained.total == 4 * H + convolved + kernel + norm + trained


def test_a_short_convolution_keeps_its_factors(model: Make) -> None:
    """Three factors, a product and what is convolved; full training adds what both matrices read."""
    shape = stateful(model, "lfm2", mixer="short_conv", conv_dim=H, conv_kernel=3)

    frozen, trained = (
        retained_bytes(shape, step(shape, targets=targets), CALIBRATED)[0].total for targets in (("q_proj",), None)
    )
    assert frozen == 4 * H + 5 * 2 * H
    assert trained - frozen == 2 * H + 2 * (2 * H)


def test_a_gate_of_attention_keeps_its_own_output(model: Make) -> None:
    """A sigmoid as wide as the queries; the product is one more tensor, where the output matrix is trained."""
    gated, plain = (
        shape_of(model(model_type=model_type, layers=({"count": 32, "mixer": "full", "feed_forward": "none"},)))
        for model_type in ("qwen3_next", "qwen3")
    )

    frozen, trained = (
        [retained_bytes(shape, step(shape, targets=targets), CALIBRATED)[0].total for shape in (gated, plain)]
        for targets in (("up_proj",), None)
    )
    assert frozen[0] - frozen[1] == 2 * A
    assert trained[0] - trained[1] == 2 * A + 2 * A


def test_states_of_chunks_are_there_in_the_backward_pass(model: Make) -> None:
    """The delta rule: 13 tensors of its values with chunks of 64; Mamba-2: four copies of states, two in float32."""
    delta = stateful(model, "qwen3_next", **DELTA_RULE)
    mamba = stateful(
        model, "nemotron_h", mixer="state_space", num_heads=128, head_dim=80, n_groups=8, state_size=128, conv_kernel=4
    )
    inner, convolved = 128 * 80, 128 * 80 + 2 * 8 * 128
    read = 2 * inner + 2 * 8 * 128 + 128

    working = [working_bytes(shape, step(shape), [Retained(0, 0)], recomputes=False) / 1024 for shape in (delta, mamba)]
    assert working == [13 * 2 * VALUES, 2 * (3 * inner + read + 2 * convolved) + 12 * inner]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, 4 * 4 * H + 2 * H + 2 * H + 2 * F, id="the inputs of its layers, and copies of adapters"),
        pytest.param({"autocasts": True}, 2 * H + 2 * H + 2 * F, id="shared with adapters"),
    ],
)
def test_matrices_of_8_bits_keep_their_inputs(changes: dict[str, Any], expected: int, model: Make) -> None:
    """Of attention, of the feed-forward layer, and of its last matrix; what attention gives is kept anyway."""
    shape = shape_of(model())
    (layer,) = retained_bytes(shape, step(shape, weight_format="int8", **changes), CALIBRATED)

    assert layer.total == NORMS + HEADS + GATED + expected


def test_adapted_experts_are_copied_with_their_adapters(model: Make) -> None:
    """Both parameters of a layer while it runs backwards, and the gradient of the last one."""
    shape = shape_of(model("qwen3-30b-a3b"))
    experts = 3 * 128 * 768 * 2048
    plain, copying = (step(shape, copied_experts=copied) for copied in (0, experts))
    working = [
        working_bytes(shape, tried, retained_bytes(shape, tried, CALIBRATED), recomputes=True)
        for tried in (plain, copying)
    ]

    assert working[1] - working[0] == 2 * experts * 4 / 3
    assert (kept_copies(plain), kept_copies(copying)) == (0, 2 * experts)
    assert kept_copies(copying._replace(expert_bytes=4)) == 4 * experts


def test_the_widest_tensor_is_that_of_the_feed_forward_layer(model: Make) -> None:
    """Or the stream, where there is none that is wider."""
    shape = shape_of(model())
    narrow = shape_of(model(intermediate_size=1024))

    assert widest_bytes(shape, step(shape)) == 2 * 1024 * F
    assert widest_bytes(narrow, step(narrow)) == 2 * 1024 * H
