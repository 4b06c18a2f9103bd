"""Which layers get an adapter, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from own_facts import facts_laid_over

from model_garden_registry.memory.network.adapters import adapted
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
