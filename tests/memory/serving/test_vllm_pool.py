"""What vLLM makes of a pool, against figures of published start-up logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.entries.settings.merging import Layer, merge
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.serving.deployment import Deployment, deploy
from model_garden_registry.memory.serving.vllm_batch import profiled_batch
from model_garden_registry.memory.serving.vllm_pool import demand_of, state_element, vllm_capacity
from model_garden_registry.units import GB, GIB, MIB

Make = Callable[..., Any]

REGISTRY = load_registry(bundled_registry())
SPARSE, DENSE = "Qwen/Qwen3.6-35B-A3B", "Qwen/Qwen3.6-27B"
GEMMA, NEMOTRON = "google/gemma-4-31B-it", "nvidia/NVIDIA-Nemotron-Nano-9B-v2"


def served(model_id: str, gpu: int = 24 * GIB, version: str = "0.26.0", **changes: Any) -> Deployment:
    """Deploy an entry with a release of vLLM."""
    entry = REGISTRY[model_id]
    settings = merge(entry, "inference", Layer({"engine": "vllm", "engine_version": version, **changes}))
    return deploy(entry, settings, gpu_total_bytes=gpu)


def sequence_gb(deployment: Deployment) -> float:
    """Give what one sequence takes of the pool."""
    pool, need, _ = demand_of(deployment, profiled_batch(deployment))
    return need.blocks * pool.block_bytes / GB


@pytest.mark.parametrize(
    ("model_id", "gibibytes", "changes", "concurrency", "tokens"),
    [
        pytest.param(SPARSE, 6.01, {"max_model_len": 131_072}, 4.348, 569_878, id="noonghunna/club-3090#652"),
        pytest.param(SPARSE, 2.95, {"max_model_len": 65_536}, 3.868, None, id="one of May 2026"),
        pytest.param(SPARSE, 5.98, {"max_model_len": 131_072}, 4.33, None, id="another"),
        pytest.param(
            DENSE,
            5.33,
            {"max_model_len": 262_144, "tensor_parallel_size": 2, "speculative_tokens": 3},
            1.145,
            300_220,
            id="noonghunna/club-3090#594",
        ),
        pytest.param(
            DENSE,
            11.05,
            {"max_model_len": 262_144, "tensor_parallel_size": 2, "speculative_tokens": 3},
            2.374,
            None,
            id="noonghunna/club-3090#642",
        ),
    ],
)
def test_pools_beside_states_agree_with_start_up_logs(
    model_id: str, gibibytes: float, changes: dict[str, Any], concurrency: float, tokens: int | None
) -> None:
    """With prefix caching, a cache in 8 bits, and on GPUs without the kernel that keeps states inside a prompt."""
    changes = {"tensor_parallel_size": 1, **changes}
    found = vllm_capacity(served(model_id, kv_cache_dtype="fp8", **changes), gibibytes * GIB)

    assert found.concurrency == pytest.approx(concurrency, abs=0.004)
    assert found.tokens == int(found.concurrency * changes["max_model_len"])
    if tokens:
        assert found.tokens == tokens


@pytest.mark.parametrize(
    ("version", "tokens", "gigabytes"),
    [("0.21.0", 2048, 24.0), ("0.25.0", 2048, 24.0), ("0.33.0", 2048, 25.7), ("0.33.0", 8192, 35.7)],
)
def test_windows_keep_the_batches_under_way(version: str, tokens: int, gigabytes: float) -> None:
    """Gemma 4 31B, 262,144 tokens: one batch until 0.25, two since: one runs while the next is scheduled."""
    deployment = served(
        GEMMA, version=version, max_model_len=262_144, max_num_batched_tokens=tokens, tensor_parallel_size=1
    )

    assert sequence_gb(deployment) == pytest.approx(gigabytes, abs=0.06)


def test_a_pipeline_has_a_batch_under_way_in_each_stage() -> None:
    """And one that is scheduled ahead; each stage has half of the layers of a block."""
    one, two = (
        demand(GEMMA, version="0.33.0", max_model_len=262_144, pipeline_parallel_size=stages) for stages in (1, 2)
    )

    assert two.need.blocks - one.need.blocks == 5 * 2048 // 16
    assert two.pool.block_bytes == one.pool.block_bytes / 2


@pytest.mark.parametrize(
    ("version", "capability", "blocks"),
    [
        pytest.param("0.25.0", (9, 0), 63 + 3, id="no prefix caching"),
        pytest.param("0.32.0", (9, 0), 63 + 6, id="with prefix caching"),
        pytest.param("0.33.0", (8, 6), 63 + 6, id="without the kernel"),
        pytest.param("0.33.0", None, 63 + 6, id="of a GPU that is not known, the general case"),
        pytest.param("0.33.0", (9, 0), 63 + 9, id="with the kernel, on Hopper"),
        pytest.param("0.33.0", (10, 3), 63 + 9, id="and on Blackwell"),
        pytest.param("0.33.0", (12, 0), 63 + 9, id="and on that of workstations"),
    ],
)
def test_the_blocks_of_a_state_are_those_of_release_and_gpu(
    version: str, capability: tuple[int, int] | None, blocks: int
) -> None:
    """Qwen3.6-35B-A3B, 131,072 tokens."""
    deployment = served(
        SPARSE,
        gpu=GpuMemory(80 * GIB, capability=capability),
        version=version,
        kv_cache_dtype="fp8",
        max_model_len=131_072,
        tensor_parallel_size=1,
    )

    assert demand_of(deployment, profiled_batch(deployment)).need.blocks == blocks


@pytest.mark.parametrize(
    ("version", "is_on", "blocks"),
    [
        pytest.param("0.25.0", True, 63 + 6, id="asked for before it was the default"),
        pytest.param("0.33.0", False, 63 + 3, id="switched off, the kernel keeps nothing either"),
        pytest.param("0.33.0", True, 63 + 9, id="asked for where it is the default"),
    ],
)
def test_prefix_caching_can_be_chosen(version: str, is_on: bool, blocks: int) -> None:
    """Qwen3.6-35B-A3B, 131,072 tokens on Hopper."""
    settings: dict[str, Any] = {"kv_cache_dtype": "fp8", "max_model_len": 131_072, "tensor_parallel_size": 1}
    gpu = GpuMemory(80 * GIB, capability=(9, 0))
    deployment = served(SPARSE, gpu=gpu, version=version, enable_prefix_caching=is_on, **settings)

    assert demand_of(deployment, profiled_batch(deployment)).need.blocks == blocks


def test_releases_kept_a_state_of_a_state_space_for_each_block() -> None:
    """In 0.26 and 0.27, with the prefix caching that is on there."""
    needs = [
        demand_of(deployment, profiled_batch(deployment)).need.states
        for deployment in (served(NEMOTRON, version=version, max_model_len=131_072) for version in ("0.27.0", "0.28.0"))
    ]

    assert needs[0] > 10 * needs[1]


def test_states_of_nemotron_are_137_mib_a_sequence() -> None:
    """In float32, as its config.json asks for; in half precision as the setting may ask."""
    layers = [kind for kind in demand(NEMOTRON).pool.kinds if kind.state_bytes]
    halved = [kind for kind in demand(NEMOTRON, mamba_ssm_dtype="bfloat16").pool.kinds if kind.state_bytes]

    assert sum(kind.layers * kind.state_bytes for kind in layers) / MIB == pytest.approx(137, abs=0.5)
    assert halved[0].state_bytes < 0.55 * layers[0].state_bytes


def demand(model_id: str, **changes: Any) -> Any:
    """Give what the sequences of an entry need."""
    deployment = served(model_id, tensor_parallel_size=1, **changes)
    return demand_of(deployment, profiled_batch(deployment))


@pytest.mark.parametrize(
    ("model_id", "chosen", "element"),
    [
        pytest.param(SPARSE, "auto", 4, id="as config.json asks"),
        pytest.param(SPARSE, "bfloat16", 2, id="as set"),
        pytest.param("ibm-granite/granite-4.0-h-tiny", "auto", 2, id="as the model computes"),
        pytest.param("ibm-granite/granite-4.0-h-tiny", "float32", 4, id="as set, too"),
    ],
)
def test_the_type_of_a_state(model_id: str, chosen: str, element: int) -> None:
    """`mamba_ssm_dtype`, the family's own, or that of the model."""
    assert state_element(served(model_id, mamba_ssm_dtype=chosen)) == element


def test_tokens_are_counted_by_groups_before_0_20_2(model: Make, inference: Make) -> None:
    """As if no layer had a window: blocks of a group, in tokens."""
    entry = model("gemma-3-12b")
    old, new = (
        vllm_capacity(deploy(entry, inference(entry, engine_version=version)), 12 * GIB)
        for version in ("0.20.0", "0.20.2")
    )

    assert old.blocks == new.blocks
    assert old.tokens == new.blocks // 6 * 16
    assert new.tokens == int(new.concurrency * 8192)


def test_a_pool_below_one_block_holds_nothing(model: Make, inference: Make) -> None:
    """Nor does one of a negative size, or of a network that caches nothing."""
    entry = model()
    nothing = model(layers=[{"count": 32, "mixer": "none", "feed_forward": "dense"}])
    pools = (
        vllm_capacity(deploy(entry, inference(entry)), 1000),
        vllm_capacity(deploy(entry, inference(entry)), -5 * GIB),
        vllm_capacity(deploy(nothing, inference(nothing)), 5 * GIB),
    )

    assert [(pool.tokens, pool.concurrency, pool.blocks) for pool in pools] == [(0, 0, 0)] * 3
    assert [pool.pool_bytes for pool in pools] == [1000, 0, 5 * GIB]


def test_states_bound_the_sequences_that_run_at_once(model: Make, inference: Make) -> None:
    """As many as have place for all of their states; plain caches have no such bound."""
    hybrid, entry = served(SPARSE), model()
    states = demand_of(hybrid, profiled_batch(hybrid)).need.states
    found = vllm_capacity(hybrid, 6 * GIB)

    assert found.blocks
    assert found.most_sequences == found.blocks // states
    assert vllm_capacity(deploy(entry, inference(entry)), 6 * GIB).most_sequences is None
