"""Hardware that models are judged on."""

from __future__ import annotations

from dataclasses import replace

from model_garden_registry.checks.hardware.machine import machine_of
from model_garden_registry.hardware.gpus import NOT_ASKED, Gpu, Hardware

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
