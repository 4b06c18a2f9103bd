"""Many machines at once, in lots of GPUs that differ only in memory size as far as a model is concerned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from model_garden_registry.checks.hardware.demand import gpu_reading
from model_garden_registry.checks.hardware.devices import Ruled, shared_code, size_code
from model_garden_registry.checks.hardware.machine import Alike, Machine
from model_garden_registry.checks.hardware.need import Bounds

if TYPE_CHECKING:
    from model_garden_registry.memory.serving.dtypes import ToLoad


class Lot(NamedTuple):
    """
    GPUs that differ only in memory size, the same number on each machine.

    Args:
        gpus: The GPUs of one machine for each size, smallest first.

        sizes: Memory of each of them, in bytes.

        rule: The rule for their memory: their own, or shared with the host.

        reading: A number for the GPU facts that formulas read: equal for lots with equal facts.
    """

    gpus: tuple[Alike, ...]
    sizes: tuple[int, ...]
    rule: Callable[[Bounds, int], Ruled | None]
    reading: int

    @property
    def is_shared(self) -> bool:
        """Whether their memory is that of the host."""
        return self.rule is shared_code

    @property
    def first(self) -> Alike:
        """The GPUs of one machine, for everything that does not depend on size."""
        return self.gpus[0]


class Lots(NamedTuple):
    """
    Machines in lots.

    Args:
        each: The lots.

        rest: Machines in no lot: more than the kind and number of their GPUs decides.

        order: For each machine, its index in the sizes of all lots, one after the other, then the rest.
    """

    each: tuple[Lot, ...]
    rest: tuple[Machine, ...]
    order: tuple[int, ...]


class Fleet:
    """
    Machines to judge models on.

    Args:
        machines: In the order in which verdicts are given.
    """

    def __init__(self, machines: Sequence[Machine]) -> None:
        self.machines = tuple(machines)
        self._by_engine: dict[object, Lots] = {}
        self._by_load: dict[ToLoad | None, Lots] = {}

    def lots(self, load: ToLoad | None) -> Lots:
        """
        Return the machines in lots.

        Args:
            load: What decides how an engine computes; None: the question is about training.
        """
        found = self._by_load.get(load)
        if found is None:
            engine = load and (load.engine, load.version)
            if engine not in self._by_engine:
                self._by_engine[engine] = _lots(self.machines, load)
            found = self._by_load[load] = _numbered(self._by_engine[engine], load)
        return found


def _lots(machines: Sequence[Machine], load: ToLoad | None) -> Lots:
    """Group machines that an engine treats alike, whatever the model."""
    from model_garden_registry.memory.serving.dtypes import choice_on  # late: training needs no engine

    members: dict[object, dict[int, list[int]]] = {}
    alikes: dict[tuple[object, int], Alike] = {}
    rest: list[int] = []
    for number, machine in enumerate(machines):
        alike, gpu = machine.plain, machine.largest_bytes
        if alike is None or gpu is None:
            rest.append(number)
            continue
        one = len(alike.devices) == 1
        choice = None if load is None else choice_on(load.engine, load.version, gpu.facts, one)
        lot = (len(alike.devices), alike.first.compute_capability, alike.first.is_integrated, choice)
        members.setdefault(lot, {}).setdefault(int(gpu), []).append(number)
        alikes.setdefault((lot, int(gpu)), alike)
    each, slots = [], []
    for kind, by_size in members.items():
        sizes = sorted(by_size)
        gpus = tuple(alikes[kind, size] for size in sizes)
        each.append(Lot(gpus, tuple(sizes), shared_code if gpus[0].first.is_integrated else size_code, 0))
        slots += [by_size[size] for size in sizes]
    slots += [[number] for number in rest]
    places = {number: place for place, numbers in enumerate(slots) for number in numbers}
    order = tuple(places[number] for number in range(len(machines)))
    return Lots(tuple(each), tuple(machines[number] for number in rest), order)


def _numbered(lots: Lots, load: ToLoad | None) -> Lots:
    """Return lots numbered by the GPU facts that formulas read: for one model, several may have the same number."""
    numbers: dict[object, int] = {}

    def number(lot: Lot) -> int:
        # Over how many GPUs a model is split is chosen later; on one alone it is never split.
        question = load and load._replace(is_alone=len(lot.first.devices) == 1)
        return numbers.setdefault(gpu_reading(question, lot.first.memory), len(numbers))

    return lots._replace(each=tuple(lot._replace(reading=number(lot)) for lot in lots.each))
