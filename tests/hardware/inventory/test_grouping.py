"""Identical nodes once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cluster_samples import gpus

from model_garden_registry.hardware.gpus import Gpu, Hardware, Slice
from model_garden_registry.hardware.inventory.grouping import by_kind, condensed
from model_garden_registry.hardware.inventory.inventories import InventoryNode
from model_garden_registry.hardware.inventory.offers import Offer
from model_garden_registry.hardware.known_gpus import known_gpu
from model_garden_registry.units import GIB

L4 = InventoryNode(name="a1", count=1, pool="p", hardware=known_gpu("L4"), exact=False)


def test_identical_nodes_are_one_entry_with_a_count() -> None:
    equal = replace(known_gpu("L4"))
    one, two, three, other = condensed(
        [
            L4,
            replace(L4, name="a2", hardware=equal),
            replace(L4, name="b", reason="drained"),
            replace(L4, name="c", free_gpus=1),
            replace(L4, name="d", pool="q"),
        ]
    )
    assert (one.name, one.count) == ("a[1-2]", 2)
    assert [node.name for node in (two, three, other)] == ["b", "c", "d"]
    assert one.hardware is two.hardware is three.hardware


def test_other_hardware_is_another_entry_and_equal_hardware_one_object() -> None:
    a, b, t4 = condensed(
        [L4, replace(L4, name="b1", pool="q", hardware=replace(known_gpu("L4"))), replace(L4, hardware=known_gpu("T4"))]
    )
    assert (gpus(a.hardware), gpus(t4.hardware)) == ("1x L4 23034", "1x T4 15360")
    assert a.hardware is b.hardware


@pytest.mark.parametrize(("longest", "expected"), [(4_000, [2]), (4_001, [1, 1])])
def test_a_text_of_names_has_eight_thousand_characters_at_most(longest: int, expected: list[int]) -> None:
    """With the comma between them."""
    names = ["x" * 3_999, "y" * longest]
    assert [entry.count for entry in condensed(replace(L4, name=name) for name in names)] == expected


def test_nodes_whose_gpus_are_asked_for_in_other_words_are_another_entry() -> None:
    named = [
        replace(L4, name=name, offered=Offer(resource=f"gpu:{word}")) for name, word in zip("abc", "xyx", strict=True)
    ]
    assert [(node.name, node.offered) for node in condensed(named)] == [
        ("a,c", Offer(resource="gpu:x")),
        ("b", Offer(resource="gpu:y")),
    ]


def test_unknown_hardware_is_grouped_by_its_reason() -> None:
    unknown = replace(L4, hardware=None, reason="no type")
    assert [node.count for node in condensed([unknown, replace(unknown, name="a2"), replace(unknown, reason="x")])] == [
        2,
        1,
    ]


def test_names_without_a_pattern_are_divided() -> None:
    names = [f"{'x' * 50}-{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(400)]
    entries = condensed(replace(L4, name=name) for name in names)
    assert sum(entry.count for entry in entries) == 400
    assert ",".join(entry.name for entry in entries).split(",") == names
    assert max(len(entry.name) for entry in entries) <= 8_000


def test_a_single_long_name_stays() -> None:
    assert condensed([replace(L4, name="x" * 9_000)])[0].name == "x" * 9_000


def test_each_kind_of_gpu_is_an_entry() -> None:
    mixed = Hardware(source="file", gpus=(*known_gpu("L4:2").gpus, *known_gpu("T4").gpus))
    found = by_kind(replace(L4, hardware=mixed, free_gpus=3))
    assert [(gpus(node.hardware), node.free_gpus) for node in found] == [("2x L4 23034", None), ("1x T4 15360", None)]


def test_each_kind_of_slice_is_an_entry() -> None:
    def piece(index: int, profile: str, gib: int) -> Slice:
        return Slice(gpu_index=0, index=index, name=f"MIG {profile}", profile=profile, total_bytes=gib * GIB)

    cut = Gpu(index=0, name="A100", mig_enabled=True, slices=(piece(0, "3g.20gb", 20), piece(1, "1g.5gb", 5)))
    found = by_kind(replace(L4, hardware=Hardware(source="file", gpus=(cut, replace(cut, index=1)))))
    assert [gpus(node.hardware) for node in found] == ["2x MIG 3g.20gb 20480", "2x MIG 1g.5gb 5120"]


def test_what_has_one_kind_or_none_stays() -> None:
    for hardware in (None, known_gpu("A100:2"), known_gpu("L4:2"), Hardware(source="file")):
        node = replace(L4, hardware=hardware)
        assert by_kind(node) == (node,)
