"""What each kind of node is to a model: how many replicas fit at once, how many more, or why it does not run there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model_garden_registry.placement.kinds import Kind
from model_garden_registry.placement.laying import Laid
from model_garden_registry.placement.needs import Judged, Need
from model_garden_registry.placement.placements import Devices, Option

_IN_USE = "all of these GPUs are in use"
_NOT_ON_SLICES = "a MIG slice takes no part of a model that is spread over nodes"


@dataclass(slots=True)
class _Space:
    """
    Space for replicas of a model that need the same on GPUs of one kind in one pool.

    Args:
        at_once: How many parts of replicas fit there, with nothing else on the nodes: replicas, unless they span nodes.

        more: How many more parts fit beside all that is placed.
    """

    need: Need
    at_once: int = 0
    more: int = 0

    def add(self, count: int, *, free: int, left: int) -> None:
        """Add nodes of which so many devices are left of those that are free; what spans nodes takes whole ones."""
        if self.need.nodes == 1:
            self.at_once += count * (free // self.need.devices)
            self.more += count * (left // self.need.devices)
        else:
            self.at_once += count
            self.more += count if left == free else 0


class Spaces:
    """
    The space on nodes, beside all that is placed: the same for every model.

    Args:
        laid: All nodes, with what is on them.
    """

    def __init__(self, laid: Iterable[Laid]) -> None:
        self._counts: Counter[tuple[Kind, Devices, int]] = Counter()
        for one in laid:
            self._counts[one.kind, one.layout.devices, one.layout.left] += one.layout.count

    def options(self, model: Judged) -> tuple[Option, ...]:
        """Return what each kind of node is to a model, by pool, the largest GPUs first."""
        running: dict[tuple[Devices, int, int], _Space] = {}
        refusing: dict[Devices, Kind] = {}
        for (kind, devices, left), count in self._counts.items():
            need = model.running(kind)
            if need is None:
                refusing[devices] = max(refusing.get(devices, kind), kind, key=lambda one: one.free)
                continue
            space = running.setdefault((devices, need.devices, need.nodes), _Space(need))
            space.add(count, free=kind.free, left=left)
        found = [
            Option(
                devices=devices,
                gpus=gpus,
                span=span,
                at_once=space.at_once // span,
                more=space.more // span,
                report=space.need.report,
            )
            for (devices, gpus, span), space in running.items()
        ]
        runs = {devices for devices, _, _ in running}
        found += [_refusal(model, devices, kind) for devices, kind in refusing.items() if devices not in runs]
        return tuple(sorted(found, key=_order))


def _refusal(model: Judged, devices: Devices, kind: Kind) -> Option:
    need = model.needs.get(kind)
    problem = model.wanted.problem or (need.report.error_message or _NOT_ON_SLICES if need else _IN_USE)
    return Option(devices=devices, gpus=None, problem=str(problem), report=need.report if need else None)


def _order(option: Option) -> tuple[object, ...]:
    devices = option.devices
    return (devices.pool, -devices.device_bytes, devices.name, option.span, option.gpus or 0)


def problem_of(model: Judged, options: Sequence[Option]) -> str:
    """Return why a model is not placed."""
    wanted = model.wanted
    if wanted.problem is not None:
        return str(wanted.problem)
    running = [option for option in options if option.gpus is not None]
    if not options:
        return "the inventory has no GPUs to place it on"
    if not running:
        problems = dict.fromkeys(str(option.problem) for option in options)
        return next(iter(problems)) if len(problems) == 1 else "it runs on none of these GPUs"
    at_once, more = (sum(getattr(option, name) for option in running) for name in ("at_once", "more"))
    if at_once < wanted.replicas:
        return f"{wanted.replicas} replicas do not fit: there is space for {at_once}, with nothing else on the nodes"
    space = "no space" if wanted.replicas == 1 else f"space for {more} of {wanted.replicas} replicas"
    return f"{space} beside the other models"
