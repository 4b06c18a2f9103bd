"""Models side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from model_garden_registry.catalogue.comparison import ComparedField, Comparison, compare, disk_bytes, quantization_text
from model_garden_registry.entries.model import ModelInfo

Make = Callable[[Mapping[str, Any]], ModelInfo]

SERVED = {"capabilities.training": False, "training_defaults": None, "architecture": None, "license": "mit"}


def fields(comparison: Comparison) -> dict[str, tuple[Any, ...]]:
    return {field.name: field.values for field in comparison.fields}


def test_every_model_says_of_every_field_what_its_entry_says(entry_with: Make) -> None:
    """A field of a task is nothing where the task is not supported; what no model states is no field."""
    comparison = compare({"a": entry_with({}), "b": entry_with(SERVED)})

    assert comparison.models == ("a", "b")
    assert fields(comparison) == {
        "category": ("text-llm", "text-llm"),
        "provider": ("org", "org"),
        "base_architecture": ("llama", "llama"),
        "parameters": ("8B", "8B"),
        "status": ("stable", "stable"),
        "license": (None, "mit"),
        "max_position_embeddings": (8192, None),
        "quantization": ("none", "none"),
        "vision": (False, False),
        "structured_outputs": (True, True),
        "training.min_vram_gb": (20, None),
        "training.recommended_vram_gb": (24, None),
        "training.min_gpus": (1, None),
        "inference.min_vram_gb": (20, 20),
        "inference.recommended_vram_gb": (24, 24),
        "inference.min_gpus": (1, 1),
        "min_ram_gb": (16, 16),
        "training_defaults.stack": ("trl", None),
        "training_defaults.method": ("lora", None),
        "training_defaults.learning_rate": (0.0002, None),
        "training_defaults.batch_size": (2, None),
        "training_defaults.gradient_accumulation_steps": (4, None),
        "training_defaults.max_seq_length": (2048, None),
        "training_defaults.r": (16, None),
        "training_defaults.lora_alpha": (16, None),
        "inference_defaults.engine": ("vllm", "vllm"),
        "inference_defaults.max_model_len": (8192, 8192),
        "inference_defaults.dtype": ("auto", "auto"),
        "inference_defaults.gpu_memory_utilization": (0.9, 0.9),
        "inference_defaults.tensor_parallel_size": (1, 1),
    }


def test_a_model_that_cannot_be_served_has_no_serving_defaults(entry_with: Make) -> None:
    """Whatever its entry says of them."""
    comparison = compare({"a": entry_with({"capabilities.inference": False})})

    assert not [field.name for field in comparison.fields if field.name.startswith("inference")]


def test_only_what_differs_is_left(entry_with: Make) -> None:
    """One model that says something else, or says nothing, is enough."""
    entries = {"a": entry_with({}), "b": entry_with({}), "c": entry_with({"status": "experimental", "gated": False})}

    assert fields(compare(entries).differing) == {
        "status": ("stable", "stable", "experimental"),
        "gated": (None, None, False),
    }


def test_the_same_model_twice_differs_in_nothing(entry_with: Make) -> None:
    """There is no field to show."""
    assert compare({"a": entry_with({}), "b": entry_with({})}).differing == Comparison(("a", "b"), ())


@pytest.mark.parametrize(("values", "differs"), [((1, 1), False), ((1, 2), True), ((1, None), True), ((1,), False)])
def test_a_field_differs_where_not_all_say_the_same(values: tuple[int | None, ...], differs: bool) -> None:
    """To say nothing is to say something else."""
    assert ComparedField("x", values).is_different is differs


SHAPE = {
    "architecture.parameters": 8_030_261_248,
    "architecture.num_hidden_layers": 32,
    "architecture.hidden_size": 4096,
    "architecture.intermediate_size": 14336,
    "architecture.num_key_value_heads": 8,
    "architecture.head_dim": 128,
    "architecture.vocab_size": 128256,
    "architecture.tie_word_embeddings": False,
}


def test_the_weights_take_two_bytes_a_parameter_on_disk(entry_with: Make) -> None:
    """In half precision; in decimal GB with two digits beside others."""
    entry = entry_with(SHAPE)

    assert disk_bytes(entry) == 2 * 8_030_261_248
    assert fields(compare({"a": entry}))["disk_gb"] == (16.06,)


def test_weights_of_unknown_shape_take_nobody_knows_what(entry_with: Make) -> None:
    """No guess is made from the size in words."""
    assert disk_bytes(entry_with({"architecture": None})) is None


@pytest.mark.parametrize(
    ("quantization", "text"),
    [
        pytest.param({"method": None, "type": None}, "none", id="none"),
        pytest.param({"method": "4bit", "type": "bitsandbytes"}, "4bit bitsandbytes", id="method and library"),
        pytest.param({"method": "fp8", "type": "fp8"}, "fp8", id="both are one word"),
    ],
)
def test_quantisation_is_named_in_words(quantization: dict[str, str | None], text: str, entry_with: Make) -> None:
    """Nothing is said twice."""
    assert quantization_text(entry_with({"quantization": quantization})) == text


def test_further_fields_stand_behind_the_others(entry_with: Make) -> None:
    """Of each model; one that none of them says anything of is left out."""
    entries = {"a": entry_with({}), "b": entry_with({})}
    compared = compare(entries, [{"on L4.training": "ok", "none": None}, {"on L4.training": "fail", "none": None}])

    assert compared.fields[-1] == ComparedField("on L4.training", ("ok", "fail"))
    assert compared.fields[:-1] == compare(entries).fields
