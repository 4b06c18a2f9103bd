"""What holds for every test: a known environment, an empty working directory, no silent skip."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import hypothesis
import pytest
from forked_processes.popen import forking_parent, forks, starts  # noqa: F401  (fixtures)
from hypothesis.database import DirectoryBasedExampleDatabase
from nvml_stand_in.build import nvml_builds, stand_in  # noqa: F401  (fixtures)

from model_garden_registry.bundled import bundled_registry
from model_garden_registry.checks.entry.consistency import Flaw
from model_garden_registry.files.location import StrPath, find_registry
from model_garden_registry.findings import Finding, Section, Severity
from model_garden_registry.hardware.gpus import DriverState, Hardware
from model_garden_registry.registry.documented import DocumentedRegistry
from model_garden_registry.registry.entry_cache import EntryCache
from model_garden_registry.registry.model_registry import ModelRegistry
from model_garden_registry.registry.shared import load_registry

pytest_plugins = ("pace",)

REPOSITORY = Path(__file__).resolve().parents[1]

#: Read once, before any test changes the environment.
NO_SKIPS = os.environ.get("MGR_NO_SKIPS") == "1"

#: What a program under test would heed, and a developer's shell may have set.
HEEDED = frozenset(
    {
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
        "CUDA_DEVICE_ORDER",
        "CUDA_VISIBLE_DEVICES",
        "FORCE_COLOR",
        "GITHUB_ACTIONS",
        "LINES",
        "NO_COLOR",
        "NVIDIA_VISIBLE_DEVICES",
        "PY_COLORS",
        "TERMINAL_WIDTH",
        "TTY_COMPATIBLE",
        "TTY_INTERACTIVE",
        "_TYPER_FORCE_DISABLE_TERMINAL",
    }
)

hypothesis.settings.register_profile(
    "local",
    deadline=None,
    database=DirectoryBasedExampleDatabase(REPOSITORY / ".hypothesis" / "examples"),
)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if NO_SKIPS or os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def repository() -> Path:
    """Give the checkout's root; the working directory of a test is elsewhere."""
    return REPOSITORY


@pytest.fixture(autouse=True, scope="session")
def _listed_severities() -> Iterator[None]:
    """Fail where the package makes a finding whose code does not list its severity; what tests make is theirs."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Finding, Flaw):
            patch.setattr(kind, "__init__", _checking(kind.__init__))
        yield


def _checking(make: Callable[..., None]) -> Callable[..., None]:
    def init(self: Finding | Flaw, *arguments: object, **facts: object) -> None:
        make(self, *arguments, **facts)
        frame = sys._getframe(1)
        while frame.f_back and frame.f_globals["__name__"] == "dataclasses":  # replace()
            frame = frame.f_back
        is_spared = (
            self.code.section is Section.HARDWARE and self.severity is Severity.NOTE
        )  # of a GPU: docs/findings.md
        if frame.f_globals["__name__"].startswith("model_garden_registry.") and not is_spared:
            assert self.severity in self.code.severities, f"{self.code} does not list {self.severity}"

    return init


@pytest.fixture(autouse=True, scope="session")
def _read_once() -> Iterator[Callable[[], None]]:
    """Read the shipped file once a process: thousands of tests ask it anew. What is read never changes."""
    shipped = bundled_registry()
    kept: dict[tuple[object, ...], EntryCache] = {}
    make = DocumentedRegistry.__init__

    def init(self: DocumentedRegistry, path: StrPath | Sequence[StrPath] | None = None) -> None:
        found = find_registry(path)
        if found.path != shipped:
            make(self, path)
            return
        status = shipped.stat()
        state = (found.named_by, status.st_ino, status.st_size, status.st_mtime_ns)
        if state not in kept:
            make(self, path)
            kept[state] = self._entries
        self._entries = kept[state]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DocumentedRegistry, "__init__", init)
        yield kept.clear


@pytest.fixture
def read_anew(_read_once: Callable[[], None]) -> Callable[[], ModelRegistry]:
    """Read the shipped file for this test: it counts what happens the first time."""
    _read_once()
    return load_registry


@pytest.fixture(autouse=True)
def _known_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start each test in an empty folder: no registry, mgr.toml or pyproject.toml is found by chance, nor one's own."""
    for name in os.environ:
        if name in HEEDED or (name.startswith(("MGR_", "_MGR_")) and name != "MGR_NO_SKIPS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _nothing_is_kept_until_exit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give back what a command in this process has kept from the collector: the next test is no part of it."""
    kept: list[bool] = []
    monkeypatch.setattr("model_garden_registry.files.documents._kept", kept)
    yield
    if kept:
        gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_driver_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test depend on the GPUs of its machine: a driver is only found where the test brings one."""

    def find(**_: object) -> bool:
        folders = os.environ.get("LD_LIBRARY_PATH", "").split(":")
        return any(Path(folder, "libnvidia-ml.so.1").exists() for folder in folders if folder)

    monkeypatch.setattr("model_garden_registry.hardware.driver.probe.find_library", find)


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a machine of which nothing more can be said than that no driver is there: no container, no other GPU."""
    monkeypatch.setattr("model_garden_registry.hardware.driver.probe.read_hints", lambda _: ())
    if sys.platform != "linux":  # no test brings a driver there, and each system has words of its own
        bare = Hardware(source="none", state=DriverState.NO_LIBRARY, problem="libnvidia-ml.so.1 is not installed")
        monkeypatch.setattr("model_garden_registry.hardware.driver.probe._read_driver", lambda _: bare)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where every tool is promised (MGR_NO_SKIPS=1); an expected failure stays one."""
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and MGR_NO_SKIPS=1 allows none: {_reason(report)}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for a whole file that skips itself."""
    report = yield
    if NO_SKIPS and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and MGR_NO_SKIPS=1 allows none: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Save what a worker has measured before it ends: xdist kills one that takes longer than some seconds to end."""
    if "coverage" in sys.modules and hasattr(session.config, "workerinput"):
        from coverage import Coverage

        if measuring := Coverage.current():
            measuring.stop()
            measuring.save()
