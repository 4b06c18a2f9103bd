"""Hardware that models are judged on."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from model_garden_registry.checks.hardware.devices import MOST_BYTES, named_alike
from model_garden_registry.checks.hardware.machine import alike_devices, machine_of
from model_garden_registry.hardware.gpus import (
    NOT_ASKED,
    Device,
    DriverState,
    Gpu,
    GpuProcess,
    Hardware,
    HostMemory,
    Slice,
)

SMALL = Gpu(index=0, name="NVIDIA L4", total_bytes=24 * 10**9, compute_capability=(8, 9))
LARGE = Gpu(index=1, name="NVIDIA H100", total_bytes=85 * 10**9, compute_capability=(9, 0))


def test_the_largest_visible_gpu_is_the_one_in_question() -> None:
    """With its name and what it computes; one that a mask hides is none."""
    host = Hardware(source="nvml", gpus=(SMALL, LARGE), cuda_device_order="PCI_BUS_ID")
    all_of_it, masked = machine_of(host), machine_of(replace(host, cuda_visible_devices="0"))

    assert (all_of_it.largest, masked.largest) == (LARGE, SMALL)
    assert all_of_it.largest_bytes is not None
    assert all_of_it.largest_bytes.facts == (85 * 10**9, "NVIDIA H100", (9, 0))


def test_without_a_size_no_gpu_is_in_question() -> None:
    """Nothing can be compared then."""
    unknown = machine_of(Hardware(source="nvml", gpus=(replace(SMALL, total_bytes=NOT_ASKED),)))

    assert (unknown.largest, unknown.largest_bytes) == (None, None)


ONE, OTHER = (replace(LARGE, index=index) for index in (0, 1))
NAMED = Hardware(source="named", gpus=(ONE, OTHER))


def named(**facts: object) -> Hardware:
    """Give two named GPUs of one kind that have these facts."""
    return replace(NAMED, gpus=tuple(replace(gpu, **facts) for gpu in NAMED.gpus))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hardware",
    [
        pytest.param(NAMED, id="two of a kind"),
        pytest.param(named(total_bytes=1), id="of the least memory"),
        pytest.param(named(total_bytes=MOST_BYTES), id="of the most memory"),
    ],
)
def test_named_gpus_of_a_kind_are_plain(hardware: Hardware) -> None:
    """Only their kind and number decide: one is judged for all, under the name of all."""
    plain = machine_of(hardware).plain

    assert plain is not None
    assert plain.devices == hardware.gpus
    assert plain.first == hardware.gpus[0]
    assert plain.named == named_alike(hardware.gpus)
    assert plain.memory == hardware.gpus[0].total_bytes


@pytest.mark.parametrize(
    "hardware",
    [
        pytest.param(replace(NAMED, source="nvml"), id="of this machine"),
        pytest.param(replace(NAMED, state=DriverState.NO_LIBRARY), id="no driver"),
        pytest.param(replace(NAMED, ram=HostMemory(total_bytes=10**12)), id="a host that is told"),
        pytest.param(replace(NAMED, gpus=(ONE, replace(SMALL, index=1))), id="of two kinds"),
        pytest.param(replace(NAMED, gpus=(ONE, replace(SMALL, index=1)), cuda_visible_devices="1"), id="ambiguous"),
        pytest.param(named(ecc_errors=0), id="a state that is told"),
        pytest.param(named(free_bytes=10**9), id="free memory that is told"),
        pytest.param(named(total_bytes=0), id="no memory"),
        pytest.param(named(total_bytes=MOST_BYTES + 1), id="more memory than there can be"),
        pytest.param(named(total_bytes=NOT_ASKED), id="memory that is not known"),
    ],
)
def test_where_more_than_kind_and_number_decides_gpus_are_not_plain(hardware: Hardware) -> None:
    """Then each reading and the host are judged."""
    assert machine_of(hardware).plain is None


IDLE = replace(SMALL, free_bytes=SMALL.total_bytes, processes=(), ecc_errors=0)
PROCESS = GpuProcess(pid=1, name="python", used_bytes=10**9)
PART = Slice(gpu_index=0, index=0, name="MIG", uuid="MIG-0", total_bytes=5 * 10**9)


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        pytest.param(IDLE, replace(IDLE, index=1, uuid="GPU-1"), True, id="twins"),
        pytest.param(IDLE, replace(IDLE, free_bytes=24 * 10**9 * 98 // 100), True, id="both idle"),
        pytest.param(IDLE, replace(IDLE, free_bytes=24 * 10**9 * 98 // 100 - 1), False, id="one in use"),
        pytest.param(IDLE, replace(IDLE, free_bytes=24 * 10**9 + 1), False, id="one that says nonsense"),
        pytest.param(IDLE, replace(IDLE, free_bytes=NOT_ASKED), False, id="one of unknown use"),
        pytest.param(IDLE, replace(IDLE, processes=(PROCESS,)), True, id="processes on an idle one"),
        pytest.param(
            replace(IDLE, free_bytes=10**10),
            replace(IDLE, free_bytes=10**10, processes=(PROCESS,)),
            False,
            id="holders",
        ),
        pytest.param(IDLE, replace(IDLE, name="NVIDIA L40"), False, id="names"),
        pytest.param(IDLE, replace(IDLE, total_bytes=23 * 10**9, free_bytes=23 * 10**9), False, id="sizes"),
        pytest.param(IDLE, replace(IDLE, compute_capability=(9, 0)), False, id="capabilities"),
        pytest.param(IDLE, replace(IDLE, is_integrated=True), False, id="shared memory"),
        pytest.param(IDLE, replace(IDLE, ecc_errors=1), False, id="errors"),
        pytest.param(PART, replace(PART, index=1), True, id="a slice told twice"),
        pytest.param(PART, replace(PART, uuid="MIG-1"), False, id="slices"),
    ],
)
def test_devices_are_alike_where_every_rule_says_the_same_of_them(one: Device, other: Device, are_alike: bool) -> None:
    """A finding then names all of them."""
    assert alike_devices([one, other]) == ([(one, other)] if are_alike else [(one,), (other,)])


def test_the_same_devices_of_two_readings_are_judged_once() -> None:
    """However CUDA counts them, the group is one."""
    third = replace(SMALL, index=2, name="NVIDIA A40", compute_capability=(8, 6))
    hardware = Hardware(source="nvml", gpus=(SMALL, LARGE, third), cuda_visible_devices="0,1")
    groups = [group for reading in machine_of(hardware).kinds for group in reading]

    assert len({id(group) for group in groups}) == len({group.devices for group in groups}) < len(groups)
    with pytest.raises(FrozenInstanceError):
        groups[0].devices = ()  # type: ignore[misc]


@pytest.mark.parametrize(("total", "is_plain"), [(0, False), (1, True), (2**50, True), (2**50 + 1, False)])
def test_a_size_that_no_gpu_has_is_not_plain(total: int, is_plain: bool) -> None:
    """The report says what is wrong with it."""
    gpu = Gpu(index=0, name="odd", total_bytes=total, compute_capability=(9, 0))

    assert (machine_of(Hardware(source="named", gpus=(gpu,))).plain is not None) is is_plain
