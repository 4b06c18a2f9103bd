"""This package as a wheel for a browser: what answers questions, and its tables."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from model_garden_registry import __version__
from model_garden_registry.bundled import bundled_registry, storage_directory

_PACKAGE = Path(__file__).resolve().parents[2]
#: What a browser does not need: the faces, and what makes and follows registries.
_LEFT_OUT = frozenset({"authoring", "cli", "lifecycle", "page", "server"})
_INFO = f"model_garden_registry-{__version__}.dist-info"
_METADATA = f"Metadata-Version: 2.1\nName: model-garden-registry\nVersion: {__version__}\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: mgr\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_NO_TABLES = (".schema.json", "openapi.json")
#: The earliest that a zip file can state: the bytes do not depend on when they are made.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX, _READABLE = 3, 0o644 << 16
_MOST_COMPRESSED = 9

WHEEL_NAME = f"model_garden_registry-{__version__}-py3-none-any.whl"


def package_wheel(*, with_yaml: bool = False) -> bytes:
    """
    Return the wheel; the same bytes for the same files.

    Args:
        with_yaml: Whether it also has the Python files of PyYAML, if that is installed here: files for other tools are
            YAML.
    """
    contents = _sources() | _tables() | (_yaml() if with_yaml else {})
    return _zipped({**contents, f"{_INFO}/METADATA": _METADATA.encode(), f"{_INFO}/WHEEL": _WHEEL.encode()})


def _sources() -> dict[str, bytes]:
    paths = (path.relative_to(_PACKAGE) for path in _PACKAGE.rglob("*.py"))
    return {
        f"{_PACKAGE.name}/{path.as_posix()}": (_PACKAGE / path).read_bytes()
        for path in paths
        if path.parts[0] not in _LEFT_OUT
    }


def _tables() -> dict[str, bytes]:
    """Return the tables of facts, without the shipped registry: a site has one of its own, and no schema is needed."""
    storage, shipped = storage_directory(), bundled_registry()
    return {
        f"{_PACKAGE.name}/storage/{path.relative_to(storage).as_posix()}": path.read_bytes()
        for path in storage.rglob("*.json")
        if path != shipped and not path.name.endswith(_NO_TABLES)
    }


def _yaml() -> dict[str, bytes]:
    found = find_spec("yaml")
    folders = [Path(folder) for folder in (found.submodule_search_locations if found else None) or ()]
    return {f"yaml/{path.name}": path.read_bytes() for folder in folders for path in folder.glob("*.py")}


def _zipped(contents: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name in sorted(contents):
            inside = zipfile.ZipInfo(name, _DATE)
            inside.create_system, inside.external_attr = _UNIX, _READABLE
            file.writestr(inside, contents[name], zipfile.ZIP_DEFLATED, _MOST_COMPRESSED)
    return target.getvalue()
