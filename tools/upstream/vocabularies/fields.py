"""Fields of classes, options of parsers and arguments of functions, read from source without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["arguments", "bounded", "class_fields", "compared", "merged", "options", "words"]

#: What a key of a vocabulary is: `types`, and maybe `choices`, `default`, `minimum`, `maximum`.
Key = dict[str, Any]

_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "list": "array", "dict": "object"}
_ALSO = {"List": "array", "Dict": "object", "tuple": "array", "Tuple": "array", "Mapping": "object"}
_ORDER = ("integer", "number", "boolean", "string", "array", "object")
_PYTHON = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
#: What stands around types.
_AROUND = {"Optional", "Union"}


def class_fields(path: Path, name: str, choices: Mapping[str, list[str]] | None = None) -> dict[str, Key]:
    """
    Return the fields of a dataclass by their names, each with a default where it is written out.

    Args:
        choices: What enumerations allow, by the name of the class.
    """
    return {
        node.target.id: _key(node.annotation, node.value, choices or {})
        for node in _body(path, name)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def words(path: Path, name: str) -> list[str]:
    """Return the values of an enumeration of words, sorted."""
    return sorted(
        node.value.value
        for node in _body(path, name)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )


def compared(path: Path, *names: str) -> list[str]:
    """Return the words that a module compares attributes or variables with, sorted."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Compare) and ast.unparse(node.left).rpartition(".")[2] in names:
            for side in node.comparators:
                values = side.elts if isinstance(side, (ast.List, ast.Tuple, ast.Set)) else [side]
                found.update(
                    one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
    return sorted(found)


def options(path: Path) -> dict[str, Key]:
    """Return the long options that a module adds to parsers, under their names with underscores."""
    found: dict[str, Key] = {}
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            given = {word.arg: word.value for word in node.keywords}
            for option in (one.value for one in node.args if isinstance(one, ast.Constant)):
                if str(option).startswith("--"):
                    found[str(option)[2:].replace("-", "_")] = _option(given)
    return found


def arguments(path: Path, *place: str) -> dict[str, Key]:
    """Return the named arguments of a function, with types by their defaults; none where that says nothing."""
    nodes: list[ast.AST] = [_tree(path)]
    for name in place:
        nodes = [node for parent in nodes for node in ast.walk(parent) if getattr(node, "name", None) == name]
    function = next(node for node in nodes if isinstance(node, ast.FunctionDef))
    given = function.args
    pairs = [
        *zip(reversed(given.args), reversed(given.defaults), strict=False),
        *((name, value) for name, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value),
    ]
    return {name.arg: _argument(value) for name, value in pairs}


def merged(*fields: Mapping[str, Key]) -> dict[str, Key]:
    """
    Return one vocabulary for several classes: the types of all, the default of the first.

    Choices are those of all, or none where one leaves them open.
    """
    found: dict[str, Key] = {}
    for name, key in ((name, key) for each in fields for name, key in each.items()):
        known = found.setdefault(name, dict(key))
        known["types"] = [one for one in _ORDER if one in {*known["types"], *key["types"]}]
        if "choices" in known and "choices" in key:
            known["choices"] = sorted({*known["choices"], *key["choices"]})
        else:
            known.pop("choices", None)
    return found


def bounded(keys: dict[str, Key], root: Path, checks: Iterable[tuple[str, str, float, str, str]]) -> None:
    """
    Add the bounds that code checks, for as long as it does.

    Args:
        checks: Each with a key, minimum or maximum, the number, a file and the text in it that checks.
    """
    for name, bound, number, file, text in checks:
        path = root / file
        if path.is_file() and text in path.read_text(encoding="utf-8"):
            keys[name][bound] = number


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _body(path: Path, name: str) -> Iterator[ast.stmt]:
    for node in _tree(path).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            yield from node.body


def _key(annotation: ast.expr, value: ast.expr | None, choices: Mapping[str, list[str]]) -> Key:
    types, allowed = _types(annotation, choices)
    key: Key = {"types": [one for one in _ORDER if one in types]}
    given = {word.arg: word.value for word in value.keywords} if isinstance(value, ast.Call) else {"default": value}
    stated = _choices(given.get("metadata")) or allowed
    if stated:
        key["choices"] = sorted(stated)
    if (default := given.get("default")) is not None:
        _add_default(key, default)
    return key


def _types(node: ast.expr, choices: Mapping[str, list[str]]) -> tuple[set[str], list[str]]:
    """Return the JSON types of an annotation, and the words of a literal or an enumeration in it."""
    if isinstance(node, ast.BinOp):
        (left, first), (right, second) = _types(node.left, choices), _types(node.right, choices)
        return left | right, [*first, *second]
    if isinstance(node, ast.Subscript):
        return _subscript(node, choices)
    name = ast.unparse(node)
    if name in choices:
        return {"string"}, list(choices[name])
    if name == "None":
        return set(), []
    return {_TYPES.get(name) or _ALSO.get(name) or ("string" if name.endswith("Type") else "object")}, []


def _subscript(node: ast.Subscript, choices: Mapping[str, list[str]]) -> tuple[set[str], list[str]]:
    name = ast.unparse(node.value)
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "Literal":
        values = [one.value for one in inner if isinstance(one, ast.Constant)]
        # A pattern such as name_[number] is no word of a closed set.
        closed = all(isinstance(value, str) and "[" not in value for value in values)
        return {_PYTHON[type(value)] for value in values}, [str(value) for value in values] if closed else []
    if name in _AROUND:
        parts = [_types(one, choices) for one in inner]
        return set().union(*(types for types, _ in parts)), [word for _, found in parts for word in found]
    return {_TYPES.get(name) or _ALSO[name]}, []


def _choices(metadata: ast.expr | None) -> list[str]:
    """Return the choices that the metadata of a field or an option name."""
    if not isinstance(metadata, ast.Dict):
        return []
    found = (value for key, value in zip(metadata.keys, metadata.values, strict=True) if _is_choices(key))
    return next((_list(value) for value in found), [])


def _is_choices(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value == "choices"


def _list(node: ast.expr) -> list[str]:
    try:
        return [str(one) for one in ast.literal_eval(node)]
    except ValueError:
        return []


def _add_default(key: Key, node: ast.expr) -> None:
    try:
        key["default"] = ast.literal_eval(node)
    except ValueError:
        return


def _option(given: Mapping[str | None, ast.expr]) -> Key:
    action = given.get("action")
    is_flag = isinstance(action, ast.Constant) and str(action.value).startswith("store_")
    name = ast.unparse(given["type"]) if "type" in given else "str"
    key: Key = {"types": ["boolean" if is_flag else _TYPES.get(name, "string")]}
    allowed = _list(given["choices"]) if "choices" in given else []
    if allowed:
        key["choices"] = sorted(allowed)
    if "default" in given:
        _add_default(key, given["default"])
    if key.get("default") in ("true", "false"):  # a truth that the program reads itself
        key["types"] = ["boolean"]
    return key


def _argument(value: ast.expr) -> Key:
    key: Key = {"types": []}
    _add_default(key, value)
    if key.get("default") is not None:
        key["types"] = [_PYTHON[type(key["default"])]]
    return key
