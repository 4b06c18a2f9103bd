"""What vLLM runs at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.vllm_batch import Batch, profiled_batch
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
    ],
)
def test_the_batch_that_vllm_profiles(
    changes: dict[str, Any], gpu: int | None, batch: Batch, model: Make, inference: Make
) -> None:
    """As its start-up code chooses it by the memory of the GPU."""
    entry = model()

    assert profiled_batch(deploy(entry, inference(entry, **changes), gpu_total_bytes=gpu)) == batch
