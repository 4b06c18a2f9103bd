"""A Pyodide distribution that the user has, checked, and what a site takes of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from model_garden_registry.errors import RegistryReadError
from model_garden_registry.files.documents import read_document
from model_garden_registry.files.reading import is_file, is_folder, read_bytes
from model_garden_registry.page.static.package_wheel import WHEEL_NAME, package_wheel
from model_garden_registry.page.static.wheels import Wheel, wheels_in
from model_garden_registry.units import MIB

#: What a browser loads to start Python, beside the list of packages; from Pyodide 314 on under these names.
_RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_LOCK = "pyodide-lock.json"
_LARGEST_BYTES = 64 * MIB
#: What the package needs to answer: the others of its requirements are for files and terminals.
_NEEDED = "pydantic"
_YAML = "pyyaml"
_PYTHON = re.compile(r"3\.([0-9]{1,3})(?:\.[0-9]+)*")
_ABI = re.compile(r"[0-9]{4}_[0-9]+")


class Pyodide(NamedTuple):
    """
    A Pyodide distribution.

    Args:
        folder: Where it is.

        info: What its list of packages says of it.

        wheels: The wheels that answering needs.

        has_yaml: Whether PyYAML is one of them.
    """

    folder: Path
    info: dict[str, Any]
    wheels: tuple[Wheel, ...]
    has_yaml: bool


def read_pyodide(folder: Path) -> Pyodide:
    """
    Return the distribution in a folder.

    Raises:
        RegistryReadError: It is no Pyodide distribution of 314 or later, or lacks a package that is needed.
    """
    if not is_folder(folder):
        raise RegistryReadError(folder, "is no folder; --pyodide names one with a Pyodide distribution")
    for name in (*_RUNTIME, _LOCK):
        if not is_file(folder / name):
            raise RegistryReadError(folder, f"is no Pyodide distribution of 314 or later: {name} is missing")
    info, python, platforms = _told(folder / _LOCK)
    fitting = [wheel for wheel in wheels_in(folder) if wheel.runs_on(python, platforms)]
    wheels = _complete(folder, fitting, f"{python} on {platforms[0]}")
    yaml = [wheel for wheel in fitting if wheel.name == _YAML][:1]
    return Pyodide(folder, info, (*wheels, *yaml), bool(yaml))


def pyodide_files(pyodide: Pyodide) -> Iterator[tuple[str, bytes]]:
    """
    Yield the files of a site's ``pyodide/`` by name: the runtime, the wheels, the package, and the list of them.

    Raises:
        RegistryReadError: A file cannot be read.
    """
    for name in _RUNTIME:
        yield name, read_bytes(pyodide.folder / name, _LARGEST_BYTES)
    listed = {}
    for wheel in pyodide.wheels:
        content = read_bytes(wheel.path, _LARGEST_BYTES)
        yield wheel.path.name, content
        listed[wheel.name] = _listed(wheel.name, wheel.version, wheel.path.name, content)
    own = package_wheel(with_yaml=not pyodide.has_yaml)
    yield WHEEL_NAME, own
    name, version, *_ = WHEEL_NAME.split("-")
    package = name.replace("_", "-")
    listed[package] = _listed(package, version, WHEEL_NAME, own, depends=listed)
    lock = {"info": pyodide.info, "packages": listed}
    yield _LOCK, f"{json.dumps(lock, separators=(',', ':'))}\n".encode()


def _told(lock: Path) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """Return what a list of packages says, the tag of its Python, and the tags of its platform."""
    info = read_document(lock, _LARGEST_BYTES).get("info")
    told = info if isinstance(info, dict) else {}
    python, abi = _PYTHON.fullmatch(str(told.get("python"))), _ABI.fullmatch(str(told.get("abi_version")))
    if told.get("arch") != "wasm32" or python is None or abi is None:
        raise RegistryReadError(lock, "does not say which Python it is of, as Pyodide's own does")
    platforms = (f"pyemscripten_{abi[0]}_wasm32", f"pyodide_{abi[0]}_wasm32")
    return told, f"cp3{python[1]}", platforms


def _complete(folder: Path, wheels: Iterable[Wheel], where: str) -> list[Wheel]:
    """Return the newest pydantic of which everything is there, with all of that."""
    by_name: dict[str, list[Wheel]] = {}
    for wheel in wheels:
        by_name.setdefault(wheel.name, []).append(wheel)
    lacking = _NEEDED
    for wheel in by_name.get(_NEEDED, []):
        found: dict[str, Wheel] = {}
        missing = _add(wheel, by_name, found)
        if missing is None:
            return [found[name] for name in sorted(found)]
        lacking = missing
    raise RegistryReadError(
        folder, f"has no wheel of {lacking} for {where}; docs/page.md#sliders says how to get the wheels"
    )


def _add(wheel: Wheel, by_name: dict[str, list[Wheel]], found: dict[str, Wheel]) -> str | None:
    """Add a wheel with all that it requires; return what is missing, if anything is."""
    found[wheel.name] = wheel
    for name, version in wheel.required().items():
        if name in found:
            continue
        chosen = next((one for one in by_name.get(name, []) if version in (None, one.version)), None)
        if chosen is None:
            return name if version is None else f"{name} {version}"
        if missing := _add(chosen, by_name, found):
            return missing
    return None


def _listed(name: str, version: str, file: str, content: bytes, *, depends: Iterable[str] = ()) -> dict[str, Any]:
    """Return a package as a list of packages has it."""
    return {
        "name": name,
        "version": version,
        "file_name": file,
        "sha256": hashlib.sha256(content).hexdigest(),
        "depends": [*depends],
        "imports": [name.replace("-", "_")],
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }
