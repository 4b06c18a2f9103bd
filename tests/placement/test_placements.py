"""A placement, as values."""

from __future__ import annotations

import pickle

from clusters import inventory, nodes

from model_garden_registry import load_registry
from model_garden_registry.bundled import bundled_registry
from model_garden_registry.placement.placements import Devices, Hosted, Layout, PlacedModel, Placement, Quality, Stock

L4, H100 = (
    Devices(pool="b", name="L4", is_sliced=False, device_bytes=24),
    Devices(pool="b", name="H100", is_sliced=False, device_bytes=80),
)
OTHER = Devices(pool="a", name="L4", is_sliced=False, device_bytes=24)


def layout(devices: Devices, count: int, *hosted: Hosted, gpus: int = 8, free: int = 8) -> Layout:
    """Return nodes with this on them."""
    return Layout(devices=devices, node="n", count=count, gpus=gpus, free=free, hosted=hosted)


def placement(*layouts: Layout, models: tuple[PlacedModel, ...] = ()) -> Placement:
    """Return a placement with these nodes."""
    return Placement(
        task="inference",
        source="slurm",
        as_of=None,
        models=models,
        layouts=layouts,
        left_out=(),
        solver="cpsat",
        quality=Quality.OPTIMAL,
        seconds=1.0,
        idle_bytes=0,
    )


def test_stocks_count_the_gpus_of_each_kind_in_each_pool() -> None:
    """Pools by name, the largest GPUs first."""
    two, four = Hosted(subject="x", replicas=1, gpus=2), Hosted(subject="y", replicas=1, gpus=4)
    found = placement(layout(L4, 3, two, four), layout(H100, 1), layout(L4, 2, free=5), layout(OTHER, 1, two))

    assert found.gpus == 3 * 6 + 2
    assert found.stocks == (
        Stock(devices=OTHER, nodes=1, gpus=8, busy=0, used=2, most_left=6),
        Stock(devices=H100, nodes=1, gpus=8, busy=0, used=0, most_left=8),
        Stock(devices=L4, nodes=5, gpus=40, busy=6, used=18, most_left=5),
    )
    assert [stock.left for stock in found.stocks] == [6, 8, 16]


def test_a_placement_is_complete_if_every_model_has_a_place() -> None:
    """All of nothing is complete as well."""
    there, none = (PlacedModel(subject="x", asked=None, replicas=1, is_placed=placed) for placed in (True, False))

    assert placement().is_complete
    assert placement(models=(there,)).is_complete
    assert not placement(models=(there, none)).is_complete


def test_a_placement_pickles() -> None:
    """As every answer."""
    found = load_registry(bundled_registry()).place("inference", ["Qwen/Qwen3-8B"], inventory(nodes("L4")))
    again = pickle.loads(pickle.dumps(found))

    assert again.layouts == found.layouts
    assert [model.subject for model in again.models] == ["Qwen/Qwen3-8B"]
