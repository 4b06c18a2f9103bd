"""How a server answers: sampling, parsers, code of the checkpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from serving_commands import TEXT, again, read, request, said, words

from model_garden_registry.dialects.errors import UnsupportedExportError
from model_garden_registry.dialects.rules import UnsayableError
from model_garden_registry.dialects.serving.answers import (
    code_rule,
    sampling_rule,
    translated_parser_rule,
    unknown_parsers,
)
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
        ("--enable-auto-tool-choice --tool-call-parser hermes", {"tool_call_parser": "hermes"}),
        ("--reasoning-parser qwen3", {"reasoning_parser": "qwen3"}),
        ("--reasoning-parser None", {"reasoning_parser": None}),
        ("--reasoning-parser ''", {"reasoning_parser": None}),
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
    for arguments in ("--enable-auto-tool-choice", "--enable-auto-tool-choice --tool-call-parser ''"):
        assert said(read(VLLM, arguments)) == ["--enable-auto-tool-choice needs tool_call_parser"]


def test_vllm_refuses_a_parser_that_it_has_not() -> None:
    """Near names are shown."""
    found = read(VLLM, "--enable-auto-tool-choice --tool-call-parser hermess --reasoning-parser qwen33")

    assert said(found) == [
        "--tool-call-parser 'hermess' is not a parser of vLLM 0.33.0; did you mean hermes?",
        "--reasoning-parser 'qwen33' is not a parser of vLLM 0.33.0; did you mean qwen3?",
    ]


@pytest.mark.parametrize("name", ["hermes", "hermess"])
def test_vllm_passes_over_a_parser_of_tool_calls_that_it_may_not_choose(name: str) -> None:
    """Whether it has it or not."""
    found = read(VLLM, f"--tool-call-parser {name}")

    assert said(found) == []
    assert said(found, Severity.WARNING) == ["--tool-call-parser does nothing without --enable-auto-tool-choice"]
    assert said(read(VLLM, f"--enable-auto-tool-choice=$X --tool-call-parser {name}"), Severity.WARNING) == [
        "--enable-auto-tool-choice is not known from the file: $X"
    ]


def test_a_plugin_brings_other_parsers() -> None:
    """No setting takes their names; vLLM's own are still read."""
    plugins = "--tool-parser-plugin a.py --reasoning-parser-plugin b.py --enable-auto-tool-choice"
    other = read(VLLM, f"{plugins} --tool-call-parser one --reasoning-parser two")
    own = read(VLLM, f"{plugins} --tool-call-parser hermes --reasoning-parser qwen3")

    assert said(other, Severity.WARNING) == [
        "--tool-call-parser is not followed: a parser added by --tool-parser-plugin",
        "--reasoning-parser is not followed: a parser added by --reasoning-parser-plugin",
    ]
    assert {"tool_call_parser", "reasoning_parser"}.isdisjoint(other.overrides)
    assert (own.findings, own.overrides["tool_call_parser"], own.overrides["reasoning_parser"]) == (
        (),
        "hermes",
        "qwen3",
    )


def test_an_entrys_parser_of_a_plugin_is_left_out() -> None:
    """VLLM would not start with it; a note says so."""
    asked = request(VLLM, TEXT, engine_version="0.33.0")
    own = replace(asked, settings=asked.settings.model_copy(update={"tool_call_parser": "owl"}))

    assert unknown_parsers(own) == {"tool_call_parser": "owl"}
    assert "tool_call_parser" not in VLLM.words(own)
    assert "tool_call_parser owl is left out: vLLM 0.33.0 has it only with a plug-in" in VLLM.export(own).notes


def test_parsers_of_older_releases_are_not_known() -> None:
    """They are written as they are asked for."""
    assert words(VLLM, engine_version="0.20.0", tool_call_parser="minimax")["tool_call_parser"] == "minimax"


def test_sglang_has_names_of_its_own() -> None:
    """Read back by the first of ours that means them; what has none is said where it is asked for."""
    written = words(SGLANG, tool_call_parser="qwen3_xml", reasoning_parser="openai_gptoss")

    assert (written["tool_call_parser"], written["reasoning_parser"]) == ("qwen3_coder", "gpt-oss")
    assert words(SGLANG, tool_call_parser="glm45")["tool_call_parser"] == "glm"
    assert read(SGLANG, "--tool-call-parser gpt-oss").overrides["tool_call_parser"] == "openai"
    assert read(SGLANG, "--tool-call-parser pythonic").overrides["tool_call_parser"] == "llama4_pythonic"
    left = said(read(SGLANG, "--tool-call-parser trinity"), Severity.WARNING)
    assert left == ["--tool-call-parser is not followed: a parser that vLLM has no name for"]
    with pytest.raises(UnsupportedExportError, match="it has no tool_call_parser olmo3"):
        words(SGLANG, tool_call_parser="olmo3")


def test_sglang_refuses_a_parser_that_it_has_not() -> None:
    """Near names are shown."""
    found = read(SGLANG, "a/b --tool-call-parser hermess --reasoning-parser qwen33")

    assert said(found) == [
        "--tool-call-parser 'hermess' is not one of 45 words; did you mean hermes?",
        "--reasoning-parser 'qwen33' is not one of 37 words; did you mean qwen3?",
    ]


def test_sglang_finds_out_a_parser() -> None:
    """Nothing is said of it then."""
    found = read(SGLANG, "a/b --tool-call-parser auto --reasoning-parser auto")

    assert found.findings == ()
    assert {"tool_call_parser", "reasoning_parser"}.isdisjoint(found.overrides)


@pytest.mark.parametrize(("name", "instead", "ours"), [("qwen25", "qwen", "hermes"), ("glm45", "glm", "glm45")])
def test_sglang_reads_deprecated_names(name: str, instead: str, ours: str) -> None:
    """As those that it has instead, with a warning."""
    found, plain = read(SGLANG, f"a/b --tool-call-parser {name}"), read(SGLANG, f"a/b --tool-call-parser {instead}")

    assert said(found, Severity.WARNING) == [f"--tool-call-parser {name} is deprecated: write {instead}"]
    assert found.overrides["tool_call_parser"] == plain.overrides["tool_call_parser"] == ours
    assert plain.findings == ()


def test_an_entrys_parser_that_an_engine_has_not_is_left_out() -> None:
    """Nobody asked for it."""
    rule = translated_parser_rule("reasoning_parser", {"hermes": "hermes"}, also={}, deprecated={})

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
