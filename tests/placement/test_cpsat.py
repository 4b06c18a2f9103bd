"""Packing by CP-SAT."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from packing_cases import best_score, faults, problems

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.placement import cpsat
from model_garden_registry.placement.cpsat import interruptible, is_installed, solve
from model_garden_registry.placement.first_fit import first_fit
from model_garden_registry.placement.packing import Bin, Item, Problem, Use, score_of

if TYPE_CHECKING:
    from _typeshed import TraceFunction

#: More than any of these problems takes.
SECONDS = 60.0


def mixed(sizes: Sequence[int], *, nodes: int, devices: int, replicas: int = 1) -> Problem:
    """Return models of these sizes on equal nodes."""
    items = [Item(replicas=replicas, uses={0: Use(size, 10 * size)}) for size in sizes]
    return Problem(items, [Bin(count=nodes, devices=devices, device_mib=16)])


@settings(max_examples=60)
@given(problem=problems())
def test_the_score_is_the_best_of_all_packings(problem: Problem) -> None:
    """Of everything that could be tried; first-fit is never better."""
    found = solve(problem, seconds=SECONDS)

    assert found.is_optimal
    assert faults(problem, found.packing) == []
    assert score_of(problem, found.packing) == best_score(problem) <= score_of(problem, first_fit(problem))


@settings(max_examples=20)
@given(problem=problems())
def test_the_order_of_models_and_nodes_does_not_change_the_score(problem: Problem) -> None:
    """Turned round."""
    turned = Problem(
        items=[
            Item(replicas=item.replicas, uses={len(problem.bins) - 1 - place: use for place, use in item.uses.items()})
            for item in reversed(problem.items)
        ],
        bins=problem.bins[::-1],
    )
    each = [score_of(one, solve(one, seconds=SECONDS).packing) for one in (problem, turned)]

    assert each[0] == each[1]


def test_it_places_what_first_fit_leaves_out() -> None:
    """4, 2 and 2 fill a node of 8, and 3, 3 and 2 another."""
    problem = mixed([4, 3, 3, 2, 2, 2], nodes=2, devices=8)

    assert score_of(problem, first_fit(problem)).unplaced == 1
    assert score_of(problem, solve(problem, seconds=SECONDS).packing).unplaced == 0


def test_a_million_nodes_are_as_one() -> None:
    """Equal nodes are counted, not listed."""
    problem = mixed([1, 2, 3, 5], nodes=1_000_000, devices=8, replicas=100_000)
    found = solve(problem, seconds=SECONDS)

    assert found.is_optimal
    assert faults(problem, found.packing) == []
    assert sum(len(groups) for groups in found.packing.bins) < 100


def test_the_same_question_has_the_same_answer() -> None:
    """To the node."""
    random = Random(7)
    problem = mixed([random.randint(1, 8) for _ in range(12)], nodes=7, devices=8)

    assert solve(problem, seconds=SECONDS) == solve(problem, seconds=SECONDS)


def test_sizes_with_too_many_patterns_are_packed_but_not_called_optimal() -> None:
    """On a node of a thousand GPUs each takes the next power of two."""
    problem = mixed([3, 5, 7, 11, 13], nodes=1, devices=1024, replicas=10)
    found = solve(problem, seconds=SECONDS)

    assert not found.is_optimal
    assert faults(problem, found.packing) == []
    assert score_of(problem, found.packing).unplaced == 0


def test_without_time_the_packing_is_that_of_first_fit() -> None:
    """And nothing is claimed."""
    problem = mixed([4, 3, 3, 2, 2, 2], nodes=2, devices=8)
    found = solve(problem, seconds=0.0)

    assert not found.is_optimal
    assert score_of(problem, found.packing) <= score_of(problem, first_fit(problem))


def signals() -> list[str]:
    """Return which signals this process ignores, and which it handles."""
    return re.findall(r"Sig(?:Ign|Cgt):\s+(\w+)", Path("/proc/self/status").read_text(encoding="ascii"))


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells of signals in /proc")
def test_a_search_leaves_signals_as_they_were() -> None:
    """Ctrl-C means the same after it; OR-Tools on its own hands it to the system."""
    before = signals()
    assert len(before) == 2

    solve(mixed([1, 2], nodes=2, devices=4), seconds=SECONDS)

    assert signals() == before


def test_an_interrupted_search_is_stopped() -> None:
    """However late it begins to listen, and the interruption goes on."""
    begun, stopped, calls = Event(), Event(), list[None]()

    def search() -> str:
        begun.set()
        assert stopped.wait(SECONDS)
        return "found"

    def stop() -> None:
        calls.append(None)
        if len(calls) > 1:
            stopped.set()

    def interrupt() -> None:
        assert begun.wait(SECONDS)
        signal.raise_signal(signal.SIGINT)

    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    asking = Thread(target=interrupt)
    asking.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            interruptible(search, stop=stop)
    finally:
        signal.signal(signal.SIGINT, usual)
        asking.join()
    assert len(calls) == 2


def test_wherever_an_interruption_comes_no_search_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """At each of its own lines, one after the other."""
    monkeypatch.setattr(cpsat, "_PAUSE_SECONDS", 0.001)
    for line in range(30):
        begun, ended = interrupted_at(line)
        assert begun == ended


def interrupted_at(line: int) -> tuple[bool, bool]:
    """Interrupt the thread that asks for a search after so many lines; return whether it has begun, and has ended."""
    begun, stopped, ended, lines = Event(), Event(), Event(), iter(range(line, -1, -1))

    def search() -> None:
        begun.set()
        stopped.wait(SECONDS)
        ended.set()

    def trace(frame: FrameType, event: str, _value: object) -> TraceFunction | None:
        if frame.f_code is not interruptible.__code__:
            return None
        if event == "line" and next(lines, None) == 0:
            raise KeyboardInterrupt
        return trace

    usual = sys.gettrace()
    sys.settrace(trace)
    try:
        interruptible(search, stop=stopped.set)
    except KeyboardInterrupt:
        sys.settrace(usual)
        return begun.is_set(), ended.wait(SECONDS if begun.is_set() else 0.0)
    pytest.fail("not interrupted")


def test_a_search_that_was_given_up_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted while its thread starts."""
    threads = []

    class Late(Thread):
        def start(self) -> None:
            threads.append(self)
            raise KeyboardInterrupt

    monkeypatch.setattr(cpsat, "Thread", Late)
    with pytest.raises(KeyboardInterrupt):
        interruptible(lambda: pytest.fail("begun"), stop=lambda: pytest.fail("stopped"))

    threads[0].run()


def test_a_search_that_ends_is_not_stopped() -> None:
    """What it finds is returned, and what it raises is raised."""
    assert interruptible(lambda: "found", stop=lambda: pytest.fail("stopped")) == "found"
    with pytest.raises(TimeoutError):
        interruptible(failing, stop=lambda: pytest.fail("stopped"))


def failing() -> None:
    raise TimeoutError


def test_it_is_installed_or_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for every extra."""
    assert is_installed()

    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(MissingExtraError) as caught:
        cpsat.solve(mixed([1], nodes=1, devices=1), seconds=1.0)

    assert caught.value.extra == "place"
