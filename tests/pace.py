"""What tests cost, by folder: CPU seconds, those of their processes among them, and how many processes they start."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

#: Folder → CPU seconds, and → processes started, in this process and in those of xdist that have ended.
_cpu_seconds: Counter[str] = Counter()
_starts: Counter[str] = Counter()

#: The folder of the test that runs now.
_now = [""]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that asks for the table."""
    parser.addoption("--pace", action="store_true", help="print CPU seconds and started processes by folder")


def pytest_configure(config: pytest.Config) -> None:
    """Count the processes that this one starts, from here on."""
    if config.option.pace:
        sys.addaudithook(_count_start)


def _count_start(event: str, _: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and _now[0]:
        _starts[_now[0]] += 1


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
        session.config.workeroutput["pace"] = (dict(_cpu_seconds), dict(_starts))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a process of xdist counted; one that crashed has nothing to say."""
    for total, counted in zip((_cpu_seconds, _starts), getattr(node, "workeroutput", {}).get("pace", ()), strict=False):
        total.update(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, dearest first."""
    if not config.option.pace:
        return
    terminalreporter.section("CPU seconds and started processes by folder")
    for folder, seconds in _cpu_seconds.most_common():
        terminalreporter.write_line(f"{seconds:8.1f} s {_starts[folder]:6} {folder}")
    terminalreporter.write_line(f"{_cpu_seconds.total():8.1f} s {_starts.total():6} in all")
