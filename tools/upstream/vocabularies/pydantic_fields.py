"""Fields of pydantic models as keys of a vocabulary, read from unpacked source: nothing of the package is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Model", "enum_values", "fields", "model_at"]

#: JSON types of Python's own.
_TYPES = {
    "int": ("integer",),
    "PositiveInt": ("integer",),
    "float": ("number",),
    "bool": ("boolean",),
    "str": ("string",),
    "Path": ("string",),
    "list": ("array",),
    "List": ("array",),
    "tuple": ("array",),
    "Tuple": ("array",),
    "set": ("array",),
    "dict": ("object",),
    "Dict": ("object",),
    "Any": ("array", "boolean", "integer", "number", "object", "string"),
    "None": (),
}
#: Those of which all values are known.
_CLOSED = ("bool", "None")
_OF_VALUES = {bool: "boolean", int: "integer", float: "number", str: "string"}
#: Bounds that a field states. One that is itself not allowed has no place of its own in a vocabulary.
_BOUNDS = {"ge": "minimum", "gt": "minimum", "le": "maximum", "lt": "maximum"}


class Model(NamedTuple):
    """A class, and the root of the unpacked packages and the module where it stands."""

    root: Path
    module: str
    node: ast.ClassDef

    def bases(self) -> Iterator[Model]:
        """Yield the classes that it mixes in, as far as they are unpacked too, the last one first."""
        for base in reversed(self.node.bases):
            if found := _named(self.root, self.module, ast.unparse(base)):
                yield found


class _Accepted(NamedTuple):
    """What a type accepts: JSON types; and all values, where they are a closed set."""

    types: frozenset[str]
    values: tuple[Any, ...]
    closed: bool


def model_at(root: Path, path: str) -> Model:
    """
    Return a class by its dotted path.

    Raises:
        SystemExit: There is none.
    """
    module, _, name = path.rpartition(".")
    found = _named(root, module, name)
    if found is None:
        raise SystemExit(f"{path} is not in the unpacked packages below {root}")
    return found


def fields(model: Model) -> dict[str, dict[str, Any]]:
    """Return what each field accepts, those of mixed-in classes among them, under the name that a file writes."""
    found: dict[str, dict[str, Any]] = {}
    for base in model.bases():
        found |= fields(base)
    for node in model.node.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not _is_of_class(node):
            found[_alias(node) or node.target.id] = _facts(model, node)
    return found


def enum_values(root: Path, path: str) -> list[str]:
    """Return the values of an enumeration that are written out as text, in its order."""
    return [
        node.value.value
        for node in model_at(root, path).node.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]


def _is_of_class(node: ast.AnnAssign) -> bool:
    return ast.unparse(node.annotation).startswith("ClassVar") or ast.unparse(node.target) == "model_config"


def _facts(model: Model, node: ast.AnnAssign) -> dict[str, Any]:
    accepted = _accepted(model, node.annotation)
    facts: dict[str, Any] = {"types": sorted(accepted.types)}
    if accepted.closed and accepted.types != {"boolean"} and accepted.values:
        facts["choices"] = list(accepted.values)
    for keyword in _keywords(node.value):
        if keyword.arg in _BOUNDS and isinstance(keyword.value, ast.Constant):
            facts[_BOUNDS[keyword.arg]] = keyword.value.value
    return facts | _default(node.value)


def _default(value: ast.expr | None) -> dict[str, Any]:
    """Return the value of a field that is absent, where it is written out."""
    stated = value
    if isinstance(value, ast.Call):
        stated = next((word.value for word in value.keywords if word.arg == "default"), *(value.args[:1] or (None,)))
    try:
        return {} if stated is None else {"default": ast.literal_eval(stated)}
    except ValueError:
        return {}


def _alias(node: ast.AnnAssign) -> str:
    return next((ast.literal_eval(word.value) for word in _keywords(node.value) if word.arg == "alias"), "")


def _keywords(value: ast.expr | None) -> list[ast.keyword]:
    return value.keywords if isinstance(value, ast.Call) else []


def _accepted(model: Model, node: ast.expr) -> _Accepted:
    """Return what an annotation accepts."""
    match node:
        case ast.BinOp(left=left, right=right):
            return _either(_accepted(model, one) for one in (left, right))
        case ast.Subscript(value=ast.Name(id="Optional"), slice=one):
            return _accepted(model, one)
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=several)):
            return _either(_accepted(model, one) for one in several)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[one, *_])):
            return _accepted(model, one)._replace(closed=False)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=words):
            values = tuple(ast.literal_eval(one) for one in (words.elts if isinstance(words, ast.Tuple) else [words]))
            return _Accepted(frozenset(_OF_VALUES[type(one)] for one in values), values, closed=True)
        case ast.Subscript(value=outer):
            return _accepted(model, outer)
        case ast.Constant(value=None):
            return _Accepted(frozenset(), (), closed=True)
        case ast.Constant(value=str(text)):
            return _accepted(model, ast.parse(text, mode="eval").body)
    return _named_type(model, ast.unparse(node))


def _named_type(model: Model, name: str) -> _Accepted:
    if name in _TYPES:
        return _Accepted(frozenset(_TYPES[name]), (False, True) if name == "bool" else (), closed=name in _CLOSED)
    if alias := _assigned(_tree(model.root, model.module), name):
        return _accepted(model, alias)
    found = _named(model.root, model.module, name)
    if found is None or "Enum" not in {part for base in found.node.bases for part in ast.unparse(base).split(".")}:
        return _Accepted(frozenset({"object"}), (), closed=False)
    values = tuple(enum_values(found.root, f"{found.module}.{found.node.name}"))
    return _Accepted(frozenset({"string"}), values, closed=True)


def _either(several: Iterable[_Accepted]) -> _Accepted:
    listed = list(several)
    return _Accepted(
        frozenset().union(*(one.types for one in listed)),
        tuple(value for one in listed for value in one.values),
        all(one.closed for one in listed),
    )


def _named(root: Path, module: str, name: str) -> Model | None:
    """Return the class that a name stands for in a module, wherever it was imported from."""
    for node in ast.walk(_tree(root, module)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return Model(root, module, node)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for one in node.names:
                if (one.asname or one.name) == name:
                    return _named(root, node.module, one.name)
        if isinstance(node, ast.ImportFrom) and node.level:
            inside = ".".join([*module.split("."), "x"][: -node.level])
            for one in node.names:
                if (one.asname or one.name) == name:
                    return _named(root, f"{inside}.{node.module}" if node.module else inside, one.name)
    return None


def _assigned(tree: ast.Module, name: str) -> ast.expr | None:
    """Return what a module assigns to a name."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            return node.value
    return None


@cache
def _tree(root: Path, module: str) -> ast.Module:
    """Return the source of a module; an empty one where its package is not unpacked."""
    folder = root.joinpath(*module.split("."))
    for path in (folder.with_suffix(".py"), folder / "__init__.py"):
        if path.is_file():
            return ast.parse(path.read_text(encoding="utf-8"))
    return ast.Module([], [])
