"""The compared commands: ours, our peers', and the bases of the ratios."""

from __future__ import annotations

import sys
from pathlib import Path

_BIN = Path(sys.executable).parent

#: The smallest Typer program that takes an option.
_EMPTY_TYPER_APP = """
import typer
app = typer.Typer()
@app.command()
def main(name: str = "x"):
    print(name)
app()
"""

#: The same, once it has read a file: what a list of it cannot do without.
_READING_TYPER_APP = """
import json, sys
import typer
app = typer.Typer()
@app.command()
def main(path: str = "x"):
    with open(path, "rb") as file:
        print(len(json.load(file)["models"]))
app()
"""

#: What no answer about every model can do without: each entry, its settings, and one estimate of them.
_ESTIMATES = """
import sys
from model_garden_registry import load_registry
registry = load_registry(sys.argv[1])
for row in registry.rows():
    if row.inference:
        registry.estimate(row.id, "inference")
"""

#: A list command without any optimisation: pydantic validates every entry, rich draws every row.
_NAIVE_LIST = """
import json, sys
import typer
from rich.console import Console
from rich.table import Table
from model_garden_registry.entries.model import ModelInfo
app = typer.Typer()
@app.command()
def main(path: str):
    table = Table("id", "name", "parameters", "min VRAM")
    for raw in json.load(open(path))["models"].values():
        entry = ModelInfo.model_validate(raw)
        table.add_row(entry.id, entry.name, entry.parameters, str(entry.requirements.min_vram_gb))
    Console().print(table)
app()
"""


Command = tuple[str, ...]

BARE_PYTHON: Command = (sys.executable, "-c", "pass")
EMPTY_TYPER_APP: Command = (sys.executable, "-c", _EMPTY_TYPER_APP)
CHECK_JSONSCHEMA_VERSION: Command = (str(_BIN / "check-jsonschema"), "--version")
IMPORT_PACKAGE: Command = (sys.executable, "-c", "from model_garden_registry import get_registry, get_model")
IMPORT_MODELS: Command = (sys.executable, "-c", "import pydantic; import model_garden_registry.entries.model")
#: The values that any answer about hardware is made of.
IMPORT_GPUS: Command = (sys.executable, "-c", "import pathlib, model_garden_registry.hardware.gpus")
#: The question by itself, which is all that is asked where no driver is.
FIND_LIBRARY: Command = (
    sys.executable,
    "-c",
    "from model_garden_registry.hardware.driver.library import find_library; find_library()",
)
READ_HARDWARE: Command = (
    sys.executable,
    "-c",
    "from model_garden_registry.hardware.driver.probe import read_hardware; read_hardware()",
)
#: What a program does that asks NVML itself.
START_NVML: Command = (
    sys.executable,
    "-c",
    "import pynvml\ntry: pynvml.nvmlInit()\nexcept pynvml.NVMLError: pass",
)


def json_load(path: Path) -> Command:
    """Read a file with the standard library: the base J."""
    return (sys.executable, "-c", "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))", str(path))


def mgr(*arguments: str) -> Command:
    """Run our program."""
    return (str(_BIN / "mgr"), *arguments)


def mgr_without_fast(*arguments: str) -> Command:
    """Run our program as it is without the extra ``fast``."""
    program = "import sys; sys.modules['jsonschema_rs'] = None; from model_garden_registry.cli import main; main()"
    return (sys.executable, "-c", program, *arguments)


def hook(path: Path) -> Command:
    """Run the pre-commit entry."""
    return (str(_BIN / "mgr-schema-check"), str(path))


def reading_typer_app(path: Path) -> Command:
    """Read a file in an otherwise empty Typer app."""
    return (sys.executable, "-c", _READING_TYPER_APP, "--path", str(path))


def estimates(path: Path) -> Command:
    """Estimate serving of every model of a file once, with its own settings."""
    return (sys.executable, "-c", _ESTIMATES, str(path))


def naive_list(path: Path) -> Command:
    """List as most programs do."""
    return (sys.executable, "-c", _NAIVE_LIST, str(path))


def get_model(path: Path, model_id: str) -> Command:
    """Ask for one model from Python."""
    program = "import sys; from model_garden_registry import load_registry; load_registry(sys.argv[1])[sys.argv[2]]"
    return (sys.executable, "-c", program, str(path), model_id)


def check_jsonschema(schema: Path, path: Path) -> Command:
    """Check a file with check-jsonschema."""
    return (str(_BIN / "check-jsonschema"), "--schemafile", str(schema), str(path))


def ajv(schema: Path, path: Path) -> Command:
    """Check a file with ajv-cli."""
    return ("ajv", "validate", "-s", str(schema), "-d", str(path))


def rust_check(schema: Path, path: Path) -> Command:
    """Check a file with bare Python and jsonschema-rs."""
    program = (
        "import json, sys, jsonschema_rs;"
        "jsonschema_rs.Draft7Validator(json.load(open(sys.argv[1], encoding='utf-8')))"
        ".is_valid(json.load(open(sys.argv[2], encoding='utf-8')))"
    )
    return (sys.executable, "-c", program, str(schema), str(path))
