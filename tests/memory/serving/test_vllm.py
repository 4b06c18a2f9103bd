"""What vLLM needs, and what share of a GPU it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.constants import CALIBRATED
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.vllm import (
    activation_bytes,
    graph_bytes,
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
    """NCCL's buffers."""
    entry = model()
    one, two = (deploy(entry, inference(entry, tensor_parallel_size=gpus)) for gpus in (1, 2))

    assert outside_torch_bytes(one) == CALIBRATED.non_torch_bytes
    assert outside_torch_bytes(two) == CALIBRATED.non_torch_parallel_bytes


@pytest.mark.parametrize(
    ("name", "gibibytes"),
    [
        pytest.param("llama-3.1-8b", 0.91, id="dense (log: 0.91)"),
        pytest.param("qwen3-30b-a3b", 1.41, id="experts (log: 1.41)"),
    ],
)
def test_graphs_agree_with_start_up_logs(name: str, gibibytes: float, model: Make, inference: Make) -> None:
    """Within a sixth of a GiB."""
    entry = model(name)

    assert graph_bytes(entry, inference(entry)) / GIB == pytest.approx(gibibytes, abs=0.17)


def test_graphs_need_the_shape(model: Make, inference: Make) -> None:
    """Their size is not guessed."""
    entry = model(vocab_size=None)

    with pytest.raises(MissingShapeError, match="vocab_size"):
        graph_bytes(entry, inference(entry))


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


def test_eager_execution_has_no_graphs(model: Make, inference: Make) -> None:
    """They are counted beside the share, where there are any."""
    entry = model()

    assert graph_bytes(entry, inference(entry)) > GIB // 2
    assert graph_bytes(entry, inference(entry, enforce_eager=True)) == 0
