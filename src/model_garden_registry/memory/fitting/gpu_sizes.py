"""Sizes of GPUs: the smallest that is enough, and what an entry's requirements state by that."""

from __future__ import annotations

from itertools import count
from math import ceil
from typing import NamedTuple, TypeVar

from model_garden_registry.entries.model import ModelInfo
from model_garden_registry.entries.settings.task_settings import Settings, TrainingSettings
from model_garden_registry.memory.estimation import estimate
from model_garden_registry.memory.fitting.budgets import fits, least_gpu_bytes
from model_garden_registry.units import GB

#: Sizes that GPUs are sold in, decimal GB. Source: the table of known GPUs, without those that share main memory.
GPU_SIZES_GB = (6, 8, 10, 12, 16, 24, 32, 40, 48, 80, 96, 141, 180, 288)

#: A size is exact to one part in so many, or to 1 GB where that is more.
_STEPS = 1000

S = TypeVar("S", bound=Settings)


class RequiredMemory(NamedTuple):
    """
    Memory of a GPU as an entry's requirements state it, in decimal GB.

    Args:
        min_vram_gb: The smallest GPU, in whole GB, that safely fits the settings with a batch of one.

        recommended_vram_gb: The next size on sale above it that safely fits the settings as they are.
    """

    min_vram_gb: int
    recommended_vram_gb: int


def required_memory(entry: ModelInfo, settings: Settings) -> RequiredMemory:
    """Return the memory that an entry requires of each GPU for these settings, its own."""
    minimum = smallest_gpu_gb(entry, least_settings(settings))
    # Above the minimum, so that there is memory to spare also where a batch of one is all that the settings ask for.
    return RequiredMemory(minimum, gpu_size_gb(max(minimum + 1, smallest_gpu_gb(entry, settings))))


def least_settings(settings: S) -> S:
    """Return the settings that a minimum is for: the same with a batch of one."""
    return settings.model_copy(update={"batch_size": 1}) if isinstance(settings, TrainingSettings) else settings


def gpu_size_gb(least: int) -> int:
    """Return the smallest size on sale that has so many GB; where none has, that number itself."""
    return next((size for size in GPU_SIZES_GB if size >= least), least)


def smallest_gpu_gb(entry: ModelInfo, settings: Settings) -> int:
    """
    Return the smallest GPU, in whole decimal GB, that ``safe`` fits on.

    Engines choose the size of their batch by the GPU, so that it need not fit on a larger one.
    """
    # A GPU of 1 GB makes engines choose their smallest batch: nothing below what that takes is enough.
    least = _least_gb(entry, settings, GB)
    if least > GPU_SIZES_GB[-1]:  # beyond every real GPU, the largest batch is chosen
        least = _least_gb(entry, settings, least * GB)
    step = max(1, least // _STEPS)  # of a GPU that does not exist, not every GB is tried
    return next(size for size in count(least, step) if fits(entry, settings, gpu_total_bytes=size * GB))


def _least_gb(entry: ModelInfo, settings: Settings, gpu_total_bytes: int) -> int:
    """Return what is enough for the batch that is chosen on a GPU of that size."""
    found = estimate(entry, settings, gpu_total_bytes=gpu_total_bytes)
    return ceil(least_gpu_bytes(entry, settings, found.safe_bytes) / GB)
