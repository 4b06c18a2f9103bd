"""The estimate for serving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mixed_networks import GROUPS, Group, network, owls, uniform, with_network

from model_garden_registry.errors import MissingShapeError
from model_garden_registry.memory.estimates import PARTS
from model_garden_registry.memory.serving.serving_estimate import estimate_inference
from model_garden_registry.units import GIB

Make = Callable[..., Any]

#: An H100 as the driver reports it.
H100 = round(79.19 * GIB)


def test_vllm_counts_what_must_fit_into_its_share(model: Make, inference: Make) -> None:
    """Llama-3.1-8B on an H100: start-up log 14.99 + 1.89 + 0.25 GiB and 0.91 of graphs; 8192 tokens are 1 GiB."""
    entry = model()
    estimate = estimate_inference(entry, inference(entry), gpu_total_bytes=H100)

    parts = {name: round(size / GIB, 1) for name, size in estimate.parts.items() if size}
    assert parts == {"weights": 15.0, "activations": 1.9, "kv_cache": 1.0, "overhead": 1.1}
    assert (estimate.task, estimate.is_coarse, estimate.margin) == ("inference", False, 0.05)
    assert "1 sequence of 8192 tokens in the cache" in estimate.assumptions


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

    with pytest.raises(MissingShapeError, match="vocab_size"):
        estimate_inference(entry, settings)


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


#: Deployments of all kinds, on GPUs of any size.
SETTINGS = st.fixed_dictionaries(
    {
        "engine": ENGINES,
        "max_model_len": st.integers(128, 20_000),
        "concurrent": st.integers(1, 8),
        "tensor_parallel_size": st.sampled_from([1, 2, 4]),
        "kv_cache_dtype": st.sampled_from(["auto", "fp8"]),
        "dtype": st.sampled_from(["auto", "float32"]),
    }
)
GPUS = st.none() | st.integers(8 * GIB, 200 * GIB)


@given(told=uniform(), settings=SETTINGS, gpu=GPUS)
def test_groups_that_repeat_the_sums_change_nothing(
    told: tuple[dict[str, Any], list[Group]], settings: dict[str, Any], gpu: int | None, model: Make, inference: Make
) -> None:
    """Window, dense layers and experts may be told in either way: to the byte, whoever serves it."""
    stated, listed = told
    with owls():
        plain, grouped = (
            estimate_inference(entry, inference(entry, **settings), gpu_total_bytes=gpu)
            for entry in (with_network(model(), stated), with_network(model(), {**stated, "layers": listed}))
        )

    assert plain == grouped


@given(listed=GROUPS, settings=SETTINGS, gpu=GPUS, data=st.data())
def test_the_order_of_groups_changes_nothing(
    listed: list[Group],
    settings: dict[str, Any],
    gpu: int | None,
    data: st.DataObject,
    model: Make,
    inference: Make,
) -> None:
    """Where in the network layers of a kind stand is not asked."""
    with owls():
        one, other = (
            estimate_inference(entry, inference(entry, **settings), gpu_total_bytes=gpu)
            for entry in (
                network(model(), listed),
                network(model(), data.draw(st.permutations(listed), label="order")),
            )
        )

    assert one == other


#: SGLang gives such layers a cache all the same: tests/memory/serving/sglang/test_pools.py.
SHARING = SETTINGS.filter(lambda settings: settings["engine"] != "sglang")


@given(listed=GROUPS, settings=SHARING)
def test_layers_that_share_a_cache_take_none(
    listed: list[Group], settings: dict[str, Any], model: Make, inference: Make
) -> None:
    """A network of nothing else has weights, and no cache."""
    sharing = [{**group, "shares_cache": True} for group in listed]
    with owls():
        entry = network(model(), sharing)
        estimate = estimate_inference(entry, inference(entry, **settings))

    assert estimate.parts["kv_cache"] == 0
    assert estimate.parts["weights"] > 0
