"""What SGLang needs, and what it then can serve: public start-up logs, and its own rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.architecture import LayerGroup
from model_garden_registry.memory.classes import SPREADS
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.sglang.pools import pools_of
from model_garden_registry.memory.serving.sglang.sglang_estimate import sglang_capacity, sglang_estimate
from model_garden_registry.units import GIB, MIB

Make = Callable[..., Any]

REGISTRY = load_registry()

H100, H200, B200, RTX_4090, RTX_5080 = 81_559, 143_771, 183_359, 24_564, 16_303
DELTA: Any = {"num_heads": 32, "head_dim": 128, "key_heads": 16, "key_head_dim": 128, "conv_kernel": 4}
LAYERS = {
    "Qwen/Qwen3.5-9B": (
        LayerGroup(count=24, mixer="linear", feed_forward="dense", **DELTA),
        LayerGroup(count=8, mixer="full", feed_forward="dense"),
    )
}


def asked(model_id: str, gpu: int, inference: Make, **changes: Any) -> Any:
    """Return what is asked of SGLang on a GPU of so many MiB."""
    entry: Any = REGISTRY[model_id]
    if model_id in LAYERS:
        shape = entry.architecture.model_copy(update={"layers": LAYERS[model_id]})
        entry = entry.model_copy(update={"architecture": shape})
    return deploy(entry, inference(entry, engine="sglang", **changes), gpu_total_bytes=gpu * MIB)


@pytest.mark.parametrize(
    ("model_id", "gpu", "changes", "tokens"),
    [
        pytest.param("Qwen/Qwen3-0.6B", RTX_5080, {"engine_version": "0.4.10"}, 104_273, id="RTX 5080, by its rule"),
        pytest.param(
            "Qwen/Qwen3-14B",
            RTX_4090,
            {"engine_version": "0.5.5", "tensor_parallel_size": 4, "mem_fraction_static": 0.8},
            298_447,
            id="four RTX 4090",
        ),
        pytest.param(
            "Qwen/Qwen3-32B",
            H100,
            {"engine_version": "0.5.19", "tensor_parallel_size": 1, "mem_fraction_static": 0.9},
            39_078,
            id="H100",
        ),
        pytest.param(
            "Qwen/Qwen3-235B-A22B-FP8",
            H100,
            {"engine_version": "0.4.9", "tensor_parallel_size": 4, "mem_fraction_static": 0.93},
            367_404,
            id="four H100",
        ),
        pytest.param(
            "deepseek-ai/DeepSeek-R1",
            H200,
            {"tensor_parallel_size": 8, "mem_fraction_static": 0.82},
            509_000,
            id="eight H200",
        ),
        pytest.param(
            "deepseek-ai/DeepSeek-R1",
            B200,
            {"engine_version": "0.4.10", "tensor_parallel_size": 8},
            980_344,
            id="eight B200, by its rule",
        ),
        pytest.param(
            "Qwen/Qwen3.5-9B",
            RTX_4090,
            {"engine_version": "0.5.10", "tensor_parallel_size": 2, "mem_fraction_static": 0.8},
            327_310,
            id="a hybrid on two RTX 4090",
        ),
    ],
)
def test_tokens_of_start_up_logs(
    model_id: str, gpu: int, changes: dict[str, Any], tokens: int, inference: Make
) -> None:
    """``max_total_num_tokens``, within five per cent."""
    assert sglang_capacity(asked(model_id, gpu, inference, **changes)).tokens == pytest.approx(tokens, rel=0.05)


def test_states_bound_the_requests(inference: Make) -> None:
    """Three states each: ``max_running_requests=62`` of 186, from the 9.48 GiB of pools in the same log."""
    changes = {"engine_version": "0.5.10", "tensor_parallel_size": 2, "mem_fraction_static": 0.8}
    hybrid = asked("Qwen/Qwen3.5-9B", RTX_4090, inference, max_model_len=262_144, **changes)

    found, kept = sglang_capacity(hybrid), pools_of(hybrid)
    logged = kept.slots_in(9.48 * GIB)  # two digits of three pools: a state more or less
    assert logged == pytest.approx(186, abs=1)
    assert logged // kept.slots == 62
    assert found.most_sequences == kept.slots_in(found.pool_bytes) // 3
    assert found.most_sequences == pytest.approx(62, rel=0.05)
    assert found.concurrency == found.tokens / 262_144
    assert sglang_capacity(asked("Qwen/Qwen3-0.6B", RTX_5080, inference)).most_sequences is None


def test_drafting_runs_fewer_requests(inference: Make) -> None:
    """Forty-eight, or as many as states or settings allow."""
    drafting = {"speculative_tokens": 3}
    many = asked("Qwen/Qwen3.5-9B", B200, inference, **drafting)
    few = asked("Qwen/Qwen3.5-9B", B200, inference, max_num_seqs=4, **drafting)

    assert [sglang_capacity(found).most_sequences for found in (many, few)] == [48, 4]


def test_its_parts(model: Make, inference: Make) -> None:
    """Weights, cache, and what stays free: its own rule, and what was gone before."""
    entry = model()
    estimate = sglang_estimate(deploy(entry, inference(entry, engine="sglang"), gpu_total_bytes=24 * GIB))

    parts = {name: round(size / GIB, 2) for name, size in estimate.parts.items() if size}
    assert parts == {"weights": 14.96, "kv_cache": 1.0, "overhead": 7.67}
    assert estimate.error_band == SPREADS["serving"].band
    assert estimate.cache == sglang_capacity(deploy(entry, inference(entry, engine="sglang"), gpu_total_bytes=24 * GIB))


def test_adapters_leave_less_for_the_pool(model: Make, inference: Make) -> None:
    """They are loaded before it is made."""
    entry = model()
    changes = {"engine": "sglang", "max_lora_rank": 64}
    none, some = (
        deploy(entry, inference(entry, served_loras=count, **changes), gpu_total_bytes=24 * GIB) for count in (0, 4)
    )

    assert sglang_estimate(some).parts["adapters"] == some.adapters > 0
    assert sglang_capacity(none).pool_bytes - sglang_capacity(some).pool_bytes == pytest.approx(some.adapters, abs=1)


def test_a_hybrid_has_states(inference: Make) -> None:
    """Five for a sequence and one to spare; what its split leaves empty counts as free."""
    estimate = sglang_estimate(asked("Qwen/Qwen3.5-9B", RTX_4090, inference, tensor_parallel_size=2))

    assert estimate.parts["state_cache"] == pytest.approx(6 * 24 * (16 * 128 * 128 * 4 + 4096 * 3 * 2), abs=1)
    assert any("5 states for each sequence" in sentence for sentence in estimate.assumptions)


def test_a_network_of_states_only_has_place_for_a_sequence(model: Make, inference: Make) -> None:
    """Its log prints the context."""
    groups = [{"count": 32, "mixer": "none", "feed_forward": "dense"}]
    entry = model(layers=groups)

    found = sglang_capacity(deploy(entry, inference(entry, engine="sglang"), gpu_total_bytes=80 * GIB))
    assert (found.tokens, found.concurrency, found.most_sequences) == (8192, 1, None)


def test_windows_are_told(inference: Make) -> None:
    """A pool of their own is an assumption worth reading."""
    found = sglang_estimate(asked("openai/gpt-oss-20b", H100, inference))

    assert "layers with a window have a pool of 80% of the tokens" in found.assumptions


@pytest.mark.parametrize("model_id", ["Qwen/Qwen3-0.6B", "Qwen/Qwen3.5-9B", "openai/gpt-oss-20b"])
@pytest.mark.parametrize("share", [None, 0.6, 0.9])
def test_it_fits_when_the_pools_hold_the_sequences(model_id: str, share: float | None, inference: Make) -> None:
    """What is needed fills a GPU exactly where the pools that are then made hold what is asked for."""
    changes = {"mem_fraction_static": share, "max_model_len": 8192}
    capacity = sglang_capacity(asked(model_id, H100, inference, **changes))
    most = int(min(capacity.concurrency, capacity.most_sequences or capacity.concurrency))
    within, beyond = (
        sglang_estimate(asked(model_id, H100, inference, concurrent=sequences, **changes)).expected_bytes
        for sequences in (most, most + 2)
    )

    assert within <= H100 * MIB < beyond


def test_an_unknown_gpu_has_no_capacity(model: Make, inference: Make) -> None:
    """Its size is a guess."""
    entry = model()

    assert sglang_estimate(deploy(entry, inference(entry, engine="sglang"))).cache is None
