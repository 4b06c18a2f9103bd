"""One device against a need."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.checks.hardware.devices import (
    BELOW_RECOMMENDED,
    LOW,
    device_findings,
    named_alike,
    size_code,
    size_cuts,
    version_text,
)
from model_garden_registry.checks.hardware.need import Bounds, Need
from model_garden_registry.findings import Code, Finding, Severity, Verdict, verdict_of
from model_garden_registry.hardware.gpus import (
    NOT_ASKED,
    Cause,
    Device,
    Gpu,
    GpuProcess,
    HostMemory,
    Slice,
    Unread,
)
from model_garden_registry.units import GB, MIB

FAIL, UNKNOWN, WARNING = Severity.FAIL, Severity.UNKNOWN, Severity.WARNING
L4 = Gpu(
    index=0,
    name="NVIDIA L4",
    total_bytes=23034 * MIB,
    free_bytes=22565 * MIB,
    compute_capability=(8, 9),
    processes=(),
    ecc_errors=0,
)
NEED = Need(bounds=Bounds(16 * GB, 20 * GB, is_stated=True), compute_capability=(7, 0))
NAMED = named_alike((L4,))
NOT_SUPPORTED = Unread(Cause.NOT_SUPPORTED, "Not Supported (3)")
NO_PERMISSION = Unread(Cause.NO_PERMISSION, "Insufficient Permissions (4)")
GB10 = Gpu(index=0, name="NVIDIA GB10", total_bytes=NOT_SUPPORTED, compute_capability=(12, 1), is_integrated=True)
SLICE = Slice(
    gpu_index=0, index=1, name="NVIDIA A100-SXM4-40GB MIG 1g.5gb", total_bytes=4864 * MIB, compute_capability=(8, 0)
)


def found(device: Device, need: Need = NEED, **options: object) -> list[tuple[str, Severity, str]]:
    """Give code, severity and message of what is found."""
    findings = device_findings(device, named_alike((device,)), need, **options)  # type: ignore[arg-type]
    return [(str(finding.code), finding.severity, finding.message) for finding in findings]


@pytest.mark.parametrize(
    ("device", "need", "expected"),
    [
        pytest.param(L4, NEED, [], id="comfortable"),
        pytest.param(replace(L4, total_bytes=20 * GB, free_bytes=20 * GB), NEED, [], id="exactly recommended"),
        pytest.param(
            replace(L4, total_bytes=20 * GB - 1, free_bytes=20 * GB - 1),
            NEED,
            [
                (
                    "vram-below-recommended",
                    WARNING,
                    "GPU 0 (NVIDIA L4) has 20 GB, needs 16 GB (81 %), better 20 GB",
                )
            ],
            id="one byte below recommended",
        ),
        pytest.param(
            replace(L4, total_bytes=16 * GB, free_bytes=16 * GB),
            NEED,
            [
                (
                    "vram-below-recommended",
                    WARNING,
                    "GPU 0 (NVIDIA L4) has 16 GB, needs 16 GB (100 %), better 20 GB",
                )
            ],
            id="exactly the least",
        ),
        pytest.param(
            replace(L4, name="Tesla T4", total_bytes=15109 * MIB, free_bytes=15109 * MIB),
            NEED,
            [
                (
                    "vram-borderline",
                    WARNING,
                    "GPU 0 (Tesla T4) has 15.84 GB, just below the 16 GB that are needed",
                )
            ],
            id="a T4 on an old driver for 16",
        ),
        pytest.param(
            replace(L4, total_bytes=15 * GB, free_bytes=15 * GB),
            NEED,
            [("vram-low", FAIL, "GPU 0 (NVIDIA L4) has 15 GB, needs 16 GB (107 %)")],
            id="more than a hair below",
        ),
        pytest.param(
            replace(L4, compute_capability=(6, 1)),
            NEED,
            [("cc-low", FAIL, "GPU 0 (NVIDIA L4) has compute capability 6.1, needs 7.0")],
            id="capability too low",
        ),
        pytest.param(replace(L4, compute_capability=(7, 0)), NEED, [], id="exactly the capability"),
        pytest.param(
            replace(L4, compute_capability=(12, 0)),
            replace(NEED, compute_capability=(9, 0)),
            [],
            id="twelve is above nine",
        ),
        pytest.param(
            replace(L4, compute_capability=NOT_SUPPORTED),
            NEED,
            [
                (
                    "cc-unknown",
                    UNKNOWN,
                    "the compute capability of GPU 0 (NVIDIA L4) cannot be read (Not Supported (3)); 7.0 is needed",
                )
            ],
            id="capability unreadable",
        ),
        pytest.param(
            replace(L4, compute_capability=NOT_ASKED),
            NEED,
            [("cc-unknown", Severity.NOTE, "the compute capability of GPU 0 (NVIDIA L4) is not stated; 7.0 is needed")],
            id="capability not stated in a file",
        ),
        pytest.param(
            replace(L4, total_bytes=15 * GB, free_bytes=15 * GB),
            replace(NEED, explanation="14.4 GB within gpu_memory_utilization 0.9"),
            [
                (
                    "vram-low",
                    FAIL,
                    ("GPU 0 (NVIDIA L4) has 15 GB, needs 16 GB (107 %): 14.4 GB within gpu_memory_utilization 0.9"),
                )
            ],
            id="where the need comes from",
        ),
        pytest.param(
            replace(L4, compute_capability=NOT_SUPPORTED),
            replace(NEED, compute_capability=None),
            [],
            id="capability unreadable and none needed",
        ),
        pytest.param(
            replace(L4, total_bytes=NO_PERMISSION),
            NEED,
            [
                (
                    "vram-unknown",
                    UNKNOWN,
                    "the memory of GPU 0 (NVIDIA L4) is not known: no permission to read the memory of the GPU",
                )
            ],
            id="no permission on a whole GPU",
        ),
        pytest.param(
            replace(L4, total_bytes=NOT_SUPPORTED),
            NEED,
            [("vram-unknown", UNKNOWN, "the memory of GPU 0 (NVIDIA L4) is not known: Not Supported (3)")],
            id="total unknown",
        ),
        pytest.param(
            replace(L4, total_bytes=0, free_bytes=0),
            NEED,
            [
                (
                    "vram-unknown",
                    UNKNOWN,
                    ("the driver says that GPU 0 (NVIDIA L4) has 0 GB, of which 0 GB free, which is impossible"),
                )
            ],
            id="total 0",
        ),
        pytest.param(
            replace(L4, total_bytes=2**60, free_bytes=NOT_SUPPORTED),
            NEED,
            [
                (
                    "vram-unknown",
                    UNKNOWN,
                    "the driver says that GPU 0 (NVIDIA L4) has 1152921504.61 GB, which is impossible",
                )
            ],
            id="more than a pebibyte",
        ),
        pytest.param(replace(L4, total_bytes=2**50, free_bytes=NOT_SUPPORTED), NEED, [], id="a pebibyte"),
        pytest.param(
            replace(L4, free_bytes=24000 * MIB),
            NEED,
            [
                (
                    "vram-unknown",
                    UNKNOWN,
                    (
                        "the driver says that GPU 0 (NVIDIA L4) has 24.15 GB, of which 25.17 GB free, "
                        "which is impossible"
                    ),
                )
            ],
            id="more free than there is",
        ),
        pytest.param(
            replace(L4, free_bytes=NOT_SUPPORTED),
            NEED,
            [],
            id="free unknown",
        ),
        pytest.param(
            replace(L4, free_bytes=10000 * MIB),
            NEED,
            [
                (
                    "free-low",
                    WARNING,
                    "GPU 0 (NVIDIA L4) has 10.49 GB free, needs 16 GB (67 %); 13.67 GB are in use",
                )
            ],
            id="not free now",
        ),
        pytest.param(
            L4, replace(NEED, bounds=NEED.bounds._replace(least_bytes=24 * GB)), [], id="what an idle GPU keeps"
        ),
        pytest.param(
            replace(
                L4,
                free_bytes=10000 * MIB,
                processes=(
                    GpuProcess(pid=1, name="small", used_bytes=10**9),
                    GpuProcess(pid=2, name="python\x1b[31m", used_bytes=9 * 10**9),
                    GpuProcess(pid=3),
                    GpuProcess(pid=4, name="idle", used_bytes=0),
                ),
            ),
            NEED,
            [
                (
                    "free-low",
                    WARNING,
                    (
                        "GPU 0 (NVIDIA L4) has 10.49 GB free, needs 16 GB (67 %); 13.67 GB are in "
                        "use by python\\x1b[31m (2, 9 GB), small (1, 1 GB), process (3) and 1 more"
                    ),
                )
            ],
            id="who holds it, largest first",
        ),
        pytest.param(
            replace(
                L4,
                free_bytes=10000 * MIB,
                processes=(GpuProcess(pid=4, name="idle", used_bytes=0), GpuProcess(pid=3), GpuProcess(pid=5)),
            ),
            NEED,
            [
                (
                    "free-low",
                    WARNING,
                    (
                        "GPU 0 (NVIDIA L4) has 10.49 GB free, needs 16 GB (67 %); 13.67 GB are in "
                        "use by idle (4, 0 GB), process (3), process (5)"
                    ),
                )
            ],
            id="who holds it, all of them in the driver's order",
        ),
        pytest.param(
            replace(L4, total_bytes=15 * GB, free_bytes=10 * GB),
            NEED,
            [("vram-low", FAIL, "GPU 0 (NVIDIA L4) has 15 GB, needs 16 GB (107 %)")],
            id="what is free matters only where the card would do",
        ),
        pytest.param(
            replace(L4, ecc_errors=2),
            NEED,
            [("ecc-errors", WARNING, "GPU 0 (NVIDIA L4) has 2 uncorrected ECC errors: reset it, or replace it")],
            id="ECC errors",
        ),
        pytest.param(
            replace(L4, ecc_errors=1),
            NEED,
            [("ecc-errors", WARNING, "GPU 0 (NVIDIA L4) has 1 uncorrected ECC error: reset it, or replace it")],
            id="one ECC error",
        ),
        pytest.param(replace(L4, ecc_errors=NOT_SUPPORTED), NEED, [], id="no ECC"),
        pytest.param(
            SLICE,
            replace(NEED, bounds=NEED.bounds._replace(least_bytes=8 * GB)),
            [
                (
                    "vram-low",
                    FAIL,
                    "GPU 0 slice 1 (NVIDIA A100-SXM4-40GB MIG 1g.5gb) has 5.1 GB, needs 8 GB (157 %)",
                )
            ],
            id="a slice is judged by its own memory",
        ),
        pytest.param(
            replace(SLICE, total_bytes=NO_PERMISSION),
            NEED,
            [
                (
                    "vram-unknown",
                    UNKNOWN,
                    (
                        "the memory of GPU 0 slice 1 (NVIDIA A100-SXM4-40GB MIG 1g.5gb) is not known: no permission to "
                        "read the memory of a slice"
                    ),
                )
            ],
            id="no permission on a slice",
        ),
    ],
)
def test_a_device_is_judged(device: Device, need: Need, expected: list[tuple[str, Severity, str]]) -> None:
    """The rows of the table of devices, with both numbers in each sentence."""
    assert found(device, need) == expected


def test_memory_that_is_not_free_fails_where_it_must_be() -> None:
    """As `--now` asks."""
    [finding] = device_findings(replace(L4, free_bytes=10 * GB), NAMED, NEED, must_be_free=True)

    assert finding == Finding(
        code=Code.FREE_LOW,
        severity=FAIL,
        message="GPU 0 (NVIDIA L4) has 10 GB free, needs 16 GB (67 %); 14.15 GB are in use",
        where="gpu 0",
        have=10.0,
        need=16.0,
        unit="GB",
    )


@pytest.mark.parametrize(
    ("free", "taken", "codes"),
    [
        pytest.param(16 * GB, 16 * GB, [], id="all of its share"),
        pytest.param(16 * GB - 1, 16 * GB, ["free-low"], id="a byte less"),
        pytest.param(16 * GB - 1, 0, [], id="a byte less of what it grows to"),
        pytest.param(16 * GB * 98 // 100, 0, [], id="a hair less of what it grows to"),
        pytest.param(16 * GB * 98 // 100 - 1, 0, ["free-low"], id="more than a hair less"),
    ],
)
def test_an_engine_that_takes_its_share_at_once_needs_all_of_it(free: int, taken: int, codes: list[str]) -> None:
    """It refuses to start a byte short of it; of what only grows to its need, a hair may be missing."""
    card = replace(L4, free_bytes=free)

    assert [code for code, _, _ in found(card, replace(NEED, taken_bytes=taken))] == codes


def test_sizes_in_a_finding_have_two_decimals() -> None:
    """In gigabytes, what there is and what is needed alike."""
    need = replace(NEED, bounds=NEED.bounds._replace(least_bytes=16_456_789_012))

    [finding] = device_findings(replace(L4, total_bytes=15_123_456_789, free_bytes=NOT_SUPPORTED), NAMED, need)

    assert (finding.have, finding.need, finding.unit) == (15.12, 16.46, "GB")


def test_a_borderline_card_that_is_all_free_is_free() -> None:
    """A card a hair too small cannot have more free than it has."""
    card = replace(L4, total_bytes=15109 * MIB, free_bytes=15109 * MIB)

    codes = [finding.code for finding in device_findings(card, NAMED, NEED, must_be_free=True)]

    assert codes == [Code.VRAM_BORDERLINE]


@pytest.mark.parametrize(
    ("total", "ram", "expected"),
    [
        pytest.param(
            NOT_SUPPORTED,
            HostMemory(total_bytes=128 * GB),
            (
                "unified-memory",
                WARNING,
                ("GPU 0 (NVIDIA GB10) shares 128 GB with the system: unified, so what the system uses is missing"),
            ),
            id="RAM is the bound",
        ),
        pytest.param(
            0,
            HostMemory(total_bytes=8 * GB, limited_by="container"),
            ("vram-low", FAIL, "GPU 0 (NVIDIA GB10) shares 8 GB with the system, needs 16 GB"),
            id="RAM of the container is too small",
        ),
        pytest.param(
            64 * GB,
            HostMemory(total_bytes=16 * GB),
            (
                "unified-memory",
                WARNING,
                ("GPU 0 (NVIDIA GB10) shares 16 GB with the system: unified, so what the system uses is missing"),
            ),
            id="the whole pool, and RAM below it",
        ),
        pytest.param(
            64 * GB,
            None,
            (
                "unified-memory",
                WARNING,
                ("GPU 0 (NVIDIA GB10) shares 64 GB with the system: unified, so what the system uses is missing"),
            ),
            id="the whole pool, RAM not judged",
        ),
        pytest.param(
            1,
            None,
            ("vram-low", FAIL, "GPU 0 (NVIDIA GB10) shares 0 GB with the system, needs 16 GB"),
            id="a byte is a size",
        ),
        pytest.param(
            NOT_SUPPORTED,
            Unread(Cause.FAILED, "no /proc"),
            (
                "vram-unknown",
                UNKNOWN,
                "GPU 0 (NVIDIA GB10) shares the memory of the host, whose size cannot be read",
            ),
            id="neither is known",
        ),
    ],
)
def test_an_integrated_part_is_bounded_by_main_memory(
    total: object, ram: object, expected: tuple[str, Severity, str]
) -> None:
    """Unified memory: below the need a failure, else a warning."""
    assert found(replace(GB10, total_bytes=total), ram=ram) == [expected]  # type: ignore[arg-type]


def test_names_for_people_carry_no_escapes() -> None:
    """What the driver says is untrusted; a name that cannot be read says so."""
    garbled = Unread(Cause.GARBLED, "not UTF-8")

    texts = [named_alike((replace(L4, name=name),)).text for name in ("L4\x1b]0;x\x07", garbled)]

    assert texts == ["GPU 0 (L4\\x1b]0;x\\x07)", "GPU 0 (name unreadable)"]


def test_places_name_the_device() -> None:
    """A GPU by its index, a slice by both, several GPUs by the runs of their indices."""
    alone = [named_alike((device,)).where for device in (L4, SLICE, Device(name="?"))]
    slices = named_alike((SLICE, replace(SLICE, index=2)))
    two, several = (named_alike([replace(L4, index=index) for index in found]) for found in ((1, 0), (7, 0, 1, 2, 5)))

    assert alone == ["gpu 0", "gpu 0 slice 1", "gpu"]
    assert slices == named_alike((SLICE,))
    assert two == ("gpu 0-1", "each of 2 x NVIDIA L4 (GPU 0-1)")
    assert several == ("gpu 0-2,5,7", "each of 5 x NVIDIA L4 (GPU 0-2,5,7)")


def test_every_finding_names_its_place() -> None:
    """With numbers or without."""
    bad = replace(L4, index=3, compute_capability=(6, 1), total_bytes=GB, free_bytes=NOT_SUPPORTED, ecc_errors=1)
    findings = device_findings(bad, named_alike((bad,)), NEED)

    assert [(finding.code, finding.where) for finding in findings] == [
        (Code.CC_LOW, "gpu 3"),
        (Code.VRAM_LOW, "gpu 3"),
        (Code.ECC_ERRORS, "gpu 3"),
    ]


def test_an_estimate_has_no_hair() -> None:
    """What a GPU lacks of it, a run lacks as well; only a number that a person stated may be rounded."""

    def codes(total: int, *, is_stated: bool) -> list[str]:
        need = replace(NEED, bounds=NEED.bounds._replace(is_stated=is_stated))
        return [code for code, _, _ in found(replace(L4, total_bytes=total, free_bytes=total), need)]

    assert codes(15_800_000_000, is_stated=True) == ["vram-borderline"]
    assert codes(15_800_000_000, is_stated=False) == ["vram-low"]
    assert codes(16_000_000_000, is_stated=False) == ["vram-below-recommended"]


def test_what_an_engine_takes_is_compared_with_what_is_free_as_well_as_a_stated_minimum() -> None:
    """Two thirds of the GPU are taken at once, and a person stated that more is needed: the larger of both counts."""
    used = replace(L4, free_bytes=17 * GB)

    codes = [
        [
            code
            for code, _, _ in found(used, replace(NEED, bounds=Bounds(least, least, is_stated=True), taken_bytes=taken))
        ]
        for least, taken in ((16 * GB, 15 * GB), (20 * GB, 15 * GB), (10 * GB, 18 * GB))
    ]

    assert codes == [[], ["free-low"], ["free-low"]]


def test_a_capability_is_written_as_nvidia_does() -> None:
    """Major and minor with a point."""
    assert version_text((12, 0)) == "12.0"


@given(total=st.integers(1, 2**49), more=st.integers(0, 2**49), used=st.integers(0, 2**40))
def test_more_memory_never_worsens(total: int, more: int, used: int) -> None:
    """With the same use, a larger card of the same kind is judged the same or better."""

    def verdict(size: int) -> int:
        card = replace(L4, total_bytes=size, free_bytes=max(size - used, 0))
        return tuple(Verdict).index(verdict_of(device_findings(card, NAMED, NEED)))

    assert verdict(total + more) <= verdict(total)


@given(least=st.integers(0, 2**36), less=st.integers(0, 2**36), total=st.integers(1, 2**36))
def test_a_smaller_need_never_worsens(least: int, less: int, total: int) -> None:
    """With the same card."""
    card = replace(L4, total_bytes=total, free_bytes=total)

    def verdict(size: int) -> int:
        need = replace(NEED, bounds=Bounds(size, size + GB, is_stated=True))
        return tuple(Verdict).index(verdict_of(device_findings(card, NAMED, need)))

    assert verdict(max(least - less, 0)) <= verdict(least)


@given(
    least=st.integers(0, 60),
    beyond=st.integers(0, 20),
    is_stated=st.booleans(),
    sizes=st.lists(st.integers(1, 100), min_size=1, unique=True).map(sorted),
)
def test_sizes_are_cut_where_the_rule_for_one_size_changes(
    least: int, beyond: int, is_stated: bool, sizes: list[int]
) -> None:
    """Many sizes at once, each with the result that it has alone."""
    bounds = Bounds(least * 100, (least + beyond) * 100, is_stated=is_stated)
    totals = [size * 100 - 1 for size in sizes]
    ruled = [size_code(bounds, total) for total in totals]

    low, borderline, tight = size_cuts(bounds, totals)

    assert ruled.count(LOW) == low
    assert len(ruled) - ruled.count(None) == tight
    assert ruled.count(BELOW_RECOMMENDED) == tight - borderline
