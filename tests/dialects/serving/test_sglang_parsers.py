"""SGLang's names of the parsers that vLLM has."""

from __future__ import annotations

from model_garden_registry.dialects.serving.sglang_parsers import REASONING_PARSERS, TOOL_PARSERS
from model_garden_registry.dialects.vocabulary import vocabulary


def test_every_name_is_one_of_vllms() -> None:
    """By the tables of its vocabulary, which are read from its package."""
    tables = vocabulary("vllm").tables

    assert set(TOOL_PARSERS) <= set(tables["tool_call_parsers"])
    assert set(REASONING_PARSERS) <= set(tables["reasoning_parsers"])


def test_names_that_differ_are_those_of_sglang() -> None:
    """Dashes where vLLM has underscores, and shorter ones."""
    assert (TOOL_PARSERS["openai"], TOOL_PARSERS["llama3_json"]) == ("gpt-oss", "llama3")
    assert (REASONING_PARSERS["deepseek_r1"], REASONING_PARSERS["glm47"]) == ("deepseek-r1", "glm45")
