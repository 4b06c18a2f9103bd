"""What a packing puts on the nodes of each entry of an inventory, and where the replicas of each model are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from model_garden_registry.placement.kinds import Kind, Line
from model_garden_registry.placement.needs import Judged
from model_garden_registry.placement.packing import Filled
from model_garden_registry.placement.placements import Devices, Hosted, Layout, Seat


class Laid(NamedTuple):
    """
    Nodes with what is on them.

    Args:
        place: The place of their kind among all kinds.

        hosted: What is on each of them, by the place of the model among those that are packed.
    """

    place: int
    layout: Layout
    hosted: Mapping[int, int]


def laid_out(kinds: Sequence[Kind], bins: Sequence[Sequence[Filled]], packed: Sequence[Judged]) -> Iterator[Laid]:
    """
    Yield the nodes of each entry with what is on them: of equal nodes the fullest stand in the first entries.

    Args:
        bins: The nodes of each kind, in groups that have the same on them.

        packed: The models that were packed, in their order.
    """
    for place, (kind, groups) in enumerate(zip(kinds, bins, strict=True)):
        for line, count, hosted in _dealt(kind.lines, groups):
            layout = Layout(
                devices=devices_of(kind, line),
                node=line.name,
                count=count,
                gpus=line.devices,
                free=kind.free,
                hosted=tuple(
                    Hosted(subject=packed[item].subject, replicas=replicas, gpus=packed[item].devices(place) or 0)
                    for item, replicas in hosted.items()
                ),
            )
            yield Laid(place, layout, hosted)


def _dealt(lines: Sequence[Line], groups: Sequence[Filled]) -> Iterator[tuple[Line, int, Mapping[int, int]]]:
    """Yield the nodes of each line, in the order of both."""
    left = [group.count for group in groups]
    at = 0
    for line in lines:
        space = line.count
        while space:
            while not left[at]:
                at += 1
            number = min(left[at], space)
            yield line, number, groups[at].replicas
            left[at], space = left[at] - number, space - number


def devices_of(kind: Kind, line: Line) -> Devices:
    """Return the GPUs of a kind in the pool of a line."""
    return Devices(pool=line.pool, name=kind.name, is_sliced=kind.is_sliced, device_bytes=kind.device_bytes)


def seats_of(laid: Sequence[Laid], packed: Sequence[Judged]) -> dict[str, tuple[Seat, ...]]:
    """Return the places of each model's replicas, by its id: one seat for each entry and split."""
    found: dict[str, dict[tuple[int, Devices, str], list[int]]] = {}
    needs = {(model.subject, place): need for model in packed for place, need in model.needs.items()}
    for place, layout, hosted in laid:
        for item, replicas in hosted.items():
            model = packed[item]
            counts = found.setdefault(model.subject, {}).setdefault((place, layout.devices, layout.node), [0, 0])
            counts[0] += layout.count
            counts[1] += layout.count * replicas
    return {
        subject: tuple(
            Seat(
                devices=devices,
                node=node,
                nodes=nodes,
                replicas=replicas,
                gpus=needs[subject, place].devices or 0,
                report=needs[subject, place].report,
            )
            for (place, devices, node), (nodes, replicas) in each.items()
        )
        for subject, each in found.items()
    }
