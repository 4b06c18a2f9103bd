"""SGLang's names of the parsers that vLLM has."""

from __future__ import annotations

from model_garden_registry.dialects.serving.sglang_parsers import (
    DEPRECATED_TOOL_PARSERS,
    FURTHER_TOOL_PARSERS,
    REASONING_PARSERS,
    TOOL_PARSERS,
)
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.families.engines import engine_of


def test_every_name_is_one_of_vllms() -> None:
    """By the table that is read from its package."""
    parsers = engine_of("vllm").parsers

    assert {*TOOL_PARSERS, *FURTHER_TOOL_PARSERS.values()} <= {*parsers["tool_call_parser"]}
    assert {*REASONING_PARSERS} <= {*parsers["reasoning_parser"]}


def test_every_name_beside_it_is_one_of_sglangs() -> None:
    """By the choices of its options; none that is deprecated is written."""
    keys = vocabulary("sglang").keys
    tools, reasoning = (set(keys[name].choices) for name in ("tool_call_parser", "reasoning_parser"))

    assert {*TOOL_PARSERS.values(), *FURTHER_TOOL_PARSERS, *DEPRECATED_TOOL_PARSERS.values()} <= tools
    assert {*REASONING_PARSERS.values()} <= reasoning
    assert {*DEPRECATED_TOOL_PARSERS}.isdisjoint(TOOL_PARSERS.values())


def test_names_that_differ_are_those_of_sglang() -> None:
    """Dashes where vLLM has underscores, and shorter ones."""
    assert (TOOL_PARSERS["openai"], TOOL_PARSERS["llama3_json"]) == ("gpt-oss", "llama3")
    assert (REASONING_PARSERS["deepseek_r1"], REASONING_PARSERS["glm47"]) == ("deepseek-r1", "glm45")
