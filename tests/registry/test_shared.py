"""The one registry of a process. Each test asks a new interpreter: here it may have been made already."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import model_garden_registry
from model_garden_registry.registry.model_registry import ModelRegistry

SOURCES = Path(model_garden_registry.__file__).resolve().parents[1]


def run(program: str, *, cwd: Path, **variables: str) -> str:
    """Run a program in a new interpreter whose warnings are errors; give its output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MGR_")}
    environment |= {"PYTHONPATH": str(SOURCES), "PYTHONUTF8": "1", **variables}
    call = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(call, check=True, capture_output=True, encoding="utf-8", cwd=cwd, env=environment).stdout


THREADS = """
import os, threading
from pathlib import Path
import model_garden_registry.registry.shared as shared

reads = []
open_file = os.open
def counted(path, *mode, **options):
    reads.extend([path] if Path(path).name == "models_registry.json" else [])
    return open_file(path, *mode, **options)
os.open = counted
barrier = threading.Barrier(32)
found = []

def ask():
    barrier.wait()
    found.append(shared.get_registry())

threads = [threading.Thread(target=ask) for _ in range(32)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(found), len(set(map(id, found))), len(reads), shared.get_registry() is found[0])
"""


def test_threads_that_start_at_once_get_one_registry(tmp_path: Path) -> None:
    """Thirty-two threads, none of which finds a registry, get the same one; the file is read once."""
    assert run(THREADS, cwd=tmp_path) == "32 1 1 True\n"


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    """Importing succeeds where there is no registry; asking does not, and asks again the next time."""
    program = """
from model_garden_registry import get_model, get_registry
for ask in (get_registry, get_registry, lambda: get_model("x")):
    try: ask()
    except FileNotFoundError as error: print(error)
"""

    output = run(program, cwd=tmp_path, MGR_REGISTRY="missing.json")

    assert output == "Registry not found: missing.json\n" * 3


def test_the_functions_ask_the_one_registry(tmp_path: Path, write: Callable[..., Path], tiny: str) -> None:
    """Each function of the module is the method of the same name."""
    vision = "Qwen/Qwen2.5-VL-7B-Instruct"
    path = write({tiny: tiny, vision: vision})
    program = f"""
import json
from model_garden_registry import *
from model_garden_registry import get_registry
print(json.dumps([
    get_model({tiny!r}) is get_registry()[{tiny!r}],
    get_model("none"),
    [entry.id for entry in get_text_models()],
    [entry.id for entry in get_vision_models()],
    validate_model_for_training({tiny!r}),
    validate_model_for_training({tiny!r}, hardware=None),
    validate_model_for_inference("none"),
    load_registry() is get_registry(),
    str(get_registry().path),
]))
"""

    output = json.loads(run(program, cwd=tmp_path, MGR_REGISTRY=str(path)))

    missing = [False, "Model 'none' not found in registry"]
    assert output == [True, None, [tiny], [vision], [True, None], [True, None], missing, False, str(path)]


@pytest.mark.parametrize("path", [str, Path], ids=["a text", "a path"])
def test_a_registry_is_loaded_from_a_path(path: Callable[[Path], str | Path], write: Callable[..., Path]) -> None:
    """A given file is read anew each time."""
    file = write({"org/a": {}})

    first = model_garden_registry.load_registry(path(file))
    file = write({"org/b": {}})
    second = model_garden_registry.load_registry(path(file))

    assert (list(first), list(second), type(first)) == (["org/a"], ["org/b"], ModelRegistry)
