"""Fields of dataclasses as keys of a vocabulary, read from unpacked source: nothing of the package is imported."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Source"]

#: JSON types of Python's own.
_TYPES = {
    "int": ("integer",),
    "float": ("number",),
    "bool": ("boolean",),
    "str": ("string",),
    "list": ("array",),
    "List": ("array",),
    "dict": ("object",),
    "Dict": ("object",),
    "Any": ("array", "boolean", "integer", "number", "object", "string"),
}
_OF_VALUES = {bool: "boolean", int: "integer", float: "number", str: "string"}
#: Numbers that are written as a product: ``768 * 768``.
_ARITHMETIC = {ast.Mult: operator.mul, ast.Add: operator.add, ast.Pow: operator.pow}


class _Class(NamedTuple):
    """A class, and the file where it stands."""

    path: Path
    node: ast.ClassDef


class Source:
    """
    Unpacked packages.

    Args:
        root: The folder that they are unpacked into.

        files: Patterns of the files below it whose classes are looked at.
    """

    def __init__(self, root: Path, files: Iterable[str]) -> None:
        self._root = root
        self._trees = {
            path: ast.parse(path.read_text(encoding="utf-8"))
            for pattern in files
            for path in sorted(root.glob(pattern))
        }

    @cached_property
    def _classes(self) -> Mapping[str, list[_Class]]:
        found: dict[str, list[_Class]] = {}
        for path, tree in self._trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    found.setdefault(node.name, []).append(_Class(path, node))
        return found

    def fields(self, path: str, name: str) -> dict[str, dict[str, Any]]:
        """
        Return what each field of a dataclass accepts, those that it inherits among them.

        Args:
            path: The file below the root where the class stands.

            name: Its name.

        Raises:
            SystemExit: It is not there any more.
        """
        found = self._named(self._root / path, name)
        if found is None:
            raise SystemExit(f"{name} is not in {path} any more")
        return self._fields(found)

    def enum_values(self, name: str) -> list[str]:
        """Return the values of an enumeration, in its order."""
        return [
            str(node.value.value)
            for node in self._classes[name][0].node.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        ]

    def _fields(self, of: _Class) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for base in reversed(of.node.bases):
            if inherited := self._named(of.path, ast.unparse(base)):
                found |= self._fields(inherited)
        for node in of.node.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _is_set(node):
                found[node.target.id] = self._facts(of, node)
        for name, enum in self._turned(of.node):
            found[name]["choices"] = self.enum_values(enum)
        return found

    def _turned(self, node: ast.ClassDef) -> Iterator[tuple[str, str]]:
        """Yield fields that a class turns into members of an enumeration, which refuses any other word."""
        for one in ast.walk(node):
            match one:
                case ast.Assign(
                    targets=[ast.Attribute(attr=name)],
                    value=ast.Call(func=ast.Name(id=enum), args=[ast.Attribute(attr=same)], keywords=[]),
                ) if name == same and enum in self._classes:
                    yield name, enum

    def _named(self, path: Path, name: str) -> _Class | None:
        """Return the class that a name stands for in a file, wherever it was imported from."""
        for found in self._classes.get(name, ()):
            if found.path == path:
                return found
        for node in ast.walk(self._trees.get(path, ast.Module([], []))):
            match node:
                case ast.Assign(targets=[ast.Name(id=assigned)], value=ast.Name(id=other)) if assigned == name:
                    found_there = self._named(path, other)
                    if found_there:
                        return found_there
                case ast.ImportFrom(module=module, level=level, names=names):
                    for one in names:
                        if (one.asname or one.name) == name:
                            package = path.relative_to(self._root).parts[0] if level else str(module).split(".")[0]
                            return self._of_package(package, one.name)
        return None

    def _of_package(self, package: str, name: str) -> _Class | None:
        return next(
            (one for one in self._classes.get(name, ()) if one.path.relative_to(self._root).parts[0] == package), None
        )

    def _facts(self, of: _Class, node: ast.AnnAssign) -> dict[str, Any]:
        types, values = self._accepted(of.path, node.annotation)
        facts: dict[str, Any] = {"types": sorted(types)}
        if choices := values or _listed(node.value):
            facts["choices"] = choices
        return facts | self._default(of, node.value)

    def _accepted(self, path: Path, node: ast.expr) -> tuple[set[str], list[Any]]:
        """Return JSON types that an annotation stands for; and all values, where they are a closed set."""
        match node:
            case ast.BinOp(left=left, right=right):
                return self._either(path, [left, right])
            case ast.Subscript(value=ast.Name(id="Optional"), slice=one):
                return self._accepted(path, one)
            case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=several)):
                return self._either(path, several)
            case ast.Subscript(value=ast.Name(id="Literal"), slice=words):
                listed = [ast.literal_eval(one) for one in (words.elts if isinstance(words, ast.Tuple) else [words])]
                values = [one for one in listed if one is not None]
                return {_OF_VALUES[type(one)] for one in values}, values
            case ast.Subscript(value=ast.Name(id="list" | "List"), slice=one):
                # One value stands for a list of it, on a command line and in what each of these tools reads.
                return {"array", *self._accepted(path, one)[0]}, []
            case ast.Subscript(value=outer):
                return self._accepted(path, outer)
            case ast.Constant(value=None):
                return set(), []
            case ast.Constant(value=str(text)):
                return self._accepted(path, ast.parse(text, mode="eval").body)
        name = ast.unparse(node)
        if name in _TYPES:
            return set(_TYPES[name]), []
        found = self._named(path, name)
        is_enum = found is not None and any("Enum" in ast.unparse(base) for base in found.node.bases)
        return ({"string"}, self.enum_values(name)) if is_enum else ({"object"}, [])

    def _either(self, path: Path, several: Iterable[ast.expr]) -> tuple[set[str], list[Any]]:
        """Join what several annotations stand for: a set is closed only where any text beside it is a member of it."""
        accepted = [self._accepted(path, one) for one in several]
        is_open = any(types and not values for types, values in accepted)
        return (
            {one for types, _ in accepted for one in types},
            [] if is_open else [one for _, values in accepted for one in values],
        )

    def _default(self, of: _Class, value: ast.expr | None) -> dict[str, Any]:
        """Return the value of a field that is absent, where it is written out."""
        stated = value
        if isinstance(value, ast.Call):
            given = {one.arg: one.value for one in value.keywords}
            factory = given.get("default_factory")
            stated = given.get("default", factory.body if isinstance(factory, ast.Lambda) else None)
        if stated is None:
            return {}
        try:
            return {"default": self._value(of, stated)}
        except ValueError:
            return {}

    def _value(self, of: _Class, node: ast.expr) -> Any:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return _ARITHMETIC[type(op)](self._value(of, left), self._value(of, right))
            case ast.Attribute(value=ast.Name(id=enum), attr=member) if found := self._named(of.path, enum):
                return _assigned(found.node, member)
            case ast.Name(id=name):
                return _assigned(of.node, name)
        return ast.literal_eval(node)


def _assigned(node: ast.ClassDef, name: str) -> Any:
    """
    Return the constant that a class assigns to a name, the last one: what stands below an ``if`` is of newer releases.

    Raises:
        ValueError: It assigns none.
    """
    found = [
        one.value.value
        for one in ast.walk(node)
        if isinstance(one, ast.Assign)
        and isinstance(one.value, ast.Constant)
        and [ast.unparse(target) for target in one.targets] == [name]
    ]
    if not found:
        raise ValueError(name)
    return found[-1]


def _listed(value: ast.expr | None) -> list[Any]:
    """Return the choices that the metadata of a field list."""
    for node in ast.walk(value) if value else ():
        if isinstance(node, ast.Dict):
            for key, listed in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "choices" and isinstance(listed, ast.List):
                    return [ast.literal_eval(one) for one in listed.elts]
    return []


def _is_set(node: ast.AnnAssign) -> bool:
    """Return whether a field is one that a caller sets."""
    if ast.unparse(node.annotation).startswith("ClassVar"):
        return False
    keywords = node.value.keywords if isinstance(node.value, ast.Call) else []
    return not any(one.arg == "init" and ast.unparse(one.value) == "False" for one in keywords)
