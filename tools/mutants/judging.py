"""Run tests against a copy of the sources with one change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from tools.mutants.changing import Mutant

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path("src", "model_garden_registry")
#: A change that makes tests run this much longer is noticed: it never ends.
_LIMIT_SECONDS = 300


class Fate(StrEnum):
    """What became of a change."""

    KILLED = "killed"
    SURVIVED = "survived"
    NO_MODULE = "does not import"


def judged(
    module: str, mutants: Sequence[Mutant], tests: Sequence[str], *, folder: Path
) -> Iterator[tuple[Mutant, Fate]]:
    """
    Judge changes of a module.

    Args:
        module: Its path below the package.

        tests: Files of tests that hold it.

        folder: Empty; copies of the sources are made in it, one for each core.
    """
    copies: SimpleQueue[Path] = SimpleQueue()
    workers = os.cpu_count() or 1
    for number in range(workers):
        copies.put(_copied(folder / str(number)))

    def judge(mutant: Mutant) -> Fate:
        place = copies.get()
        try:
            return _fate(place, module, mutant, tests)
        finally:
            copies.put(place)

    with ThreadPoolExecutor(workers) as pool:
        yield from zip(mutants, pool.map(judge, mutants), strict=True)


def passes(module: str, tests: Sequence[str], *, folder: Path) -> bool:
    """Return whether the tests pass without a change: else they would notice every one."""
    place = _copied(folder)
    source = (ROOT / PACKAGE / module).read_text(encoding="utf-8")
    return _fate(place, module, Mutant(1, "", source), tests) is Fate.SURVIVED


def _copied(place: Path) -> Path:
    """Copy what tests need to run, so that it is a checkout to them."""
    shutil.copytree(ROOT / "src", place / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("storage", "tests", "docs", "tools", "pyproject.toml"):
        (place / name).symlink_to(ROOT / name)
    return place


def _fate(place: Path, module: str, mutant: Mutant, tests: Sequence[str]) -> Fate:
    target = place / PACKAGE / module
    before = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    name = ".".join((*PACKAGE.parts[1:], *Path(module).with_suffix("").parts))
    plugins = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist")
    settings = ("-x", "-q", *plugins, "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT))
    files = (str(ROOT / test) for test in tests)
    try:
        if _run("-c", f"import {name}", place=place):
            return Fate.NO_MODULE
        code = _run("-m", "pytest", *settings, *files, place=place)
    except subprocess.TimeoutExpired:
        return Fate.KILLED
    finally:
        target.write_text(before, encoding="utf-8")
    return Fate.SURVIVED if code == 0 else Fate.KILLED


def _run(*arguments: str, place: Path) -> int:
    """Run Python on a copy of the sources; return its exit code."""
    paths = os.pathsep.join((str(place / "src"), str(place)))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    call = [sys.executable, *arguments]
    reply = subprocess.run(call, check=False, capture_output=True, env=environment, timeout=_LIMIT_SECONDS, cwd=place)
    return reply.returncode
