"""A plugin of pytest that runs tests once for each change, in a copy of the process that has collected them."""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from hypothesis import Phase, settings
from tools.mutants.forking import code_of
from tools.mutants.swapping import Swap, Swapper, forget, where

NOTHING_NOTICED, NOTICED = 0, 1
_CANNOT = 78
#: A change that makes tests compute so much longer than without it is noticed: it never ends.
_LIMIT_FACTOR, _LIMIT_SECONDS = 5, 20


@dataclass
class Tried:
    """
    What became of the changes that could be tried, by their numbers.

    Args:
        limit: How long the tests may compute with a change, in seconds.
    """

    noticed: list[int] = field(default_factory=list)
    unnoticed: list[int] = field(default_factory=list)
    limit: int = _LIMIT_SECONDS


class Trial:
    """
    The plugin; it writes what it finds into a file, unless tests fail without a change.

    Args:
        path: The file of the module, which is imported by a name.

        swaps: The changes, by their numbers.

        answer: The file that is written; others beside it too.
    """

    def __init__(self, path: Path, name: str, swaps: Mapping[int, Swap], answer: Path) -> None:
        self._path, self._name, self._swaps, self._answer = path, name, swaps, answer
        self._notes, self._killer = answer.with_name("notes.json"), answer.with_name("killer")
        self._tracer = _Tracer(path, name.partition(".")[0])
        self._tracer.begin()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all tests without a change, then for each change those that can notice it, the quickest first."""
        used_before = self._tracer.taken()
        for item in session.items:
            _shrink_nothing(item)
        if code_of(lambda: self._noted(session)) != NOTHING_NOTICED:
            return True
        notes = json.loads(self._notes.read_text(encoding="utf-8"))
        tried = Tried(limit=_LIMIT_SECONDS + _LIMIT_FACTOR * notes["seconds"])
        swapper = Swapper(self._path, self._name)
        killers: Counter[str] = Counter()
        gc.collect()
        gc.freeze()
        for number, swap in self._swaps.items():
            calls = _tests(swap, notes["calls"])
            tests = sorted(calls, key=lambda test: calls[test] / (1 + killers[test]))
            work = partial(self._changed, session, partial(swapper.make, swap), tests)
            self._killer.write_text("", encoding="utf-8")
            code = code_of(work, limit=tried.limit) if swapper.can(swap) else _CANNOT
            if code == NOTHING_NOTICED and swap.is_exact and swap.where not in used_before:
                tried.unnoticed.append(number)
            elif code not in {NOTHING_NOTICED, _CANNOT}:
                tried.noticed.append(number)
                killers[self._killer.read_text(encoding="utf-8")] += 1
        self._answer.write_text(json.dumps(asdict(tried)), encoding="utf-8")
        return True

    def _noted(self, session: pytest.Session) -> int:
        """Run every test, and note which functions of the module each of them calls, with how long it took."""
        session.config.pluginmanager.register(self._tracer)
        code = self._run(session, session.items)
        notes = {"calls": self._tracer.calls, "seconds": round(time.process_time())}
        self._notes.write_text(json.dumps(notes), encoding="utf-8")
        return code

    def _changed(self, session: pytest.Session, change: Callable[[], None], tests: Sequence[str]) -> int:
        """Run tests with a change."""
        by_id = {item.nodeid: item for item in session.items}
        try:
            change()
        except Exception:  # noqa: BLE001  (whatever it is, it is no module)
            return _CANNOT
        return self._run(session, [by_id[test] for test in tests])

    def _run(self, session: pytest.Session, items: Sequence[pytest.Item]) -> int:
        """Run tests up to the first that fails, and write down which it is."""
        session.items = list(items)
        session.config.option.maxfail = 1
        for item, following in zip(items, [*items[1:], None], strict=bool(items)):
            try:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                has_failed = session.testsfailed > 0
            except BaseException:  # noqa: BLE001  (whatever it is, a test noticed)
                has_failed = True
            if has_failed:
                self._killer.write_text(item.nodeid, encoding="utf-8")
                return NOTICED
        return NOTHING_NOTICED


class _Tracer:
    """
    A plugin of pytest that notes which functions of a file a test calls, setup included.

    Args:
        path: The file.

        package: What each test forgets of earlier calls, so that it makes them itself; tables of facts call no rule.
    """

    def __init__(self, path: Path, package: str) -> None:
        self.calls: dict[str, dict[str, float]] = {}
        self._path, self._package, self._seen = str(path), package, set[CodeType]()

    def begin(self) -> None:
        """Note what is called from now on."""
        threading.settrace(self._note)
        sys.settrace(self._note)

    def taken(self) -> set[str]:
        """Stop; return what was called since it began."""
        sys.settrace(None)
        getattr(threading, "settrace")(None)  # noqa: B009  (its type has no end)
        seen, self._seen = self._seen, set()
        return {where(code) for code in seen}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Note what one test calls."""
        forget(self._package, but="families")
        started = time.process_time()
        self.begin()
        try:
            return (yield)
        finally:
            for place in self.taken():
                self.calls.setdefault(place, {})[item.nodeid] = time.process_time() - started

    def _note(self, frame: FrameType, _event: str, _argument: object) -> None:
        if frame.f_code.co_filename == self._path:
            self._seen.add(frame.f_code)


def _tests(swap: Swap, calls: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    """Return the tests that can notice a change: of a constant, all that call anything of its module."""
    if swap.is_function:
        return calls.get(swap.where, {})
    return {test: seconds for tests in calls.values() for test, seconds in tests.items()}


def _shrink_nothing(item: pytest.Item) -> None:
    """Let hypothesis stop at the first example that fails, where a test is its."""
    name, test = "_hypothesis_internal_use_settings", getattr(item, "obj", None)
    if chosen := getattr(test, name, None):
        setattr(test, name, settings(chosen, phases=(Phase.explicit, Phase.generate)))
