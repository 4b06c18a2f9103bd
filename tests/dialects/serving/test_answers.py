"""How a server answers: sampling, parsers, code of the checkpoint."""

from __future__ import annotations

from typing import Any

import pytest
from serving_commands import TEXT, again, read, request, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.rules import UnsayableError
from model_garden_registry.dialects.serving.answers import code_rule, parser_rule, sampling_rule
from model_garden_registry.dialects.serving.sglang import SGLANG
from model_garden_registry.dialects.serving.vllm import VLLM
from model_garden_registry.findings import Severity

NOTHING = dict.fromkeys(("temperature", "top_p", "top_k", "min_p", "presence_penalty", "repetition_penalty"))


def test_sampling_is_one_mapping() -> None:
    """What is not set is the engine's own; nothing is written where all of it is."""
    rule = sampling_rule("override_generation_config")
    none = {f"sampling.{name}": None for name in NOTHING}

    assert rule.write(request(VLLM, TEXT, **none)) == {}
    assert rule.write(request(VLLM, TEXT, **none | {"sampling.top_k": 5, "sampling.min_p": 0})) == {
        "override_generation_config": {"top_k": 5, "min_p": 0}
    }


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        ("""--override-generation-config '{"temperature": 0.5, "max_new_tokens": 9}'""", {"sampling.temperature": 0.5}),
        ("--override-generation-config $X", {}),
        ("--trust-remote-code", {"trust_remote_code": True}),
        ("--tool-call-parser $X", {}),
        ("--tool-call-parser a_plugin", {"tool_call_parser": "a_plugin"}),
        ("", {}),
    ],
)
def test_options_of_vllm_are_settings(arguments: str, settings: dict[str, Any]) -> None:
    """Other parameters of a generation change nothing that we have a word for."""
    found = read(VLLM, arguments).overrides
    names = {*code_rule().settings, *sampling_rule("x").settings, "tool_call_parser", "reasoning_parser"}

    assert {name: found[name] for name in names if name in found} == settings


def test_vllm_uses_a_parser_of_tool_calls_where_it_may_choose() -> None:
    """And refuses to choose without one."""
    written = words(VLLM, tool_call_parser="hermes")

    assert (written["tool_call_parser"], written["enable_auto_tool_choice"]) == ("hermes", True)
    assert said(read(VLLM, "--enable-auto-tool-choice")) == ["--enable-auto-tool-choice needs tool_call_parser"]


def test_sglang_has_names_of_its_own() -> None:
    """Read back by the first of ours that means them; what has none is said where it is asked for."""
    written = words(SGLANG, tool_call_parser="qwen3_xml", reasoning_parser="openai_gptoss")

    assert (written["tool_call_parser"], written["reasoning_parser"]) == ("qwen3_coder", "gpt-oss")
    assert read(SGLANG, "--tool-call-parser gpt-oss").overrides["tool_call_parser"] == "openai"
    assert read(SGLANG, "--tool-call-parser pythonic").overrides["tool_call_parser"] == "llama4_pythonic"
    left = said(read(SGLANG, "--tool-call-parser trinity"), Severity.WARNING)
    assert left == ["--tool-call-parser is not followed: a parser that vLLM has no name for"]
    with pytest.raises(UnsupportedExportError, match="it has no tool_call_parser olmo3"):
        words(SGLANG, tool_call_parser="olmo3")


def test_an_entrys_parser_that_an_engine_has_not_is_left_out() -> None:
    """Nobody asked for it."""
    rule = parser_rule("reasoning_parser", {"hermes": "hermes"})

    assert rule.write(request(SGLANG, TEXT)) == {}
    with pytest.raises(UnsayableError):
        rule.write(request(SGLANG, TEXT, reasoning_parser="qwen3"))


@pytest.mark.parametrize("dialect", [VLLM, SGLANG], ids=lambda dialect: dialect.name)
def test_what_is_written_is_read(dialect: Any) -> None:
    """By either engine."""
    asked = request(
        dialect,
        TEXT,
        tool_call_parser="mistral",
        reasoning_parser="deepseek_r1",
        trust_remote_code=True,
        **{"sampling.temperature": 0.25, "sampling.top_k": 7, "sampling.repetition_penalty": 1.25},
    )

    assert again(dialect, asked).as_dict() == asked.settings.as_dict()
