"""The estimate for serving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimates import PARTS, UNMEASURED_BAND
from model_garden_registry.memory.serving.runtime import InferenceRuntime
from model_garden_registry.memory.serving.serving_estimate import (
    estimate_inference,
    graph_bytes,
    kv_pool_tokens,
    utilization,
)
from model_garden_registry.units import GIB

Make = Callable[..., Any]

#: An H100 as the driver reports it.
H100 = round(79.19 * GIB)


def test_vllm_counts_what_must_fit_into_its_share(model: Make, inference: Make) -> None:
    """Llama-3.1-8B on an H100: start-up log 14.99 + 1.89 + 0.25 GiB; 8192 tokens are 1 GiB."""
    entry = model()
    estimate = estimate_inference(entry, inference(entry), gpu_total_bytes=H100)

    parts = {name: round(size / GIB, 1) for name, size in estimate.parts.items() if size}
    assert parts == {"weights": 15.0, "activations": 1.9, "kv_cache": 1.0, "overhead": 0.3}
    assert (estimate.task, estimate.is_coarse, estimate.margin) == ("inference", False, 0.05)
    assert "1 sequence of 8192 tokens in the cache" in estimate.assumptions


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
def test_the_tokens_that_a_cache_holds(
    name: str, quantization: tuple[str, str] | None, changes: dict[str, Any], tokens: int, model: Make, inference: Make
) -> None:
    """Within a hundredth of vLLM's start-up logs on an H100 at 95 %."""
    entry = model(name, quantization=quantization)
    settings = inference(entry, gpu_memory_utilization=0.95, **changes)

    held = kv_pool_tokens(entry, settings, gpu_total_bytes=H100)
    assert held == pytest.approx(tokens, rel=0.01)
    assert held % 16 == 0


def test_nothing_is_left_for_the_cache_of_a_model_that_does_not_fit(model: Make, inference: Make) -> None:
    """Not a negative number of tokens."""
    entry = model()

    assert kv_pool_tokens(entry, inference(entry), gpu_total_bytes=8 * GIB) == 0


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
    estimate = replace(estimate_inference(entry, settings), parts={"weights": round(19.5 * GIB)})

    assert utilization(estimate, settings, gpu_total_bytes=gpu, graph_bytes=graphs) == share


def test_eager_execution_has_no_graphs(model: Make, inference: Make) -> None:
    """They are counted beside the share, where there are any."""
    entry = model()

    assert graph_bytes(entry, inference(entry)) > GIB // 2
    assert graph_bytes(entry, inference(entry, enforce_eager=True)) == 0


def test_sglang_is_its_own_rule(model: Make, inference: Make) -> None:
    """Weights, cache, and what it leaves free; the band says that nobody has measured it."""
    entry = model()
    estimate = estimate_inference(entry, inference(entry, engine="sglang"), gpu_total_bytes=24 * GIB)

    parts = {name: round(size / GIB, 2) for name, size in estimate.parts.items() if size}
    assert parts == {"weights": 14.96, "kv_cache": 1.0, "overhead": 3.67}
    assert estimate.error_band == UNMEASURED_BAND


class TestTransformers:
    """One request at a time, whose measurements are in the Qwen documentation."""

    @pytest.mark.parametrize(
        ("prompt", "gibibytes"),
        [
            pytest.param(1, 28.08, id="short prompt, long answer: the cache at the end"),
            pytest.param(30720, 36.85, id="long prompt: the feed-forward layer over all of it"),
        ],
    )
    def test_the_peak_of_a_request(self, prompt: int, gibibytes: float, model: Make, inference: Make) -> None:
        """Qwen2.5-14B on an A100, 2048 new tokens, within two per cent."""
        entry = model(
            num_hidden_layers=48, hidden_size=5120, intermediate_size=13824, num_attention_heads=40, vocab_size=152064
        )
        settings = inference(entry, engine="transformers", max_model_len=32768)
        runtime = InferenceRuntime(reading="allocated", prompt_tokens=prompt, new_tokens=2048)

        estimate = estimate_inference(entry, settings, runtime=runtime)
        assert estimate.expected_bytes / GIB == pytest.approx(gibibytes, rel=0.02)

    def test_without_a_prompt_the_context_is_full(self, model: Make, inference: Make) -> None:
        """And the whole process counts, with its CUDA context; several requests are a batch."""
        entry = model()
        one = estimate_inference(entry, inference(entry, engine="transformers"))
        two = estimate_inference(entry, inference(entry, engine="transformers", concurrent=2))

        assert one.parts["kv_cache"] == 8192 * 131_072
        assert one.parts["overhead"] > GIB // 2
        assert two.parts["kv_cache"] == 2 * one.parts["kv_cache"]
        assert two.parts["activations"] == pytest.approx(2 * one.parts["activations"], abs=1)

    def test_between_requests_only_weights_and_cache_are_resident(self, model: Make, inference: Make) -> None:
        """As `memory_allocated` says after the prompt."""
        entry = model()
        settings = inference(entry, engine="transformers")

        resident = estimate_inference(entry, settings, runtime=InferenceRuntime(reading="resident"))
        assert resident.parts["activations"] == 0

    def test_older_gptq_kernels_have_work_space(self, model: Make, inference: Make) -> None:
        """AutoGPTQ's."""
        entry = model(quantization=("gptq", "gptq"))
        settings = inference(entry, engine="transformers")

        new = estimate_inference(entry, settings, runtime=InferenceRuntime())
        old = estimate_inference(entry, settings, runtime=InferenceRuntime(uses_autogptq=True))
        assert old.parts["overhead"] > new.parts["overhead"]

    def test_the_rest_may_be_upcast(self, model: Make, inference: Make) -> None:
        """litgpt, quantised."""
        entry = model(quantization=("4bit", "bitsandbytes"))
        settings = inference(entry, engine="transformers")

        plain = estimate_inference(entry, settings)
        upcast = estimate_inference(entry, settings, runtime=InferenceRuntime(upcasts_rest=True))
        assert upcast.parts["weights"] - plain.parts["weights"] == 2 * 1_050_939_392


@pytest.mark.parametrize("engine", ["sglang", "transformers"])
@pytest.mark.parametrize(
    ("name", "gpus", "times"),
    [
        pytest.param("qwen2.5-vl-7b", 2, 2, id="two of four key heads"),
        pytest.param("qwen2.5-vl-7b", 28, 4, id="one at least"),
        pytest.param("deepseek-v3", 8, 1, id="a latent cache is whole"),
    ],
)
def test_key_heads_are_divided_as_far_as_they_go(
    engine: str, name: str, gpus: int, times: int, model: Make, inference: Make
) -> None:
    """By no more GPUs than there are of them."""
    entry = model(name)
    one, many = (
        estimate_inference(entry, inference(entry, engine=engine, tensor_parallel_size=count)).parts["kv_cache"]
        for count in (1, gpus)
    )

    assert many * times == one


@pytest.mark.parametrize("engine", ["vllm", "transformers"])
def test_a_large_image_can_be_the_peak(engine: str, model: Make, inference: Make) -> None:
    """Eight stock images of Qwen2.5-VL at once: 65,536 patches each."""
    entry = model("qwen2.5-vl-7b")
    one, many = (
        estimate_inference(entry, inference(entry, engine=engine, images_per_prompt=images, max_model_len=1024))
        for images in (1, 8)
    )

    assert many.parts["activations"] > one.parts["activations"]


def test_the_shape_must_be_stated(model: Make, inference: Make) -> None:
    """The exact estimate is not guessed."""
    entry = model(vocab_size=None)
    settings = inference(entry)

    for ask in (estimate_inference, graph_bytes):
        with pytest.raises(MissingShapeError, match="vocab_size"):
            ask(entry, settings)


ENGINES = st.sampled_from(["vllm", "sglang", "transformers"])


@given(
    engine=ENGINES,
    length=st.integers(128, 10**5),
    longer=st.integers(0, 10**5),
    sequences=st.integers(1, 64),
    more=st.integers(0, 64),
)
def test_more_of_it_never_takes_less(
    engine: str, length: int, longer: int, sequences: int, more: int, model: Make, inference: Make
) -> None:
    """In context and in concurrent sequences; and the parts are always all there."""
    entry = model("gemma-3-12b")
    small = estimate_inference(entry, inference(entry, engine=engine, max_model_len=length, concurrent=sequences))
    large = estimate_inference(
        entry, inference(entry, engine=engine, max_model_len=length + longer, concurrent=sequences + more)
    )

    assert small.expected_bytes <= large.expected_bytes
    assert tuple(small.parts) == PARTS


@given(engine=ENGINES, parallel=st.sampled_from([1, 2, 4, 8, 16]))
def test_more_gpus_never_hold_more_weights_each(engine: str, parallel: int, model: Make, inference: Make) -> None:
    """Tensor parallelism divides them."""
    entry = model()
    one = estimate_inference(entry, inference(entry, engine=engine))
    many = estimate_inference(entry, inference(entry, engine=engine, tensor_parallel_size=parallel))

    assert many.parts["weights"] <= one.parts["weights"]


@given(engine=ENGINES, length=st.integers(128, 10**5))
def test_a_4_bit_entry_takes_less_than_its_base(engine: str, length: int, model: Make, inference: Make) -> None:
    """At any length."""
    base, small = model(), model(quantization=("4bit", "bitsandbytes"))
    settings = inference(base, engine=engine, max_model_len=length)

    assert estimate_inference(small, settings).expected_bytes < estimate_inference(base, settings).expected_bytes
