"""Parsers of serving engines, beside the packages that they were read from."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools.upstream.parsers import sglang_rows, vllm_parsers


def write(path: Path, text: str) -> None:
    """Write a module of a package that is unpacked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_vllm_registers_parsers_by_name(tmp_path: Path) -> None:
    """Of both kinds, sorted."""
    write(
        tmp_path / "vllm/tool_parsers/__init__.py", '_TOOL_PARSERS_TO_REGISTER = {"owl": ("a", "B"), "elk": ("c", "D")}'
    )
    write(tmp_path / "vllm/reasoning/__init__.py", "")

    assert vllm_parsers(tmp_path) == {"parsers": {"tool_call_parser": ["elk", "owl"], "reasoning_parser": []}}


@pytest.mark.parametrize(
    ("version", "deprecated", "agrees"),
    [
        ("0.5.23", {"qwen25": "qwen", "glm45": "glm"}, [True]),
        ("0.6.0", {"qwen25": "qwen"}, [False]),
        ("0.5.22", {}, []),
    ],
)
def test_sglang_has_deprecated_names(
    tmp_path: Path, version: str, deprecated: dict[str, str], agrees: list[bool]
) -> None:
    """An older release is not asked."""
    text = f"def resolve():\n    deprecated_tool_call_parsers = {deprecated}\n"
    write(tmp_path / "sglang/srt/arg_groups/serving_hook.py", text)

    assert [row.agrees for row in sglang_rows(version, tmp_path)] == agrees
