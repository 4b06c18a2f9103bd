"""Whether tests notice a change: asked in processes that are forked with everything imported, and end by themselves."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest
from tools.mutants.changing import Mutant
from tools.mutants.forking import code_of
from tools.mutants.swapping import swap_of
from tools.mutants.trying import NOTHING_NOTICED, NOTICED, Trial, Tried

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path("src", "model_garden_registry")
#: What tests import that no change is about: once, for all processes.
_OTHERS = ("hypothesis", "jsonschema.validators", "jsonschema_rs", "pydantic", "yaml")
_NO_MODULE = 77


class Fate(StrEnum):
    """What became of a change."""

    KILLED = "killed"
    SURVIVED = "survived"
    NO_MODULE = "does not import"


class TestsFailError(Exception):
    """The tests fail without a change: they would notice every one."""


def judged(module: str, mutants: Sequence[Mutant], tests: Sequence[str]) -> list[tuple[Mutant, Fate]]:
    """
    Judge changes of a module.

    A change of a function or a constant is made in a copy of a process that has collected the tests, and tried by those
    that call it. What is none, or may have been used at import, is tried by all, in a process that imports anew.

    Args:
        module: Its path below the package.

        tests: Files of tests that hold it.

    Raises:
        TestsFailError: They fail without a change.
    """
    for name in _OTHERS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    path, name = ROOT / PACKAGE / module, ".".join((PACKAGE.name, *Path(module).with_suffix("").parts))
    source = path.read_text(encoding="utf-8")
    swaps = {number: swap for number, one in enumerate(mutants) if (swap := swap_of(source, one.source))}
    with tempfile.TemporaryDirectory() as folder:
        options, answer = _options(tests, Path(folder, "tests")), Path(folder, "answer.json")

        def collect() -> int:
            _make_quiet()
            return int(pytest.main([*options], plugins=[Trial(path, name, swaps, answer)]))

        code_of(collect)
        if not answer.exists():
            raise TestsFailError(module)
        tried = Tried(**json.loads(answer.read_text(encoding="utf-8")))
        fates = dict.fromkeys(tried.noticed, Fate.KILLED) | dict.fromkeys(tried.unnoticed, Fate.SURVIVED)
        return [
            (one, fates.get(number) or _fate(_Finder(name, path, one.source), options, tried.limit))
            for number, one in enumerate(mutants)
        ]


def _fate(finder: _Finder, options: Sequence[str], limit: int) -> Fate:
    """Try a change with all tests, in a process that imports the module anew."""

    def tried() -> int:
        _make_quiet()
        sys.meta_path.insert(0, finder)
        try:
            importlib.import_module(finder.name)
        except Exception:  # noqa: BLE001  (whatever it is, it is no module)
            return _NO_MODULE
        return NOTHING_NOTICED if pytest.main([*options]) == pytest.ExitCode.OK else NOTICED

    fates = {NOTHING_NOTICED: Fate.SURVIVED, _NO_MODULE: Fate.NO_MODULE}
    return fates.get(code_of(tried, limit=limit), Fate.KILLED)


class _Finder(SourceFileLoader):
    """Finds and loads one module, with another source."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _name: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


def _options(tests: Sequence[str], folder: Path) -> list[str]:
    plugins = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist")
    settings = ("-x", "-q", *plugins, "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT))
    ignored = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # hypothesis is imported before
    return [*settings, *ignored, "--basetemp", str(folder), *(str(ROOT / test) for test in tests)]


def _make_quiet() -> None:
    """Print nothing, and let hypothesis choose the same examples each time."""
    os.environ["CI"] = "1"
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
