"""What a serving engine needs beside weights and cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.serving.engines import (
    Batch,
    sglang_reserve_bytes,
    vllm_activation_bytes,
    vllm_batch,
    vllm_graph_bytes,
    vllm_outside_torch_bytes,
)
from model_garden_registry.units import GIB, MIB

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("changes", "gpu", "batch"),
    [
        pytest.param({}, None, Batch(1024, 8192), id="unknown GPU: as a large one"),
        pytest.param({}, 80 * 10**9, Batch(1024, 8192), id="large"),
        pytest.param({}, 24 * 10**9, Batch(256, 2048), id="small"),
        pytest.param({"max_num_seqs": 8, "max_num_batched_tokens": 4096}, None, Batch(8, 4096), id="as set"),
        pytest.param({"max_num_batched_tokens": 512}, None, Batch(512, 512), id="no more sequences than tokens"),
    ],
)
def test_the_batch_that_vllm_profiles(
    changes: dict[str, Any], gpu: int | None, batch: Batch, model: Make, inference: Make
) -> None:
    """As its start-up code chooses it by the memory of the GPU."""
    assert vllm_batch(inference(model(), **changes), gpu) == batch


@pytest.mark.parametrize(
    ("name", "parallel", "version", "gibibytes"),
    [
        pytest.param("llama-3.1-8b", 1, None, 1.89, id="sampler (log: 1.89)"),
        pytest.param("llama-3.1-8b", 4, (0, 19), 1.89, id="which is whole on every GPU (log: 1.89)"),
        pytest.param("llama-3.1-8b", 1, (0, 11), 4.76, id="before 0.17 (log: 4.76)"),
        pytest.param("qwen3-30b-a3b", 1, None, 2.68, id="experts come on top (log: 2.68)"),
    ],
)
def test_activations_agree_with_start_up_logs(
    name: str, parallel: int, version: tuple[int, int] | None, gibibytes: float, model: Make
) -> None:
    """Within six per cent of what vLLM printed on an H100."""
    batch = Batch(1024, 8192)
    activations = vllm_activation_bytes(
        shape_of(model(name)), batch, CALIBRATED, compute_bytes=2, parallel=parallel, version=version
    )

    assert activations / GIB == pytest.approx(gibibytes, rel=0.06)


def test_a_wide_feed_forward_layer_can_be_more_than_the_sampler(model: Make) -> None:
    """Few sequences, many tokens: the layer's three tensors and four residual streams, divided among GPUs."""
    shape, batch = shape_of(model()), Batch(1, 8192)

    one, two = (
        vllm_activation_bytes(shape, batch, CALIBRATED, compute_bytes=2, parallel=parallel) for parallel in (1, 2)
    )
    assert one == 8192 * 2 * (3 * 14336 + 4 * 4096)
    assert two == 8192 * 2 * (3 * 14336 / 2 + 4 * 4096)


def test_a_vision_tower_is_profiled_too(model: Make) -> None:
    """By a constant."""
    plain, seeing = model("gemma-3-12b", vision=None), model("gemma-3-12b")
    batch = Batch(1024, 8192)

    one, other = (
        vllm_activation_bytes(shape_of(entry), batch, CALIBRATED, compute_bytes=2) for entry in (plain, seeing)
    )
    assert other - one == pytest.approx(CALIBRATED.vision_profile_bytes)


def test_outside_of_torch_several_gpus_hold_more() -> None:
    """NCCL's buffers."""
    assert vllm_outside_torch_bytes(CALIBRATED, parallel=1) == CALIBRATED.non_torch_bytes
    assert vllm_outside_torch_bytes(CALIBRATED, parallel=2) == CALIBRATED.non_torch_parallel_bytes


@pytest.mark.parametrize(
    ("name", "gibibytes"),
    [
        pytest.param("llama-3.1-8b", 0.91, id="dense (log: 0.91)"),
        pytest.param("qwen3-30b-a3b", 1.41, id="experts (log: 1.41)"),
    ],
)
def test_graphs_agree_with_start_up_logs(name: str, gibibytes: float, model: Make) -> None:
    """Within a sixth of a GiB."""
    assert vllm_graph_bytes(shape_of(model(name))) / GIB == pytest.approx(gibibytes, abs=0.17)


@pytest.mark.parametrize(
    ("changes", "gpu", "mebibytes"),
    [
        pytest.param({}, 24 * GIB, 512 + 1.5 * 2048 + 2 * 24 + 128, id="24 GiB"),
        pytest.param({"enforce_eager": True}, 24 * GIB, 512 + 1.5 * 2048 + 128, id="no graphs"),
        pytest.param({"tensor_parallel_size": 4}, 24 * GIB, 512 + 1.5 * 2048 + 2 * 80 + 512, id="four GPUs"),
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
    reserve = sglang_reserve_bytes(inference(model(), **changes), gpu)

    assert reserve == mebibytes * MIB
