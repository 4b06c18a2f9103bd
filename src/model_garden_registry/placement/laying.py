"""What a packing puts on the nodes of each entry of an inventory, and where the replicas of each model are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.placement.kinds import Kind, Line, Nodes
from model_garden_registry.placement.needs import Judged, Need
from model_garden_registry.placement.packing import Filled
from model_garden_registry.placement.placements import Devices, Hosted, Layout, Seat


class Laid(NamedTuple):
    """
    Nodes with what is on them.

    Args:
        kind: Their kind.

        needs: What a replica of each model on them needs there.
    """

    kind: Kind
    layout: Layout
    needs: Mapping[str, Need]


def laid_out(each: Sequence[Nodes], bins: Sequence[Sequence[Filled]], packed: Sequence[Judged]) -> Iterator[Laid]:
    """
    Yield the nodes of each entry with what is on them: of equal nodes the fullest stand in the first entries.

    Args:
        bins: The nodes, in groups that have the same on them.

        packed: The models that were packed, in their order.
    """
    for nodes, groups in zip(each, bins, strict=True):
        kind, devices = nodes.kind, devices_of(nodes)
        for line, count, parts in _dealt(nodes.lines, groups):
            hosted = [(packed[item].subject, packed[item].needs[kind], number) for item, number in parts.items()]
            layout = Layout(
                devices=devices,
                node=line.name,
                count=count,
                gpus=line.devices,
                free=kind.free,
                hosted=tuple(
                    Hosted(subject=subject, replicas=number, gpus=need.devices, nodes=need.nodes)
                    for subject, need, number in hosted
                ),
                offered=nodes.offered,
            )
            yield Laid(kind, layout, {subject: need for subject, need, _ in hosted})


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
            yield line, number, groups[at].parts
            left[at], space = left[at] - number, space - number


def devices_of(nodes: Nodes) -> Devices:
    """Return the GPUs of nodes, with their pool."""
    kind = nodes.kind
    return Devices(pool=nodes.pool, name=kind.name, is_sliced=kind.is_sliced, device_bytes=kind.device_bytes)


@dataclass(slots=True)
class _Places:
    """Where replicas of a model are that need the same on GPUs of one kind in one pool."""

    need: Need
    nodes: int = 0
    parts: int = 0
    names: dict[str, None] = field(default_factory=dict)


def seats_of(laid: Iterable[Laid]) -> dict[str, tuple[Seat, ...]]:
    """Return the places of each model's replicas, by its id: one seat for each pool, kind of GPU, split and words."""
    found: dict[str, dict[tuple[Devices, int, int, Offer | None], _Places]] = {}
    for _, layout, needs in laid:
        for one in layout.hosted:
            need = needs[one.subject]
            by_split = found.setdefault(one.subject, {})
            places = by_split.setdefault((layout.devices, need.devices, need.nodes, layout.offered), _Places(need))
            places.nodes += layout.count
            places.parts += layout.count * one.replicas
            places.names[layout.node] = None
    return {
        subject: tuple(
            Seat(
                devices=devices,
                entries=tuple(places.names),
                nodes=places.nodes,
                replicas=places.parts // span,
                gpus=gpus,
                span=span,
                offered=offered,
                report=places.need.report,
            )
            for (devices, gpus, span, offered), places in by_split.items()
        )
        for subject, by_split in found.items()
    }
