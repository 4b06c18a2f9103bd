"""What tests cost, by folder: CPU seconds, those of their processes among them, and processes started and forked."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

#: Folder → CPU seconds, → processes started, → processes forked: of this process and those of xdist that have ended.
_cpu_seconds: Counter[str] = Counter()
_starts: Counter[str] = Counter()
_forks: Counter[str] = Counter()

#: The event of an audit → what counts it; `forked_processes` tells of the second.
_COUNTED = {"subprocess.Popen": _starts, "tests.fork": _forks}

#: The folder of the test that runs now.
_now = [""]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that asks for the table."""
    parser.addoption("--pace", action="store_true", help="print CPU seconds, started and forked processes by folder")


def pytest_configure(config: pytest.Config) -> None:
    """Count the processes that this one starts or has forked, from here on."""
    if config.option.pace:
        sys.addaudithook(_count)


def _count(event: str, _: tuple[Any, ...]) -> None:
    if event in _COUNTED and _now[0]:
        _COUNTED[event][_now[0]] += 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Charge a test's folder with what it took, its fixtures included."""
    _now[0] = "/".join(item.nodeid.partition("::")[0].split("/")[:-1][:3])
    before = sum(os.times()[:4])
    try:
        return (yield)
    finally:
        _cpu_seconds[_now[0]] += sum(os.times()[:4]) - before


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what one of xdist's processes counted to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["pace"] = tuple(map(dict, (_cpu_seconds, _starts, _forks)))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a process of xdist counted; one that crashed has nothing to say."""
    for total, counted in zip(
        (_cpu_seconds, _starts, _forks), getattr(node, "workeroutput", {}).get("pace", ()), strict=False
    ):
        total.update(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, dearest first."""
    if not config.option.pace:
        return
    terminalreporter.section("CPU seconds, started and forked processes by folder")
    for folder, seconds in _cpu_seconds.most_common():
        terminalreporter.write_line(f"{seconds:8.1f} s {_starts[folder]:6} {_forks[folder]:6} {folder}")
    whole = f"{_cpu_seconds.total():8.1f} s {_starts.total():6} {_forks.total():6}"
    terminalreporter.write_line(f"{whole} in all")
