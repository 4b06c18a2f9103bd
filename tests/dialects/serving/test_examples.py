"""Public commands of vLLM and SGLang: how many of them are explained, option by option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_garden_registry.dialects.dialect import Dialect
from model_garden_registry.dialects.serving.sglang import SGLANG
from model_garden_registry.dialects.serving.vllm import VLLM

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.parametrize(("dialect", "least"), [(VLLM, 400), (SGLANG, 100)], ids=["vllm", "sglang"])
def test_nearly_every_public_command_is_explained(dialect: Dialect, least: int) -> None:
    """What is left are options of other programs: vllm-omni, SGLang's server for diffusion, and slips."""
    commands: list[dict[str, Any]] = json.loads((EXAMPLES / f"{dialect.name}.json").read_text(encoding="utf-8"))
    known = {*dialect.vocabulary.keys, *dialect.vocabulary.retired}
    explained = [command for command in commands if known.issuperset(command["keys"])]

    assert len(commands) >= least
    assert len(explained) >= 0.95 * len(commands)


@pytest.mark.parametrize("dialect", [VLLM, SGLANG], ids=["vllm", "sglang"])
def test_every_command_says_where_it_is_from(dialect: Dialect) -> None:
    """Repository, commit and path, and nothing but names."""
    commands = json.loads((EXAMPLES / f"{dialect.name}.json").read_text(encoding="utf-8"))

    assert {tuple(command) for command in commands} == {
        ("repository", "commit", "path", "form", "model", "task", "keys")
    }
