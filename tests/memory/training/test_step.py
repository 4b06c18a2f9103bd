"""What one training step is, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.network.shape import shape_of
from model_garden_registry.memory.training.runtime import TrainingRuntime
from model_garden_registry.memory.training.step import Step, step_of

Make = Callable[..., Any]

#: A loop that does nothing by itself.
PLAIN = TrainingRuntime()


def step(entry: Any, settings: Any, runtime: TrainingRuntime = PLAIN) -> Step:
    """Return the step of an entry, by default of a loop that does nothing by itself."""
    return step_of(entry, shape_of(entry), settings, runtime)


def test_a_step_has_the_tokens_of_its_whole_batch(model: Make, training: Make) -> None:
    """Three sequences of 512."""
    entry = model()

    assert step(entry, training(entry, batch_size=3, max_seq_length=512)).tokens == 1536


def test_both_answers_of_a_pair_are_sequences_of_a_step_unless_they_are_packed(model: Make, training: Make) -> None:
    """Packed, a batch has the tokens of its length, whatever stands in it."""
    entry = model()
    tokens = [
        step(entry, training(entry, algorithm="dpo", batch_size=3, max_seq_length=512, packing=packing)).tokens
        for packing in (False, True)
    ]

    assert tokens == [3072, 1536]


@pytest.mark.parametrize(
    ("method", "quantization", "double", "name"),
    [
        pytest.param("full", None, False, "half", id="all weights: in half precision"),
        pytest.param("full", ("4bit", "bitsandbytes"), False, "half", id="all weights: never quantised"),
        pytest.param("lora", None, False, "half", id="LoRA: as published"),
        pytest.param("lora", ("awq", "awq"), False, "awq-int4", id="LoRA on quantised weights"),
        pytest.param("lora", ("fp8", "fp8"), False, "half", id="a format without a backward pass: unpacked"),
        pytest.param("qlora", None, False, "nf4", id="QLoRA: quantised while loading"),
        pytest.param("qlora", None, True, "nf4-dq", id="its scales too"),
        pytest.param("qlora", ("4bit", "bitsandbytes"), False, "nf4-dq", id="QLoRA: as published"),
        pytest.param("qlora", ("mxfp4", "mxfp4"), False, "nf4", id="unpacked, then quantised anew"),
    ],
)
def test_how_base_weights_are_loaded(
    method: str, quantization: tuple[str, str] | None, double: bool, name: str, model: Make, training: Make
) -> None:
    """By method and entry; what is not in half precision must be unpacked."""
    entry = model(quantization=quantization)
    found = step(entry, training(entry, method=method), TrainingRuntime(double_quantizes=double))

    assert (found.weight_format, found.is_quantized) == (name, name != "half")


@pytest.mark.parametrize(
    ("method", "upcasts", "autocasts", "bytes_each"),
    [
        pytest.param("lora", False, False, (2, 2), id="half precision"),
        pytest.param("lora", True, False, (2, 2), id="nothing is quantised, so nothing is prepared"),
        pytest.param("qlora", False, False, (2, 2), id="QLoRA"),
        pytest.param("qlora", True, False, (4, 4), id="QLoRA, prepared by PEFT"),
        pytest.param("qlora", True, True, (4, 2), id="under autocast attention stays in half precision"),
    ],
)
def test_what_is_not_quantised_may_be_float32(
    method: str, upcasts: bool, autocasts: bool, bytes_each: tuple[int, int], model: Make, training: Make
) -> None:
    """Residual stream and attention: bytes of an element."""
    entry = model()
    runtime = TrainingRuntime(upcasts_rest=upcasts, autocasts=autocasts)
    found = step(entry, training(entry, method=method), runtime)

    assert (found.stream, found.attention_bytes) == bytes_each


@pytest.mark.parametrize(
    ("dtype", "method", "size"),
    [
        pytest.param("bfloat16", "lora", 16, id="bfloat16"),
        pytest.param("float16", "lora", 14, id="float16: one gradient in half precision"),
        pytest.param("float16", "qlora", 16, id="quantised weights compute in bfloat16"),
    ],
)
def test_bytes_of_a_score_of_eager_attention(dtype: str, method: str, size: int, model: Make, training: Make) -> None:
    """At its peak."""
    entry = model(dtype=dtype)

    assert step(entry, training(entry, method=method)).peak_score_bytes == size


@pytest.mark.parametrize(
    ("attention", "repeats", "expected"),
    [("sdpa", False, (False, False)), ("sdpa", True, (False, True)), ("eager", False, (True, True))],
)
def test_eager_attention_copies_keys_for_each_head(
    attention: str, repeats: bool, expected: tuple[bool, bool], model: Make, training: Make
) -> None:
    """As do models whose code does so with any kernel."""
    entry = model()
    found = step(entry, training(entry, attn_implementation=attention), TrainingRuntime(repeats_heads=repeats))

    assert (found.is_eager, found.repeats_heads) == expected


@pytest.mark.parametrize(
    ("changes", "adapter_bytes", "drops_out"),
    [({}, 4, False), ({"adapter_dtype": "bfloat16"}, 2, False), ({"lora_config.lora_dropout": 0.1}, 4, True)],
)
def test_adapters_are_as_the_settings_say(
    changes: dict[str, Any], adapter_bytes: int, drops_out: bool, model: Make, training: Make
) -> None:
    """TRL trains them in float32, unless another type is set."""
    entry = model()
    found = step(entry, training(entry, method="lora", **changes))

    assert (found.adapter_bytes, found.drops_out) == (adapter_bytes, drops_out)
    assert found.adapted is not None


@pytest.mark.parametrize(("parts", "tokens"), [(1, 1000), (2, 500), (3, 334)])
def test_gpus_may_divide_each_sequence(parts: int, tokens: int, model: Make, training: Make) -> None:
    """The longest part counts."""
    entry = model()
    settings = training(entry, max_seq_length=1000, n_gpus=parts, context_parallel_size=parts)

    assert step(entry, settings).sequence == tokens


def test_all_weights_are_trained_without_an_adapter(model: Make, training: Make) -> None:
    """So that nothing is adapted."""
    entry = model()

    assert step(entry, training(entry, method="full")).adapted is None


@pytest.mark.parametrize(
    ("algorithm", "sequences"), [("sft", 3), ("kto", 3), ("grpo", 3), ("dpo", 6), ("orpo", 6), ("reward", 6)]
)
def test_pairs_of_answers_are_two_sequences(algorithm: str, sequences: int, model: Make, training: Make) -> None:
    """In one pass."""
    entry = model()

    assert step(entry, training(entry, batch_size=3, algorithm=algorithm, stack="trl")).batch == sequences


@pytest.mark.parametrize(
    ("changes", "runtime", "reached"),
    [
        pytest.param({"method": "qlora"}, {"leaves_fused_experts": True}, (2, 0), id="layers only"),
        pytest.param(
            {"method": "qlora"}, {"leaves_fused_experts": True, "expert_bytes": 4}, (4, 0), id="prepared: in float32"
        ),
        pytest.param(
            {"method": "qlora", "expert_quantization": True},
            {"leaves_fused_experts": True, "unpacked_expert_matrices": 3},
            (None, 3),
            id="all, unpacked together",
        ),
        pytest.param({"method": "qlora"}, {}, (None, 0), id="a transformers whose experts are layers"),
        pytest.param({"method": "lora"}, {"leaves_fused_experts": True}, (None, 0), id="nothing is quantised"),
        pytest.param(
            {"method": "lora", "base_quantization": "8bit"}, {"leaves_fused_experts": True}, (2, 0), id="8 bits"
        ),
    ],
)
def test_experts_that_are_one_tensor_may_be_passed_over(
    changes: dict[str, Any], runtime: dict[str, Any], reached: tuple[int | None, int], model: Make, training: Make
) -> None:
    """Bytes of their weights, and what is unpacked of them."""
    entry = model("qwen3-30b-a3b")
    settings = training(entry, **{"expert_quantization": False, **changes})
    found = step(entry, settings, TrainingRuntime(**runtime))

    assert (found.expert_bytes, found.unpacked_matrices) == reached


def test_experts_that_are_layers_are_quantised_like_all(model: Make, training: Make) -> None:
    """In a family that keeps none as one tensor."""
    entry = model("qwen3-30b-a3b", model_type="no family that is known")
    found = step(entry, training(entry, method="qlora"), TrainingRuntime(leaves_fused_experts=True))

    assert (found.expert_bytes, found.unpacked_matrices) == (None, 0)


@pytest.mark.parametrize(
    ("changes", "reference", "head"),
    [
        ({"method": "full", "algorithm": "dpo"}, True, True),
        ({"method": "lora", "algorithm": "dpo"}, False, True),
        ({"method": "full", "algorithm": "reward"}, False, False),
    ],
)
def test_what_an_algorithm_has_of_models(
    changes: dict[str, Any],
    reference: bool,
    head: bool,
    model: Make,
    training: Make,
) -> None:
    """A second one to compare with, and a head."""
    entry = model()
    found = step(entry, training(entry, **changes), TrainingRuntime(references=("dpo",)))

    assert (found.has_reference, found.has_head) == (reference, head)
