"""Who may import whom: floors, the order inside a folder, and one owner for each library."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

SOURCES = Path(__file__).resolve().parents[1] / "src"
PACKAGE = "model_garden_registry"

#: Where a module is, below the package: `("memory", "network", "shape")`.
Place: TypeAlias = tuple[str, ...]

#: From the ground up. A name is a module or a folder of the package; `__init__` is the package's own face. Some folders
#: are named before they are built (ARCHITECTURE.md, Planned folders).
FLOORS = (
    ("visible_text",),
    ("bundled", "errors", "lazy", "orphans", "units", "near_names", "findings"),
    ("families",),
    ("entries",),
    ("files", "memory", "hardware"),
    ("reports", "catalogue", "inventory_files"),
    ("checks", "dialects"),
    ("authoring",),
    ("lifecycle", "placement"),
    ("payloads",),
    ("registry",),
    ("__init__", "model_garden"),
    ("api", "page"),
    ("server",),
    ("cli",),
    ("__main__",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}

#: The documented path re-exports the public names: the one pair of neighbours that may know each other.
ACQUAINTED = ("model_garden", "__init__")

#: Library → the module or folder that alone imports it.
OWNERS = {
    "aiohttp": "lifecycle.remote.https",
    "fastapi": "server",
    "filelock": "files.writing.locks",
    "fsspec": "lifecycle.remote.stores",
    "httptools": "server.connections.bounded_protocol",
    "huggingface_hub": "lifecycle.hub",
    "jsonschema": "checks.entry.schema",
    "jsonschema_rs": "checks.entry.schema",
    "ortools": "placement.cpsat",
    "platformdirs": "files.own_places",
    "pynvml": "hardware.driver.nvml",
    "ray": "hardware.inventory.probing",
    "rich": "cli",
    "starlette": "server",
    "typer": "cli",
    "uvicorn": "server",
    "uvloop": "server.connections.loop",
    "yaml": "files.yaml_text",
}


#: What answers a question about a model. The faces ask a verb of ModelRegistry instead, so that both say the same.
ANSWERING = (
    *("checks.validation", "checks.hardware.compute", "checks.hardware.fit", "checks.hardware.hosts"),
    *("checks.hardware.need", "memory.estimation", "memory.fitting.budgets", "memory.fitting.solver"),
    *("memory.serving", "memory.training", "registry.entry_cache", "registry.fitting"),
)
FACES = ("cli", "api", "page", "server")


def breaches(sources: Path) -> list[str]:
    """Give one sentence for each module that stands nowhere and each import that the floors forbid."""
    return sorted({sentence for path in sources.rglob("*.py") for sentence in _breaches_of(path, sources)})


def _breaches_of(path: Path, sources: Path) -> Iterator[str]:
    here = _place(path.relative_to(sources).with_suffix("").parts, sources)
    if here[0] not in FLOOR:
        yield f"{_text(here)} stands on no floor"
        return

    yield from _misplaced(here, path, sources)
    for target in _imports(path, sources):
        library = target.partition(".")[0]
        if library in OWNERS and not f"{_text(here)}.".startswith(f"{OWNERS[library]}."):
            yield f"{_text(here)} imports {library}, which belongs to {OWNERS[library]}"
        if library in {PACKAGE, "model_garden"}:
            there = _place(target.split("."), sources)
            if wrong := _wrong(here, there, sources):
                yield f"{_text(here)} imports {_text(there)}: {wrong}"
            if here[0] in FACES and f"{_text(there)}.".startswith(tuple(f"{name}." for name in ANSWERING)):
                yield f"{_text(here)} imports {_text(there)}: a face asks a verb of ModelRegistry"


def _misplaced(here: Place, path: Path, sources: Path) -> Iterator[str]:
    """Hold a file against the list of its folder, and a folder's list against what is in the folder."""
    if not _is_in_folder(here):
        return
    order = _order(here[:-1], sources)
    if here[-1] == "__init__":
        yield from (
            f"{_text(here[:-1])} lists {name}, which is not there" for name in order if not _exists(path.parent / name)
        )
        if len(here) > 2 and here[-2] not in _order(here[:-2], sources):
            yield f"{_text(here[:-1])} is not in its folder's list"
    elif here[-1] not in order:
        yield f"{_text(here)} is not in its folder's list"


def _wrong(here: Place, there: Place, sources: Path) -> str | None:
    """Say what is wrong when one place imports the other, if anything is."""
    if there[0] not in FLOOR:
        return "it stands on no floor"
    if here[0] == there[0] and _is_in_folder(here):
        return _wrong_in_folder(here, there, sources)
    if FLOOR[here[0]] == FLOOR[there[0]]:
        return None if (here[0], there[0]) == ACQUAINTED else "neighbours on one floor do not know each other"
    return "that is upward" if FLOOR[here[0]] < FLOOR[there[0]] else None


def _wrong_in_folder(here: Place, there: Place, sources: Path) -> str | None:
    """Compare two places of a folder in the list of the folder that they first part in."""
    apart = next((depth for depth, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]), None)
    if apart is None or here[apart] == "__init__":
        return None
    order = _order(here[:apart], sources)
    above = order[: order.index(here[apart])] if here[apart] in order else order
    return None if there[apart] in above else "it does not stand above in the list"


def _is_in_folder(place: Place) -> bool:
    return len(place) > 1 and place[0] != "model_garden"


def _imports(path: Path, sources: Path) -> Iterator[str]:
    """Give the full name of everything imported, at any depth: in functions, for types only, or by a literal name."""
    package = path.relative_to(sources).parent.parts

    def full(name: str, level: int) -> str:
        return ".".join([*package[: len(package) + 1 - level], name]) if level else name

    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from (full(f"{module}.{alias.name}" if module else alias.name, level) for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield full(name.lstrip("."), len(name) - len(name.lstrip(".")))


def _place(parts: Sequence[str], sources: Path) -> Place:
    """Give the module in which a name lies, without the package's own name: `("entries", "model")`."""
    known = list(parts)
    while len(known) > 1 and not _exists(sources.joinpath(*known)):
        known.pop()
    if known != ["model_garden"] and sources.joinpath(*known).is_dir():
        known.append("__init__")
    return tuple(known[1:] if known[0] == PACKAGE else known)


def _exists(module: Path) -> bool:
    return module.is_dir() or module.with_suffix(".py").is_file()


@cache
def _order(folder: Place, sources: Path) -> list[str]:
    """Read a folder's own list: the lines `- name: sentence` of its `__init__` docstring."""
    init = sources.joinpath(PACKAGE, *folder, "__init__.py")
    docstring = ast.get_docstring(ast.parse(init.read_bytes())) if init.is_file() else None
    return re.findall(r"^\s*- `*(\w+)(?:\.py)?`*:", docstring or "", flags=re.MULTILINE)


def _text(place: Place) -> str:
    return ".".join(place)


SOUND_TREE = {
    "__init__": "from model_garden_registry.registry import get_registry",
    "errors": "",
    "units": "",
    "entries/__init__": '"""\n- shapes: The shape.\n- model: The entry.\n"""',
    "entries/shapes": "from model_garden_registry import errors, units",
    "entries/model": "from .shapes import Shape\nfrom ..errors import RegistryError",
    "memory/__init__": '"""\n- network: Its parts.\n- weights: Their bytes.\n- fitting: What fits.\n"""',
    "memory/network/__init__": '"""\n- shape: The shape.\n- layers: Its layers.\n"""',
    "memory/network/shape": "import model_garden_registry.entries.model",
    "memory/network/layers": "from model_garden_registry.memory.network.shape import Shape",
    "memory/weights": "from .network.layers import Layers",
    "memory/fitting/__init__": '"""\n- solver: The inverse.\n"""',
    "memory/fitting/solver": "from ..network import shape\nfrom ..weights import size",
    "hardware/__init__": '"""\n- driver: What it says.\n"""',
    "hardware/driver/__init__": '"""\n- nvml: Asks the driver.\n"""',
    "hardware/driver/nvml": "def read():\n    import pynvml",
    "checks/__init__": '"""\n- validation: Verdicts.\n"""',
    "checks/validation": "from ..memory.weights import size",
    "registry": "from .memory import weights",
    "cli/__init__": '"""\n- list: Rows.\n"""\nfrom .list import app',
    "cli/list": "import typer, rich.table\nfrom model_garden_registry import __version__, get_registry",
    "__main__": "from .cli import app",
    "../model_garden/model_registry": "from model_garden_registry import get_registry",
}


def plant(sources: Path, name: str = "errors", text: str = "") -> Path:
    """Write a small sound package in which one file is new or replaced."""
    (sources / PACKAGE).mkdir()
    for file, content in {**SOUND_TREE, name: text}.items():
        path = sources / PACKAGE / f"{file}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return sources


def test_every_import_of_the_sources_goes_down() -> None:
    """Each module stands on one floor and imports only what stands below it, or above it in its folder's list."""
    assert (SOURCES / PACKAGE).is_dir()
    assert breaches(SOURCES) == []


def test_a_sound_tree_has_no_breach(tmp_path: Path) -> None:
    """Down the floors, up the folder's list, one's own library, the public names for a face: all allowed."""
    assert breaches(plant(tmp_path)) == []


UP = "that is upward"
NEIGHBOUR = "neighbours on one floor do not know each other"
NOT_ABOVE = "it does not stand above in the list"
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import model_garden_registry.registry"
BY_NAME = "import importlib\nimportlib.import_module('.registry', 'model_garden_registry')"
LATE = "def f():\n    if 1:\n        from ..memory import weights"
LATE_LIBRARY = "def f():\n    from jsonschema.validators import validator_for"


@pytest.mark.parametrize(
    ("name", "text", "breach"),
    [
        pytest.param("errors", "from .registry import x", f"errors imports registry: {UP}", id="upward"),
        pytest.param("entries/shapes", LATE, f"entries.shapes imports memory.weights: {UP}", id="upward, late"),
        pytest.param("errors", FOR_TYPES, f"errors imports registry: {UP}", id="upward, for types only"),
        pytest.param("errors", BY_NAME, f"errors imports registry: {UP}", id="upward, by a literal name"),
        pytest.param("registry", "from . import __version__", f"registry imports __init__: {UP}", id="the package"),
        pytest.param(
            "units",
            "import model_garden.model_registry",
            f"units imports model_garden.model_registry: {UP}",
            id="the re-exports",
        ),
        pytest.param("errors", "from . import units", f"errors imports units: {NEIGHBOUR}", id="sideways"),
        pytest.param(
            "memory/weights",
            "from ..hardware.driver.nvml import read",
            f"memory.weights imports hardware.driver.nvml: {NEIGHBOUR}",
            id="sideways, between folders",
        ),
        pytest.param(
            "entries/shapes",
            "from .model import Model",
            f"entries.shapes imports entries.model: {NOT_ABOVE}",
            id="against the folder's list",
        ),
        pytest.param(
            "memory/network/shape",
            "from .layers import Layers",
            f"memory.network.shape imports memory.network.layers: {NOT_ABOVE}",
            id="against the list of a folder in a folder",
        ),
        pytest.param(
            "memory/network/layers",
            "from ..weights import size",
            f"memory.network.layers imports memory.weights: {NOT_ABOVE}",
            id="against the folder's list, out of a folder",
        ),
        pytest.param(
            "memory/weights",
            "from .fitting.solver import largest",
            f"memory.weights imports memory.fitting.solver: {NOT_ABOVE}",
            id="against the folder's list, into a folder",
        ),
        pytest.param(
            "entries/shapes",
            "from model_garden_registry.entries import Model",
            f"entries.shapes imports entries.__init__: {NOT_ABOVE}",
            id="its own folder's face",
        ),
        pytest.param(
            "registry",
            "import pynvml",
            "registry imports pynvml, which belongs to hardware.driver.nvml",
            id="a second owner",
        ),
        pytest.param(
            "hardware/driver/nvml",
            LATE_LIBRARY,
            "hardware.driver.nvml imports jsonschema, which belongs to checks.entry.schema",
            id="a second owner, late",
        ),
        pytest.param(
            "cli/list",
            "def f():\n    from model_garden_registry.checks.validation import report_on",
            "cli.list imports checks.validation: a face asks a verb of ModelRegistry",
            id="a face that answers by itself",
        ),
        pytest.param("helpers", "", "helpers stands on no floor", id="a module on no floor"),
        pytest.param("helpers/x", "", "helpers.x stands on no floor", id="a folder on no floor"),
        pytest.param("../other/x", "", "other.x stands on no floor", id="another package"),
        pytest.param("entries/lost", "", "entries.lost is not in its folder's list", id="a module not listed"),
        pytest.param(
            "memory/lost/__init__", "", "memory.lost is not in its folder's list", id="a folder in a folder, not listed"
        ),
        pytest.param(
            "cli/__init__",
            '"""\n- list: Rows.\n- gone: Old.\n"""',
            "cli lists gone, which is not there",
            id="a listed module that is gone",
        ),
    ],
)
def test_a_planted_breach_is_found(name: str, text: str, breach: str, tmp_path: Path) -> None:
    """Each way of going against the floors gives its sentence, and only that one."""
    assert breaches(plant(tmp_path, name, text)) == [breach]
