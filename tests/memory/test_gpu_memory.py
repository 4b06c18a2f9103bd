"""The memory of a GPU, and what else is known of that GPU."""

from __future__ import annotations

import pickle

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
