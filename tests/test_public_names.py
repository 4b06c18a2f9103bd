"""The public names: where they are, what importing them does, and who owns the documented path."""

from __future__ import annotations

import ast
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import model_garden.model_registry
import model_garden_registry
from model_garden_registry import (
    EntryExistsError,
    EntryProblem,
    HardwareFileError,
    InvalidEntryError,
    InvalidOverrideError,
    LockedError,
    MissingExtraError,
    MissingShapeError,
    RegistryNotFoundError,
    RegistryReadError,
    RegistryWriteError,
    UnknownArchitectureError,
    UnknownGpuError,
    UnknownModelError,
    UnsupportedTaskError,
    known_gpu,
    load_registry,
)

SOURCES = Path(model_garden_registry.__file__).resolve().parents[1]
PUBLIC = ast.parse(Path(model_garden_registry.__file__).read_bytes())

#: As the application documents them, under its own import path.
DOCUMENTED = {
    "ModelInfo",
    "ModelRegistry",
    "get_model",
    "get_registry",
    "get_text_models",
    "get_vision_models",
    "validate_model_for_inference",
    "validate_model_for_training",
}
#: What this package promises beside them.
PROMISED = {
    *DOCUMENTED,
    *("InferenceSettings", "Origin", "OriginKind", "TrainingSettings"),
    *("Assessment", "Bucket", "Choice", "Fits", "Matrix", "Placement", "Plan", "Sweep", "SweepPoint"),
    *("Cause", "Code", "DriverState", "Finding", "Gpu", "GpuProcess", "Hardware", "HostMemory", "MemoryEstimate"),
    *("Place", "Remedy", "Report", "Severity", "Slice", "Unread", "Verdict"),
    *("EntryProblem", "HardwareFileError", "InvalidEntryError", "InvalidOverrideError", "LockedError"),
    *("MissingExtraError",),
    *("MissingShapeError", "RegistryError", "RegistryNotFoundError", "RegistryReadError", "RegistryWarning"),
    "EntryExistsError",
    "RegistryWriteError",
    *("CheckedConfig", "Drift", "Exported", "ForeignConfig", "ForeignFileError", "UnsupportedExportError"),
    *("read_config", "read_configs"),
    *("UnknownArchitectureError", "UnknownGpuError", "UnknownModelError", "UnsupportedTaskError"),
    *("__version__", "hardware_document", "known_gpu", "load_registry", "parse_hardware", "read_hardware"),
    *("KnownGpu", "TotalKind", "known_rows"),
    *("Published", "RemoteRegistryError", "Update", "UpdateState", "publish_registry", "update_registry"),
    *("Migrated", "OutdatedFiles", "OutdatedId", "find_outdated", "migrate_registry_file"),
    *("FoundModel", "scan_models"),
    *("ClusterError", "Inventory", "InventoryError", "InventoryNode", "inventory_document", "parse_inventory"),
    *("merge_inventories", "probe_ray", "read_cluster", "read_inventory"),
    *("Lock", "LockedModel", "drift", "lock_models", "read_lock", "write_lock"),
}
#: Methods and properties of a registry and of an entry that contract and guide name.
REGISTRY_MEMBERS = {
    *("check_model_exists", "get_all_models", "get_categories", "get_model", "get_model_list_for_ui"),
    *("get_models_by_category", "get_models_by_tag", "get_recommended_models", "get_stable_models"),
    *("get_text_models", "get_vision_models", "validate_model_for_inference", "validate_model_for_training"),
    *("estimate", "filter", "path", "problems", "settings", "validate", "variants"),
}
ENTRY_MEMBERS = {
    *("id", "name", "category", "provider", "base_architecture", "parameters", "description", "tags", "status"),
    *("quantization", "requirements", "capabilities", "training_defaults", "inference_defaults", "urls"),
    *("is_quantized", "is_vision_model", "supports_selective_loss"),
    *("get_inference_config", "get_lora_config", "get_training_hyperparameters"),
}


def run(program: str, *, cwd: Path, path: tuple[Path, ...] = (SOURCES,)) -> subprocess.CompletedProcess[str]:
    """Run a program in a new interpreter that finds modules on a path; warnings are errors."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MGR_")}
    environment |= {"PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONUTF8": "1"}
    call = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(call, check=False, capture_output=True, encoding="utf-8", cwd=cwd, env=environment)


def test_type_checkers_see_the_same_names_as_python() -> None:
    """The imports for type checkers and the table for Python name the same names, each in the same module."""
    (imports,) = (
        node for node in PUBLIC.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    (table,) = (
        node.value for node in PUBLIC.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES"
    )
    seen = {
        (node.module.removeprefix("model_garden_registry."), alias.name, alias.asname)
        for node in imports.body
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }

    assert seen == {(home, name, name) for home, names in ast.literal_eval(table).items() for name in names}


def test_every_promised_name_is_public() -> None:
    """The package's list holds exactly what is promised, no name twice."""
    assert sorted(PROMISED) == sorted(model_garden_registry.__all__)


@pytest.mark.parametrize("module", [model_garden_registry, model_garden.model_registry], ids=lambda m: m.__name__)
def test_public_names_are_sorted_and_there(module: ModuleType) -> None:
    """Each name of the list gives an object, and `dir` shows it."""
    names = module.__all__

    assert names == sorted(names)
    assert all(getattr(module, name) is not None for name in names)
    assert set(names) <= set(dir(module))


def test_the_documented_path_gives_the_same_objects() -> None:
    """What the application imports from its own module is what this package has."""
    documented = model_garden.model_registry

    assert set(documented.__all__) >= DOCUMENTED
    assert {
        name for name in documented.__all__ if getattr(documented, name) is not getattr(model_garden_registry, name)
    } == set()


def test_an_entry_and_a_registry_have_what_is_documented() -> None:
    """Every attribute, property and method of guide and contract is there."""
    registry = load_registry()
    entry = next(iter(registry.values()))

    assert {name for name in REGISTRY_MEMBERS if not hasattr(registry, name)} == set()
    assert {name for name in ENTRY_MEMBERS if not hasattr(entry, name)} == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="module 'model_garden_registry' has no attribute 'get_modell'"):
        model_garden_registry.get_modell  # noqa: B018  (the access is what is tested)
    with pytest.raises(ImportError, match="cannot import name 'get_modell'"):
        from model_garden_registry import get_modell  # noqa: F401


def test_star_import_gives_the_public_names(tmp_path: Path) -> None:
    """`from … import *` gives every public name and nothing else."""
    program = (
        "before = set(dir())\nfrom model_garden_registry import *\nprint(sorted(set(dir()) - before - {'before'}))"
    )

    reply = run(program, cwd=tmp_path)

    assert (reply.stdout, reply.stderr) == (f"{sorted(PROMISED)}\n", "")


#: Imports a module and prints what was opened meanwhile, but for what Python reads to import: its folders and code.
WATCH = """
import sys
touched = []
def watch(event, arguments):
    if event in ("open", "subprocess.Popen", "os.system", "socket.connect", "os.mkdir", "os.rename"):
        touched.append(str(arguments[0]))
sys.addaudithook(watch)
import MODULE
roots = (sys.prefix, sys.base_prefix, *filter(None, sys.path))
print([name for name in touched if not name.startswith(roots)])
print([name for name in touched if name.endswith((".json", ".toml"))])
"""


@pytest.mark.parametrize("module", ["model_garden_registry", "model_garden.model_registry"])
def test_importing_reads_nothing_and_says_nothing(module: str, tmp_path: Path) -> None:
    """Beside Python's own modules no file, process or socket is opened, and nothing is written to either stream."""
    reply = run(WATCH.replace("MODULE", module), cwd=tmp_path)

    assert (reply.returncode, reply.stdout, reply.stderr) == (0, "[]\n[]\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(load_registry, id="registry"),
        pytest.param(lambda: next(iter(load_registry().values())), id="entry"),
        pytest.param(lambda: load_registry().settings("Qwen/Qwen3-8B", "training", r=8), id="training settings"),
        pytest.param(lambda: load_registry().settings("Qwen/Qwen3-8B", "inference"), id="inference settings"),
        pytest.param(lambda: load_registry().estimate("Qwen/Qwen3-8B", "training"), id="estimate"),
        pytest.param(lambda: load_registry().validate("Qwen/Qwen3-8B", "training"), id="report"),
        pytest.param(lambda: known_gpu("A100", count=2), id="named hardware"),
        pytest.param(model_garden_registry.read_hardware, id="hardware"),
        pytest.param(lambda: model_garden_registry.Place(file="f", line=1, column=2, pointer="/a"), id="place"),
    ],
)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_values_pickle(make: Callable[[], object], protocol: int) -> None:
    """A copy through pickle equals the original."""
    value = make()

    assert pickle.loads(pickle.dumps(value, protocol)) == value


PROBLEM = EntryProblem("/models/a", "should be a text", "1", "string_type")


@pytest.mark.parametrize(
    "error",
    [
        RegistryReadError(Path("f"), "is empty", code="empty-file", line=1, column=2),
        RegistryWriteError(Path("f"), "is a pipe"),
        LockedError(Path("f"), "process 1"),
        EntryExistsError(Path("f"), "a"),
        RegistryNotFoundError(Path("f")),
        InvalidEntryError("a", (PROBLEM,)),
        UnknownArchitectureError("a", ("b",)),
        UnknownGpuError("a", ("b",), problem="c"),
        UnknownModelError("a", ("b",)),
        UnsupportedTaskError("a", "training"),
        InvalidOverrideError("r", 0, "an integer ≥ 1", ("rr",), origin="file: x.toml"),
        MissingExtraError("yaml", "yaml"),
        MissingShapeError("a", "hidden_size"),
        HardwareFileError("/gpus/0/name", "a text", "1"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_pickle_with_all_their_facts(error: Exception) -> None:
    """Class, facts and sentence survive pickle, also those that are given by keyword."""
    copy = pickle.loads(pickle.dumps(error))

    assert (type(copy), vars(copy), str(copy)) == (type(error), vars(error), str(error))


@pytest.mark.parametrize("package", ["model_garden_registry", "model_garden"])
def test_both_packages_say_that_they_are_typed(package: str) -> None:
    """Each carries py.typed."""
    spec = find_spec(package)

    assert spec is not None
    assert any((Path(folder) / "py.typed").is_file() for folder in spec.submodule_search_locations or ())


def test_the_documented_path_is_a_namespace_portion() -> None:
    """`model_garden` has no `__init__`, so that it takes the name from nobody."""
    spec = find_spec("model_garden")

    assert spec is not None
    assert spec.origin is None


@pytest.mark.parametrize("is_before", [True, False], ids=["before us on the path", "behind us"])
def test_an_applications_own_package_wins(is_before: bool, tmp_path: Path) -> None:
    """A regular package `model_garden` anywhere on the path is the one that is imported; ours stays reachable."""
    package = tmp_path / "app" / "model_garden"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("OWNER = 'application'\n", encoding="utf-8")
    (package / "model_registry.py").write_text("from model_garden_registry import *\n", encoding="utf-8")
    path = (package.parent, SOURCES) if is_before else (SOURCES, package.parent)
    program = (
        "import model_garden, model_garden.model_registry as own, model_garden_registry as ours\n"
        "print(model_garden.OWNER, own.get_model is ours.get_model, own.__file__)"
    )

    reply = run(program, cwd=tmp_path, path=path)

    assert (reply.stdout, reply.stderr) == (f"application True {package / 'model_registry.py'}\n", "")


def test_portions_of_one_namespace_stand_side_by_side(tmp_path: Path) -> None:
    """Another distribution's `model_garden/`, without `__init__`, and ours are one package."""
    portion = tmp_path / "other" / "model_garden"
    portion.mkdir(parents=True)
    (portion / "plugin.py").write_text("NAME = 'plugin'\n", encoding="utf-8")
    program = (
        "import model_garden.plugin as plugin, model_garden.model_registry as ours; print(plugin.NAME, ours.__name__)"
    )

    reply = run(program, cwd=tmp_path, path=(portion.parent, SOURCES))

    assert (reply.stdout, reply.stderr) == ("plugin model_garden.model_registry\n", "")
