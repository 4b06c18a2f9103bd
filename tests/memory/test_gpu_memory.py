"""The memory of a GPU, and what else is known of that GPU."""

from __future__ import annotations

import pickle

import pytest

from model_garden_registry.memory.gpu_memory import GpuMemory, gpu_memory
from model_garden_registry.units import GIB


def test_it_is_a_number_that_knows_more() -> None:
    """Whatever counts with bytes takes it as it is."""
    found = GpuMemory(80 * GIB, name="NVIDIA H100", capability=(9, 0))

    assert found == 80 * GIB
    assert found - GIB == 79 * GIB
    assert found.facts == (80 * GIB, "NVIDIA H100", (9, 0))


def test_of_a_plain_number_nothing_else_is_known() -> None:
    """One that knows more stays as it is, and so does one that is not known at all."""
    known = GpuMemory(80 * GIB, name="NVIDIA H100")

    assert gpu_memory(24 * GIB) == 24 * GIB
    assert gpu_memory(24 * GIB).facts == (24 * GIB, "", None)  # type: ignore[union-attr]
    assert gpu_memory(known) is known
    assert gpu_memory(None) is None


def test_it_pickles_whole() -> None:
    """With its name and capability."""
    known = GpuMemory(80 * GIB, name="NVIDIA H100", capability=(9, 0))

    assert pickle.loads(pickle.dumps(known)).facts == known.facts


@pytest.mark.parametrize(
    ("name", "capability", "may"),
    [
        pytest.param("NVIDIA H100 80GB HBM3", (9, 0), True, id="a module of Hopper"),
        pytest.param("NVIDIA B200", (10, 0), True, id="of Blackwell"),
        pytest.param("NVIDIA H100 PCIe", (9, 0), False, id="in a slot"),
        pytest.param("NVIDIA H100 NVL", (9, 0), False, id="in a slot, with a bridge"),
        pytest.param("NVIDIA A100-SXM4-80GB", (8, 0), False, id="an older switch, which does not add"),
        pytest.param("NVIDIA GeForce RTX 5090", (12, 0), False, id="of a workstation"),
        pytest.param("", None, True, id="not known"),
    ],
)
def test_some_gpus_stand_at_a_switch(name: str, capability: tuple[int, int] | None, *, may: bool) -> None:
    """One that adds for all GPUs of a host."""
    assert GpuMemory(80 * GIB, name=name, capability=capability).may_be_switched is may


def test_a_driver_that_says_nothing_says_nothing() -> None:
    """Zero bytes are no GPU to choose batches for."""
    assert gpu_memory(0) is gpu_memory(None) is None
    assert gpu_memory(GIB) == GIB
