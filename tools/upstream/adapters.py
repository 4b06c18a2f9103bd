"""
Read what a serving engine does with an adapter from its unpacked wheel, without importing it.

    python -m tools.upstream.adapters vllm FOLDER

The folder is the one that holds ``vllm/`` or ``sglang/``. Works for vLLM 0.33 and SGLang 0.5.23.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tools.upstream.compare import Row

from model_garden_registry.families.tables import table
from model_garden_registry.families.versions import known_release

__all__ = ["adapter_rows", "facts"]


def facts(engine: str, root: Path) -> dict[str, Any]:
    """Return what the wheel states, under the names of the fields of ``storage/adapters.json``."""
    return _READERS[engine](root)


def adapter_rows(engine: str, version: str, root: Path) -> Iterator[Row]:
    """Compare our facts with a package; an older one than was read says others."""
    ours = table("adapters")[engine]
    if known_release(version) < known_release(ours["version"]):
        return
    for fact, theirs in facts(engine, root).items():
        yield Row(f"adapters of {engine} {version}", fact, ours[fact], theirs, ours["version"], ours[fact] == theirs)


def _vllm(root: Path) -> dict[str, Any]:
    package = root / "vllm"
    helper = (package / "lora" / "peft_helper.py").read_text(encoding="utf-8")
    return {
        "saved_modules": _compared(ast.parse(helper), "m"),
        "passes_over_saved": False if "Unsupported modules_to_save" in helper else None,
        "scales_by_root": "alpha / math.sqrt(rank)" in helper,
        "takes_dora": "does not yet support DoRA" not in helper,
        "passes_over_towers": "enable_tower_connector_lora: bool = False" in _text(package / "config" / "lora.py"),
        "targets": None,
        "own_targets": [],
        "without_adapters": sorted(set(_vllm_without(package))),
    }


def _sglang(root: Path) -> dict[str, Any]:
    lora = root / "sglang" / "srt" / "lora"
    manager, config, weights = (_text(lora / name) for name in ("lora_manager.py", "lora_config.py", "lora.py"))
    reads_saved = "modules_to_save" in manager + config + weights
    return {
        "saved_modules": [],
        "passes_over_saved": None if reads_saved else True,
        "scales_by_root": "rslora" in manager + config + weights,
        "takes_dora": "doesn't support DoRA adapters" not in manager,
        "passes_over_towers": None if "tower" in manager else True,
        "targets": _compared(ast.parse(_text(lora / "utils.py")), "module_name"),
        "own_targets": sorted(_with_method(root / "sglang" / "srt" / "models", "get_hidden_dim")),
        "without_adapters": [],
    }


#: Folders of classes for GPUs that are not NVIDIA's.
_OTHERS = {"amd", "cpu", "tpu", "xpu"}
_READERS = {"vllm": _vllm, "sglang": _sglang}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _compared(tree: ast.AST, name: str) -> list[str]:
    """Return the words that a variable is compared with, sorted."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == name:
            constants = (
                part for right in node.comparators for part in ast.walk(right) if isinstance(part, ast.Constant)
            )
            found |= {part.value for part in constants if isinstance(part.value, str)}
    return sorted(found)


def _vllm_without(package: Path) -> Iterator[str]:
    """Yield the architectures of vLLM's registry whose class has no ``SupportsLoRA``."""
    models = package / "model_executor" / "models"
    bases = _bases(models) | _bases(package / "models")
    for node in ast.walk(ast.parse(_text(models / "registry.py"))):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            if isinstance(value, ast.Tuple) and isinstance(key, ast.Constant) and len(value.elts) == 2:
                ancestors = _ancestors(ast.literal_eval(value)[1], bases)
                if len(ancestors) > 1 and "SupportsLoRA" not in ancestors:
                    yield ast.literal_eval(key)


def _with_method(models: Path, name: str) -> Iterator[str]:
    """Yield the classes of models that have a method, their own or of a class that they extend."""
    having = {
        node.name
        for path in models.rglob("*.py")
        for node in ast.walk(ast.parse(_text(path)))
        if isinstance(node, ast.ClassDef) and any(isinstance(p, ast.FunctionDef) and p.name == name for p in node.body)
    }
    bases = _bases(models)
    yield from (cls for cls in bases if "For" in cls and _ancestors(cls, bases) & having)


def _bases(models: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in models.rglob("*.py"):
        if _OTHERS & set(path.parts):
            continue
        for node in ast.walk(ast.parse(_text(path))):
            if isinstance(node, ast.ClassDef):
                names = [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
                found.setdefault(node.name, []).extend(names)
    return found


def _ancestors(name: str, bases: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current not in seen:
            seen.add(current)
            pending += bases.get(current, [])
    return seen


#: What compares the facts of each engine, for the tools that are asked.
ROWS = {engine: partial(adapter_rows, engine) for engine in _READERS}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts(sys.argv[1], Path(sys.argv[2])), indent=1) + "\n")
