"""The memory of a GPU, with its name and compute capability where known."""

from __future__ import annotations

from typing import Self

#: Compute capability from which on a GPU computes in bfloat16. Source: CUDA C++ programming guide, arithmetic
#: instructions by capability.
HAS_BFLOAT16 = (8, 0)
#: Major compute capabilities of GPUs that come on NVSwitch boards.
_SWITCHED = (9, 10)
#: Words in the names of those that are PCIe boards.
_NO_MODULES = ("pcie", "nvl")


class GpuMemory(int):
    """
    Memory of a GPU in bytes, as the driver reports it, with the GPU's name and capability where known.

    A plain number works wherever the memory of a GPU is expected: nothing else is then known of that GPU.

    Args:
        total_bytes: The memory.

        name: Name of the GPU; empty if unknown.

        capability: Its CUDA compute capability, major and minor; None if unknown.
    """

    name: str
    capability: tuple[int, int] | None

    def __new__(cls, total_bytes: int, *, name: str = "", capability: tuple[int, int] | None = None) -> Self:
        """Return a number that carries the name and capability."""
        made = super().__new__(cls, total_bytes)
        made.name = name
        made.capability = capability
        return made

    @property
    def may_be_switched(self) -> bool:
        """
        Whether the GPU may be behind an NVSwitch that reduces in the network (NVLS); an unknown GPU may be.

        Source:
            NVIDIA, NVLink SHARP: third generation NVSwitch, with GPUs of compute capability 9.0 and later as modules
        """
        words = self.name.lower().split()
        is_module = not any(word in words for word in _NO_MODULES)
        return is_module and (self.capability is None or self.capability[0] in _SWITCHED)

    @property
    def lacks_bfloat16(self) -> bool:
        """Whether the GPU cannot compute in bfloat16; an unknown GPU can."""
        return self.capability is not None and self.capability < HAS_BFLOAT16

    @property
    def facts(self) -> tuple[int, str, tuple[int, int] | None]:
        """Everything known of the GPU: two GPUs of the same size may differ."""
        return int(self), self.name, self.capability


def gpu_memory(total_bytes: int | None) -> GpuMemory | None:
    """Return the memory of a GPU with what else is known of it; None if its size is unknown."""
    if not total_bytes:
        return None  # some drivers report 0 for "unknown"
    return total_bytes if isinstance(total_bytes, GpuMemory) else GpuMemory(total_bytes)
