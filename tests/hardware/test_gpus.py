"""Devices and machines, as values."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from model_garden_registry.hardware.gpus import NOT_ASKED, Cause, DriverState, Gpu, Hardware, HostMemory, Slice, Unread


def test_what_is_not_said_of_a_gpu_was_not_asked() -> None:
    """A GPU that is only named has a reason for each fact, and no slice and no problem."""
    gpu = Gpu(index=0, name="NVIDIA L4")

    facts = (gpu.uuid, gpu.total_bytes, gpu.free_bytes, gpu.compute_capability, gpu.processes, gpu.ecc_errors)
    assert {*facts, gpu.pci_bus_id} == {NOT_ASKED}
    assert (gpu.mig_enabled, gpu.slices, gpu.problem, gpu.is_integrated) == (False, (), None, False)


def test_facts_that_are_not_known_compare_by_cause_and_reason() -> None:
    """Two readings of one machine are equal."""
    assert Unread(Cause.LOST, "GPU is lost") == Unread(Cause.LOST, "GPU is lost")
    assert Unread(Cause.LOST, "GPU is lost") != Unread(Cause.FAILED, "GPU is lost")
    assert NOT_ASKED.cause is Cause.NOT_ASKED


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(Gpu(index=0, name="NVIDIA L4"), id="a GPU"),
        pytest.param(Slice(gpu_index=0, index=1, name="MIG 1g.5gb", profile="1g.5gb"), id="a slice"),
        pytest.param(HostMemory(total_bytes=1, limited_by="container"), id="memory of a host"),
        pytest.param(Hardware(source="nvml", gpus=(Gpu(index=0, name=NOT_ASKED),)), id="a machine"),
    ],
)
def test_values_are_frozen_hashable_and_pickle(value: Gpu | Slice | HostMemory | Hardware) -> None:
    """They are handed around and kept as keys."""
    assert pickle.loads(pickle.dumps(value)) == value
    assert hash(value) == hash(pickle.loads(pickle.dumps(value)))
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)


def test_a_machine_that_was_read_has_a_driver_that_answers() -> None:
    """Nothing else is known of it yet."""
    machine = Hardware(source="nvml")

    assert (machine.state, machine.problem, machine.gpus, machine.alternatives) == (DriverState.READ, None, (), ())
