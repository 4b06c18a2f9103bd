"""Over how many GPUs an engine divides a model at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mixed_networks import network, owls

from model_garden_registry.memory.serving.division import SplitRefusal, refines_experts, refused_split

Make = Callable[..., Any]

FP8, AWQ = ("fp8", "fp8"), ("awq", "awq")
DENSE, EXPERTS, LATENT = "llama-3.1-8b", "qwen3-30b-a3b", "deepseek-v3"
VLLM, SGLANG = "vLLM 0.33.0", "SGLang 0.5.23"
DIVIDES = "tensor_parallel_size {} does not divide"


def quantised(text: str) -> SplitRefusal:
    """Give what the number format of the weights refuses."""
    return SplitRefusal(text, is_format=True)


@pytest.mark.parametrize(
    ("shape", "changes", "overrides", "size", "found"),
    [
        pytest.param(DENSE, {}, {}, 8, None, id="heads, widths and words that divide"),
        pytest.param(DENSE, {}, {}, 1, None, id="nothing to divide"),
        pytest.param(
            DENSE, {}, {}, 3, SplitRefusal(f"{DIVIDES.format(3)} 32 attention heads"), id="heads that do not divide"
        ),
        pytest.param(DENSE, {"intermediate_size": None}, {}, 2, None, id="a shape that is not known"),
        pytest.param(
            DENSE,
            {"intermediate_size": None},
            {},
            3,
            SplitRefusal(f"{DIVIDES.format(3)} 32 attention heads"),
            id="of which the heads are",
        ),
        pytest.param(DENSE, {"num_attention_heads": None}, {}, 3, None, id="of which nothing is"),
        pytest.param(
            DENSE,
            {"num_attention_heads": 40, "num_key_value_heads": 10},
            {},
            4,
            SplitRefusal(f"{DIVIDES.format(4)} 10 heads of keys and values, and is no multiple of them"),
            id="heads of keys that neither divide nor are copied",
        ),
        pytest.param(
            DENSE,
            {"num_attention_heads": 40, "num_key_value_heads": 2},
            {},
            4,
            None,
            id="heads of keys that are copied",
        ),
        pytest.param(
            DENSE,
            {"intermediate_size": 14334},
            {},
            4,
            SplitRefusal(f"{DIVIDES.format(4)} a feed-forward layer of 14334"),
            id="a width that does not divide",
        ),
        pytest.param(
            DENSE,
            {"num_attention_heads": 40, "num_key_value_heads": 5, "head_dim": 128, "intermediate_size": 10240},
            {},
            5,
            SplitRefusal(f"{DIVIDES.format(5)} a vocabulary of 128256"),
            id="words that do not divide, filled up to 64",
        ),
        pytest.param(DENSE, {}, {"engine": "transformers"}, 3, None, id="an engine that divides no layers"),
        pytest.param(
            DENSE,
            {"quantization": AWQ, "intermediate_size": 27392},
            {},
            4,
            quantised(
                f"{VLLM} refuses tensor_parallel_size 4: the feed-forward layer has 27392 / 4 = 6848, no multiple of "
                "the group of 128"
            ),
            id="AWQ: groups that are cut",
        ),
        pytest.param(
            DENSE,
            {"quantization": ("gptq", "gptq"), "intermediate_size": 27392},
            {"engine": "sglang"},
            4,
            quantised(
                f"{SGLANG} refuses tensor_parallel_size 4: the feed-forward layer has 27392 / 4 = 6848, no multiple of "
                "the group of 128"
            ),
            id="GPTQ, and another engine",
        ),
        pytest.param(
            DENSE, {"quantization": AWQ, "intermediate_size": 27392, "group_size": 64}, {}, 4, None, id="smaller groups"
        ),
        pytest.param(
            DENSE,
            {"quantization": AWQ, "num_attention_heads": 20, "num_key_value_heads": 4, "head_dim": 80},
            {},
            4,
            quantised(
                f"{VLLM} refuses tensor_parallel_size 4: the output of attention has 1600 / 4 = 400, no multiple of "
                "the group of 128"
            ),
            id="groups of the output of attention",
        ),
        pytest.param(DENSE, {"quantization": AWQ}, {}, 8, None, id="groups that are whole"),
        pytest.param(
            DENSE,
            {"quantization": ("w8a16", "compressed-tensors"), "intermediate_size": 27392},
            {},
            4,
            None,
            id="eight bits by channel",
        ),
        pytest.param(
            DENSE,
            {"quantization": ("w8a16", "compressed-tensors"), "intermediate_size": 27392, "group_size": 128},
            {},
            4,
            quantised(
                f"{VLLM} refuses tensor_parallel_size 4: the feed-forward layer has 27392 / 4 = 6848, no multiple of "
                "the group of 128"
            ),
            id="eight bits by group",
        ),
        pytest.param(
            DENSE,
            {"quantization": FP8, "intermediate_size": 9728},
            {},
            8,
            quantised(
                f"{VLLM} refuses tensor_parallel_size 8: the feed-forward layer has 9728 / 8 = 1216, no multiple of "
                "the block of 128"
            ),
            id="FP8: blocks that are cut",
        ),
        pytest.param(
            DENSE,
            {"quantization": ("fp8", "compressed-tensors"), "intermediate_size": 9728},
            {},
            8,
            None,
            id="FP8 by channel",
        ),
        pytest.param(LATENT, {"quantization": FP8}, {}, 16, None, id="latent attention: whole blocks"),
        pytest.param(
            LATENT,
            {"quantization": FP8, "mla.v_head_dim": 120},
            {},
            16,
            quantised(
                f"{VLLM} refuses tensor_parallel_size 16: the output of attention has 15360 / 16 = 960, no "
                "multiple of the block of 128"
            ),
            id="latent attention: blocks that are cut",
        ),
        pytest.param(
            LATENT,
            {"quantization": FP8, "mla.qk_nope_head_dim": 120},
            {},
            16,
            quantised(
                f"{VLLM} refuses tensor_parallel_size 16: what makes the queries has 23552 / 16 = 1472, no multiple of "
                "the block of 128"
            ),
            id="latent attention: blocks of what stands alone",
        ),
        pytest.param(EXPERTS, {"quantization": FP8}, {}, 4, None, id="experts of 768 / 4: blocks of 64"),
        pytest.param(
            EXPERTS,
            {"quantization": FP8},
            {"engine_version": "0.28.0"},
            4,
            quantised(
                "vLLM 0.28.0 refuses 4 GPUs: experts of 768 / 4 = 192, no multiple of the block of 128",
            ),
            id="which came with 0.29",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": FP8},
            {"engine": "sglang"},
            4,
            quantised(f"{SGLANG} refuses 4 GPUs: experts of 768 / 4 = 192, no multiple of the block of 128"),
            id="and not to SGLang",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": FP8, "moe.moe_intermediate_size": 320},
            {"engine_version": "0.29.0"},
            4,
            quantised("vLLM 0.29.0 refuses 4 GPUs: experts of 320 / 4 = 80, no multiple of the block of 128"),
            id="smaller than the smallest block",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": FP8, "moe.moe_intermediate_size": 320},
            {},
            4,
            quantised(
                f"{VLLM} refuses 4 GPUs: experts of 320 / 4 = 80, no multiple of the block of 128; where moe_backend "
                "is named, it fills them up"
            ),
            id="which can be filled up",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": FP8},
            {"engine_version": "0.28.0", "enable_expert_parallel": True},
            4,
            None,
            id="whole experts on each GPU",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": FP8},
            {"engine_version": "0.28.0", "data_parallel_size": 4},
            1,
            quantised("vLLM 0.28.0 refuses 4 GPUs: experts of 768 / 4 = 192, no multiple of the block of 128"),
            id="copies divide experts as well",
        ),
        pytest.param(EXPERTS, {"quantization": ("gptq", "gptq")}, {}, 4, None, id="GPTQ: experts in groups of 64"),
        pytest.param(
            EXPERTS,
            {"quantization": ("gptq", "gptq"), "moe.moe_intermediate_size": 320},
            {},
            4,
            quantised(f"{VLLM} refuses 4 GPUs: experts of 320 / 4 = 80, no multiple of a group of 32"),
            id="GPTQ: and of 16",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": ("gptq", "gptq"), "moe.moe_intermediate_size": 320, "group_size": 16},
            {},
            4,
            None,
            id="GPTQ: as they are",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": ("gptq", "gptq"), "moe.moe_intermediate_size": 320},
            {"engine_version": "0.17.0"},
            4,
            None,
            id="GPTQ: a release of which that is not known",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": ("w4a16", "compressed-tensors")},
            {},
            4,
            quantised(f"{VLLM} refuses 4 GPUs: experts of 768 / 4 = 192, no multiple of a group of 128"),
            id="compressed-tensors: experts in whole groups",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": ("w4a16", "compressed-tensors")},
            {"enable_expert_parallel": True},
            4,
            None,
            id="compressed-tensors: whole experts on each GPU",
        ),
        pytest.param(
            EXPERTS,
            {"quantization": ("w4a16", "compressed-tensors")},
            {"engine_version": "0.23.0"},
            4,
            None,
            id="compressed-tensors: before 0.24",
        ),
        pytest.param(
            EXPERTS,
            {"moe.moe_intermediate_size": 766},
            {},
            4,
            SplitRefusal("4 GPUs do not divide experts of 766"),
            id="a width of experts that does not divide",
        ),
    ],
)
def test_what_an_engine_refuses_at_any_memory(
    shape: str,
    changes: dict[str, Any],
    overrides: dict[str, Any],
    size: int,
    found: SplitRefusal | None,
    model: Make,
    inference: Make,
) -> None:
    """Heads, widths and words that do not divide, and scales that a split would cut."""
    entry = changed(model, shape, changes)

    assert refused_split(entry, inference(entry, **overrides), size) == found


def changed(model: Make, shape: str, changes: dict[str, Any]) -> Any:
    """Give an entry with changes to its shape, some of them below a part of it."""
    changes, quantization = dict(changes), changes.get("quantization")
    group = changes.pop("group_size", None)
    changes.pop("quantization", None)
    nested = {name: changes.pop(name) for name in [*changes] if "." in name}
    entry = model(shape, quantization=quantization, **changes)
    for name, value in nested.items():
        part, _, field = name.partition(".")
        inner = getattr(entry.architecture, part).model_copy(update={field: value})
        entry = entry.model_copy(update={"architecture": entry.architecture.model_copy(update={part: inner})})
    if group:
        entry = entry.model_copy(update={"quantization": entry.quantization.model_copy(update={"group_size": group})})
    return entry


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        pytest.param({"num_heads": 8}, None, id="heads that divide"),
        pytest.param({"num_heads": 12}, "12 heads of a mixer with a state", id="heads that do not"),
        pytest.param({"num_heads": 8, "n_groups": 1}, None, id="one group, which is copied"),
        pytest.param({"num_heads": 8, "n_groups": 4}, "4 groups of a state space", id="fewer groups than GPUs"),
    ],
)
def test_mixers_with_a_state_are_divided_by_head(
    numbers: dict[str, int], found: str | None, model: Make, inference: Make
) -> None:
    """Groups of a state space are divided too, or there is one."""
    linear = {"count": 3, "mixer": "linear", "feed_forward": "dense", "head_dim": 32, "conv_kernel": 4, **numbers}
    with owls():
        entry = network(model(), [linear, {"count": 1, "mixer": "full", "feed_forward": "dense"}])
        refused = refused_split(entry, inference(entry), 8)

    assert (refused and refused.text) == (found and f"{DIVIDES.format(8)} {found}")


def test_some_layers_may_have_other_heads(model: Make, inference: Make) -> None:
    """Each group of layers is divided by itself."""
    groups = [{"count": 1, "mixer": "full", "feed_forward": "dense", "num_attention_heads": heads} for heads in (8, 12)]
    with owls():
        entry = network(model(), groups)

        assert refused_split(entry, inference(entry), 8) == SplitRefusal(f"{DIVIDES.format(8)} 12 attention heads")


@pytest.mark.parametrize(
    ("shape", "quantization", "overrides", "found"),
    [
        pytest.param(EXPERTS, FP8, {"tensor_parallel_size": 4}, True, id="blocks of 64"),
        pytest.param(EXPERTS, FP8, {"tensor_parallel_size": 2}, False, id="whole blocks"),
        pytest.param(EXPERTS, FP8, {"tensor_parallel_size": 4, "engine_version": "0.28.0"}, False, id="not then"),
        pytest.param(EXPERTS, None, {"tensor_parallel_size": 4}, False, id="no blocks"),
        pytest.param(EXPERTS, FP8, {"tensor_parallel_size": 4, "engine": "transformers"}, False, id="no split"),
        pytest.param(DENSE, FP8, {"tensor_parallel_size": 4}, False, id="no experts"),
    ],
)
def test_whether_experts_get_smaller_blocks(
    shape: str,
    quantization: tuple[str, str] | None,
    overrides: dict[str, Any],
    found: bool,
    model: Make,
    inference: Make,
) -> None:
    """Which not every GPU has kernels for."""
    entry = model(shape, quantization=quantization)

    assert refines_experts(entry, inference(entry, **overrides)) is found


def test_nothing_is_refined_of_a_shape_that_is_not_known(model: Make, inference: Make) -> None:
    """Nothing is known of its experts."""
    entry = model(DENSE, quantization=FP8, intermediate_size=None)

    assert refines_experts(entry, inference(entry)) is False
