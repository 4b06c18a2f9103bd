"""What an estimate of a training run takes for granted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from model_garden_registry.memory.training.training_estimate import estimate_training

Make = Callable[..., Any]

VISION = {
    "hidden_size": 1152,
    "num_hidden_layers": 27,
    "patch_size": 16,
    "spatial_merge_size": 2,
    "max_pixels": 1024 * 1024,
}
BNB = ("4bit", "bitsandbytes")
ATTENTION = {"lora_config.target_modules": ["q_proj"]}


def said(model: Make, training: Make, shape: str = "llama-3.1-8b", facts: Any = None, **changes: Any) -> str:
    entry = model(shape, **(facts or {}))
    return "\n".join(estimate_training(entry, training(entry, **{"stack": "trl", **changes})).assumptions)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({}, "every sequence 2048 tokens long", id="a length"),
        pytest.param({"packing": True}, "sequences packed to 2048 tokens", id="packed"),
        pytest.param({"algorithm": "dpo"}, "two answers for each prompt of the batch, in one pass", id="DPO"),
        pytest.param({"algorithm": "kto"}, "one answer for each prompt of the batch", id="KTO"),
        pytest.param({"algorithm": "grpo"}, "batch_size counts completions", id="GRPO"),
        pytest.param({"algorithm": "reward"}, "one score for each instead of logits", id="a reward model"),
        pytest.param(
            {"algorithm": "dpo", "method": "full"}, "a second, frozen model to compare answers with", id="reference"
        ),
    ],
)
def test_what_sequences_are(changes: dict[str, Any], sentence: str, model: Make, training: Make) -> None:
    """Texts, or answers that are compared."""
    assert sentence in said(model, training, **changes)


def test_what_an_evaluation_is(model: Make, training: Make) -> None:
    """Where there is one."""
    assert "the logits of an evaluation are not gathered" in said(model, training, eval_batch_size=4)


@pytest.mark.parametrize(
    ("changes", "is_named"),
    [
        pytest.param({"method": "lora"}, True, id="an adapter"),
        pytest.param({"method": "lora", "dtype": "bfloat16"}, False, id="named"),
        pytest.param({"method": "qlora"}, False, id="what is not quantised is counted in float32"),
        pytest.param({"method": "full"}, False, id="all weights: counted as loaded"),
    ],
)
def test_where_a_type_is_taken_to_be_named(
    changes: dict[str, Any], is_named: bool, model: Make, training: Make
) -> None:
    """TRL loads float32 where nobody names a type."""
    sentences = said(model, training, stack_version="1.16.0", **changes)

    assert ("dtype is set to that of the checkpoint" in sentences) == is_named


@pytest.mark.parametrize("changes", [{}, {"algorithm": "dpo", "method": "lora"}, {"method": "full"}])
def test_what_is_not_there_is_not_named(changes: dict[str, Any], model: Make, training: Make) -> None:
    """No second model, no experts, no tower, no images."""
    sentences = said(model, training, **changes)

    assert not {"second", "experts", "tower", "images"} & set(sentences.replace(",", "").split())


@pytest.mark.parametrize(
    ("changes", "quantization", "sentences"),
    [
        pytest.param(
            {"method": "qlora", **ATTENTION},
            None,
            ["fused experts are not quantised: they stay in float32"],
            id="TRL loads what is not quantised in float32",
        ),
        pytest.param(
            {"method": "qlora", "stack": "ms-swift", **ATTENTION},
            BNB,
            [
                "fused experts are not quantised: they stay in half precision",
                "the checkpoint is assumed to have fused experts: one with singly quantised experts does not load",
            ],
            id="a checkpoint of before",
        ),
        pytest.param(
            {"method": "qlora", "expert_quantization": True, **ATTENTION},
            None,
            ["the experts of one layer are unpacked at a time"],
            id="quantised",
        ),
        pytest.param(
            {"method": "lora"},
            None,
            ["the adapted experts of one layer are copied at a time, merged with their adapters"],
            id="adapted",
        ),
    ],
)
def test_what_becomes_of_experts(
    changes: dict[str, Any], quantization: Any, sentences: list[str], model: Make, training: Make
) -> None:
    """Of Qwen3-30B-A3B."""
    found = said(model, training, "qwen3-30b-a3b", {"quantization": quantization}, **changes).split("\n")

    assert [sentence for sentence in found if "experts" in sentence] == sentences


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        pytest.param(
            {"method": "full", "trains_vision_tower": True, "image_pixels": 512 * 512},
            ["the vision tower is trained", "images of 262144 pixels: 256 tokens each"],
            id="trained, and smaller images",
        ),
        pytest.param(
            {"method": "lora", "trains_vision_tower": True},
            ["the vision tower is adapted too", "images as large as the processor allows: 1024 tokens each"],
            id="adapted, and the largest ones",
        ),
        pytest.param(
            {"method": "lora", "trains_vision_tower": False, "images_per_sample": 0},
            ["the vision tower is not trained"],
            id="frozen, and no images",
        ),
    ],
)
def test_what_becomes_of_images(changes: dict[str, Any], sentences: list[str], model: Make, training: Make) -> None:
    """And of the tower that reads them."""
    facts = {"vision": VISION}
    found = said(model, training, "qwen2.5-vl-7b", facts, **{"images_per_sample": 1, **changes}).split("\n")

    assert [sentence for sentence in found if "vision" in sentence or sentence.startswith("images")] == sentences


def test_a_tower_that_is_not_described_says_no_tokens(model: Make, training: Make) -> None:
    """Its images take as many as they take."""
    sentences = said(model, training, "qwen2.5-vl-7b", {"vision": {"parameters": 1}}, images_per_sample=1)

    assert "the vision tower is not trained" in sentences
    assert "tokens each" not in sentences


def test_what_was_never_measured_is_said(model: Make, training: Make) -> None:
    """Sequences that GPUs divide, and what waits in main memory."""
    sentence = "offload and context parallelism are counted from library source"

    assert sentence in said(model, training, n_gpus=2, context_parallel_size=2)
    assert sentence not in said(model, training, n_gpus=2, sharding="zero3")
