"""In which types a training run keeps its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.holdings import holdings_of
from model_garden_registry.memory.training.precision import Precision, precision_of
from model_garden_registry.memory.training.runtime import TrainingRuntime, training_runtime
from model_garden_registry.memory.training.step import step_of
from model_garden_registry.memory.training.training_estimate import estimate_training
from model_garden_registry.units import GIB

Make = Callable[..., Any]

HALF, FLOAT = Precision(2, 2, 2, 2), Precision(4, 4, 4, 4)
ZERO = Precision(2, 2, 2, states=4, master=4)


@pytest.mark.parametrize(
    ("stack", "changes", "found"),
    [
        pytest.param("trl", {}, FLOAT._replace(stream=4), id="TRL loads float32, and trains that"),
        pytest.param("trl", {"dtype": "bfloat16"}, HALF, id="unless another type is named"),
        pytest.param("llama-factory", {}, FLOAT._replace(stream=4), id="LLaMA-Factory turns into float32"),
        pytest.param("llama-factory", {"dtype": "bfloat16"}, FLOAT._replace(stream=4), id="whatever was loaded"),
        pytest.param("llama-factory", {"master_weights": False}, HALF, id="its pure_bf16"),
        pytest.param("ms-swift", {}, HALF, id="ms-swift trains what is loaded"),
        pytest.param("ms-swift", {"dtype": "float32"}, FLOAT._replace(stream=4), id="float32 too"),
        pytest.param("axolotl", {"attn_implementation": "flash_attention_2"}, HALF, id="axolotl"),
        pytest.param("axolotl", {}, HALF._replace(stream=4), id="axolotl, with its ends in float32"),
        pytest.param("axolotl", {"loss": "fused"}, HALF, id="which cut cross-entropy leaves in half precision"),
        pytest.param("unsloth", {}, HALF, id="unsloth"),
        pytest.param("trl", {"sharding": "zero2"}, ZERO, id="DeepSpeed: half precision and a float32 copy"),
        pytest.param("llama-factory", {"sharding": "zero3"}, ZERO, id="whatever the stack does without it"),
        pytest.param("trl", {"sharding": "zero3", "master_weights": False}, HALF, id="bf16 master weights"),
        pytest.param("ms-swift", {"sharding": "fsdp"}, FLOAT, id="FSDP1: float32, gathered in half precision"),
        pytest.param("ms-swift", {"sharding": "fsdp2"}, FLOAT, id="FSDP2 too"),
        pytest.param("ms-swift", {"sharding": "fsdp2", "master_weights": False}, HALF, id="or not"),
    ],
)
def test_all_weights_are_trained(
    stack: str, changes: dict[str, Any], found: Precision, model: Make, training: Make
) -> None:
    """As each stack does, by what keeps several GPUs in step."""
    entry = model()
    settings = training(entry, stack=stack, method="full", n_gpus=2, **changes)

    assert precision_of(entry, settings, training_runtime(settings), is_quantized=False) == found


@pytest.mark.parametrize(
    ("stack", "changes", "quantized", "found"),
    [
        pytest.param("trl", {}, False, Precision(2, 4, 4, 4), id="adapters in float32"),
        pytest.param("trl", {"adapter_dtype": "bfloat16"}, False, HALF, id="or as they are set"),
        pytest.param("trl", {"dtype": "float32"}, False, FLOAT._replace(stream=4), id="the base model in float32"),
        pytest.param("trl", {"method": "qlora"}, True, Precision(4, 2, 2, 2, stream=4), id="what is not quantised"),
        pytest.param("ms-swift", {"method": "qlora"}, True, Precision(2, 4, 4, 4), id="or all as it is"),
        pytest.param("trl", {"sharding": "zero2"}, False, ZERO, id="DeepSpeed turns adapters into half precision"),
        pytest.param("trl", {"sharding": "zero3", "method": "qlora"}, True, ZERO, id="and what is not quantised"),
        pytest.param("trl", {"sharding": "fsdp2"}, False, Precision(2, 4, 4, 4), id="FSDP2 with accelerate 1.15"),
        pytest.param("llama-factory", {"sharding": "fsdp2"}, False, FLOAT, id="with 1.11: the whole model"),
        pytest.param(
            "trl",
            {"sharding": "fsdp2", "method": "qlora"},
            True,
            Precision(4, 2, 2, 2),
            id="which casts nothing of a quantised one",
        ),
    ],
)
def test_an_adapter_is_trained(
    stack: str, changes: dict[str, Any], quantized: bool, found: Precision, model: Make, training: Make
) -> None:
    """The base model is frozen."""
    entry = model()
    settings = training(entry, **{"stack": stack, "method": "lora", "n_gpus": 2, **changes})

    assert precision_of(entry, settings, training_runtime(settings), is_quantized=quantized) == found


@pytest.mark.parametrize(
    ("stack", "bytes_each"), [("ms-swift", 4), ("llama-factory", 4), ("axolotl", 2), ("unsloth", 2), ("trl", 2)]
)
def test_a_checkpoint_in_float32_stays_so_where_its_type_is_kept(
    stack: str, bytes_each: int, model: Make, training: Make
) -> None:
    """Some stacks load half precision whatever is published."""
    entry = model(dtype="float32")
    settings = training(entry, stack=stack, method="lora")

    assert precision_of(entry, settings, TrainingRuntime(), is_quantized=False).rest == bytes_each


@pytest.mark.parametrize(
    ("stack", "changes", "per_parameter"),
    [
        pytest.param("trl", {}, 16, id="TRL by id"),
        pytest.param("ms-swift", {}, 8, id="ms-swift"),
        pytest.param("llama-factory", {}, 16, id="LLaMA-Factory"),
        pytest.param("trl", {"sharding": "zero2"}, 16, id="DeepSpeed"),
        pytest.param("ms-swift", {"sharding": "fsdp2"}, 16, id="FSDP2"),
    ],
)
def test_bytes_of_a_trained_parameter(
    stack: str, changes: dict[str, Any], per_parameter: int, model: Make, training: Make
) -> None:
    """Weights, gradients and two moments; DeepSpeed has a float32 copy beside weights in half precision."""
    entry = model()
    settings = training(entry, **{"stack": stack, "method": "full", "optim": "adamw_torch_fused", **changes})
    runtime = training_runtime(settings)
    step = step_of(entry, shape_of(entry), settings, runtime)
    precision = precision_of(entry, settings, runtime, is_quantized=False)

    held = holdings_of(shape_of(entry), step, settings, runtime, precision=precision)
    assert held.weights + held.gradients + held.optimizer == per_parameter * 8_030_261_248


def test_ends_in_float32_are_kept_beside_layers_in_half_precision(model: Make, training: Make) -> None:
    """axolotl: two bytes more for each of their weights, gradients and moments."""
    entry = model()
    shape = shape_of(entry)
    plain, kept = (
        holdings_of(
            shape,
            step_of(entry, shape, settings, runtime),
            settings,
            runtime,
            precision=precision_of(entry, settings, runtime, is_quantized=False),
        )
        for settings in [training(entry, method="full", optim="adamw_torch_fused")]
        for runtime in (TrainingRuntime(), TrainingRuntime(keeps_float32_ends=True))
    )

    ends = 2 * 2 * 128256 * 4096
    assert (kept.weights - plain.weights, kept.gradients - plain.gradients) == (ends, ends)
    assert kept.optimizer - plain.optimizer == 2 * ends


@pytest.mark.parametrize(("optim", "eights"), [("adamw_8bit", True), ("adamw_torch_8bit", False)])
def test_an_8_bit_optimizer_of_bitsandbytes_keeps_embeddings_in_float32(
    optim: str, eights: bool, model: Make, training: Make
) -> None:
    """Two numbers of four bytes instead of two of about one, as transformers asks, unless a library divides."""
    entry = model()
    shape = shape_of(entry)
    own = 1 + 4 / 256
    for sharding in ("none", "zero2"):
        settings = training(entry, method="full", optim=optim, sharding=sharding)
        runtime = TrainingRuntime()
        step = step_of(entry, shape, settings, runtime)
        precision = precision_of(entry, settings, runtime, is_quantized=False)

        held = holdings_of(shape, step, settings, runtime, precision=precision)
        more = 2 * (4 - own) * 128256 * 4096 if eights and sharding == "none" else 0
        assert held.optimizer == pytest.approx(2 * own * 8_030_261_248 + more)


@pytest.mark.parametrize(("optim", "each"), [("adamw_8bit", 4), ("adamw_torch_8bit", 1 + 4 / 256)])
def test_trained_embeddings_beside_an_adapter_too(optim: str, each: float, model: Make, training: Make) -> None:
    """The head is no embedding."""
    entry = model()
    shape = shape_of(entry)
    plain, ends = (
        holdings_of(
            shape,
            step_of(entry, shape, settings, TrainingRuntime()),
            settings,
            TrainingRuntime(),
            precision=precision_of(entry, settings, TrainingRuntime(), is_quantized=False),
        )
        for trains in (False, True)
        for settings in [training(entry, method="lora", optim=optim, trains_embeddings=trains)]
    )

    assert ends.optimizer - plain.optimizer == pytest.approx(2 * (each + 1 + 4 / 256) * 128256 * 4096)


@pytest.mark.parametrize(
    ("stack", "changes", "found"),
    [
        pytest.param("unsloth", {"method": "full"}, FLOAT._replace(stream=4), id="all weights in float32"),
        pytest.param("unsloth", {"method": "lora"}, Precision(2, 4, 4, 4), id="adapters as anywhere"),
        pytest.param("ms-swift", {"method": "full"}, HALF, id="another stack: float16"),
    ],
)
def test_a_gpu_without_bfloat16(
    stack: str, changes: dict[str, Any], found: Precision, model: Make, training: Make
) -> None:
    """A T4 has compute capability 7.5; of a GPU that is not known nothing is taken for granted."""
    entry = model()
    settings = training(entry, stack=stack, **changes)

    old, other = (training_runtime(settings, GpuMemory(15 * GIB, capability=each)) for each in ((7, 5), (8, 0)))
    unknown = training_runtime(settings, GpuMemory(15 * GIB))
    assert precision_of(entry, settings, old, is_quantized=False) == found
    assert other == unknown == training_runtime(settings) != old


def test_some_families_compute_in_float32_there(model: Make, training: Make) -> None:
    """Their weights stay as they are, the residual stream does not."""
    entry = model("gemma-3-12b")
    settings = training(entry, stack="unsloth", method="qlora")
    runtime = training_runtime(settings, GpuMemory(15 * GIB, capability=(7, 5)))

    assert precision_of(entry, settings, runtime, is_quantized=True) == Precision(2, 4, 4, 4, stream=4)
    assert "the GPU has no bfloat16: float16, and float32 where the stack uses it" in (
        estimate_training(entry, settings, runtime=runtime).assumptions
    )
