"""Which layers get an adapter, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.network.adapters import adapted
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
        pytest.param("llama-3.1-8b", ("qkv_proj",), 8, 32 * 8 * (4096 + 6144), id="three in one matrix"),
        pytest.param("llama-3.1-8b", ("gate_up_proj",), 8, 32 * 8 * (4096 + 28672), id="two in one matrix"),
        pytest.param("llama-3.1-8b", ("c_proj",), 8, 32 * 8 * (8192 + 18432), id="one name, two matrices"),
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
    entry = model(name)
    shape = shape_of(entry)

    assert adapted(entry, shape, targets).parameters(shape, rank) == parameters


def test_a_shared_and_a_routed_expert_both_get_one(model: Make) -> None:
    """DeepSeek-V3's down_proj is in dense layers, routed experts and the shared one."""
    entry = model("deepseek-v3")
    found = adapted(entry, shape_of(entry), ("down_proj", "q_a_proj", "kv_a_proj_with_mqa"))

    assert [(linear.place, linear.name) for linear in found.linears] == [
        ("dense", "down"),
        ("expert", "down"),
        ("shared", "down"),
        ("attention", "q_a"),
        ("attention", "kv_a"),
    ]
