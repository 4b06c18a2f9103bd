"""Keys of dstack's services and tasks, and the GPUs that gpuhunt knows, read from their source."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from tools.upstream.vocabularies.pydantic_fields import fields, model_at

__all__ = ["BESIDE", "accelerators", "keys"]

#: dstack takes the names of GPUs from it.
BESIDE = ("gpuhunt",)

_MODELS = "dstack._internal.core.models"
#: Group of a file → the model that reads it.
_GROUPS = {
    "": ("configurations.ServiceConfiguration", "configurations.TaskConfiguration"),
    "resources": ("resources.ResourcesSpec",),
    "resources.gpu": ("resources.GPUSpec",),
}
#: Models that take a shorthand too, by the fields that have them: ``gpu: H100:4``, ``memory: 24GB..``.
_SHORTHANDS = {
    "env": ["array", "object"],
    "gateway": ["boolean", "object", "string"],
    "idle_duration": ["boolean", "integer", "string"],
    "max_duration": ["boolean", "integer", "string"],
    "model": ["object", "string"],
    "port": ["integer", "object", "string"],
    "replicas": ["array", "integer", "object", "string"],
    "resources.cpu": ["integer", "object", "string"],
    "resources.disk": ["integer", "number", "object", "string"],
    "resources.gpu": ["integer", "object", "string"],
    "resources.gpu.compute_capability": ["array", "number", "string"],
    "resources.gpu.count": ["integer", "object", "string"],
    "resources.gpu.memory": ["integer", "number", "object", "string"],
    "resources.gpu.name": ["array", "string"],
    "resources.gpu.total_memory": ["integer", "number", "object", "string"],
    "resources.gpu.vendor": ["string"],
    "resources.memory": ["integer", "number", "object", "string"],
    "resources.shm_size": ["integer", "number", "string"],
    "stop_duration": ["boolean", "integer", "string"],
}


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of a service or a task by their names, below a folder with ``dstack/``."""
    found: dict[str, dict[str, Any]] = {}
    for group, models in _GROUPS.items():
        for model in models:
            for name, key in fields(model_at(root, f"{_MODELS}.{model}")).items():
                path = f"{group}.{name}" if group else name
                found[path] = {"types": _SHORTHANDS.get(path, key["types"])}
    found["type"]["choices"] = ["service", "task"]
    return found


def accelerators(root: Path) -> dict[str, list[int]]:
    """Return the NVIDIA GPUs that gpuhunt knows: name → its sizes in GB, as dstack compares them."""
    tree = ast.parse((root / "gpuhunt" / "_internal" / "constraints.py").read_text(encoding="utf-8"))
    found: dict[str, list[int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "NvidiaGPUInfo":
            stated = {part.arg: ast.literal_eval(part.value) for part in node.keywords}
            found.setdefault(stated["name"], []).append(stated["memory"])
    return {name: sorted(sizes) for name, sizes in sorted(found.items())}
