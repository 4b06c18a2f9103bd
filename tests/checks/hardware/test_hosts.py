"""The devices of a machine against a need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_garden_registry.checks.hardware.devices import device_findings
from model_garden_registry.checks.hardware.hosts import Judged, host_findings
from model_garden_registry.checks.hardware.machine import Alike, alike_devices
from model_garden_registry.checks.hardware.need import Bounds, Need
from model_garden_registry.findings import Code, Verdict, verdict_of
from model_garden_registry.hardware.gpus import Cause, Device, Gpu, Unread
from model_garden_registry.units import GB

NEED = Need(bounds=Bounds(16 * GB, 20 * GB, is_stated=True), compute_capability=(7, 0))
UNREAD = Unread(Cause.FAILED, "Unknown Error (999)")
LARGE, TIGHT, SMALL = 24 * GB, 18 * GB, 8 * GB


def machine(*totals: int | Unread) -> list[Device]:
    """Give GPUs of these sizes."""
    return [
        Gpu(index=index, name="Card", total_bytes=total, compute_capability=(8, 0))
        for index, total in enumerate(totals)
    ]


def judge(alike: Alike, need: Need = NEED) -> Judged:
    """Judge devices by the one need of these tests."""
    return Judged(alike, need, tuple(device_findings(alike.first, alike.named, need)))


def kinds(devices: Sequence[Device]) -> list[Alike]:
    """Group devices that are alike."""
    return [Alike(group) for group in alike_devices(devices)]


def verdict(devices: Sequence[Device], gpus: int = 1, need: Need = NEED) -> Verdict:
    """Give what the findings of a machine amount to."""
    return verdict_of(host_findings(kinds(devices), lambda alike: judge(alike, need), gpus=gpus))


@pytest.mark.parametrize(
    ("devices", "gpus", "expected"),
    [
        pytest.param(machine(LARGE), 1, {}, id="one that is ok"),
        pytest.param(machine(LARGE, LARGE), 1, {}, id="more than needed"),
        pytest.param(machine(TIGHT), 1, {"vram-below-recommended": "warning"}, id="one with a warning"),
        pytest.param(machine(SMALL), 1, {"vram-low": "fail"}, id="one too small"),
        pytest.param(machine(UNREAD), 1, {"vram-unknown": "unknown"}, id="one unknown"),
        pytest.param(
            machine(LARGE, SMALL), 1, {"vram-low": "note", "gpus-mixed": "warning"}, id="the small one is noted"
        ),
        pytest.param(
            machine(SMALL, LARGE), 1, {"vram-low": "note", "gpus-mixed": "warning"}, id="the order does not matter"
        ),
        pytest.param(
            machine(LARGE, TIGHT),
            1,
            {"vram-below-recommended": "note", "gpus-mixed": "warning"},
            id="device 0 may be the tight one",
        ),
        pytest.param(
            machine(TIGHT, SMALL),
            1,
            {"vram-below-recommended": "warning", "vram-low": "note", "gpus-mixed": "warning"},
            id="enough only with a warning",
        ),
        pytest.param(
            machine(UNREAD, SMALL), 1, {"vram-unknown": "unknown", "vram-low": "note"}, id="enough if it turns out well"
        ),
        pytest.param(
            machine(UNREAD, LARGE), 1, {"vram-unknown": "note", "gpus-mixed": "warning"}, id="enough without it"
        ),
        pytest.param(machine(LARGE), 2, {"gpus-few": "fail"}, id="one of two"),
        pytest.param(machine(), 1, {"gpus-few": "fail"}, id="none of one"),
        pytest.param(machine(LARGE, LARGE), 2, {}, id="two of two"),
        pytest.param(machine(LARGE, TIGHT), 2, {"vram-below-recommended": "warning"}, id="one is better than needed"),
        pytest.param(machine(LARGE, SMALL), 2, {"vram-low": "fail"}, id="one of two is too small"),
        pytest.param(
            machine(SMALL, UNREAD), 2, {"vram-low": "fail", "vram-unknown": "unknown"}, id="a failure outweighs"
        ),
    ],
)
def test_a_machine_is_judged(devices: list[Device], gpus: int, expected: dict[str, str]) -> None:
    """Enough devices must each meet everything; what does not decide is a note."""
    findings = host_findings(kinds(devices), judge, gpus=gpus)

    assert {str(finding.code): str(finding.severity) for finding in findings} == expected


def test_too_few_gpus_names_both_numbers() -> None:
    """What is there and what is needed."""
    (one,), (two,) = (host_findings(kinds(machine(*sizes)), judge, gpus=4) for sizes in ([LARGE], [LARGE, LARGE]))

    assert (one.message, one.have, one.need, one.unit) == ("4 GPUs are needed, 1 is there", 1, 4, "GPUs")
    assert (two.message, two.have, two.where) == ("4 GPUs are needed, 2 are there", 2, "host")


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        pytest.param((LARGE, SMALL), "1 of 2 visible GPUs is not as good", id="one"),
        pytest.param((LARGE, SMALL, SMALL), "2 of 3 visible GPUs are not as good", id="two"),
    ],
)
def test_gpus_that_are_not_as_good_are_counted(sizes: tuple[int, ...], said: str) -> None:
    """With what helps."""
    *_, mixed = host_findings(kinds(machine(*sizes)), judge, gpus=1)

    assert mixed.code is Code.GPUS_MIXED
    assert mixed.message == f"{said}; frameworks take the first: choose with CUDA_VISIBLE_DEVICES"
    assert mixed.where == "host"


def test_a_hint_has_the_largest_gpu_and_the_need_in_its_fields() -> None:
    """In gigabytes with two decimals."""
    need = replace(NEED, bounds=Bounds(80_456_789_012, 80_456_789_012, is_stated=True))

    *_, hint = host_findings(kinds(machine(40 * GB, 50_123_456_789)), lambda alike: judge(alike, need), gpus=1)

    assert hint.message.startswith("memory is not added up")
    assert (hint.have, hint.need, hint.unit, hint.where) == (50.12, 80.46, "GB", "host")


def test_memory_is_not_added_up() -> None:
    """Two GPUs of 40 GB do not make 80: each fails, and a note says how a model is split."""
    need = replace(NEED, bounds=Bounds(80 * GB, 80 * GB, is_stated=True))

    findings = host_findings(kinds(machine(40 * GB, 40 * GB)), lambda alike: judge(alike, need), gpus=1)

    assert [(str(finding.severity), finding.message) for finding in findings] == [
        ("fail", "each of 2 x Card (GPU 0-1) has 40 GB, needs 80 GB (200 %)"),
        (
            "note",
            (
                "memory is not added up: the 2 GPUs have 80 GB together, but each one must fit its part; to split the "
                "model, set tensor_parallel_size (inference), or n_gpus with sharding (training)"
            ),
        ),
    ]


def test_no_hint_where_all_together_are_too_small_as_well() -> None:
    """Splitting would not help."""
    findings = host_findings(kinds(machine(4 * GB, 2 * GB)), judge, gpus=1)

    assert [str(finding.severity) for finding in findings] == ["fail", "fail"]


def test_no_hint_where_the_model_is_split_already_and_the_parts_are_too_large() -> None:
    """Two parts of 16 GB are not in 16 GB together."""
    findings = host_findings(kinds(machine(SMALL, SMALL)), judge, gpus=2)

    assert [str(finding.severity) for finding in findings] == ["fail"]


def test_why_there_are_few_is_said_with_both_numbers() -> None:
    """Behind the numbers, in the same sentence."""
    [finding] = host_findings(kinds(machine(LARGE)), judge, gpus=2, few=": CUDA_VISIBLE_DEVICES='2' hides 3 more GPUs")

    assert finding.message == "2 GPUs are needed, 1 is there: CUDA_VISIBLE_DEVICES='2' hides 3 more GPUs"


def test_devices_that_are_alike_are_judged_and_said_once() -> None:
    """However many there are; a busy one, or one with errors, is not like the others."""
    idle = machine(*[SMALL] * 1024)
    asked = []

    def counting(alike: Alike) -> Judged:
        asked.append(alike)
        return judge(alike)

    findings = host_findings(kinds(idle), counting, gpus=1)
    busy, sick = replace(idle[1], free_bytes=GB), Gpu(index=2, name="Card", total_bytes=SMALL, ecc_errors=3)

    assert len(asked) == 1
    assert [finding.where for finding in findings] == ["gpu 0-1023", "host"]
    assert [len(alike) for alike in alike_devices([idle[0], busy, sick, idle[3]])] == [2, 1, 1]


def test_what_an_idle_device_has_free_tells_nothing() -> None:
    """Drivers keep a few megabytes, on each GPU others."""
    pair = [
        replace(device, free_bytes=LARGE - used) for device, used in zip(machine(LARGE, LARGE), (5, 9), strict=True)
    ]

    assert len(alike_devices(pair)) == 1


SIZES = st.sampled_from([SMALL, 15_800_000_000, 16 * GB, TIGHT, LARGE])


@given(totals=st.lists(st.one_of(SIZES, st.just(UNREAD)), max_size=4), gpus=st.integers(1, 4), data=st.data())
def test_the_order_of_devices_does_not_matter(totals: list[int | Unread], gpus: int, data: st.DataObject) -> None:
    """The verdict is the same for every order."""
    shuffled = data.draw(st.permutations(totals))

    assert verdict(machine(*shuffled), gpus) is verdict(machine(*totals), gpus)


@given(totals=st.lists(SIZES, min_size=1, max_size=4), gpus=st.integers(1, 4), data=st.data())
def test_more_memory_on_a_device_never_worsens(totals: list[int], gpus: int, data: st.DataObject) -> None:
    """Whichever device it is."""
    which = data.draw(st.integers(0, len(totals) - 1))
    grown = [total + (4 * GB if index == which else 0) for index, total in enumerate(totals)]

    before, after = verdict(machine(*totals), gpus), verdict(machine(*grown), gpus)

    order = tuple(Verdict).index
    assert order(after) <= order(before)


@pytest.mark.parametrize(("largest", "said"), [(21, True), (22, False)])
def test_memory_would_be_enough_together_for_the_larger_need(largest: int, said: bool) -> None:
    """GPUs of two kinds have needs of their own: 21 GB in all, and 12 GB or more are needed of each."""

    def judge_by_size(alike: Alike) -> Judged:
        least = 12 * GB if alike.first.total_bytes == 10 * GB else largest * GB
        return judge(alike, Need(bounds=Bounds(least, least, is_stated=True)))

    findings = host_findings(kinds(machine(10 * GB, 11 * GB)), judge_by_size, gpus=1)

    assert any("memory is not added up" in finding.message for finding in findings) is said
