"""Which layers get an adapter, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.memory.network.adapters import Reach, adapted, merged_expert_weights
from model_garden_registry.memory.network.layers import Linear
from model_garden_registry.memory.network.shape import shape_of

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "targets", "rank", "parameters"),
    [
        pytest.param(
            "llama-3.1-8b",
            ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
            16,
            41_943_040,
            id="all, as PEFT prints it",
        ),
        pytest.param("llama-3.1-8b", "all-linear", 16, 41_943_040, id="the same by one word"),
        pytest.param("llama-3.1-8b", ("q_proj", "v_proj"), 8, 3_407_872, id="queries and values"),
        pytest.param(
            "llama-3.1-8b", ("self_attn.q_proj", "model.layers.0.self_attn.v_proj"), 8, 3_407_872, id="dotted"
        ),
        pytest.param("llama-3.1-8b", ("q_proj", "v_proj", "q_proj"), 8, 3_407_872, id="twice is once"),
        pytest.param("llama-3.1-8b", ("q_proj", "self_attn.q_proj", "v_proj"), 8, 3_407_872, id="by either name"),
        pytest.param("llama-3.1-8b", ("model.embed_tokens",), 4, 4 * (128256 + 4096), id="a dotted end"),
        pytest.param("phi-2", ("dense", "fc1", "fc2"), 4, 32 * 4 * (5120 + 12800 + 12800), id="phi"),
        pytest.param("phi-2", ("gate_proj", "nonsense"), 4, 0, id="what is not there adds nothing"),
        pytest.param("llama-3.1-8b", ("lm_head", "embed_tokens"), 4, 2 * 4 * (128256 + 4096), id="both ends"),
        pytest.param("mixtral-8x7b", ("w2",), 4, 32 * 8 * 4 * (14336 + 4096), id="one for each expert"),
        pytest.param("gpt-oss-20b", ("gate_proj",), 4, 0, id="experts in one tensor are out of reach"),
        pytest.param("gpt-oss-20b", "all-linear", 4, 24 * 4 * (2 * 6976 + 2 * 3392), id="only attention is left"),
    ],
)
def test_parameters_of_an_adapter(
    name: str, targets: tuple[str, ...] | str, rank: int, parameters: int, model: Make
) -> None:
    """The rank times input and output of each adapted matrix."""
    shape = shape_of(model(name))

    assert adapted(shape, targets).parameters(shape, rank) == parameters


#: A family whose checkpoints have other layers than Llama's.
OWL = {
    "attention": {"qkv_proj": "q k v", "c_proj": "o"},
    "feed_forward": {"gate_up_proj": "gate up", "c_proj": "down"},
    "expert_modules": {"w2": "down"},
    "fused_experts": {"experts.down_proj": "down"},
}


@pytest.mark.parametrize(
    ("name", "targets", "parameters"),
    [
        pytest.param("llama-3.1-8b", ("qkv_proj",), 32 * 8 * (4096 + 6144), id="three in one matrix"),
        pytest.param("llama-3.1-8b", ("gate_up_proj",), 32 * 8 * (4096 + 28672), id="two in one matrix"),
        pytest.param("llama-3.1-8b", ("c_proj",), 32 * 8 * (8192 + 18432), id="one name, two matrices"),
        pytest.param("llama-3.1-8b", ("q_proj",), 0, id="a name of another family"),
        pytest.param("mixtral-8x7b", ("w2",), 0, id="a name that experts had before they became one tensor"),
    ],
)
def test_names_mean_what_the_family_says(name: str, targets: tuple[str, ...], parameters: int, model: Make) -> None:
    """Matrices that a checkpoint holds as one are one."""
    with facts_laid_over(families={"families": {"owl": OWL}}):
        shape = shape_of(model(name, model_type="owl"))

    assert adapted(shape, targets).parameters(shape, 8) == parameters


#: A family with a gate for the output of attention, which stands in the query matrix.
GATED = {"attention": {"q_proj": "q q_gate", "o_proj": "o"}, "feed_forward": {"gate_proj": "gate"}}


@pytest.mark.parametrize(
    ("targets", "parameters"),
    [
        pytest.param(("q_proj",), 32 * 8 * (4096 + 8192), id="queries and the gate of their output"),
        pytest.param(("gate_proj",), 32 * 8 * (4096 + 14336), id="the gate of the feed-forward layer alone"),
    ],
)
def test_either_gate_is_its_own(targets: tuple[str, ...], parameters: int, model: Make) -> None:
    """A name of attention means no matrix of the feed-forward layer, nor the other way round."""
    with facts_laid_over(families={"families": {"owl": GATED}}):
        shape = shape_of(model(model_type="owl"))

    assert adapted(shape, targets).parameters(shape, 8) == parameters


def test_a_mixer_with_a_state_is_meant_by_its_own_names(model: Make) -> None:
    """In its own layers: those of attention have no such matrix."""
    groups = [
        {"count": 24, "mixer": "short_conv", "feed_forward": "dense", "conv_dim": 4096},
        {"count": 8, "mixer": "full", "feed_forward": "dense"},
    ]
    record = {"mixers": {"short_conv": {"in_proj": "hidden > 3*conv_dim", "out_proj": "conv_dim > hidden"}}}
    with facts_laid_over(families={"families": {"owl": record}}):
        shape = shape_of(model(model_type="owl", layers=groups))

    assert adapted(shape, ("conv.in_proj",)).by_group == ((Linear("attention", "in_proj", 4096, 3 * 4096, 24),), ())


def test_ends_are_meant_by_any_of_their_names(model: Make) -> None:
    """Embeddings and head are in no group."""
    found = adapted(shape_of(model()), ("wte", "embed_out"))

    assert (found.by_group, found.on_embeddings, found.on_head) == (((),), True, True)


def test_a_shared_and_a_routed_expert_both_get_one(model: Make) -> None:
    """Where every expert is a layer of its own: a down_proj in dense layers, routed experts and the shared one."""
    found = adapted(
        shape_of(model("deepseek-v3", model_type="no family that is known")),
        ("down_proj", "q_a_proj", "kv_a_proj_with_mqa"),
    )

    assert [(linear.place, linear.name) for linear in found.linears] == [
        *(("dense", "down"), ("attention", "q_a"), ("attention", "kv_a")),
        *(("expert", "down"), ("shared", "down"), ("attention", "q_a"), ("attention", "kv_a")),
    ]


#: Qwen3-30B-A3B: 48 layers of 128 experts, 768 x 2048 each; attention of its names.
LAYERS, EXPERTS, WIDTH, INNER = 48, 128, 2048, 768
ALL = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
ATTENTION = LAYERS * (2 * (WIDTH + 4096) + 2 * (WIDTH + 512))


@pytest.mark.parametrize(
    ("name", "targets", "reach", "each"),
    [
        pytest.param(
            "qwen3-30b-a3b",
            ALL,
            Reach(),
            ATTENTION + LAYERS * EXPERTS * (3 * WIDTH + 5 * INNER),
            id="PEFT converts: twice the rank for gate and up as one",
        ),
        pytest.param("qwen3-30b-a3b", ALL, Reach(converts=False), ATTENTION, id="a PEFT before that: no experts"),
        pytest.param(
            "qwen3-30b-a3b",
            ALL,
            Reach(adds_experts=True),
            ATTENTION + LAYERS * EXPERTS * (2 * WIDTH + 3 * INNER),
            id="Unsloth names both parameters, each with the rank",
        ),
        pytest.param(
            "qwen3-30b-a3b",
            ("q_proj", "up_proj"),
            Reach(adds_experts=True),
            LAYERS * (WIDTH + 4096 + EXPERTS * (WIDTH + 2 * INNER)),
            id="half of a pair is the whole of it",
        ),
        pytest.param(
            "qwen3-30b-a3b",
            "all-linear",
            Reach(adds_experts=True),
            ATTENTION,
            id="Unsloth looks for no experts in one word for all layers",
        ),
        pytest.param(
            "qwen3-30b-a3b",
            ALL,
            Reach(converts=False, is_fused=False),
            ATTENTION + LAYERS * EXPERTS * 3 * (WIDTH + INNER),
            id="each expert is layers, as before transformers 5",
        ),
        pytest.param("qwen3-30b-a3b", ("q_proj",), Reach(adds_experts=True), LAYERS * (WIDTH + 4096), id="attention"),
        pytest.param("llama-3.1-8b", ALL, Reach(adds_experts=True), 41_943_040 // 16, id="no experts"),
        pytest.param(
            "mixtral-8x7b",
            ("w1",),
            Reach(adds_experts=True),
            32 * 8 * (4096 + 2 * 14336),
            id="by the name that experts had before",
        ),
    ],
)
def test_how_names_reach_experts_that_are_one_tensor(
    name: str, targets: tuple[str, ...] | str, reach: Reach, each: int, model: Make
) -> None:
    """By PEFT's release, or by what a stack adds."""
    shape = shape_of(model(name))

    assert adapted(shape, targets, reach).parameters(shape, 16) == 16 * each


def test_up_and_down_without_a_gate_are_two_parameters(model: Make) -> None:
    """Nemotron-H under Unsloth: each with the rank; 221 million weights of rank 8, attention included."""
    groups = [
        {"count": 23, "mixer": "none", "feed_forward": "moe"},
        {"count": 6, "mixer": "full", "feed_forward": "none"},
    ]
    moe = {"num_experts": 128, "num_experts_per_tok": 6, "moe_intermediate_size": 1856}
    facts = {"hidden_size": 2688, "num_key_value_heads": 2, "head_dim": 128, "moe": moe, "layers": groups}
    shape = shape_of(model(model_type="nemotron_h", **facts))
    found = adapted(shape, ("up_proj", "down_proj"), Reach(adds_experts=True))

    assert found.parameters(shape, 8) == 23 * 128 * 8 * 2 * (2688 + 1856)


def test_a_dense_layer_beside_the_experts_has_the_names_too(model: Make) -> None:
    """Gemma 4: gate, up and down are a dense layer's; experts are reached where a stack adds them."""
    groups = [
        {"count": 30, "mixer": "full", "feed_forward": "dense"},
        {"count": 2, "mixer": "full", "feed_forward": "moe"},
    ]
    moe = {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 704}
    shape = shape_of(model(model_type="gemma4", moe=moe, layers=groups))
    plain, added = (adapted(shape, ("up_proj",), Reach(adds_experts=adds)) for adds in (False, True))

    assert plain.parameters(shape, 8) == 30 * 8 * (4096 + 14336)
    assert added.parameters(shape, 8) - plain.parameters(shape, 8) == 2 * 128 * 8 * (4096 + 2 * 704)


@pytest.mark.parametrize(
    ("name", "targets", "weights"),
    [
        pytest.param("qwen3-30b-a3b", ALL, 3 * EXPERTS * WIDTH * INNER, id="all of a layer's experts"),
        pytest.param("qwen3-30b-a3b", ("q_proj",), 0, id="none that is adapted"),
        pytest.param("llama-3.1-8b", ALL, 0, id="no experts"),
    ],
)
def test_what_is_made_one_tensor_with_its_adapters(
    name: str, targets: tuple[str, ...], weights: int, model: Make
) -> None:
    """Of one layer."""
    shape = shape_of(model(name))

    assert merged_expert_weights(shape, adapted(shape, targets)) == weights


#: Qwen3-30B-A3B: 48 layers of 128 experts.
GATE_UP, DOWN = 48 * EXPERTS * (WIDTH + 2 * INNER), 48 * EXPERTS * (INNER + WIDTH)


@pytest.mark.parametrize(
    ("parameters", "each"),
    [
        pytest.param(("experts.gate_up_proj", "experts.down_proj"), GATE_UP + DOWN, id="all"),
        pytest.param(("mlp.experts.down_proj",), DOWN, id="by a longer name"),
        pytest.param(("gate_up_proj",), GATE_UP, id="by a shorter one"),
        pytest.param(("experts.down_proj", "down_proj"), DOWN, id="twice is once"),
        pytest.param(("proj",), 0, id="no part of a name"),
    ],
)
def test_parameters_of_experts_get_adapters_by_name(parameters: tuple[str, ...], each: int, model: Make) -> None:
    """Gate and up are one parameter, each expert has its part."""
    shape = shape_of(model("qwen3-30b-a3b"))
    plain = adapted(shape, ("q_proj",)).parameters(shape, 8)

    found = adapted(shape, ("q_proj",), target_parameters=parameters)

    assert found.parameters(shape, 8) - plain == 8 * each


def test_parameters_that_have_adapters_already_get_no_second_one(model: Make) -> None:
    """By names that PEFT turns into them, or by a stack that adds them; experts that are layers have no such name."""
    shape, names = shape_of(model("qwen3-30b-a3b")), ("experts.gate_up_proj", "experts.down_proj")

    for reach in (Reach(), Reach(adds_experts=True)):
        assert adapted(shape, ALL, reach, target_parameters=names) == adapted(shape, ALL, reach)
    apart = Reach(is_fused=False, converts=False)
    assert adapted(shape, ("q_proj",), apart, target_parameters=names) == adapted(shape, ("q_proj",), apart)


def test_dora_adds_a_magnitude_for_each_output(model: Make) -> None:
    """Of layers, of the embeddings and of the head, whatever the rank."""
    shape = shape_of(model("llama-3.1-8b"))
    names = ("q_proj", "down_proj", "embed_tokens", "lm_head")
    plain, found = (adapted(shape, names, use_dora=uses) for uses in (False, True))

    assert [found.parameters(shape, rank) - plain.parameters(shape, rank) for rank in (1, 64)] == [
        32 * (4096 + 4096) + 4096 + 128256
    ] * 2
