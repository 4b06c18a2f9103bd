"""What serving with transformers needs; the measurements are in the documentation of Qwen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.serving.deployment import DEFAULT_RUNTIME, deploy
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.serving.transformers import transformers_estimate
from model_garden_registry.units import GIB

Make = Callable[..., Any]


def transformers(entry: Any, settings: Any, runtime: InferenceRuntime = DEFAULT_RUNTIME) -> MemoryEstimate:
    """Return the estimate of a process."""
    return transformers_estimate(deploy(entry, settings, runtime=runtime))


@pytest.mark.parametrize(
    ("prompt", "gibibytes"),
    [
        pytest.param(1, 28.08, id="short prompt, long answer: the cache at the end"),
        pytest.param(30720, 36.85, id="long prompt: the feed-forward layer over all of it"),
    ],
)
def test_the_peak_of_a_request(prompt: int, gibibytes: float, model: Make, inference: Make) -> None:
    """Qwen2.5-14B on an A100, 2048 new tokens, within two per cent."""
    entry = model(
        num_hidden_layers=48, hidden_size=5120, intermediate_size=13824, num_attention_heads=40, vocab_size=152064
    )
    settings = inference(entry, engine="transformers", max_model_len=32768)
    runtime = InferenceRuntime(reading="allocated", prompt_tokens=prompt, new_tokens=2048)

    estimate = transformers(entry, settings, runtime)
    assert estimate.expected_bytes / GIB == pytest.approx(gibibytes, rel=0.02)


def test_without_a_prompt_the_context_is_full(model: Make, inference: Make) -> None:
    """And the whole process counts, with its CUDA context; several requests are a batch."""
    entry = model()
    one = transformers(entry, inference(entry, engine="transformers"))
    two = transformers(entry, inference(entry, engine="transformers", concurrent=2))

    assert one.parts["kv_cache"] == 8192 * 131_072
    assert one.parts["overhead"] > GIB // 2
    assert two.parts["kv_cache"] == 2 * one.parts["kv_cache"]
    assert two.parts["activations"] == pytest.approx(2 * one.parts["activations"], abs=1)


def test_between_requests_only_weights_and_cache_are_resident(model: Make, inference: Make) -> None:
    """As `memory_allocated` says after the prompt."""
    entry = model()
    settings = inference(entry, engine="transformers")

    resident = transformers(entry, settings, InferenceRuntime(reading="resident"))
    assert resident.parts["activations"] == 0


def test_older_gptq_kernels_have_work_space(model: Make, inference: Make) -> None:
    """AutoGPTQ's."""
    entry = model(quantization=("gptq", "gptq"))
    settings = inference(entry, engine="transformers")

    new = transformers(entry, settings, InferenceRuntime())
    old = transformers(entry, settings, InferenceRuntime(uses_autogptq=True))
    assert old.parts["overhead"] > new.parts["overhead"]


def test_the_rest_may_be_upcast(model: Make, inference: Make) -> None:
    """litgpt, quantised."""
    entry = model(quantization=("4bit", "bitsandbytes"))
    settings = inference(entry, engine="transformers")

    plain = transformers(entry, settings)
    upcast = transformers(entry, settings, InferenceRuntime(upcasts_rest=True))
    assert upcast.parts["weights"] - plain.parts["weights"] == 2 * 1_050_939_392


def test_states_are_a_part_of_their_own(model: Make, inference: Make) -> None:
    """Of each request one."""
    groups = [
        {"count": 24, "mixer": "linear", "feed_forward": "dense", "num_heads": 32, "head_dim": 128, "key_heads": 16}
        | {"key_head_dim": 128, "conv_kernel": 4},
        {"count": 8, "mixer": "full", "feed_forward": "dense"},
    ]
    entry = model(layers=groups, model_type="qwen3_5_text")

    one, two = (
        transformers(entry, inference(entry, engine="transformers", concurrent=sequences)).parts["state_cache"]
        for sequences in (1, 2)
    )
    assert two == pytest.approx(2 * one, abs=1)
    assert one > 24 * 32 * 128 * 128 * 4
