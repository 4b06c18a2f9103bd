"""Tokens of a cache, as start-up logs print them."""

from __future__ import annotations

import pytest
from benchmarks.cache_pools import engine_tokens, tokens_of_pool

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.memory.serving.deployment import Deployment, deploy
from model_garden_registry.units import GIB

REGISTRY = load_registry(bundled_registry())


def deployment(arch: str, **settings: object) -> Deployment:
    """Give an entry as an engine serves it on an H200."""
    entry = REGISTRY[arch]
    return deploy(entry, merge(entry, "inference", Layer(settings)), gpu_total_bytes=140 * GIB)


@pytest.mark.parametrize(
    ("arch", "settings", "gib", "tokens"),
    [
        pytest.param("Qwen/Qwen2-7B-Instruct", {"engine": "vllm"}, 24.83, 464_848, id="vLLM 0.10"),
        pytest.param("Qwen/Qwen3-8B", {"engine": "vllm"}, 50.32, 366_400, id="vLLM 0.10, 36 layers"),
        pytest.param(
            "Qwen/Qwen2-7B-Instruct", {"engine": "vllm", "tensor_parallel_size": 2}, 31.83, 1_192_160, id="on two GPUs"
        ),
        pytest.param(
            "Qwen/Qwen3-235B-A22B-FP8",
            {"engine": "sglang", "tensor_parallel_size": 4},
            16.46,
            367_404,
            id="SGLang, K and V pools of one size together",
        ),
    ],
)
def test_a_pool_has_the_tokens_of_the_log(arch: str, settings: dict[str, object], gib: float, tokens: int) -> None:
    """Published start-up logs; their GiB are rounded."""
    assert tokens_of_pool(deployment(arch, **settings), gib * GIB) == pytest.approx(tokens, rel=0.0005)


def test_the_pool_of_sglang_is_its_share_less_the_weights() -> None:
    """With a share or by its own rule; a larger share has more tokens."""
    by_rule, at_80 = (
        engine_tokens(deployment("Qwen/Qwen3-8B", engine="sglang", mem_fraction_static=share)) for share in (None, 0.8)
    )

    assert 0 < at_80 < by_rule < tokens_of_pool(deployment("Qwen/Qwen3-8B", engine="sglang"), 140 * GIB)


def test_one_request_at_a_time_has_no_pool() -> None:
    """There is nothing to compare tokens with."""
    served = deployment("Qwen/Qwen3-8B", engine="transformers")

    with pytest.raises(ValueError, match="transformers has no pool"):
        engine_tokens(served)


def test_tokens_may_be_those_of_the_sequences_that_fit() -> None:
    """VLLM 0.20.0 printed what groups of layers hold; who multiplies the concurrency has another number."""
    ways = {"engine_version": "0.20.0", "kv_cache_dtype": "fp8", "max_model_len": 65_536, "tensor_parallel_size": 1}
    served = deployment("Qwen/Qwen3.6-35B-A3B", **ways)

    printed, counted = (tokens_of_pool(served, 2.95 * GIB, by_sequences=way) for way in (False, True))

    assert printed < counted < 2.95 * GIB / 10_240  # ten layers of 1024 bytes a token
