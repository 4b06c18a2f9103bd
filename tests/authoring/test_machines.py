"""The machines that defaults are made to fit."""

from __future__ import annotations

from model_garden_registry.authoring.machines import MACHINES, Machine
from model_garden_registry.hardware.gpu_table import gpu_table
from model_garden_registry.units import GB, MIB


def test_memory_of_a_gpu_is_in_bytes() -> None:
    """Decimal, as on the box."""
    assert Machine(gpus=8, gpu_gb=80).gpu_bytes_each == 80 * GB


def test_machines_grow() -> None:
    """Each has more memory than the one before, and none more GPUs than a host has."""
    sizes = [machine.gpus * machine.gpu_bytes_each for machine in MACHINES]

    assert sizes == sorted({*sizes})
    assert {machine.gpus for machine in MACHINES} <= {1, 2, 4, 8}


def test_there_is_a_gpu_of_each_size() -> None:
    """A known GPU reports at least as much, and by less than a tenth more."""
    reported = [row.nvml_total_mib * MIB for row in gpu_table() if row.nvml_total_mib]

    assert [
        machine
        for machine in MACHINES
        if not any(machine.gpu_bytes_each <= size < 1.1 * machine.gpu_bytes_each for size in reported)
    ] == []
