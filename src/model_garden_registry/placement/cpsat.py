"""Packing by OR-Tools' CP-SAT. The only owner of ortools (extra ``place``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from model_garden_registry.errors import MissingExtraError
from model_garden_registry.placement.filling import Space, filled
from model_garden_registry.placement.first_fit import first_fit
from model_garden_registry.placement.packing import Filled, Packing, Problem, score_of
from model_garden_registry.placement.sizes import Pattern, doubled, is_chain, patterns

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr


T = TypeVar("T")

#: How long a search runs before it is seen whether it is to end.
_PAUSE_SECONDS = 0.1


class Solved(NamedTuple):
    """
    A packing that CP-SAT found.

    Args:
        is_optimal: Whether no packing has a better score.
    """

    packing: Packing
    is_optimal: bool


def is_installed() -> bool:
    """Return whether OR-Tools is installed."""
    from importlib.util import find_spec

    return find_spec("ortools") is not None


def solve(problem: Problem, *, seconds: float) -> Solved:
    """
    Return the packing with the best score.

    CP-SAT runs with one worker and a fixed seed, so that the same question has the same answer, unless time runs out.
    Equal nodes are one set of variables: their number does not matter.

    Args:
        seconds: How long to search at most; then the best packing so far is returned, at least that of first-fit.

    Raises:
        MissingExtraError: OR-Tools is not installed.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        raise MissingExtraError("place", "ortools") from None

    start, until = first_fit(problem), monotonic() + seconds
    model = cp_model.CpModel()
    built = _Built(model, problem)
    built.hint(start)
    is_optimal, values = built.is_exact, None
    for goal in built.goals():
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_time_in_seconds = max(until - monotonic(), 0.0)
        # Otherwise Ctrl-C is left to the system afterwards, for the rest of the process.
        solver.parameters.catch_sigint_signal = False
        model.minimize(goal)
        status = interruptible(partial(solver.solve, model), stop=solver.stop_search)
        is_optimal = is_optimal and status == cp_model.OPTIMAL
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        values = [solver.value(variable) for variable in built.variables]
        model.add(goal <= round(solver.objective_value))
        model.clear_hints()  # type: ignore[no-untyped-call]
        for variable, value in zip(built.variables, values, strict=True):
            model.add_hint(variable, value)
    packing = start if values is None else built.packing(values)
    return Solved(min(packing, start, key=lambda one: score_of(problem, one)), is_optimal)


def interruptible(search: Callable[[], T], *, stop: Callable[[], None]) -> T:
    """
    Return what a search finds, in a thread, so that Ctrl-C stops it: signals wait while a library computes.

    Args:
        stop: Lets the search end soon.
    """
    found, is_over = Future[T](), Event()

    def run() -> None:
        if is_over.is_set():
            return
        try:
            found.set_result(search())
        except Exception as error:  # noqa: BLE001  (raised again where the search was asked for)
            found.set_exception(error)

    searching = Thread(target=run, name="mgr-search")
    try:
        searching.start()
        while not found.done():
            wait([found], _PAUSE_SECONDS)
    finally:
        is_over.set()
        while searching.is_alive() and not found.done():  # the first call may come before the search listens
            stop()
            searching.join(_PAUSE_SECONDS)
    return found.result()


@dataclass(frozen=True, slots=True)
class _Node:
    """
    The variables of a bin.

    Args:
        sizes: The size that counts for each item, by its index.

        replicas: How many replicas of each item are on the nodes, by its index.

        spans: How many nodes a replica of each item spans, by its index.

        used: How many nodes have something on them.

        patterns: How many nodes have each pattern; empty if the sizes are a chain.
    """

    sizes: Mapping[int, int]
    replicas: Mapping[int, IntVar]
    spans: Mapping[int, int]
    used: IntVar
    patterns: Sequence[tuple[Pattern, IntVar]]

    def parts(self, item: int) -> LinearExpr:
        """Return how many parts of replicas of an item are on the nodes."""
        return self.replicas[item] * self.spans[item]


class _Built:
    """
    The model of a problem.

    Args:
        model: An empty one.

        problem: The problem.
    """

    def __init__(self, model: CpModel, problem: Problem) -> None:
        self._model, self._problem = model, problem
        self.variables: list[IntVar] = []
        self.is_exact = True
        self._nodes = [self._node(place) for place in range(len(problem.bins))]
        self._placed = [self._item(number) for number in range(len(problem.items))]

    def goals(self) -> Iterator[LinearExpr | int]:
        """Yield what is to be small, the most important first: the parts of a score."""
        items, bins = self._problem.items, self._problem.bins
        yield len(items) - sum(self._placed)
        each = [
            (variable, items[item].uses[place])
            for place, node in enumerate(self._nodes)
            for item, variable in node.replicas.items()
        ]
        yield sum(variable * use.nodes * use.devices for variable, use in each)
        there = sum(node.used * (bin_.devices * bin_.device_mib) for node, bin_ in zip(self._nodes, bins, strict=True))
        yield there - sum(variable * use.nodes * use.mib for variable, use in each)

    def hint(self, packing: Packing) -> None:
        """Let the search start from a packing."""
        for place, node in enumerate(self._nodes):
            for item, variable in node.replicas.items():
                nodes = self._problem.items[item].uses[place].nodes
                self._model.add_hint(variable, packing.parts(item).get(place, 0) // nodes)

    def packing(self, values: Sequence[int]) -> Packing:
        """Return the packing that values of ``variables`` stand for."""
        known = {variable.index: value for variable, value in zip(self.variables, values, strict=True)}
        return Packing(tuple(self._filled(place, node, known) for place, node in enumerate(self._nodes)))

    def _variable(self, most: int) -> IntVar:
        variable = self._model.new_int_var(0, most, "")
        self.variables.append(variable)
        return variable

    def _item(self, number: int) -> IntVar:
        """Return the variable of whether an item is placed: all of its replicas are, or none."""
        placed = self._variable(1)
        there = sum(node.replicas[number] for node in self._nodes if number in node.replicas)
        self._model.add(there == self._problem.items[number].replicas * placed)
        return placed

    def _node(self, place: int) -> _Node:
        bin_ = self._problem.bins[place]
        sizes = {item: one.uses[place].devices for item, one in enumerate(self._problem.items) if place in one.uses}
        distinct = sorted(set(sizes.values()))
        shapes = () if is_chain(distinct, bin_.devices) else patterns(distinct, bin_.devices)
        if shapes is None:
            self.is_exact, shapes = False, ()
            sizes = {item: doubled(size, bin_.devices) for item, size in sizes.items()}
        node = _Node(
            sizes=sizes,
            replicas={
                item: self._variable(min(self._problem.items[item].replicas, bin_.count * (bin_.devices // size)))
                for item, size in sizes.items()
            },
            spans={item: self._problem.items[item].uses[place].nodes for item in sizes},
            used=self._variable(bin_.count),
            patterns=[(shape, self._variable(bin_.count)) for shape in shapes],
        )
        self._limit(node, bin_.devices)
        return node

    def _limit(self, node: _Node, devices: int) -> None:
        """Let no more replicas be on the nodes that are used than fit."""
        if node.patterns:
            self._model.add(sum(variable for _, variable in node.patterns) == node.used)
        for size in set(node.sizes.values()):
            if node.patterns:
                space = sum(variable * shape[size] for shape, variable in node.patterns if size in shape)
                self._model.add(sum(node.parts(one) for one, other in node.sizes.items() if other == size) <= space)
            else:
                pieces = sum(node.parts(one) * (other // size) for one, other in node.sizes.items() if other >= size)
                self._model.add(pieces <= node.used * (devices // size))

    def _filled(self, place: int, node: _Node, known: Mapping[int, int]) -> tuple[Filled, ...]:
        """Return the nodes of a bin with what is on them; empty ones last."""
        bin_ = self._problem.bins[place]
        wanted = {item: known[variable.index] * node.spans[item] for item, variable in node.replicas.items()}
        by_size = sorted((item for item in wanted if wanted[item]), key=lambda item: -node.sizes[item])
        shapes: list[tuple[Pattern | None, int]] = [(shape, known[one.index]) for shape, one in node.patterns]
        found: list[Filled] = []
        for shape, count in shapes or [(None, bin_.count)]:
            groups: tuple[Filled, ...] = (Filled(count, {}),) if count else ()
            for item in by_size:
                groups, wanted[item] = filled(groups, item, wanted[item], _space(node, item, shape, bin_.devices))
            found += groups
        if unused := bin_.count - sum(group.count for group in found):
            found.append(Filled(unused, {}))
        return tuple(found)


def _space(node: _Node, item: int, shape: Pattern | None, devices: int) -> Space:
    """Return how many more parts of an item fit: into the places of a pattern, or beside the others."""
    size = node.sizes[item]

    def space(parts: Mapping[int, int]) -> int:
        if shape is None:
            return (devices - sum(number * node.sizes[other] for other, number in parts.items())) // size
        taken = sum(number for other, number in parts.items() if node.sizes[other] == size)
        return shape.get(size, 0) - taken

    return space
