"""What SGLang needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.estimates import UNMEASURED_BAND
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.sglang import reserve_bytes, sglang_estimate
from model_garden_registry.units import GIB, MIB

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("changes", "gpu", "mebibytes"),
    [
        pytest.param({}, 24 * GIB, 512 + 1.5 * 4096 + 2 * 48 + 128, id="24 GiB"),
        pytest.param({"enforce_eager": True}, 24 * GIB, 512 + 1.5 * 4096 + 128, id="no graphs"),
        pytest.param({"tensor_parallel_size": 4}, 24 * GIB, 512 + 1.5 * 4096 + 2 * 160 + 512, id="four GPUs"),
        pytest.param({"max_num_seqs": 4, "max_num_batched_tokens": 512}, 8 * GIB, 512 + 3072 + 8 + 128, id="as set"),
        pytest.param({}, 80 * GIB, 512 + 1.5 * 8192 + 2 * 256 + 128, id="80 GiB"),
        pytest.param(
            {"max_num_seqs": 8, "max_num_batched_tokens": 2048},
            80 * GIB,
            10 * 1024,
            id="ten GiB at least on a large one",
        ),
        pytest.param({}, 192 * GIB, 512 + 1.5 * 16384 + 2 * 512 + 128, id="192 GiB"),
        pytest.param({}, None, 512 + 1.5 * 8192 + 2 * 256 + 128, id="unknown: as 80 GB"),
    ],
)
def test_what_sglang_leaves_free(
    changes: dict[str, Any], gpu: int | None, mebibytes: float, model: Make, inference: Make
) -> None:
    """Its own rule."""
    entry = model()
    deployment = deploy(entry, inference(entry, engine="sglang", **changes), gpu_total_bytes=gpu)

    assert reserve_bytes(deployment) == mebibytes * MIB


def test_sglang_is_its_own_rule(model: Make, inference: Make) -> None:
    """Weights, cache, and what it leaves free; the band says that it was compared with no measurement."""
    entry = model()
    estimate = sglang_estimate(deploy(entry, inference(entry, engine="sglang"), gpu_total_bytes=24 * GIB))

    parts = {name: round(size / GIB, 2) for name, size in estimate.parts.items() if size}
    assert parts == {"weights": 14.96, "kv_cache": 1.0, "overhead": 6.72}
    assert estimate.error_band == UNMEASURED_BAND
