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
    assert len(ROWS) == len(gpu_table()) >= 210
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


def total(row: KnownGpu) -> int:
    """Return what NVML reports for a card that can be cut, in MiB."""
    assert row.nvml_total_mib
    return row.nvml_total_mib


def shares_of(row: KnownGpu) -> dict[str, float]:
    """Give the share of each profile in the memory of its card."""
    return {
        profile: share for (profile, _), share in zip(row.mig_total_mib, SHARES[len(row.mig_total_mib)], strict=True)
    }


def seen_slices(row: KnownGpu) -> Iterator[tuple[str, int]]:
    """Return the profiles of a card that were seen, with their memory."""
    return ((profile, size) for profile, size in row.mig_total_mib if profile not in row.mig_derived)


@pytest.mark.parametrize("row", CUT, ids=lambda row: row.name)
def test_a_slice_that_was_not_seen_is_derived_from_those_that_were(row: KnownGpu) -> None:
    """As on a card of that chip and total, else by another of the same share there, else by the smallest such share."""
    twins = [one for one in CUT if (one.nvml_total_mib, one.compute_capability) == (total(row), row.compute_capability)]
    like = {profile: size for one in reversed(twins) for profile, size in seen_slices(one)}
    least = {
        share: min(
            size / (share * total(other))
            for other in CUT
            for profile, size in seen_slices(other)
            if shares_of(other)[profile] == share
        )
        for share in {1 / 8, 1 / 4, 1 / 2, 1.0}
    }
    own, sizes = shares_of(row), dict(row.mig_total_mib)

    assert set(row.mig_derived) <= set(sizes)
    for profile in row.mig_derived:
        alike = [like[other] for other in sizes if other in like and own[other] == own[profile]]
        expected = int(own[profile] * total(row) * least[own[profile]])
        assert sizes[profile] == like.get(profile, alike[0] if alike else expected)


@pytest.mark.parametrize("row", CUT, ids=lambda row: row.name)
def test_a_slice_is_less_than_its_share_of_the_card_and_not_much(row: KnownGpu) -> None:
    """What is lost is reserved."""
    for profile, size in row.mig_total_mib:
        assert 0.9 <= size / (shares_of(row)[profile] * total(row)) <= 1


@pytest.mark.parametrize("row", CUT, ids=lambda row: row.name)
def test_slices_that_fill_a_card_have_no_more_than_all_of_it(row: KnownGpu) -> None:
    """As many of a profile as its share allows are together at most the card, and the largest profile nearly all."""
    shares = shares_of(row)

    assert all(size * int(1 / shares[profile]) <= total(row) for profile, size in row.mig_total_mib)
    assert row.mig_total_mib[-1][1] >= 0.96 * total(row)


def test_every_card_that_can_be_cut_has_all_its_profiles() -> None:
    """As NVIDIA's guide lists the products."""
    ampere, hopper = {"A30", "A100", "A800"}, {"H100", "H800", "H200", "H20", "H20-3e", "GH200", "GH200 144GB"}
    blackwell = {"B200", "B300", "GB200", "GB300", "RTX PRO 4500", "RTX PRO 5000", "RTX PRO 6000", "RTX 6000D"}
    families = ampere | hopper | blackwell

    assert {row.family for row in CUT} == families
    assert {row.name for row in gpu_table() if row.family in families and not row.mig_total_mib} == {
        "RTX PRO 5000 Blackwell 72GB"  # in no list of NVIDIA that was read
    }


def test_a_gpu_of_a_laptop_is_another_than_the_card_of_its_name() -> None:
    """It has less memory, and its name says what it is; no name that a driver has for it is that of another family."""
    laptops = [row for row in gpu_table() if row.is_laptop]
    others = {name for row in gpu_table() if not row.is_laptop for name in (row.family, *row.aliases, *row.nvml_names)}

    assert len(laptops) >= 55
    assert all("Laptop" in row.family for row in laptops)
    assert not {name for row in laptops for name in (row.family, *row.aliases, *row.nvml_names)} & others
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
        pytest.param("RTX 5090 Laptop", 24463, id="24 GB of a laptop"),
        pytest.param("RTX PRO 5000 Blackwell", 48935, id="48 GB, less than those before it"),
    ],
)
def test_totals_that_everybody_meets(name: str, total_mib: int) -> None:
    """As NVML reports them."""
    assert ROWS[name].nvml_total_mib == total_mib


# What a GPU reads and computes

#: Bandwidths that GPUs with a kind of memory have, in 10^9 bytes per second: from the narrowest bus to the widest.
#: Source: rates of the kinds of memory times buses of 64 to 512 bits (GDDR, LPDDR), of three to eight stacks (HBM).
BANDWIDTHS = {
    "LPDDR4X": (50, 140),
    "LPDDR5": (30, 210),
    "LPDDR5X": (270, 280),
    "GDDR5": (110, 350),
    "GDDR5X": (280, 550),
    "GDDR6": (80, 960),
    "GDDR6X": (500, 1010),
    "GDDR7": (280, 1800),
    "HBM2": (540, 1140),
    "HBM2e": (930, 2050),
    "HBM3": (2000, 4000),
    "HBM3e": (4800, 8000),
}
#: Formats, and the first compute capability whose GPUs compute in them: bfloat16 and TF32 since Ampere, FP8 since Ada,
#: FP4 since Blackwell. Source: CUDA C++ Programming Guide, arithmetic of tensor cores by compute capability.
FIRST = {"tf32": (8, 0), "bf16": (8, 0), "fp8": (8, 9), "fp4": (10, 0)}
#: How often a GPU that has both computes as fast in the second format as in the first. A sparse number is twice that.
GROWING = {
    ("fp32", "tf32"): (1, 16),
    ("tf32", "bf16"): (2, 2),
    ("bf16", "fp16"): (1, 1),
    ("bf16", "fp8"): (2, 2),
    ("bf16", "int8"): (2, 4),
    ("fp8", "fp4"): (2, 4),
}


@pytest.mark.parametrize("row", gpu_table(), ids=lambda row: row.name)
def test_every_number_has_a_source_and_every_source_a_number(row: KnownGpu) -> None:
    """Bandwidth and each format; the source is one of those of the row."""
    bandwidth = () if row.bandwidth_gb_per_s is None else ("bandwidth",)

    assert tuple(name for name, _ in row.number_sources) == (*bandwidth, *(name for name, _ in row.peak_tflops))
    assert {source for _, source in row.number_sources} <= set(row.sources)


@pytest.mark.parametrize("row", gpu_table(), ids=lambda row: row.name)
def test_memory_is_as_fast_as_its_kind(row: KnownGpu) -> None:
    """A number of another unit, or of two dies, stands out."""
    if row.bandwidth_gb_per_s is not None:
        least, most = BANDWIDTHS[row.memory_type or ""]
        assert least <= row.bandwidth_gb_per_s <= most


@pytest.mark.parametrize("row", gpu_table(), ids=lambda row: row.name)
def test_a_peak_that_no_list_states_is_the_ratio_of_its_chip(row: KnownGpu) -> None:
    """FP32 times what the source of that key states for one GPU with the same tensor cores."""
    peaks, rates = dict(row.peak_tflops), DOCUMENT["rates"]

    for name, source in row.number_sources:
        if source in rates:
            assert peaks[name] == round(peaks["fp32"] * rates[source][name], 1)


@pytest.mark.parametrize("row", gpu_table(), ids=lambda row: row.name)
def test_peaks_are_dense_and_grow_as_formats_shrink(row: KnownGpu) -> None:
    """No format that the GPU does not compute in, and none that is sparse beside another that is dense."""
    peaks = dict(row.peak_tflops)

    assert [name for name in peaks if row.compute_capability < FIRST.get(name, (0, 0))] == []
    for (wide, narrow), (least, most) in GROWING.items():
        if wide in peaks and narrow in peaks:
            assert 0.97 * least <= peaks[narrow] / peaks[wide] <= 1.03 * most


@pytest.mark.parametrize(
    ("name", "bandwidth", "bf16"),
    [
        ("RTX 3090", 936.2, 71.2),
        ("RTX 4090", 1008, 165.2),
        ("RTX 5090", 1792, 209.6),
        ("A100 SXM4 80GB", 2039, 312),
        ("L40S", 864.0, 362),
        ("H100 SXM5 80GB", 3350, 989),
        ("H20", 4000, 148),
        ("B200", 7700, 2250),
        ("RTX PRO 6000 Blackwell Server", 1792, 504.0),
    ],
)
def test_numbers_that_everybody_knows(name: str, bandwidth: float, bf16: float) -> None:
    """As makers state them, without sparsity."""
    assert (ROWS[name].bandwidth_gb_per_s, dict(ROWS[name].peak_tflops)["bf16"]) == (bandwidth, bf16)


def test_no_name_or_alias_means_two_families() -> None:
    """But for a name that NVIDIA gave twice, whose rows are alternatives."""
    owners: dict[str, set[str]] = {}
    for row in gpu_table():
        for name in (row.name, *row.aliases):
            owners.setdefault(name.casefold(), set()).add(row.family)

    assert {name for name, families in owners.items() if len(families) > 1} == {"rtx 4000", "rtx 5000", "rtx 6000"}
