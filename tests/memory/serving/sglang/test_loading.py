"""The bytes of weights on each GPU once SGLang has loaded them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry import load_registry
from model_garden_registry.entries.architecture import VisionTower
from model_garden_registry.memory.serving.deployment import deploy
from model_garden_registry.memory.serving.sglang.loading import loaded_bytes
from model_garden_registry.units import GB, GIB

Make = Callable[..., Any]

REGISTRY = load_registry()


def loaded(entry: Any, inference: Make, **changes: Any) -> float:
    """Return what SGLang loads."""
    return loaded_bytes(deploy(entry, inference(entry, engine="sglang", **changes)))


@pytest.mark.parametrize(
    ("model_id", "gpus", "gibibytes"),
    [
        # "Load weight end. mem usage=" of public start-up logs.
        pytest.param("Qwen/Qwen3-32B", 1, 61.07, id="one GPU"),
        pytest.param("Qwen/Qwen3-14B", 4, 7.08, id="four"),
        pytest.param("meta-llama/Llama-3.1-8B-Instruct", 1, 15.02, id="a small one"),
        pytest.param("Qwen/Qwen3.5-9B", 2, 8.85, id="with an image encoder"),
    ],
)
def test_what_start_up_logs_say(model_id: str, gpus: int, gibibytes: float, inference: Make) -> None:
    """Within three per cent."""
    found = loaded(REGISTRY[model_id], inference, tensor_parallel_size=gpus)

    assert found / GIB == pytest.approx(gibibytes, rel=0.03)


def test_one_gpu_has_all_weights(model: Make, inference: Make) -> None:
    """And half of them is on each of two."""
    entry = model()
    one = loaded(entry, inference)

    assert one == deploy(entry, inference(entry, engine="sglang")).weights
    assert loaded(entry, inference, tensor_parallel_size=2) == pytest.approx(one / 2)


def test_routers_are_on_every_gpu(model: Make, inference: Make) -> None:
    """They score every expert from the whole stream."""
    entry = model("mixtral-8x7b")
    one, eight = (loaded(entry, inference, tensor_parallel_size=gpus) for gpus in (1, 8))

    assert eight - one / 8 == pytest.approx(32 * 8 * 4096 * 2 * 7 / 8)


def test_what_latent_attention_has_on_every_gpu(inference: Make) -> None:
    """DeepSeek-R1 on eight GPUs: narrow queries and the latent vector whole, and the unpacking matrix once more."""
    entry = REGISTRY["deepseek-ai/DeepSeek-R1"]
    whole = 61 * 7168 * (1536 + 576) * (8 + 32 / 128**2) / 8
    router = 58 * 256 * 7168 * 2
    unpacked = 61 * 512 * 128 * (128 + 128) * 2

    eight = deploy(entry, inference(entry, engine="sglang", tensor_parallel_size=8))
    assert loaded_bytes(eight) - eight.weights == pytest.approx((whole + router) * 7 / 8 + unpacked / 8)


def test_stages_divide_layers_and_one_end_each(model: Make, inference: Make) -> None:
    """The last of three stages has eleven of 32 layers and the head."""
    entry = model()
    ends = 2 * 128256 * 4096 * 2
    layers = loaded(entry, inference) - ends

    assert loaded(entry, inference, pipeline_parallel_size=3) == pytest.approx(layers * 11 / 32 + ends / 2)


def test_some_layers_may_wait_in_main_memory(model: Make, inference: Make) -> None:
    """So many bytes of them, and never the ends."""
    entry = model()
    all_of_it, some = loaded(entry, inference), loaded(entry, inference, cpu_offload_gb=5)

    assert all_of_it - some == 5 * GB
    assert loaded(entry, inference, cpu_offload_gb=500) == pytest.approx(2 * 128256 * 4096 * 2)


def test_a_tower_may_be_left_out(model: Make, inference: Make) -> None:
    """Text only."""
    entry = model(vision=VisionTower(parameters=10**9), parameters=9 * 10**9)
    both, text = loaded(entry, inference), loaded(entry, inference, language_model_only=True)

    assert both - text == pytest.approx(2 * 10**9)


def test_layers_that_draft_are_loaded_when_they_are_asked_for(model: Make, inference: Make) -> None:
    """One that attends, with a matrix that takes two streams; a model that drafts is another matter."""
    layers = [
        {"count": 24, "mixer": "full", "feed_forward": "dense"},
        {"count": 8, "mixer": "none", "feed_forward": "dense"},
    ]
    entry = model(layers=layers, mtp_layers=1)
    plain, drafts = loaded(entry, inference), loaded(entry, inference, speculative_tokens=3)
    attention, feed_forward = 4096 * (4096 + 1024 + 1024 + 4096), 3 * 4096 * 14336

    assert drafts - plain == pytest.approx(2 * (attention + feed_forward + 2 * 4096**2))
    assert loaded(entry, inference, speculative_tokens=3, draft_model="acme/owlet") == plain


def test_a_network_without_attention_has_no_layer_that_drafts(model: Make, inference: Make) -> None:
    """Nothing is known of it."""
    entry = model(layers=[{"count": 32, "mixer": "none", "feed_forward": "dense"}])

    assert loaded(entry, inference, speculative_tokens=3) == loaded(entry, inference)


def test_only_experts_of_some_formats_are_quantised(model: Make, inference: Make) -> None:
    """A layer that drafts keeps its attention in half precision beside MXFP4 experts."""
    entry = model("mixtral-8x7b", quantization=("mxfp4", "mxfp4"), mtp_layers=1)
    plain, drafts = loaded(entry, inference), loaded(entry, inference, speculative_tokens=1)
    attention, experts = 4096 * (4096 + 1024 + 1024 + 4096), 8 * 3 * 4096 * 14336

    assert drafts - plain == pytest.approx(2 * attention + experts * 4.25 / 8 + 2 * 2 * 4096**2)
