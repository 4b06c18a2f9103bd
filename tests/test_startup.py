"""What starting up may load. Exact, through `sys.modules`; how long it takes is measured by the benchmarks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: Runs a statement and, however it ends, leaves the names of the loaded modules in the file argv[1].
WATCH = """\
import sys
target, statement, *sys.argv = sys.argv[1:]
try:
    exec(statement)
finally:
    with open(target, "w", encoding="utf-8") as file:
        file.write(" ".join(sys.modules))
"""


def loaded(statement: str, *argv: str, into: Path) -> set[str]:
    """Give the modules that a statement loads in a new interpreter whose output goes to a pipe."""
    target = into / "modules"
    call = [sys.executable, "-c", WATCH, str(target), statement, *argv]
    subprocess.run(call, check=True, capture_output=True, cwd=into)
    return set(target.read_text(encoding="utf-8").split())


def test_importing_the_package_loads_no_face_and_no_judge(tmp_path: Path) -> None:
    """`import model_garden_registry` costs nothing that only some callers need."""
    heavy = {
        "aiohttp",
        "fastapi",
        "fsspec",
        "jsonschema",
        "jsonschema_rs",
        "platformdirs",
        "pynvml",
        "rich",
        "typer",
        "uvicorn",
        "yaml",
    }
    heavy |= {"model_garden_registry.memory.estimation", "model_garden_registry.families.tables", "numpy", "torch"}

    assert not loaded("import model_garden_registry", into=tmp_path) & heavy


def test_the_question_for_gpus_loads_no_models_and_no_driver(tmp_path: Path) -> None:
    """Another process asks the driver; where no library is, not even what starts processes is needed."""
    heavy = {"jsonschema", "pydantic", "pynvml", "rich", "typer", "yaml"}
    statement = "from model_garden_registry.hardware.driver.probe import read_hardware; read_hardware()"

    assert not loaded(statement, into=tmp_path) & heavy


@pytest.mark.parametrize("arguments", [("--help",), ()], ids=["asked for", "unasked"])
def test_help_loads_no_command(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Only what reads a command line: `mgr --help` costs little more than an empty program of Typer's."""
    bare = loaded("pass", into=tmp_path)  # what measures the tests loads by itself, such as json
    found = loaded("from model_garden_registry.cli import main; main()", "mgr", *arguments, into=tmp_path) - bare

    assert not found & {"pydantic", "rich", "json", "model_garden_registry.findings"}
    assert not {name for name in found if name.startswith("model_garden_registry.cli.commands")}


@pytest.mark.parametrize("argument", ["list", "--version"])
def test_an_answer_in_a_pipe_loads_no_more_than_it_needs(argument: str, tmp_path: Path) -> None:
    """Rows are plain text made from raw entries: no rich, no validator, no NVML, no model classes, no memory model."""
    heavy = {"fastapi", "jsonschema", "jsonschema_rs", "model_garden_registry.entries.model", "pynvml", "rich", "yaml"}
    heavy |= {"aiohttp", "fsspec", "model_garden_registry.lifecycle"}
    heavy |= {"model_garden_registry.memory.estimation", "model_garden_registry.memory.estimates"}
    heavy |= {"model_garden_registry.families.tables"}
    statement = "from model_garden_registry.cli import main; main()"

    assert not loaded(statement, "mgr", argument, into=tmp_path) & heavy


def test_the_hook_checks_a_sound_file_without_models_and_without_typer(tmp_path: Path) -> None:
    """jsonschema-rs says that entries are valid, the rules read them as they stand, and the text is plain."""
    heavy = {"fastapi", "jsonschema", "pydantic", "pynvml", "rich", "typer", "yaml"}
    heavy |= {"model_garden_registry.entries.model", "model_garden_registry.hardware.gpus"}
    path = Path(__file__).parent / "registries" / "valid" / "application.json"
    statement = "from model_garden_registry.cli.schema_hook import main; main()"

    assert not loaded(statement, "mgr-schema-check", str(path), into=tmp_path) & heavy


def test_neither_importing_nor_loading_uses_the_network(tmp_path: Path) -> None:
    """Though a remote registry is configured: only `mgr registry update` downloads it."""
    (tmp_path / "mgr.toml").write_text('[remote]\nurl = "https://models.example/registry.json"\n', encoding="utf-8")
    watch = """\
import sys
def refuse(event, arguments):
    if event.startswith(("socket.", "urllib.")):
        raise SystemExit(f"network: {event} {arguments}")
sys.addaudithook(refuse)
import model_garden_registry
from model_garden_registry.cli import main
assert len(model_garden_registry.load_registry()) > 1
sys.argv = ["mgr", *sys.argv[1:]]
main()
"""
    for command in (["list", "-q"], ["registry", "status"]):
        call = [sys.executable, "-W", "ignore", "-c", watch, *command]
        done = subprocess.run(call, check=False, capture_output=True, text=True, cwd=tmp_path)

        assert (done.returncode, done.stderr.count("is not downloaded, and not used")) == (0, 1)
