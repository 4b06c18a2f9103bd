"""What a packing puts on the nodes of each entry of an inventory."""

from __future__ import annotations

import pytest
from clusters import inventory, nodes

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.placement.kinds import Kind, nodes_of
from model_garden_registry.placement.laying import Laid, laid_out, seats_of
from model_garden_registry.placement.needs import Judged, Need, Wanted, judged
from model_garden_registry.placement.packing import Filled
from model_garden_registry.placement.placements import Hosted
from model_garden_registry.registry.questions import candidate_of, demand_for

TINY, SMALL = "unsloth/tinyllama-bnb-4bit", "Qwen/Qwen3-8B"
#: Nodes of two pools; the L4 are last.
NODES = nodes_of(
    inventory(
        nodes("4x L4", count=2, name="l1", pool="l4"),
        nodes("4x L4", count=3, name="l2", pool="l4"),
        nodes("A10", name="a"),
    )
)[0]
EMPTY = (Filled(1, {}),)


def model(model_id: str, *, spans: int = 1) -> Judged:
    """Judge a model; let its replicas span several nodes."""
    registry: ModelRegistry = load_registry(bundled_registry())
    candidate = candidate_of(registry._entries, model_id, "inference")
    wanted = Wanted(subject=model_id, candidate=candidate, demand=demand_for(candidate, ()))
    found = judged(wanted, {one.kind: one.count for one in NODES})
    return Judged(wanted, {kind: over(need, spans) for kind, need in found.needs.items()})


def over(need: Need, nodes: int) -> Need:
    """Return the need of a replica that spans so many nodes."""
    return Need(devices=need.devices, each_bytes=need.each_bytes, report=need.report, nodes=nodes)


def laid(*groups: Filled, spans: int = 1) -> list[Laid]:
    """Return the L4 nodes with groups on them."""
    packed = [model(TINY), model(SMALL, spans=spans)]
    kind: Kind = NODES[-1].kind
    return [one for one in laid_out(NODES, [EMPTY, groups], packed) if one.kind is kind]


def test_groups_of_nodes_are_dealt_to_entries_in_their_order() -> None:
    """Each node once; a group may be in several entries, and an entry may have several groups."""
    found = [one.layout for one in laid(Filled(1, {0: 4}), Filled(3, {0: 1, 1: 2}), Filled(1, {}))]

    assert [(one.node, one.count, one.used, one.left) for one in found] == [
        ("l1", 1, 4, 0),
        ("l1", 1, 3, 1),
        ("l2", 2, 3, 1),
        ("l2", 1, 0, 4),
    ]
    assert found[1].hosted == (
        Hosted(subject=TINY, replicas=1, gpus=1),
        Hosted(subject=SMALL, replicas=2, gpus=1),
    )


def test_groups_of_all_nodes_are_laid_out_and_of_no_others() -> None:
    """Else nodes would be lost."""
    for bins in ([EMPTY], [EMPTY, (Filled(5, {}),), EMPTY]):
        with pytest.raises(ValueError, match="argument"):
            list(laid_out(NODES, bins, []))


def test_nodes_and_seats_name_their_pool_and_gpus() -> None:
    """As the inventory does."""
    each = laid(Filled(5, {0: 1}))
    (seat,) = seats_of(each)[TINY]

    assert {one.layout.devices for one in each} == {seat.devices}
    assert (seat.devices.pool, seat.devices.name, seat.devices.is_sliced) == ("l4", "L4", False)
    assert seat.devices.device_bytes == NODES[-1].kind.device_bytes


def test_the_seats_of_a_model_are_counted_by_pool() -> None:
    """With the entries and the number of nodes, and the verdict there."""
    found = seats_of(laid(Filled(1, {0: 4}), Filled(3, {0: 1, 1: 2}), Filled(1, {})))

    assert {
        subject: [(seat.entries, seat.nodes, seat.replicas, seat.gpus, seat.total_gpus) for seat in seats]
        for subject, seats in found.items()
    } == {
        TINY: [(("l1", "l2"), 4, 7, 1, 7)],
        SMALL: [(("l1", "l2"), 3, 6, 1, 6)],
    }
    assert all(seat.report.is_valid for seats in found.values() for seat in seats)


def test_a_replica_over_several_nodes_is_counted_once() -> None:
    """On each of them is a part of it."""
    each = laid(Filled(4, {1: 1}), Filled(1, {}), spans=2)
    (seat,) = seats_of(each)[SMALL]

    assert (seat.nodes, seat.replicas, seat.gpus, seat.span, seat.total_gpus) == (4, 2, 1, 2, 4)
    assert each[0].layout.hosted == (Hosted(subject=SMALL, replicas=1, gpus=1, nodes=2),)


def test_places_keep_how_their_gpus_are_asked_for() -> None:
    """Those that are asked for in other words are another place."""
    offers = [Offer(resource="gpu:ada"), Offer(resource="gpu:l4")]
    there, _ = nodes_of(inventory(*(nodes("L4", name=one.resource, pool="p", offered=one) for one in offers)))
    need = next(iter(model(TINY).needs.values()))
    one = Judged(model(TINY).wanted, {nodes.kind: need for nodes in there})
    found = list(laid_out(there, [(Filled(1, {0: 1}),), (Filled(1, {0: 1}),)], [one]))

    assert [each.layout.offered for each in found] == offers
    assert [(seat.offered, seat.replicas) for seat in seats_of(found)[TINY]] == [(offered, 1) for offered in offers]
