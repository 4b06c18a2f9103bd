"""What makers and examples recommend for a model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.entered import read_entered
from tools.recommended import chat_templates, recommended

from model_garden_registry.families.engines import engine_of

FACTS = Path(__file__).resolve().parents[2] / "tools" / "facts"
ROWS: list[dict[str, Any]] = json.loads((FACTS / "recommended.json").read_bytes())


def model(model_id: str = "Qwen/Qwen3-8B", *, family: str = "Qwen3", kind: str = "chat") -> dict[str, Any]:
    """Return what is entered of a model."""
    return {"id": model_id, "family": family, "kind": kind}


def test_a_model_that_thinks_and_calls_tools_has_both_parsers() -> None:
    """Each with its source."""
    found = recommended(model(), reasons=True, calls_tools=True)

    assert found.serving == {
        "sampling": {"temperature": 0.6, "top_p": 0.95, "top_k": 20},
        "tool_call_parser": "hermes",
        "reasoning_parser": "qwen3",
    }
    assert set(found.sources) == {f"/inference_defaults/{key}" for key in found.serving}


@pytest.mark.parametrize(
    ("raw", "reasons", "tools", "serving"),
    [
        pytest.param(
            model(),
            None,
            None,
            {"sampling": {"temperature": 0.7, "top_p": 0.8, "top_k": 20}},
            id="of nothing it is sure",
        ),
        pytest.param(model(kind="base"), True, True, {}, id="a base model answers nobody"),
        pytest.param(model(family="Nobody's"), True, True, {}, id="a family that no row is about"),
        pytest.param(
            model("Qwen/Qwen3-Coder-Next", family="Qwen3-Next"),
            None,
            True,
            {"sampling": {"temperature": 0.7, "top_p": 0.8, "top_k": 20}, "tool_call_parser": "qwen3_coder"},
            id="a later row, for a name",
        ),
        pytest.param(
            model("Qwen/QwQ-32B-Preview", family="QwQ", kind="reasoning"),
            True,
            None,
            {"sampling": {"temperature": 0.6, "top_p": 0.95, "top_k": 40}},
            id="no row of its sibling",
        ),
    ],
)
def test_rows_are_about_families_kinds_and_names(
    raw: dict[str, Any], reasons: bool | None, tools: bool | None, serving: dict[str, Any]
) -> None:
    """The last that is about a model counts, value by value."""
    assert recommended(raw, reasons=reasons, calls_tools=tools).serving == serving


def test_a_template_is_the_models_own_or_that_of_all_its_siblings() -> None:
    """Where siblings differ, nothing is taken from them."""
    own = [model("Qwen/Qwen3-8B"), model("Qwen/Qwen3-4B-Instruct-2507"), model("Qwen/Qwen3-Owl")]
    alike = [model("google/gemma-2-2b-it", family="Gemma 2"), model("org/gemma-2-owl", family="Gemma 2")]

    assert chat_templates([*own, *alike]) == {
        "Qwen/Qwen3-8B": "qwen3",
        "Qwen/Qwen3-4B-Instruct-2507": "qwen3_nothink",
        "google/gemma-2-2b-it": "gemma2",
        "org/gemma-2-owl": "gemma2",
    }


def test_rows_are_of_families_that_there_are_with_parsers_that_vllm_has() -> None:
    """By the table of vLLM; each row has a source, with an address unless it is declared."""
    families, parsers = {raw["family"] for raw in read_entered()}, engine_of("vllm").parsers

    for row in ROWS:
        assert set(row["families"]) <= families
        assert row.get("tool_call_parser", "hermes") in parsers["tool_call_parser"]
        assert row.get("reasoning_parser", "qwen3") in parsers["reasoning_parser"]
        assert {"kind", "source", "as_of"} <= set(row["source"])
        assert ("url" in row["source"]) is (row["source"]["kind"] != "declared")
