"""The memory of a GPU, and what else is known of that GPU."""

from __future__ import annotations

from typing import Self

#: Compute capability from which on a GPU computes in bfloat16. Source: CUDA C++ programming guide, arithmetic
#: instructions by capability.
HAS_BFLOAT16 = (8, 0)
#: Majors of compute capabilities of which there are GPUs at such a switch.
_SWITCHED = (9, 10)
#: Words in the names of those of them that stand in a slot.
_NO_MODULES = ("pcie", "nvl")


class GpuMemory(int):
    """
    Memory of a GPU in bytes, as the driver reports it, that also says which GPU it is, where that is known.

    Whatever asks for the memory of a GPU takes a plain number as well: of such a GPU nothing else is known.

    Args:
        total_bytes: The memory.

        name: Name of the GPU; empty where it is not known.

        capability: Its CUDA compute capability, major and minor; None where it is not known.
    """

    name: str
    capability: tuple[int, int] | None

    def __new__(cls, total_bytes: int, *, name: str = "", capability: tuple[int, int] | None = None) -> Self:
        """Make a number that knows more."""
        made = super().__new__(cls, total_bytes)
        made.name = name
        made.capability = capability
        return made

    @property
    def may_be_switched(self) -> bool:
        """
        Whether the GPU may stand at a switch that adds for all GPUs of a host; one that is not known may.

        Source:
            NVIDIA, NVLink SHARP: third generation NVSwitch, with GPUs of compute capability 9.0 and later as modules
        """
        words = self.name.lower().split()
        is_module = not any(word in words for word in _NO_MODULES)
        return is_module and (self.capability is None or self.capability[0] in _SWITCHED)

    @property
    def lacks_bfloat16(self) -> bool:
        """Whether the GPU does not compute in bfloat16; one that is not known does."""
        return self.capability is not None and self.capability < HAS_BFLOAT16

    @property
    def facts(self) -> tuple[int, str, tuple[int, int] | None]:
        """All that is known: two GPUs of one size may differ in it."""
        return int(self), self.name, self.capability


def gpu_memory(total_bytes: int | None) -> GpuMemory | None:
    """Return the memory of a GPU with what it knows; None where not even its size is known."""
    if not total_bytes:
        return None  # a driver that says so says nothing
    return total_bytes if isinstance(total_bytes, GpuMemory) else GpuMemory(total_bytes)
