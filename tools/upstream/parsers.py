"""
Read which parsers of tool calls and of reasoning a serving engine has from its unpacked wheel, without importing it.

Names that SGLang's options take are part of its vocabulary; here stand what it reads for those that are deprecated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.upstream.compare import Row

from model_garden_registry.dialects.serving.sglang_parsers import DEPRECATED_TOOL_PARSERS
from model_garden_registry.dialects.vocabulary import vocabulary
from model_garden_registry.families.versions import known_release

__all__ = ["sglang_rows", "vllm_parsers"]

#: Where vLLM registers parsers, by our setting.
_REGISTERED = {
    "tool_call_parser": ("vllm/tool_parsers/__init__.py", "_TOOL_PARSERS_TO_REGISTER"),
    "reasoning_parser": ("vllm/reasoning/__init__.py", "_REASONING_PARSERS_TO_REGISTER"),
}
_DEPRECATED = ("sglang/srt/arg_groups/serving_hook.py", "deprecated_tool_call_parsers")


def vllm_parsers(root: Path) -> dict[str, Any]:
    """Return the parsers of an unpacked vLLM, under the name of the field of ``storage/engines.json``."""
    return {"parsers": {setting: sorted(_assigned(root / file, name)) for setting, (file, name) in _REGISTERED.items()}}


def sglang_rows(version: str, root: Path) -> Iterator[Row]:
    """Compare the deprecated names of SGLang's parsers; an older release than was read has other ones."""
    read = vocabulary("sglang").version
    if known_release(version) >= known_release(read):
        file, name = _DEPRECATED
        ours, theirs = dict(DEPRECATED_TOOL_PARSERS), _assigned(root / file, name)
        yield Row(f"parsers of SGLang {version}", "deprecated", ours, theirs, read, ours == theirs)


def _assigned(path: Path, name: str) -> Mapping[str, Any]:
    """Return the mapping that is assigned to a name; empty where none is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                assigned: Mapping[str, Any] = ast.literal_eval(value)
                return assigned
    return {}
