"""What each GPU must have, and the memory that a device has, as values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from model_garden_registry.checks.entry.limits import declared_capability, source_kind
from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.part import MOST_KEPT, ById
from model_garden_registry.entries.tasks import Task
from model_garden_registry.hardware.gpus import Device
from model_garden_registry.lazy import lazy
from model_garden_registry.memory.estimates import MemoryEstimate
from model_garden_registry.memory.gpu_memory import GpuMemory
from model_garden_registry.units import GB


class Bounds(NamedTuple):
    """
    The GPU sizes that decide whether it is large enough.

    Args:
        least_bytes: Memory of the GPU below which it does not work; 0: no need is known.

        comfortable_bytes: Memory of the GPU from which it works with a margin.

        is_stated: Whether ``least_bytes`` is declared or measured, not estimated.

        stated_bytes: The declared or measured need, as far as it applies to these settings; 0: none.
    """

    least_bytes: int
    comfortable_bytes: int
    is_stated: bool = False
    stated_bytes: int = 0


@dataclass(frozen=True, eq=False)
class Stated:
    """
    Declared or measured requirements of a task; those derived from an estimate do not bind.

    Args:
        entry: Whose requirements they are.

        task: What for.
    """

    entry: ModelInfo
    task: Task

    @lazy
    def gpus(self) -> int:
        """How many GPUs the entry's own settings need; 1 where none is stated."""
        return self.entry.requirements_for(self.task).min_gpus if self._is_stated("min_gpus") else 1

    @lazy
    def bytes_each(self) -> tuple[int, int]:
        """Least and recommended memory of each GPU; 0 where none is stated."""
        declared = self.entry.requirements_for(self.task)
        least = round(declared.min_vram_gb * GB) if self._is_stated("min_vram_gb") else 0
        return least, round(declared.recommended_vram_gb * GB) if self._is_stated("recommended_vram_gb") else 0

    @property
    def is_measured(self) -> bool:
        """Whether the least memory was measured."""
        return source_kind(self.entry, "min_vram_gb", self.task) == "measured"

    @property
    def is_vouched_for(self) -> bool:
        """Whether the least memory is measured, declared or the vendor's, not derived or from a published table."""
        return source_kind(self.entry, "min_vram_gb", self.task) in ("measured", "vendor", "declared")

    def is_beside(self, found: MemoryEstimate) -> bool:
        """Return whether a least memory is stated beside an estimate of a guessed shape."""
        return found.is_coarse and self.bytes_each[0] > 0

    def is_vouched_against(self, found: MemoryEstimate) -> bool:
        """Return whether the stated least memory alone decides: the estimate is a guess, its source is good."""
        return self.is_beside(found) and self.is_vouched_for

    @property
    def has_ram(self) -> bool:
        """Whether the entry states how much main memory is needed."""
        return source_kind(self.entry, "min_ram_gb") != "derived"

    @lazy
    def capability(self) -> tuple[int, int] | None:
        """The compute capability that is needed; None where none is stated."""
        return declared_capability(self.entry)

    def _is_stated(self, name: str) -> bool:
        return source_kind(self.entry, name, self.task) != "derived"


def stated_by(entry: ModelInfo, task: Task) -> Stated:
    """Return the declared or measured requirements of a task, worked out once for each entry."""
    return _stated(ById(entry), task)


@lru_cache(maxsize=MOST_KEPT)
def _stated(asked: ById[ModelInfo], task: Task) -> Stated:
    return Stated(asked.value, task)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    What each GPU must have.

    Args:
        bounds: How large it must be.

        used_bytes: Memory in use: the estimate itself, where an engine may only fill a share of the GPU, or the
            stated need. None: all of the need.

        taken_bytes: What an engine allocates at its start, whatever it needs, and without which it does not start; 0
            if it allocates only what it needs.

        compute_capability: Major and minor version that the entry states; None if none.

        explanation: Where ``least_bytes`` comes from, if it is not a number shown elsewhere; else empty.
    """

    bounds: Bounds
    used_bytes: int | None = None
    taken_bytes: int = 0
    compute_capability: tuple[int, int] | None = None
    explanation: str = ""

    @property
    def least_bytes(self) -> int:
        """Memory of the GPU below which it does not work."""
        return self.bounds.least_bytes

    @property
    def comfortable_bytes(self) -> int:
        """Memory of the GPU from which it works with a margin."""
        return self.bounds.comfortable_bytes

    @property
    def free_bytes(self) -> int:
        """What must be free to start: the memory in use, or what is allocated at the start."""
        used = self.least_bytes if self.used_bytes is None else self.used_bytes
        return max(used, self.taken_bytes)


def memory_of(device: Device) -> GpuMemory | None:
    """Return the memory of a device with the other facts of the GPU; None if its size is unknown."""
    total, name, capability = device.total_bytes, device.name, device.compute_capability
    if not isinstance(total, int):
        return None
    known = capability if isinstance(capability, tuple) else None
    return GpuMemory(total, name=name if isinstance(name, str) else "", capability=known)
