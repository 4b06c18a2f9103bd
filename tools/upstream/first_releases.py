"""
Read which model types, numbers and formats of weights a transformers knows, and which classes a vLLM lists.

What is read stands beside ``tools/facts/first_releases.json``: a release has what was first read in it or before. What
the newest release dropped has no first release there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.first_releases import first_releases
from tools.upstream.compare import Row

from model_garden_registry.families.versions import known_release

__all__ = ["transformers_rows", "vllm_rows"]

_MODEL_TYPE = re.compile(r'^    model_type(?:: \w+)? = "([^"]+)"', re.MULTILINE)
_STRETCH = re.compile(r'^    "(\w+)": _compute', re.MULTILINE)
_LISTED = re.compile(r'^\s+"(\w+)":\s*\(', re.MULTILINE)
#: Classes of the configurations of formats, by our word. bitsandbytes was older than what it writes.
_FORMATS = {
    "awq": "AwqConfig",
    "gptq": "GPTQConfig",
    "compressed-tensors": "CompressedTensorsConfig",
    "fp8": "FineGrainedFP8Config",
    "mxfp4": "Mxfp4Config",
}


def transformers_rows(version: str, root: Path) -> Iterator[Row]:
    """Compare the first releases with what an unpacked transformers has."""
    package = root / "transformers"
    texts = {path: path.read_text(encoding="utf-8") for path in package.glob("models/**/configuration_*.py")}
    types = {name for text in texts.values() for name in _MODEL_TYPE.findall(text)}
    asked = first_releases()["transformers"]
    numbers = {
        number
        for path, text in texts.items()
        for number in asked["numbers"]
        if number.partition(".")[0] == path.parent.name and _names(text, number.partition(".")[2])
    }
    stretches = _STRETCH.findall((package / "modeling_rope_utils.py").read_text(encoding="utf-8"))
    formats = (package / "utils" / "quantization_config.py").read_text(encoding="utf-8")
    found = {
        "model_types": types,
        "numbers": numbers | {f"rope.{name}" for name in stretches},
        "formats": {name for name, config in _FORMATS.items() if f"class {config}(" in formats},
    }
    formats_asked = {name: asked["formats"][name] for name in _FORMATS}
    for kind, has in found.items():
        since = formats_asked if kind == "formats" else asked[kind]
        yield from _rows(f"{kind} of transformers {version}", version, since, has)


def _names(text: str, number: str) -> bool:
    """Return whether a configuration names a number; since release 5 some of them stand among those of positions."""
    return re.search(rf"\b{number}\b", text) is not None


def vllm_rows(version: str, root: Path) -> Iterator[Row]:
    """Compare the first releases with the classes that an unpacked vLLM lists."""
    text = (root / "vllm" / "model_executor" / "models" / "registry.py").read_text(encoding="utf-8")
    yield from _rows(f"classes of vLLM {version}", version, first_releases()["vllm"]["classes"], _LISTED.findall(text))


def _rows(subject: str, version: str, since: Mapping[str, Any], has: Iterable[str]) -> Iterator[Row]:
    found = {*has}
    for name, first in since.items():
        ours = first is not None and known_release(version) >= known_release(first)
        yield Row(subject, name, ours, name in found, first or "", ours == (name in found))
