"""What each kind of node is to a model: how many replicas fit at once, how many more, or why it does not run there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from model_garden_registry.placement.laying import Laid
from model_garden_registry.placement.needs import Judged
from model_garden_registry.placement.placements import Devices, Option
from model_garden_registry.reports import Report

_IN_USE = "all of these GPUs are in use"


class Spaces:
    """
    The space on nodes, beside all that is placed: the same for every model.

    Args:
        laid: All nodes, with what is on them.
    """

    def __init__(self, laid: Iterable[Laid]) -> None:
        counts: Counter[tuple[int, Devices, int, int]] = Counter()
        for one in laid:
            counts[one.place, one.layout.devices, one.layout.free, one.layout.left] += one.layout.count
        self._counts = counts

    def options(self, model: Judged) -> tuple[Option, ...]:
        """Return what each kind of node is to a model, by pool, the largest GPUs first."""
        running: dict[tuple[Devices, int], list[int]] = {}
        refusing: dict[Devices, tuple[int, int]] = {}
        for (place, devices, free, left), count in self._counts.items():
            each = model.devices(place)
            if each is None:
                refusing[devices] = max(refusing.get(devices, (-1, 0)), (free, place))
            else:
                spaces = running.setdefault((devices, each), [0, 0, place])
                spaces[0] += count * (free // each)
                spaces[1] += count * (left // each)
        found = [
            Option(devices=devices, gpus=each, at_once=at_once, more=more, report=_report(model, place))
            for (devices, each), (at_once, more, place) in running.items()
        ]
        runs = {devices for devices, _ in running}
        found += [_refusal(model, devices, place) for devices, (_, place) in refusing.items() if devices not in runs]
        return tuple(sorted(found, key=_order))


def _report(model: Judged, place: int) -> Report | None:
    need = model.needs.get(place)
    return None if need is None else need.report


def _refusal(model: Judged, devices: Devices, place: int) -> Option:
    report = _report(model, place)
    problem = str(model.wanted.problem or (report.error_message if report else _IN_USE))
    return Option(devices=devices, gpus=None, problem=problem, report=report)


def _order(option: Option) -> tuple[object, ...]:
    devices = option.devices
    return (devices.pool, -devices.device_bytes, devices.name, option.gpus or 0)


def problem_of(model: Judged, options: Sequence[Option]) -> str:
    """Return why a model is not placed."""
    wanted = model.wanted
    if wanted.problem is not None:
        return str(wanted.problem)
    running = [option for option in options if option.gpus is not None]
    if not options:
        return "the inventory has no GPUs to place it on"
    if not running:
        problems = dict.fromkeys(option.problem for option in options)
        return f"{next(iter(problems))}" if len(problems) == 1 else "it runs on none of these GPUs"
    at_once, more = (sum(getattr(option, name) for option in running) for name in ("at_once", "more"))
    if at_once < wanted.replicas:
        return f"{wanted.replicas} replicas do not fit: there is space for {at_once}, with nothing else on the nodes"
    space = "no space" if wanted.replicas == 1 else f"space for {more} of {wanted.replicas} replicas"
    return f"{space} beside the other models"
