"""Keys of Ray Serve LLM's models and names of its accelerators, read from Ray's source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.pydantic_fields import enum_values, fields, model_at

__all__ = ["accelerators", "keys"]

_CONFIGS = "ray.llm._internal.serve.core.configs.llm_config"
#: Group of a model → the class that reads it.
_GROUPS = {
    "": f"{_CONFIGS}.LLMConfig",
    "model_loading_config": f"{_CONFIGS}.ModelLoadingConfig",
    "lora_config": f"{_CONFIGS}.LoraConfig",
    "placement_group_config": "ray.llm._internal.common.placement.PlacementGroupConfig",
}
#: The group that an engine reads, whose keys are in its own vocabulary.
_OF_ENGINE = "engine_kwargs"
#: A name that it takes as another one.
_TAKEN_AS = "A10"


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of a model by their names, below a folder with ``ray/``."""
    found = {
        f"{group}.{name}" if group else name: facts
        for group, path in _GROUPS.items()
        for name, facts in fields(model_at(root, path)).items()
        if not name.startswith("_") and name not in {*_GROUPS, _OF_ENGINE}
    }
    found["llm_engine"]["choices"] = enum_values(root, f"{_CONFIGS}.LLMEngine")
    accelerators = re.findall(r'^\w+ = "(.+)"$', _names(root), re.MULTILINE)
    found["accelerator_type"]["choices"] = [*sorted(accelerators), _TAKEN_AS]
    return found


def accelerators(root: Path) -> dict[str, list[int]]:
    """Return the names of NVIDIA's accelerators, none with a size in GB."""
    return {name: [] for name in sorted(re.findall(r'^NVIDIA_\w+ = "(.+)"$', _names(root), re.MULTILINE))}


def _names(root: Path) -> str:
    return (root / "ray/util/accelerators/accelerators.py").read_text(encoding="utf-8")
