"""Keys of SkyPilot's task files and names of its accelerators, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["accelerators", "keys"]

_SCHEMAS = "sky/utils/schemas.py"
#: Group of a task file → the function that returns its JSON schema.
_GROUPS = {"": "get_task_schema", "resources": "get_resources_schema", "service": "get_service_schema"}
#: What one schema takes over of another.
_SPREAD = {"single_resources_schema": "_get_single_resources_schema"}
#: Where the package names accelerators; all others stand in its catalogues, which it downloads.
_NAMES = (
    ("sky/catalog/__init__.py", "get_common_gpus"),
    ("sky/catalog/data_fetchers/fetch_lambda_cloud.py", "GPU_TO_MEMORY"),
    ("sky/catalog/data_fetchers/fetch_runpod.py", "DEFAULT_GPU_INFO"),
    ("sky/provision/cudo/cudo_utils.py", "cudo_gpu_mem"),
    ("sky/provision/runpod/utils.py", "GPU_NAME_MAP"),
    ("sky/utils/gpu_names.py", "CANONICAL_GPU_NAMES"),
)


def keys(root: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of a task file by their names, below a folder with ``sky/``."""
    tree = ast.parse((root / _SCHEMAS).read_text(encoding="utf-8"))
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    constants = {name: node.value for node in tree.body if isinstance(node, ast.Assign) and (name := _name_of(node))}
    return {
        f"{group}.{name}" if group else name: {"types": _types(schema, constants)}
        for group, function in _GROUPS.items()
        for name, schema in _properties(functions, function)
        if not name.startswith("_")
    }


def accelerators(root: Path) -> dict[str, list[int]]:
    """Return the names of accelerators that the package states, none with a size in GB."""
    found: set[str] = set()
    for path, name in _NAMES:
        for node in ast.walk(ast.parse((root / path).read_text(encoding="utf-8"))):
            if _name_of(node) == name:
                found |= set(_literal(node))
    return {name: [] for name in sorted(found)}


def _properties(functions: dict[str, ast.FunctionDef], name: str) -> Iterator[tuple[str, ast.expr]]:
    returned = next(node.value for node in ast.walk(functions[name]) if isinstance(node, ast.Return))
    properties = _item(returned, "properties")
    assert isinstance(properties, ast.Dict)
    for key, value in zip(properties.keys, properties.values, strict=True):
        if isinstance(key, ast.Constant):
            yield str(key.value), value
        elif isinstance(value, ast.Name) and value.id in _SPREAD:
            yield from _properties(functions, _SPREAD[value.id])


def _types(schema: ast.expr, constants: Mapping[str, ast.expr]) -> list[str]:
    if isinstance(schema, ast.Name):
        return _types(constants[schema.id], constants)
    stated = _item(schema, "type")
    if stated is not None:
        words = ast.literal_eval(stated)
        return sorted({words} if isinstance(words, str) else {*words} - {"null"})
    either = next((found for word in ("anyOf", "oneOf") if (found := _item(schema, word)) is not None), None)
    if isinstance(either, ast.List):
        return sorted({found for part in either.elts for found in _types(part, constants)} - {"null"})
    return ["object"]  # a schema that a function gives


def _item(node: ast.expr | None, name: str) -> ast.expr | None:
    if not isinstance(node, ast.Dict):
        return None
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for key, value in pairs if isinstance(key, ast.Constant) and key.value == name), None)


def _name_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.FunctionDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else None


def _literal(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        node = next(part for part in node.body if isinstance(part, ast.Return))
    return [str(name) for name in ast.literal_eval(getattr(node, "value", node))]
