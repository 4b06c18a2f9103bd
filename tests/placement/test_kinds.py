"""Nodes of an inventory that are judged alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clusters import inventory, nodes, unknown

from model_garden_registry import known_gpu
from model_garden_registry.hardware.gpus import Cause, Gpu, Hardware, HostMemory, Slice, Unread
from model_garden_registry.hardware.inventory.errors import InventoryError
from model_garden_registry.hardware.inventory.inventories import InventoryNode
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.placement.kinds import MOST_KINDS, LeftOut, Line, Nodes, nodes_of
from model_garden_registry.units import GB

LOST = Unread(Cause.LOST, "the GPU is lost")


def node(hardware: Hardware, *, name: str = "n", free: int | None = None) -> InventoryNode:
    """Return one node with this hardware."""
    return InventoryNode(name=name, count=1, pool="p", hardware=hardware, exact=True, free_gpus=free)


def machine(*gpus: Gpu, ram_gb: float | None = None) -> Hardware:
    """Return a machine that was read."""
    ram = None if ram_gb is None else HostMemory(total_bytes=round(ram_gb * GB))
    return Hardware(source="nvml", gpus=gpus, ram=ram, cuda_visible_devices="0")


def gpu(index: int, name: str = "NVIDIA L4", **facts: object) -> Gpu:
    """Return a GPU of 24 GB with facts of its own."""
    whole = Gpu(
        index=index, name=name, uuid=f"GPU-{index}", total_bytes=24 * GB, free_bytes=index, compute_capability=(8, 9)
    )
    return replace(whole, **facts)  # type: ignore[arg-type]


def sliced(index: int, *profiles: str) -> Gpu:
    """Return a GPU cut into slices."""
    slices = tuple(
        Slice(
            name=f"MIG {profile}",
            uuid=f"MIG-{number}",
            gpu_index=index,
            index=number,
            profile=profile,
            total_bytes=10 * GB,
        )
        for number, profile in enumerate(profiles)
    )
    return gpu(index, "NVIDIA H100", mig_enabled=True, slices=slices)


def _ram(found: Nodes) -> int:
    assert isinstance(found.kind.hardware.ram, HostMemory)
    return found.kind.hardware.ram.total_bytes


def summary(found: tuple[Nodes, ...]) -> list[tuple[str, int, int]]:
    """Return name, free devices and nodes of kinds."""
    return [(one.kind.name, one.kind.free, one.count) for one in found]


def test_equal_nodes_are_one_kind_the_smallest_gpus_first() -> None:
    """For each pool, with a line for each entry."""
    kinds, left_out = nodes_of(
        inventory(nodes("8x H100 SXM", count=2, pool="b"), nodes("2x L4", count=3), nodes("8x H100 SXM", pool="a"))
    )

    assert left_out == ()
    assert summary(kinds) == [("L4", 2, 3), ("H100 SXM5 80GB", 8, 1), ("H100 SXM5 80GB", 8, 2)]
    assert [(one.pool, one.lines) for one in kinds[1:]] == [
        ("a", (Line(name="a-[1-1]", count=1, devices=8),)),
        ("b", (Line(name="b-[1-2]", count=2, devices=8),)),
    ]
    assert kinds[1].kind is kinds[2].kind


def test_free_gpus_make_a_kind_of_their_own() -> None:
    """An entry that does not say how many are free has all."""
    each = [nodes("4x L4", pool="p", name=f"n{free}", free=free) for free in (None, 4, 9, 1, 0)]
    kinds, _ = nodes_of(inventory(*each))

    assert summary(kinds) == [("L4", 0, 1), ("L4", 1, 1), ("L4", 4, 3)]
    assert [line.devices for kind in kinds for line in kind.lines] == [4, 4, 4, 4, 4]


def test_nodes_that_cannot_be_used_are_named_with_the_reason() -> None:
    """No memory, an unclear name, no GPU that answers."""
    silent = node(machine(gpu(0, problem=LOST)), name="silent")
    unclear = replace(nodes("A100"), reason="40 or 80 GB")
    kinds, left_out = nodes_of(inventory(unknown("not stated"), unknown(None), silent, unclear))

    assert kinds == ()
    assert [(one.name, one.count, one.reason) for one in left_out] == [
        ("odd", 2, "not stated"),
        ("odd", 2, "the memory of its GPUs is not known"),
        ("silent", 1, "it has no GPU that answers"),
        ("A100-[1-1]", 1, "40 or 80 GB"),
    ]
    assert isinstance(left_out[0], LeftOut)


def test_facts_that_differ_between_equal_nodes_do_not_matter() -> None:
    """UUIDs, memory in use now, the variable of the process that read it; a lost GPU is not there."""
    one = machine(gpu(0), gpu(1))
    other = replace(machine(gpu(0, problem=LOST), gpu(1), gpu(5)), cuda_visible_devices=None)
    kinds, _ = nodes_of(inventory(node(one, name="a"), node(other, name="b")))

    assert summary(kinds) == [("NVIDIA L4", 2, 2)]
    assert len(kinds[0].kind.machine(2).seen.devices) == 2


def test_a_node_with_several_nodes_of_gpus_is_in_several_kinds() -> None:
    """Of each kind so many are free as are free in any case."""
    mixed = machine(gpu(0), gpu(1), gpu(2, "NVIDIA A10"), gpu(3, "NVIDIA A10"), gpu(4, "NVIDIA A10"))

    assert summary(nodes_of(inventory(node(mixed)))[0]) == [("NVIDIA L4", 2, 1), ("NVIDIA A10", 3, 1)]
    assert summary(nodes_of(inventory(node(mixed, free=3)))[0]) == [("NVIDIA L4", 0, 1), ("NVIDIA A10", 1, 1)]


def test_each_mig_slice_is_a_device_and_is_seen_alone() -> None:
    """By profile; a GPU with MIG switched on and no slice has nothing."""
    kinds, _ = nodes_of(
        inventory(node(machine(sliced(0, "1g.10gb", "1g.10gb", "3g.40gb"), sliced(1, "1g.10gb"), sliced(2))))
    )

    assert summary(kinds) == [("MIG 3g.40gb", 1, 1), ("MIG 1g.10gb", 3, 1)]
    assert [one.kind.is_sliced for one in kinds] == [True, True]
    assert [device.name for device in kinds[1].kind.machine(1).seen.devices] == ["MIG 1g.10gb"]
    assert summary(nodes_of(inventory(nodes("H100 SXM 1g.10gb:7")))[0]) == [("H100 SXM5 80GB MIG 1g.10gb", 7, 1)]


@pytest.mark.parametrize(
    ("rams", "expected"),
    [
        pytest.param((16.1, 63.9), [2], id="between the same two"),
        pytest.param((15.9, 16.1), [1, 1], id="on both sides of one"),
        pytest.param((64, 900), [2], id="above all"),
        pytest.param((1, 2), [2], id="below all"),
    ],
)
def test_nodes_are_alike_between_amounts_of_ram_that_matter(rams: tuple[float, ...], expected: list[int]) -> None:
    """The smallest stands for all: a message tells a number that is true."""
    each = [node(machine(gpu(0), ram_gb=ram), name=str(ram)) for ram in rams]
    kinds, _ = nodes_of(inventory(*each), ram_gb=[64, 16, 16])

    assert sorted(kind.count for kind in kinds) == expected
    assert min(_ram(one) for one in kinds) == round(min(rams) * GB)


def test_ram_that_gpus_share_stays_as_it_is_and_unknown_ram_unknown() -> None:
    """It is their memory."""
    shared = [node(machine(gpu(0, is_integrated=True), ram_gb=ram), name=str(ram)) for ram in (100, 101)]
    unread = [
        node(replace(machine(gpu(0)), ram=Unread(Cause.FAILED, "no")), name="x"),
        node(replace(machine(gpu(0)), ram=Unread(Cause.FAILED, "no")), name="y"),
    ]

    assert len(nodes_of(inventory(*shared))[0]) == 2
    assert [one.kind.hardware.ram for one in nodes_of(inventory(*unread))[0]] == [Unread(Cause.FAILED, "no")]


def test_memory_that_no_gpu_has_is_unknown() -> None:
    """The driver of such a node is wrong."""
    odd = [node(machine(gpu(0, total_bytes=size)), name=str(size)) for size in (2**62, 0, 2**50)]

    assert sorted(one.kind.device_bytes for one in nodes_of(inventory(*odd))[0]) == [0, 0, 2**50]


def test_a_file_of_nodes_that_all_differ_is_refused() -> None:
    """Each kind would be judged for every model."""
    odd = [node(machine(gpu(0, total_bytes=GB + number)), name=str(number)) for number in range(MOST_KINDS + 1)]

    assert len(nodes_of(inventory(*odd[1:]))[0]) == MOST_KINDS
    with pytest.raises(InventoryError, match="its nodes are of 2,001 kinds, with other pools, GPUs, free GPUs or RAM"):
        nodes_of(inventory(*odd))


def test_gpus_without_name_or_memory_are_a_kind() -> None:
    """What a verdict says about them is another question."""
    bare = Hardware(source="file", gpus=(Gpu(index=0, name=LOST),))
    (found,), _ = nodes_of(inventory(node(bare)))
    kind = found.kind

    assert (kind.name, kind.device_bytes, kind.is_sliced) == ("GPU without a name", 0, False)


def test_a_machine_is_made_once_for_each_number_of_devices() -> None:
    """Every model is judged on the same one."""
    (found,), _ = nodes_of(inventory(nodes("8x L4")))
    kind = found.kind

    assert kind.machine(4) is kind.machine(4)
    assert [len(kind.machine(number).seen.devices) for number in (1, 8)] == [1, 8]
    assert kind.machine(8).hardware.gpus == known_gpu("8x L4").gpus


def test_nodes_that_a_job_asks_for_in_other_words_stand_apart() -> None:
    """They are judged once, and a job is on one of them."""
    offers = [Offer(resource="gpu:ada"), Offer(resource="gpu:l4"), None]
    there = [nodes("2x L4", pool="p", name=f"n{number}", offered=one) for number, one in enumerate(offers)]
    found, _ = nodes_of(inventory(*there))

    assert [one.offered for one in found] == offers
    assert len({one.kind for one in found}) == 1
