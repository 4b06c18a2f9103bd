"""Inventories from files: those of ours, and captured output of cluster managers."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from model_garden_registry.errors import HardwareFileError, RegistryReadError
from model_garden_registry.files.reading import LARGEST_REGISTRY_BYTES, read_bytes
from model_garden_registry.hardware.inventory.documents import DEFAULT_POOL, parse_inventory
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.inventories import Inventory
from model_garden_registry.hardware.inventory.merging import merged, node_of_snapshot, snapshot_inventory
from model_garden_registry.hardware.inventory.reading import Manager, manager_of, read_captured
from model_garden_registry.hardware.snapshots import FORMAT as SNAPSHOT
from model_garden_registry.hardware.snapshots import parse_hardware
from model_garden_registry.units import MIB

#: The path that means standard input.
STDIN = Path("-")
#: YAML is read slowly: a larger file is to be JSON.
_LARGEST_YAML_BYTES = 4 * MIB
#: Python's own way of writing a list of nodes; a longer text is to be JSON.
_LARGEST_PYTHON_BYTES = 2 * MIB
#: The rest of a text behind a syntax error, if the text was cut there: blanks, or part of a word or a number.
_CUT = re.compile(r"\s*[\w.+-]{0,30}\s*")
#: What JSON begins with.
_JSON = ("{", "[")


def read_inventory(path: Path) -> Inventory:
    """
    Read an inventory, ``mgr.inventory/1``.

    Args:
        path: The file; ``-`` for standard input.

    Raises:
        InventoryError: It cannot be read, or is no inventory; says where.
    """
    text = _text(path)
    try:
        return _parsed(_json(text))
    except InventoryError as error:
        raise _with_hint(error, text).in_file(path) from None


def read_cluster(manager: Manager, path: Path) -> Inventory:
    """
    Read what a cluster manager printed: JSON, YAML (extra ``yaml``), or the text of ``scontrol`` and of Python.

    Args:
        manager: Whose output it is.

        path: The file; ``-`` for standard input.

    Raises:
        InventoryError: It cannot be read, or is not that output; says where.

        MissingExtraError: It is YAML and PyYAML is not installed.
    """
    text = _text(path)
    try:
        return read_captured(manager, _captured(manager, text))
    except InventoryError as error:
        raise error.in_file(path) from None


def merge_inventories(paths: Iterable[Path], *, pool: str = DEFAULT_POOL) -> Inventory:
    """
    Return the inventories and hardware snapshots of files as one inventory.

    The snapshot of a node is in a file with the node's name: ``dgx01.json``. If several files know a node, its own
    snapshot counts, else what is exact, else the last.

    Args:
        pool: The pool of nodes that only a snapshot knows.

    Raises:
        InventoryError: A file cannot be read, or is neither.
    """
    return merged([_part(path, pool) for path in paths])


def _part(path: Path, pool: str) -> Inventory:
    text = _text(path)
    try:
        value = _json(text)
        if not (isinstance(value, dict) and value.get("format") == SNAPSHOT):
            return _parsed(value)
        return snapshot_inventory([node_of_snapshot(path.stem, parse_hardware(value), pool=pool)])
    except InventoryError as error:
        raise _with_hint(error, text).in_file(path) from None
    except HardwareFileError as error:
        raise InventoryError(f"{error.expected}, found {error.found}", where=error.where, path=path) from None


def _parsed(value: object) -> Inventory:
    """Return an inventory; the error for output of a cluster manager says how one is made of it."""
    try:
        return parse_inventory(value)
    except InventoryError as error:
        other = None if isinstance(value, dict) and "format" in value else manager_of(value)
        if other is None:
            raise
        problem = f"{error.problem}; first make an inventory: mgr inventory from {other}"
        raise InventoryError(problem, where=error.where) from None


def _with_hint(error: InventoryError, text: str) -> InventoryError:
    """Return the error for a text of scontrol, with how an inventory is made of it."""
    if not text.lstrip().startswith("NodeName="):
        return error
    return InventoryError("this is the output of scontrol; first make an inventory: mgr inventory from slurm")


def _text(path: Path) -> str:
    """Return the text of a file, or of standard input, within bounds."""
    if path == STDIN:
        content = sys.stdin.buffer.read(LARGEST_REGISTRY_BYTES + 1)
        if len(content) > LARGEST_REGISTRY_BYTES:
            raise InventoryError(f"is larger than {LARGEST_REGISTRY_BYTES // MIB} MiB", path=path)
    else:
        try:
            content = read_bytes(path, LARGEST_REGISTRY_BYTES)
        except RegistryReadError as error:
            raise InventoryError(error.problem, path=path) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InventoryError("is not UTF-8", line=line, path=path) from None
    if not text.strip():
        raise InventoryError("is empty", path=path)
    return text


def _captured(manager: Manager, text: str) -> object:
    """Return the plain values of a text; the text itself if it is that of ``scontrol``."""
    start = text.lstrip()[:1]
    if manager == "slurm" and start not in _JSON:
        return text
    if start not in _JSON:
        return _yaml(text)
    try:
        return _json(text)
    except InventoryError as error:
        if manager == "ray" and "'" in text:
            return _python(text, error)
        raise


def _json(text: str) -> object:
    """
    Return the value of a JSON text.

    Raises:
        InventoryError: It is none, has a key twice in an object, or is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        is_cut = _CUT.fullmatch(text, error.pos) is not None or error.msg.startswith("Unterminated string")
        problem = "it is truncated" if is_cut else f"it is not JSON ({error.msg[:1].lower()}{error.msg[1:]})"
        raise InventoryError(problem, line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise InventoryError("is nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key in times if times[key] > 1)
        raise InventoryError(f"the key {twice[:60]!r} is there twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise InventoryError(f"{name} is no number of JSON")


def _integer(digits: str) -> int:
    if len(digits) > 100:
        raise InventoryError(f"it has an integer of {len(digits)} digits")
    return int(digits)


def _yaml(text: str) -> object:
    from model_garden_registry.files.yaml_text import YamlError, parse_yaml

    if len(text) > _LARGEST_YAML_BYTES:
        raise InventoryError(f"is YAML of more than {_LARGEST_YAML_BYTES // MIB} MiB: use JSON (-o json)")
    try:
        return parse_yaml(text)
    except YamlError as error:
        raise InventoryError(error.problem, line=error.line, column=error.column) from None


def _python(text: str, error: InventoryError) -> object:
    """Return the value of a list as ``print(ray.nodes())`` writes it."""
    if len(text) > _LARGEST_PYTHON_BYTES:
        raise error
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        raise error from None
