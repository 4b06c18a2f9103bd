"""The table of GPUs: facts, in a form that differs line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from model_garden_registry.bundled import bundled_gpus
from model_garden_registry.hardware.gpu_table import KnownGpu, TotalKind, gpu_table
from model_garden_registry.units import GB, MIB

DOCUMENT: dict[str, Any] = json.loads(bundled_gpus().read_bytes())
ROWS = {row.name: row for row in gpu_table()}


def rendered(value: object, indent: int = 0) -> Iterator[str]:
    """Write objects and the list of rows over several lines, every field on one."""
    inside = isinstance(value, dict) and (indent < 2 or "name" in value)
    pairs = [(f"{json.dumps(key)}: ", item) for key, item in value.items()] if inside else []
    pairs = [("", item) for item in value] if indent == 1 and isinstance(value, list) else pairs
    if not pairs:
        yield json.dumps(value, ensure_ascii=False)
        return
    yield "[" if isinstance(value, list) else "{"
    for number, (key, item) in enumerate(pairs):
        first, *rest = rendered(item, indent + 1)
        lines = [key + first, *rest]
        lines[-1] += "," if number < len(pairs) - 1 else ""
        yield from (f"  {line}" for line in lines)
    yield "]" if isinstance(value, list) else "}"


def test_each_field_has_a_line_of_its_own() -> None:
    """A change of one number is a change of one line."""
    assert bundled_gpus().read_text(encoding="utf-8") == "\n".join(rendered(DOCUMENT)) + "\n"


def test_the_table_is_read_once_and_whole() -> None:
    """In the order of the file, no name twice, each with the same fields."""
    assert gpu_table() is gpu_table()
    assert [row.name for row in gpu_table()] == [row["name"] for row in DOCUMENT["gpus"]]
    assert len(ROWS) == len(gpu_table()) >= 70
    assert {tuple(row) for row in DOCUMENT["gpus"]} == {tuple(KnownGpu.__dataclass_fields__)}


def test_every_source_is_named_and_used() -> None:
    """Each row has some; each key of a row is explained, and each explanation has a row."""
    assert all(row.sources for row in gpu_table())
    assert {key for row in gpu_table() for key in row.sources} == set(DOCUMENT["sources"])


@pytest.mark.parametrize("row", gpu_table(), ids=lambda row: row.name)
def test_a_row_says_how_its_memory_is_known(row: KnownGpu) -> None:
    """Reported, or the share of a like card rounded down, or none because it is the host's."""
    match row.total_kind:
        case TotalKind.NVML:
            assert row.derived_from is None
            assert set(row.sources) & {"log", "device", "gpustack"}
        case TotalKind.DERIVED:
            like = ROWS[row.derived_from or ""]
            assert (like.total_kind, like.architecture) == (TotalKind.NVML, row.architecture)
            assert row.nvml_total_mib == row.marketing_gb * (like.nvml_total_mib or 0) // like.marketing_gb
        case TotalKind.SHARED:
            assert (row.nvml_total_mib, row.derived_from) == (None, None)
    assert row.is_integrated == (row.total_kind is TotalKind.SHARED)


@pytest.mark.parametrize("row", gpu_table(), ids=lambda row: row.name)
def test_a_total_is_near_the_number_on_the_box(row: KnownGpu) -> None:
    """Not below it by more than ECC takes, not above it as GiB but for what the box rounds off."""
    if row.nvml_total_mib is not None:
        assert 0.93 <= row.nvml_total_mib / (row.marketing_gb * 1024) <= 1.0


def test_a_card_has_the_total_of_its_driver_and_a_shared_part_its_pool() -> None:
    """NVML gives no total for memory that belongs to the host: what the box says is a bound."""
    assert ROWS["L4"].total_bytes == 23034 * MIB
    assert ROWS["GB10"].total_bytes == 128 * GB


def test_a_slice_is_as_large_as_was_seen() -> None:
    """By profile; a card without the profile has no such slice."""
    assert ROWS["A100 SXM4 40GB"].slice_bytes("1g.5gb") == 4864 * MIB
    assert ROWS["A100 SXM4 40GB"].slice_bytes("1g.20gb") is None
    assert ROWS["L4"].slice_bytes("1g.5gb") is None


#: What MIG cuts a GPU into, by the number of its slices: shares of the memory, largest last.
#: Source: NVIDIA, Multi-Instance GPU User Guide, supported MIG profiles.
SHARES = {6: (1 / 8, 1 / 4, 1 / 4, 1 / 2, 1 / 2, 1.0), 3: (1 / 4, 1 / 2, 1.0), 2: (1 / 2, 1.0)}
CUT = [row for row in gpu_table() if row.mig_total_mib]


def shares_of(row: KnownGpu) -> dict[str, float]:
    """Give the share of each profile in the memory of its card."""
    return {
        profile: share for (profile, _), share in zip(row.mig_total_mib, SHARES[len(row.mig_total_mib)], strict=True)
    }


@pytest.mark.parametrize("row", CUT, ids=lambda row: row.name)
def test_a_slice_that_was_not_seen_is_derived_from_those_that_were(row: KnownGpu) -> None:
    """From another of the same share on the same card, else from the smallest such share of any card."""
    seen: dict[float, list[float]] = {}
    for other in CUT:
        for profile, size in other.mig_total_mib:
            if profile not in other.mig_derived:
                share = shares_of(other)[profile]
                seen.setdefault(share, []).append(size / (share * (other.nvml_total_mib or 0)))
    own, sizes = shares_of(row), dict(row.mig_total_mib)

    assert set(row.mig_derived) <= set(sizes)
    for profile in row.mig_derived:
        share = own[profile]
        like = [sizes[other] for other in sizes if own[other] == share and other not in row.mig_derived]
        expected = like[0] if like else int(share * (row.nvml_total_mib or 0) * min(seen[share]))
        assert sizes[profile] == expected


@pytest.mark.parametrize("row", CUT, ids=lambda row: row.name)
def test_a_slice_is_less_than_its_share_of_the_card_and_not_much(row: KnownGpu) -> None:
    """What is lost is reserved."""
    for profile, size in row.mig_total_mib:
        assert 0.9 <= size / (shares_of(row)[profile] * (row.nvml_total_mib or 0)) <= 1


def test_every_card_that_can_be_cut_has_all_its_profiles() -> None:
    """As NVIDIA's guide lists the products."""
    whole = ("A30", "A100", "H100", "H200", "H20", "GH200", "B200", "B300", "GB200", "GB300")
    families = {*whole, "RTX PRO 4500", "RTX PRO 5000", "RTX PRO 6000"}

    assert {row.family for row in CUT} == families
    assert all(row.mig_total_mib for row in gpu_table() if row.family in families)


def test_a_gpu_of_a_laptop_is_another_than_the_card_of_its_name() -> None:
    """It has less memory, and its name says what it is."""
    laptops = [row for row in gpu_table() if row.is_laptop]

    assert len(laptops) >= 20
    assert all("Laptop" in row.family for row in laptops)
    assert (ROWS["RTX 4090"].is_laptop, ROWS["RTX 4090 Laptop"].marketing_gb) == (False, 16)


@pytest.mark.parametrize(
    ("name", "total_mib"),
    [
        pytest.param("T4", 15360, id="16 GB with ECC"),
        pytest.param("A10G", 23028, id="24 GB with ECC"),
        pytest.param("L40S", 46068, id="48 GB with ECC"),
        pytest.param("A100 PCIe 80GB", 81920, id="80 GB"),
        pytest.param("H100 SXM5 80GB", 81559, id="80 GB, less what the card reserves"),
        pytest.param("GH200", 97871, id="96 GB, whatever its name says"),
        pytest.param("RTX 4090", 24564, id="24 GB"),
    ],
)
def test_totals_that_everybody_meets(name: str, total_mib: int) -> None:
    """As NVML reports them."""
    assert ROWS[name].nvml_total_mib == total_mib
