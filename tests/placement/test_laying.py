"""What a packing puts on the nodes of each entry of an inventory."""

from __future__ import annotations

from clusters import inventory, nodes

from model_garden_registry import ModelRegistry, load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.placement.kinds import kinds_of
from model_garden_registry.placement.laying import laid_out, seats_of
from model_garden_registry.placement.needs import Judged, Wanted, judged
from model_garden_registry.placement.packing import Filled
from model_garden_registry.placement.placements import Hosted
from model_garden_registry.registry.questions import candidate_of, demand_for

TINY, SMALL = "unsloth/tinyllama-bnb-4bit", "Qwen/Qwen3-8B"
KINDS = kinds_of(
    inventory(
        nodes("4x L4", count=2, name="l1", pool="l4"),
        nodes("4x L4", count=3, name="l2", pool="l4"),
        nodes("A10", name="a"),
    )
)[0]


def models() -> list[Judged]:
    """Return two models, judged."""
    registry: ModelRegistry = load_registry(bundled_registry())
    found = []
    for model_id in (TINY, SMALL):
        candidate = candidate_of(registry._entries, model_id, "inference")
        wanted = Wanted(subject=model_id, candidate=candidate, demand=demand_for(candidate, ()))
        found.append(judged(wanted, KINDS))
    return found


def test_groups_of_nodes_are_dealt_to_entries_in_their_order() -> None:
    """Each node once; a group may be in several entries, and an entry may have several groups."""
    place = next(number for number, kind in enumerate(KINDS) if kind.name == "L4")
    bins = [(Filled(kind.count, {}),) for kind in KINDS]
    bins[place] = (Filled(1, {0: 4}), Filled(3, {0: 1, 1: 2}), Filled(1, {}))  # type: ignore[assignment]

    found = [one.layout for one in laid_out(KINDS, bins, models()) if one.place == place]

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


def test_the_seats_of_a_model_are_counted_by_entry() -> None:
    """With the nodes that have it, and the verdict there."""
    place = next(number for number, kind in enumerate(KINDS) if kind.name == "L4")
    bins = [(Filled(kind.count, {}),) for kind in KINDS]
    bins[place] = (Filled(1, {0: 4}), Filled(3, {0: 1, 1: 2}), Filled(1, {}))  # type: ignore[assignment]
    packed = models()

    found = seats_of(list(laid_out(KINDS, bins, packed)), packed)

    assert {
        subject: [(seat.node, seat.nodes, seat.replicas, seat.gpus, seat.total_gpus) for seat in seats]
        for subject, seats in found.items()
    } == {
        TINY: [("l1", 2, 5, 1, 5), ("l2", 2, 2, 1, 2)],
        SMALL: [("l1", 1, 2, 1, 2), ("l2", 2, 4, 1, 4)],
    }
    assert all(seat.report.is_valid for seats in found.values() for seat in seats)
