"""Sizes, formats and models by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from model_garden_registry.authoring.facts import ModelFacts
from model_garden_registry.authoring.wording.naming import (
    format_in_words,
    name_for_people,
    parameters_in_words,
    size_in_words,
)
from model_garden_registry.entries.requirements import Quantization

MakeFacts = Callable[..., ModelFacts]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        pytest.param(8_030_261_248, "8.03B", id="billions"),
        pytest.param(999_885_952, "1B", id="a billion, nearly"),
        pytest.param(596_049_920, "596M", id="millions"),
        pytest.param(1_026_408_232_448, "1.03T", id="a thousand billions"),
        pytest.param(14_500, "14K", id="thousands"),
    ],
)
def test_sizes_have_three_digits(parameters: int, words: str) -> None:
    """As the format's pattern allows."""
    assert size_in_words(parameters) == words


def test_a_mixture_says_what_works_on_a_token(facts_with: MakeFacts, mixture: ModelFacts) -> None:
    """Whole and active parameters; of a dense model there is only one number."""
    assert (parameters_in_words(mixture), parameters_in_words(facts_with())) == ("30.5B-A3.35B", "8.03B")


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        pytest.param("Qwen/Qwen3-30B-A3B-Instruct-2507", "Qwen3-30B-A3B-Instruct-2507", id="dashes, as most write"),
        pytest.param("google/gemma-3-1b-it", "Gemma 3 1B IT", id="words"),
        pytest.param("zai-org/glm-4-9b-chat-hf", "GLM-4-9B-Chat", id="small letters"),
        pytest.param("CohereLabs/c4ai-command-r7b-12-2024", "C4AI Command R7B 12-2024", id="a month and a year"),
        pytest.param("CohereLabs/c4ai-command-r-plus-08-2024", "C4AI Command R Plus 08-2024", id="a letter"),
        pytest.param("OpenGVLab/InternVL3_5-8B", "InternVL3.5-8B", id="a point that addresses may not have"),
        pytest.param("nvidia/Llama-3_3-Nemotron-Super-49B-v1_5", "Llama 3.3 Nemotron Super 49B v1.5", id="two of them"),
        pytest.param("nvidia/Nano_Big-BF16", "Nano Big", id="what every model has is left out"),
        pytest.param("meta-llama/Llama-2-7b-chat-hf", "Llama 2 7B Chat", id="a layout that has no name"),
        pytest.param("google/gemma-3n-E4B-it", "Gemma 3n E4B IT", id="a version with a letter"),
        pytest.param("ibm-granite/granite-3.0-1b-a400m-base", "Granite 3.0 1B A400M Base", id="a size at work"),
        pytest.param("mistralai/Mixtral-8x7B-Instruct-v0.1", "Mixtral 8x7B Instruct v0.1", id="a number of experts"),
        pytest.param("openai/gpt-oss-20b", "gpt-oss-20b", id="an exception"),
        pytest.param("microsoft/Phi-4-mini-instruct", "Phi-4-mini-instruct", id="another"),
        pytest.param("model-7b", "Model-7B", id="no organisation"),
    ],
)
def test_names_are_what_makers_write(model_id: str, name: str, facts_with: MakeFacts) -> None:
    """Readable, and found again by whoever knows the id."""
    assert name_for_people(facts_with(model_id=model_id)) == name


def test_a_copy_is_named_after_its_original(facts_with: MakeFacts) -> None:
    """With the number format behind."""
    copy = facts_with(model_id="x/y", original=facts_with(), quantization=Quantization(method="fp8", type="fp8"))

    assert name_for_people(copy) == "Model-8B (FP8)"


@pytest.mark.parametrize(
    ("method", "kind", "words"),
    [
        pytest.param("8bit", "gptq", "GPTQ 8-bit", id="gptq with eight bits"),
        pytest.param("8bit", "bitsandbytes", "8-bit", id="bitsandbytes with eight bits"),
        pytest.param("w4a16", "compressed-tensors", "W4A16", id="compressed tensors"),
        pytest.param("4bit", "bitsandbytes-dynamic", "dynamic 4-bit", id="some layers left as they are"),
        pytest.param("nvfp4", "modelopt", "NVFP4, ModelOpt", id="by ModelOpt"),
        pytest.param(None, None, "BF16", id="unpacked"),
    ],
)
def test_formats_have_names(method: str | None, kind: str | None, words: str) -> None:
    """As people call them."""
    assert format_in_words(Quantization.model_validate({"method": method, "type": kind})) == words
