"""Ways to ask `mgr`: in this process, in one of its own, on a terminal; and small registries to ask about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from kinds_of_models import some_of
from sound_entry import without_shape
from typer.testing import CliRunner

ENTRY: dict[str, Any] = {
    **without_shape(),
    "inference_defaults": {"max_model_len": 8192, "dtype": "auto", "gpu_memory_utilization": 0.0},
}

CATEGORIES = {
    "text-llm": {"name": "Text", "description": "Read and write.", "icon": "🎨"},
    "vision-vlm": {"name": "Vision", "description": "See."},
}

#: What a program heeds of a terminal.
TERMINAL = {"COLUMNS": "80", "TERM": "xterm-256color"}

#: Of `registry_with_deprecated`: a deprecated model, which no shipped entry is, and its successor, which one is.
DEPRECATED, SUCCESSOR = "unsloth/gpt-oss-20b-bnb-4bit", "unsloth/gpt-oss-20b-unsloth-bnb-4bit"
#: The shipped entries beside it.
COMPANIONS = (
    SUCCESSOR,
    "openai/gpt-oss-20b",
    "unsloth/tinyllama-bnb-4bit",
    "Qwen/Qwen3-8B",
    "Qwen/Qwen3-8B-Base",
    "Qwen/Qwen3-8B-AWQ",
)


@dataclass(frozen=True)
class Answer:
    """How a process ended and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def mgr() -> Callable[..., Answer]:
    """Ask `mgr` in this process; its output goes to pipes."""

    def ask(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        from model_garden_registry.cli.app import app

        result = CliRunner().invoke(app, list(map(str, arguments)), prog_name="mgr", env=env, catch_exceptions=False)
        return Answer(result.exit_code, result.stdout, result.stderr)

    return ask


@pytest.fixture
def mgr_process(forks: None) -> Callable[..., Answer]:  # noqa: ARG001  (what makes processes)
    """Ask `mgr` in a process of its own, forked unless the test takes ``starts``."""

    def ask(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        call = [sys.executable, "-m", "model_garden_registry", *map(str, arguments)]
        done = subprocess.run(call, check=False, capture_output=True, env=os.environ | (env or {}))
        return Answer(done.returncode, done.stdout.decode(errors="strict"), done.stderr.decode(errors="strict"))

    return ask


@pytest.fixture
def mgr_on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Ask `mgr` in this process, with stdin, stdout and stderr on a terminal of 80 columns; both are read as one."""

    def ask(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        from model_garden_registry.cli import main

        ours, theirs = opened_terminal()
        shown = Shown(ours)
        with monkeypatch.context() as patch, ExitStack() as opened:
            for name, value in (TERMINAL | (env or {})).items():
                patch.setenv(name, value)
            patch.setenv("PYDANTIC_DISABLE_PLUGINS", "1")  # which the program sets, and nobody takes back
            patch.setattr(sys, "argv", ["mgr", *map(str, arguments)])
            opened.callback(os.close, theirs)
            for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
                stream = opened.enter_context(open(theirs, mode, encoding="utf-8", buffering=1, closefd=False))
                patch.setattr(sys, name, stream)
            with pytest.raises(SystemExit) as ended:
                main()
        return Answer(int(ended.value.code or 0), shown.text(), "")

    return ask


@pytest.fixture
def mgr_process_on_terminal(forks: None) -> Callable[..., Answer]:  # noqa: ARG001  (as above)
    """Ask `mgr` in a process of its own, with stdin, stdout and stderr on a terminal of 80 columns."""

    def ask(*arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        call = [sys.executable, "-m", "model_garden_registry", *map(str, arguments)]
        ours, theirs = opened_terminal()
        shown = Shown(ours)
        surroundings = os.environ | TERMINAL | (env or {})
        process = subprocess.Popen(call, stdin=theirs, stdout=theirs, stderr=theirs, env=surroundings)
        os.close(theirs)
        return Answer(process.wait(), shown.text(), "")

    return ask


def opened_terminal() -> tuple[int, int]:
    """Return the two ends of a terminal: ours, and that of a program."""
    pty = pytest.importorskip("pty", reason="a terminal can be made on POSIX systems only")
    ours, theirs = pty.openpty()
    return ours, theirs


class Shown:
    """What a terminal shows until its program closes the other end; read meanwhile, as it takes only so much."""

    def __init__(self, ours: int) -> None:
        self._ours, self._written = ours, b""
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # Linux's way of saying that the other end is closed
            while part := os.read(self._ours, 65536):
                self._written += part

    def text(self) -> str:
        """Return all of it."""
        self._reader.join()
        os.close(self._ours)
        return self._written.decode().replace("\r\n", "\n")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a registry of sound entries, each with its changes (`...` takes a key out), and make it the one in use."""

    def write(*entries: Mapping[str, Any], categories: Mapping[str, Any] = CATEGORIES) -> Path:
        models = {}
        for changes in entries:
            entry = _changed(ENTRY, changes)
            models[entry["id"]] = entry
        document = {
            "version": "1.1.0",
            "last_updated": "2026-11-23T00:00:00Z",
            "categories": categories,
            "models": models,
        }
        path = tmp_path / "registry.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        monkeypatch.setenv("MGR_REGISTRY", path.name)
        return path

    return write


@pytest.fixture
def registry_of_kinds(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a registry of shipped entries, one of each kind, the one in use."""
    document = json.loads((repository / "storage/models_registry.json").read_bytes())
    path = tmp_path / "registry.json"
    path.write_text(json.dumps(some_of(document, each=1)), encoding="utf-8")
    monkeypatch.setenv("MGR_REGISTRY", path.name)
    return path


@pytest.fixture
def registry_with_deprecated(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a registry of a deprecated model, its successor and some other shipped entries the one in use."""
    document = json.loads((repository / "storage/models_registry.json").read_bytes())
    shipped = {model_id: document["models"][model_id] for model_id in COMPANIONS}
    why = {"since": "2026-01", "reason": "Another file of it is kept.", "successor": SUCCESSOR}
    old = {**shipped[SUCCESSOR], "id": DEPRECATED, "status": "deprecated", "deprecation": why, "aliases": []}
    old["quantization"] = {"method": "4bit", "type": "bitsandbytes"}
    path = tmp_path / "registry.json"
    path.write_text(json.dumps({**document, "models": {DEPRECATED: old, **shipped}}, indent=2), encoding="utf-8")
    monkeypatch.setenv("MGR_REGISTRY", str(path))
    return path


@pytest.fixture
def entry() -> Callable[..., dict[str, Any]]:
    """Give a sound entry with changes, as it stands in a file of ``registry``."""
    return lambda changes: _changed(ENTRY, changes)


def _changed(value: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    copy = deepcopy(dict(value))
    for key, change in changes.items():
        if isinstance(change, Mapping) and isinstance(copy.get(key), dict):
            copy[key] = _changed(copy[key], change)
        elif change is ...:
            copy.pop(key, None)
        else:
            copy[key] = change
    return copy
