"""Builds the stand-in for the NVIDIA library, and sets it up as a process and its children find it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from model_garden_registry.hardware.driver import probe

SOURCE = Path(__file__).parent / "nvml.c"
LIBRARY = "libnvidia-ml.so.1"
#: What a driver has to answer in the tests' own process: a busy machine takes seconds to start one that asks.
PATIENCE_SECONDS = 120.0
#: Functions that change nothing; ``load`` is the loading of the library.
_READS = re.compile(r"load$|nvml(?:Init|Shutdown$|ErrorString$|(?:System|Device)(?:Get|Is)[A-Z])")


@dataclass(frozen=True)
class StandIn:
    """
    The library and what it plays.

    Args:
        folder: Where its scenario and its record lie.

        builds: Where the compiled libraries lie.

        monkeypatch: Undoes the environment.
    """

    folder: Path
    builds: Path
    monkeypatch: pytest.MonkeyPatch

    def play(self, scenario: str, *, without: tuple[str, ...] = ()) -> None:
        """
        Let every process that starts from now on find a driver.

        Args:
            scenario: What it says; README.md explains the lines.

            without: Functions that it does not have, as an old driver.
        """
        (self.folder / "scenario.txt").write_text(textwrap.dedent(scenario), encoding="utf-8")
        self.monkeypatch.setenv("NVML_SCENARIO", str(self.folder / "scenario.txt"))
        self.monkeypatch.setenv("NVML_RECORD", str(self.folder / "record.txt"))
        self.monkeypatch.setenv("LD_LIBRARY_PATH", str(build(self.builds, without)))

    @property
    def calls(self) -> list[str]:
        """Give the names of the functions that were called since the first scenario, in order."""
        record = self.folder / "record.txt"
        return record.read_text(encoding="utf-8").split() if record.exists() else []


def build(folder: Path, without: tuple[str, ...] = ()) -> Path:
    """Give the folder of the library; it is compiled once, and copied for each set of functions that are left out."""
    place = folder / "-".join(("nvml", *sorted(without)))
    if place.exists():
        return place
    if without:
        content = (build(folder) / LIBRARY).read_bytes()
        for name in without:  # the loader finds a function by its name
            content = content.replace(b"\0%b\0" % name.encode(), b"\0%b\0" % name.swapcase().encode())
        place.mkdir()
        (place / LIBRARY).write_bytes(content)
        return place
    place.mkdir(parents=True)
    (place / "unsupported.c").write_text(_unsupported(), encoding="utf-8")
    sources = [str(SOURCE), str(place / "unsupported.c")]
    # Bsymbolic: functions that call each other still do so in a copy where one is left out.
    call = [_compiler(), "-std=c11", "-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-D_POSIX_C_SOURCE=200809L"]
    subprocess.run([*call, "-Wl,-Bsymbolic", *sources, "-o", str(place / LIBRARY)], check=True)
    return place


def _unsupported() -> str:
    """Write every function that nvidia-ml-py may call and the source does not have: setters too, so that one shows."""
    written = set(re.findall(r"^API .*?\b(nvml\w+)\(", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    known = set(re.findall(r'_nvmlGetFunctionPointer\("(nvml\w+)"\)', _binding()))
    lines = [f'int {name}(void) {{ return stand_in_unsupported("{name}"); }}' for name in known - written]
    return "\n".join(["int stand_in_unsupported(const char *function);", *sorted(lines), ""])


@cache
def _binding() -> str:
    spec = find_spec("pynvml")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def _compiler() -> str:
    return shutil.which("cc") or ""


@pytest.fixture(scope="session")
def nvml_builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the compiled libraries; without a compiler, or elsewhere than on Linux, there are none."""
    if sys.platform != "linux":
        pytest.skip("the stand-in for the NVIDIA library is built on Linux only")
    if not _compiler():
        pytest.skip("no C compiler (cc) is here to build the stand-in for the NVIDIA library")
    return tmp_path_factory.mktemp("nvml")


@pytest.fixture
def stand_in(
    nvml_builds: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    forks: None,  # noqa: ARG001  (so is the process that asks)
) -> Iterator[StandIn]:
    """
    Give a driver that plays scenarios; at the end, whoever asked it has changed nothing and ended what it began.

    In this process it has minutes to answer, so that a slow machine reads what it plays.
    """
    monkeypatch.setitem(probe.read_hardware.__kwdefaults__, "limit_seconds", PATIENCE_SECONDS)
    folder = tmp_path / "driver"
    folder.mkdir()
    driver = StandIn(folder, nvml_builds, monkeypatch)
    yield driver
    assert [name for name in driver.calls if not _READS.match(name)] == []


def ended(calls: list[str]) -> bool:
    """Say whether NVML was ended as often as it was begun, and last."""
    begun = sum(name.startswith("nvmlInit") for name in calls)
    return calls.count("nvmlShutdown") == begun and calls[-1] == "nvmlShutdown"
