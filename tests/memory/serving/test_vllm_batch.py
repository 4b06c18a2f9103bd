"""What vLLM runs at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.vllm_batch import Batch, captured_sizes, graph_bytes, profiled_batch
from model_garden_registry.units import GIB

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("changes", "gpu", "batch"),
    [
        pytest.param({}, None, Batch(1024, 8192), id="unknown GPU: as a large one"),
        pytest.param({}, 80 * 10**9, Batch(1024, 8192), id="large"),
        pytest.param({}, 24 * 10**9, Batch(256, 2048), id="small"),
        pytest.param({}, GpuMemory(80 * GIB, name="NVIDIA A100-SXM4-80GB"), Batch(256, 2048), id="an exception"),
        pytest.param({"max_num_seqs": 8, "max_num_batched_tokens": 4096}, None, Batch(8, 4096), id="as set"),
        pytest.param({"max_num_batched_tokens": 512}, None, Batch(512, 512), id="no more sequences than tokens"),
        pytest.param({"engine_version": "0.6.0"}, None, Batch(256, 8192), id="as long as a sequence, before 0.8"),
        pytest.param(
            *({"engine_version": "0.7.2", "max_model_len": 32_768}, None, Batch(256, 32_768)),
            id="the longest that was not cut",
        ),
        pytest.param(
            *({"engine_version": "0.7.2", "max_model_len": 32_769}, None, Batch(256, 2048)),
            id="long prompts in chunks",
        ),
        pytest.param(
            {"engine_version": "0.7.2", "max_model_len": 65_536, "speculative_tokens": 3},
            *(None, Batch(256, 65_536)),
            id="but not with drafts",
        ),
    ],
)
def test_the_batch_that_vllm_profiles(
    changes: dict[str, Any], gpu: int | None, batch: Batch, model: Make, inference: Make
) -> None:
    """As its start-up code chooses it by the memory of the GPU."""
    entry = model()

    assert profiled_batch(deploy(entry, inference(entry, **changes), gpu_total_bytes=gpu)) == batch


@pytest.mark.parametrize(
    ("sequences", "tokens", "changes", "capability", "sizes"),
    [
        pytest.param(1024, 8192, {}, None, 51, id="to 512 (vLLM's own count)"),
        pytest.param(256, 2048, {}, (8, 0), 51, id="twice 256"),
        pytest.param(128, 2048, {}, (8, 0), 35, id="to 256"),
        pytest.param(64, 2048, {}, (8, 0), 19, id="to 128"),
        pytest.param(64, 2048, {"speculative_tokens": 3}, (8, 0), 51, id="with the drafts of each"),
        pytest.param(1, 2048, {}, (8, 0), 2, id="1 and 2"),
        pytest.param(1024, 100, {}, (8, 0), 15, id="no more than a batch has"),
        pytest.param(1024, 16384, {}, (10, 0), 83, id="to 1024 on some GPUs"),
        pytest.param(1024, 16384, {"engine_version": "0.27.0"}, (10, 0), 51, id="since 0.28"),
    ],
)
def test_the_sizes_that_are_captured(
    sequences: int,
    tokens: int,
    changes: dict[str, Any],
    capability: tuple[int, int] | None,
    sizes: int,
    model: Make,
    inference: Make,
) -> None:
    """1, 2, 4, multiples of 8 below 256, then of 16."""
    entry = model()
    deployment = deploy(entry, inference(entry, **changes), gpu_total_bytes=GpuMemory(80 * GIB, capability=capability))

    assert captured_sizes(deployment, Batch(sequences, tokens)) == sizes


@pytest.mark.parametrize(
    ("name", "gibibytes"),
    [
        pytest.param("llama-3.1-8b", 0.91, id="dense (log: 0.91)"),
        pytest.param("qwen3-30b-a3b", 1.41, id="experts (log: 1.41)"),
    ],
)
def test_graphs_agree_with_start_up_logs(name: str, gibibytes: float, model: Make, inference: Make) -> None:
    """Within a sixth of a GiB; eager execution has none, few sizes take little."""
    entry = model(name)
    deployment, eager = (deploy(entry, inference(entry, enforce_eager=eager)) for eager in (False, True))

    assert graph_bytes(deployment, Batch(1024, 8192)) / GIB == pytest.approx(gibibytes, abs=0.17)
    assert graph_bytes(deployment, Batch(1, 8192)) < 0.1 * GIB
    assert graph_bytes(eager, Batch(1024, 8192)) == 0
