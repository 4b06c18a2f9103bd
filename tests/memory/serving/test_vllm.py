"""What vLLM needs, and what share of a GPU it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.vllm import (
    activation_bytes,
    graphs_beside_share,
    outside_torch_bytes,
    utilization,
    vllm_estimate,
)
from model_garden_registry.memory.serving.vllm_batch import profiled_batch
from model_garden_registry.units import GIB

Make = Callable[..., Any]

#: An H100 as the driver reports it.
H100 = round(79.19 * GIB)


def profiled(entry: Any, settings: Any) -> float:
    """Return the activations of the batch that vLLM profiles on an unknown GPU."""
    deployment = deploy(entry, settings)
    return activation_bytes(deployment, profiled_batch(deployment))


@pytest.mark.parametrize(
    ("name", "parallel", "version", "gibibytes"),
    [
        pytest.param("llama-3.1-8b", 1, None, 1.89, id="sampler (log: 1.89)"),
        pytest.param("llama-3.1-8b", 4, "0.19.0", 1.89, id="which is whole on every GPU (log: 1.89)"),
        pytest.param("llama-3.1-8b", 1, "0.11.0", 4.76, id="before 0.17 (log: 4.76)"),
        pytest.param("qwen3-30b-a3b", 1, None, 2.68, id="experts come on top (log: 2.68)"),
    ],
)
def test_activations_agree_with_start_up_logs(
    name: str, parallel: int, version: str | None, gibibytes: float, model: Make, inference: Make
) -> None:
    """Within six per cent of what vLLM printed on an H100."""
    entry = model(name)
    release = {"engine_version": version} if version else {}
    activations = profiled(entry, inference(entry, tensor_parallel_size=parallel, **release))

    assert activations / GIB == pytest.approx(gibibytes, rel=0.06)


def test_a_wide_feed_forward_layer_can_be_more_than_the_sampler(model: Make, inference: Make) -> None:
    """Few sequences, many tokens: the layer's three tensors and four residual streams, divided among GPUs."""
    entry = model()

    one, two = (profiled(entry, inference(entry, max_num_seqs=1, tensor_parallel_size=parallel)) for parallel in (1, 2))
    assert one == 8192 * 2 * (3 * 14336 + 4 * 4096)
    assert two == 8192 * 2 * (3 * 14336 / 2 + 4 * 4096)


def test_a_vision_tower_is_profiled_too(model: Make, inference: Make) -> None:
    """By a constant."""
    plain, seeing = model("gemma-3-12b", vision=None), model("gemma-3-12b")

    one, other = (profiled(entry, inference(entry)) for entry in (plain, seeing))
    assert other - one == pytest.approx(CALIBRATED.vision_profile_bytes)


def test_outside_of_torch_several_gpus_take_more(model: Make, inference: Make) -> None:
    """NCCL's buffers, which are larger where a switch adds for all of them, or where that is not known."""
    entry = model()
    one, two = (inference(entry, tensor_parallel_size=gpus) for gpus in (1, 2))
    hopper, ampere = GpuMemory(H100, capability=(9, 0)), GpuMemory(H100, capability=(8, 0))

    assert outside_torch_bytes(deploy(entry, one)) == CALIBRATED.non_torch_bytes
    assert [outside_torch_bytes(deploy(entry, two, gpu_total_bytes=gpu)) for gpu in (None, H100, hopper, ampere)] == [
        *[CALIBRATED.non_torch_parallel_bytes] * 3,
        CALIBRATED.non_torch_unswitched_bytes,
    ]


@pytest.mark.parametrize(
    ("name", "changes", "talks"),
    [
        pytest.param("llama-3.1-8b", {"pipeline_parallel_size": 2}, True, id="stages of a pipeline"),
        pytest.param("qwen3-30b-a3b", {"data_parallel_size": 2}, True, id="copies that divide their experts"),
        pytest.param("llama-3.1-8b", {"data_parallel_size": 2}, False, id="copies that have all they need"),
        pytest.param("qwen3-30b-a3b", {}, False, id="one GPU"),
    ],
)
def test_gpus_that_exchange_something_have_nccl(
    name: str, changes: dict[str, int], *, talks: bool, model: Make, inference: Make
) -> None:
    """However they divide the work."""
    entry = model(name)
    expected = CALIBRATED.non_torch_parallel_bytes if talks else CALIBRATED.non_torch_bytes

    assert outside_torch_bytes(deploy(entry, inference(entry, **changes))) == expected


def test_before_0_20_graphs_are_beside_the_share(model: Make, inference: Make) -> None:
    """Since then they are within it: a part of what must fit."""
    entry = model()
    old, new, eager = (
        inference(entry, **changes)
        for changes in ({"engine_version": "0.19.0"}, {"engine_version": "0.20.0"}, {"enforce_eager": True})
    )
    graphs = graphs_beside_share(entry, old)

    assert graphs / GIB == pytest.approx(0.91, abs=0.17)  # a log
    assert (graphs_beside_share(entry, new), graphs_beside_share(entry, eager)) == (0, 0)
    overheads = [vllm_estimate(deploy(entry, settings)).parts["overhead"] for settings in (old, new, eager)]
    assert overheads[1] - overheads[0] == pytest.approx(graphs, abs=1)
    assert overheads[2] == overheads[0]


def test_graphs_need_the_shape(model: Make, inference: Make) -> None:
    """Their size is not guessed."""
    entry = model(vocab_size=None)

    with pytest.raises(MissingShapeError, match="vocab_size"):
        graphs_beside_share(entry, inference(entry, engine_version="0.19.0"))


def test_a_tower_that_is_left_out_is_not_profiled(model: Make, inference: Make) -> None:
    """Nor are its weights loaded, nor images encoded."""
    entry = model("qwen2.5-vl-7b")
    whole, text = (
        vllm_estimate(deploy(entry, inference(entry, images_per_prompt=8, language_model_only=alone)))
        for alone in (False, True)
    )

    assert whole.parts["weights"] - text.parts["weights"] == 2 * 676_550_144
    assert text.parts["activations"] < whole.parts["activations"]


def test_a_cache_of_a_size_that_is_set_is_there_whole(model: Make, inference: Make) -> None:
    """Whatever the share says, and however little a sequence needs of it."""
    entry = model()
    settings = inference(entry, kv_cache_memory_gb=10, gpu_memory_utilization=0.5)
    found = vllm_estimate(deploy(entry, settings, gpu_total_bytes=H100))

    assert found.cache_bytes == 10_000_000_000
    assert found.cache
    assert found.cache.pool_bytes == 10_000_000_000


def test_the_larger_of_images_and_batch_is_the_peak(model: Make, inference: Make) -> None:
    """Eight stock images of Qwen2.5-VL are more than the batch that is profiled, one is less."""
    entry = model("qwen2.5-vl-7b")
    one, many = (deploy(entry, inference(entry, images_per_prompt=images)) for images in (1, 8))

    assert vllm_estimate(one).parts["activations"] == round(activation_bytes(one, profiled_batch(one)))
    assert vllm_estimate(many).parts["activations"] == many.encoder


@pytest.mark.parametrize(
    ("name", "quantization", "changes", "tokens"),
    [
        pytest.param("llama-3.1-8b", None, {}, 476_000, id="bfloat16"),
        pytest.param("llama-3.1-8b", None, {"kv_cache_dtype": "fp8"}, 952_032, id="cache in 8 bits"),
        pytest.param("llama-3.1-8b", None, {"tensor_parallel_size": 4}, 2_209_792, id="four GPUs"),
        pytest.param("llama-3.1-8b", ("w4a16", "compressed-tensors"), {}, 554_704, id="4-bit weights"),
        pytest.param("llama-3.1-8b", None, {"quantization": "fp8"}, 529_248, id="quantised while loading"),
        pytest.param("llama-3.1-8b", None, {"dtype": "float32"}, 175_296, id="float32"),
        pytest.param("qwen3-30b-a3b", None, {}, 168_288, id="experts"),
    ],
)
def test_the_tokens_of_a_cache(
    name: str, quantization: tuple[str, str] | None, changes: dict[str, Any], tokens: int, model: Make, inference: Make
) -> None:
    """Within a hundredth of vLLM's start-up logs on an H100 at 95 %."""
    entry = model(name, quantization=quantization)
    settings = inference(entry, gpu_memory_utilization=0.95, engine_version="0.19.0", **changes)

    assert held(entry, settings, H100) == pytest.approx(tokens, rel=0.01)


def held(entry: Any, settings: Any, gpu: int) -> int:
    """Give the tokens that the cache of a GPU holds."""
    cache = vllm_estimate(deploy(entry, settings, gpu_total_bytes=gpu)).cache
    assert cache
    return cache.tokens


def test_nothing_is_left_for_the_cache_of_a_model_that_does_not_fit(model: Make, inference: Make) -> None:
    """Not a negative number of tokens."""
    entry = model()

    assert held(entry, inference(entry), 8 * GIB) == 0


def test_a_network_that_caches_nothing_has_no_tokens_in_a_cache(model: Make, inference: Make) -> None:
    """There is nothing to divide the rest of the memory by."""
    entry = model(layers=[{"count": 32, "mixer": "none", "feed_forward": "dense"}])

    assert held(entry, inference(entry), H100) == 0


@pytest.mark.parametrize(
    ("stated", "gpu", "graphs", "share"),
    [
        pytest.param(0.85, 80 * GIB, 0, 0.85, id="as set"),
        pytest.param(0.0, 80 * GIB, 0, 0.26, id="automatic: the least into which it fits safely"),
        pytest.param(0.0, 20 * GIB, 0, 0.95, id="at most 95 %"),
        pytest.param(0.0, 20 * GIB, GIB, 0.90, id="less the graphs"),
        pytest.param(0.0, GIB, 2 * GIB, 0.0, id="graphs alone are too much"),
    ],
)
def test_the_share_that_vllm_may_take(
    stated: float, gpu: int, graphs: int, share: float, model: Make, inference: Make
) -> None:
    """In hundredths."""
    entry = model()
    settings = inference(entry, gpu_memory_utilization=stated)
    estimate = replace(vllm_estimate(deploy(entry, settings)), parts={"weights": round(19.5 * GIB)})

    assert utilization(estimate, settings, gpu_total_bytes=gpu, graph_bytes=graphs) == share
