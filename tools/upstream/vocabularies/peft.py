"""Keys of PEFT's ``LoraConfig``, which ``adapter_config.json`` of a LoRA adapter has, and of its other adapters."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.fields import bounded, class_fields, merged, words

__all__ = ["keys"]

_BASE, _LORA, _TYPES = "peft/config.py", "peft/tuners/lora/config.py", "peft/utils/peft_types.py"
#: Values of absent keys that our rules read.
_DEFAULTS = {
    "lora_alpha",
    "lora_dropout",
    "modules_to_save",
    "peft_type",
    "r",
    "target_modules",
    "use_dora",
    "use_rslora",
}
_LAYER = "peft/tuners/lora/layer.py"
#: The configuration takes any number; a layer that is made from it does not.
_CHECKS = (
    ("r", "minimum", 1, _LAYER, "`r` should be a positive integer value"),
    ("lora_dropout", "minimum", 0, _LAYER, "nn.Dropout(p=lora_dropout)"),
    ("lora_dropout", "maximum", 1, _LAYER, "nn.Dropout(p=lora_dropout)"),
)


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys by their names, below a folder with ``peft/``."""
    found = class_fields(root / _BASE, "PeftConfigMixin") | class_fields(root / _BASE, "PeftConfig")
    found |= class_fields(root / _LORA, "LoraConfig")
    found |= {name: key for name, key in _of_others(root).items() if name not in found}
    for name, enumeration in (("peft_type", "PeftType"), ("task_type", "TaskType")):
        found[name] = {"types": ["string"], "choices": words(root / _TYPES, enumeration)}
    found["peft_type"]["default"] = None
    for name, key in found.items():
        if name not in _DEFAULTS:
            key.pop("default", None)
    bounded(found, root, _CHECKS)
    return found


def _of_others(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of all other kinds of adapters."""
    files = sorted((root / "peft/tuners").glob("*/config.py"))
    return merged(
        *(
            class_fields(path, node.name)
            for path in files
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef)
            and any(ast.unparse(base) in ("PeftConfig", "PromptLearningConfig", "LycorisConfig") for base in node.bases)
        ),
        class_fields(root / _BASE, "PromptLearningConfig"),
    )
